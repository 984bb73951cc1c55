import fc from 'fast-check';
import { decodeCursor, encodeCursor, type Position, type QueryTarget } from 'multi-tenant-data-access/table/cursor';
import { refusal } from '../../support/refusal';

const TABLE: QueryTarget = { keyNames: ['dataId'] };
const INDEX: QueryTarget = { indexName: 'by-total', keyNames: ['dataId', 'total'] };

const base64url = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
const parts = (...texts: string[]) => texts.map(base64url).join('.');

describe('a cursor', () => {
  it.each<[QueryTarget, Position, string]>([
    [TABLE, { dataId: 'order#1' }, parts('Sorder#1')],
    [INDEX, { dataId: 'a', total: 12.5 }, parts('Sa', 'N12.5', 'by-total')],
    [INDEX, { dataId: 'a', total: 'Ümlaut.' }, parts('Sa', 'SÜmlaut.', 'by-total')],
    [INDEX, { dataId: 'a', total: 2n ** 60n + 1n }, parts('Sa', `N${2n ** 60n + 1n}`, 'by-total')],
  ])('of %j is text of a URL, and reads as it was', (target, position, cursor) => {
    expect(encodeCursor(position, target)).toBe(cursor);
    expect(decodeCursor(cursor, target)).toEqual(position);
  });

  it('holds any key that DynamoDB takes', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 1024 });
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }).map((value) => value + 0);
    const large = fc.bigInt({ min: 2n ** 53n, max: 10n ** 125n });
    const sortKey = fc.oneof(
      bytes,
      text,
      number.filter((value) => !Object.is(value, -0)),
      large,
    );
    fc.assert(
      fc.property(text, sortKey, (dataId, total) => {
        const cursor = encodeCursor({ dataId, total }, INDEX);
        expect(cursor).toMatch(/^[\w.-]{1,4096}$/);
        expect(decodeCursor(cursor, INDEX)).toEqual({ dataId, total });
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('holds the longest keys', () => {
    const longest = { indexName: 'i'.repeat(255), keyNames: ['dataId', 'total'] };
    const position = { dataId: '\u0001'.repeat(1024), total: new Uint8Array(1024).fill(255) };
    expect(decodeCursor(encodeCursor(position, longest), longest)).toEqual(position);
  });

  it.each<[string, string, QueryTarget]>([
    ['nothing', '', TABLE],
    ['no base64url', 'a b', TABLE],
    ['padding', `${parts('Sa')}=`, TABLE],
    ['an empty data id', parts('S'), TABLE],
    ['a data id that is a number', parts('N1'), TABLE],
    ['a data id that is bytes', parts('Ba'), TABLE],
    ['a data id of 1,025 bytes', parts(`S${'a'.repeat(1025)}`), TABLE],
    ['a data id that is no UTF-8', base64url(new Uint8Array([0x53, 0xff])), TABLE],
    ['an unknown type', parts('Xa'), TABLE],
    ['a part too many', parts('Sa', 'Sb'), TABLE],
    ['a part without content', `${parts('Sa')}.`, TABLE],
    ['the cursor of an index, for the table', parts('Sa', 'N1', 'by-total'), TABLE],
    ['the cursor of the table, for an index', parts('Sa'), INDEX],
    ['the cursor of another index', parts('Sa', 'N1', 'by-date'), INDEX],
    ['a number that is none', parts('Sa', 'NaN', 'by-total'), INDEX],
    ['an infinite number', parts('Sa', 'NInfinity', 'by-total'), INDEX],
    ['a number in other words', parts('Sa', 'N1.0', 'by-total'), INDEX],
    ['a number too large', parts('Sa', `N${'9'.repeat(500)}`, 'by-total'), INDEX],
    ['a number that is empty', parts('Sa', 'N', 'by-total'), INDEX],
    ['JSON', base64url('{"tenantId":"globex","dataId":"a"}'), TABLE],
    ['a cursor of 4,097 characters', 'U'.repeat(4097), TABLE],
  ])('refuses %s', (_what, cursor, target) => {
    expect(() => decodeCursor(cursor, target)).toThrow(refusal('request.invalid', "'cursor' is not one that this query gave"));
  });

  it.each([1, null, {}, ['a'], { length: 1, split: () => ['YQ'] }])('refuses %j', (cursor) => {
    expect(() => decodeCursor(cursor as unknown as string, TABLE)).toThrow(refusal('request.invalid'));
  });

  it('names the key and nothing else, whatever it is made of', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.string().map((text) => base64url(text)),
      fc.string().map((text) => base64url(`S${text}`)),
      fc
        .array(fc.constantFrom('StenantId', 'Sglobex', 'N1', 'tenantId', 'by-total'), { maxLength: 4 })
        .map((texts) => parts(...texts)),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(TABLE, INDEX), (cursor, target) => {
        let position: Position;
        try {
          position = decodeCursor(cursor, target);
        } catch (error) {
          expect(error).toEqual(refusal('request.invalid'));
          return;
        }
        expect(Object.keys(position)).toEqual(target.keyNames);
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});

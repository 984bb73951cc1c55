import { invalidRequest } from '../errors';
import { MAX_SORT_KEY_BYTES, SORT_KEY } from '../tenancy';
import type { SortKeyValue } from './sort-key-range';

/** Where a query stands: the last key read, without the tenant. */
export type Position = Readonly<Record<string, SortKeyValue>>;

/** What a query reads: the table, or an index with its sort key. */
export interface QueryTarget {
  readonly indexName?: string | undefined;
  /** Attributes of the key, the tenant left out: `dataId`, and of an index its sort key. */
  readonly keyNames: readonly string[];
}

/** Two sort keys and the name of an index, in base64url, with room to spare. */
const MAX_CURSOR_LENGTH = 4096;
/** DynamoDB's numbers have at most 126 digits before the point. */
const WHOLE_NUMBER = /^-?\d{1,126}$/;

/**
 * A position as text for a URL: the values of the key, each with its type, and the name of the index, in base64url. No tenant is in it,
 * and none can be: the reader's own is put in.
 *
 * @throws TenantDataAccessError `request.invalid`, if the position lacks a key
 */
export function encodeCursor(position: Position, { indexName, keyNames }: QueryTarget): string {
  const parts = keyNames.map((name) => typedBytes(position[name] ?? missing(name)));
  if (indexName !== undefined) parts.push(Buffer.from(indexName));
  return parts.map((part) => part.toString('base64url')).join('.');
}

/**
 * The position that a cursor names.
 *
 * @throws TenantDataAccessError `request.invalid`, if it is no cursor of a query of this table or index
 */
export function decodeCursor(cursor: string, target: QueryTarget): Position {
  if (typeof cursor === 'string' && cursor.length <= MAX_CURSOR_LENGTH) {
    const parts = cursor.split('.').map((part) => Buffer.from(part, 'base64url'));
    const position = Object.fromEntries(target.keyNames.map((name, index) => [name, typedValue(parts[index])]));
    // Whatever is more, less or otherwise in it would not come out again.
    if (isPosition(position) && encodeCursor(position, target) === cursor) return position;
  }
  throw unfitCursor();
}

/** The answer's keys are not those that the caller named. */
function missing(name: string): never {
  throw invalidRequest(`'${name}' is no key of this index: 'sortKey' must be the attribute that the index sorts by.`);
}

export function unfitCursor(): Error {
  return invalidRequest("'cursor' is not one that this query gave: begin again without it.");
}

function isPosition(values: Readonly<Record<string, SortKeyValue | undefined>>): values is Position {
  return (
    typeof values[SORT_KEY] === 'string' &&
    Object.values(values).every(
      (value) =>
        value !== undefined &&
        (typeof value === 'number' ||
          typeof value === 'bigint' ||
          (value.length > 0 && Buffer.byteLength(value) <= MAX_SORT_KEY_BYTES)),
    )
  );
}

function typedBytes(value: SortKeyValue): Buffer {
  if (typeof value === 'string') return Buffer.from(`S${value}`);
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from('B'), value]);
  return Buffer.from(`N${value}`);
}

function typedValue(bytes: Buffer | undefined): SortKeyValue | undefined {
  if (bytes === undefined) return undefined;
  const type = bytes.toString('latin1', 0, 1);
  if (type === 'B') return new Uint8Array(bytes.subarray(1));
  const text = bytes.toString('utf8', 1);
  if (type === 'S') return text;
  if (type !== 'N') return undefined;
  return WHOLE_NUMBER.test(text) && !Number.isSafeInteger(Number(text)) ? BigInt(text) : finite(Number(text));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

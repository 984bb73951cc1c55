import fc from 'fast-check';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { encodeKey, readS3Request, writeS3Request } from '../../../../lib/sandbox/s3/s3-request';
import { s3Operation } from '../../../../lib/sandbox/s3/s3-operation';
import { embeddedObjectStore } from '../../../../lib/sandbox/s3/store/embedded-object-store';
import { readXml, textOf, writeXml, xmlElement } from '../../../../lib/sandbox/s3/xml';

const PLACE = { partition: 'aws', region: 'eu-central-1', account: '111122223333' };
const BUCKET = 'arn:aws:s3:::files/';

function request(method: string, path: string, query = ''): AwsRequest {
  return { method, path, query, headers: { host: 'localhost' }, body: Buffer.alloc(0), fromLoopback: true };
}

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

describe('any key', () => {
  it('is what IAM is asked for, and what the store keeps, lists and deletes', async () => {
    const store = await embeddedObjectStore();
    const act = async (method: string, target: string, query?: string) => {
      const { permissions, request: clean } = s3Operation(request(method, target, query), PLACE);
      const { body } = await store.handle(clean, { service: 's3', region: PLACE.region });
      return { asked: permissions.map(({ resource }) => resource), body: body as Buffer };
    };
    const list = async () => {
      const { body } = await act('GET', '/files', 'list-type=2&encoding-type=url');
      const items = readXml(body).children.filter(({ name }) => name === 'Contents');
      return items.map((item) => decodeURIComponent(textOf(item, 'Key') ?? ''));
    };
    await act('PUT', '/files');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 6 }), async (keys) => {
        for (const key of keys) expect((await act('PUT', `/files/${encodeKey(key)}`)).asked).toEqual([BUCKET + key]);
        const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await list()).toEqual(inOrder);
        for (const key of keys) expect((await act('DELETE', `/files/${encodeKey(key)}`)).asked).toEqual([BUCKET + key]);
        expect(await list()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('is read again as it was, written anew', () => {
    fc.assert(
      fc.property(text, text, (key, prefix) => {
        const read = readS3Request(request('GET', `/files/${encodeKey(key)}`, `prefix=${encodeURIComponent(prefix)}`));
        expect(read).toMatchObject({ bucket: 'files', key });
        expect(read.query.get('prefix')).toBe(prefix);
        expect(readS3Request(writeS3Request(read, true))).toEqual(read);
      }),
    );
  });

  it('that XML can carry is read from it as it was written', () => {
    fc.assert(
      fc.property(text, (any) => {
        const key = any.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
        expect(textOf(readXml(writeXml(xmlElement('A', [xmlElement('Key', key)]))), 'Key')).toBe(key);
      }),
    );
  });
});

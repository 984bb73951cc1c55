import { Readable } from 'node:stream';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { deletePartly } from '../../../../lib/sandbox/s3/delete-partly';
import { readDeleteList } from '../../../../lib/sandbox/s3/deletions';
import { s3Operation } from '../../../../lib/sandbox/s3/s3-operation';
import { readXml, textOf } from '../../../../lib/sandbox/s3/xml';

const KEYS = ['007', ' a&b ', 'denied/<x>', 'c'];

function operationOf(body: string, headers: Readonly<Record<string, string>> = {}) {
  return s3Operation(
    { method: 'POST', path: '/files', query: 'delete', headers, body: Buffer.from(body), fromLoopback: true },
    { partition: 'aws', region: 'eu-central-1', account: '111122223333' },
  );
}

function deleteOf(keys: readonly string[], more = ''): string {
  const objects = keys.map((key) => `<Object><Key><![CDATA[${key}]]></Key></Object>`);
  return `<Delete>${objects.join('')}${more}</Delete>`;
}

function answerOf(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body: Buffer.from(body) };
}

async function run(body: string, isDenied: (key: string) => boolean, answer: AwsAnswer) {
  const operation = operationOf(body);
  const denied = (operation.deletions ?? [])
    .filter(({ key }) => isDenied(key))
    .map((deletion) => [deletion, 'not <yours>'] as const);
  const sent: AwsRequest[] = [];
  const result = await deletePartly(operation, new Map(denied), (request) => {
    sent.push(request);
    return Promise.resolve(answer);
  });
  return { result, sent };
}

function resultsOf({ body }: AwsAnswer): unknown[] {
  return readXml(body as Buffer).children.map((each) => [
    each.name,
    ...['Key', 'VersionId', 'Code', 'Message'].map((name) => textOf(each, name)),
  ]);
}

describe('deletePartly', () => {
  it('forwards all if none is denied', async () => {
    const answer = answerOf('<DeleteResult/>');
    const { result, sent } = await run(deleteOf(KEYS), () => false, answer);
    expect(result).toBe(answer);
    expect(sent.map(({ body }) => readDeleteList(body).objects.map(({ key }) => key))).toEqual([KEYS]);
  });

  it('forwards the others, and adds an error for each that is denied', async () => {
    const stored =
      '<DeleteResult><Deleted><Key>007</Key></Deleted><Error><Key>c</Key><Code>InternalError</Code></Error></DeleteResult>';
    const { result, sent } = await run(deleteOf(KEYS), (key) => key.startsWith('denied'), answerOf(stored));
    expect(sent).toHaveLength(1);
    expect(readDeleteList(sent[0]?.body ?? Buffer.alloc(0))).toMatchObject({
      objects: [{ key: '007' }, { key: ' a&b ' }, { key: 'c' }],
    });
    expect(sent[0]?.headers['content-length']).toBe(`${sent[0]?.body.length}`);
    expect(result.status).toBe(200);
    expect(result.headers['content-length']).toBe(`${(result.body as Buffer).length}`);
    expect(resultsOf(result)).toEqual([
      ['Deleted', '007', undefined, undefined, undefined],
      ['Error', 'c', undefined, 'InternalError', undefined],
      ['Error', 'denied/<x>', undefined, 'AccessDenied', 'not <yours>'],
    ]);
  });

  it('asks no store if all are denied', async () => {
    const { result, sent } = await run(deleteOf(['a', 'b']), () => true, answerOf(''));
    expect(sent).toEqual([]);
    expect(result.status).toBe(200);
    expect(resultsOf(result).map((each) => (each as unknown[])[1])).toEqual(['a', 'b']);
  });

  it('tells two versions of a key apart, keeps ETags and quietness', async () => {
    const body =
      '<Delete><Quiet>true</Quiet><Object><Key>a</Key><VersionId>1</VersionId></Object>' +
      '<Object><Key>a</Key><VersionId>2</VersionId><ETag>"x"</ETag></Object></Delete>';
    const operation = operationOf(body);
    const [first] = operation.deletions ?? [];
    let sent: Buffer = Buffer.alloc(0);
    const result = await deletePartly(operation, new Map(first === undefined ? [] : [[first, 'no']]), (request) => {
      sent = request.body;
      return Promise.resolve({ ...answerOf(''), body: Readable.from([Buffer.from('<DeleteResult '), Buffer.from('/>')]) });
    });
    expect(readDeleteList(sent)).toEqual({ objects: [{ key: 'a', versionId: '2', etag: '"x"' }], quiet: true });
    expect(resultsOf(result)).toEqual([['Error', 'a', '1', 'AccessDenied', 'no']]);
  });

  it('fails as the store fails', async () => {
    const failed = answerOf('<Error><Code>NoSuchBucket</Code></Error>', 404);
    expect((await run(deleteOf(KEYS), (key) => key === 'c', failed)).result).toBe(failed);
  });

  it('drops checksums of the body that came, and headers of the answer that no longer hold', async () => {
    const body = deleteOf(['a', 'b']);
    const operation = operationOf(body, {
      'x-amz-sdk-checksum-algorithm': 'CRC32',
      'x-amz-checksum-crc64nvme': 'x',
      'x-amz-mfa': '1',
    });
    const [first] = operation.deletions ?? [];
    const stored = answerOf('<DeleteResult/>', 200, { 'transfer-encoding': 'chunked', 'x-amz-id-2': 'i' });
    let headers: Readonly<Record<string, string>> = {};
    const result = await deletePartly(operation, new Map(first === undefined ? [] : [[first, 'no']]), (request) => {
      headers = request.headers;
      return Promise.resolve(stored);
    });
    expect(Object.keys(headers).sort()).toEqual(['content-length', 'x-amz-mfa']);
    expect(Object.keys(result.headers).sort()).toEqual(['content-length', 'content-type', 'x-amz-id-2']);
  });
});

describe('readDeleteList', () => {
  it.each<[what: string, body: string]>([
    ['no object', '<Delete><Quiet>true</Quiet></Delete>'],
    ['another root', '<Remove><Object><Key>a</Key></Object></Remove>'],
    ['an unknown element', '<Delete><Object><Key>a</Key></Object><Prefix>b</Prefix></Delete>'],
    ['an unknown element of an object', '<Delete><Object><Key>a</Key><Size>1</Size></Object></Delete>'],
    ['an object without a key', '<Delete><Object><VersionId>1</VersionId></Object></Delete>'],
    ['an empty key', '<Delete><Object><Key/></Object></Delete>'],
    ['two keys in an object', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>'],
    ['a key within a key', '<Delete><Object><Key><Key>a</Key></Key></Object></Delete>'],
    ['an empty version', '<Delete><Object><Key>a</Key><VersionId/></Object></Delete>'],
    ['an unclear quietness', deleteOf(['a'], '<Quiet>yes</Quiet>')],
    ['quietness twice', deleteOf(['a'], '<Quiet>true</Quiet><Quiet>false</Quiet>')],
    ['1,001 objects', deleteOf(Array.from({ length: 1001 }, (_, index) => `k${index}`))],
  ])('refuses %s', (_what, body) => {
    expect(() => readDeleteList(Buffer.from(body))).toThrow(expect.objectContaining({ code: 'MalformedXML' }) as AwsError);
  });

  it('takes 1,000 objects, and refuses a key of 1,025 bytes', () => {
    expect(readDeleteList(Buffer.from(deleteOf(Array.from({ length: 1000 }, (_, index) => `k${index}`)))).objects).toHaveLength(
      1000,
    );
    expect(readDeleteList(Buffer.from(deleteOf(['k'.repeat(1024)]))).objects).toHaveLength(1);
    expect(() => readDeleteList(Buffer.from(deleteOf(['k'.repeat(1025)])))).toThrow(
      expect.objectContaining({ code: 'KeyTooLongError' }) as AwsError,
    );
  });
});

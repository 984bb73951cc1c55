import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as s3 from '@aws-sdk/client-s3';
import { AwsError, errorAnswer } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest, Store } from '../../../../lib/sandbox/http/aws-request';
import type { Permission, Place } from '../../../../lib/sandbox/operation';
import { deletePartly } from '../../../../lib/sandbox/s3/delete-partly';
import { operationOf } from '../../../../lib/sandbox/s3/operation-of';
import { encodeKey, readS3Request } from '../../../../lib/sandbox/s3/s3-request';
import { s3Operation } from '../../../../lib/sandbox/s3/s3-operation';
import { embeddedObjectStore } from '../../../../lib/sandbox/s3/store/embedded-object-store';
import { readXml, textOf, textsOf, type XmlElement } from '../../../../lib/sandbox/s3/xml';
import '../../../support/node-errors';

const PLACE: Place = { partition: 'aws', region: 'eu-central-1', account: '111122223333' };
const Bucket = 'tenant-files';
const TARGET = { service: 's3', region: PLACE.region };

let store: Store;
let server: Server;
let client: s3.S3Client;
let mayDo: (permission: Permission) => boolean = () => true;

/** What a gateway does with a request, but for signatures. */
async function answerTo(request: AwsRequest): Promise<AwsAnswer> {
  try {
    const operation = s3Operation(request, PLACE);
    const forward = (clean: AwsRequest) => store.handle(clean, TARGET);
    if (operation.deletions !== undefined) {
      const denied = operation.deletions.filter(({ permissions }) => !permissions.every(mayDo));
      return await deletePartly(operation, new Map(denied.map((deletion) => [deletion, 'Access Denied'])), forward);
    }
    if (operation.permissions.length === 0 || !operation.permissions.every(mayDo)) {
      throw new AwsError('AccessDenied', 'Access Denied', 403);
    }
    return await forward(operation.request);
  } catch (error) {
    return errorAnswer(error as AwsError, 's3', request.method);
  }
}

beforeAll(async () => {
  store = await embeddedObjectStore();
  server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const [path = '', query = ''] = (incoming.url ?? '').split('?');
      const headers = incoming.headers as Record<string, string>;
      const request = { method: incoming.method ?? '', path, query, headers, body: Buffer.concat(chunks), fromLoopback: true };
      void answerTo(request).then((answer) => {
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  client = new s3.S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: PLACE.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});

beforeEach(async () => {
  mayDo = () => true;
  await store.close();
  await call('PUT', `/${Bucket}`);
});

afterAll(async () => {
  client.destroy();
  await new Promise((closed) => server.close(closed));
});

type Headers = Readonly<Record<string, string>>;

interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly xml: XmlElement;
  readonly code: string | undefined;
}

/** A request without a socket. */
async function call(method: string, target: string, headers: Headers = {}, body: string | Buffer = ''): Promise<PlainAnswer> {
  const [path = '', ...query] = target.split('?');
  const answer = await answerTo({ method, path, query: query.join('?'), headers, body: Buffer.from(body), fromLoopback: true });
  const bytes = answer.body as Buffer;
  const read = () => readXml(bytes);
  return {
    status: answer.status,
    headers: answer.headers,
    text: bytes.toString(),
    get xml() {
      return read();
    },
    get code() {
      return bytes.length > 0 && answer.status >= 300 ? textOf(read(), 'Code') : undefined;
    },
  };
}

const put = (key: string, body: string | Buffer = key, headers: Headers = {}) =>
  call('PUT', `/${Bucket}/${encodeKey(key)}`, headers, body);
const get = (key: string, headers: Headers = {}) => call('GET', `/${Bucket}/${encodeKey(key)}`, headers);

/** Keys and common prefixes of a page, as they were encoded in the answer and decoded here. */
async function list(parameters: Readonly<Record<string, string>> = {}) {
  const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', ...parameters });
  const { xml } = await call('GET', `/${Bucket}?${query.toString()}`);
  const named = (name: string, field: string) =>
    xml.children.filter((child) => child.name === name).map((child) => decodeURIComponent(textOf(child, field) ?? ''));
  return {
    keys: named('Contents', 'Key'),
    prefixes: named('CommonPrefixes', 'Prefix'),
    token: textOf(xml, 'NextContinuationToken'),
    truncated: textOf(xml, 'IsTruncated'),
  };
}

describe('the embedded S3, to an SDK client', () => {
  it('makes, finds, lists and removes buckets', async () => {
    await client.send(
      new s3.CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
    );
    expect(await client.send(new s3.HeadBucketCommand({ Bucket: 'other' }))).toMatchObject({ BucketRegion: 'eu-west-1' });
    expect((await client.send(new s3.GetBucketLocationCommand({ Bucket: 'other' }))).LocationConstraint).toBe('eu-west-1');
    const { Buckets = [] } = await client.send(new s3.ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toEqual(['other', Bucket]);
    await client.send(new s3.DeleteBucketCommand({ Bucket: 'other' }));
    await expect(client.send(new s3.HeadBucketCommand({ Bucket: 'other' }))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(client.send(new s3.CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
  });

  it('puts, gets, copies and deletes with headers, metadata and checksums', async () => {
    const { ETag } = await client.send(
      new s3.PutObjectCommand({
        Bucket,
        Key: 'a b/ü+.txt',
        Body: 'Grüße',
        ContentType: 'text/plain',
        CacheControl: 'no-store',
        Metadata: { owner: 'jo' },
        Tagging: 'team=a%20b',
      }),
    );
    await client.send(
      new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a%20b/%C3%BC%2B.txt`, TaggingDirective: 'COPY' }),
    );
    for (const Key of ['a b/ü+.txt', 'copy']) {
      const read = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
      expect(await read.Body?.transformToString()).toBe('Grüße');
      expect(read).toMatchObject({
        ETag,
        ContentType: 'text/plain',
        CacheControl: 'no-store',
        Metadata: { owner: 'jo' },
        TagCount: 1,
      });
      expect(read.ChecksumCRC32).toMatch(/^.{6}==$/);
      expect(await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key }))).toMatchObject({
        TagSet: [{ Key: 'team', Value: 'a b' }],
      });
    }
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'copy' }));
    await expect(client.send(new s3.GetObjectCommand({ Bucket, Key: 'copy' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new s3.HeadObjectCommand({ Bucket, Key: 'copy' }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('pages through listings to their end', async () => {
    for (let index = 0; index < 25; index += 1) await put(`k${String(index).padStart(2, '0')}`);
    const keys: unknown[] = [];
    let pages = 0;
    for await (const page of s3.paginateListObjectsV2({ client, pageSize: 10 }, { Bucket })) {
      pages += 1;
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect([pages, keys.length, new Set(keys).size]).toEqual([3, 25, 25]);
  });

  it('uploads in parts', async () => {
    const Key = 'big';
    const content = Buffer.alloc(6 * 1024 ** 2, 'abcdefg');
    const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'video/mp4' }));
    const first = await client.send(
      new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: content.subarray(0, 5 * 1024 ** 2) }),
    );
    await put('source', content.subarray(5 * 1024 ** 2 - 3));
    const { CopyPartResult } = await client.send(
      new s3.UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber: 2,
        CopySource: `${Bucket}/source`,
        CopySourceRange: `bytes=3-${1024 ** 2 + 2}`,
      }),
    );
    const { Parts = [] } = await client.send(new s3.ListPartsCommand({ Bucket, Key, UploadId }));
    expect(Parts.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * 1024 ** 2],
      [2, 1024 ** 2],
    ]);
    const { ETag } = await client.send(
      new s3.CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: {
          Parts: [
            { PartNumber: 1, ETag: first.ETag },
            { PartNumber: 2, ETag: CopyPartResult?.ETag },
          ],
        },
      }),
    );
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const read = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
    expect(read).toMatchObject({ ETag, ContentType: 'video/mp4' });
    expect(content.equals((await read.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    expect((await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
  });

  it('denies single objects of DeleteObjects within an answer of 200', async () => {
    for (const key of ['mine/007', 'mine/ a&b ', 'theirs/x']) await put(key);
    mayDo = ({ resource }) => !resource.includes('theirs/');
    const Objects = ['mine/007', 'mine/ a&b ', 'mine/never', 'theirs/x'].map((Key) => ({ Key }));
    const { Deleted = [], Errors = [] } = await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted.map(({ Key }) => Key)).toEqual(['mine/007', 'mine/ a&b ', 'mine/never']);
    expect(Errors).toMatchObject([{ Key: 'theirs/x', Code: 'AccessDenied' }]);
    expect((await list()).keys).toEqual(['theirs/x']);
    expect((await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))).Deleted).toBeUndefined();
    await expect(client.send(new s3.PutObjectCommand({ Bucket, Key: 'theirs/x', Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('is read as the operation that the client means, for each that S3 has', () => {
    const UNMAPPED = [
      'ListDirectoryBuckets',
      'RenameObject',
      'UpdateObjectEncryption',
      'WriteGetObjectResponse',
      'PutBucketReplication',
    ];
    const SELECTED: Readonly<Record<string, string>> = {
      UploadPart: 'uploadId=u&partNumber=1',
      UploadPartCopy: 'uploadId=u&partNumber=1',
      CompleteMultipartUpload: 'uploadId=u',
      AbortMultipartUpload: 'uploadId=u',
      ListParts: 'uploadId=u',
      GetObjectAnnotation: 'annotationName=n',
    };
    const misread: string[] = [];
    for (const schema of Object.values(s3) as unknown[]) {
      if (!Array.isArray(schema) || schema[0] !== 9) continue;
      const [, , name, { http }] = schema as [number, string, string, { http: [method: string, uri: string] }];
      const [path = '', query = ''] = http[1].split('?');
      const ofService = ['ListBuckets', 'ListDirectoryBuckets'].includes(name);
      const id = /^(?:Get|Put|Delete)Bucket(?:Analytics|IntelligentTiering|Inventory|Metrics)/.test(name) ? 'id=1' : '';
      const read = operationOf(
        readS3Request({
          method: http[0],
          path: ofService ? '/' : `/files${path.replace('{Key+}', 'a')}`,
          query: [query, SELECTED[name] ?? '', id].join('&'),
          headers: name.includes('Copy') ? { 'x-amz-copy-source': 'files/b' } : {},
          body: Buffer.alloc(0),
          fromLoopback: true,
        }),
      );
      const expected = UNMAPPED.includes(name) || /^(?:Create|Update)BucketMetadata/.test(name) ? undefined : name;
      if (read?.name !== expected) misread.push(`${name}: ${read?.name}`);
    }
    expect(misread).toEqual([]);
  });
});

describe('keys of the embedded S3', () => {
  const ODD_KEYS = [
    'tenants/acme/../globex/doc',
    'tenants/globex/doc',
    'tenants/acme/%2e%2e/globex/doc',
    'tenants/acme/./doc',
    'tenants/acme//doc',
    'tenants/acme/doc',
    'tenants/acme/doc/',
    'tenants/acme/doc/part',
    'tenants/acme/DOC',
    'tenants\\acme\\..\\doc',
    '../../../../etc/passwd',
    '/',
    '..',
    'a\0b',
    'é',
    'e\u0301',
    ' lead and trail ',
    'a+b%2F',
    '😀',
    '\uff5e',
    'none\ufffe\uffff\u0001',
    '__proto__',
    'k'.repeat(1024),
  ];

  it('are kept byte for byte: none is another one, and none leads to another one', async () => {
    for (const key of ODD_KEYS) expect((await put(key, `content of ${key}`)).status).toBe(200);
    for (const key of ODD_KEYS) expect((await get(key)).text).toBe(`content of ${key}`);
    const inOrder = [...ODD_KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await list()).keys).toEqual(inOrder);

    for (const key of ODD_KEYS) {
      await call('DELETE', `/${Bucket}/${encodeKey(key)}`);
      inOrder.splice(inOrder.indexOf(key), 1);
      expect((await list()).keys).toEqual(inOrder);
    }
  });

  it('come from the path and not from elsewhere', async () => {
    await call('PUT', `/tenants/acme/..%2fglobex/doc`, { host: `${Bucket}.localhost` }, '1');
    await call('PUT', `/${Bucket}/a+b%252e`, {}, '2');
    expect((await list()).keys).toEqual(['a b%2e', 'tenants/acme/../globex/doc']);
  });
});

describe('listings of the embedded S3', () => {
  const KEYS = ['a', 'b/1', 'b/2', 'b/c/3', 'b0', 'd/', 'd/e', 'z'];

  beforeEach(async () => {
    for (const key of [...KEYS].reverse()) await put(key);
  });

  it.each<[parameters: Readonly<Record<string, string>>, keys: string[], prefixes: string[]]>([
    [{}, KEYS, []],
    [{ prefix: '' }, KEYS, []],
    [{ prefix: 'b' }, ['b/1', 'b/2', 'b/c/3', 'b0'], []],
    [{ prefix: 'b/' }, ['b/1', 'b/2', 'b/c/3'], []],
    [{ prefix: 'b/', delimiter: '/' }, ['b/1', 'b/2'], ['b/c/']],
    [{ delimiter: '/' }, ['a', 'b0', 'z'], ['b/', 'd/']],
    [{ delimiter: '' }, KEYS, []],
    [{ delimiter: '/c' }, ['a', 'b/1', 'b/2', 'b0', 'd/', 'd/e', 'z'], ['b/c']],
    [{ 'start-after': 'b/1' }, ['b/2', 'b/c/3', 'b0', 'd/', 'd/e', 'z'], []],
    [{ 'start-after': 'b/1', delimiter: '/' }, ['b0', 'z'], ['b/', 'd/']],
    [{ 'start-after': 'b/c/3', delimiter: '/' }, ['b0', 'z'], ['d/']],
    [{ 'start-after': 'b/', delimiter: '/' }, ['b0', 'z'], ['d/']],
    [{ 'start-after': 'zz' }, [], []],
    [{ 'start-after': 'a', prefix: 'd/' }, ['d/', 'd/e'], []],
    [{ prefix: 'no' }, [], []],
    [{ 'max-keys': '0' }, [], []],
    [{ 'max-keys': '8' }, KEYS, []],
    [{ 'max-keys': '2000' }, KEYS, []],
  ])('of %j', async (parameters, keys, prefixes) => {
    expect(await list(parameters)).toEqual({ keys, prefixes, token: undefined, truncated: 'false' });
  });

  it.each<[parameters: Readonly<Record<string, string>>]>([
    [{}],
    [{ delimiter: '/' }],
    [{ prefix: 'b', delimiter: '/' }],
    [{ prefix: 'd/' }],
  ])('of %j are the same in pages of any size', async (parameters) => {
    const whole = await list(parameters);
    for (const size of [1, 2, 3]) {
      const keys: string[] = [];
      const prefixes: string[] = [];
      let token: string | undefined;
      do {
        const page = await list({
          ...parameters,
          'max-keys': `${size}`,
          ...(token !== undefined && { 'continuation-token': token }),
        });
        expect(page.truncated).toBe(`${page.token !== undefined}`);
        expect(page.keys.length + page.prefixes.length).toBeGreaterThan(0);
        keys.push(...page.keys);
        prefixes.push(...page.prefixes);
        ({ token } = page);
      } while (token !== undefined);
      expect({ keys, prefixes }).toEqual({ keys: whole.keys, prefixes: whole.prefixes });
    }
  });

  it('of the first version go on by the last key, or by the marker of a delimiter', async () => {
    const first = await call('GET', `/${Bucket}?max-keys=3`);
    expect([textOf(first.xml, 'IsTruncated'), textOf(first.xml, 'NextMarker'), textOf(first.xml, 'Marker')]).toEqual([
      'true',
      undefined,
      '',
    ]);
    const grouped = await call('GET', `/${Bucket}?max-keys=2&delimiter=/`);
    expect(textOf(grouped.xml, 'NextMarker')).toBe('b/');
    const next = await call('GET', `/${Bucket}?max-keys=2&delimiter=/&marker=b/`);
    expect(next.xml.children.filter(({ name }) => name === 'Contents').map((each) => textOf(each, 'Key'))).toEqual(['b0']);
    expect(textsOf(next.xml, 'CommonPrefixes')).toHaveLength(1);
  });

  it('show no more than was asked for, with a token of elsewhere', async () => {
    const { token = '' } = await list({ 'max-keys': '1' });
    expect((await list({ prefix: 'd/', 'continuation-token': token })).keys).toEqual(['d/', 'd/e']);
    for (const bad of ['nonsense', '', `${token}=`, Buffer.from('b').toString('base64url')]) {
      const { code } = await call('GET', `/${Bucket}?list-type=2&continuation-token=${encodeURIComponent(bad)}`);
      expect(code).toBe('InvalidArgument');
    }
  });

  it('tell size, ETag and time, and encode only when asked', async () => {
    const { xml } = await call('GET', `/${Bucket}?list-type=2&prefix=b/1&fetch-owner=true`);
    const [item] = xml.children.filter(({ name }) => name === 'Contents');
    expect(item?.children.map(({ name }) => name)).toEqual(['Key', 'LastModified', 'ETag', 'Size', 'Owner', 'StorageClass']);
    expect(item && textOf(item, 'Size')).toBe('3');
    expect((await call('GET', `/${Bucket}?encoding-type=base64`)).code).toBe('InvalidArgument');
  });

  it('hold 1,000 at most', async () => {
    for (let index = 0; index < 993; index += 1) await put(`n${index}`, '');
    expect((await list({ 'max-keys': '5000' })).truncated).toBe('true');
    await call('DELETE', `/${Bucket}/a`);
    expect((await list({ 'max-keys': '5000' })).truncated).toBe('false');
  });
});

describe('reading from the embedded S3', () => {
  it.each<[range: string, status: number, text: string, contentRange: string | undefined]>([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=-20', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=9-99', 206, '9', 'bytes 9-9/10'],
    ['bytes=4-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
    ['items=0-1', 200, '0123456789', undefined],
  ])('gives %s as %s', async (range, status, text, contentRange) => {
    await put('a', '0123456789');
    const answer = await get('a', { range });
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([status, text, contentRange]);
    expect(answer.headers['content-length']).toBe(`${text.length}`);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('refuses %s, which is not there', async (range) => {
    await put('a', '0123456789');
    expect(await get('a', { range })).toMatchObject({ status: 416, code: 'InvalidRange' });
  });

  it.each<[what: string, headers: (etag: string) => Headers, status: number]>([
    ['the same ETag', (etag) => ({ 'if-match': etag }), 200],
    ['the ETag without quotes', (etag) => ({ 'if-match': etag.slice(1, -1) }), 200],
    ['any ETag', () => ({ 'if-match': '*' }), 200],
    ['another ETag', () => ({ 'if-match': '"x"' }), 412],
    ['one of two ETags', (etag) => ({ 'if-match': `"x", ${etag}` }), 200],
    ['none of this ETag', (etag) => ({ 'if-none-match': etag }), 304],
    ['none of another ETag', () => ({ 'if-none-match': '"x"' }), 200],
    ['modified since long ago', () => ({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 200],
    ['modified since tomorrow', () => ({ 'if-modified-since': new Date(Date.now() + 86_400_000).toUTCString() }), 304],
    ['not modified since long ago', () => ({ 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 412],
    ['not modified since now', () => ({ 'if-unmodified-since': new Date(Date.now() + 5000).toUTCString() }), 200],
    ['the ETag before the date', (etag) => ({ 'if-match': etag, 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' }), 200],
    [
      'another ETag before the date',
      () => ({ 'if-none-match': '"x"', 'if-modified-since': new Date(Date.now() + 86_400_000).toUTCString() }),
      200,
    ],
    ['a date that is none', () => ({ 'if-modified-since': 'soon' }), 200],
  ])('under the condition of %s', async (_what, headers, status) => {
    const etag = (await put('a')).headers['etag'] ?? '';
    expect((await get('a', headers(etag))).status).toBe(status);
    const head = await call('HEAD', `/${Bucket}/a`, headers(etag));
    expect([head.status, head.text]).toEqual([status, '']);
  });

  it('answers other headers if the URL says so', async () => {
    await put('a', 'text', { 'content-encoding': 'aws-chunked,gzip' });
    expect((await get('a')).headers).toMatchObject({ 'content-type': 'binary/octet-stream', 'content-encoding': 'gzip' });
    const { headers } = await call('GET', `/${Bucket}/a?response-content-type=text/html&response-content-disposition=attachment`);
    expect(headers).toMatchObject({ 'content-type': 'text/html', 'content-disposition': 'attachment' });
  });

  it('refuses versions and parts, which it does not keep', async () => {
    await put('a');
    expect((await call('GET', `/${Bucket}/a?versionId=null`)).status).toBe(200);
    expect((await call('GET', `/${Bucket}/a?versionId=v1`)).code).toBe('InvalidArgument');
    expect((await call('DELETE', `/${Bucket}/a?versionId=v1`)).code).toBe('InvalidArgument');
    expect((await call('GET', `/${Bucket}/a?partNumber=1`)).code).toBe('NotImplemented');
    expect((await get('a')).status).toBe(200);
  });

  it('gives checksums of the whole only, and only when asked', async () => {
    await put('a', 'abc', { 'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' });
    const asked = { 'x-amz-checksum-mode': 'ENABLED' };
    expect((await get('a', asked)).headers['x-amz-checksum-sha256']).toMatch(/^ungW/);
    expect((await get('a')).headers['x-amz-checksum-sha256']).toBeUndefined();
    expect((await get('a', { ...asked, range: 'bytes=0-1' })).headers['x-amz-checksum-sha256']).toBeUndefined();
  });
});

describe('writing to the embedded S3', () => {
  it('keeps the conditions of a writer', async () => {
    const etag = (await put('a', '1', { 'if-none-match': '*' })).headers['etag'] ?? '';
    expect(await put('a', '2', { 'if-none-match': '*' })).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    expect((await put('a', '2', { 'if-match': etag })).status).toBe(200);
    expect(await put('a', '3', { 'if-match': etag })).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    expect(await put('b', '3', { 'if-match': etag })).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect((await put('b', '3', { 'if-none-match': etag })).code).toBe('NotImplemented');
    expect((await put('b', '3', { 'if-none-match': '*', 'if-match': '*' })).code).toBe('NotImplemented');
    expect((await call('DELETE', `/${Bucket}/a`, { 'if-match': etag })).status).toBe(412);
    expect((await call('DELETE', `/${Bucket}/never`, { 'if-match': '*' })).status).toBe(412);
    expect((await get('a')).text).toBe('2');
    expect((await call('DELETE', `/${Bucket}/a`, { 'if-match': '*' })).status).toBe(204);
  });

  it.each<[what: string, headers: Headers, code: string]>([
    ['2,049 bytes of metadata', { 'x-amz-meta-a': 'x'.repeat(2048) }, 'MetadataTooLarge'],
    ['an unknown storage class', { 'x-amz-storage-class': 'COLD' }, 'InvalidStorageClass'],
    ['eleven tags', { 'x-amz-tagging': Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&') }, 'InvalidTag'],
    ['a tag without a key', { 'x-amz-tagging': '=v' }, 'InvalidTag'],
    ['a key of KMS', { 'x-amz-server-side-encryption': 'aws:kms' }, 'NotImplemented'],
    ['a key of the customer', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'NotImplemented'],
    ['a public ACL', { 'x-amz-acl': 'public-read' }, 'NotImplemented'],
    ['a grant', { 'x-amz-grant-read': 'id=1' }, 'NotImplemented'],
    ['a lock', { 'x-amz-object-lock-mode': 'GOVERNANCE' }, 'NotImplemented'],
  ])('refuses %s, and writes nothing', async (_what, headers, code) => {
    expect((await put('a', 'text', headers)).code).toBe(code);
    expect((await get('a')).code).toBe('NoSuchKey');
  });

  it('takes what is at the limit', async () => {
    const tags = Array.from({ length: 10 }, (_, index) => `k${index}=${'v'.repeat(256)}`).join('&');
    const headers = { 'x-amz-meta-a': 'x'.repeat(2047), 'x-amz-tagging': tags, 'content-md5': 'HLJR7A1WjeapKbUgxK7Y0Q==' };
    expect((await put('a', 'text', { ...headers, 'x-amz-storage-class': 'GLACIER', 'x-amz-acl': 'private' })).status).toBe(200);
    expect((await get('a')).headers).toMatchObject({ 'x-amz-tagging-count': '10', 'x-amz-storage-class': 'GLACIER' });
  });

  it('copies with new metadata, and to itself only then', async () => {
    const etag = (await put('a', 'text', { 'x-amz-meta-x': '1', 'content-type': 'text/plain' })).headers['etag'] ?? '';
    const copy = (headers: Headers, to = 'b', from = 'a') =>
      call('PUT', `/${Bucket}/${to}`, { 'x-amz-copy-source': `/${Bucket}/${from}`, ...headers });
    expect((await copy({}, 'a')).code).toBe('InvalidRequest');
    expect((await copy({ 'x-amz-copy-source-if-match': '"x"' })).code).toBe('PreconditionFailed');
    expect((await copy({ 'x-amz-copy-source-if-none-match': etag })).code).toBe('PreconditionFailed');
    expect((await copy({}, 'b', 'never')).code).toBe('NoSuchKey');
    expect((await copy({ 'x-amz-copy-source': 'other-files/a' })).code).toBe('NoSuchBucket');
    expect((await copy({ 'x-amz-metadata-directive': 'KEEP' })).code).toBe('InvalidArgument');
    expect(textOf((await copy({ 'x-amz-copy-source-if-match': etag })).xml, 'ETag')).toBe(etag);
    expect((await copy({ 'if-none-match': '*' })).status).toBe(412);
    expect((await get('b')).headers).toMatchObject({ 'x-amz-meta-x': '1', 'content-type': 'text/plain' });
    await copy({ 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-y': '2' }, 'a');
    const { headers } = await get('a');
    expect([headers['x-amz-meta-x'], headers['x-amz-meta-y'], headers['content-type']]).toEqual([
      undefined,
      '2',
      'binary/octet-stream',
    ]);
  });

  it('copies tags only if the request says so, since nobody was asked whether it may', async () => {
    await put('a', 'text', { 'x-amz-tagging': 'k=v' });
    const copy = (headers: Headers) => call('PUT', `/${Bucket}/b`, { 'x-amz-copy-source': `${Bucket}/a`, ...headers });
    expect((await copy({})).code).toBe('NotImplemented');
    expect((await copy({ 'x-amz-tagging-directive': 'REPLACE' })).status).toBe(200);
    expect((await get('b')).headers['x-amz-tagging-count']).toBeUndefined();
    await copy({ 'x-amz-tagging-directive': 'COPY' });
    expect((await get('b')).headers['x-amz-tagging-count']).toBe('1');
  });

  it('keeps tags', async () => {
    await put('a');
    const tagging = (tags: string) => `<Tagging><TagSet>${tags}</TagSet></Tagging>`;
    await call('PUT', `/${Bucket}/a?tagging`, {}, tagging('<Tag><Key>k</Key><Value>007</Value></Tag>'));
    expect((await call('GET', `/${Bucket}/a?tagging`)).text).toContain('<Key>k</Key><Value>007</Value>');
    expect((await call('PUT', `/${Bucket}/a?tagging`, {}, tagging('<Tag><Key/><Value/></Tag>'))).code).toBe('InvalidTag');
    expect((await call('DELETE', `/${Bucket}/a?tagging`)).status).toBe(204);
    expect((await get('a')).headers['x-amz-tagging-count']).toBeUndefined();
    expect((await call('GET', `/${Bucket}/never?tagging`)).code).toBe('NoSuchKey');
  });

  it('fails without its bucket, and for what it does not keep', async () => {
    expect((await call('PUT', '/other-files/a')).code).toBe('NoSuchBucket');
    expect((await call('GET', '/other-files')).code).toBe('NoSuchBucket');
    expect((await call('GET', '/other-files/a')).code).toBe('NoSuchBucket');
    expect((await call('HEAD', '/other-files')).text).toBe('');
    for (const target of ['?acl', '?policy', '?versions', '/a?acl', '/a?retention', '/a?attributes']) {
      expect(await call('GET', `/${Bucket}${target}`)).toMatchObject({ status: 501, code: 'NotImplemented' });
    }
    expect((await call('PUT', '/locked', { 'x-amz-bucket-object-lock-enabled': 'true' })).code).toBe('NotImplemented');
    await put('a');
    expect(await call('DELETE', `/${Bucket}`)).toMatchObject({ status: 409, code: 'BucketNotEmpty' });
  });
});

describe('multipart uploads of the embedded S3', () => {
  const MIN = 5 * 1024 ** 2;

  async function begin(key: string): Promise<string> {
    return textOf((await call('POST', `/${Bucket}/${key}?uploads`)).xml, 'UploadId') ?? '';
  }

  const part = async (key: string, id: string, number: number | string, body: string | Buffer) =>
    call('PUT', `/${Bucket}/${key}?uploadId=${id}&partNumber=${number}`, {}, body);

  function complete(
    key: string,
    id: string,
    parts: readonly (readonly [number: number | string, etag: string])[],
    headers?: Headers,
  ) {
    const listed = parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('');
    return call(
      'POST',
      `/${Bucket}/${key}?uploadId=${id}`,
      headers,
      `<CompleteMultipartUpload>${listed}</CompleteMultipartUpload>`,
    );
  }

  it('belong to their key: the id alone reaches nobody', async () => {
    const id = await begin('theirs');
    const etag = (await part('theirs', id, 1, 'secret')).headers['etag'] ?? '';
    expect((await part('mine', id, 1, 'evil')).code).toBe('NoSuchUpload');
    expect((await complete('mine', id, [[1, etag]])).code).toBe('NoSuchUpload');
    expect((await call('GET', `/${Bucket}/mine?uploadId=${id}`)).code).toBe('NoSuchUpload');
    expect((await call('DELETE', `/${Bucket}/mine?uploadId=${id}`)).code).toBe('NoSuchUpload');
    expect((await part('theirs', '../x', 1, '')).code).toBe('NoSuchUpload');
    expect((await complete('theirs', id, [[1, etag]])).status).toBe(200);
    expect((await list()).keys).toEqual(['theirs']);
    expect((await complete('theirs', id, [[1, etag]])).code).toBe('NoSuchUpload');
  });

  it('refuse parts that are missing, different, out of order, too small or wrongly numbered', async () => {
    const id = await begin('a');
    const small = (await part('a', id, 1, 'small')).headers['etag'] ?? '';
    const large = (await part('a', id, 2, Buffer.alloc(MIN))).headers['etag'] ?? '';
    const under = (await part('a', id, 3, Buffer.alloc(MIN - 1))).headers['etag'] ?? '';
    expect((await complete('a', id, [[4, small]])).code).toBe('InvalidPart');
    expect((await complete('a', id, [[1, large]])).code).toBe('InvalidPart');
    expect((await complete('a', id, [[2, large], [1, small]])).code).toBe('InvalidPartOrder'); // prettier-ignore
    expect((await complete('a', id, [[2, large], [2, large]])).code).toBe('InvalidPartOrder'); // prettier-ignore
    expect((await complete('a', id, [[1, small], [2, large]])).code).toBe('EntityTooSmall'); // prettier-ignore
    expect((await complete('a', id, [])).code).toBe('MalformedXML');
    expect((await complete('a', id, [['x', small]])).code).toBe('MalformedXML');
    for (const number of [0, 10_001, '1e1', -1]) expect((await part('a', id, number, '')).code).toBe('InvalidArgument');
    expect((await part('a', id, 10_000, '')).status).toBe(200);
    const last = (await part('a', id, 4, 'z')).headers['etag'] ?? '';
    expect((await complete('a', id, [[3, under], [4, last]])).code).toBe('EntityTooSmall'); // prettier-ignore
    await put('a', 'there');
    expect((await complete('a', id, [[2, large], [3, under]], { 'if-none-match': '*' })).status).toBe(412); // prettier-ignore
    expect((await complete('a', id, [[2, large.replaceAll('"', '')], [3, under]])).status).toBe(200); // prettier-ignore
    expect((await get('a')).headers['content-length']).toBe(`${2 * MIN - 1}`);
  });

  it('are listed, page by page, and aborted', async () => {
    const id = await begin('a');
    await begin('b');
    for (const number of [3, 1, 2]) await part('a', id, number, `${number}`);
    const { xml } = await call('GET', `/${Bucket}/a?uploadId=${id}&max-parts=1&part-number-marker=1`);
    expect(['PartNumberMarker', 'NextPartNumberMarker', 'IsTruncated'].map((name) => textOf(xml, name))).toEqual([
      '1',
      '2',
      'true',
    ]);
    expect((await call('GET', `/${Bucket}/a?uploadId=${id}&max-parts=x`)).code).toBe('InvalidArgument');
    expect(textsOf((await call('GET', `/${Bucket}?uploads&prefix=a`)).xml, 'Upload')).toHaveLength(1);
    expect((await call('GET', `/${Bucket}?uploads&delimiter=/`)).code).toBe('NotImplemented');
    expect((await call('DELETE', `/${Bucket}/a?uploadId=${id}`)).status).toBe(204);
    expect(textsOf((await call('GET', `/${Bucket}?uploads`)).xml, 'Upload')).toHaveLength(1);
  });

  it('refuse a range of the source that is not there whole', async () => {
    await put('source', '0123456789');
    const id = await begin('a');
    const copy = (range: string) =>
      call('PUT', `/${Bucket}/a?uploadId=${id}&partNumber=1`, {
        'x-amz-copy-source': `${Bucket}/source`,
        'x-amz-copy-source-range': range,
      });
    for (const range of ['bytes=0-10', 'bytes=5-', 'bytes=-2', 'bytes=5-2', 'x']) {
      expect((await copy(range)).code).toBe('InvalidArgument');
    }
    expect((await copy('bytes=10-12')).code).toBe('InvalidRange');
    expect((await copy('bytes=0-9')).status).toBe(200);
  });
});

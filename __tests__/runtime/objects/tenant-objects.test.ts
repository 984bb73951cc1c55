import { Readable } from 'node:stream';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { TenantObjects } from 'multi-tenant-data-access';
import { setAmbientCredentials } from '../../support/ambient-credentials';
import { startMoto } from '../../support/moto';
import '../../support/node-errors';
import { refusal } from '../../support/refusal';
import { BUCKET, objectSession, type S3StandIn, type SessionOptions, STAND_IN, startS3 } from '../../support/s3-stand-in';

/** Moto knows conditions, encoded listings and copies of any key; the one in this process is another implementation of the rest. */
let s3: S3StandIn;
let moto: S3StandIn;
let files: TenantObjects;
let others: TenantObjects;
let plain: S3Client;

beforeAll(async () => {
  setAmbientCredentials();
  [s3, moto] = await Promise.all([startS3(), startMoto()]);
  plain = new S3Client({ endpoint: moto.endpoint, region: 'eu-central-1', forcePathStyle: true });
  const location = { LocationConstraint: 'eu-central-1' } as const;
  await plain.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: location }));
});

afterAll(async () => {
  plain.destroy();
  await Promise.all([s3.stop(), moto.stop()]);
});

let suite = 0;
function tenants(endpoint: string, options?: SessionOptions): void {
  // New tenants for each test: nothing is left of the one before.
  suite += 1;
  files = objectSession(endpoint, `acme-${suite}`, options).objects();
  others = objectSession(endpoint, `acme-${suite}0`, options).objects();
}

async function keysOf(objects: TenantObjects, options?: Parameters<TenantObjects['list']>[0]): Promise<string[]> {
  return (await allOf(objects.list(options))).map(({ key }) => key);
}

async function allOf<Thing>(things: AsyncIterable<Thing>): Promise<Thing[]> {
  const all: Thing[] = [];
  for await (const thing of things) all.push(thing);
  return all;
}

describe.each<[string, () => string, SessionOptions | undefined]>([
  ['s3rver', () => s3.endpoint, STAND_IN],
  ['moto', () => moto.endpoint, undefined],
])('TenantObjects at %s', (_name, endpoint, options) => {
  beforeEach(() => {
    tenants(endpoint(), options);
  });

  it('puts and gets text, with its headers and metadata', async () => {
    const before = Date.now();
    const written = await files.put('receipts/1.txt', 'Grüße ☃', {
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="1.txt"',
      metadata: { Owner: 'Jo  Do', empty: '' },
    });
    const object = await files.get('receipts/1.txt');

    expect(object).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="1.txt"',
      contentLength: 11,
      etag: written.etag,
      contentRange: undefined,
    });
    expect(object.metadata['owner']).toBe('Jo  Do');
    expect(written.etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(object.lastModified?.getTime()).toBeGreaterThan(before - 2000);
    expect(await object.text()).toBe('Grüße ☃');
  });

  it.each<[string, () => string | Uint8Array]>([
    ['bytes that are no text', () => Uint8Array.of(0, 255, 254, 128)],
    ['a Buffer within a larger one', () => Buffer.from('0123456789').subarray(2, 5)],
    ['no bytes', () => new Uint8Array(0)],
    ['no text', () => ''],
    ['text with a byte order mark', () => '\ufeffa'],
  ])('puts and gets %s', async (_what, content) => {
    await files.put('a', content());
    const bytes = await (await files.get('a')).bytes();

    expect(Buffer.from(bytes)).toEqual(Buffer.from(content() as string));
    expect(bytes.buffer.byteLength).toBe(bytes.length);
    expect(await (await files.get('a')).text()).toBe(Buffer.from(content() as string).toString());
  });

  it('puts a stream of known length', async () => {
    await files.put('a', Readable.from(['one ', Buffer.from('two')]), { contentLength: 7 });
    expect(await (await files.get('a')).text()).toBe('one two');
  });

  it('tells the details without the content', async () => {
    await files.put('a', 'text', { contentType: 'text/plain' });
    expect(await files.head('a')).toMatchObject({ contentLength: 4, contentType: 'text/plain' });
    expect(await files.exists('a')).toBe(true);
  });

  it('gets a range', async () => {
    await files.put('a', '0123456789');
    const part = await files.get('a', { range: 'bytes=2-4' });

    expect(part).toMatchObject({ contentRange: 'bytes 2-4/10', contentLength: 3 });
    expect(await part.text()).toBe('234');
  });

  it('fails for a range beyond the end', async () => {
    await files.put('a', '0123456789');
    await expect(files.get('a', { range: 'bytes=10-' })).rejects.toThrow(refusal('request.invalid', 'no such bytes'));
  });

  it('fails for an object that is not there', async () => {
    const missing = refusal('object.not_found', 'the object "a" of tenant \'acme-');
    await expect(files.get('a')).rejects.toThrow(missing);
    await expect(files.head('a')).rejects.toThrow(missing);
    expect(await files.exists('a')).toBe(false);
  });

  it('keeps two tenants apart, of which one id continues the other', async () => {
    await files.put('a', 'mine');
    await others.put('a', 'theirs');
    await others.put('b', 'theirs');
    await others.copy('a', 'c');

    expect(await (await files.get('a')).text()).toBe('mine');
    expect(await keysOf(files)).toEqual(['a']);
    await expect(files.get('b')).rejects.toThrow(refusal('object.not_found'));
    await expect(files.copy('b', 'd')).rejects.toThrow(refusal('object.not_found'));
    await files.deleteMany(['a', 'b', 'c']);
    expect(await keysOf(others)).toEqual(['a', 'b', 'c']);
  });

  it('lists pages, prefixes and what comes after', async () => {
    for (const key of ['a', 'b/1', 'b/2', 'b/c/3', 'd']) await files.put(key, key);

    expect(await keysOf(files)).toEqual(['a', 'b/1', 'b/2', 'b/c/3', 'd']);
    expect(await keysOf(files, { prefix: 'b' })).toEqual(['b/1', 'b/2', 'b/c/3']);
    expect(await keysOf(files, { startAfter: 'b/1' })).toEqual(['b/2', 'b/c/3', 'd']);

    const folder = await files.list({ prefix: 'b/', delimiter: '/' }).page();
    expect(folder).toMatchObject({ objects: [{ key: 'b/1', size: 3 }, { key: 'b/2' }], prefixes: ['b/c/'], cursor: undefined });
    expect(folder.objects[0]?.lastModified).toBeInstanceOf(Date);
    expect(folder.objects[0]?.etag).toBe((await files.head('b/1')).etag);
  });

  it('copies with the headers, and with others if any is given', async () => {
    await files.put('a', 'text', { contentType: 'text/plain', metadata: { owner: 'jo' } });
    const { etag } = await files.copy('a', 'b');
    await files.copy('a', 'c', { contentType: 'text/html' });

    expect(etag).toBe((await files.head('a')).etag);
    expect(await files.head('b')).toMatchObject({ contentType: 'text/plain', metadata: { owner: 'jo' } });
    expect((await files.head('c')).contentType).toBe('text/html');
    expect((await files.head('c')).metadata['owner']).toBeUndefined();
    expect(await (await files.get('c')).text()).toBe('text');
  });

  it('deletes one and many, those that are not there too', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await files.put(key, key);
    await files.delete('a');
    await files.delete('a');
    expect(await files.deleteMany(new Set(['b', 'c', 'never']))).toEqual({ failed: [] });
    expect(await files.deleteMany([])).toEqual({ failed: [] });
    expect(await keysOf(files)).toEqual(['d']);
  });

  it('uploads in parts, and tells how far it is', async () => {
    const size = 11 * 1024 * 1024;
    const content = Buffer.alloc(size, 'abcdefg');
    const told: unknown[] = [];
    const source = Readable.from([content.subarray(0, 5), content.subarray(5, 9_000_000), content.subarray(9_000_000)]);
    const { etag } = await files.upload('big', source, {
      contentType: 'video/mp4',
      contentLength: size,
      concurrency: 1,
      onProgress: (progress) => {
        told.push(progress);
        throw new Error('a broken listener');
      },
    });

    const object = await files.get('big');
    expect(object).toMatchObject({ contentType: 'video/mp4', contentLength: size, etag });
    expect(Buffer.from(await object.bytes()).equals(content)).toBe(true);
    const part = 5 * 1024 * 1024;
    expect(told).toEqual([part, 2 * part, size].map((loadedBytes) => ({ loadedBytes, totalBytes: size })));
  });

  it.each<[string, () => Parameters<TenantObjects['upload']>[1], string]>([
    ['text', () => 'short', 'short'],
    ['bytes', () => Uint8Array.of(97), 'a'],
    ['an empty stream', () => Readable.from([]), ''],
    ['a web stream', () => new Response('web').body as unknown as AsyncIterable<Uint8Array>, 'web'],
    [
      'a generator',
      async function* () {
        await Promise.resolve();
        yield 'é';
        yield Uint8Array.of(98);
      },
      'éb',
    ],
  ])('uploads %s', async (_what, content, text) => {
    const told: unknown[] = [];
    await files.upload('a', content(), { onProgress: (progress) => told.push(progress) });
    expect(await (await files.get('a')).text()).toBe(text);
    expect(told).toHaveLength(1);
  });

  it('makes URLs that anybody may use', async () => {
    const content = Buffer.from('by URL');
    const put = await files.presignPut('a b+c/ü.txt', {
      contentType: 'text/plain',
      contentLength: content.length,
      cacheControl: 'no-store',
      metadata: { owner: 'jo' },
    });
    expect(put.headers).toEqual({
      'content-type': 'text/plain',
      'content-length': '6',
      'cache-control': 'no-store',
      'x-amz-meta-owner': 'jo',
    });
    expect((await fetch(put.url, { method: 'PUT', headers: put.headers, body: content })).status).toBe(200);
    expect(await files.head('a b+c/ü.txt')).toMatchObject({ contentType: 'text/plain', metadata: { owner: 'jo' } });
    expect(await (await fetch((await files.presignGet('a b+c/ü.txt')).url)).text()).toBe('by URL');
  });
});

describe('TenantObjects, what only s3rver can', () => {
  it('makes a URL that answers with other headers', async () => {
    tenants(s3.endpoint, STAND_IN);
    await files.put('a', 'text');
    const other = { responseContentDisposition: 'attachment; filename="b c.html"', responseContentType: 'text/html' };
    const { headers } = await fetch((await files.presignGet('a', other)).url);
    expect(headers.get('content-disposition')).toBe('attachment; filename="b c.html"');
    expect(headers.get('content-type')).toBe('text/html');
  });
});

describe('TenantObjects, what only moto can', () => {
  beforeEach(() => {
    tenants(moto.endpoint);
  });

  it('goes on where a page ended', async () => {
    for (const key of ['a', 'b', 'c']) await files.put(key, key);
    const first = await files.list({ pageSize: 2 }).page();
    const second = await files.list({ pageSize: 2, cursor: first.cursor }).page();

    expect(first.objects.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(second.objects.map(({ key }) => key)).toEqual(['c']);
    expect(second.cursor).toBeUndefined();
    const pages = await allOf(files.list({ pageSize: 2 }).pages());
    expect(pages.map(({ objects }) => objects.length)).toEqual([2, 1]);
    expect(await keysOf(files, { limit: 2, pageSize: 1 })).toEqual(['a', 'b']);
    expect(await keysOf(files, { limit: 3, pageSize: 1 })).toEqual(['a', 'b', 'c']);
  });

  it('does not reach another tenant with a cursor of theirs', async () => {
    for (const key of ['a', 'b', 'c']) await others.put(key, key);
    await files.put('b', 'mine');
    const { cursor } = await others.list({ pageSize: 1 }).page();
    const keys = await keysOf(files, { cursor }).catch(() => []);
    expect(['', 'b']).toContain(keys.join());
  });

  it('gets the last bytes', async () => {
    await files.put('a', '0123456789');
    expect(await (await files.get('a', { range: 'bytes=-2' })).text()).toBe('89');
  });

  it('writes only what is new, or what was read', async () => {
    const { etag } = await files.put('a', '1', { ifNoneMatch: '*' });
    await expect(files.put('a', '2', { ifNoneMatch: '*' })).rejects.toThrow(refusal('condition.failed', 'put the object "a"'));
    await files.put('a', '2', { ifMatch: etag });
    await expect(files.put('a', '3', { ifMatch: etag })).rejects.toThrow(refusal('condition.failed'));
    expect(await (await files.get('a')).text()).toBe('2');
  });

  it('reads only under its conditions', async () => {
    const { etag } = await files.put('a', '1');
    expect(await (await files.get('a', { ifMatch: etag, ifNoneMatch: '"other"' })).text()).toBe('1');
    await expect(files.get('a', { ifMatch: '"other"' })).rejects.toThrow(refusal('condition.failed'));
    await expect(files.get('a', { ifNoneMatch: etag })).rejects.toThrow(refusal('condition.failed'));
    await expect(files.head('a', { ifMatch: '"other"' })).rejects.toThrow(refusal('condition.failed'));
    await expect(files.head('a', { ifNoneMatch: etag })).rejects.toThrow(refusal('condition.failed'));
  });

  it('writes by URL only what is new', async () => {
    const { url, headers } = await files.presignPut('a', { ifNoneMatch: '*' });
    expect(headers).toEqual({ 'if-none-match': '*' });
    expect((await fetch(url, { method: 'PUT', headers, body: '1' })).status).toBe(200);
    expect((await fetch(url, { method: 'PUT', headers, body: '2' })).status).toBe(412);
  });

  const ODD_KEYS = [
    'a&b<c>"d\'e',
    'a+b c%20%2F%',
    '%2e%2e/x',
    'a//b',
    'a/',
    'a#b?c=d;e',
    ' lead and trail ',
    'back\\slash',
    '😀/é/e\u0301',
    'line\u2028para\u2029',
    'bom\ufeff',
    'none\ufffe\uffff',
    '...',
    '~!*()_-.,:@=$|^`{}[]',
    'tenants/globex/x',
    ']]>&amp;&#10;',
  ];

  it('keeps every key byte for byte', async () => {
    for (const key of ODD_KEYS) await files.put(key, `content of ${key}`);
    for (const key of ODD_KEYS) {
      expect(await (await files.get(key)).text()).toBe(`content of ${key}`);
      await files.copy(key, `copy/${key}`);
      expect(await (await fetch((await files.presignGet(`copy/${key}`)).url)).text()).toBe(`content of ${key}`);
    }
    const inOrder = [...ODD_KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await keysOf(files)).filter((key) => !key.startsWith('copy/')).sort()).toEqual([...inOrder].sort());
    expect((await keysOf(files, { prefix: 'copy/' })).sort()).toEqual(ODD_KEYS.map((key) => `copy/${key}`).sort());

    await files.deleteMany(ODD_KEYS);
    expect(await keysOf(files)).toHaveLength(ODD_KEYS.length);
    await files.deleteMany(ODD_KEYS.map((key) => `copy/${key}`));
    expect(await keysOf(files)).toEqual([]);
  });

  it('deletes more than 1,000', async () => {
    await files.put('k1500', '');
    await files.put('k1', '');
    await files.put('kept', '');
    const keys = Array.from({ length: 2001 }, (_, index) => `k${index}`);
    expect(await files.deleteMany(keys)).toEqual({ failed: [] });
    expect(await keysOf(files)).toEqual(['kept']);
  });

  it('fails when the source of an upload breaks, and leaves no parts', async () => {
    const broken = new Error('the disk is gone');
    async function* source() {
      await Promise.resolve();
      yield Buffer.alloc(12 * 1024 * 1024);
      throw broken;
    }
    await expect(files.upload('a', source())).rejects.toMatchObject({ code: 'request.aborted', cause: broken });
    expect((await plain.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []).toEqual([]);
    expect(await keysOf(files)).toEqual([]);
  });

  it('fails when an upload is aborted, and leaves no parts', async () => {
    const abort = new AbortController();
    async function* source() {
      yield Buffer.alloc(12 * 1024 * 1024);
      // Nothing more comes, ever.
      await new Promise(() => undefined);
    }
    const upload = files.upload('a', source(), {
      abortSignal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await expect(upload).rejects.toThrow(refusal('request.aborted', 'upload the object "a"'));
    expect((await plain.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []).toEqual([]);
  });
});

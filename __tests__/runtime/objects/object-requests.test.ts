import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { TenantObjects } from 'multi-tenant-data-access';
import { copySource } from 'multi-tenant-data-access/objects/copy-object';
import { TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { issuedKeys } from '../../support/loopback-aws';
import '../../support/node-errors';
import { refusal } from '../../support/refusal';
import { answer, listed, objectSession, ScriptedS3, type SessionOptions } from '../../support/s3-stand-in';

let s3: ScriptedS3;
let files: TenantObjects;

beforeAll(async () => {
  s3 = await ScriptedS3.start();
});

beforeEach(() => {
  s3.follow(answer(200));
  files = tenant('acme');
});

afterAll(async () => {
  await s3.stop();
});

function tenant(tenantId: string, options?: SessionOptions): TenantObjects {
  return objectSession(s3.endpoint, tenantId, options).objects();
}

/** The path that was asked for last, decoded as S3 does. */
function lastPath(): string {
  const [, target = ''] = (s3.asked.at(-1) ?? '').split(' ');
  return decodeURIComponent(target.split('?')[0] ?? '');
}

function lastQuery(): URLSearchParams {
  return new URL((s3.asked.at(-1) ?? '').split(' ')[1] ?? '', s3.endpoint).searchParams;
}

describe('the object of a request', () => {
  /** Any string at all, with what is worth trying more often: parts of paths, of encodings, other tenants, halves of pairs. */
  const anyKey = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 2 }),
        fc.constantFrom(
          '/',
          '.',
          '..',
          '//',
          '%2e',
          '%2F',
          '%',
          '+',
          '?',
          '#',
          '&',
          '\\',
          'tenants',
          'globex',
          'a',
          ' ',
          '\ufffe',
          '@',
        ),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));

  /** What S3 takes for a key, told independently of the code. */
  function isUsable(key: string): boolean {
    return (
      key !== '' &&
      !key.startsWith('/') &&
      key.split('/').every((segment) => segment !== '.' && segment !== '..') &&
      Buffer.from(key).toString() === key &&
      Array.from(key).every((character) => (character >= ' ' && character < '\x7f') || character > '\x9f')
    );
  }

  it('is that of the key, byte for byte, or the key is refused', async () => {
    let taken = 0;
    const property = fc.asyncProperty(anyKey, async (key) => {
      s3.follow(answer(200));
      const [put, presigned, copied] = await Promise.allSettled([
        files.put(key, ''),
        files.presignGet(key),
        files.copy(key, 'to').catch((error: unknown) => (isUsable(key) ? undefined : Promise.reject(error as Error))),
      ]);
      if (!isUsable(key)) {
        for (const outcome of [put, presigned, copied]) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'tenant.invalid' } });
        }
        expect(s3.asked).toEqual([]);
        return;
      }
      taken += 1;
      const object = `/tenant-files/tenants/acme/${key}`;
      expect(s3.asked.map((asked) => decodeURIComponent((asked.split(' ')[1] ?? '').split('?')[0] ?? '')).sort()).toEqual(
        [object, '/tenant-files/tenants/acme/to'].sort(),
      );
      const { url } = presigned.status === 'fulfilled' ? presigned.value : { url: '' };
      // Whatever reads the URL, fetch say, must not normalise the path.
      expect(decodeURIComponent(new URL(url).pathname)).toBe(object);
    });
    await fc.assert(property, { seed: 4, numRuns: 250 });
    expect(taken).toBeGreaterThan(80);
  });

  it('is copied from where S3 reads the header to', async () => {
    let source = '';
    s3.follow((request, response) => {
      source = String(request.headers['x-amz-copy-source']);
      answer(200, '<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>')(request, response);
    });
    const key = "a+b c%20%2F!'()*&=?#ü😀//z/";
    await files.copy(key, 'to');
    expect(source).toMatch(/^[\w/.%~-]+$/);
    expect(decodeURIComponent(source)).toBe(`tenant-files/tenants/acme/${key}`);
    expect(copySource('bucket', 'a/+')).toBe('bucket/a/%2B');
  });

  it('is the same when the bucket stands in the host name', async () => {
    const hosts: (string | undefined)[] = [];
    s3.follow((request, response) => {
      hosts.push(request.headers.host);
      answer(200)(request, response);
    });
    const agent = {
      lookup: (_host: string, _options: object, found: (e: null, addresses: object[]) => void) => {
        found(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    };
    const endpoint = s3.endpoint.replace('127.0.0.1', 's3.example');
    const virtual = tenant('acme', { requestHandler: { httpAgent: agent }, s3Config: { endpoint, forcePathStyle: false } });
    for (const key of ['a//b/', '%2e%2e/x', 'c d+e', 'tenants/globex/x', '😀?#']) {
      await virtual.put(key, '');
      expect(lastPath()).toBe(`/tenants/acme/${key}`);
    }
    expect(new Set(hosts)).toEqual(new Set([new URL(endpoint).host.replace(/^/, 'tenant-files.')]));
  });

  it.each(['', '/a', '../globex/a', 'a/..', './a', 'a\u0000', 'a\u0085', '\ud800', 7, undefined, { toString: () => 'a' }])(
    'fails for key %j in every call, and asks nothing',
    async (key) => {
      const bad = key as string;
      const calls = [
        files.put(bad, ''),
        files.upload(bad, ''),
        files.get(bad),
        files.head(bad),
        files.exists(bad),
        files.copy(bad, 'b'),
        files.copy('b', bad),
        files.delete(bad),
        files.deleteMany(['b', bad]),
        files.presignGet(bad),
        files.presignPut(bad),
      ];
      for (const call of calls) await expect(call).rejects.toThrow(refusal('tenant.invalid', 'is not an object key'));
      expect(s3.asked).toEqual([]);
    },
  );
});

describe('the listing of a request', () => {
  it.each([
    ['', 'tenants/acme/'],
    ['a', 'tenants/acme/a'],
    ['a b+/ü/', 'tenants/acme/a b+/ü/'],
    ['.', 'tenants/acme/.'],
    ['..', 'tenants/acme/..'],
    ['tenants/globex/', 'tenants/acme/tenants/globex/'],
  ])('begins with the tenant for prefix %j', async (prefix, asked) => {
    s3.follow(listed(''));
    await files.list({ prefix, startAfter: prefix, delimiter: '/' }).page();
    expect(lastPath()).toBe('/tenant-files/');
    expect(Object.fromEntries(lastQuery())).toMatchObject({
      prefix: asked,
      'start-after': asked,
      delimiter: '/',
      'encoding-type': 'url',
      'list-type': '2',
      'max-keys': '1000',
    });
  });

  it.each(['/', '../', '../globex', 'a/../b', './', 'a\n', '\udfff', 'x'.repeat(1012)])('fails for prefix %j', (prefix) => {
    expect(() => files.list({ prefix })).toThrow(refusal('tenant.invalid', 'is not a prefix of object keys'));
    expect(() => files.list({ startAfter: prefix })).toThrow(refusal('tenant.invalid'));
  });

  it('takes a prefix of 1,024 bytes with that of the tenant', () => {
    expect(() => files.list({ prefix: 'x'.repeat(1011) })).not.toThrow();
  });
});

describe('the options of a call', () => {
  it.each<[string, object, string]>([
    ['a name of the SDK', { Key: 'tenants/globex/a' }, '"Key" is not an option'],
    ['another bucket', { Bucket: 'other' }, '"Bucket" is not an option'],
    ['a misspelt condition', { ifNonMatch: '*' }, 'known are contentType'],
    ['a header of two lines', { contentType: 'a\r\nx: y' }, "'contentType' must be a string of printable ASCII"],
    ['a header that is not ASCII', { contentDisposition: 'filename=ü' }, "'contentDisposition'"],
    ['an empty header', { cacheControl: '' }, "'cacheControl'"],
    ['no string', { contentType: ['text/html'] }, 'a value of type object'],
    ['an ETag for what is new', { ifNoneMatch: '"1"' }, "'ifNoneMatch' must be '*'"],
    ['both conditions', { ifNoneMatch: '*', ifMatch: '"1"' }, 'exclude each other'],
    ['metadata with a bad name', { metadata: { 'a b': '1' } }, "'metadata'"],
    ['metadata with two names in one', { metadata: { a: '1', A: '2' } }, "'metadata'"],
    ['metadata that is not ASCII', { metadata: { a: 'ü' } }, "'metadata'"],
    ['metadata of 2,049 bytes', { metadata: { a: 'x'.repeat(2048) } }, 'at most 2048 bytes'],
    ['no AbortSignal', { abortSignal: {} }, "'abortSignal' must be an AbortSignal"],
    ['a length that is wrong', { contentLength: 2 }, 'the content has 1 bytes'],
    ['no object', 'text/plain' as unknown as object, 'The options must be an object'],
    ['null', null as unknown as object, 'The options must be an object'],
  ])('fails for %s', async (_what, options, message) => {
    await expect(files.put('a', 'x', options)).rejects.toThrow(refusal('request.invalid', message));
    expect(s3.asked).toEqual([]);
  });

  it('takes metadata of 2,048 bytes', async () => {
    await expect(files.put('a', '', { metadata: { a: 'x'.repeat(2047) } })).resolves.toBeDefined();
  });

  it.each<[string, () => unknown, string]>([
    ['a range of two', () => files.get('a', { range: 'bytes=0-1,3-4' }), "'bytes=0-99'"],
    ['a range that ends before it begins', () => files.get('a', { range: 'bytes=5-2' }), "'bytes=0-99'"],
    ['a range of nothing', () => files.get('a', { range: 'bytes=-' }), "'range'"],
    ['a condition of many ETags', () => files.get('a', { ifMatch: 'ü' }), "'ifMatch'"],
    ['a page of none', () => files.list({ pageSize: 0 }), 'a whole number from 1 to 1000'],
    ['a page of 1,001', () => files.list({ pageSize: 1001 }), "'pageSize'"],
    ['a limit of none', () => files.list({ limit: 0 }), "'limit'"],
    ['an empty cursor', () => files.list({ cursor: '' }), "'cursor'"],
    ['a cursor without an end', () => files.list({ cursor: 'x'.repeat(8193) }), 'a string of 8193 characters'],
    ['two places to begin', () => files.list({ cursor: 'x', startAfter: 'y' }), 'exclude each other'],
    ['an empty delimiter', () => files.list({ delimiter: '' }), "'delimiter'"],
    ['an unknown option of copy', () => files.copy('a', 'b', { CopySource: 'x' } as object), '"CopySource"'],
    ['an unknown option of delete', () => files.delete('a', { VersionId: '1' } as object), '"VersionId"'],
    ['keys that are one string', () => files.deleteMany('a'), 'an array of keys'],
    ['keys that are null', () => files.deleteMany(null as unknown as string[]), 'an array of keys, given was null'],
    ['parts below 5 MiB', () => files.upload('a', '', { partSizeBytes: 5_242_879 }), 'from 5242880 to 5368709120'],
    ['an upload of another length', () => files.upload('a', 'abc', { contentLength: 2 }), 'the content has 3 bytes'],
    ['no concurrency', () => files.upload('a', '', { concurrency: 0 }), 'from 1 to 50'],
    ['a listener that is none', () => files.upload('a', '', { onProgress: 'x' as unknown as () => void }), 'a function'],
    ['content that is a number', () => files.put('a', 7 as unknown as string), 'given was 7'],
    ['content that is an object', () => files.upload('a', {} as unknown as string), 'a string, a Uint8Array or a stream'],
    // @ts-expect-error -- the types ask for the length too
    ['a stream of unknown length', () => files.put('a', Readable.from(['x']), {}), "or use 'upload'"],
    ['a life of none', () => files.presignGet('a', { expiresInSeconds: 0 }), 'from 1 to 604800'],
    ['a life beyond a week', () => files.presignPut('a', { expiresInSeconds: 604_801 }), "'expiresInSeconds'"],
    ['a life in parts of seconds', () => files.presignGet('a', { expiresInSeconds: 1.5 }), "'expiresInSeconds'"],
  ])('fails for %s', async (_what, call, message) => {
    await expect(Promise.resolve().then(call)).rejects.toThrow(refusal('request.invalid', message));
    expect(s3.asked).toEqual([]);
  });

  it('are read once, and only from the object itself', async () => {
    let reads = 0;
    const options = Object.create({ contentType: 'text/inherited' }) as { cacheControl?: string };
    Object.defineProperty(options, 'cacheControl', { enumerable: true, get: () => (reads++ === 0 ? 'no-store' : 'a\nb') });
    const seen: unknown[] = [];
    s3.follow((request, response) => {
      seen.push(request.headers['cache-control'], request.headers['content-type']);
      answer(200)(request, response);
    });
    await files.put('a', '', options);
    expect([reads, ...seen]).toEqual([1, 'no-store', 'application/octet-stream']);
  });

  it('are not those of the prototype of all objects', async () => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    s3.follow(listed(''));
    Object.assign(prototype, { prefix: 'b', limit: 1, cursor: 'x' });
    try {
      await files.list({ pageSize: 10 }).page();
    } finally {
      for (const name of ['prefix', 'limit', 'cursor']) Reflect.deleteProperty(prototype, name);
    }
    const query = lastQuery();
    expect(['prefix', 'max-keys', 'continuation-token'].map((name) => query.get(name))).toEqual(['tenants/acme/', '10', null]);
  });

  it.each(['bytes=0-0', 'bytes=2-10', 'bytes=10-', 'bytes=-5'])('take the range %s', async (range) => {
    const seen: unknown[] = [];
    s3.follow((request, response) => {
      seen.push(request.headers['range']);
      answer(206, 'x')(request, response);
    });
    await (await files.get('a', { range })).bytes();
    expect(seen).toEqual([range]);
  });

  it('are refused for a stream that was read before', async () => {
    const read = Readable.from(['x']);
    await read.toArray();
    await expect(files.upload('a', read)).rejects.toThrow(refusal('request.invalid', 'read or destroyed before'));
    await expect(files.put('a', read, { contentLength: 1 })).rejects.toThrow(refusal('request.invalid'));
  });
});

describe('a presigned URL', () => {
  const hour = () => new Date(Date.now() + 3_600_000);

  it('lives 900 seconds by default, and tells its end', async () => {
    const { url, expiration, expiresInSeconds, cappedBySession } = await files.presignGet('a/b');
    const query = new URL(url).searchParams;

    expect([expiresInSeconds, cappedBySession]).toEqual([900, false]);
    expect(query.get('X-Amz-Expires')).toBe('900');
    expect(query.get('X-Amz-Credential')).toMatch(/^ASIAACME0001\//);
    expect(query.get('X-Amz-Security-Token')).toBe('session-token-of-acme');
    const [, ...signedAt] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
    const [year = 0, month = 0, ...rest] = signedAt.map(Number);
    expect(expiration.getTime()).toBe(Date.UTC(year, month - 1, ...rest) + 900_000);
    expect(s3.asked).toEqual([]);
  });

  it('is capped to the life of the session, and says so', async () => {
    const expiration = hour();
    const capped = await tenant('acme', { expiration }).presignGet('a', { expiresInSeconds: 604_800 });
    expect(capped.cappedBySession).toBe(true);
    expect(capped.expiresInSeconds).toBeGreaterThan(3590);
    expect(capped.expiration.getTime()).toBeLessThanOrEqual(expiration.getTime());
    expect(new URL(capped.url).searchParams.get('X-Amz-Expires')).toBe(String(capped.expiresInSeconds));

    const within = await tenant('acme', { expiration }).presignGet('a', { expiresInSeconds: 3000 });
    expect(within).toMatchObject({ cappedBySession: false, expiresInSeconds: 3000 });
  });

  it('fails in the last second of a session, and after it', async () => {
    for (const left of [900, 0, -1000]) {
      const expiration = new Date(Math.floor(Date.now() / 1000) * 1000 + left);
      await expect(tenant('acme', { expiration }).presignPut('a')).rejects.toThrow(refusal('credentials.expired'));
    }
  });

  it('is signed with the renewed credentials, and lives as long as they', async () => {
    const renewed = new TenantCredentials('acme', { ...issuedKeys('acme'), accessKeyId: 'ASIARENEWED', expiration: hour() });
    const renewal = { possible: () => true, renew: () => Promise.resolve({ credentials: renewed, subject: 'user-1' }) };
    const renewing = tenant('acme', { expiration: new Date(Date.now() + 60_000), renewal });
    const signed = async () => {
      const { url, cappedBySession } = await renewing.presignGet('a');
      return [new URL(url).searchParams.get('X-Amz-Credential')?.split('/')[0], cappedBySession];
    };

    expect(await signed()).toEqual(['ASIAACME0001', true]);
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    expect(await signed()).toEqual(['ASIARENEWED', false]);
    later.mockRestore();
  });

  it('to read carries nothing of checksums', async () => {
    const { url } = await files.presignGet('a');
    expect([...new URL(url).searchParams.keys()].filter((name) => name.includes('hecksum'))).toEqual([]);
  });

  it('to write binds every header by its signature', async () => {
    const { url, headers } = await files.presignPut('a', {
      contentType: 'text/plain',
      cacheControl: 'no-store',
      contentDisposition: 'attachment',
      contentEncoding: 'gzip',
      contentLength: 0,
      ifNoneMatch: '*',
      metadata: { Owner: 'jo' },
    });
    const query = new URL(url).searchParams;
    expect(headers).toEqual({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'content-disposition': 'attachment',
      'content-encoding': 'gzip',
      'content-length': '0',
      'if-none-match': '*',
      'x-amz-meta-owner': 'jo',
    });
    expect(query.get('X-Amz-SignedHeaders')?.split(';').sort()).toEqual(['host', ...Object.keys(headers)].sort());
    expect([...query.keys()].filter((name) => /meta|hecksum|acl|tagging/.test(name))).toEqual([]);
  });

  it('to write anything binds the host alone', async () => {
    const { url, headers } = await files.presignPut('a');
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect(headers).toEqual({});
  });
});

describe('objects of a session', () => {
  it('lie in the bucket of the configuration, or in the one named', async () => {
    const session = objectSession(s3.endpoint, 'acme');
    await session.objects().delete('a');
    expect(lastPath()).toBe('/tenant-files/tenants/acme/a');
    await session.objects('other-files').delete('a');
    expect(lastPath()).toBe('/other-files/tenants/acme/a');
    expect((await session.objects('other-files').presignGet('a')).url).toContain('/other-files/tenants/acme/a?');
  });

  it.each(['', 'ab', 'UPPER', 'a/b', '../x', '127.0.0.1', 'arn:aws:s3:eu-central-1:123456789012:accesspoint/x', 7])(
    'fail for bucket %j',
    (name) => {
      expect(() => objectSession(s3.endpoint, 'acme').objects(name as string)).toThrow(refusal('request.invalid', 'a bucket'));
    },
  );

  it('are signed for by their tenant alone, side by side', async () => {
    const signed: string[] = [];
    s3.follow((request, response) => {
      signed.push(`${/Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1]} ${request.url?.split('?')[0]}`);
      answer(200)(request, response);
    });
    const globex = tenant('globex');
    await Promise.all([1, 2, 3].flatMap(() => [files.delete('a'), globex.delete('a')]));
    expect([...new Set(signed)].sort()).toEqual([
      'ASIAACME0001 /tenant-files/tenants/acme/a',
      'ASIAGLOBEX0001 /tenant-files/tenants/globex/a',
    ]);
  });
});

describe('an instance', () => {
  it('shows no client, credential or bucket', () => {
    expect(Object.keys(files)).toEqual([]);
    expect(JSON.stringify(files)).toBe('{}');
  });
});

import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { TenantEvent, TenantObjects } from 'multi-tenant-data-access';
import { withBody } from 'multi-tenant-data-access/objects/object-body';
import { objectDetails } from 'multi-tenant-data-access/objects/object-details';
import { sourceStream } from 'multi-tenant-data-access/objects/source-stream';
import '../../support/node-errors';
import { caughtFrom, refusal } from '../../support/refusal';
import { answer, listed, objectSession, s3Error, type Script, ScriptedS3 } from '../../support/s3-stand-in';

let s3: ScriptedS3;
let files: TenantObjects;
let events: TenantEvent[];

/** A server for each test: what one has aborted may still arrive after it. */
beforeEach(async () => {
  s3 = await ScriptedS3.start();
  events = [];
  // The SDK would print that a stream cannot be sent twice.
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  files = objectSession(s3.endpoint, 'acme', { s3Config: { logger: quiet }, onEvent: (event) => events.push(event) }).objects();
});

afterEach(async () => {
  await s3.stop();
});

const hangUp: Script = (request) => request.socket.destroy();

/** One script for reading a listing, another for all else. */
function byListing(listing: Script, others: Script): Script {
  return (request, response) => {
    (request.url?.includes('list-type=2') === true ? listing : others)(request, response);
  };
}

const KEY = '<Size>1</Size><ETag>"1"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified>';
const content = (key: string) => `<Contents><Key>${key}</Key>${KEY}</Contents>`;

describe('an answer that refuses', () => {
  it.each<[string, Script, string]>([
    ['throttling', s3Error(503, 'SlowDown'), 'service.throttled'],
    ['503', s3Error(503, 'ServiceUnavailable'), 'service.unavailable'],
    ['500', s3Error(500, 'InternalError'), 'service.unavailable'],
    ['a hang-up', hangUp, 'service.unavailable'],
    ['an ended session', s3Error(400, 'ExpiredToken'), 'credentials.expired'],
    ['a missing bucket', s3Error(404, 'NoSuchBucket'), 'service.failed'],
    ['an error in a 200', s3Error(200, 'InternalError'), 'service.unavailable'],
  ])('fails for %s', async (_what, script, code) => {
    s3.follow(script);
    expect((await caughtFrom(() => files.copy('a', 'b'))).code).toBe(code);
    expect(events.map(({ type }) => type)).toEqual(code === 'service.throttled' ? ['throttle'] : []);
  });

  it.each([
    [304, 'condition.failed'],
    [403, 'access.denied'],
    [404, 'object.not_found'],
    [412, 'condition.failed'],
    [429, 'service.throttled'],
    [500, 'service.unavailable'],
    [503, 'service.unavailable'],
    [400, 'service.failed'],
  ])('fails for %d without a body', async (status, code) => {
    s3.follow(answer(status));
    await expect(files.head('a')).rejects.toMatchObject({ code });
    await expect(files.get('a')).rejects.toMatchObject({ code });
  });

  it('fails for another write under way', async () => {
    s3.follow(s3Error(409, 'ConditionalRequestConflict'));
    await expect(files.put('a', '', { ifNoneMatch: '*' })).rejects.toThrow(refusal('transaction.conflict'));
  });

  it('fails when the caller aborts, before and meanwhile', async () => {
    s3.follow(() => undefined);
    const abort = new AbortController();
    const get = files.get('a', { abortSignal: abort.signal });
    setImmediate(() => {
      abort.abort();
    });
    await expect(get).rejects.toThrow(refusal('request.aborted'));
    await expect(files.put('a', '', { abortSignal: abort.signal })).rejects.toThrow(refusal('request.aborted'));
    await expect(files.list({ abortSignal: abort.signal }).page()).rejects.toThrow(refusal('request.aborted'));
    await expect(files.deleteMany(['a'], { abortSignal: abort.signal })).rejects.toThrow(refusal('request.aborted'));
  });
});

describe('a denial of a read', () => {
  const denied = s3Error(403, 'AccessDenied');

  it('is of an object that is not there, if it is not in the listing', async () => {
    s3.follow(byListing(listed('<EncodingType>url</EncodingType>'), denied));
    await expect(files.get('a b')).rejects.toThrow(refusal('object.not_found', 'get the object "a b"'));
    await expect(files.head('a b')).rejects.toThrow(refusal('object.not_found'));
    await expect(files.copy('a b', 'c')).rejects.toThrow(refusal('object.not_found'));
    expect(await files.exists('a b')).toBe(false);
    const asked = new URL(s3.asked[1]?.split(' ')[1] ?? '', s3.endpoint).searchParams;
    expect([asked.get('prefix'), asked.get('max-keys')]).toEqual(['tenants/acme/a b', '1']);
    expect(events).toEqual([]);
  });

  it('is not there, if only a longer key is', async () => {
    s3.follow(byListing(listed(`<EncodingType>url</EncodingType>${content('tenants/acme/a%2Bb')}`), denied));
    await expect(files.get('a')).rejects.toThrow(refusal('object.not_found'));
  });

  it('fails as denied, if the object is in the listing', async () => {
    s3.follow(byListing(listed(`<EncodingType>url</EncodingType>${content('tenants/acme/a+b')}`), denied));
    await expect(files.get('a b')).rejects.toThrow(refusal('access.denied', 'tenants/acme/*', "bucket 'tenant-files'", 'KMS'));
    expect(events.map(({ type, tenantId }) => [type, tenantId])).toEqual([['deny', 'acme']]);
  });

  it('fails as denied, if the listing is no listing', async () => {
    s3.follow(byListing(answer(200, ''), denied));
    await expect(files.exists('a')).rejects.toThrow(refusal('access.denied'));
  });

  it('fails as denied, if the listing is denied too', async () => {
    s3.follow(denied);
    await expect(files.exists('a')).rejects.toThrow(refusal('access.denied'));
    expect(events).toHaveLength(1);
  });
});

describe('content that is read', () => {
  /** So many bytes, of which some never come. */
  function cutShort(sent: number, length: number, headers: Record<string, string> = {}): Script {
    return (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': String(length), ...headers });
      response.write(Buffer.alloc(sent, 'x'), () => {
        setTimeout(() => response.destroy(), 5);
      });
    };
  }

  const incomplete = refusal('service.unavailable', 'did not come whole');

  it.each<[string, Record<string, string>]>([
    ['of a known length', {}],
    ['with a checksum', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
  ])('fails when it is cut short, %s', async (_what, headers) => {
    s3.follow(cutShort(10, 100, headers));
    await expect((await files.get('a')).text()).rejects.toThrow(incomplete);
    await expect((await files.get('a')).bytes()).rejects.toThrow(incomplete);
    const { body } = await files.get('a');
    await expect(body.toArray()).rejects.toThrow(incomplete);
    const [error] = (await once((await files.get('a')).body.resume(), 'error')) as unknown[];
    expect(error).toMatchObject({ code: 'service.unavailable' });
  });

  it('fails when it is not what the checksum says', async () => {
    s3.follow(answer(200, 'altered', { 'x-amz-checksum-crc32': 'AAAAAA==' }));
    await expect((await files.get('a')).text()).rejects.toThrow(incomplete);
  });

  it('fails for a reader who comes after it broke, and does not end the process before', async () => {
    s3.follow(cutShort(10, 100));
    const object = await files.get('a');
    await new Promise((close) => object.body.once('close', close));
    await expect(object.text()).rejects.toThrow(incomplete);
  });

  it('fails when it is read twice', async () => {
    s3.follow(answer(200, 'once'));
    const object = await files.get('a');
    expect(await object.text()).toBe('once');
    await expect(object.bytes()).rejects.toThrow(refusal('request.invalid', 'was read before'));
  });

  it('fails when the caller aborts meanwhile', async () => {
    const abort = new AbortController();
    s3.follow((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-length': '100' }).write('begin');
    });
    const object = await files.get('a', { abortSignal: abort.signal });
    const text = object.text();
    abort.abort();
    await expect(text).rejects.toThrow(refusal('request.aborted'));
  });

  it('comes whole to a slow reader', async () => {
    const whole = Buffer.alloc(2_000_000, 'abc');
    s3.follow((request, response) => {
      request.resume();
      response.end(whole);
    });
    const { body } = await files.get('a');
    const chunks: Buffer[] = [];
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      await new Promise((tick) => setImmediate(tick));
    }
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  });

  it('frees its connection when it is destroyed', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    s3.follow((request, response) => {
      closed = new Promise((close) => response.once('close', close));
      request.resume();
      response.writeHead(200).write('begin');
    });
    const { body } = await files.get('a');
    body.destroy();
    await closed;
    expect(body.errored).toBeNull();
  });
});

describe('content whose connection says nothing of its end', () => {
  const whole = (source: Readable, signal?: AbortSignal) =>
    withBody(objectDetails({ $metadata: {} }), source, 'the object "a"', signal);

  it('fails when it closes early', async () => {
    const source = new PassThrough();
    const text = whole(source).text();
    source.destroy();
    await expect(text).rejects.toThrow(refusal('service.unavailable', 'the object "a"'));
  });

  it('fails when the caller aborts', async () => {
    const abort = new AbortController();
    const source = new PassThrough();
    const text = whole(source, abort.signal).text();
    abort.abort();
    await expect(text).rejects.toThrow(refusal('request.aborted', 'the object "a"'));
    expect(source.destroyed).toBe(true);
  });
});

describe('a listing', () => {
  it.each([
    ["another tenant's key", content('tenants/globex/a')],
    ['a key of a tenant whose id continues', content('tenants/acme-2/a')],
    ['a key outside of the prefix', content('tenants/acme/b')],
    ['a key with the tenant further on', content('x/tenants/acme/a')],
    ['an object without a key', `<Contents>${KEY}</Contents>`],
    ["another tenant's prefix", '<CommonPrefixes><Prefix>tenants/globex/</Prefix></CommonPrefixes>'],
    ['a decoded key of another tenant', `<EncodingType>url</EncodingType>${content('tenants%2Fglobex%2Fa')}`],
    ['a key that cannot be decoded', `<EncodingType>url</EncodingType>${content('tenants/acme/a%')}`],
    ['an object without size', '<Contents><Key>tenants/acme/a</Key></Contents>'],
    ['no token to go on with', '<IsTruncated>true</IsTruncated>'],
  ])('fails for %s', async (_what, elements) => {
    s3.follow(listed(`${content('tenants/acme/a1')}${elements}`));
    const failed = refusal('service.failed');
    await expect(files.list({ prefix: 'a' }).page()).rejects.toThrow(failed);
    await expect(files.list({ prefix: 'a' })[Symbol.asyncIterator]().next()).rejects.toThrow(failed);
  });

  it.each([
    ['no XML', 'garbage'],
    ['half of it', '<ListBucketResult><Contents>'],
    ['nothing', ''],
    ['a listing that does not say whether it is the end', '<ListBucketResult></ListBucketResult>'],
  ])('fails for %s', async (_what, body) => {
    s3.follow(answer(200, body));
    await expect(files.list().page()).rejects.toThrow(refusal('service.failed', 'could not be read'));
  });

  it('fails when it would not end', async () => {
    s3.follow(listed('<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>'));
    const pages = files.list().pages();
    await pages.next();
    await expect(pages.next()).rejects.toThrow(refusal('service.failed', 'a new continuation token'));
    expect(s3.asked).toHaveLength(2);
  });

  it('fails for a cursor that S3 does not take', async () => {
    s3.follow(s3Error(400, 'InvalidArgument'));
    await expect(files.list({ cursor: 'tampered' }).page()).rejects.toThrow(refusal('request.invalid', 'this cursor'));
    await expect(files.list().page()).rejects.toThrow(refusal('service.failed'));
  });

  it('leaves out the folder that the console makes', async () => {
    s3.follow(listed(content('tenants/acme/') + content('tenants/acme/a/')));
    expect((await files.list().page()).objects.map(({ key }) => key)).toEqual(['a/']);
  });

  it('asks no more than it is read', async () => {
    let page = 0;
    s3.follow((request, response) => {
      page += 1;
      const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>t${page}</NextContinuationToken>`;
      listed(`${next}${content(`tenants/acme/${page}a`)}${content(`tenants/acme/${page}b`)}`)(request, response);
    });
    const seen: string[] = [];
    for await (const { key } of files.list({ limit: 5, pageSize: 2 })) {
      seen.push(key);
      if (key === '2a') break;
    }
    expect(seen).toEqual(['1a', '1b', '2a']);
    expect(s3.asked.map((asked) => new URL(asked.split(' ')[1] ?? '', s3.endpoint).searchParams.get('max-keys'))).toEqual([
      '2',
      '2',
    ]);
    expect(new URL(s3.asked[1]?.split(' ')[1] ?? '', s3.endpoint).searchParams.get('continuation-token')).toBe('t1');
  });
});

describe('the limit of a listing', () => {
  it.each([
    [{ limit: 3, pageSize: 2 }, ['2', '1']],
    [{ limit: 4, pageSize: 2 }, ['2', '2']],
    [{ limit: 1 }, ['1']],
    [{ limit: 1001 }, ['1000', '1']],
  ])('asks for no more than %j', async (options, asked) => {
    let last = 0;
    s3.follow((request, response) => {
      const count = Number(new URL(request.url ?? '', s3.endpoint).searchParams.get('max-keys'));
      const keys = Array.from({ length: count }, () => content(`tenants/acme/${String(++last).padStart(5, '0')}`));
      listed(`<IsTruncated>true</IsTruncated><NextContinuationToken>t${last}</NextContinuationToken>${keys.join('')}`)(
        request,
        response,
      );
    });
    let objects = 0;
    for await (const page of files.list(options).pages()) objects += page.objects.length;
    expect(objects).toBe(options.limit);
    expect(s3.asked.map((one) => new URL(one.split(' ')[1] ?? '', s3.endpoint).searchParams.get('max-keys'))).toEqual(asked);
  });
});

describe('deleteMany', () => {
  const errorOf = (key: string, code: string) => `<Error><Key>${key}</Key><Code>${code}</Code><Message>m</Message></Error>`;
  const deleted = (elements: string) => answer(200, `<DeleteResult>${elements}</DeleteResult>`);

  it('tells which were not deleted, and of whom it was denied', async () => {
    const refused = ['a&amp;b', 'b'].map((key) => errorOf(`tenants/acme/${key}`, 'AccessDenied'));
    s3.follow(deleted(refused.join('') + errorOf('tenants/acme/c', 'InternalError')));
    expect(await files.deleteMany(['a&b', 'b', 'c', 'd'])).toEqual({
      failed: [
        { key: 'a&b', code: 'access.denied' },
        { key: 'b', code: 'access.denied' },
        { key: 'c', code: 'service.unavailable' },
      ],
    });
    expect(events.map(({ type }) => type)).toEqual(['deny']);
  });

  it('fails when none was deleted', async () => {
    s3.follow(deleted(errorOf('tenants/acme/a', 'AccessDenied')));
    await expect(files.deleteMany(['a', 'a'])).rejects.toThrow(refusal('access.denied', 'the object "a"'));
    s3.follow(s3Error(503, 'SlowDown'));
    await expect(files.deleteMany(['a', 'b'])).rejects.toThrow(refusal('service.throttled'));
  });

  it('counts an object once that the answer names twice', async () => {
    s3.follow(deleted(errorOf('tenants/acme/a', 'InternalError') + errorOf('tenants/acme/a', 'AccessDenied')));
    expect(await files.deleteMany(['a', 'b'])).toEqual({ failed: [{ key: 'a', code: 'access.denied' }] });
  });

  it('fails when the caller aborts, after some were deleted too', async () => {
    const abort = new AbortController();
    let requests = 0;
    s3.follow((request, response) => {
      if (++requests === 1) deleted('')(request, response);
      else abort.abort();
    });
    const keys = Array.from({ length: 1001 }, (_, index) => `k${index}`);
    await expect(files.deleteMany(keys, { abortSignal: abort.signal })).rejects.toThrow(refusal('request.aborted'));
    expect(requests).toBe(2);
  });

  it("fails when the answer names another tenant's object", async () => {
    s3.follow(deleted(errorOf('tenants/globex/a', 'AccessDenied')));
    await expect(files.deleteMany(['a', 'b'])).rejects.toThrow(refusal('service.failed', 'not asked for'));
  });

  it('sends no more after a request was refused, and counts those keys as failed', async () => {
    let requests = 0;
    s3.follow((request, response) => {
      (++requests === 1 ? deleted('') : s3Error(503, 'SlowDown'))(request, response);
    });
    const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
    const { failed } = await files.deleteMany(keys);
    expect(requests).toBe(2);
    expect(failed).toHaveLength(1500);
    expect(failed[0]).toEqual({ key: 'k1000', code: 'service.throttled' });
  });

  it('sends a key that XML cannot carry by itself', async () => {
    s3.follow(deleted(''));
    await files.deleteMany(['a', 'b\ufffe', 'c ', ' d']);
    expect(s3.asked.map((asked) => asked.split('?')[0])).toEqual([
      'POST /tenant-files/',
      'DELETE /tenant-files/tenants/acme/b%EF%BF%BE',
      'DELETE /tenant-files/tenants/acme/c%20',
    ]);
  });
});

describe('a stream that is written', () => {
  const broken = new Error('the disk is gone');
  const put = (source: Readable, contentLength: number) => files.put('a', source, { contentLength });

  function breaking(): Readable {
    const source = new PassThrough();
    source.write('begin');
    setImmediate(() => source.destroy(broken));
    return source;
  }

  it('fails when it breaks, and ends the request', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    s3.follow((request) => {
      closed = new Promise((close) => request.resume().once('close', close));
    });
    const error = await caughtFrom(() => put(breaking(), 100));
    expect(error).toMatchObject({ code: 'request.aborted', cause: broken });
    expect(error.message).toContain('put the object "a"');
    await closed;
  });

  it.each<[string, number, string]>([
    ['short', 6, 'ended after 5 bytes'],
    ['long', 4, "more than its 'contentLength' of 4 bytes"],
  ])('fails when it is too %s', async (_what, contentLength, message) => {
    s3.follow((request) => request.resume());
    await expect(put(Readable.from(['12345']), contentLength)).rejects.toThrow(refusal('request.invalid', message));
    await expect(files.upload('a', Readable.from(['12345']), { contentLength })).rejects.toThrow(
      refusal('request.invalid', message),
    );
  });

  it('fails when the caller aborts, and is destroyed', async () => {
    s3.follow((request) => request.resume());
    const abort = new AbortController();
    for (const send of [
      (source: Readable) => files.put('a', source, { contentLength: 9, abortSignal: abort.signal }),
      (source: Readable) => files.upload('a', source, { abortSignal: abort.signal }),
    ]) {
      const source = new PassThrough();
      source.write('begin');
      const sent = send(source);
      setImmediate(() => {
        abort.abort();
      });
      await expect(sent).rejects.toThrow(refusal('request.aborted', 'by the caller'));
      expect(source.destroyed).toBe(true);
    }
  });

  it('fails when the caller aborts after it was sent, while S3 is silent', async () => {
    const abort = new AbortController();
    s3.follow((request) => {
      request.resume().once('end', () => {
        abort.abort();
      });
    });
    const sent = files.put('a', Readable.from(['12345']), { contentLength: 5, abortSignal: abort.signal });
    await expect(sent).rejects.toThrow(refusal('request.aborted', 'by the caller'));
  });

  it('is destroyed when S3 refuses before it has read all, and frees the connection', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    s3.follow((request, response) => {
      closed = new Promise((close) => request.socket.once('close', close));
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code></Error>');
    });
    const source = new PassThrough();
    source.write('begin');
    const destroyed = new Promise((close) => source.once('close', close));
    await expect(put(source, 100)).rejects.toThrow(refusal('access.denied'));
    await destroyed;
    await closed;
  });

  it('fails when it was destroyed without an error', async () => {
    s3.follow((request) => request.resume());
    const source = new PassThrough();
    source.write('begin');
    setImmediate(() => source.destroy());
    await expect(put(source, 100)).rejects.toThrow(refusal('request.aborted', "see 'cause'"));
  });

  it('fails when it holds no bytes', async () => {
    s3.follow((request) => request.resume());
    const refused = refusal('request.invalid', 'holds a value of type object');
    await expect(put(Readable.from([{ not: 'bytes' }]), 9)).rejects.toThrow(refused);
    await expect(files.upload('a', Readable.from([{ not: 'bytes' }]))).rejects.toThrow(refused);
  });
});

describe('an upload in parts', () => {
  const PART = 5 * 1024 * 1024;
  const parts = (count: number) => Buffer.alloc(PART * count);

  /** Follows the course of a multipart upload, with this answer to its parts and to its end. */
  function multipart(part: Script, complete: Script): Script {
    return (request, response) => {
      const query = request.url?.split('?')[1] ?? '';
      let script = answer(204);
      if (query.startsWith('uploads')) script = answer(200, '<R><UploadId>u1</UploadId></R>');
      else if (request.method === 'PUT') script = part;
      else if (request.method === 'POST') script = complete;
      script(request, response);
    };
  }

  const stored = answer(200, '', { etag: '"part"' });
  const completed = answer(200, '<R><ETag>"whole"</ETag></R>');
  const removals = () => s3.asked.filter((asked) => asked.startsWith('DELETE'));

  it('names the own object in each request', async () => {
    s3.follow(multipart(stored, completed));
    expect(await files.upload('b/ü +', parts(3))).toEqual({ etag: '"whole"' });
    const paths = s3.asked.map((asked) => asked.split(' ')[1]?.split('?')[0]);
    expect(new Set(paths)).toEqual(new Set(['/tenant-files/tenants/acme/b/%C3%BC%20%2B']));
    expect(s3.asked).toHaveLength(5);
  });

  it.each<[string, Script, Script, string]>([
    ['a part is refused', s3Error(403, 'AccessDenied'), completed, 'access.denied'],
    ['a part is lost', hangUp, completed, 'service.unavailable'],
    ['the end is refused', stored, s3Error(412, 'PreconditionFailed'), 'condition.failed'],
    ['the end fails in a 200', stored, s3Error(200, 'InternalError'), 'service.unavailable'],
  ])('fails when %s, and removes the parts', async (_what, part, complete, code) => {
    s3.follow(multipart(part, complete));
    await expect(files.upload('a', Readable.from([parts(2)]))).rejects.toMatchObject({ code });
    expect(removals()).toEqual([expect.stringMatching(/^DELETE \/tenant-files\/tenants\/acme\/a\?.*uploadId=u1/)]);
  });

  it('fails at once when a part is refused, though its source goes on for ever', async () => {
    s3.follow(multipart(s3Error(403, 'AccessDenied'), completed));
    const source = new PassThrough({ highWaterMark: PART * 3 });
    source.write(parts(2));
    const destroyed = new Promise((close) => source.once('close', close));
    await expect(files.upload('a', source)).rejects.toThrow(refusal('access.denied'));
    await destroyed;
    expect(removals()).toHaveLength(1);
  });

  it('fails with its own error when the parts cannot be removed', async () => {
    s3.follow((request, response) => {
      (request.method === 'DELETE' ? s3Error(500, 'InternalError') : multipart(s3Error(403, 'AccessDenied'), completed))(
        request,
        response,
      );
    });
    await expect(files.upload('a', parts(2))).rejects.toThrow(refusal('access.denied'));
  });

  it.each([
    ['bytes', () => parts(2)],
    ['a stream', () => Readable.from([parts(2)])],
  ])('fails when it is aborted during a part of %s, and removes the parts before it says so', async (_what, body) => {
    const abort = new AbortController();
    const silent: Script = (request) => {
      request.resume().once('end', () => {
        abort.abort();
      });
    };
    s3.follow(multipart(silent, completed));
    const upload = files.upload('a', body(), { abortSignal: abort.signal, concurrency: 1 });
    await expect(upload).rejects.toThrow(refusal('request.aborted'));
    expect(removals()).toHaveLength(1);
  });

  it('fails for a stream of more bytes than its parts may hold', async () => {
    const limits = { contentLength: undefined, abortSignal: undefined, most: [3, 'they are full'] as const };
    await expect(sourceStream(Readable.from(['123']), limits).toArray()).resolves.toHaveLength(1);
    const tooLong = refusal('request.invalid', 'more than 3 bytes: they are full');
    await expect(sourceStream(Readable.from(['1234']), limits).toArray()).rejects.toThrow(tooLong);
  });
});

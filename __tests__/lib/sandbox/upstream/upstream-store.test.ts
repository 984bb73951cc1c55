import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsRequest, Store } from '../../../../lib/sandbox/http/aws-request';
import { authenticate } from '../../../../lib/sandbox/signature/authenticate';
import { upstreamStore } from '../../../../lib/sandbox/upstream/upstream-store';
import '../../../support/node-errors';

const S3 = { service: 's3', region: 'eu-central-1' };

function asking(given: Partial<AwsRequest> = {}): AwsRequest {
  return { method: 'GET', path: '/', query: '', headers: {}, body: Buffer.alloc(0), fromLoopback: true, ...given };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/** What came over the wire, as the sandbox itself would read it. */
function received({ request, body }: Asked): AwsRequest {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return { method: request.method ?? '', path, query, headers, body, fromLoopback: true };
}

/** A server on loopback that answers as it is told. */
class Upstream {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  answer: (asked: Asked, response: ServerResponse) => void = (_, response) => response.end();

  private constructor() {
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      void buffer(request).then(
        (body) => {
          this.asked.push({ request, body });
          this.answer({ request, body }, response);
        },
        () => undefined,
      );
    });
  }

  static async start(port = 0): Promise<Upstream> {
    const upstream = new Upstream();
    upstream.#server.listen(port, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Waits until so many connections are open; a second at most. @returns how many there are */
  async connections(wanted: number): Promise<number> {
    const count = () =>
      new Promise<number>((resolve) => {
        this.#server.getConnections((_, open) => {
          resolve(open);
        });
      });
    for (let waits = 0; waits < 100 && (await count()) !== wanted; waits++) await sleep(10);
    return count();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

describe('upstreamStore', () => {
  let upstream: Upstream;
  let shared: Store;

  beforeEach(async () => {
    upstream = await Upstream.start();
    shared = upstreamStore({ endpoint: `http://${upstream.host}` });
  });

  afterEach(async () => {
    await shared.close();
    expect(await upstream.connections(0)).toBe(0);
    await upstream.stop();
  });

  const answerOf = async (request: AwsRequest, target = S3) => {
    const { status, headers, body } = await shared.handle(request, target);
    return { status, headers, body: await text(body as Readable) };
  };
  const unavailable = (what: string) => ({
    code: 'ServiceUnavailable',
    status: 503,
    message: `The upstream http://${upstream.host} ${what}.`,
  });

  it('sends method, path, query, headers and body on as they came, to the host of the upstream', async () => {
    const path = '/tenant-files/tenants/acme/a%20b%2Fc/%E2%9C%93+*~(1).txt';
    const headers = { host: 'localhost:1', 'x-amz-meta-colour': 'blue, green', range: 'bytes=0-3', 'content-type': 'text/plain' };
    await answerOf(asking({ method: 'PUT', path, query: 'tagging&versionId=a%2Fb', headers, body: Buffer.from('héllo') }));
    const [{ request, body } = { request: undefined, body: undefined }] = upstream.asked;
    expect(request).toMatchObject({ method: 'PUT', url: `${path}?tagging&versionId=a%2Fb` });
    expect(request?.headers).toMatchObject({ ...headers, host: upstream.host, 'content-length': '6' });
    expect(body?.toString()).toBe('héllo');
  });

  it('signs anew, for the service and region, and leaves out what the request was signed with here', async () => {
    const ours = {
      authorization: 'AWS4-HMAC-SHA256 Credential=ASIAOURS/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
      'x-amz-date': '20260101T000000Z',
      'x-amz-security-token': 'our-session-token',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    };
    const path = '/files/a%20b+c/%E2%9C%93//../x';
    const query = 'prefix=a%20b&tagging';
    const body = Buffer.from('{}');
    const other = upstreamStore({ endpoint: `http://minio:hush%2Fhush@${upstream.host}` });
    const credentials = { accessKeyId: 'named', secretAccessKey: 'hushed' };
    const named = upstreamStore({ endpoint: `http://ignored:ignored@${upstream.host}`, credentials });
    const dynamodb = { service: 'dynamodb', region: 'us-west-2' };
    for (const [store, target, request] of [
      [shared, S3, asking({ headers: ours, path, query })],
      [shared, dynamodb, asking({ headers: { ...ours, 'x-amz-target': 'DynamoDB_20120810.ListTables' }, method: 'POST', body })],
      [other, S3, asking({ headers: { ...ours, 'x-amz-meta-a': Buffer.from('é').toString('latin1') }, method: 'PUT', path, body })],
      [named, S3, asking()],
    ] as const) {
      await text((await store.handle(request, target)).body as Readable);
    }
    await Promise.all([other.close(), named.close()]);
    const secrets: Record<string, string> = { test: 'test', minio: 'hush/hush', named: 'hushed' };
    const signed = upstream.asked.map((asked) => {
      const keyOf = (id: string) => ({ secretAccessKey: secrets[id] ?? '' });
      const protocol = asked.request.headers['x-amz-target'] === undefined ? 's3' : 'json';
      return authenticate(received(asked), { keyOf, protocol, now: Date.now() });
    });
    expect(signed).toMatchObject([
      { kind: 'signed', accessKeyId: 'test', ...S3 },
      { kind: 'signed', accessKeyId: 'test', ...dynamodb },
      { kind: 'signed', accessKeyId: 'minio', ...S3 },
      { kind: 'signed', accessKeyId: 'named', ...S3 },
    ]);
    for (const { request } of upstream.asked) expect(request.rawHeaders.join('\n')).not.toMatch(/hush|our-session-token|ASIAOURS/);
  });

  it('leaves out the headers of the connection, but none that `connection` names', async () => {
    const headers = {
      connection: 'close, x-amz-server-side-encryption',
      'keep-alive': 'timeout=1',
      'proxy-authorization': 'Basic eA==',
      'proxy-connection': 'keep-alive',
      te: 'trailers',
      trailer: 'x-amz-checksum-crc32',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
      expect: '100-continue',
      'x-amz-server-side-encryption': 'aws:kms',
    };
    await answerOf(asking({ method: 'PUT', headers, body: Buffer.from('x') }));
    const sent = upstream.asked[0]?.request.headers ?? {};
    const { connection: ours, ...dropped } = headers;
    expect(ours).toContain('close');
    for (const name of Object.keys(dropped)) if (name !== 'x-amz-server-side-encryption') expect(sent[name]).toBeUndefined();
    expect(sent).toMatchObject({ connection: 'keep-alive', 'x-amz-server-side-encryption': 'aws:kms', 'content-length': '1' });
  });

  it.each(['GET', 'DELETE', 'POST', 'PATCH'])(
    'says how long the body of a %s is, so that it is no request of its own',
    async (method) => {
      const body = Buffer.from('GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n');
      await answerOf(asking({ method, body }));
      await answerOf(asking({ method, body, headers: { 'content-length': '1' } }));
      await answerOf(asking({ path: '/next' }));
      expect(upstream.asked.map(({ request, body: sent }) => [request.url, sent.length])).toEqual([
        ['/', body.length],
        ['/', body.length],
        ['/next', 0],
      ]);
    },
  );

  it('hands status and headers back, without those of the connection', async () => {
    upstream.answer = (_, response) => {
      response.writeHead(307, {
        location: 'http://169.254.169.254/',
        etag: '"1"',
        'set-cookie': ['a=1', 'b=2'],
        connection: 'close',
        'keep-alive': 'timeout=9',
        'proxy-authenticate': 'Basic',
        trailer: 'x-sum',
      });
      response.end('<Error/>');
    };
    const { status, headers, body } = await answerOf(asking());
    expect({ status, body }).toEqual({ status: 307, body: '<Error/>' });
    const { date, ...others } = headers;
    expect(date).toMatch(/GMT$/);
    expect(others).toEqual({ location: 'http://169.254.169.254/', etag: '"1"', 'set-cookie': 'a=1, b=2' });
    expect(upstream.asked).toHaveLength(1);
  });

  it('hands back the length that an answer to HEAD names', async () => {
    upstream.answer = (_, response) => response.writeHead(200, { 'content-length': '1234' }).end();
    const { headers, body } = await answerOf(asking({ method: 'HEAD' }));
    expect({ length: headers['content-length'], body }).toEqual({ length: '1234', body: '' });
  });

  it('streams: the answer is here before its body is whole', async () => {
    let end = (): void => undefined;
    upstream.answer = (_, response) => {
      response.write('first');
      end = () => response.end('last');
    };
    const { body } = await shared.handle(asking(), S3);
    const stream = body as Readable;
    expect(String(await once(stream, 'data').then(([chunk]) => chunk as Buffer))).toBe('first');
    end();
    expect(await text(stream)).toBe('last');
  });

  it('carries large bodies both ways, whole', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'sixteen bytes...');
    upstream.answer = (asked, response) => response.end(asked.body);
    const answer = await shared.handle(asking({ method: 'PUT', body }), S3);
    expect((await buffer(answer.body as Readable)).equals(body)).toBe(true);
  });

  it('asks again and again over one connection, and several at a time', async () => {
    for (let count = 0; count < 5; count++) await answerOf(asking());
    expect(await upstream.connections(1)).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => answerOf(asking())));
    expect(upstream.asked).toHaveLength(25);
  });

  it('ends the connection when its reader goes away', async () => {
    upstream.answer = (_, response) => response.write(Buffer.alloc(4 * 1024 * 1024));
    const { body } = await shared.handle(asking(), S3);
    expect(await upstream.connections(1)).toBe(1);
    (body as Readable).destroy();
    expect(await upstream.connections(0)).toBe(0);
  });

  describe('with little patience', () => {
    let hasty: Store;

    beforeEach(() => {
      hasty = upstreamStore({ endpoint: `http://${upstream.host}`, silenceMilliseconds: 400 });
    });

    afterEach(() => hasty.close());

    it('waits for a reader who is slow', async () => {
      const body = Buffer.alloc(4 * 1024 * 1024, 'x');
      upstream.answer = (_, response) => response.end(body);
      const answer = await hasty.handle(asking(), S3);
      await sleep(600);
      expect((await buffer(answer.body as Readable)).length).toBe(body.length);
    });

    it('fails when the upstream is silent, and says for how long it was', async () => {
      upstream.answer = () => undefined;
      await expect(hasty.handle(asking(), S3)).rejects.toMatchObject(unavailable('sent nothing for 400 ms'));
    });

    it('fails in the body when the upstream falls silent there', async () => {
      upstream.answer = (_, response) => response.write('first');
      const { body } = await hasty.handle(asking(), S3);
      await expect(text(body as Readable)).rejects.toThrow();
    });

    it('lets an upstream take its time as long as it sends something', async () => {
      upstream.answer = (_, response) => {
        response.write('.');
        let dots = 1;
        const timer = setInterval(() => {
          response.write('.');
          if (++dots < 8) return;
          clearInterval(timer);
          response.end();
        }, 80);
      };
      const { body } = await hasty.handle(asking(), S3);
      expect(await text(body as Readable)).toBe('........');
    });
  });

  it('fails when the upstream hangs up before it answers', async () => {
    upstream.answer = (_, response) => response.destroy();
    await expect(shared.handle(asking(), S3)).rejects.toMatchObject(unavailable('cannot be asked (ECONNRESET)'));
  });

  it('fails in the body when the upstream hangs up there, also for who reads late', async () => {
    upstream.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('first');
      setTimeout(() => response.destroy(), 20);
    };
    const read = await shared.handle(asking(), S3);
    await expect(text(read.body as Readable)).rejects.toThrow();
    const late = await shared.handle(asking(), S3);
    expect(await upstream.connections(0)).toBe(0);
    await sleep(20);
    await expect(text(late.body as Readable)).rejects.toThrow();
  });

  it('fails when the upstream is gone, and works again when it is back', async () => {
    await answerOf(asking());
    const { port } = upstream;
    const refused = unavailable('cannot be asked (ECONNREFUSED)');
    await upstream.stop();
    // The connection that was kept hears of it only now.
    await sleep(10);
    await expect(shared.handle(asking(), S3)).rejects.toMatchObject(refused);
    upstream = await Upstream.start(port);
    expect(await answerOf(asking())).toMatchObject({ status: 200 });
  });

  it('fails when what listens there speaks no HTTP, or no TLS', async () => {
    const other = createTcpServer((socket) => socket.on('error', () => undefined).end('220 smtp ready\r\n'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    for (const [scheme, code] of [
      ['http', 'HPE_INVALID_CONSTANT'],
      ['https', 'EPROTO|ERR_SSL_WRONG_VERSION_NUMBER'],
    ]) {
      const strange = upstreamStore({ endpoint: `${scheme ?? ''}://user:hush@127.0.0.1:${port}` });
      await expect(strange.handle(asking(), S3)).rejects.toMatchObject({
        code: 'ServiceUnavailable',
        message: expect.stringMatching(
          new RegExp(`^The upstream ${scheme ?? ''}://127.0.0.1:${port} cannot be asked \\((${code ?? ''})\\)\\.$`),
        ) as string,
      });
      await strange.close();
    }
    other.close();
  });

  it('fails when the upstream would speak another protocol', async () => {
    upstream.answer = ({ request }) =>
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    await expect(shared.handle(asking(), S3)).rejects.toMatchObject(unavailable('gave no answer'));
  });

  it.each<[string, Partial<AwsRequest>]>([
    ['another host in its path', { path: `http://169.254.169.254/latest` }],
    ['no path', { path: '*' }],
    ['an empty path', { path: '' }],
    ['a header in its path', { path: '/a HTTP/1.1\r\nx-injected: 1\r\n\r\n' }],
    ['a header in its query', { query: 'a\r\nx-injected: 1' }],
    ['a header in a header', { headers: { 'x-amz-meta-a': 'a\r\nx-injected: 1' } }],
    ['a header in the name of one', { headers: { 'x-amz-meta-a:1\r\nx-injected': '1' } }],
    ['a header in its method', { method: 'GET / HTTP/1.1\r\nx-injected: 1\r\n\r\nGET' }],
  ])('refuses a request with %s', async (_, given) => {
    await expect(shared.handle(asking(given), S3)).rejects.toMatchObject({ code: 'InvalidRequest', status: 400 });
    expect(upstream.asked).toEqual([]);
  });

  it('takes two slashes for a path, not for a host', async () => {
    await answerOf(asking({ path: '//169.254.169.254/latest' }));
    expect(upstream.asked[0]?.request).toMatchObject({ url: '//169.254.169.254/latest' });
    expect(upstream.asked[0]?.request.headers.host).toBe(upstream.host);
  });

  it('when closed ends what is on its way, and refuses what comes after', async () => {
    upstream.answer = () => undefined;
    const onItsWay = shared.handle(asking(), S3);
    const failure = expect(onItsWay).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await upstream.connections(1);
    await shared.close();
    await failure;
    await expect(shared.handle(asking(), S3)).rejects.toMatchObject(unavailable('is no longer asked, as the sandbox is closing'));
    expect(await upstream.connections(0)).toBe(0);
  });

  it('fails for an endpoint that is no upstream', () => {
    expect(() => upstreamStore({ endpoint: 'localhost:5000' })).toThrow('is neither http nor https');
  });
});

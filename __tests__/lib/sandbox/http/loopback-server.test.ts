import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as ask } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { MultiTenantIamError } from '../../../../lib/errors';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { LoopbackServer } from '../../../../lib/sandbox/http/loopback-server';
import { answerOf } from '../gateway/fakes';

describe('LoopbackServer', () => {
  let server: LoopbackServer;
  let seen: AwsRequest[];
  let answer: (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>;

  beforeAll(async () => {
    server = await LoopbackServer.listen(0, async (request) => {
      seen.push(request);
      return answer(request);
    });
  });

  beforeEach(() => {
    seen = [];
    answer = () => answerOf(200, 'x');
  });

  afterAll(() => server.close());

  const url = (path = '/') => `http://127.0.0.1:${server.port}${path}`;

  /** Sends what is given, and tells what comes back until the other side ends it. */
  function raw(...lines: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => {
        resolve(Buffer.concat(chunks).toString('latin1'));
      });
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
  }

  it('fails with 500 at an answer that HTTP cannot carry, lets go of its body and stays up', async () => {
    const stream = Readable.from(['never read']);
    const answers = new Map<string, AwsAnswer>(
      Object.entries({
        '/header': answerOf(200, 'x', { 'content-type': 'a\r\nset-cookie: b' }),
        '/letter': { status: 200, headers: { 'x-amz-meta-a': '€' }, body: stream },
        '/status': answerOf(99, 'x'),
        '/good': answerOf(200, 'x'),
      }),
    );
    answer = ({ path }) => answers.get(path) ?? answerOf(404);
    const statuses: number[] = [];
    for (const path of answers.keys()) {
      const { status, headers } = await fetch(url(path));
      statuses.push(status);
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(statuses).toEqual([500, 500, 500, 200]);
    expect(stream.destroyed).toBe(true);
  });

  it('gives path and query undecoded, and headers in lower case, several ones joined', async () => {
    await raw(
      'PUT /files/..//a%2Fb+%C3%BC?x=%20?&y HTTP/1.1',
      'Host: Somewhere',
      'X-Amz-Meta-A: 1',
      'x-amz-meta-a: 2',
      '__proto__: z',
      'Connection: close',
      'Content-Length: 0',
    );
    expect(seen).toMatchObject([{ method: 'PUT', path: '/files/..//a%2Fb+%C3%BC', query: 'x=%20?&y', fromLoopback: true }]);
    expect(seen[0]?.body).toEqual(Buffer.alloc(0));
    expect({ ...seen[0]?.headers }).toMatchObject({ host: 'Somewhere', 'x-amz-meta-a': '1,2' });
    expect(Object.keys(seen[0]?.headers ?? {})).toContain('__proto__');
  });

  it('gives the body whole', async () => {
    const body = Buffer.alloc(300_000, 'abc');
    await fetch(url('/a'), { method: 'PUT', body });
    expect(seen[0]?.body.equals(body)).toBe(true);
    expect(seen[0]?.query).toBe('');
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.8.7', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['1.127.0.0', false],
    ['::1:127', false],
    ['2001:db8::1', false],
    [undefined, false],
  ])('knows whether a request comes from this machine: from %s %s', async (remoteAddress, expected) => {
    const disguise = (message: unknown) => {
      Object.defineProperty((message as { socket: Socket }).socket, 'remoteAddress', { value: remoteAddress });
    };
    subscribe('net.server.socket', disguise);
    try {
      await raw('GET / HTTP/1.1', 'Host: a', 'Connection: close');
    } finally {
      unsubscribe('net.server.socket', disguise);
    }
    expect(seen.map(({ fromLoopback }) => fromLoopback)).toEqual([expected]);
  });

  it('refuses to be reached by any other address, also of this machine', async () => {
    await expect(fetch(`http://127.0.0.2:${server.port}/`)).rejects.toThrow();
    await expect(fetch(`http://[::1]:${server.port}/`)).rejects.toThrow();
    expect(seen).toEqual([]);
  });

  it.each([
    ['HEAD', 200, 'x', undefined],
    ['GET', 204, '', undefined],
    ['GET', 304, '', undefined],
    ['GET', 200, 'xyz', '3'],
    ['GET', 404, '', '0'],
  ])('tells the length of a body, but not to %s with %d and %j', async (method, status, body, length) => {
    answer = () => answerOf(status, body, { etag: '"e"' });
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      const asked = ask(url(), { method }, (answered) => {
        answered.resume();
        resolve({ status: answered.statusCode, etag: answered.headers.etag, length: answered.headers['content-length'] });
      });
      asked.on('error', reject).end();
    });
    expect(headers).toEqual({ status, etag: '"e"', length });
  });

  it('tells HEAD the length of the body that GET would have, as the service says it', async () => {
    answer = () => answerOf(200, '', { 'content-length': '42' });
    expect((await fetch(url(), { method: 'HEAD' })).headers.get('content-length')).toBe('42');
  });

  it('sends a stream as it comes, and breaks off if that does', async () => {
    answer = () => ({ status: 200, headers: { etag: '"e"' }, body: Readable.from(['te', 'xt']) });
    expect(await (await fetch(url())).text()).toBe('text');
    answer = () => ({
      status: 200,
      headers: { 'content-length': '4' },
      body: Readable.from(
        (function* () {
          yield 'te';
          throw new Error('gone');
        })(),
      ),
    });
    await expect(fetch(url()).then((answered) => answered.text())).rejects.toThrow();
  });

  it('hangs up without a word if nobody answers, and stays up', async () => {
    answer = () => Promise.reject(new Error('secret'));
    expect(await raw('GET / HTTP/1.1', 'Host: a')).toBe('');
    answer = () => answerOf(200, 'x');
    expect((await fetch(url())).status).toBe(200);
  });

  it('asks nobody about a request that breaks off', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc', () => {
          socket.resetAndDestroy();
          resolve();
        });
      });
    });
    await fetch(url('/next'));
    expect(seen.map(({ path }) => path)).toEqual(['/next']);
  });

  it('fails on a port that is taken', async () => {
    const taken = LoopbackServer.listen(server.port, () => Promise.resolve(answerOf(200)));
    await expect(taken).rejects.toThrow(MultiTenantIamError);
    await expect(taken).rejects.toMatchObject({
      code: 'sandbox.unavailable',
      message: expect.stringContaining(String(server.port)),
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('ends also connections that are in use', async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const waiting = await LoopbackServer.listen(0, () => {
      arrive();
      return new Promise(() => undefined);
    });
    const open = fetch(`http://127.0.0.1:${waiting.port}/`).catch(() => 'ended');
    await arrived;
    await waiting.close();
    expect(await open).toBe('ended');
  });
});

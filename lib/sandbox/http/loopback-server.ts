import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MultiTenantIamError } from '../../errors';
import type { AwsAnswer, AwsRequest } from './aws-request';

const HOST = '127.0.0.1';

/** Largest body of a request, in bytes. A larger object is uploaded in parts, as SDKs do by themselves. */
export const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** What answers requests. A request whose body is too large comes without it. */
export type Answerer = (request: AwsRequest, bodyIsTooLarge: boolean) => Promise<AwsAnswer>;

/** An HTTP server on 127.0.0.1, and nowhere else. */
export class LoopbackServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param port 0 takes one that is free
   * @throws MultiTenantIamError `sandbox.unavailable` if the port is taken
   */
  static async listen(port: number, answerer: Answerer): Promise<LoopbackServer> {
    const server = createServer((incoming, outgoing) => {
      serve(incoming, outgoing, answerer).catch(() => outgoing.destroy());
    });
    await new Promise<void>((listening, failed) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        failed(new MultiTenantIamError('sandbox.unavailable', unavailable(port, error.code), { cause: error }));
      });
      server.listen(port, HOST, listening);
    });
    return new LoopbackServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, also those in use. */
  async close(): Promise<void> {
    await new Promise((closed) => {
      this.#server.close(closed);
      this.#server.closeAllConnections();
    });
  }
}

function unavailable(port: number, code = 'unknown'): string {
  if (code === 'EADDRINUSE') return `Port ${port} of ${HOST} is taken: end what listens there, or choose another port.`;
  if (code === 'EACCES') return `Port ${port} of ${HOST} is not allowed to this user: choose one above 1023.`;
  return `Port ${port} of ${HOST} cannot be opened: ${code}.`;
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, answerer: Answerer): Promise<void> {
  const body = await bodyOf(incoming);
  if (body === 'aborted') return;
  const [path = '', ...query] = (incoming.url ?? '').split('?');
  const request: AwsRequest = {
    method: incoming.method ?? 'GET',
    path,
    query: query.join('?'),
    headers: headersOf(incoming.rawHeaders),
    body: body === 'too large' ? Buffer.alloc(0) : body,
    fromLoopback: isLoopback(incoming.socket.remoteAddress),
  };
  const answer = await answerer(request, body === 'too large');
  if (body === 'too large') outgoing.setHeader('connection', 'close');
  try {
    await write(answer, outgoing);
  } catch {
    // A header that HTTP does not take, or a status; or the server behind has broken off, when it is too late to say so.
    discard(answer.body);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { 'content-length': '0' }).end();
  }
}

function discard(body: AwsAnswer['body']): void {
  if (body instanceof Readable) body.destroy();
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | 'too large' | 'aborted'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      // What is too large is read on for a while, so that the client, still writing, gets to read the answer.
      else if (bytes > 4 * MAX_BODY_BYTES) break;
    }
  } catch {
    return 'aborted';
  }
  return bytes > MAX_BODY_BYTES ? 'too large' : Buffer.concat(chunks);
}

function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}

function isLoopback(address = ''): boolean {
  return /^(?:::ffff:)?127\.|^::1$/.test(address);
}

async function write({ status, headers, body }: AwsAnswer, outgoing: ServerResponse): Promise<void> {
  if (body instanceof Readable) {
    outgoing.writeHead(status, headers);
    await pipeline(body, outgoing);
    return;
  }
  // The answer to HEAD tells the length of a body that it does not have.
  const length =
    outgoing.req.method === 'HEAD' || status === 204 || status === 304 ? {} : { 'content-length': String(body.length) };
  outgoing.writeHead(status, { ...headers, ...length });
  outgoing.end(body);
}

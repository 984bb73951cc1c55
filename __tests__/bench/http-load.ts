/**
 * Load on a server of 127.0.0.1, over connections that are kept. Requests are bytes made ahead and answers are looked at no more than it
 * takes to find their end, so that the server is what is measured: an HTTP client costs more than what it asks for here.
 */
import { connect, type Socket } from 'node:net';

/** How long, or how often. */
export type Amount = { readonly milliseconds: number } | { readonly requests: number };

const CONNECTIONS = 16;

/** Sends the requests in turn, each connection one at a time. @returns requests a second @throws Error for an answer that is no 200 */
export async function load(port: number, requests: readonly Buffer[], amount: Amount): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  const start = performance.now();
  const until = 'milliseconds' in amount ? start + amount.milliseconds : Infinity;
  const most = 'requests' in amount ? amount.requests : Infinity;
  let sent = 0;
  const next = () => (sent < most && performance.now() < until ? requests[sent++ % requests.length] : undefined);
  await Promise.all(sockets.map((socket) => converse(socket, next)));
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  return sent / seconds;
}

/** One request. @returns the answer's body */
export async function ask(port: number, request: Buffer): Promise<Buffer> {
  const socket = await open(port);
  let body: Buffer = Buffer.alloc(0);
  const left = [request];
  await converse(
    socket,
    () => left.pop(),
    (answered) => (body = answered),
  );
  socket.destroy();
  return body;
}

function open(port: number): Promise<Socket> {
  return new Promise((opened, failed) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      opened(socket);
    });
    socket.once('error', failed);
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');

function converse(socket: Socket, next: () => Buffer | undefined, answered?: (body: Buffer) => void): Promise<void> {
  return new Promise((done, failed) => {
    let pending: Buffer = Buffer.alloc(0);
    const sendNext = () => {
      const request = next();
      if (request === undefined) done();
      else socket.write(request);
    };
    socket.once('close', () => {
      failed(new Error('The server closed a connection.'));
    });
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = pending.toString('latin1', 0, headEnd);
      const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
      if (length === undefined || !head.startsWith('HTTP/1.1 200')) {
        failed(new Error(`The server answered ${pending.toString('latin1')}`));
        return;
      }
      const end = headEnd + HEAD_END.length + Number(length);
      if (pending.length < end) return;
      answered?.(pending.subarray(headEnd + HEAD_END.length));
      pending = Buffer.alloc(0);
      sendNext();
    });
    sendNext();
  });
}

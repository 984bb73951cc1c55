import type { HttpAnswer } from './answer';

/** Of `node:http`'s ServerResponse, and so of Express's `res`, what an answer needs. */
export interface ServerResponseLike {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  end(body: string): unknown;
}

/** Of Fastify's reply, what an answer needs. */
export interface FastifyReplyLike {
  readonly raw: { readonly headersSent: boolean };
  code(statusCode: number): unknown;
  header(name: string, value: string): unknown;
  removeHeader(name: string): unknown;
  send(body: string): unknown;
}

/** Headers of the body that the route had in mind; what else was set (CORS, say) stays. */
const HEADERS_OF_ANOTHER_BODY = [
  'content-length',
  'content-encoding',
  'content-range',
  'content-disposition',
  'transfer-encoding',
  'etag',
  'last-modified',
];

export function endWith(response: ServerResponseLike, { statusCode, headers, body }: HttpAnswer): void {
  for (const name of HEADERS_OF_ANOTHER_BODY) response.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // Node does not count it any more once it was removed.
  response.setHeader('content-length', String(Buffer.byteLength(body)));
  response.statusCode = statusCode;
  response.end(body);
}

export function replyWith(reply: FastifyReplyLike, { statusCode, headers, body }: HttpAnswer): void {
  for (const name of HEADERS_OF_ANOTHER_BODY) reply.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.code(statusCode);
  reply.send(body);
}

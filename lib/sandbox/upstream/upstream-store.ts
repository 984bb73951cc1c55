import * as http from 'node:http';
import * as https from 'node:https';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest, Store } from '../http/aws-request';
import { sign } from '../signature/sign';
import { headersToPassOn } from './hop-headers';
import { parseUpstream, type UpstreamCredentials } from './upstream';

/** Which server, and how it is asked. */
export interface UpstreamOptions {
  /** URL as `parseUpstream` takes it. */
  readonly endpoint: string;
  /** @default - those in the URL, else `test` and `test` */
  readonly credentials?: UpstreamCredentials;
  /**
   * How long the server may send nothing while something is expected of it, in milliseconds.
   *
   * @default 30_000
   */
  readonly silenceMilliseconds?: number;
}

/**
 * Sends requests on to another server, signed anew for it. The answers are the server's own, streamed; redirects are answers too. Where
 * the server cannot be reached, hangs up or falls silent, the request ends with ServiceUnavailable and status 503, a status that the SDKs
 * try again for every service.
 *
 * Nothing is tried twice here: only the client knows whether its request may run twice.
 *
 * @throws MultiTenantIamError `config.invalid` if the endpoint is no URL of an upstream
 */
export function upstreamStore(options: UpstreamOptions): Store {
  const { endpoint, credentials: named } = parseUpstream(options.endpoint);
  const { credentials = named, silenceMilliseconds = 30_000 } = options;
  const url = new URL(endpoint);
  const agent = new (url.protocol === 'https:' ? https : http).Agent({ keepAlive: true });
  let closed = false;
  return {
    async handle(request, { service, region }) {
      // Another form names a host, or none: a server behind might take it for an order to ask somebody else.
      if (!request.path.startsWith('/')) throw notSendable();
      const signed = await sign(onward(request, url.host), { credentials, service, region }).catch(() => {
        throw notSendable();
      });
      if (closed) throw unavailable(endpoint, 'is no longer asked, as the sandbox is closing');
      return exchange(signed, { url, agent, timeout: silenceMilliseconds });
    },
    close() {
      closed = true;
      agent.destroy();
      return Promise.resolve();
    },
  };
}

/** For the upstream to receive; signing takes away by itself what authenticated the request here. */
function onward({ headers, ...request }: AwsRequest, host: string): AwsRequest {
  // That the client may send its body was said to it when the body was read.
  const passedOn = headersToPassOn(headers).filter(([name]) => name !== 'expect');
  // Node gives the body of a GET or DELETE no length by itself, and the server would take it for the next request.
  const hasLength = request.body.length > 0 || 'content-length' in headers;
  const length = hasLength ? { 'content-length': String(request.body.length) } : undefined;
  return { ...request, headers: { ...Object.fromEntries(passedOn), ...length, host } };
}

interface Connection {
  readonly url: URL;
  readonly agent: http.Agent;
  readonly timeout: number;
}

function exchange({ method, path, query, headers, body }: AwsRequest, { url, agent, timeout }: Connection): Promise<AwsAnswer> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? https.request : http.request;
    const target = query === '' ? path : `${path}?${query}`;
    let asked: http.ClientRequest;
    try {
      asked = open(url, { agent, timeout, method, path: target, headers });
    } catch {
      reject(notSendable());
      return;
    }
    let answer: http.IncomingMessage | undefined;
    asked.on('timeout', () => {
      // While the answer waits to be read, it is the reader who is slow.
      if (answer === undefined || answer.readableLength === 0) asked.destroy(new Silence());
    });
    asked.on('error', (error) => {
      reject(unavailable(url.origin, error instanceof Silence ? `sent nothing for ${timeout} ms` : failureOf(error)));
    });
    // It may end without a word, for one when the server would go on in another protocol.
    asked.on('close', () => {
      reject(unavailable(url.origin, 'gave no answer'));
    });
    asked.on('response', (response) => {
      answer = response;
      resolve({ status: response.statusCode ?? 502, headers: answerHeaders(response.headers), body: response });
    });
    asked.end(body);
  });
}

class Silence extends Error {}

function answerHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    headersToPassOn(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function notSendable(): AwsError {
  return new AwsError('InvalidRequest', 'The method, path or a header of the request cannot be sent on to the upstream.');
}

function unavailable(endpoint: string, what: string): AwsError {
  return new AwsError('ServiceUnavailable', `The upstream ${endpoint} ${what}.`, 503);
}

/** Node's code, `ECONNREFUSED`; its message may name what the client sent. */
function failureOf({ code = 'no reason given' }: NodeJS.ErrnoException): string {
  return `cannot be asked (${code})`;
}

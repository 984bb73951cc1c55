import type { AwsAnswer, AwsRequest } from '../http/aws-request';

/** Headers of every answer under `/_sandbox/`: nothing of it is for other sites, and nothing of it is kept. */
export const LOCAL_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Keeps other web sites from using what lies under `/_sandbox/` by the browser of whoever runs the sandbox, also those that let their name
 * point to 127.0.0.1. Programs that are no browsers send neither `Origin` nor `Sec-Fetch-Site`, and pass.
 *
 * @param port that the sandbox listens on
 * @returns the answer to a request that must not be served, 403, 405 or 415; `undefined` for one that may
 * @see https://fetch.spec.whatwg.org/#origin-header
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refusal(request: AwsRequest, port: number): AwsAnswer | undefined {
  const { method, headers, fromLoopback } = request;
  const host = headers['host']?.toLowerCase() ?? '';
  if (!fromLoopback) return refused(403, 'The sandbox serves this machine only.');
  if (!hostsOf(port).includes(host)) return refused(403, `The sandbox is served as http://127.0.0.1:${port} or localhost only.`);

  const origin = headers['origin'];
  if (origin !== undefined && origin !== `http://${host}`) return refused(403, OTHER_SITE);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink(request)) return refused(403, OTHER_SITE);

  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return refused(405, 'Only GET and POST are served here.', { allow: 'GET, HEAD, POST' });
  // A form of another site cannot send it.
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return type === 'application/json' ? undefined : refused(415, 'The Content-Type must be application/json.');
}

const OTHER_SITE = 'The sandbox is not for other web sites.';

function hostsOf(port: number): string[] {
  const names = ['127.0.0.1', 'localhost', '[::1]'];
  return [...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])];
}

/** A link on another site that somebody follows: the browser shows the answer, the other site does not see it. */
function isLink({ method, headers }: AwsRequest): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function refused(status: number, text: string, headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  return {
    status,
    headers: { ...LOCAL_HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(`${text}\n`),
  };
}

import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { LOCAL_HEADERS, refusal } from '../../../../lib/sandbox/page/local-only';

const PORT = 4580;
const OWN = 'http://127.0.0.1:4580';

function asked(method: string, headers: Record<string, string>, changes: Partial<AwsRequest> = {}, port = PORT) {
  const request = {
    method,
    path: '/_sandbox/',
    query: '',
    headers: { host: '127.0.0.1:4580', ...headers },
    body: Buffer.alloc(0),
    fromLoopback: true,
  };
  return refusal({ ...request, ...changes }, port)?.status;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const FOLLOWED = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('refusal', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a program', 'GET', {}],
    ['a program by another name of this machine', 'GET', { host: 'localhost:4580' }],
    ['a host name in capitals', 'GET', { host: 'LocalHost:4580' }],
    ['IPv6', 'GET', { host: '[::1]:4580' }],
    ['HEAD', 'HEAD', {}],
    ['a program that posts', 'POST', JSON_TYPE],
    ['JSON with a character set', 'POST', { 'content-type': 'Application/JSON; charset=utf-8' }],
    ['the page itself', 'POST', { ...JSON_TYPE, origin: OWN, 'sec-fetch-site': 'same-origin' }],
    ['the page by another name', 'POST', { ...JSON_TYPE, host: 'localhost:4580', origin: 'http://localhost:4580' }],
    ['an address that was typed', 'GET', { 'sec-fetch-site': 'none' }],
    ['a link that was followed', 'GET', FOLLOWED],
  ])('passes %s', (_, method, headers) => {
    expect(asked(method, headers)).toBeUndefined();
  });

  it.each<[string, number, string, Record<string, string>]>([
    ['a name that points here', 403, 'GET', { host: 'rebound.example:4580' }],
    ['a name that begins like it', 403, 'GET', { host: '127.0.0.1:4580.example' }],
    ['another port', 403, 'GET', { host: '127.0.0.1:4581' }],
    ['no port', 403, 'GET', { host: '127.0.0.1' }],
    ['two hosts', 403, 'GET', { host: '127.0.0.1:4580,127.0.0.1:4580' }],
    ['no host', 403, 'GET', { host: '' }],
    ['another site that reads', 403, 'GET', { origin: 'https://site.example' }],
    ['another site that posts', 403, 'POST', { ...JSON_TYPE, origin: 'https://site.example' }],
    ['another server of this machine', 403, 'POST', { ...JSON_TYPE, origin: 'http://127.0.0.1:3000' }],
    ['another name of this machine', 403, 'POST', { ...JSON_TYPE, origin: 'http://localhost:4580' }],
    ['https', 403, 'POST', { ...JSON_TYPE, origin: 'https://127.0.0.1:4580' }],
    ['an origin that is hidden', 403, 'POST', { ...JSON_TYPE, origin: 'null' }],
    ['an origin that is empty', 403, 'POST', { ...JSON_TYPE, origin: '' }],
    [
      'an image on another site',
      403,
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    ],
    ['a frame on another site', 403, 'GET', { ...FOLLOWED, 'sec-fetch-dest': 'iframe' }],
    ['another port’s page', 403, 'GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a form that is followed', 403, 'POST', { ...JSON_TYPE, ...FOLLOWED }],
    ['a form', 415, 'POST', { 'content-type': 'text/plain' }],
    ['a form that looks like JSON', 415, 'POST', { 'content-type': 'text/plain; application/json' }],
    ['no type', 415, 'POST', {}],
    ['a preflight', 403, 'OPTIONS', { origin: 'https://site.example' }],
    ['another method', 405, 'OPTIONS', {}],
    ['another method with JSON', 405, 'PUT', JSON_TYPE],
  ])('refuses %s', (_, status, method, headers) => {
    expect(asked(method, headers)).toBe(status);
  });

  it('refuses other machines', () => {
    expect(asked('GET', {}, { fromLoopback: false })).toBe(403);
  });

  it('takes a host without a port only on port 80', () => {
    expect(asked('GET', { host: 'localhost' }, {}, 80)).toBeUndefined();
    expect(asked('GET', { host: 'localhost:80' }, {}, 80)).toBeUndefined();
    expect(asked('GET', { host: 'rebound.example' }, {}, 80)).toBe(403);
  });

  it('says why in plain text that nobody else may read', () => {
    const answer = refusal({ method: 'GET', path: '/', query: '', headers: {}, body: Buffer.alloc(0), fromLoopback: true }, PORT);
    expect(answer?.headers).toStrictEqual({ ...LOCAL_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
    expect(answer?.headers).not.toHaveProperty('access-control-allow-origin');
    expect((answer?.body as Buffer).toString()).toBe('The sandbox is served as http://127.0.0.1:4580 or localhost only.\n');
  });
});

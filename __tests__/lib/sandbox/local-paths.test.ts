import { MultiTenantIamError } from '../../../lib/errors';
import type { AwsAnswer, AwsRequest } from '../../../lib/sandbox/http/aws-request';
import { Issuer } from '../../../lib/sandbox/issuer/issuer';
import type { TokenOptions } from '../../../lib/sandbox/issuer/token-options';
import { ISSUER_PATH, LocalPaths } from '../../../lib/sandbox/local-paths';
import { Page } from '../../../lib/sandbox/page/page';
import { request } from '../../support/signed-requests';
import { textOf } from './gateway/fakes';
import { FakeSandbox } from './page/fake-sandbox';

const PORT = 4580;
const HOST = `127.0.0.1:${PORT}`;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('LocalPaths', () => {
  let issuer: Issuer;
  let page: Page;
  let wishes: TokenOptions[];
  let token: (options: TokenOptions) => Promise<string>;

  beforeAll(async () => {
    issuer = await Issuer.create({ url: `http://${HOST}${ISSUER_PATH}` });
    page = new Page(new FakeSandbox());
  });

  beforeEach(() => {
    wishes = [];
    token = () => Promise.resolve('a.b.c');
  });

  afterAll(() => {
    page.close();
  });

  function ask(path: string, parts: Partial<Omit<AwsRequest, 'body' | 'path'>> = {}): Promise<AwsAnswer | undefined> {
    const paths = new LocalPaths(PORT, page, issuer, (options) => {
      wishes.push(options);
      return token(options);
    });
    return paths.handle(request({ method: 'GET', ...parts, path, headers: { host: HOST, ...parts.headers } }));
  }

  it.each<[string, string, Record<string, string>]>([
    ['GET', '/', {}],
    ['POST', '/', { accept: 'text/html' }],
    ['GET', '/', { accept: 'text/html', authorization: 'AWS4-HMAC-SHA256 ...' }],
    ['GET', '/files', {}],
    ['GET', '/_sandboxes', {}],
    ['GET', '/_sandbox.x/token', {}],
    ['GET', '//_sandbox/token', {}],
    ['GET', '/%5Fsandbox/token', {}],
    ['GET', '/files/_sandbox/token', {}],
  ])('leaves %s %s with %j to AWS', async (method, path, headers) => {
    expect(await ask(path, { method, headers })).toBeUndefined();
  });

  it.each(['/', '/_sandbox'])('sends a browser that opens %s to the page', async (path) => {
    expect(await ask(path, { headers: { accept: 'text/html' } })).toMatchObject({
      status: 302,
      headers: { location: '/_sandbox/' },
    });
  });

  it('serves the page, the issuer and tokens', async () => {
    expect(await ask('/_sandbox/')).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('html') } });
    const answer = await ask(`${ISSUER_PATH}/.well-known/openid-configuration`);
    expect(JSON.parse(textOf(answer))).toMatchObject({ issuer: issuer.url });
    expect(textOf(await ask(`${ISSUER_PATH}/jwks.json`))).toContain('"keys"');
    const issued = await ask('/_sandbox/token', { query: 'tenant=acme&expires-in=60' });
    expect(issued).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' }, body: Buffer.from('a.b.c') });
    expect(wishes).toEqual([{ tenantId: 'acme', expiresInSeconds: 60 }]);
  });

  it.each([
    '/_sandbox/nothing',
    '/_sandbox/issuer',
    '/_sandbox/issuer/',
    '/_sandbox/token/',
    '/_sandbox/issuer/keys',
    '/_sandbox/Token',
  ])('fails with 404 at %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, headers: { 'x-content-type-options': 'nosniff' } });
    expect(wishes).toEqual([]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['POST', JSON_TYPE, 405],
    ['HEAD', {}, 405],
    ['PUT', JSON_TYPE, 405],
    ['DELETE', {}, 405],
    ['POST', {}, 415],
  ])('refuses a token to %s with %j: %d', async (method, headers, status) => {
    expect(await ask('/_sandbox/token', { method, headers, query: 'tenant=acme' })).toMatchObject({ status });
    expect(wishes).toEqual([]);
  });

  it.each<[string, Partial<Omit<AwsRequest, 'body' | 'path'>>]>([
    ['another site', { headers: { origin: 'https://evil.example' } }],
    ['another site that reads only', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a name that was made to point here', { headers: { host: `evil.example:${PORT}` } }],
    ['another port', { headers: { host: '127.0.0.1:3000' } }],
    ['another machine', { fromLoopback: false }],
  ])('refuses everything under /_sandbox/ to %s', async (_, parts) => {
    for (const path of [
      '/_sandbox/',
      '/_sandbox',
      '/_sandbox/token',
      `${ISSUER_PATH}/jwks.json`,
      '/_sandbox/settings',
      '/_sandbox/x',
    ]) {
      expect([path, (await ask(path, parts))?.status]).toEqual([path, 403]);
    }
    expect(wishes).toEqual([]);
  });

  it('fails with 400 at a wish that cannot be', async () => {
    expect(await ask('/_sandbox/token', { query: 'tenantt=acme' })).toMatchObject({
      status: 400,
      body: expect.objectContaining({ length: expect.any(Number) }),
    });
    expect(wishes).toEqual([]);
    token = () => Promise.reject(new MultiTenantIamError('config.invalid', 'no such issuer'));
    const refused = await ask('/_sandbox/token');
    expect([refused?.status, textOf(refused)]).toEqual([400, 'no such issuer\n']);
  });

  it('fails without an answer at what nobody expected', async () => {
    token = () => Promise.reject(new TypeError('secret'));
    await expect(ask('/_sandbox/token')).rejects.toThrow(TypeError);
  });
});

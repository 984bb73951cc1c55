import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { Jwks } from 'aws-jwt-verify/jwk';
import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier';
import { JwtInvalidSignatureError } from 'aws-jwt-verify/error';
import { Issuer } from '../../../../lib/sandbox/issuer/issuer';
import type { TokenOptions } from '../../../../lib/sandbox/issuer/token-options';

const URL_ = 'http://127.0.0.1:4580/_sandbox/issuer';
const TAGS = 'https://aws.amazon.com/tags';
const NOW = 1_790_000_000_000;

let issuer: Issuer;

beforeAll(async () => {
  issuer = await Issuer.create();
  issuer.serveAt(URL_);
});

afterEach(() => {
  jest.useRealTimers();
});

async function answered(path: string): Promise<Record<string, unknown>> {
  const answer = await issuer.answer(path);
  if (answer === undefined) throw new Error(`no answer for ${path}`);
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' } });
  return JSON.parse((answer.body as Buffer).toString()) as Record<string, unknown>;
}

async function claimsOf(options: TokenOptions): Promise<Record<string, unknown>> {
  return decomposeUnverifiedJwt(await issuer.token(options)).payload;
}

describe('the OpenID configuration and the keys', () => {
  it('names the issuer and where its keys are', async () => {
    expect(await answered('/_sandbox/issuer/.well-known/openid-configuration')).toMatchObject({
      issuer: URL_,
      jwks_uri: `${URL_}/jwks.json`,
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    });
  });

  it('lists the public halves of both keys and nothing of the private ones', async () => {
    const { keys } = (await answered('/_sandbox/issuer/jwks.json')) as unknown as { keys: Record<string, string>[] };
    expect(keys.map(({ kty, alg, use }) => [kty, alg, use])).toEqual([
      ['EC', 'ES256', 'sig'],
      ['RSA', 'RS256', 'sig'],
    ]);
    expect(keys.flatMap((key) => Object.keys(key)).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name))).toEqual([]);
  });

  it.each([
    '/',
    '/jwks.json',
    '/_sandbox/issuer',
    '/_sandbox/issuer/',
    '/_sandbox/issuer/jwks.json/',
    '/_sandbox/issuer2/jwks.json',
  ])('fails to answer %s, which is not its own', async (path) => {
    expect(await issuer.answer(path)).toBeUndefined();
  });

  it('fails while nobody has said where it is served', async () => {
    const early = await Issuer.create();
    await expect(early.token()).rejects.toThrow('not known yet');
    expect((await Issuer.create({ url: URL_ })).url).toBe(URL_);
  });

  it('knows its own keys by their id, and no other', async () => {
    const { header } = decomposeUnverifiedJwt(await issuer.token());
    expect(await issuer.publicKey(String(header.kid))).toMatchObject({ kid: header.kid, alg: 'ES256' });
    expect(await issuer.publicKey('another')).toBeUndefined();
  });
});

describe('a token', () => {
  const check = { issuer: 'https://login.example.com', audience: 'my-client-id' };

  it.each(['ES256', 'RS256'] as const)('is signed by %s so that the published keys verify it', async (algorithm) => {
    const jwks = (await answered('/_sandbox/issuer/jwks.json')) as unknown as Jwks;
    const wanted = { issuerUrl: check.issuer, audience: check.audience, algorithm };
    const token = await issuer.token(wanted);
    expect(verifyJwtSync(token, jwks, check)).toMatchObject({ sub: 'user-1' });
    const [, body] = token.split('.');
    const forged = await issuer.tokenWithWrongSignature({ ...wanted, claims: { jti: undefined } });
    expect(() => verifyJwtSync(forged, jwks, check)).toThrow(JwtInvalidSignatureError);
    expect(forged.split('.')[1]).not.toBe(body);
    expect(decomposeUnverifiedJwt(forged).header).toEqual(decomposeUnverifiedJwt(token).header);
  });

  it('says of itself what it must, and no tenant, if asked for nothing', async () => {
    jest.useFakeTimers({ now: NOW });
    const { jti, ...claims } = await claimsOf({});
    expect(claims).toEqual({ iss: URL_, sub: 'user-1', iat: NOW / 1000, exp: NOW / 1000 + 3600 });
    expect(typeof jti).toBe('string');
  });

  const CLAIMS: readonly (readonly [string, TokenOptions, Record<string, unknown>])[] = [
    ['a tenant', { tenantId: 'a' }, { [TAGS]: { principal_tags: { tenant_id: ['a'] }, transitive_tag_keys: ['tenant_id'] } }],
    ['an empty tenant', { tenantId: '' }, { [TAGS]: { principal_tags: { tenant_id: [''] }, transitive_tag_keys: ['tenant_id'] } }],
    [
      'a tenant that no grammar takes, by another key',
      { tenantId: '../a*', tagKey: 'org' },
      { [TAGS]: { principal_tags: { org: ['../a*'] }, transitive_tag_keys: ['org'] } },
    ],
    [
      'flattened tags',
      { tenantId: 'a', tagForm: 'flattened', tags: { plan: 'free' } },
      {
        [`${TAGS}/principal_tags/tenant_id`]: 'a',
        [`${TAGS}/principal_tags/plan`]: 'free',
        [`${TAGS}/transitive_tag_keys`]: ['tenant_id'],
      },
    ],
    ['further tags alone', { tags: { plan: 'free' } }, { [TAGS]: { principal_tags: { plan: ['free'] } } }],
    ['no transitive key', { tenantId: 'a', transitiveTagKeys: [] }, { [TAGS]: { principal_tags: { tenant_id: ['a'] } } }],
    ['transitive keys of no tag', { transitiveTagKeys: ['x'] }, { [TAGS]: { principal_tags: {}, transitive_tag_keys: ['x'] } }],
    ['one audience', { audience: 'c' }, { aud: 'c' }],
    ['several audiences', { audience: ['c', 'd'] }, { aud: ['c', 'd'] }],
    ['a token that has just expired', { expiresInSeconds: 0 }, { iat: NOW / 1000, exp: NOW / 1000 }],
    ['one that has expired long ago', { expiresInSeconds: -60 }, { iat: NOW / 1000 - 60, exp: NOW / 1000 - 60 }],
    ['one that begins later', { notBeforeSeconds: 60 }, { nbf: NOW / 1000 + 60 }],
    ['claims over all others', { subject: 'u', claims: { sub: 'v', roles: ['r'] } }, { sub: 'v', roles: ['r'] }],
  ];

  it.each(CLAIMS)('carries %s', async (_name, options, expected) => {
    jest.useFakeTimers({ now: NOW });
    expect(await claimsOf(options)).toMatchObject(expected);
  });

  it('loses claims that are set to undefined', async () => {
    const claims = await claimsOf({ tenantId: 'a', claims: { sub: undefined, [TAGS]: undefined, iss: undefined } });
    expect(Object.keys(claims).sort()).toEqual(['exp', 'iat', 'jti']);
  });

  it.each([
    [{ tenant: 'a' }, "'tenant' is no option, known are tenantId, subject"],
    [{ constructor: 'a' }, "'constructor' is no option"],
    [{ tenantId: 7 }, "'tenantId' must be a string"],
    [{ expiresInSeconds: 1.5 }, "'expiresInSeconds' must be a whole number of seconds"],
    [{ notBeforeSeconds: '1' }, "'notBeforeSeconds' must be a whole number of seconds"],
    [{ audience: ['a', 1] }, "'audience' must be a string or a list of strings"],
    [{ algorithm: 'none' }, "'algorithm' must be 'ES256' or 'RS256'"],
    [{ tagForm: 'flat' }, "'tagForm' must be 'nested' or 'flattened'"],
    [{ tags: { a: 1 } }, "'tags' must be an object of strings"],
    [{ transitiveTagKeys: 'a' }, "'transitiveTagKeys' must be a list of strings"],
    [{ claims: [] }, "'claims' must be an object"],
    [{ tenantId: 7, subject: null }, "'tenantId' must be a string; 'subject' must be a string"],
    [null, 'they are no object'],
  ])('fails for the options %j', async (options, message) => {
    await expect(issuer.token(options as never)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(message) as string,
    });
  });
});

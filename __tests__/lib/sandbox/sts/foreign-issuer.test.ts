import { generateKeyPairSync, sign } from 'node:crypto';
import { PublishedKeys } from '../../../../lib/sandbox/sts/published-keys';
import { json, LoopbackIssuer, SigningKey, unsigned } from '../../../support/issuer';
import { ASSUME, CLIENT, codeIn, PlainEstate, providerOf, roleOf, StsFixture } from './sts-fixture';

let fixture: StsFixture;
let issuer: LoopbackIssuer;
const first = new SigningKey('first');
const second = new SigningKey('second');

beforeAll(async () => {
  issuer = await LoopbackIssuer.start();
});

afterAll(async () => {
  await issuer.stop();
});

beforeEach(async () => {
  fixture = await StsFixture.create();
  const name = issuer.url.replace('http://', '');
  Object.assign(fixture.estate, new PlainEstate(), { known: [providerOf(name)], roles: [roleOf(name)] });
  issuer.behave();
  issuer.keys.splice(0, Infinity, first);
});

async function assume(token: string): Promise<{ code: string | undefined; body: string }> {
  const { body } = await fixture.assume(token);
  return { code: codeIn(body), body };
}

const claims = (changes: Record<string, unknown> = {}) => issuer.claims({ aud: CLIENT, ...changes });

describe('an issuer that is not the sandbox', () => {
  it('is asked for its keys once, and its tokens are taken', async () => {
    expect((await assume(first.token(claims()))).code).toBeUndefined();
    expect((await assume(first.token(claims({ sub: 'user-2' })))).code).toBeUndefined();
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks.json']);
  });

  it('may also sign by RS256', async () => {
    const rsa = new SigningKey('rsa', 'RS256');
    issuer.keys.push(rsa);
    expect((await assume(rsa.token(claims()))).code).toBeUndefined();
    expect((await assume(rsa.tokenSignedWithPublicKey(claims()))).code).toBe('InvalidIdentityToken');
  });

  it('may rotate its keys', async () => {
    await assume(first.token(claims()));
    issuer.keys.splice(0, 1, second);
    expect((await assume(second.token(claims()))).code).toBeUndefined();
    expect(issuer.fetches).toBe(2);
  });

  it('may withdraw a key, whose tokens are refused a minute later', async () => {
    await assume(first.token(claims()));
    issuer.keys.splice(0, 1, second);
    fixture.ahead = 59_000;
    expect((await assume(first.token(claims()))).code).toBeUndefined();
    fixture.ahead = 60_001;
    expect((await assume(first.token(claims()))).code).toBe('InvalidIdentityToken');
  });

  it('is stood in for by the sandbox without being asked', async () => {
    const token = await fixture.issuer.token({ tenantId: 'acme', issuerUrl: issuer.url, audience: CLIENT });
    expect((await assume(token)).code).toBeUndefined();
    expect(issuer.asked).toEqual([]);
  });

  it.each([
    ['of a key that it has not', () => second.token(claims())],
    ['of another key by its name', () => new SigningKey('first').token(claims())],
    ['of another algorithm', () => first.token(claims(), { alg: 'RS256' })],
    ['with an extension that must be understood', () => first.token(claims(), { crit: ['b64'], b64: true })],
    ['without a key', () => first.token(claims(), { kid: undefined })],
  ])('has tokens refused %s', async (_name, token) => {
    expect((await assume(token())).code).toBe('InvalidIdentityToken');
  });

  it('has tokens refused of a kind of signature that STS does not take', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    issuer.misbehave({ jwks: json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'ed', alg: 'EdDSA', use: 'sig' }] }) });
    const content = unsigned({ alg: 'EdDSA', kid: 'ed' }, claims());
    const signature = sign(null, Buffer.from(content), privateKey).toString('base64url');
    expect((await assume(`${content}.${signature}`)).code).toBe('InvalidIdentityToken');
    expect(issuer.asked).toEqual([]);
  });

  it('is left in peace by tokens of keys that it has not', async () => {
    for (const kid of ['x', 'y', 'z']) {
      await assume(second.token(claims(), { kid }));
      await new Promise((waited) => setTimeout(waited, 10));
    }
    expect(issuer.fetches).toBe(1);
  });

  it.each([
    ['for another audience', { aud: 'other' }],
    ['that has expired', { exp: 1 }],
    ['of an issuer that is no provider', { iss: 'http://127.0.0.1:9' }],
  ])('is not asked about a token %s', async (_name, changes) => {
    expect((await assume(first.token(claims(changes)))).code).toMatch(/InvalidIdentityToken|ExpiredTokenException/);
    expect(issuer.asked).toEqual([]);
  });

  const CONFIGURATION = (changes: object) => ({
    configuration: json({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks.json`, ...changes }),
  });
  const failing = (status: number) => ({ status, contentType: 'text/plain', body: 'secret' });

  it.each([
    ['names another issuer', () => CONFIGURATION({ issuer: 'https://login.example.com' })],
    ['names none', () => CONFIGURATION({ issuer: undefined })],
    ['names no address of keys', () => CONFIGURATION({ jwks_uri: undefined })],
    ['names a file', () => CONFIGURATION({ jwks_uri: 'file:///etc/passwd' })],
    ['names an address over http elsewhere', () => CONFIGURATION({ jwks_uri: 'http://keys.example.com/jwks.json' })],
    ['names an address with a password', () => CONFIGURATION({ jwks_uri: 'https://a:b@keys.example.com/' })],
    ['has no JSON as configuration', () => ({ configuration: failing(200) })],
    ['has null as configuration', () => ({ configuration: json(null) })],
    ['has no configuration', () => ({ configuration: failing(404) })],
    ['redirects', () => ({ configuration: { ...failing(302), location: `${issuer.url}/jwks.json` } })],
    ['has no JSON as keys', () => ({ jwks: failing(200) })],
    ['has no list of keys', () => ({ jwks: json({ keys: 'first' }) })],
    ['has a key that is none', () => ({ jwks: json({ keys: [{ kid: 'first', kty: 7 }] }) })],
    ['has a key for something else', () => ({ jwks: json({ keys: [{ ...first.jwk, use: 'enc' }] }) })],
    ['has a secret as key', () => ({ jwks: json({ keys: [{ kid: 'first', kty: 'oct', k: 'AAAA' }] }) })],
    ['has more than a megabyte of keys', () => ({ jwks: json({ keys: [first.jwk], padding: 'x'.repeat(1_000_001) }) })],
  ] as [string, () => Parameters<LoopbackIssuer['misbehave']>[0]][])(
    'has its tokens refused when it %s',
    async (_name, behaviour) => {
      issuer.misbehave(behaviour());
      const { code, body } = await assume(first.token(claims()));
      expect(code).toBe('InvalidIdentityToken');
      expect(body).not.toContain('secret');
      expect(fixture.trail.decision).toBe('deny');
    },
  );

  it.each([
    ['is overloaded', () => ({ configuration: failing(503) })],
    ['asks to come later', () => ({ jwks: failing(429) })],
    ['hangs up', () => ({ jwks: 'hang up' as const })],
  ] as [string, () => Parameters<LoopbackIssuer['misbehave']>[0]][])(
    'fails for now when it %s, and works when it is back',
    async (_name, behaviour) => {
      issuer.misbehave(behaviour());
      expect((await assume(first.token(claims()))).code).toBe('IDPCommunicationError');
      expect(fixture.trail.decision).toBe('error');
      issuer.behave();
      expect((await assume(first.token(claims()))).code).toBeUndefined();
    },
  );

  it('fails for now when it keeps silent', async () => {
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
    issuer.misbehave({ configuration: 'silence' });
    expect((await assume(first.token(claims()))).code).toBe('IDPCommunicationError');
    expect(timeout).toHaveBeenCalledWith(3000);
    timeout.mockRestore();
  });

  it('has its tokens refused when its keys are elsewhere than it says', async () => {
    const elsewhere = await LoopbackIssuer.start();
    elsewhere.keys.push(first);
    issuer.misbehave({ jwks: { ...failing(302), location: `${elsewhere.url}/jwks.json` } });
    expect((await assume(first.token(claims()))).code).toBe('InvalidIdentityToken');
    expect(elsewhere.asked).toEqual([]);
    await elsewhere.stop();
  });

  it('fails to make the sandbox ask this machine when it is not on it', async () => {
    const configuration = { issuer: 'https://login.example.com', jwks_uri: `${issuer.url}/jwks.json` };
    const fetched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(JSON.stringify(configuration)));
    await expect(new PublishedKeys().fetch('https://login.example.com')).rejects.toMatchObject({ mayPass: false });
    expect(fetched).toHaveBeenCalledTimes(1);
    fetched.mockClear();
    for (const url of ['http://login.example.com', 'ftp://127.0.0.1', 'none']) {
      await expect(new PublishedKeys().fetch(url)).rejects.toMatchObject({ mayPass: false });
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it('leaves no connection behind', async () => {
    await assume(first.token(claims()));
    expect(await issuer.openConnections(0)).toBe(0);
  });

  it('is refused when the role is of another account', async () => {
    const token = first.token(claims());
    const { body } = await fixture.ask({
      ...ASSUME,
      WebIdentityToken: token,
      RoleArn: ASSUME.RoleArn.replace('123456789012', '210987654321'),
    });
    expect(body).toContain('No OpenIDConnect provider found in your account for');
    expect(issuer.asked).toEqual([]);
  });
});

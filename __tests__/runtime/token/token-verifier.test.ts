import '../../support/node-errors';
import { inspect } from 'node:util';
import { TenantDataAccess, type TenantDataAccessConfig, type TenantDataAccessErrorCode } from 'multi-tenant-data-access';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { json, LoopbackIssuer, SigningKey, unsigned } from '../../support/issuer';
import { allIsWell, type AwsAnswer, LoopbackAws, loopbackConfig, stsError, tokenSentToSts } from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';
import { tenantToken } from '../../support/tokens';

const RSA = new SigningKey('rsa', 'RS256');
const EC = new SigningKey('ec', 'ES256');
/** A key that calls itself as the issuer's own. */
const FORGED = new SigningKey('ec', 'ES256');

let aws: LoopbackAws;
let issuer: LoopbackIssuer;
let access: TenantDataAccess;
const opened: TenantDataAccess[] = [];

beforeAll(async () => {
  [aws, issuer] = await Promise.all([LoopbackAws.start(), LoopbackIssuer.start()]);
});

beforeEach(() => {
  aws.answerBy(allIsWell());
  issuer.behave();
  issuer.keys.splice(0, Infinity, RSA, EC);
  access = accessWith({});
});

afterEach(() => {
  jest.restoreAllMocks();
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await Promise.all([aws.stop(), issuer.stop()]);
});

function accessWith(config: Partial<TenantDataAccessConfig>): TenantDataAccess {
  const made = new TenantDataAccess({
    ...loopbackConfig(aws.endpoint),
    issuerUrl: issuer.url,
    audience: ['another-client-id', 'my-client-id'],
    ...config,
  });
  opened.push(made);
  return made;
}

const now = () => Math.floor(Date.now() / 1000);
const tokensSentToSts = () => aws.requests.map(tokenSentToSts);

/** All that a log may show of an error and its causes. */
function allShown(error: unknown): string {
  const shown = [inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity }), JSON.stringify(error)];
  for (let each = error; each instanceof Error; each = each.cause) shown.push(each.message, String(each.stack));
  return shown.join('\n');
}

describe('a token of the issuer', () => {
  it.each([RSA, EC])('is taken and sent to STS, signed by $algorithm', async (key) => {
    const token = key.token(issuer.claims());
    expect((await access.forTenant(token, 'acme')).tenantId).toBe('acme');
    expect(tokensSentToSts()).toEqual([token]);
  });

  it.each([
    ['one of several audiences', { aud: ['x', 'my-client-id'] }],
    ['the other audience', { aud: 'another-client-id' }],
    ['token_use id', { token_use: 'id' }],
    ['nbf within the tolerance', { nbf: now() + 50 }],
    ['nbf in the past', { nbf: now() - 1 }],
  ])('is taken with %s', async (_what, claims) => {
    await access.forTenant(EC.token(issuer.claims(claims)), 'acme');
    expect(aws.requests).toHaveLength(1);
  });

  it('is taken when its key names no algorithm', async () => {
    issuer.misbehave({ jwks: json({ keys: [{ ...RSA.jwk, alg: undefined, use: undefined }] }) });
    expect((await access.forTenant(RSA.token(issuer.claims()))).tenantId).toBe('acme');
  });
});

/** Tokens by the code that refuses them, and what the message must say. */
const REFUSED: Record<string, [token: () => string, code: TenantDataAccessErrorCode, says: string]> = {
  'alg none': [() => `${unsigned({ alg: 'none', kid: 'ec' }, issuer.claims())}.AAAA`, 'token.rejected', 'its algorithm or key'],
  'alg none without a signature': [
    () => `${unsigned({ alg: 'none', kid: 'ec' }, issuer.claims())}.`,
    'token.malformed',
    'not a JSON Web Token',
  ],
  'no algorithm': [() => EC.token(issuer.claims(), { alg: undefined }), 'token.rejected', 'its algorithm or key'],
  'the public RSA key for a secret': [
    () => RSA.tokenSignedWithPublicKey(issuer.claims()),
    'token.rejected',
    'its algorithm or key',
  ],
  'the public EC key for a secret': [() => EC.tokenSignedWithPublicKey(issuer.claims()), 'token.rejected', 'its algorithm or key'],
  'the algorithm of another key': [() => EC.token(issuer.claims(), { kid: 'rsa' }), 'token.rejected', 'its algorithm or key'],
  'a forged key': [() => FORGED.token(issuer.claims()), 'token.rejected', 'its signature is not that of its issuer'],
  'a key in the header': [() => FORGED.token(issuer.claims(), { jwk: FORGED.jwk }), 'token.rejected', 'its signature'],
  'another tenant put in': [
    () => {
      const [header, , signature] = EC.token(issuer.claims()).split('.');
      return `${String(header)}.${unsigned({}, issuer.claims({}, 'globex')).split('.')[1] ?? ''}.${String(signature)}`;
    },
    'token.rejected',
    'its signature',
  ],
  'an unknown key': [() => new SigningKey('new').token(issuer.claims()), 'token.rejected', 'its key is not one of its issuer'],
  'no name of the key': [() => EC.token(issuer.claims(), { kid: undefined }), 'token.rejected', "does not name its key ('kid')"],
  'a key that is no text': [() => EC.token(issuer.claims(), { kid: 7 }), 'token.malformed', 'not a JSON Web Token'],
  'another issuer': [
    () => EC.token(issuer.claims({ iss: 'https://login.example.com' })),
    'token.rejected',
    'its issuer is not http',
  ],
  'the issuer with a slash': [
    () => EC.token(issuer.claims({ iss: `${issuer.url}/` })),
    'token.rejected',
    "the two differ in a slash at the end, write 'issuerUrl' exactly as the tokens name it",
  ],
  'no issuer': [() => EC.token(issuer.claims({ iss: undefined })), 'token.rejected', 'its issuer is not http'],
  'another audience': [
    () => EC.token(issuer.claims({ aud: 'x' })),
    'token.rejected',
    'its audience is not another-client-id or my-client-id',
  ],
  'other audiences': [() => EC.token(issuer.claims({ aud: ['x', 'y'] })), 'token.rejected', 'its audience is not'],
  'an empty list of audiences': [() => EC.token(issuer.claims({ aud: [] })), 'token.rejected', 'its audience is not'],
  'no audience': [() => EC.token(issuer.claims({ aud: undefined })), 'token.rejected', 'its audience is not'],
  'token_use access': [() => EC.token(issuer.claims({ token_use: 'access' })), 'token.rejected', 'it is no ID token'],
  'an exp of a second ago': [() => EC.token(issuer.claims({ exp: now() - 1 })), 'token.expired', 'expired at'],
  'no exp': [() => EC.token(issuer.claims({ exp: undefined })), 'token.malformed', "no 'exp' claim"],
  'nbf beyond the tolerance': [
    () => EC.token(issuer.claims({ nbf: now() + 70 })),
    'token.not_yet_valid',
    "its 'nbf' is still to come",
  ],
  'two tenants': [
    () => EC.token(issuer.claims({ [SESSION_TAGS_CLAIM]: { principal_tags: { tenant_id: ['acme', 'globex'] } } })),
    'token.malformed',
    'an array of exactly one string',
  ],
  'two forms of the tag that disagree': [
    () => EC.token(issuer.claims({ [`${SESSION_TAGS_CLAIM}/principal_tags/tenant_id`]: 'globex' })),
    'token.malformed',
    'two values for the tag',
  ],
  "a tenant with '/'": [() => EC.token(issuer.claims({}, 'acme/globex')), 'tenant.invalid', 'is not a tenant id'],
  "a tenant with '..'": [() => EC.token(issuer.claims({}, 'acme..globex')), 'tenant.invalid', 'is not a tenant id'],
  '20,001 characters': [
    () => {
      const short = EC.token(issuer.claims({ x: '' }));
      return EC.token(issuer.claims({ x: 'x'.repeat(Math.ceil(((20_001 - short.length) * 3) / 4)) })).padEnd(20_001, 'A');
    },
    'token.malformed',
    'given was a string of 20001 characters',
  ],
};

describe('before STS is asked', () => {
  it.each(Object.entries(REFUSED))('fails for %s, and tells nothing of the token', async (_what, [make, code, says]) => {
    const token = make();
    const error = await caughtFrom(() => access.forTenant(token));

    expect(error).toEqual(refusal(code, says));
    expect(aws.requests).toHaveLength(0);
    const shown = allShown(error);
    expect([token, ...token.split('.')].filter((part) => part.length > 4 && shown.includes(part))).toEqual([]);
  });

  it('fails for another issuer without asking for keys', async () => {
    await caughtFrom(() => access.forTenant(EC.token(issuer.claims({ iss: 'https://login.example.com' }))));
    await caughtFrom(() => access.forTenant(EC.token(issuer.claims({ token_use: 'access' }))));
    expect(issuer.asked).toEqual([]);
  });

  it('fails for a token once refused, each time', async () => {
    const token = FORGED.token(issuer.claims());
    for (let turn = 0; turn < 3; turn++) await expect(access.forTenant(token)).rejects.toThrow(refusal('token.rejected'));
    expect(aws.requests).toHaveLength(0);
  });

  it('fails for a function that gives such a token', async () => {
    await expect(access.forTenant(() => FORGED.token(issuer.claims()))).rejects.toThrow(refusal('token.rejected'));
    expect(aws.requests).toHaveLength(0);
  });
});

describe('without verification', () => {
  it('leaves tokens to STS when it is turned off', async () => {
    const unverified = accessWith({ tokenVerification: null });
    aws.answerWith(stsError('InvalidIdentityToken'));
    await expect(unverified.forTenant(FORGED.token(issuer.claims()))).rejects.toThrow(
      refusal('token.rejected', 'STS does not accept'),
    );
    expect(aws.requests).toHaveLength(1);
    expect(issuer.asked).toEqual([]);
    await unverified.hydrate();
    expect(issuer.asked).toEqual([]);
  });

  it('leaves tokens to STS when no issuer is known', async () => {
    await accessWith({ issuerUrl: undefined, audience: undefined }).forTenant(tenantToken('acme'));
    expect(aws.requests).toHaveLength(1);
    expect(issuer.asked).toEqual([]);
  });
});

describe('keys', () => {
  const tokens = (count: number, key = EC) =>
    Array.from({ length: count }, (_, jti) => key.token(issuer.claims({ jti: String(jti) })));

  it('are fetched once for many tokens, at once and one after the other', async () => {
    await Promise.all(tokens(20).map((token) => access.forTenant(token)));
    await access.forTenant(RSA.token(issuer.claims()));
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks.json']);
    expect(await issuer.openConnections(0)).toBe(0);
  });

  it('are fetched by hydrate, so that the first token need not wait', async () => {
    await access.hydrate();
    expect(issuer.fetches).toBe(1);
    await issuer.stop();
    expect((await access.forTenant(EC.token(issuer.claims()))).tenantId).toBe('acme');
    issuer = await LoopbackIssuer.start();
  });

  it('are fetched again when the issuer has a new one', async () => {
    await access.forTenant(EC.token(issuer.claims()));
    const rotated = new SigningKey('2027');
    issuer.keys.splice(0, Infinity, rotated);
    await Promise.all(tokens(5, rotated).map((token) => access.forTenant(token)));
    expect(issuer.fetches).toBe(2);
    await expect(access.forTenant(EC.token(issuer.claims({ jti: 'late' })))).rejects.toThrow(refusal('token.rejected', 'its key'));
  });

  it('are fetched once, not for each token, when tokens name keys that do not exist, and again after some time', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'performance', 'nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      await access.forTenant(EC.token(issuer.claims()));
      for (let unknown = 0; unknown < 20; unknown++) {
        await caughtFrom(() => access.forTenant(EC.token(issuer.claims(), { kid: `unknown-${unknown}` })));
      }
      expect(issuer.fetches).toBe(2);
      await access.forTenant(EC.token(issuer.claims({ jti: 'known keys go on' })));
      jest.advanceTimersByTime(10_000);
      await caughtFrom(() => access.forTenant(EC.token(issuer.claims(), { kid: 'unknown' })));
      expect(issuer.fetches).toBe(3);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('an issuer that misbehaves', () => {
  const page = (status: number, body: string): AwsAnswer => ({ status, contentType: 'text/html', body });
  const moved = () => ({ ...json({}), status: 302, location: `${issuer.url}/jwks.json` });
  const configuration = (jwksUri: unknown, iss: unknown = issuer.url) => json({ issuer: iss, jwks_uri: jwksUri });

  it.each<[string, () => Parameters<LoopbackIssuer['misbehave']>[0], string]>([
    ['hangs up', () => ({ configuration: 'hang up' }), 'could not be read'],
    ['hangs up when asked for keys', () => ({ jwks: 'hang up' }), 'could not be read'],
    ['fails', () => ({ configuration: page(503, 'down') }), 'answered with HTTP status 503'],
    ['fails when asked for keys', () => ({ jwks: page(500, 'down') }), 'answered with HTTP status 500'],
    ['has no configuration', () => ({ configuration: page(404, '') }), 'answered with HTTP status 404'],
    ['answers HTML', () => ({ configuration: page(200, '<html>') }), 'did not answer JSON'],
    ['answers null', () => ({ configuration: json(null) }), 'is the configuration of another issuer'],
    ['redirects', () => ({ configuration: moved() }), 'could not be read'],
    ['redirects when asked for keys', () => ({ jwks: moved() }), 'could not be read'],
    [
      'is another',
      () => ({ configuration: configuration(`${issuer.url}/jwks.json`, 'https://login.example.com') }),
      'another issuer',
    ],
    [
      'is another by a slash',
      () => ({ configuration: configuration(`${issuer.url}/jwks.json`, `${issuer.url}/`) }),
      "the two differ in a slash at the end, write 'issuerUrl' as it is there",
    ],
    ['names no keys', () => ({ configuration: configuration(undefined) }), "names no https URL as 'jwks_uri'"],
    [
      'names keys elsewhere on plain http',
      () => ({ configuration: configuration('http://example.com/keys') }),
      'names no https URL',
    ],
    ['names keys in a file', () => ({ configuration: configuration('file:///etc/keys') }), 'names no https URL'],
    ['names keys with a password', () => ({ configuration: configuration('https://a:b@example.com/keys') }), 'names no https URL'],
    ['answers too much', () => ({ configuration: page(200, ' '.repeat(1_000_001)) }), 'more than 1000000 bytes'],
    ['answers too many keys', () => ({ jwks: page(200, ' '.repeat(1_000_001)) }), 'more than 1000000 bytes'],
    ['answers no keys', () => ({ jwks: json({}) }), 'are no JSON Web Key Set'],
    ['answers keys in HTML', () => ({ jwks: page(200, '<html>') }), 'are no JSON Web Key Set'],
    ['answers a key without a type', () => ({ jwks: json({ keys: [{ kid: 'ec' }] }) }), 'are no JSON Web Key Set'],
  ])('fails as service.unavailable when it %s, and works when it is well again', async (_what, misbehaviour, says) => {
    issuer.misbehave(misbehaviour());
    const token = EC.token(issuer.claims());
    for (const attempt of [() => access.forTenant(token), () => access.hydrate()]) {
      const error = await caughtFrom(attempt);
      expect(error).toEqual(refusal('service.unavailable', `The keys of the issuer ${issuer.url}`, 'cannot be verified'));
      expect(allShown(error)).toContain(says);
      expect(token.split('.').filter((part) => allShown(error).includes(part))).toEqual([]);
    }
    expect(aws.requests).toHaveLength(0);

    issuer.behave();
    expect((await access.forTenant(token)).tenantId).toBe('acme');
  });

  it.each(['configuration', 'jwks'])('fails as service.unavailable when its %s does not come in time', async (what) => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const waits = jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 100));
    issuer.misbehave({ [what]: 'silence' });
    const error = await caughtFrom(() => access.forTenant(EC.token(issuer.claims())));
    expect(error.code).toBe('service.unavailable');
    expect(allShown(error)).toContain('could not be read within 5000 ms');
    expect(waits).toHaveBeenCalledWith(5000);
  });

  it('fails as service.unavailable when it is gone, but not for tokens whose keys are here', async () => {
    const gone = await LoopbackIssuer.start();
    gone.keys.push(EC);
    const before = accessWith({ issuerUrl: gone.url });
    await before.forTenant(EC.token(gone.claims()));
    await gone.stop();
    await before.forTenant(EC.token(gone.claims({ jti: 'next' })));
    await expect(accessWith({ issuerUrl: gone.url }).forTenant(EC.token(gone.claims()))).rejects.toThrow(
      refusal('service.unavailable', `The keys of the issuer ${gone.url} could not be fetched`),
    );
  });

  it('fails as service.unavailable when one on https would have this machine ask its own ports', async () => {
    const url = 'https://login.example.com';
    const own = `${issuer.url}/jwks.json`;
    const asked = jest
      .spyOn(globalThis, 'fetch')
      .mockImplementation(() => Promise.resolve(Response.json({ issuer: url, jwks_uri: own })));
    const error = await caughtFrom(() => accessWith({ issuerUrl: url }).forTenant(EC.token(issuer.claims({ iss: url }))));
    expect(error.code).toBe('service.unavailable');
    expect(asked.mock.calls.map(([each]) => each)).toEqual([`${url}/.well-known/openid-configuration`]);
  });

  it('takes keys of just the size that is allowed', async () => {
    const keys = JSON.stringify({ keys: [EC.jwk] });
    issuer.misbehave({ jwks: page(200, keys.padEnd(1_000_000)) });
    expect((await access.forTenant(EC.token(issuer.claims()))).tenantId).toBe('acme');
  });
});

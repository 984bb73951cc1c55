import '../../support/node-errors';
import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { identityPool, type IdentityPoolConfig } from 'multi-tenant-data-access/identity-pool';
import { setAmbientCredentials } from '../../support/ambient-credentials';
import { letPass, startClock, stopClock } from '../../support/fake-date';
import { LoopbackIssuer, SigningKey } from '../../support/issuer';
import {
  type AwsAnswer,
  dynamoDbPage,
  issuedKeys,
  LoopbackAws,
  loopbackConfig,
  signedWith,
  stsError,
  stsIssues,
  tokenSentToSts,
} from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';
import { signToken } from '../../support/tokens';
import { COGNITO, IDENTITY_ID, IDENTITY_POOL_ID, operationOf, POOL_TOKEN } from './cognito-identity';

const USER_POOL = 'eu-west-1_a1B2c3D4e';
const PROVIDER = `cognito-idp.eu-west-1.amazonaws.com/${USER_POOL}`;
const KEYS = issuedKeys('acme');

let aws: LoopbackAws;
let issued = 0;
const opened: TenantDataAccess[] = [];

beforeAll(async () => {
  setAmbientCredentials();
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  issued = 0;
  answerWith({});
});

afterEach(() => {
  startClock();
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await aws.stop();
});

/** Answers as Cognito Identity, STS and DynamoDB do when all is well, these answers put over theirs. */
function answerWith(answers: Readonly<Record<string, AwsAnswer>>): void {
  aws.answerBy((request) => {
    const operation = operationOf(request) ?? (tokenSentToSts(request) === undefined ? 'DynamoDB' : 'AssumeRoleWithWebIdentity');
    const keys = () => ({ ...issuedKeys('acme'), accessKeyId: `ASIA.${++issued}` });
    const wells: Readonly<Record<string, () => AwsAnswer>> = {
      GetId: () => COGNITO.identity,
      GetOpenIdToken: () => COGNITO.token,
      GetCredentialsForIdentity: () => COGNITO.credentials(keys()),
      AssumeRoleWithWebIdentity: () => stsIssues(keys()),
      DynamoDB: () => dynamoDbPage([]),
    };
    return answers[operation] ?? wells[operation]?.() ?? 'hang up';
  });
}

/** Claims of a user pool's ID token: no session tag, the tenant in an attribute. */
function userPoolToken(claims: Record<string, unknown> = {}): string {
  return signToken({
    iss: `https://${PROVIDER}`,
    aud: 'my-client-id',
    sub: 'user-1',
    token_use: 'id',
    exp: Math.floor(Date.now() / 1000) + 3600,
    'custom:tenant_id': 'acme',
    ...claims,
  });
}

const TOKEN = userPoolToken();

function accessWith(pool: Partial<IdentityPoolConfig> = {}, config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const made = new TenantDataAccess({
    ...loopbackConfig(aws.endpoint),
    userPoolId: USER_POOL,
    audience: 'my-client-id',
    // Its keys are not on this machine: verification has a suite of its own below.
    tokenVerification: null,
    identityPool: identityPool({
      identityPoolId: IDENTITY_POOL_ID,
      cognitoIdentityConfig: { endpoint: aws.endpoint, maxAttempts: 1 },
      ...pool,
    }),
    ...config,
  });
  opened.push(made);
  return made;
}

const operations = () => aws.requests.map((request) => operationOf(request) ?? (tokenSentToSts(request) && 'AssumeRole'));
const bodies = () => aws.requests.map(({ body }) => JSON.parse(body) as object);
const keyOf = async (session: { table(): { get(id: string): Promise<unknown> } }) => {
  await session.table().get('1');
  const last = aws.requests.at(-1);
  return last && signedWith(last);
};

describe('the enhanced flow', () => {
  it('asks for an identity and its credentials, by the name of the login, and signs nothing', async () => {
    const credentials = await accessWith().assumeTenantRole(TOKEN, 'acme');
    expect(operations()).toEqual(['GetId', 'GetCredentialsForIdentity']);
    expect(bodies()).toEqual([
      { IdentityPoolId: IDENTITY_POOL_ID, Logins: { [PROVIDER]: TOKEN } },
      { IdentityId: IDENTITY_ID, Logins: { [PROVIDER]: TOKEN } },
    ]);
    for (const { headers } of aws.requests) {
      expect(headers.authorization).toBeUndefined();
      expect(headers['x-amz-security-token']).toBeUndefined();
    }
    expect(credentials).toMatchObject({ tenantId: 'acme' });
    expect([credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]).toEqual([
      'ASIA.1',
      KEYS.secretAccessKey,
      KEYS.sessionToken,
    ]);
  });

  it('signs requests to the services with what it got', async () => {
    expect(await keyOf(await accessWith().forTenant(TOKEN))).toBe('ASIA.1');
  });

  it.each([
    ['eu-west-1_a1B2c3D4e', 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e'],
    ['cn-north-1_a1B2c3D4e', 'cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a1B2c3D4e'],
  ])('calls the login of the user pool %s %s', async (userPoolId, provider) => {
    await accessWith({}, { userPoolId }).forTenant(userPoolToken({ iss: `https://${provider}` }));
    expect(bodies()[0]).toMatchObject({ Logins: { [provider]: expect.any(String) } });
  });

  it('is asked in the region of the pool, whatever that of the table is', async () => {
    const hosts: string[] = [];
    const handler = {
      handle: (request: { readonly hostname: string }) => {
        hosts.push(request.hostname);
        return Promise.reject(new Error('no network'));
      },
    };
    const access = accessWith(
      { cognitoIdentityConfig: {} },
      { requestHandler: handler as never, region: 'eu-central-1', maxAttempts: 1 },
    );
    await caughtFrom(() => access.forTenant(TOKEN));
    expect(hosts).toEqual(['cognito-identity.eu-west-1.amazonaws.com']);
  });

  it('names each issuer of several as its own login', async () => {
    const issuers = [
      { userPoolId: USER_POOL, audience: 'a' },
      { userPoolId: 'eu-west-1_second', audience: 'b' },
    ];
    const access = accessWith({}, { userPoolId: undefined, audience: undefined, issuers });
    await access.forTenant(userPoolToken({ iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_second' }));
    expect(Object.keys((bodies()[0] as { Logins: object }).Logins)).toEqual([
      'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_second',
    ]);
  });

  it('ends its sessions after an hour, though the answer says later', async () => {
    const later = new Date(Date.now() + 7_200_000);
    answerWith({ GetCredentialsForIdentity: COGNITO.credentials({ ...KEYS, expiration: later }) });
    const { expiration } = await accessWith().forTenant(TOKEN);
    expect(expiration.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
    expect(expiration.getTime()).toBeGreaterThan(Date.now() + 3_590_000);
  });
});

describe('the basic flow', () => {
  it("trades the pool's token at STS, for a session named after the tenant and as long as configured", async () => {
    const access = accessWith({ flow: 'basic' }, { sessionDurationSeconds: 900 });
    expect(await keyOf(await access.forTenant(TOKEN))).toBe('ASIA.1');
    expect(operations().slice(0, 3)).toEqual(['GetId', 'GetOpenIdToken', 'AssumeRole']);
    expect(JSON.parse(aws.requests[1]?.body ?? '')).toEqual({ IdentityId: IDENTITY_ID, Logins: { [PROVIDER]: TOKEN } });
    expect(Object.fromEntries(new URLSearchParams(aws.requests[2]?.body))).toMatchObject({
      RoleArn: 'arn:aws:iam::123456789012:role/tenant-access',
      RoleSessionName: 'acme',
      WebIdentityToken: POOL_TOKEN,
      DurationSeconds: '900',
    });
    expect(aws.requests.slice(0, 3).map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
  });

  it('fails as access.denied, with what the role must trust, when STS denies', async () => {
    answerWith({ AssumeRoleWithWebIdentity: stsError('AccessDenied', 403, `denied for ${POOL_TOKEN}`) });
    const error = await caughtFrom(() => accessWith({ flow: 'basic' }).forTenant(TOKEN));
    expect(error).toEqual(
      refusal('access.denied', 'must trust cognito-identity.amazonaws.com', IDENTITY_POOL_ID, "map the claim 'custom:tenant_id'"),
    );
    expect((error.cause as Error).message).not.toContain('eyJ');
  });

  it.each([{}, { Token: '' }])('fails when Cognito answers %j in place of a token', async (answer) => {
    answerWith({ GetOpenIdToken: COGNITO.answer({ IdentityId: IDENTITY_ID, ...answer }) });
    await expect(accessWith({ flow: 'basic' }).forTenant(TOKEN)).rejects.toThrow(
      refusal('service.failed', 'Cognito answered without a token'),
    );
  });
});

describe('the tenant', () => {
  it('is that of the configured claim', async () => {
    const access = accessWith({}, { tenantClaim: 'custom:org' });
    expect((await access.forTenant(userPoolToken({ 'custom:org': 'globex' }))).tenantId).toBe('globex');
  });

  it.each<[string, Record<string, unknown>, Parameters<typeof refusal>]>([
    ['without the claim', { 'custom:tenant_id': undefined }, ['token.tenant_missing', '"custom:tenant_id"']],
    [
      'with the tenant in a tag alone',
      { 'custom:tenant_id': undefined, 'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['acme'] } } },
      ['token.tenant_missing', 'the claim "custom:tenant_id"'],
    ],
    ['with two tenants', { 'custom:tenant_id': ['acme', 'globex'] }, ['tenant.invalid']],
    ['with a tenant that is none', { 'custom:tenant_id': 'acme/globex' }, ['tenant.invalid']],
    ['of another tenant', { 'custom:tenant_id': 'globex' }, ['tenant.mismatch', "belongs to tenant 'globex', not to 'acme'"]],
    ['that has expired', { exp: 1 }, ['token.expired']],
    [
      'of an unknown issuer',
      { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other' },
      ['token.rejected', 'its issuer is not'],
    ],
    ['without an issuer', { iss: undefined }, ['token.rejected', 'its issuer is not']],
    ['of the issuer with a slash', { iss: `https://${PROVIDER}/` }, ['token.rejected', 'differ in a slash']],
  ])('fails for a token %s before anybody is asked, though tokens are not verified here', async (_what, claims, wanted) => {
    await expect(accessWith().forTenant(userPoolToken(claims), 'acme')).rejects.toThrow(refusal(...wanted));
    expect(aws.requests).toHaveLength(0);
  });
});

describe('verification', () => {
  it('comes first, and the name of the login is that of the issuer', async () => {
    const key = new SigningKey('key');
    const issuer = await LoopbackIssuer.start();
    issuer.keys.push(key);
    const access = accessWith({}, { userPoolId: undefined, issuerUrl: issuer.url, tokenVerification: undefined });
    const claims = issuer.claims({ 'custom:tenant_id': 'acme' });
    for (const forged of [
      new SigningKey('key').token(claims),
      key.token({ ...claims, aud: 'x' }),
      key.token({ ...claims, token_use: 'access' }),
    ]) {
      expect((await caughtFrom(() => access.forTenant(forged))).code).toBe('token.rejected');
    }
    expect(aws.requests).toHaveLength(0);
    const token = key.token(claims);
    await access.forTenant(token);
    expect(bodies()[0]).toMatchObject({ Logins: { [issuer.url.replace('http://', '')]: token } });
    await issuer.stop();
  });
});

describe('the session', () => {
  it('is kept under the exact token, and asked for once however many ask', async () => {
    const access = accessWith();
    const sessions = await Promise.all(Array.from({ length: 50 }, () => access.forTenant(TOKEN, 'acme')));
    expect(new Set(sessions).size).toBe(1);
    expect(operations()).toEqual(['GetId', 'GetCredentialsForIdentity']);
    const other = await access.forTenant(userPoolToken({ jti: '2' }));
    expect([await keyOf(sessions[0] ?? other), await keyOf(other)]).toEqual(['ASIA.1', 'ASIA.2']);
  });

  it('is renewed by a token function, with the new token', async () => {
    stopClock();
    const events: string[] = [];
    const tokens = [
      userPoolToken({ jti: '1', exp: Date.now() / 1000 + 7200 }),
      userPoolToken({ jti: '2', exp: Date.now() / 1000 + 7200 }),
    ];
    const next = tokens[1];
    const access = accessWith({}, { onEvent: ({ type }) => void events.push(type) });
    const session = await access.forTenant(() => tokens.shift() ?? '');
    expect(await keyOf(session)).toBe('ASIA.1');
    letPass(3_600_000);
    expect(await keyOf(session)).toBe('ASIA.2');
    expect(bodies().at(-2)).toMatchObject({ Logins: { [PROVIDER]: next } });
    expect(events).toEqual(['assume', 'refresh']);
  });

  it("fails to go on by another tenant's token", async () => {
    stopClock();
    const tokens = [{}, { 'custom:tenant_id': 'globex' }].map((claims) =>
      userPoolToken({ exp: Date.now() / 1000 + 7200, ...claims }),
    );
    const session = await accessWith().forTenant(() => tokens.shift() ?? '');
    letPass(3_600_000);
    await expect(session.table().get('1')).rejects.toThrow(refusal('tenant.mismatch'));
    expect(operations()).toEqual(['GetId', 'GetCredentialsForIdentity']);
  });
});

describe('answers of Cognito', () => {
  it.each<[operation: string, answer: AwsAnswer, Parameters<typeof refusal>]>([
    ['GetId', COGNITO.error('NotAuthorizedException', 400, 'Invalid login token.'), ['token.rejected', 'login provider']],
    [
      'GetId',
      COGNITO.error('NotAuthorizedException', 400, 'Invalid login token. Token expired: 1667365798 >= 1667235770'),
      ['token.expired', 'the web identity token has expired'],
    ],
    ['GetId', COGNITO.error('NotAuthorizedException', 400, 'Expired tokens are fine'), ['token.rejected']],
    ['GetId', COGNITO.error('ResourceNotFoundException'), ['service.failed', `no identity pool ${IDENTITY_POOL_ID} in eu-west-1`]],
    ['GetId', COGNITO.error('InvalidParameterException'), ['service.failed', 'must allow the classic flow']],
    ['GetId', COGNITO.error('InvalidParameterException', 400, 'Token expired'), ['service.failed']],
    ['GetId', COGNITO.error('ResourceConflictException'), ['token.rejected', 'linked to another identity']],
    ['GetId', COGNITO.error('TooManyRequestsException'), ['service.throttled']],
    ['GetId', COGNITO.error('LimitExceededException'), ['service.throttled']],
    ['GetId', COGNITO.error('InternalErrorException', 500), ['service.unavailable', 'try again']],
    ['GetId', COGNITO.error('ExternalServiceException'), ['service.unavailable', 'could not reach the identity provider']],
    ['GetId', COGNITO.error('SomethingNewException'), ['service.failed', 'the service refused the request']],
    ['GetId', COGNITO.error('constructor'), ['service.failed', 'the service refused the request']],
    ['GetId', 'hang up', ['service.unavailable']],
    ['GetId', COGNITO.answer({}), ['service.failed', 'Cognito answered without an identity']],
    ['GetCredentialsForIdentity', COGNITO.error('NotAuthorizedException'), ['token.rejected']],
    [
      'GetCredentialsForIdentity',
      COGNITO.error('InvalidIdentityPoolConfigurationException'),
      ['access.denied', 'must trust cognito-identity.amazonaws.com', 'sts:TagSession', "the claim 'custom:tenant_id'"],
    ],
    ['GetCredentialsForIdentity', COGNITO.error('ResourceNotFoundException'), ['service.failed', 'not the identity any more']],
    [
      'GetCredentialsForIdentity',
      COGNITO.answer({ IdentityId: IDENTITY_ID }),
      ['service.failed', 'Cognito answered without credentials'],
    ],
    [
      'GetCredentialsForIdentity',
      COGNITO.answer({ Credentials: { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c', Expiration: 4e9 } }),
      ['service.failed', 'Cognito answered without credentials'],
    ],
    [
      'GetCredentialsForIdentity',
      COGNITO.credentials({ ...KEYS, expiration: new Date(0) }),
      ['service.failed', 'Set the clock of this machine'],
    ],
  ])('fail by %s, case %#', async (operation, answer, wanted) => {
    answerWith({ [operation]: answer });
    await expect(accessWith().forTenant(TOKEN)).rejects.toThrow(refusal(...wanted));
  });

  it('fail without telling the token, though Cognito quotes it', async () => {
    const [, payload = '', signature = ''] = TOKEN.split('.');
    answerWith({ GetId: COGNITO.error('NotAuthorizedException', 400, `Invalid login token ${TOKEN}, ${payload} ${signature}`) });
    const { message, cause } = await caughtFrom(() => accessWith().forTenant(TOKEN));
    const told = message + (cause as Error).message;
    expect([payload, signature].filter((part) => told.includes(part))).toEqual([]);
    expect((cause as Error).message).toContain('Invalid login token [token]');
  });

  it('fail once, and are not kept', async () => {
    const access = accessWith();
    answerWith({ GetId: COGNITO.error('TooManyRequestsException') });
    await caughtFrom(() => access.forTenant(TOKEN));
    answerWith({});
    expect((await access.forTenant(TOKEN)).tenantId).toBe('acme');
  });

  it('are tried again as often as configured', async () => {
    answerWith({ GetId: COGNITO.error('InternalErrorException', 500) });
    await caughtFrom(() => accessWith({ cognitoIdentityConfig: { endpoint: aws.endpoint } }, { maxAttempts: 2 }).forTenant(TOKEN));
    expect(operations()).toEqual(['GetId', 'GetId']);
  });
});

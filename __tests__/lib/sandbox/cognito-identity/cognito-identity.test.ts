import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
} from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Sandbox, type SandboxTokenOptions, startSandbox } from '../../../../lib/sandbox';

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const SECOND_POOL = 'eu-central-1:00000000-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const ENHANCED_ONLY = 'eu-central-1:11111111-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const UNKNOWN_POOL = 'eu-central-1:22222222-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const USERS = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_users';
const LOGIN = 'login.example.com';
const HOST = 'cognito-identity.amazonaws.com';
const ACCOUNT = 'arn:aws:iam::123456789012:';
const TABLE = 'data';

const login = {
  issuerUrl: `https://${USERS}`,
  clientIds: ['app'],
  principalTags: { tenant_id: 'custom:tenant_id', permissions: 'custom:role' },
};

const trusting = (Federated: string, issuer: string, audience: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
      Condition: {
        StringEquals: { [`${issuer}:aud`]: audience },
        StringLike: { 'aws:RequestTag/tenant_id': '?*' },
        StringNotLike: { 'aws:RequestTag/tenant_id': ['*/*', '*..*', '* *'] },
        Null: { 'aws:RequestTag/tenant_id': 'false', 'aws:TagKeys': 'false' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant_id', 'permissions'] },
        ...more,
      },
    },
  ],
});
const ofPool = trusting(HOST, HOST, POOL, { 'ForAnyValue:StringEquals': { [`${HOST}:amr`]: 'authenticated' } });

const ownItems = {
  Version: '2012-10-17',
  Statement: {
    Sid: 'OwnItems',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    Resource: `arn:aws:dynamodb:eu-central-1:123456789012:table/${TABLE}`,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': '${aws:PrincipalTag/tenant_id}' },
      Null: { 'dynamodb:LeadingKeys': 'false' },
      StringEquals: { 'aws:FederatedProvider': HOST, [`${HOST}:aud`]: POOL },
    },
  },
};

const POOL_ROLE = `${ACCOUNT}role/pool`;
const OIDC_ROLE = `${ACCOUNT}role/oidc`;

describe('Cognito Identity', () => {
  let sandbox: Sandbox;
  let cognito: CognitoIdentityClient;
  let sts: STSClient;

  beforeAll(async () => {
    sandbox = await startSandbox({
      identityProviders: [
        { issuerUrl: `https://${USERS}`, clientIds: ['app'] },
        { issuerUrl: `https://${LOGIN}`, clientIds: ['app'] },
      ],
      identityPools: [
        {
          identityPoolId: POOL,
          logins: [login, { ...login, issuerUrl: `https://${LOGIN}` }],
          authenticatedRole: 'pool',
          allowClassicFlow: true,
        },
        { identityPoolId: SECOND_POOL, logins: [login], authenticatedRole: 'pool', allowClassicFlow: true },
        { identityPoolId: ENHANCED_ONLY, logins: [login] },
      ],
      roles: [
        { role: 'pool', trustPolicy: ofPool, policies: { own: ownItems }, maxSessionDurationSeconds: 7200 },
        { role: 'oidc', trustPolicy: trusting(`${ACCOUNT}oidc-provider/${USERS}`, USERS, 'app'), policies: {} },
      ],
      tables: [{ tableName: TABLE }],
    });
    const config = { endpoint: sandbox.endpoint, region: sandbox.region, maxAttempts: 1 };
    cognito = new CognitoIdentityClient(config);
    sts = new STSClient(config);
  });

  afterAll(async () => {
    cognito.destroy();
    sts.destroy();
    await sandbox.close();
  });

  const last = () => sandbox.audit.records.at(-1);

  /** A token of a user of the user pool. */
  const userToken = ({ claims, ...options }: SandboxTokenOptions = {}) =>
    sandbox.token({
      issuerUrl: `https://${USERS}`,
      audience: 'app',
      claims: { 'custom:tenant_id': 'acme', 'custom:role': 'editor', token_use: 'id', ...claims },
      ...options,
    });
  const logins = async (options?: SandboxTokenOptions, provider = USERS) => ({ [provider]: await userToken(options) });

  const getId = async (Logins?: Record<string, string>, IdentityPoolId = POOL) =>
    (await cognito.send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId ?? '';
  const getToken = async (IdentityId: string, Logins?: Record<string, string>) =>
    (await cognito.send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).Token ?? '';
  const getCredentials = (IdentityId: string, Logins?: Record<string, string>, CustomRoleArn?: string) =>
    cognito.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }));

  const assume = (WebIdentityToken: string, RoleArn = POOL_ROLE) =>
    sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'me', WebIdentityToken }));

  /** Code and message of what a promise fails with. */
  const refusal = async (of: Promise<unknown>) =>
    of.then(
      () => 'nothing was refused',
      (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
    );

  /** The token of an identity of a user. */
  async function poolToken(options?: SandboxTokenOptions, poolId = POOL): Promise<string> {
    const of = await logins(options);
    return getToken(await getId(of, poolId), of);
  }

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  async function assertOwnItemsOnly(issued: { AccessKeyId?: string; Secret?: string; SessionToken?: string } | undefined) {
    const { AccessKeyId: accessKeyId = '', Secret: secretAccessKey = '', SessionToken: sessionToken } = issued ?? {};
    const client = new DynamoDBClient({
      endpoint: sandbox.endpoint,
      region: sandbox.region,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
    });
    const key = (tenantId: string) => ({ tenantId: { S: tenantId }, dataId: { S: '1' } });
    await client.send(new PutItemCommand({ TableName: TABLE, Item: key('acme') }));
    const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: key('acme') }));
    expect(Item).toEqual(key('acme'));
    const denied = /is not authorized to perform/;
    await expect(client.send(new GetItemCommand({ TableName: TABLE, Key: key('globex') }))).rejects.toThrow(denied);
    await expect(client.send(new PutItemCommand({ TableName: TABLE, Item: key('globex') }))).rejects.toThrow(denied);
    client.destroy();
  }

  describe('enhanced flow', () => {
    it('begins a session of the role of the pool, for the own tenant only', async () => {
      const of = await logins();
      const id = await getId(of);
      const before = Math.floor(Date.now() / 1000);
      const { IdentityId, Credentials } = await getCredentials(id, of);
      expect(IdentityId).toBe(id);
      const seconds = Math.round((Credentials?.Expiration?.getTime() ?? 0) / 1000) - before;
      expect(seconds).toBeGreaterThanOrEqual(3600);
      expect(seconds).toBeLessThan(3660);
      await assertOwnItemsOnly({ ...Credentials, Secret: Credentials?.SecretKey });

      const caller = new STSClient({
        endpoint: sandbox.endpoint,
        region: sandbox.region,
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? '',
          secretAccessKey: Credentials?.SecretKey ?? '',
          sessionToken: Credentials?.SessionToken,
        },
      });
      const { Arn } = await caller.send(new GetCallerIdentityCommand({}));
      expect(Arn).toBe('arn:aws:sts::123456789012:assumed-role/pool/CognitoIdentityCredentials');
      caller.destroy();
    });

    it('leaves a record with the decision of the trust policy', async () => {
      const of = await logins();
      await getCredentials(await getId(of), of);
      expect(last()).toMatchObject({
        operation: 'cognito-identity:GetCredentialsForIdentity',
        caller: { kind: 'token', tags: { tenant_id: 'acme', permissions: 'editor' } },
        resources: [`arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/${POOL}`, POOL_ROLE],
        decision: 'allow',
        status: 200,
        checks: [{ action: 'sts:AssumeRoleWithWebIdentity' }, { action: 'sts:TagSession' }],
      });
      expect(last()?.checks[0]?.context).toMatchObject({
        'aws:FederatedProvider': [HOST],
        [`${HOST}:aud`]: [POOL],
        [`${HOST}:amr`]: ['authenticated', USERS, `${USERS}:CognitoSignIn:user-1`],
        'aws:TagKeys': ['tenant_id', 'permissions'],
      });
      expect(JSON.stringify(sandbox.audit.records)).not.toContain(of[USERS]);
    });

    it.each([
      ['a slash, so that one tenant would cover another', { 'custom:tenant_id': 'a/b' }],
      ['an empty text', { 'custom:tenant_id': '' }],
      ['two values', { 'custom:tenant_id': ['acme', 'globex'] }],
      ['no value', { 'custom:tenant_id': [] }],
      ['a number', { 'custom:tenant_id': 7 }],
      ['true', { 'custom:tenant_id': true }],
      ['an object', { 'custom:tenant_id': { S: 'acme' } }],
      ['nothing', { 'custom:tenant_id': undefined }],
      ['300 characters', { 'custom:tenant_id': 'a'.repeat(300) }],
      ['a character that no tag has', { 'custom:tenant_id': 'a#b' }],
    ])('refuses a tenant of %s', async (_, claims) => {
      const of = await logins({ claims });
      const refused = await refusal(getCredentials(await getId(of), of));
      expect(refused).toMatch(/^InvalidIdentityPoolConfigurationException: Invalid identity pool configuration/);
      expect(last()).toMatchObject({ decision: 'deny', status: 400, reason: expect.stringMatching(/./) });
    });

    it('takes a list of one value, and 256 characters', async () => {
      for (const tenant of [['acme'], 'a'.repeat(256)]) {
        const of = await logins({ claims: { 'custom:tenant_id': tenant } });
        expect((await getCredentials(await getId(of), of)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
      }
    });

    it('refuses where the pool has no role, and where its role trusts another pool only', async () => {
      const of = await logins();
      const message = 'InvalidIdentityPoolConfigurationException: Invalid identity pool configuration';
      expect(await refusal(getCredentials(await getId(of, ENHANCED_ONLY), of))).toContain(message);
      expect(last()).toMatchObject({ decision: 'deny', reason: expect.stringContaining('has no role') });
      expect(await refusal(getCredentials(await getId(of, SECOND_POOL), of))).toContain(message);
      expect(last()).toMatchObject({ decision: 'deny', errorCode: 'InvalidIdentityPoolConfigurationException' });
      expect(last()?.checks).toHaveLength(1);
    });

    it('refuses a role of the own choice, the role of the pool too', async () => {
      const of = await logins();
      const id = await getId(of);
      for (const role of [POOL_ROLE, OIDC_ROLE]) {
        expect(await refusal(getCredentials(id, of, role))).toMatch(/^NotAuthorizedException: CustomRoleArn/);
      }
    });
  });

  describe('classic flow', () => {
    it('gives a token that begins a session at STS, for the own tenant only', async () => {
      const { Credentials, Provider, Audience, SubjectFromWebIdentityToken } = await assume(await poolToken());
      expect({ Provider, Audience }).toEqual({ Provider: HOST, Audience: POOL });
      expect(SubjectFromWebIdentityToken).toBe(await getId(await logins()));
      await assertOwnItemsOnly({ ...Credentials, Secret: Credentials?.SecretAccessKey });
    });

    it('says in the token what the pool maps, for ten minutes, and nothing else of the login', async () => {
      const tags = { 'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['globex'] } } };
      const claims = { ...tags, 'https://aws.amazon.com/roles': [OIDC_ROLE], 'https://aws.amazon.com/source_identity': 'me' };
      const of = await logins({ subject: 'u-7', claims });
      const id = await getId(of);
      const { iat, exp, jti, ...said } = claimsOf(await getToken(id, of));
      expect(Number(exp) - Number(iat)).toBe(600);
      expect(jti).toEqual(expect.any(String));
      expect(said).toEqual({
        iss: `https://${HOST}`,
        aud: POOL,
        sub: id,
        amr: ['authenticated', USERS, `${USERS}:CognitoSignIn:u-7`],
        'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['acme'], permissions: ['editor'] } },
        [`https://${HOST}/identity-pool-arn`]: `arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/${POOL}`,
      });
    });

    it('is refused where the pool does not allow it', async () => {
      const of = await logins();
      const id = await getId(of, ENHANCED_ONLY);
      expect(await refusal(getToken(id, of))).toBe(
        'InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow.',
      );
      expect(last()).toMatchObject({ operation: 'cognito-identity:GetOpenIdToken', decision: 'deny' });
    });

    it('denies a token without a tenant, or with one that covers others', async () => {
      for (const tenant of [undefined, '', 'a/b']) {
        const token = await poolToken({ claims: { 'custom:tenant_id': tenant } });
        expect(await refusal(assume(token))).toMatch(/^AccessDenied: /);
      }
      expect(await refusal(assume(await poolToken({ claims: { 'custom:tenant_id': 'a'.repeat(300) } })))).toMatch(
        /^ValidationError: /,
      );
    });
  });

  describe('between ways', () => {
    it('denies the token of a pool at a role that trusts the OIDC provider only', async () => {
      const token = await poolToken();
      expect(await refusal(assume(token, OIDC_ROLE))).toMatch(/^AccessDenied: /);
      await assume(token);
    });

    it("denies a user pool's token at a role that trusts the identity pool only", async () => {
      const tagged = await userToken({ tenantId: 'acme' });
      expect(await refusal(assume(tagged))).toMatch(/^AccessDenied: /);
      await assume(tagged, OIDC_ROLE);
    });

    it('denies the token of another pool', async () => {
      expect(await refusal(assume(await poolToken({}, SECOND_POOL)))).toMatch(/^AccessDenied: /);
    });

    it('refuses a token in the name of identity pools that none of them has made', async () => {
      const claims = claimsOf(await poolToken());
      const posing: SandboxTokenOptions[] = [
        { issuerUrl: `https://${HOST}`, audience: POOL, tenantId: 'acme', claims: { amr: ['authenticated'] } },
        { issuerUrl: `https://${HOST}`, audience: POOL, tenantId: 'acme', algorithm: 'RS256' },
        { claims },
      ];
      for (const options of posing) {
        expect(await refusal(assume(await sandbox.token(options)))).toMatch(/^InvalidIdentityTokenException: .*none of its issuer/);
      }
      const query = new URLSearchParams({ issuer: `https://${HOST}`, audience: POOL, tenant: 'acme' }).toString();
      const served = await fetch(`${sandbox.endpoint}/_sandbox/token?${query}`);
      expect(await refusal(assume(await served.text()))).toMatch(/^InvalidIdentityTokenException: /);
    });

    it('refuses a token of a pool that names another user or pool', async () => {
      const [header = '', payload = '', signature = ''] = (await poolToken()).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      for (const change of [{ sub: 'eu-central-1:x' }, { aud: UNKNOWN_POOL }, { aud: [POOL, SECOND_POOL] }, { aud: SECOND_POOL }]) {
        const changed = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
        expect(await refusal(assume(`${header}.${changed}.${signature}`))).toMatch(/^InvalidIdentityTokenException: /);
      }
    });
  });

  describe('identities', () => {
    it('are the same each time, and another one for each pool, issuer and user', async () => {
      const ids = [
        await getId(await logins()),
        await getId(await logins({ subject: 'user-2' })),
        await getId(await logins(), SECOND_POOL),
        await getId({ [LOGIN]: await userToken({ issuerUrl: `https://${LOGIN}` }) }),
      ];
      expect(new Set(ids).size).toBe(4);
      for (const id of ids) expect(id).toMatch(/^eu-central-1:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(await getId(await logins())).toBe(ids[0]);
    });

    it('names the way of a login that is of no user pool', async () => {
      const of = { [LOGIN]: await userToken({ issuerUrl: `https://${LOGIN}` }) };
      const { amr } = claimsOf(await getToken(await getId(of), of));
      expect(amr).toEqual(['authenticated', LOGIN, `${LOGIN}:OIDC:user-1`]);
    });

    it.each([
      ['another user', { subject: 'user-2' }, POOL],
      ['the same user in another pool', {}, SECOND_POOL],
    ])('refuses the identity of %s', async (_, options, poolId) => {
      const theirs = await getId(await logins(options), poolId);
      const own = await logins(poolId === POOL ? {} : { subject: 'user-3' });
      for (const ask of [getToken, getCredentials]) {
        expect(await refusal(ask(theirs, own))).toMatch(/^NotAuthorizedException: Logins don't match\./);
        expect(last()?.decision).toBe('deny');
      }
    });

    it('refuses an identity that was never given out', async () => {
      const of = await logins();
      const id = await getId(of);
      const tampered = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
      for (const unknown of [tampered, POOL]) {
        for (const ask of [getToken, getCredentials]) {
          expect(await refusal(ask(unknown, of))).toBe(`ResourceNotFoundException: Identity '${unknown}' not found.`);
        }
      }
    });
  });

  describe('logins', () => {
    const everyWay = async (of: Record<string, string> | undefined) => {
      const id = await getId(await logins());
      return [await refusal(getId(of)), await refusal(getToken(id, of)), await refusal(getCredentials(id, of))];
    };

    it('refuses somebody who has not signed in', async () => {
      const [atId, ...others] = await everyWay(undefined);
      expect(atId).toMatch(/^NotAuthorizedException: Unauthenticated access is not supported/);
      for (const other of others) expect(other).toMatch(/^NotAuthorizedException: Access to Identity '.*' is forbidden\.$/);
      expect(await everyWay({})).toEqual([atId, ...others]);
    });

    it.each<[string, SandboxTokenOptions, RegExp]>([
      ['has expired', { expiresInSeconds: 0 }, /Token expired: /],
      ['is not valid yet', { notBeforeSeconds: 1000 }, /not valid yet/],
      ['is forged', { forged: true }, /its signature is not that of its issuer/],
      ['is for another client', { audience: 'other' }, /Incorrect token audience/],
      ['is for two clients', { audience: ['app', 'other'] }, /more than one audience/],
      ['has no audience, as an access token', { claims: { aud: undefined, client_id: 'app' } }, /Missing a required claim: aud/],
      ['is of another issuer', { issuerUrl: `https://${LOGIN}` }, /Issuer doesn't match providerName/],
      ['is of an issuer that only begins alike', { issuerUrl: `https://${USERS}2` }, /Issuer doesn't match providerName/],
      ['is of that issuer without TLS', { issuerUrl: `http://${USERS}` }, /Issuer doesn't match providerName/],
      ['has an empty user', { subject: '' }, /Missing a required claim: sub/],
      ['has a user that is no text', { claims: { sub: 7 } }, /not a valid JWT/],
    ])('refuses a token that %s', async (_, options, why) => {
      for (const refused of await everyWay(await logins(options))) {
        expect(refused).toMatch(/^NotAuthorizedException: Invalid login token\. /);
        expect(refused).toMatch(why);
      }
      expect(last()?.decision).toBe('deny');
    });

    it('refuses what is no token, without repeating it', async () => {
      for (const refused of await everyWay({ [USERS]: 'secret-of-somebody' })) {
        expect(refused).toBe('NotAuthorizedException: Invalid login token. The ID Token provided is not a valid JWT');
      }
    });

    it('refuses the token of an identity as a login', async () => {
      const token = await poolToken();
      for (const refused of await everyWay({ [HOST]: token })) expect(refused).toMatch(/not from a supported provider/);
      for (const refused of await everyWay({ [USERS]: token })) expect(refused).toMatch(/Issuer doesn't match/);
    });

    it('refuses a provider that is not of the pool, and two at once', async () => {
      for (const name of [`https://${USERS}`, `${USERS}/`, USERS.toUpperCase(), 'constructor', 'graph.facebook.com']) {
        expect(await refusal(getId({ [name]: await userToken() }))).toMatch(
          /^NotAuthorizedException: Token is not from a supported provider/,
        );
      }
      const other = await userToken({ issuerUrl: `https://${LOGIN}` });
      expect(await refusal(getId({ [LOGIN]: other }, SECOND_POOL))).toMatch(/not from a supported provider/);
      expect(await refusal(getId({ ...(await logins()), [LOGIN]: other }))).toMatch(/^NotAuthorizedException: .*one login/);
    });
  });

  it("stands for a pool of the own issuer's users, which the default role trusts", async () => {
    const mapped = { clientIds: ['my-client-id'], principalTags: { tenant_id: 'custom:tenant_id' } };
    const own = await startSandbox({
      identityPools: [{ identityPoolId: POOL, logins: [mapped], authenticatedRole: 'multi-tenant-iam-tenant' }],
    });
    const client = new CognitoIdentityClient({ endpoint: own.endpoint, region: own.region, maxAttempts: 1 });
    const ask = async (claims: Record<string, unknown>) => {
      const Logins = { [own.issuerUrl.replace('http://', '')]: await own.token({ claims }) };
      const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId: POOL, Logins }));
      return client.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
    };
    expect((await ask({ 'custom:tenant_id': 'acme' })).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    await expect(ask({ tenant_id: 'acme' })).rejects.toThrow('Invalid identity pool configuration');
    client.destroy();
    await own.close();
  });

  describe('requests', () => {
    const post = (action: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(sandbox.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AWSCognitoIdentityService.${action}`,
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });

    it('is answered in JSON 1.1, errors too, with an id that the record has', async () => {
      const refused = await post('GetId', { IdentityPoolId: UNKNOWN_POOL, Logins: await logins() });
      expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/x-amz-json-1.1']);
      expect(await refused.json()).toEqual({
        __type: 'ResourceNotFoundException',
        message: `IdentityPool '${UNKNOWN_POOL}' not found.`,
      });
      expect(last()).toMatchObject({
        requestId: refused.headers.get('x-amzn-requestid'),
        operation: 'cognito-identity:GetId',
        decision: 'deny',
      });
      const given = await post('GetId', { IdentityPoolId: POOL, Logins: await logins() });
      expect([given.status, given.headers.get('content-type')]).toEqual([200, 'application/x-amz-json-1.1']);
      expect(last()).toMatchObject({ caller: { kind: 'token' }, decision: 'allow', status: 200 });
    });

    it.each([
      ['no JSON', 'GetId', '{', 'SerializationException'],
      ['a list', 'GetId', '[]', 'SerializationException'],
      ['no pool', 'GetId', {}, 'ValidationException'],
      ['no identity', 'GetCredentialsForIdentity', {}, 'ValidationException'],
      ['a pool that is no text', 'GetId', { IdentityPoolId: [POOL] }, 'SerializationException'],
      ['a pool that is no id', 'GetId', { IdentityPoolId: '../x' }, 'ValidationException'],
      ['a pool of 56 characters', 'GetId', { IdentityPoolId: `a:${'0'.repeat(54)}` }, 'ValidationException'],
      ['a pool of 55 characters', 'GetId', { IdentityPoolId: `a:${'0'.repeat(53)}` }, 'ResourceNotFoundException'],
      ['logins in a list', 'GetId', { IdentityPoolId: POOL, Logins: [] }, 'SerializationException'],
      ['a token that is no text', 'GetId', { IdentityPoolId: POOL, Logins: { [USERS]: 1 } }, 'SerializationException'],
      ['an empty token', 'GetId', { IdentityPoolId: POOL, Logins: { [USERS]: '' } }, 'ValidationException'],
      ['a long token', 'GetId', { IdentityPoolId: POOL, Logins: { [USERS]: 'x'.repeat(50_001) } }, 'ValidationException'],
      [
        'eleven logins',
        'GetId',
        { IdentityPoolId: POOL, Logins: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, 'x'])) },
        'ValidationException',
      ],
    ])('fails with %s', async (_, action, body, code) => {
      const answer = await post(action, body);
      expect([answer.status, await answer.json()]).toEqual([400, { __type: code, message: expect.stringMatching(/./) }]);
      expect(last()).toMatchObject({ errorCode: code, decision: code === 'ResourceNotFoundException' ? 'deny' : 'error' });
    });

    it('refuses more than a MiB', async () => {
      expect((await post('GetId', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    });

    it.each([
      'CreateIdentityPool',
      'SetIdentityPoolRoles',
      'SetPrincipalTagAttributeMap',
      'GetOpenIdTokenForDeveloperIdentity',
      'X',
    ])('refuses %s of somebody who has not signed', async (action) => {
      const answer = await post(action, { IdentityPoolId: POOL });
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({ __type: 'MissingAuthenticationTokenException' }),
      ]);
      expect(last()).toMatchObject({ operation: `cognito-identity:${action}`, decision: 'deny' });
    });

    it('takes the public operations by their full names only', async () => {
      const answer = await post('GetId', { IdentityPoolId: POOL }, { 'x-amz-target': 'AWSCognitoIdentityService.Other.GetId' });
      expect(await answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    });

    it('says to the administrator that pools are made elsewhere, and denies it to a session', async () => {
      const of = await logins();
      const { Credentials } = await getCredentials(await getId(of), of);
      const session = {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretKey ?? '',
        sessionToken: Credentials?.SessionToken,
      };
      const create = new CreateIdentityPoolCommand({ IdentityPoolName: 'a', AllowUnauthenticatedIdentities: true });
      for (const [credentials, code] of [
        [sandbox.administrator, 'NotImplemented'],
        [session, 'AccessDeniedException'],
      ] as const) {
        const config = { endpoint: sandbox.endpoint, region: sandbox.region, credentials, maxAttempts: 1 };
        const client = new CognitoIdentityClient(config);
        expect(await refusal(client.send(create))).toContain(code);
        client.destroy();
      }
    });
  });
});

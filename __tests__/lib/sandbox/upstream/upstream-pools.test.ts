import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity';
import { startSandbox, type Sandbox } from '../../../../lib/sandbox';
import { PoolSettings } from '../../../../lib/sandbox/cognito-identity/pool-settings';
import { UpstreamPools } from '../../../../lib/sandbox/upstream/upstream-pools';
import { type Moto, startMoto } from '../../../support/moto';
import { describeWithPrograms } from '../../../support/programs';
import { answerOf, FakeStore } from '../gateway/fakes';

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const USERS = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_users';
const PROVIDER = {
  arn: 'arn:aws:iam::123456789012:oidc-provider/login.example.com',
  issuer: 'login.example.com',
  clientIds: ['a'],
};

describe('UpstreamPools', () => {
  const store = new FakeStore();
  const settings = new PoolSettings();
  let clock = 0;
  const pools = () => new UpstreamPools(store, { providers: () => Promise.resolve([PROVIDER]) }, settings, () => clock);
  const answering = (pool: object | string, status = 200) => {
    store.answer = () => answerOf(status, typeof pool === 'string' ? pool : JSON.stringify({ IdentityPoolId: POOL, ...pool }));
  };

  it('reads a pool, with what the sandbox keeps of it', async () => {
    answering({
      CognitoIdentityProviders: [{ ProviderName: USERS, ClientId: 'app' }, { ProviderName: USERS }],
      OpenIdConnectProviderARNs: [PROVIDER.arn, `${PROVIDER.arn}/other`],
    });
    const logins = [
      { issuer: USERS, clientIds: ['app'], principalTags: {} },
      { issuer: PROVIDER.issuer, clientIds: ['a'], principalTags: {} },
    ];
    const read = pools();
    expect(await read.find(POOL)).toEqual({ id: POOL, logins, allowClassicFlow: false, mapsRoles: false });
    expect(store.targets.at(-1)).toEqual({ service: 'cognito-identity', region: 'eu-central-1' });
    settings.setTagMap(POOL, USERS, false, { tenant_id: 'custom:tenant_id' });
    settings.setTagMap(POOL, PROVIDER.arn, true, {});
    settings.roles.set(POOL, { roles: { unauthenticated: 'guest', authenticated: 'arn' }, roleMappings: { [USERS]: {} } });
    settings.classicFlows.set(POOL, true);
    expect(await read.find(POOL)).toMatchObject({
      logins: [{ principalTags: { tenant_id: 'custom:tenant_id' } }, { principalTags: { username: 'sub', client: 'aud' } }],
      ...{ authenticatedRole: 'arn', allowClassicFlow: true, mapsRoles: true },
    });
    answering({ AllowClassicFlow: false });
    read.forget();
    expect(await read.find(POOL)).toMatchObject({ logins: [], allowClassicFlow: false });
  });

  it('asks for what may be a pool only, and not again at once', async () => {
    answering({});
    const read = pools();
    const before = store.requests.length;
    for (const id of ['', 'my-client-id', `${POOL}/`, POOL.toUpperCase(), '../x']) expect(await read.find(id)).toBeUndefined();
    expect(store.requests.length).toBe(before);
    for (const each of [0, 2999]) {
      clock = each;
      await read.find(POOL);
    }
    expect(store.requests.length).toBe(before + 1);
    clock = 3001;
    await read.find(POOL);
    expect(store.requests.length).toBe(before + 2);
  });

  it('knows a pool that is not there', async () => {
    for (const type of ['ResourceNotFoundException', 'com.amazonaws#ResourceNotFoundException']) {
      answering({ __type: type }, 400);
      expect(await pools().find(POOL)).toBeUndefined();
    }
  });

  it.each<[string, object | string, number]>([
    ['another pool', { IdentityPoolId: POOL.replace('5', '6') }, 200],
    ['no JSON', '<html>', 200],
    ['an error', { __type: 'InternalErrorException' }, 500],
    ['an error that ends alike', { __type: 'NoResourceNotFoundException' }, 400],
    ['an error of no type', {}, 404],
  ])('fails if the upstream answers with %s', async (_, pool, status) => {
    answering(pool, status);
    await expect(pools().find(POOL)).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });
});

describeWithPrograms('identity pools of moto', ['moto_server'], () => {
  let moto: Moto;
  let sandbox: Sandbox;
  let admin: CognitoIdentityClient;
  let everybody: CognitoIdentityClient;
  let provider: string;

  beforeAll(async () => {
    moto = await startMoto();
    provider = await iam('CreateOpenIDConnectProvider', { Url: 'https://login.example.com', 'ClientIDList.member.1': 'web' });
    sandbox = await startSandbox({ upstream: moto.endpoint });
    const config = { endpoint: sandbox.endpoint, region: sandbox.region, maxAttempts: 1 };
    admin = new CognitoIdentityClient({ ...config, credentials: sandbox.administrator });
    everybody = new CognitoIdentityClient(config);
  });

  afterAll(async () => {
    for (const client of [admin, everybody]) client.destroy();
    await sandbox.close();
    await moto.stop();
  });

  /** Asks moto, which verifies no signature. @returns the ARN of what was made */
  async function iam(Action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const scope = 'Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none';
    const answer = await fetch(moto.endpoint, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 ${scope}` },
      body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
    });
    return /arn:aws:iam::[^<]+/.exec(await answer.text())?.[0] ?? '';
  }

  it('give credentials to whom they are set up for, as soon as they are', async () => {
    const made = await admin.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: 'tenants',
        AllowUnauthenticatedIdentities: false,
        AllowClassicFlow: false,
        CognitoIdentityProviders: [{ ProviderName: USERS, ClientId: 'app' }],
      }),
    );
    const IdentityPoolId = made.IdentityPoolId ?? '';
    expect(made.AllowClassicFlow).toBe(false);
    const claims = { 'custom:tenant_id': 'acme' };
    const Logins = { [USERS]: await sandbox.token({ issuerUrl: `https://${USERS}`, audience: 'app', claims }) };
    const { IdentityId } = await everybody.send(new GetIdCommand({ IdentityPoolId, Logins }));
    const credentials = () => everybody.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
    const token = () => everybody.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
    await expect(credentials()).rejects.toMatchObject({ name: 'InvalidIdentityPoolConfigurationException' });

    const principal = { Federated: 'cognito-identity.amazonaws.com' };
    const Condition = {
      StringEquals: { 'cognito-identity.amazonaws.com:aud': IdentityPoolId, 'aws:RequestTag/tenant_id': 'acme' },
    };
    const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'];
    const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: principal, Action, Condition } };
    const role = await iam('CreateRole', { RoleName: 'tenant', AssumeRolePolicyDocument: JSON.stringify(trust) });
    const Roles = { authenticated: role };
    await admin.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
    expect(await admin.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }))).toMatchObject({ Roles });
    await expect(credentials()).rejects.toMatchObject({ name: 'InvalidIdentityPoolConfigurationException' });

    const map = { IdentityPoolId, IdentityProviderName: USERS, PrincipalTags: { tenant_id: 'custom:tenant_id' } };
    await admin.send(new SetPrincipalTagAttributeMapCommand(map));
    expect((await credentials()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    expect(sandbox.audit.records.at(-1)).toMatchObject({ decision: 'allow', caller: { tags: { tenant_id: 'acme' } } });

    await expect(token()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const pool = { IdentityPoolId, IdentityPoolName: 'tenants', AllowUnauthenticatedIdentities: false };
    await admin.send(new UpdateIdentityPoolCommand({ ...pool, AllowClassicFlow: true }));
    expect((await admin.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))).AllowClassicFlow).toBe(true);
    expect((await token()).Token).toMatch(/^ey/);

    const RoleMappings = { [`${USERS}:app`]: { Type: 'Token' as const } };
    await admin.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles, RoleMappings }));
    await expect(token()).rejects.toMatchObject({ message: expect.stringContaining('not supported with RoleMappings') });
    await expect(credentials()).rejects.toMatchObject({ name: 'InvalidIdentityPoolConfigurationException' });

    await admin.send(new DeleteIdentityPoolCommand({ IdentityPoolId }));
    await expect(credentials()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('take tokens of OIDC providers for the clients that IAM has', async () => {
    const { IdentityPoolId } = await admin.send(
      new CreateIdentityPoolCommand({
        IdentityPoolName: 'web',
        AllowUnauthenticatedIdentities: true,
        OpenIdConnectProviderARNs: [provider],
      }),
    );
    const ask = async (audience: string) =>
      everybody.send(
        new GetIdCommand({
          IdentityPoolId,
          Logins: { 'login.example.com': await sandbox.token({ issuerUrl: 'https://login.example.com', audience }) },
        }),
      );
    expect((await ask('web')).IdentityId).toMatch(/^eu-central-1:/);
    await expect(ask('other')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await expect(everybody.send(new GetIdCommand({ IdentityPoolId }))).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});

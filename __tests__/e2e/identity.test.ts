import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { unzipSync } from 'fflate';
import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { identityPool } from 'multi-tenant-data-access/identity-pool';
import { type Sandbox, startSandbox } from '../../lib/sandbox';
import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
import { ACCOUNT, CdktfProject, multiTenantIam, PROGRAM_TIMEOUT_MS, REGION } from '../support/terraform';

const TABLE = 'orders';
const BUCKET = 'shop-files';
const ISSUER = 'login.example.com';
const LOGIN_POOL = 'eu-central-1_a1B2c3D4e';
/** All three ways in at once. */
const SETTINGS = {
  identity: [
    { identityProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`, audience: 'web' },
    { userPool: {} },
    { identityPool: { userPoolId: LOGIN_POOL, audience: 'app', allowClassicFlow: true } },
  ],
  permissions: { roles: { viewer: ['read'], editor: ['read', 'write'] } },
  rolePinning: true,
  region: REGION,
  table: { existingTableName: TABLE },
  bucket: { existingBucketName: BUCKET },
};

type Outputs = Readonly<Record<string, { readonly value: string }>>;

interface Plan {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: {
      readonly after_unknown: Record<string, unknown>;
    };
  }[];
}

/** Terraform, the AWS provider, the AWS command line and the runtime speak to the sandbox, before moto. */
describeWithPrograms('identity, deployed', ['terraform', 'the AWS provider 5.100.0', 'moto_server', 'aws'], () => {
  let moto: Moto;
  let sandbox: Sandbox;
  let project: CdktfProject;
  let outputs: Outputs;
  const tenants = () => project;
  const users = () => project.inStack('multi-tenant-iam-users');

  beforeAll(async () => {
    moto = await startMoto();
    sandbox = await startSandbox({ upstream: moto.endpoint, region: REGION });
    project = new CdktfProject(sandbox.endpoint, sandbox.administrator);
    await makeEarlier(project);
    await project.synthesise(SETTINGS, 'hcl');
    users().pointProviderAtLocalAws();
    await users().terraform('init', '-input=false');
    await tenants().terraform('init', '-input=false');
  }, PROGRAM_TIMEOUT_MS);

  afterAll(async () => {
    project.remove();
    await sandbox.close();
    await moto.stop();
  });

  const planOf = async (of: CdktfProject): Promise<Plan> => {
    await of.terraform('plan', '-input=false', '-out=tfplan');
    const shown = await of.terraform('show', '-json', 'tfplan');
    writeFileSync(join(of.folder, 'shown.json'), shown);
    return JSON.parse(shown) as Plan;
  };

  it(
    'deploys the stack of the users, its policies known from the first plan on',
    async () => {
      expect(JSON.parse(await users().terraform('validate', '-json'))).toMatchObject({ valid: true, error_count: 0 });
      expect(unknownPolicies(await planOf(users()))).toEqual([]);
      await users().terraform('apply', '-input=false', 'tfplan');
      const { stdout } = await users().tryTerraform('plan', '-input=false', '-no-color');
      // moto does not keep the tier of a user pool.
      expect(stdout).toMatch(/\+ user_pool_tier += "ESSENTIALS"\n(?!.* [+~-] )[^]*Plan: 0 to add, 1 to change, 0 to destroy\./);
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    'plans the role with every policy known, its review says that isolation holds, and deploys it',
    async () => {
      expect(JSON.parse(await tenants().terraform('validate', '-json'))).toMatchObject({ valid: true, error_count: 0 });
      expect(unknownPolicies(await planOf(tenants()))).toEqual([]);
      const elsewhere = [`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`, `arn:aws:s3:::${BUCKET}`];
      const policies = elsewhere.flatMap((arn) => ['--policy', `${arn}=none`]);
      const plan = ['review', '--plan', join(project.folder, 'shown.json'), ...policies];
      const unnamed = await multiTenantIam(...plan);
      expect([unnamed.code, unnamed.stdout]).toEqual([
        1,
        expect.stringMatching(/witness {2}token of cognito-identity\.amazonaws\.com/),
      ]);
      const { code, stdout, stderr } = await multiTenantIam(...plan, '--identity-provider', 'cognito-identity.amazonaws.com');
      expect({ code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', stdout: '' });
      expect(stdout).toMatch(/^Tenant isolation holds after this plan/);
      expect(stdout).toContain('may as viewer: BatchGetItem, ConditionCheckItem, GetItem, Query\n');
      await tenants().terraform('apply', '-input=false', 'tfplan');
      const after = await tenants().tryTerraform('plan', '-input=false', '-detailed-exitcode');
      expect({ code: after.code, tail: after.code === 0 ? '' : after.stdout.slice(-2000) }).toEqual({ code: 0, tail: '' });
      const [ofUsers, ofTenants] = await Promise.all([users(), tenants()].map((stack) => stack.terraform('output', '-json')));
      outputs = { ...(JSON.parse(ofUsers ?? '') as Outputs), ...(JSON.parse(ofTenants ?? '') as Outputs) };
    },
    PROGRAM_TIMEOUT_MS,
  );

  const output = (name: string) => outputs[name]?.value ?? '';

  const accessBy = (more: Partial<TenantDataAccessConfig> = {}) =>
    new TenantDataAccess({
      ...sandbox.dataAccessConfig({ roleArn: output('role_arn'), tableName: TABLE, bucketName: BUCKET }),
      maxAttempts: 1,
      ...more,
    });

  type TokenOf = (tenant: string, role: string) => Promise<string>;

  /** What an editor and a viewer may do with their own tenant's data, and that neither reaches another's. */
  async function expectEnforced(access: TenantDataAccess, tokenOf: TokenOf): Promise<void> {
    const denied = { code: 'access.denied' };
    const editor = await access.forTenant(await tokenOf('acme', 'editor'), 'acme');
    await editor.table().put({ dataId: 'invoice#1', amount: 12.5 });
    await editor.objects().put('a.txt', 'of acme');
    await expect(editor.table().delete('invoice#1')).rejects.toMatchObject(denied);
    const viewer = await access.forTenant(await tokenOf('acme', 'viewer'), 'acme');
    expect(await viewer.table().get('invoice#1')).toMatchObject({ amount: 12.5 });
    await expect(viewer.table().put({ dataId: 'invoice#2' })).rejects.toMatchObject(denied);
    await expect(viewer.objects().put('b.txt', 'x')).rejects.toMatchObject(denied);
    await expect(access.forTenant(await tokenOf('acme', 'editor'), 'globex')).rejects.toMatchObject({ code: 'tenant.mismatch' });
    const { docClient, s3Client } = await access.forTenant(await tokenOf('globex', 'editor'));
    expect(await access.queryTenantData(docClient, 'globex')).toEqual([]);
    const others = { TableName: TABLE, Key: { tenantId: 'acme', dataId: 'invoice#1' } };
    await expect(docClient.send(new GetCommand(others))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const theirs = { Bucket: BUCKET, Key: 'tenants/acme/a.txt' };
    await expect(s3Client.send(new GetObjectCommand(theirs))).rejects.toMatchObject({ name: 'AccessDenied' });
    access.destroy();
  }

  it(
    'lets in whom the trigger of the user pool gives a token, and nobody without a tenant',
    async () => {
      const [poolId, clientId] = [output('user_pool_id'), output('user_pool_client_id')];
      const issuerUrl = `https://cognito-idp.${REGION}.amazonaws.com/${poolId}`;
      const lambda = await deployedFunction(users(), 'multi-tenant-iam-users-token');
      const made = new Map<string, object>();
      const tokenOf: TokenOf = async (tenant, role) => {
        const name = `${tenant}-${role}@example.com`;
        const decisive = { 'custom:tenant_id': tenant, 'custom:role': role };
        const attributes = made.get(name) ?? (await userOf(users(), poolId, name, decisive));
        made.set(name, attributes);
        return sandbox.token({ issuerUrl, audience: clientId, claims: lambda(eventOf(poolId, clientId, attributes)).claims });
      };
      await expectEnforced(accessBy(), tokenOf);

      const nobody = await userOf(users(), poolId, 'nobody@example.com', {});
      expect(lambda(eventOf(poolId, clientId, nobody))).toEqual({ error: expect.stringContaining('tenant') });
      const unpinned = await sandbox.token({ issuerUrl, audience: clientId, tenantId: 'acme' });
      await expect(accessBy().forTenant(unpinned)).rejects.toMatchObject({ code: 'access.denied' });
    },
    PROGRAM_TIMEOUT_MS,
  );

  it('lets in by the identity pool, in both flows, and not with its login alone', async () => {
    const login = { userPoolId: LOGIN_POOL, audience: 'app' };
    const issuerUrl = `https://cognito-idp.${REGION}.amazonaws.com/${LOGIN_POOL}`;
    const tokenOf: TokenOf = (tenant, role) =>
      sandbox.token({ issuerUrl, audience: 'app', claims: { 'custom:tenant_id': tenant, 'custom:role': role } });
    for (const flow of ['enhanced', 'basic'] as const) {
      const cognitoIdentityConfig = { endpoint: sandbox.endpoint };
      const pool = identityPool({ identityPoolId: output('identity_pool_id'), flow, cognitoIdentityConfig });
      // No key of a real user pool can be fetched here; the identity pool verifies.
      await expectEnforced(accessBy({ ...login, tokenVerification: null, identityPool: pool }), tokenOf);
    }
    const alone = accessBy({ tenantClaim: 'custom:tenant_id' }).forTenant(await tokenOf('acme', 'editor'));
    await expect(alone).rejects.toMatchObject({ code: 'token.rejected' });
  });

  it('lets in by the OIDC issuer whose provider was there before', async () => {
    const claims = { 'https://aws.amazon.com/roles': [output('role_arn')] };
    await expectEnforced(accessBy(), (tenantId, permissions) =>
      sandbox.token({ tenantId, issuerUrl: `https://${ISSUER}`, audience: 'web', tags: { permissions }, claims }),
    );
  });
});

/** Policies that the plan cannot show. */
function unknownPolicies({ resource_changes }: Plan): string[] {
  return resource_changes.flatMap(({ address, change: { after_unknown } }) =>
    ['policy', 'assume_role_policy'].filter((name) => after_unknown[name] === true).map((name) => `${address}.${name}`),
  );
}

/** The provider, the table and the bucket that exist before. */
async function makeEarlier(project: CdktfProject): Promise<void> {
  await project.aws('iam', 'create-open-id-connect-provider', '--url', `https://${ISSUER}`, '--client-id-list', 'web');
  await project.aws(
    ...['dynamodb', 'create-table', '--table-name', TABLE, '--billing-mode', 'PAY_PER_REQUEST'],
    ...['--attribute-definitions', 'AttributeName=tenantId,AttributeType=S', 'AttributeName=dataId,AttributeType=S'],
    ...['--key-schema', 'AttributeName=tenantId,KeyType=HASH', 'AttributeName=dataId,KeyType=RANGE'],
  );
  await project.aws('s3api', 'create-bucket', '--bucket', BUCKET, '--create-bucket-configuration', `LocationConstraint=${REGION}`);
}

/** A user that an administrator makes, as Cognito has it. */
async function userOf(project: CdktfProject, poolId: string, email: string, attributes: Readonly<Record<string, string>>) {
  const given = Object.entries({ email, ...attributes }).map(([Name, Value]) => `Name=${Name},Value=${Value}`);
  const user = ['--user-pool-id', poolId, '--username', email];
  const { User } = (await project.aws('cognito-idp', 'admin-create-user', ...user, '--user-attributes', ...given)) as {
    User: { Attributes: { Name: string; Value: string }[] };
  };
  return Object.fromEntries(User.Attributes.map(({ Name, Value }) => [Name, Value]));
}

function eventOf(userPoolId: string, clientId: string, userAttributes: object): object {
  return {
    version: '2',
    triggerSource: 'TokenGeneration_Authentication',
    region: REGION,
    userPoolId,
    userName: 'someone',
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
    request: {
      userAttributes,
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
      scopes: [],
    },
    response: { claimsAndScopeOverrideDetails: null },
  };
}

type Called = (event: object) => { readonly claims?: Record<string, unknown>; readonly error?: string };

/** The function as it is deployed: its configuration from Lambda, its code from the zip that Terraform sent. */
async function deployedFunction(project: CdktfProject, name: string): Promise<Called> {
  const { Environment, Handler } = (await project.aws('lambda', 'get-function-configuration', '--function-name', name)) as {
    Environment: { Variables: Record<string, string> };
    Handler: string;
  };
  expect(Handler).toBe('index.handler');
  const assets = join(project.stackFolder, 'assets');
  const zip = readdirSync(assets, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith('.zip'));
  const task = join(project.folder, 'task');
  mkdirSync(task, { recursive: true });
  for (const [file, contents] of Object.entries(unzipSync(readFileSync(join(assets, zip ?? ''))))) {
    writeFileSync(join(task, file), contents);
  }
  const code = `require(${JSON.stringify(join(task, 'index.js'))}).handler(JSON.parse(process.argv[1])).then(
    ({ response }) => console.log(JSON.stringify({ claims: response.claimsAndScopeOverrideDetails.idTokenGeneration.claimsToAddOrOverride })),
    ({ message }) => console.log(JSON.stringify({ error: message })))`;
  return (event) => {
    const { stdout } = spawnSync(process.execPath, ['-e', code, '--', JSON.stringify(event)], {
      env: Environment.Variables,
      encoding: 'utf8',
    });
    return JSON.parse(stdout) as ReturnType<Called>;
  };
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { identityPool } from 'multi-tenant-data-access/identity-pool';
import { type Sandbox, startSandbox } from '../../lib/sandbox';
import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
import { ACCOUNT, CdktfProject, multiTenantIam, PROGRAM_TIMEOUT_MS, REGION } from '../support/terraform';

const TABLE = 'orders';
const BUCKET = 'shop-files';
const PERMISSIONS = { roles: { viewer: ['read'], editor: ['read', 'write'] } };
const DATA = { table: { existingTableName: TABLE }, bucket: { existingBucketName: BUCKET }, permissions: PERMISSIONS };

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

  beforeAll(async () => {
    moto = await startMoto();
    sandbox = await startSandbox({ upstream: moto.endpoint, region: REGION });
    const project = new CdktfProject(sandbox.endpoint, sandbox.administrator);
    await makeData(project);
    project.remove();
  }, PROGRAM_TIMEOUT_MS);

  afterAll(async () => {
    await sandbox.close();
    await moto.stop();
  });

  /** Both stacks of one app: deploys the users first, then plans, reviews and deploys the role. */
  function deploys(settings: object, format: 'json' | 'hcl', ...meant: readonly string[]) {
    const tenants = () => project;
    const users = () => project.inStack('multi-tenant-iam-users');
    let project: CdktfProject;

    const planOf = async (of: CdktfProject): Promise<Plan> => {
      await of.terraform('plan', '-input=false', '-out=tfplan');
      const shown = await of.terraform('show', '-json', 'tfplan');
      writeFileSync(join(of.folder, 'shown.json'), shown);
      return JSON.parse(shown) as Plan;
    };

    beforeAll(async () => {
      project = new CdktfProject(sandbox.endpoint, sandbox.administrator);
      await project.synthesise(settings, format);
      users().pointProviderAtLocalAws();
      await users().terraform('init', '-input=false');
      await tenants().terraform('init', '-input=false');
    }, PROGRAM_TIMEOUT_MS);

    afterAll(() => {
      project.remove();
    });

    it(
      'deploys the stack of the users, its policies known from the first plan on',
      async () => {
        expect(unknownPolicies(await planOf(users()))).toEqual([]);
        await users().terraform('apply', '-input=false', 'tfplan');
        const { stdout } = await users().tryTerraform('plan', '-input=false', '-no-color');
        // moto does not keep the tier of a user pool.
        expect(stdout).toMatch(/\+ user_pool_tier += "ESSENTIALS"\n(?!.* [+~-] )[^]*Plan: 0 to add, 1 to change, 0 to destroy\./);
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'plans the role with every policy known, and its review says that isolation holds',
      async () => {
        expect(unknownPolicies(await planOf(tenants()))).toEqual([]);
        const elsewhere = [`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`, `arn:aws:s3:::${BUCKET}`];
        const policies = elsewhere.flatMap((arn) => ['--policy', `${arn}=none`]);
        const { code, stdout, stderr } = await multiTenantIam(
          'review',
          '--plan',
          join(project.folder, 'shown.json'),
          ...policies,
          ...meant,
        );
        expect({ code, stderr, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', stdout: '' });
        expect(stdout).toMatch(/^Tenant isolation holds after this plan/);
        await tenants().terraform('apply', '-input=false', 'tfplan');
        const after = await tenants().tryTerraform('plan', '-input=false', '-detailed-exitcode');
        expect({ code: after.code, tail: after.code === 0 ? '' : after.stdout.slice(-2000) }).toEqual({ code: 0, tail: '' });
      },
      PROGRAM_TIMEOUT_MS,
    );

    return { tenants, users };
  }

  const outputsOf = async (project: CdktfProject) => JSON.parse(await project.terraform('output', '-json')) as Outputs;

  const accessBy = (outputs: Outputs, more: Partial<TenantDataAccessConfig>) =>
    new TenantDataAccess({
      ...sandbox.dataAccessConfig({ roleArn: outputs['role_arn']?.value, tableName: TABLE, bucketName: BUCKET }),
      maxAttempts: 1,
      ...more,
    });

  /** What an editor and a viewer may do with their own tenant's data, and that neither reaches another's. */
  async function expectEnforced(
    access: TenantDataAccess,
    tokenOf: (tenant: string, role: string) => Promise<string>,
  ): Promise<void> {
    const editor = await access.forTenant(await tokenOf('acme', 'editor'), 'acme');
    await editor.table().put({ dataId: 'invoice#1', amount: 12.5 });
    await editor.objects().put('a.txt', 'of acme');
    await expect(editor.table().delete('invoice#1')).rejects.toMatchObject({ code: 'access.denied' });
    const viewer = await access.forTenant(await tokenOf('acme', 'viewer'), 'acme');
    expect(await viewer.table().get('invoice#1')).toMatchObject({ amount: 12.5 });
    await expect(viewer.table().put({ dataId: 'invoice#2' })).rejects.toMatchObject({ code: 'access.denied' });
    await expect(viewer.objects().put('b.txt', 'x')).rejects.toMatchObject({ code: 'access.denied' });
    await expect(access.forTenant(await tokenOf('acme', 'editor'), 'globex')).rejects.toMatchObject({ code: 'tenant.mismatch' });
    const globex = await access.forTenant(await tokenOf('globex', 'editor'));
    expect(await access.queryTenantData(globex.docClient, 'globex')).toEqual([]);
    await expect(globex.objects().get('a.txt')).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:object\.not_found|access\.denied)$/),
    });
    access.destroy();
  }

  describe('a user pool with its trigger, roles pinned', () => {
    const { tenants, users } = deploys({ ...DATA, identity: { userPool: {} }, rolePinning: true, region: REGION }, 'json');

    it(
      'lets in who the trigger gives a token, and nobody without a tenant',
      async () => {
        const { user_pool_id: pool, user_pool_client_id: client } = await outputsOf(users());
        const outputs = await outputsOf(tenants());
        const [poolId = '', clientId = ''] = [pool?.value, client?.value];
        const lambda = await deployedFunction(users(), 'multi-tenant-iam-users-token');
        const made = new Map<string, object>();
        const tokenOf = async (tenant: string, role: string) => {
          const name = `${tenant}-${role}@example.com`;
          const attributes =
            made.get(name) ??
            (await userOf(users(), poolId, name, {
              'custom:tenant_id': tenant,
              'custom:role': role,
            }));
          made.set(name, attributes);
          const { claims } = lambda(eventOf(poolId, clientId, attributes));
          return sandbox.token({ issuerUrl: `https://cognito-idp.${REGION}.amazonaws.com/${poolId}`, audience: clientId, claims });
        };
        await expectEnforced(accessBy(outputs, {}), tokenOf);

        const nobody = await userOf(users(), poolId, 'nobody@example.com', {});
        expect(lambda(eventOf(poolId, clientId, nobody))).toEqual({ error: expect.stringContaining('tenant') });
        const issuerUrl = `https://cognito-idp.${REGION}.amazonaws.com/${poolId}`;
        const unpinned = await sandbox.token({ issuerUrl, audience: clientId, tenantId: 'acme' });
        await expect(accessBy(outputs, {}).forTenant(unpinned)).rejects.toMatchObject({ code: 'access.denied' });
      },
      PROGRAM_TIMEOUT_MS,
    );
  });

  describe('an identity pool beside an OIDC issuer', () => {
    const ISSUER = 'https://login.example.com';
    const { tenants, users } = deploys(
      {
        ...DATA,
        namePrefix: 'pooled',
        region: REGION,
        identity: [{ issuerUrl: ISSUER, audience: 'web' }, { identityPool: { userPool: {}, allowClassicFlow: true } }],
      },
      'hcl',
      ...['--identity-provider', 'cognito-identity.amazonaws.com'],
    );

    it(
      'lets in by both, each by its own token only',
      async () => {
        const { user_pool_id: pool, user_pool_client_id: client, identity_pool_id: identities } = await outputsOf(users());
        const outputs = await outputsOf(tenants());
        const issuerUrl = `https://cognito-idp.${REGION}.amazonaws.com/${pool?.value ?? ''}`;
        const loginOf = (tenant: string, role: string) =>
          sandbox.token({ issuerUrl, audience: client?.value, claims: { 'custom:tenant_id': tenant, 'custom:role': role } });
        for (const flow of ['enhanced', 'basic'] as const) {
          const identityPoolId = identities?.value ?? '';
          const cognitoIdentityConfig = { endpoint: sandbox.endpoint };
          const access = accessBy(outputs, {
            userPoolId: pool?.value,
            audience: client?.value,
            // No key of a real user pool can be fetched here; the identity pool verifies.
            tokenVerification: null,
            identityPool: identityPool({ identityPoolId, flow, cognitoIdentityConfig }),
          });
          await expectEnforced(access, loginOf);
        }
        const oidc = accessBy(outputs, {});
        await expectEnforced(oidc, (tenantId, permissions) =>
          sandbox.token({ tenantId, issuerUrl: ISSUER, audience: 'web', tags: { permissions } }),
        );
        const login = await loginOf('acme', 'editor');
        await expect(accessBy(outputs, { tenantClaim: 'custom:tenant_id' }).forTenant(login)).rejects.toMatchObject({
          code: expect.stringMatching(/^(?:token\.rejected|access\.denied)$/),
        });
      },
      PROGRAM_TIMEOUT_MS,
    );
  });
});

/** Policies that the plan cannot show. */
function unknownPolicies({ resource_changes }: Plan): string[] {
  return resource_changes.flatMap(({ address, change: { after_unknown } }) =>
    ['policy', 'assume_role_policy'].filter((name) => after_unknown[name] === true).map((name) => `${address}.${name}`),
  );
}

/** The table and the bucket that exist before. */
async function makeData(project: CdktfProject): Promise<void> {
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

import { App, TerraformStack } from 'cdktf';
import { MultiTenantIam, TenantIdentityPool, TenantUserPool } from '../../lib';
import { iamIn, iamWithData } from '../support/granted-iam';
import { addressesOf, awsStack, onlyResource, refusalOf, statementsOf, synthesise, warningsOf } from '../support/synthesis';

const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ISSUER = `cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
const IDENTITY_POOL = 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef';
const PERMISSIONS = { roles: { viewer: ['read'], editor: ['read', 'write'] } } as const;
const OIDC = { issuerUrl: 'https://login.example.com', audience: 'web' };

/** Of an app with the role in one stack and pools in another. */
function twoStacks(make: (users: TerraformStack) => object): { readonly users: TerraformStack; readonly stack: TerraformStack } {
  const stack = awsStack();
  const users = new TerraformStack(App.of(stack), 'users');
  new MultiTenantIam(stack, 'iam', { identity: make(users), logicalId: 'tenant' } as ConstructorParameters<
    typeof MultiTenantIam
  >[2]);
  return { users, stack };
}

/** With `identity` and not the issuer of the short form. */
function identified(config: object) {
  return iamIn({ issuerUrl: undefined, audience: undefined, ...config });
}

describe('several issuers', () => {
  const { stack, iam } = identified({
    identity: [{ userPoolId: POOL, audience: 'app' }, OIDC, { identityPool: { identityPoolId: IDENTITY_POOL } }],
  });
  const synthesised = synthesise(stack);

  it('get a provider each, the first under the name that it has alone', () => {
    expect(addressesOf(synthesised).filter((address) => address.startsWith('aws_'))).toEqual([
      'aws_iam_openid_connect_provider.tenant',
      'aws_iam_openid_connect_provider.tenant_2',
      'aws_iam_role.tenant',
    ]);
    expect(iam.identityProviders.map(({ issuer }) => issuer)).toEqual([
      POOL_ISSUER,
      'login.example.com',
      'cognito-identity.amazonaws.com',
    ]);
  });

  it('get a statement each, with their own audience', () => {
    expect(
      statementsOf(synthesised, 'tenant_trust').map(({ sid, condition = [] }) => [
        sid,
        condition.filter(({ variable }) => variable.endsWith(':aud')).map(({ variable, values }) => [variable, values]),
      ]),
    ).toEqual([
      ['TenantSession', [[`${POOL_ISSUER}:aud`, ['app']]]],
      ['TenantSession2', [['login.example.com:aud', ['web']]]],
      ['TenantSession3', [['cognito-identity.amazonaws.com:aud', [IDENTITY_POOL]]]],
    ]);
  });

  it('are waited for by the role', () => {
    expect(onlyResource(synthesised, 'aws_iam_role')['depends_on']).toEqual([
      'aws_iam_openid_connect_provider.tenant',
      'aws_iam_openid_connect_provider.tenant_2',
    ]);
  });

  it('leave a warning beyond the quota of the trust policy, and fail beyond what AWS grants', () => {
    const issuers = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ issuerUrl: `https://login-${index}.example.com`, audience: 'web' }));
    expect(warningsOf(identified({ identity: issuers(2) }).stack)).toEqual([]);
    expect(warningsOf(identified({ identity: issuers(5) }).stack)).toEqual([
      {
        path: expect.stringContaining('role'),
        message: expect.stringMatching(/IAM's quota is 2048 .*name fewer issuers, roles or audiences/),
      },
    ]);
    expect(refusalOf(() => identified({ identity: issuers(9) })).code).toBe('limit.exceeded');
  });
});

describe('a user pool that is made beside', () => {
  it('in another stack is trusted by its issuer and client, and leaves no warning', () => {
    const { stack } = twoStacks((users) => ({
      userPool: new TenantUserPool(users, 'users', { userPoolName: 'app', tokenTrigger: false, logicalId: 'users' }),
    }));
    const provider = onlyResource(synthesise(stack), 'aws_iam_openid_connect_provider');
    expect(provider['url']).toMatch(/^https:\/\/\$\{data\.terraform_remote_state\..*outputs\.cross-stack-output-.*endpoint\}$/);
    expect(warningsOf(stack)).toEqual([]);
  });

  it('in the same stack leaves a warning: nobody can review the trust policy before the apply', () => {
    const stack = awsStack();
    const userPool = new TenantUserPool(stack, 'users', { userPoolName: 'app', tokenTrigger: false });
    new MultiTenantIam(stack, 'iam', { identity: { userPool } });
    expect(warningsOf(stack)).toEqual([
      { path: 'stack/iam', message: expect.stringContaining('the first plan shows the trust policy as known after apply') },
    ]);
  });
});

describe('an identity pool', () => {
  it('that is made beside gives the tenant role to those who have signed in', () => {
    const { stack } = twoStacks((users) => ({
      identityPool: new TenantIdentityPool(users, 'identities', {
        identityPoolName: 'app',
        userPool: { issuer: POOL_ISSUER, clientId: 'web' },
      }),
    }));
    const synthesised = synthesise(stack);
    expect(onlyResource(synthesised, 'aws_cognito_identity_pool_roles_attachment')).toMatchObject({
      identity_pool_id: expect.stringContaining('data.terraform_remote_state'),
      roles: { authenticated: '${aws_iam_role.tenant.arn}' },
    });
    expect(addressesOf(synthesised)).not.toContain('aws_iam_openid_connect_provider.tenant');
  });

  it('that exists is trusted, and nothing of it managed', () => {
    const synthesised = synthesise(identified({ identity: { identityPool: { identityPoolId: IDENTITY_POOL } } }).stack);
    expect(addressesOf(synthesised).filter((address) => address.startsWith('aws_'))).toEqual(['aws_iam_role.tenant']);
    expect(statementsOf(synthesised, 'tenant_trust')).toMatchObject([
      { principals: [{ type: 'Federated', identifiers: ['cognito-identity.amazonaws.com'] }] },
    ]);
  });
});

describe('the token trigger of an existing user pool', () => {
  const identity = { userPoolId: POOL, audience: 'app', tokenTrigger: true };

  it('is made for that pool, with the tags of this role', () => {
    const { stack, iam } = identified({ identity, namePrefix: 'app', path: '/t/', permissions: PERMISSIONS, rolePinning: true });
    const synthesised = synthesise(stack);
    expect(onlyResource(synthesised, 'aws_lambda_permission')['source_arn']).toMatch(new RegExp(`:userpool/${POOL}$`));
    const { function_name: name, environment } = onlyResource(synthesised, 'aws_lambda_function') as {
      function_name: string;
      environment: { variables: Record<string, string> };
    };
    expect(name).toBe('app-token');
    expect(environment.variables['TOKEN_TRIGGER_SETTINGS']).toMatch(/"roleArns" = \["arn:.*:role\/t\/app-tenant"\]/);
    expect(environment.variables['TOKEN_TRIGGER_SETTINGS']).toContain('"editor" = ["read", "write"]');
    expect(iam.tokenTrigger?.resource).toBeDefined();
  });

  it('is not made where it was not asked for', () => {
    const { iam } = identified({ identity: { ...identity, tokenTrigger: false } });
    expect(iam.tokenTrigger).toBeUndefined();
  });
});

describe('permissions', () => {
  it('reach trust, table and bucket', () => {
    const { stack } = iamWithData({ permissions: PERMISSIONS });
    const synthesised = synthesise(stack);
    expect(statementsOf(synthesised, 'tenant_table').map(({ sid }) => sid)).toEqual([
      'TenantItemsRead',
      'TenantItemsWrite',
      'TenantItemsDelete',
      'TenantItemsBatch',
    ]);
    expect(statementsOf(synthesised, 'tenant_bucket').map(({ sid }) => sid)).toEqual([
      'TenantObjectsRead',
      'TenantObjectsWrite',
      'TenantObjectsDelete',
      'TenantListing',
      'BucketKey1',
    ]);
    expect(statementsOf(synthesised, 'tenant_trust')[0]?.condition).toContainEqual({
      test: 'ForAllValues:StringEquals',
      variable: 'aws:TagKeys',
      values: ['tenant_id', 'permissions'],
    });
  });

  it('are no tag of the role', () => {
    const { message } = refusalOf(() => identified({ identity: OIDC, permissions: PERMISSIONS, tags: { Permissions: 'rwd/rwd' } }));
    expect(message).toContain("'tags' must not contain 'Permissions': as a tag of the role it would give that value");
  });
});

describe('what does not go together', () => {
  it.each<{ name: string; config: object; problem: string }>([
    {
      name: 'permissions and a custom claim',
      config: { identity: OIDC, permissions: PERMISSIONS, customClaim: 'org' },
      problem: "'permissions' and 'customClaim' exclude each other",
    },
    {
      name: 'a custom claim of two issuers',
      config: { identity: [OIDC, { userPoolId: POOL, audience: 'x' }], customClaim: 'org' },
      problem: "'customClaim' goes with one issuer",
    },
    {
      name: 'a custom claim of an identity pool',
      config: { identity: { identityPool: { identityPoolId: IDENTITY_POOL } }, customClaim: 'org' },
      problem: "'customClaim' and 'identityPool' exclude each other",
    },
    {
      name: 'pinned roles of an identity pool',
      config: { identity: { identityPool: { identityPoolId: IDENTITY_POOL } }, rolePinning: true },
      problem: "'rolePinning' needs an OIDC issuer or a user pool",
    },
    {
      name: 'pinning as text',
      config: { identity: OIDC, rolePinning: 'yes' },
      problem: `'rolePinning' is "yes", allowed is true or false`,
    },
    {
      name: 'a role that nobody can hold',
      config: { identity: OIDC, permissions: { roles: { a: ['x'] } } },
      problem: '"x" is no permission',
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => identified(config));
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});

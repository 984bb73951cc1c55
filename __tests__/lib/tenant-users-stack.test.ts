import { S3Backend } from 'cdktf';
import { MultiTenantIamStack, type MultiTenantIamStackConfig } from '../../lib';
import { addressesOf, onlyResource, statementsOf, type Synthesised, synthesise, testApp, warningsOf } from '../support/synthesis';

const POOL = 'eu-central-1_a1B2c3D4e';
const PERMISSIONS = { roles: { viewer: ['read'], editor: ['read', 'write'] } } as const;

function stackWith(config: MultiTenantIamStackConfig) {
  return new MultiTenantIamStack(testApp(), 'app', config);
}

/** Both stacks, as an app writes them. */
function both(config: MultiTenantIamStackConfig): { readonly tenants: Synthesised; readonly users: Synthesised } {
  const stack = stackWith(config);
  const { usersStack } = stack;
  if (usersStack === undefined) throw new Error('there is no second stack');
  const tenants = synthesise(stack);
  return { tenants, users: synthesise(usersStack) };
}

function resourcesOf(stack: Synthesised): string[] {
  return addressesOf(stack).filter((address) => address.startsWith('aws_'));
}

function outputsOf({ output }: Synthesised): string[] {
  return Object.keys(output)
    .filter((name) => !name.startsWith('cross-stack'))
    .sort();
}

describe('a user pool that the stack makes', () => {
  const { tenants, users } = both({ identity: { userPool: {} }, permissions: PERMISSIONS, rolePinning: true, namePrefix: 'app' });

  it('is in a stack of its own, with its client and its trigger, at fixed addresses', () => {
    expect(resourcesOf(users)).toEqual([
      'aws_cloudwatch_log_group.users_token',
      'aws_cognito_user_pool.users',
      'aws_cognito_user_pool_client.users_app',
      'aws_iam_role.users_token',
      'aws_iam_role_policy.users_token',
      'aws_lambda_function.users_token',
      'aws_lambda_permission.users_token',
    ]);
    expect(resourcesOf(tenants)).not.toContain('aws_cognito_user_pool.users');
    expect(outputsOf(users)).toEqual(['user_pool_client_id', 'user_pool_id']);
  });

  it('is trusted by what the other stack reads of its state', () => {
    const [state] = Object.keys(tenants.data['terraform_remote_state'] ?? {});
    const endpoint = `data.terraform_remote_state.${state ?? ''}.outputs.cross-stack-output-aws_cognito_user_poolusersendpoint`;
    expect(onlyResource(tenants, 'aws_iam_openid_connect_provider')['url']).toBe(`https://\${${endpoint}}`);
    const [session] = statementsOf(tenants, 'tenant_trust');
    expect(session?.condition).toContainEqual({
      test: 'StringEquals',
      variable: `\${${endpoint}}:aud`,
      values: [expect.stringContaining('cross-stack-output-aws_cognito_user_pool_clientusers_appid')],
    });
  });

  it('writes no path of this machine, and reads the state where the other stack keeps it', () => {
    const path = '../../../terraform.app-users.tfstate';
    expect(users.terraform.backend).toEqual({ local: { path } });
    expect(Object.values(tenants.data['terraform_remote_state'] ?? {})).toMatchObject([{ backend: 'local', config: { path } }]);
    expect(tenants.terraform.backend).toEqual({ local: { path: '../../../terraform.app.tfstate' } });
  });

  it('has a trigger that knows permissions, and the role that is pinned', () => {
    const { environment } = onlyResource(users, 'aws_lambda_function') as { environment: { variables: Record<string, string> } };
    const settings = environment.variables['TOKEN_TRIGGER_SETTINGS'] ?? '';
    expect(settings).toContain('"roles" = {"viewer" = ["read"], "editor" = ["read", "write"]}');
    expect(settings).toMatch(/"roleArns" = \["arn:[^"]*:role\/app-tenant"\]/);
  });

  it('has a trigger that pins the role with its path', () => {
    const { users: other } = both({ identity: { userPool: {} }, rolePinning: true, path: '/apps/', roleName: 'shop' });
    expect(JSON.stringify(onlyResource(other, 'aws_lambda_function'))).toContain(':role/apps/shop');
  });

  it('tells what each role may do, encoded', () => {
    expect(tenants.output['permissions']).toMatchObject({ value: { viewer: 'r--/r--', editor: 'rw-/rw-' } });
  });

  it('takes its settings', () => {
    const { users: other } = both({ identity: [{ userPool: { userPoolName: 'People', mfa: 'optional', passwordMinLength: 16 } }] });
    expect(onlyResource(other, 'aws_cognito_user_pool')).toMatchObject({
      name: 'People',
      mfa_configuration: 'OPTIONAL',
      password_policy: { minimum_length: 16 },
    });
  });

  it('asks for the same variables as the other stack, its tags without the keys of session tags', () => {
    const { tenants: left, users: right } = both({ identity: { userPool: {} }, permissions: PERMISSIONS });
    expect(Object.keys(right.variable)).toEqual(['name_prefix', 'region', 'tags']);
    expect(right.variable).toEqual(left.variable);
    expect(right.variable['tags']?.['description']).toContain('Not tenant_id and permissions:');
  });

  it('reads its state from a backend of your own, once both stacks have one', () => {
    const stack = stackWith({ identity: { userPool: {} } });
    for (const each of [stack, stack.usersStack]) {
      if (each) new S3Backend(each, { bucket: 'state', key: each.node.id, region: 'eu-central-1' });
    }
    const tenants = synthesise(stack);
    expect(Object.values(tenants.data['terraform_remote_state'] ?? {})).toMatchObject([
      { backend: 's3', config: { bucket: 'state', key: 'app-users' } },
    ]);
  });

  it('leaves no warning', () => {
    expect(warningsOf(stackWith({ identity: { userPool: {} }, permissions: PERMISSIONS }))).toEqual([]);
  });
});

describe('an identity pool that the stack makes', () => {
  it('comes with a user pool without a trigger', () => {
    const { tenants, users } = both({ identity: { identityPool: { userPool: { mfa: 'required' } } }, permissions: PERMISSIONS });
    expect(resourcesOf(users)).toEqual([
      'aws_cognito_identity_pool.users',
      'aws_cognito_identity_pool_provider_principal_tag.users',
      'aws_cognito_user_pool.users',
      'aws_cognito_user_pool_client.users_app',
    ]);
    expect(onlyResource(users, 'aws_cognito_identity_pool_provider_principal_tag')['principal_tags']).toEqual({
      tenant_id: 'custom:tenant_id',
      permissions: 'custom:role',
    });
    expect(resourcesOf(tenants)).toContain('aws_cognito_identity_pool_roles_attachment.tenant');
    expect(outputsOf(users)).toEqual(['identity_pool_id', 'user_pool_client_id', 'user_pool_id']);
    expect(outputsOf(tenants)).not.toContain('identity_provider_arn');
  });

  it('takes logins of a user pool that exists', () => {
    const identityPool = { userPoolId: POOL, audience: 'web', tenantClaim: 'custom:org', permissionsClaim: 'custom:level' };
    const { users } = both({ identity: { identityPool: { ...identityPool, allowClassicFlow: true } }, tenantTagKey: 'org' });
    expect(resourcesOf(users)).toEqual([
      'aws_cognito_identity_pool.users',
      'aws_cognito_identity_pool_provider_principal_tag.users',
    ]);
    expect(onlyResource(users, 'aws_cognito_identity_pool')).toMatchObject({
      allow_classic_flow: true,
      cognito_identity_providers: [{ provider_name: `cognito-idp.eu-central-1.amazonaws.com/${POOL}`, client_id: 'web' }],
    });
    expect(onlyResource(users, 'aws_cognito_identity_pool_provider_principal_tag')['principal_tags']).toEqual({
      org: 'custom:org',
    });
  });
});

describe('a user pool that is made, beside an identity pool for another one', () => {
  it('is not the login of that identity pool', () => {
    const { users } = both({ identity: [{ userPool: {} }, { identityPool: { userPoolId: POOL, audience: 'web' } }] });
    expect(onlyResource(users, 'aws_cognito_identity_pool')['cognito_identity_providers']).toEqual([
      { provider_name: `cognito-idp.eu-central-1.amazonaws.com/${POOL}`, client_id: 'web', server_side_token_check: true },
    ]);
  });
});

import { TenantUserPool, type TenantUserPoolConfig } from '../../lib';
import { addressesOf, awsStack, onlyResource, refusalOf, synthesise, warningsOf, writtenAs } from '../support/synthesis';

const ROLES = { roles: { viewer: ['read'] } } as const;
/** What decides over a session; nobody may write it about itself. */
const DECISIVE = /^(?:custom:|dev:|sub$|email_verified$|phone_number_verified$|cognito:)/;

function stackWith(config: Partial<TenantUserPoolConfig> = {}) {
  const stack = awsStack();
  new TenantUserPool(stack, 'users', { userPoolName: 'app-users', logicalId: 'users', ...config });
  return stack;
}

function poolOf(config?: Partial<TenantUserPoolConfig>) {
  return onlyResource(synthesise(stackWith(config)), 'aws_cognito_user_pool');
}

function clientOf(config?: Partial<TenantUserPoolConfig>) {
  return onlyResource(synthesise(stackWith(config)), 'aws_cognito_user_pool_client') as {
    readonly read_attributes: readonly string[];
    readonly write_attributes: readonly string[];
  };
}

describe('TenantUserPool', () => {
  it('keeps the tenant of a user for ever', () => {
    expect(poolOf()['schema']).toContainEqual({
      name: 'tenant_id',
      attribute_data_type: 'String',
      mutable: false,
      required: false,
      developer_only_attribute: false,
      string_attribute_constraints: { min_length: '1', max_length: '128' },
    });
  });

  it.each([{}, { permissions: ROLES }])('has attributes for role and permissions, as none could be taken away: %j', (config) => {
    const schema = poolOf(config)['schema'] as { name: string; mutable: boolean }[];
    expect(schema.map(({ name, mutable }) => [name, mutable])).toEqual([
      ['tenant_id', false],
      ['role', true],
      ['permissions', true],
    ]);
  });

  it.each([{}, { permissions: ROLES }])('lets its client write nothing that decides, with %j', (config) => {
    const { write_attributes: writable, read_attributes: readable } = clientOf(config);
    expect(writable.filter((name) => DECISIVE.test(name))).toEqual([]);
    expect(writable).toContain('email');
    expect(readable).toContain('custom:tenant_id');
    expect(readable.includes('custom:role')).toBe('permissions' in config);
  });

  it('is closed to sign-ups, wants a second factor and long passwords, on the plan that its trigger needs', () => {
    expect(poolOf()).toMatchObject({
      admin_create_user_config: { allow_admin_create_user_only: true },
      mfa_configuration: 'ON',
      software_token_mfa_configuration: { enabled: true },
      password_policy: { minimum_length: 12, temporary_password_validity_days: 3, require_symbols: true },
      deletion_protection: 'ACTIVE',
      user_pool_tier: 'ESSENTIALS',
      user_attribute_update_settings: { attributes_require_verification_before_update: ['email'] },
    });
    expect(warningsOf(stackWith())).toEqual([]);
  });

  it('calls its trigger, version V2_0, once it is there', () => {
    expect(poolOf()).toMatchObject({
      lambda_config: {
        pre_token_generation_config: { lambda_arn: expect.stringMatching(/:function:app-users-token$/), lambda_version: 'V2_0' },
      },
      depends_on: ['aws_lambda_function.users_token'],
    });
  });

  it('has no function where an identity pool names the tenant', () => {
    const stack = synthesise(stackWith({ tokenTrigger: false }));
    expect(addressesOf(stack)).toEqual(['aws_cognito_user_pool.users', 'aws_cognito_user_pool_client.users_app']);
    expect(onlyResource(stack, 'aws_cognito_user_pool')).not.toHaveProperty('lambda_config');
  });

  it('does not let its client sign in by plain passwords, nor tell who exists', () => {
    expect(clientOf()).toMatchObject({
      explicit_auth_flows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      prevent_user_existence_errors: 'ENABLED',
      enable_token_revocation: true,
    });
  });

  it('gives its issuer and client to the role that trusts it', () => {
    const stack = awsStack();
    const { issuer, clientId } = new TenantUserPool(stack, 'users', { userPoolName: 'app', logicalId: 'users' });
    expect(writtenAs(stack, issuer)).toBe('${aws_cognito_user_pool.users.endpoint}');
    expect(writtenAs(stack, clientId)).toBe('${aws_cognito_user_pool_client.users_app.id}');
  });

  it.each<{ config: Partial<TenantUserPoolConfig>; pool: object; warning: string }>([
    { config: { mfa: 'optional' }, pool: { mfa_configuration: 'OPTIONAL' }, warning: 'mfa is optional: a stolen password' },
    {
      config: { deletionProtection: false },
      pool: { deletion_protection: 'INACTIVE' },
      warning: 'deletionProtection is off: a destroy',
    },
  ])('drops a guard by name only, with a warning: $config', ({ config, pool, warning }) => {
    expect(poolOf(config)).toMatchObject(pool);
    expect(warningsOf(stackWith(config))).toEqual([{ path: 'stack/users', message: expect.stringContaining(warning) }]);
  });

  it.each([8, 99])('takes passwords of at least %d characters', (passwordMinLength) => {
    expect(poolOf({ passwordMinLength })).toMatchObject({ password_policy: { minimum_length: passwordMinLength } });
  });

  it.each<{ name: string; config: object; problem: string }>([
    { name: 'no name', config: { userPoolName: undefined }, problem: "'userPoolName' is needed" },
    { name: 'a name that Cognito does not take', config: { userPoolName: 'a/b' }, problem: `'userPoolName' is "a/b"` },
    { name: 'no second factor', config: { mfa: 'off' }, problem: `'mfa' is "off", allowed is "required" or "optional"` },
    {
      name: 'a short password',
      config: { passwordMinLength: 7 },
      problem: "'passwordMinLength' is 7, allowed is a whole number from 8 to 99",
    },
    { name: 'a long password', config: { passwordMinLength: 100 }, problem: "'passwordMinLength' is 100" },
    { name: 'protection as text', config: { deletionProtection: 'no' }, problem: `'deletionProtection' is "no"` },
    { name: 'a trigger as text', config: { tokenTrigger: 'x' }, problem: `'tokenTrigger' is "x"` },
    { name: 'an unknown option', config: { selfSignUp: true }, problem: "unknown option 'selfSignUp'" },
    { name: 'a role that nobody can hold', config: { permissions: { roles: { a: ['write'] } } }, problem: "needs 'table:read'" },
    { name: 'a name too long for its function', config: { userPoolName: 'x'.repeat(59) }, problem: "'functionName' is" },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});

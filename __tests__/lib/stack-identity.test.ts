import { MultiTenantIamStack, type MultiTenantIamStackConfig } from '../../lib';
import { addressesOf, refusalOf, synthesise, testApp } from '../support/synthesis';

const POOL = 'eu-central-1_a1B2c3D4e';
const IDENTITY_POOL = 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef';

function stackWith(config: MultiTenantIamStackConfig) {
  return new MultiTenantIamStack(testApp(), 'app', config);
}

function refused(config: object) {
  return refusalOf(() => stackWith(config));
}

describe('what exists already', () => {
  it.each<[string, MultiTenantIamStackConfig]>([
    ['an identity pool', { identity: { identityPool: { identityPoolId: IDENTITY_POOL } } }],
    ['a user pool', { identity: { userPoolId: POOL, audience: 'web' } }],
    [
      'several issuers',
      {
        identity: [
          { issuerUrl: 'https://login.example.com', audience: 'web' },
          { userPoolId: POOL, audience: 'web' },
        ],
      },
    ],
    ['an issuer in short', { issuerUrl: 'https://login.example.com', audience: 'web' }],
  ])('needs no second stack: %s', (_, config) => {
    expect(stackWith(config).usersStack).toBeUndefined();
  });

  it('gets a trigger in the stack of the role, whose ARN is told', () => {
    const stack = stackWith({ identity: { userPoolId: POOL, audience: 'web', tokenTrigger: true } });
    const synthesised = synthesise(stack);
    expect(synthesised.output['token_trigger_arn']?.['value']).toMatch(/:function:\$\{var\.name_prefix\}-token$/);
    expect(addressesOf(synthesised)).toContain('aws_lambda_function.tenant_token');
  });
});

describe('settings that are wrong', () => {
  it('fail for permissions that are null, as JSON may say', () => {
    const { code, message } = refused({ identity: { userPool: {} }, permissions: null });
    expect(code).toBe('config.invalid');
    expect(message).toContain("'permissions' is null, allowed is an object");
  });

  it.each<{ name: string; identity: unknown; problem: string }>([
    {
      name: 'an unknown setting',
      identity: { userPool: { selfSignUp: true } },
      problem: "identity: userPool: unknown option 'selfSignUp'",
    },
    {
      name: 'a setting of a wrong value',
      identity: [{ userPool: { mfa: 'off' } }],
      problem: `identity[0]: userPool: 'mfa' is "off"`,
    },
    { name: 'a pool as text', identity: { userPool: 'users' }, problem: `identity: 'userPool' is "users", allowed is an object` },
    {
      name: 'two user pools',
      identity: [{ userPool: {} }, { identityPool: { userPool: {} } }],
      problem: "'identity' makes two user pools",
    },
    {
      name: 'two identity pools',
      identity: [{ identityPool: { userPoolId: POOL, audience: 'a' } }, { identityPool: { userPoolId: POOL, audience: 'b' } }],
      problem: "'identity' makes two identity pools",
    },
    {
      name: 'an identity pool without a login',
      identity: { identityPool: {} },
      problem: "identityPool: one of 'userPool', 'userPoolId' with 'audience', 'identityPoolId' is needed",
    },
    {
      name: 'a login without a user pool',
      identity: { identityPool: { userPoolId: null, audience: 'a' } },
      problem: "identityPool: 'userPoolId' is null, allowed is <region>_<id>",
    },
    {
      name: 'a tenant in an attribute that a pool made here has not',
      identity: { identityPool: { userPool: {}, tenantClaim: 'custom:org' } },
      problem: `identityPool: 'tenantClaim' is "custom:org", allowed is "custom:tenant_id"`,
    },
    {
      name: 'permissions in an attribute that a pool made here has not',
      identity: { identityPool: { userPool: {}, permissionsClaim: 'custom:level' } },
      problem: `'permissionsClaim' is "custom:level", allowed is "custom:role" or "custom:permissions"`,
    },
    {
      name: 'a tenant in an attribute that people write',
      identity: { identityPool: { userPoolId: POOL, audience: 'a', tenantClaim: 'email' } },
      problem: "identityPool: 'tenantClaim' is 'email', which people write themselves",
    },
    {
      name: 'a login without a client',
      identity: { identityPool: { userPoolId: POOL } },
      problem: "identityPool: 'audience' is needed",
    },
    {
      name: 'a login with two clients',
      identity: { identityPool: { userPoolId: POOL, audience: ['a', 'b'] } },
      problem: "identityPool: 'audience' is a list, allowed is one client id",
    },
    {
      name: 'two logins',
      identity: { identityPool: { userPool: {}, userPoolId: POOL, audience: 'a' } },
      problem: "identityPool: 'userPoolId' does not go with 'userPool'",
    },
    {
      name: 'settings of a pool that exists',
      identity: { identityPool: { identityPoolId: IDENTITY_POOL, tenantClaim: 'custom:a' } },
      problem: "identityPool: unknown option 'tenantClaim', known are identityPoolId",
    },
    {
      name: 'a tenant that people write themselves',
      identity: { identityPool: { userPool: {}, tenantClaim: 'locale' } },
      problem: "identityPool: 'tenantClaim' is 'locale', which people write themselves",
    },
    {
      name: 'permissions that people write themselves',
      identity: { identityPool: { userPoolId: POOL, audience: 'a', permissionsClaim: 'nickname' } },
      problem: "identityPool: 'permissionsClaim' is 'nickname', which people write themselves",
    },
    {
      name: 'pinned roles of an identity pool',
      identity: { identityPool: { userPool: {} } },
      problem: "'rolePinning' needs an OIDC issuer or a user pool",
    },
  ])('fail for $name', ({ name, identity, problem }) => {
    const { code, message } = refused({ identity, ...(name.startsWith('pinned') && { rolePinning: true }) });
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });

  const there = { userPoolId: POOL, audience: 'web', tokenTrigger: true };

  it.each([{ ...there }, { identity: there }, { identity: [{ issuerUrl: 'https://login.example.com', audience: 'web' }, there] }])(
    'fail for a trigger in another region than its pool: %j',
    (config) => {
      expect(refused({ ...config, region: 'us-east-1' }).message).toContain(
        "'tokenTrigger' would make the function in 'us-east-1', and the user pool is in 'eu-central-1'",
      );
      expect(() => stackWith({ ...config, region: 'eu-central-1' })).not.toThrow();
    },
  );

  it.each([
    { identity: { userPool: {} }, problem: "'customClaim' and 'userPool' exclude each other" },
    { ...there, problem: "'customClaim' and 'tokenTrigger' exclude each other" },
    { identity: [there], problem: "'customClaim' and 'tokenTrigger' exclude each other" },
  ])('fail for a claim by itself beside a function that makes tags: %j', ({ problem, ...config }) => {
    expect(refused({ ...config, customClaim: 'sub' }).message).toContain(problem);
  });
});

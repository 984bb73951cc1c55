import { TenantIdentityPool, type TenantIdentityPoolConfig } from '../../lib';
import { addressesOf, awsStack, onlyResource, refusalOf, synthesise } from '../support/synthesis';

const USER_POOL = { issuer: 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e', clientId: 'web' };

function stackWith(config: object = {}) {
  const stack = awsStack();
  const base: TenantIdentityPoolConfig = { identityPoolName: 'app', userPool: USER_POOL, logicalId: 'users' };
  new TenantIdentityPool(stack, 'identities', { ...base, ...config });
  return stack;
}

function tagsOf(config: object) {
  return onlyResource(synthesise(stackWith(config)), 'aws_cognito_identity_pool_provider_principal_tag');
}

describe('TenantIdentityPool', () => {
  it('takes logins of its user pool only, and asks it whether they still hold', () => {
    const stack = synthesise(stackWith());
    expect(addressesOf(stack)).toEqual([
      'aws_cognito_identity_pool.users',
      'aws_cognito_identity_pool_provider_principal_tag.users',
    ]);
    expect(onlyResource(stack, 'aws_cognito_identity_pool')).toMatchObject({
      identity_pool_name: 'app',
      allow_unauthenticated_identities: false,
      allow_classic_flow: false,
      cognito_identity_providers: [{ provider_name: USER_POOL.issuer, client_id: 'web', server_side_token_check: true }],
    });
  });

  it('maps the claim of the tenant, and that of permissions where they count', () => {
    expect(tagsOf({})).toMatchObject({
      identity_pool_id: '${aws_cognito_identity_pool.users.id}',
      identity_provider_name: USER_POOL.issuer,
      use_defaults: false,
      principal_tags: { tenant_id: 'custom:tenant_id' },
    });
    expect(tagsOf({ tenantTagKey: 'org', tenantClaim: 'custom:org', permissionsTagKey: 'access' })).toMatchObject({
      principal_tags: { org: 'custom:org', access: 'custom:role' },
    });
    expect(tagsOf({ permissionsTagKey: 'access', permissionsClaim: 'custom:permissions' })).toMatchObject({
      principal_tags: { tenant_id: 'custom:tenant_id', access: 'custom:permissions' },
    });
  });

  it('gives out tokens of its own by name only', () => {
    expect(onlyResource(synthesise(stackWith({ allowClassicFlow: true })), 'aws_cognito_identity_pool')).toMatchObject({
      allow_classic_flow: true,
    });
  });

  it.each<{ name: string; config: object; problem: string }>([
    { name: 'no name', config: { identityPoolName: undefined }, problem: "'identityPoolName' is needed" },
    { name: 'no user pool', config: { userPool: undefined }, problem: "'userPool' is null, allowed is an object" },
    { name: 'an empty claim', config: { tenantClaim: '' }, problem: `'tenantClaim' is ""` },
    { name: 'a claim with a star', config: { permissionsClaim: 'custom:*' }, problem: `'permissionsClaim' is "custom:*"` },
    {
      name: 'a tenant that people choose',
      config: { tenantClaim: 'preferred_username' },
      problem: "'tenantClaim' is 'preferred_username', which people write themselves",
    },
    { name: 'permissions that people choose', config: { permissionsClaim: 'profile' }, problem: "'permissionsClaim' is 'profile'" },
    { name: 'a tag key of AWS', config: { tenantTagKey: 'aws:x' }, problem: `'tenantTagKey' is "aws:x"` },
    { name: 'the classic flow as text', config: { allowClassicFlow: 'yes' }, problem: `'allowClassicFlow' is "yes"` },
    {
      name: 'guests',
      config: { allowUnauthenticatedIdentities: true },
      problem: "unknown option 'allowUnauthenticatedIdentities'",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});

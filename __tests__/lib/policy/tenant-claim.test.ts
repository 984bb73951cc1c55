import {
  DEFAULT_TENANT_CLAIM,
  tenantAdmission,
  type TenantClaim,
  tenantConditionKey,
  tenantVariable,
} from '../../../lib/policy/tenant-claim';

const CUSTOM_CLAIM: TenantClaim = { kind: 'custom-claim', issuer: 'login.example.com/a', claim: 'custom:tenant_id' };
const REFUSED_TENANTS = ['*/*', '*..*', '* *'];

describe('the tenant in permission policies', () => {
  it.each<{ name: string; tenant: TenantClaim; key: string }>([
    { name: 'the default tag', tenant: DEFAULT_TENANT_CLAIM, key: 'aws:PrincipalTag/tenant_id' },
    { name: 'a tag of its own', tenant: { kind: 'session-tag', tagKey: 'Org Unit' }, key: 'aws:PrincipalTag/Org Unit' },
    { name: 'a custom claim', tenant: CUSTOM_CLAIM, key: 'login.example.com/a:custom:tenant_id' },
  ])('is $key for $name', ({ tenant, key }) => {
    expect(tenantConditionKey(tenant)).toBe(key);
    expect(tenantVariable(tenant)).toBe('${' + key + '}');
  });

  it('is the session tag tenant_id if nothing is said, without a default value', () => {
    expect(tenantVariable()).toBe('${aws:PrincipalTag/tenant_id}');
  });
});

describe('tenantAdmission', () => {
  it('wants a session tag that is named, not empty, harmless and the only one', () => {
    expect(tenantAdmission({ kind: 'session-tag', tagKey: 'org' })).toEqual({
      StringLike: { 'aws:RequestTag/org': ['?*'] },
      StringNotLike: { 'aws:RequestTag/org': REFUSED_TENANTS },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['org'] },
      Null: { 'aws:RequestTag/org': ['false'], 'aws:TagKeys': ['false'] },
    });
  });

  it('wants the same of a custom claim, which has no tag keys', () => {
    const key = 'login.example.com/a:custom:tenant_id';
    expect(tenantAdmission(CUSTOM_CLAIM)).toEqual({
      StringLike: { [key]: ['?*'] },
      StringNotLike: { [key]: REFUSED_TENANTS },
      Null: { [key]: ['false'] },
    });
  });
});

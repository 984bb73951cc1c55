import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import type { Conditions } from './document';
import { bothConditions, permissionAdmission, permissionsTagKey, type TenantPermissions } from './tenant-permissions';

/**
 * How the tenant of a session reaches IAM.
 *
 * - `session-tag`: the token carries a session tag and STS makes it a principal tag. This is what AWS does.
 * - `custom-claim`: the policies read a claim of the token as `<issuer>:<claim>`. AWS fills no such key, so on AWS nobody gets in;
 *   for emulators and providers that do fill it.
 */
export type TenantClaim =
  | { readonly kind: 'session-tag'; readonly tagKey: string }
  | { readonly kind: 'custom-claim'; readonly issuer: string; readonly claim: string };

export const DEFAULT_TENANT_CLAIM: TenantClaim = { kind: 'session-tag', tagKey: DEFAULT_TENANT_TAG_KEY };

/** The condition key that holds the tenant once the session exists, to be compared in permission policies. */
export function tenantConditionKey(tenant: TenantClaim): string {
  return tenant.kind === 'session-tag' ? `aws:PrincipalTag/${tenant.tagKey}` : `${tenant.issuer}:${tenant.claim}`;
}

/**
 * The policy variable that IAM replaces with the session's tenant: `${aws:PrincipalTag/tenant_id}`. It has no default value on
 * purpose: without a tenant it matches nothing.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function tenantVariable(tenant: TenantClaim = DEFAULT_TENANT_CLAIM): string {
  return '${' + tenantConditionKey(tenant) + '}';
}

/** Patterns that a tenant must not match: with a slash, two dots or a space tenant `a` could cover what belongs to `a/b`. */
const REFUSED_TENANTS = ['*/*', '*..*', '* *'];

/**
 * The conditions on the tenant under which a session may begin: it is named, not empty, of a harmless shape, and comes with no
 * other session tags than that of its permissions, if those count. `Null` belongs to the negated lines, which match when the key is
 * missing; `?*` refuses the empty tag, which `*` admits.
 */
export function tenantAdmission(tenant: TenantClaim, permissions?: TenantPermissions): Conditions {
  const key = tenant.kind === 'session-tag' ? `aws:RequestTag/${tenant.tagKey}` : tenantConditionKey(tenant);
  const shape = {
    StringLike: { [key]: ['?*'] },
    StringNotLike: { [key]: REFUSED_TENANTS },
  };
  if (tenant.kind === 'custom-claim') return { ...shape, Null: { [key]: ['false'] } };
  const tagKeys = [tenant.tagKey, ...(permissions === undefined ? [] : [permissionsTagKey(permissions)])];
  const admission = {
    ...shape,
    'ForAllValues:StringEquals': { 'aws:TagKeys': tagKeys },
    Null: { [key]: ['false'], 'aws:TagKeys': ['false'] },
  };
  return permissions === undefined ? admission : bothConditions(admission, permissionAdmission(permissions));
}

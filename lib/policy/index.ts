export {
  bucketAccessPolicy,
  type BucketAccessPolicyInput,
  type BucketGrant,
  type BucketLock,
  bucketLockStatements,
  bucketResourcePolicy,
  OBJECT_ACTIONS,
  tenantObjectPrefix,
} from './bucket';
export type { Conditions, OneOrMore, PolicyDocument, PolicyStatement, Principal } from './document';
export { isolationProblems, type SharedData } from './isolation-guard';
export { issuerOfProviderArn, issuerOfUrl, userPoolIssuer } from './issuer';
export { policyBytes, policyLength } from './limits';
export type { RoleLock } from './role-lock';
export {
  LEADING_KEY_ACTIONS,
  tableAccessPolicy,
  type TableAccessPolicyInput,
  type TableGrant,
  type TableLock,
  tableLockStatements,
  tableResourcePolicy,
} from './table';
export { DEFAULT_TENANT_CLAIM, type TenantClaim, tenantConditionKey, tenantVariable } from './tenant-claim';
export { encodedRoles, permissionsTagKey, type TenantPermissions } from './tenant-permissions';
export { IDENTITY_POOL_ISSUER, type TrustedIssuer, trustPolicy, type TrustPolicyInput } from './trust';

export {
  bucketAccessPolicy,
  type BucketAccessPolicyInput,
  type BucketGrant,
  bucketResourcePolicy,
  OBJECT_ACTIONS,
  tenantObjectPrefix,
} from './bucket';
export type { Conditions, OneOrMore, PolicyDocument, PolicyStatement, Principal } from './document';
export { isolationProblems, type SharedData } from './isolation-guard';
export { issuerOfProviderArn, issuerOfUrl, userPoolIssuer } from './issuer';
export { policyLength } from './limits';
export { LEADING_KEY_ACTIONS, tableAccessPolicy, type TableAccessPolicyInput, type TableGrant } from './table';
export { DEFAULT_TENANT_CLAIM, type TenantClaim, tenantConditionKey, tenantVariable } from './tenant-claim';
export { trustPolicy, type TrustPolicyInput } from './trust';

export { type MultiTenantIamErrorCode, MultiTenantIamError } from './errors';
export type {
  CognitoIdentity,
  ExistingIdentity,
  Identity,
  IdentityConfig,
  IdentityPoolIdentity,
  OidcIdentity,
  UserPoolIdentity,
} from './identity-config';
export { type IIdentityProvider, IdentityProvider, type IdentityProviderConfig } from './identity-provider';
export type { LockedRole } from './locked-role';
export { MultiTenantIam } from './multi-tenant-iam';
export type { MultiTenantIamConfig, MultiTenantIamOptions } from './multi-tenant-iam-config';
export { MultiTenantIamStack } from './multi-tenant-iam-stack';
export type {
  MultiTenantIamStackConfig,
  MultiTenantIamStackOptions,
  StackBucket,
  StackTable,
} from './multi-tenant-iam-stack-config';
export {
  type BucketGrant,
  type Conditions,
  type OneOrMore,
  type PolicyDocument,
  type PolicyStatement,
  type Principal,
  type TableGrant,
  type TenantClaim,
  type TenantPermissions,
  tenantVariable,
} from './policy';
export type { MadeUserPool, StackIdentity, StackIdentityConfig, StackIdentityPool } from './stack-identity';
export { type ExistingBucket, type ITenantBucket, TenantBucket, type TenantBucketConfig } from './tenant-bucket';
export {
  type IdentityPoolSettings,
  type ITenantIdentityPool,
  TenantIdentityPool,
  type TenantIdentityPoolConfig,
} from './tenant-identity-pool';
export type { TenantPolicy, TenantPolicyConfig } from './tenant-policy';
export type { TenantRole, TenantRoleConfig, TrustedProvider } from './tenant-role';
export { type ExistingTable, type ITenantTable, TenantTable, type TenantTableConfig, type TenantTableIndex } from './tenant-table';
export { type ITenantUserPool, TenantUserPool, type TenantUserPoolConfig, type UserPoolSettings } from './tenant-user-pool';
export type { TenantUsersStack } from './tenant-users-stack';
export { TokenTrigger, type TokenTags, type TokenTriggerConfig } from './token-trigger';

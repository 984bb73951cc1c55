import type { Construct } from 'constructs';
import { AwsEnvironment } from './aws-environment';
import { MultiTenantIamError } from './errors';
import type { PolicyDocument } from './policy/document';
import { MAX_RESOURCE_POLICY_BYTES, policyBytes } from './policy/limits';
import type { RoleLock } from './policy/role-lock';
import { type TenantClaim, tenantVariable } from './policy/tenant-claim';

/**
 * A tenant role of this account, by its name. The table or bucket makes the ARN itself: it is known when Terraform plans then, and
 * a role of another stack does not tie the two stacks together both ways.
 */
export interface LockedRole {
  readonly roleName: string;
  /** @default '/' */
  readonly path?: string;
  /** How the tenant of the role's sessions reaches IAM. */
  readonly tenant: TenantClaim;
}

/** The locks with one for this role, which may be among them already. */
export function withLock(scope: Construct, locks: readonly RoleLock[], role: LockedRole): readonly RoleLock[] {
  const { roleName, path, tenant } = role;
  const roleArn = AwsEnvironment.of(scope).roleArn(roleName, path);
  const same = (lock: RoleLock) => lock.roleArn === roleArn && tenantVariable(lock.tenant) === tenantVariable(tenant);
  return locks.some(same) ? locks : [...locks, { roleArn, tenant }];
}

/** @throws MultiTenantIamError `limit.exceeded` */
export function checkResourcePolicySize(path: string, document: PolicyDocument): void {
  const bytes = policyBytes(document);
  if (bytes <= MAX_RESOURCE_POLICY_BYTES) return;
  throw new MultiTenantIamError(
    'limit.exceeded',
    `${path}: the policy has at least ${bytes} bytes, AWS takes ${MAX_RESOURCE_POLICY_BYTES}: grant it to fewer roles, or turn lockTenantRoles off.`,
  );
}

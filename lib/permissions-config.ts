import { Token } from 'cdktf';
import { DEFAULT_PERMISSIONS_TAG_KEY, DEFAULT_TENANT_TAG_KEY, roleProblems } from 'multi-tenant-data-access/tenancy';
import { type ConfigCheck, show } from './config-check';
import { LIMITS } from './policy/limits';
import type { TenantPermissions } from './policy/tenant-permissions';

const OPTIONS = { tagKey: true, roles: true } as const satisfies Record<keyof TenantPermissions, true>;

/** Checks what is said of roles and permissions; what nobody could hold is an error. */
export function checkPermissions(
  check: ConfigCheck,
  permissions: unknown,
  tenantTagKey: unknown = DEFAULT_TENANT_TAG_KEY,
): ConfigCheck {
  if (!check.object('permissions', permissions)) return check;
  return check.part('permissions', (part) => {
    const { tagKey = DEFAULT_PERMISSIONS_TAG_KEY, roles } = permissions as { tagKey?: unknown; roles?: unknown };
    part.onlyKnown(permissions, OPTIONS).fits('tagKey', tagKey, LIMITS.tagKey);
    if (Token.isUnresolved(tagKey)) part.problem("'tagKey' must be known at synthesis");
    if (isSame(tagKey, tenantTagKey)) {
      part.problem(`'tagKey' is ${show(tagKey)}, which is the tenant's: give another`);
    }
    for (const problem of roleProblems(roles)) part.problem(problem);
  });
}

/** To IAM, keys that differ in case alone are one. */
function isSame(left: unknown, right: unknown): boolean {
  return typeof left === 'string' && typeof right === 'string' && left.toLowerCase() === right.toLowerCase();
}

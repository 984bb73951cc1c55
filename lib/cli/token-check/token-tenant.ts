import {
  decodePermissions,
  isRoleName,
  parsePermissions,
  parseTenantId,
  type Permission,
  ROLES_CLAIM,
} from 'multi-tenant-data-access/tenancy';
import { type Claims, type Finding, listOf, note, ok, shown, unchecked, wrong } from './finding';
import type { TokenTags } from './token-tags';

/** Whose data the session will reach. */
export function tenantFinding({ tags }: TokenTags, tenantKey: string): Finding {
  const value = tags.find(([key]) => key === tenantKey)?.[1];
  if (value === undefined) {
    return wrong('tenant', `there is no tag ${shown(tenantKey)}`, 'have the issuer add it, for this user too');
  }
  if (value === '') {
    return wrong('tenant', `tag ${shown(tenantKey)} is empty`, 'give the user a tenant; the trust policy refuses the empty one');
  }
  try {
    return ok('tenant', shown(parseTenantId(value)));
  } catch (error) {
    const says = error instanceof Error ? error.message.replace(/\.$/, '') : 'it is no tenant id';
    return wrong('tenant', says, "correct the user's record");
  }
}

/** What the session will be permitted, where the settings have `permissions`: whether they do, the token does not say. */
export function permissionsFinding({ tags }: TokenTags, permissionsKey: string): Finding {
  const value = tags.find(([key]) => key === permissionsKey)?.[1];
  if (value === undefined) {
    return note('permissions', `no tag ${shown(permissionsKey)}: where the settings have 'permissions' the session may do nothing`);
  }
  const decoded = decodePermissions(value);
  if (decoded !== undefined) return decodedFinding(value, decoded);
  if (isRoleName(value)) {
    return unchecked('permissions', `role ${shown(value)}; the settings must name it, or they refuse the token`);
  }
  const mend = "write the name of a role of the settings, or six places as in 'rw-/r--', first the table's, then the bucket's";
  return wrong('permissions', `${shown(value)} is neither a role's name nor encoded permissions`, mend);
}

function decodedFinding(value: string, permissions: ReadonlySet<Permission>): Finding {
  try {
    parsePermissions([...permissions]);
    const held = [...permissions].join(', ') || 'none';
    return unchecked('permissions', `${shown(value)}: ${held}; the settings must have 'permissions', or they refuse the token`);
  } catch {
    return wrong(
      'permissions',
      `${shown(value)} writes to the table without reading it`,
      "add 'r': no policy made here grants one without the other",
    );
  }
}

/** Whether the token may be used for a role, by the claim that lists the only ones. */
export function rolesFinding(claims: Claims, roleArn: string | undefined): Finding | undefined {
  const claim = claims[ROLES_CLAIM];
  if (claim === undefined) {
    if (roleArn === undefined) return undefined;
    return wrong('roles', `there is no claim '${ROLES_CLAIM}'`, `have the issuer add it: ["${roleArn}"]`);
  }
  const roles = listOf(claim);
  if (roles === undefined) return wrong('roles', `claim '${ROLES_CLAIM}' is ${shown(claim)}`, 'make it a list of ARNs of roles');
  if (roleArn === undefined) return note('roles', `STS takes it for ${roles.map(shown).join(', ')} only`);
  if (roles.includes(roleArn)) return ok('roles', shown(roleArn));
  return wrong(
    'roles',
    `it lists ${roles.map(shown).join(', ') || 'none'}, not ${shown(roleArn)}`,
    "add the stack's output role_arn, exactly",
  );
}

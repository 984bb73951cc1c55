import {
  DEFAULT_PERMISSIONS_TAG_KEY,
  encodePermissions,
  parsePermissions,
  permissionPatterns,
  type Permission,
  type PermissionName,
} from 'multi-tenant-data-access/tenancy';
import type { Conditions } from './document';

/** What the roles of users may do with their own tenant's data, and where tokens say it. */
export interface TenantPermissions {
  /**
   * Key of the session tag that carries the name of a role, or encoded permissions.
   *
   * @default 'permissions'
   */
  readonly tagKey?: string;
  /** What each role may do, by its name: `{ viewer: ['read'], editor: ['read', 'write'] }`. None: tokens carry permissions only. */
  readonly roles: Readonly<Record<string, readonly PermissionName[]>>;
}

/** Key of the session tag that carries the permissions. */
export function permissionsTagKey({ tagKey = DEFAULT_PERMISSIONS_TAG_KEY }: Pick<TenantPermissions, 'tagKey'>): string {
  return tagKey;
}

/** Each role with its permissions, encoded: `{ viewer: 'r--/r--' }`. */
export function encodedRoles({ roles }: TenantPermissions): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(roles).map(([name, names]) => [name, encodePermissions(parsePermissions(names))]));
}

/**
 * The values of the tag that hold all of these permissions, for `StringLike`: names of roles, and patterns of encoded permissions.
 * Names hold no wildcard and no `/`, and what is needed is written out in the patterns, so nothing else matches.
 */
function holders({ roles }: TenantPermissions, needed: readonly Permission[]): string[] {
  const named = Object.entries(roles).flatMap(([name, names]) => {
    const held = parsePermissions(names);
    return needed.every((permission) => held.has(permission)) ? [name] : [];
  });
  return [...named, ...permissionPatterns(needed)];
}

/** The condition under which a session may do what needs these permissions. A session without the tag holds none. */
export function permissionCondition(permissions: TenantPermissions, needed: readonly Permission[]): Conditions {
  return { StringLike: { [`aws:PrincipalTag/${permissionsTagKey(permissions)}`]: holders(permissions, needed) } };
}

/** The condition on the tag under which a session may begin: it is absent, names a role that is mapped, or holds permissions. */
export function permissionAdmission(permissions: TenantPermissions): Conditions {
  return { StringLikeIfExists: { [`aws:RequestTag/${permissionsTagKey(permissions)}`]: holders(permissions, []) } };
}

/** One set of conditions: all of either must hold. Both may use the same operator, not the same key with it. */
export function bothConditions(left: Conditions, right: Conditions): Conditions {
  const operators = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(operators.map((operator) => [operator, { ...left[operator], ...right[operator] }]));
}

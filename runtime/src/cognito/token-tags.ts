import { quote, TenantDataAccessError } from '../errors';
import { encodePermissions, parsePermissions, parseTenantId, ROLES_CLAIM, SESSION_TAGS_CLAIM } from '../tenancy';
import type { TokenPermissionSettings, TokenTriggerSettings } from './token-trigger-settings';

/** The session tags of a token by their keys: the tenant id, and the encoded permissions where they are configured. */
export type TokenTags = Readonly<Record<string, string>>;

/**
 * The session tags of the user with this record. Only the attributes that the settings name decide, and only those that are the record's
 * own. Role and permissions add up; a user with neither gets `---/---`, the tag that permits nothing, whatever the role is tagged with.
 *
 * @param userAttributes as Cognito hands them to a trigger
 * @param settings checked ones, see `checkTokenTriggerSettings`
 * @throws TenantDataAccessError `token.tenant_missing`, `tenant.invalid` or `permissions.invalid`
 *
 * @example
 * ```ts
 * tokenTags({ 'custom:tenant_id': 'acme', 'custom:role': 'editor' }, settings); // { tenant_id: 'acme', permissions: 'rw-/rw-' }
 * ```
 */
export function tokenTags(userAttributes: unknown, settings: TokenTriggerSettings): TokenTags {
  const { tenantAttribute, tenantTagKey, permissions } = settings;
  const tags = { [tenantTagKey]: tenantOf(userAttributes, tenantAttribute) };
  return permissions === undefined ? tags : { ...tags, [permissions.tagKey]: permissionsOf(userAttributes, permissions) };
}

/**
 * The claims that carry these tags to STS. The tags are transitive: they stay with sessions of further roles.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function tokenClaims(tags: TokenTags, { roleArns }: Pick<TokenTriggerSettings, 'roleArns'>): Record<string, unknown> {
  const principalTags = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, [value]]));
  return {
    [SESSION_TAGS_CLAIM]: { principal_tags: principalTags, transitive_tag_keys: Object.keys(tags) },
    ...(roleArns !== undefined && { [ROLES_CLAIM]: [...roleArns] }),
  };
}

function tenantOf(userAttributes: unknown, name: string): string {
  const value = attributeOf(userAttributes, name);
  if (value === undefined || value === '') {
    throw new TenantDataAccessError(
      'token.tenant_missing',
      `The user has no attribute ${quote(name)}: an administrator must set it to the id of the user's tenant.`,
    );
  }
  try {
    return parseTenantId(value);
  } catch (error) {
    throw new TenantDataAccessError(
      'tenant.invalid',
      `The user's attribute ${quote(name)} is wrong. ${error instanceof Error ? error.message : ''} An administrator must correct it; ` +
        'where it is immutable, by making the user anew.',
    );
  }
}

function permissionsOf(userAttributes: unknown, settings: TokenPermissionSettings): string {
  const role = attributeOf(userAttributes, settings.roleAttribute);
  const permissions = attributeOf(userAttributes, settings.permissionsAttribute);
  const names = [
    ...(role === undefined ? [] : permissionsOfRole(role, settings)),
    ...(permissions === undefined ? [] : namesIn(permissions, settings.permissionsAttribute)),
  ];
  return encodePermissions(parsePermissions(names));
}

function permissionsOfRole(role: unknown, { roleAttribute, roles }: TokenPermissionSettings): readonly string[] {
  const names = typeof role === 'string' && Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (names === undefined) {
    throw new TenantDataAccessError(
      'permissions.invalid',
      `The user's attribute ${quote(roleAttribute)} is ${quote(role)}, which is no role here: an administrator must set it to one ` +
        'of the configured roles, with case, or delete it.',
    );
  }
  return names;
}

function namesIn(permissions: unknown, attribute: string): string[] {
  const names = typeof permissions === 'string' ? permissions.split(' ').filter((name) => name !== '') : [];
  if (names.length === 0) {
    throw new TenantDataAccessError(
      'permissions.invalid',
      `The user's attribute ${quote(attribute)} is ${quote(permissions)}: an administrator must set it to names of permissions, ` +
        'separated by spaces, or delete it.',
    );
  }
  return names;
}

/** An attribute of the record itself: what every object inherits is nobody's. */
function attributeOf(userAttributes: unknown, name: string): unknown {
  if (typeof userAttributes !== 'object' || userAttributes === null || !Object.hasOwn(userAttributes, name)) return undefined;
  return (userAttributes as Readonly<Record<string, unknown>>)[name];
}

/**
 * What a session may do with its own tenant's data, beside which tenant it is: how tokens say it, in one session tag, and how policies
 * read it. The identity provider, the policies, the proofs and the tests all take it from here.
 *
 * The tag's value is the name of a role that the infrastructure maps to permissions, or the permissions themselves: six characters in
 * fixed places, `rwd/rwd`, first those on the table, then those on the bucket, a `-` for each that is missing. So every permission has
 * its own place, and the few values that hold it can be written out.
 */
import { quote, TenantDataAccessError } from './errors';

/** Key of the session tag that carries the permissions, read by policies as `aws:PrincipalTag/permissions`. */
export const DEFAULT_PERMISSIONS_TAG_KEY = 'permissions';

/** What can be permitted on the data of the own tenant, in the order of the encoding. */
export const PERMISSIONS = ['table:read', 'table:write', 'table:delete', 'bucket:read', 'bucket:write', 'bucket:delete'] as const;

/** A permission on the tenant's items (`table`) or objects (`bucket`). */
export type Permission = (typeof PERMISSIONS)[number];

/** A permission as settings and claims name it: on the table or the bucket, or without either, on both. */
export type PermissionName = Permission | 'read' | 'write' | 'delete';

/** Names of permissions, for messages. */
export const PERMISSION_NAMES = ['read', 'write', 'delete', ...PERMISSIONS] as const satisfies readonly PermissionName[];

const LETTERS: Readonly<Record<string, string>> = { read: 'r', write: 'w', delete: 'd' };
const NONE = '-';
const ANY = '?';
const SEPARATOR = '/';
const PER_PLACE = 3;
const ENCODED = /^[r-][w-][d-]\/[r-][w-][d-]$/;
const ROLE_NAMES = '1-64 characters of letters, digits and _ . -, beginning with a letter';
const ROLE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/**
 * Whether a value can be the name of a role: 1-64 characters of letters, digits and `_ . -`, beginning with a letter. None of them can be
 * taken for encoded permissions, which hold a `/`, or for a pattern.
 */
export function isRoleName(value: unknown): value is string {
  return typeof value === 'string' && ROLE_NAME.test(value);
}

/**
 * Reads names of permissions; `read` stands for `table:read` and `bucket:read`. On the table, writing and deleting need reading: DynamoDB
 * answers a write with the item that was there, if asked to.
 *
 * @throws TenantDataAccessError `permissions.invalid`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
 */
export function parsePermissions(names: readonly unknown[]): ReadonlySet<Permission> {
  const permissions = new Set(names.flatMap(permissionsOf));
  const blind = PERMISSIONS.find((each) => each !== 'table:read' && each.startsWith('table:') && permissions.has(each));
  if (blind !== undefined && !permissions.has('table:read')) {
    throw invalid(
      `${quote(blind)} needs 'table:read' beside it: DynamoDB answers a write with the item that was there, if asked to`,
    );
  }
  return permissions;
}

/** What is wrong with a mapping of roles to permissions, `{ viewer: ['read'] }`, as plain JavaScript may give it; empty if nothing is. */
export function roleProblems(roles: unknown): string[] {
  if (roles === undefined) return ["'roles' is needed: an object of names and lists of permissions"];
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) {
    return [`'roles' is ${quote(roles)}, allowed is an object of names and lists of permissions`];
  }
  return Object.entries(roles as Readonly<Record<string, unknown>>).flatMap(([name, names]) => [
    ...(isRoleName(name) ? [] : [`'roles' names ${quote(name)}, allowed are ${ROLE_NAMES}`]),
    ...listProblems(`'roles.${name}'`, names),
  ]);
}

function listProblems(what: string, names: unknown): string[] {
  if (!Array.isArray(names)) return [`${what} is ${quote(names)}, allowed is a list of permissions`];
  try {
    parsePermissions(names);
    return [];
  } catch (error) {
    if (!(error instanceof TenantDataAccessError)) throw error;
    return [`${what}: ${error.message.replace(UNUSABLE, '').replace(/\.$/, '')}`];
  }
}

function permissionsOf(name: unknown): Permission[] {
  const found = PERMISSIONS.filter((permission) => permission === name || permission.split(':')[1] === name);
  if (found.length === 0) throw invalid(`${quote(name)} is no permission, allowed are ${PERMISSION_NAMES.join(', ')}`);
  return found;
}

/** The value of the session tag: `rw-/r--`; without any permission `---/---`. */
export function encodePermissions(permissions: Iterable<Permission>): string {
  const held = new Set(permissions);
  const letters = PERMISSIONS.map((permission) => (held.has(permission) ? letterOf(permission) : NONE)).join('');
  return `${letters.slice(0, PER_PLACE)}${SEPARATOR}${letters.slice(PER_PLACE)}`;
}

/**
 * Reads the value of the session tag, if it is no name of a role.
 *
 * @returns undefined if it is not encoded permissions.
 */
export function decodePermissions(value: string): ReadonlySet<Permission> | undefined {
  if (!ENCODED.test(value)) return undefined;
  const letters = value.replace(SEPARATOR, '');
  return new Set(PERMISSIONS.filter((_, index) => letters[index] !== NONE));
}

/**
 * The patterns, for IAM's `StringLike`, of the encoded permissions that hold at least these: for `table:write` and `table:read`
 * `['rw-/???', 'rwd/???']`. What is needed of the table or the bucket is written out, so that nothing but encoded permissions matches;
 * a half of which nothing is needed may be anything.
 */
export function permissionPatterns(permissions: Iterable<Permission>): string[] {
  const needed = new Set(permissions);
  const [table, bucket] = [PERMISSIONS.slice(0, PER_PLACE), PERMISSIONS.slice(PER_PLACE)].map((half) => halves(half, needed));
  return (table ?? []).flatMap((left) => (bucket ?? []).map((right) => `${left}${SEPARATOR}${right}`));
}

function halves(half: readonly Permission[], needed: ReadonlySet<Permission>): string[] {
  if (!half.some((permission) => needed.has(permission))) return [ANY.repeat(PER_PLACE)];
  return half.reduce<string[]>(
    (texts, permission) => texts.flatMap((text) => [...(needed.has(permission) ? [] : [text + NONE]), text + letterOf(permission)]),
    [''],
  );
}

function letterOf(permission: Permission): string {
  return LETTERS[permission.split(':')[1] ?? ''] ?? NONE;
}

const UNUSABLE = 'The permissions cannot be used: ';

function invalid(reason: string): TenantDataAccessError {
  return new TenantDataAccessError('permissions.invalid', `${UNUSABLE}${reason}.`);
}

/**
 * The conventions that the infrastructure and the application share: what a tenant id is, where the token carries it and what
 * it may do, and where the tenant's data lies. It imports no SDK, so policies, provers and triggers can use it too.
 */
import { quote, TenantDataAccessError } from './errors';

export {
  decodePermissions,
  DEFAULT_PERMISSIONS_TAG_KEY,
  encodePermissions,
  isRoleName,
  parsePermissions,
  permissionPatterns,
  type Permission,
  PERMISSION_NAMES,
  type PermissionName,
  PERMISSIONS,
  roleProblems,
} from './permissions';

/** Key of the session tag that carries the tenant, read by policies as `${aws:PrincipalTag/tenant_id}`. */
export const DEFAULT_TENANT_TAG_KEY = 'tenant_id';

/**
 * Claim that lists the ARNs of the only roles that STS lets a token assume.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export const ROLES_CLAIM = 'https://aws.amazon.com/roles';

/**
 * Claim under which STS looks for session tags in a token; the flattened form appends `/principal_tags/<key>`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export const SESSION_TAGS_CLAIM = 'https://aws.amazon.com/tags';

/**
 * Attribute of an Amazon Cognito user, and claim of its ID token, that names the tenant in the user pools made by `multi-tenant-iam`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
export const TENANT_ATTRIBUTE = 'custom:tenant_id';

/** The same for the role of the user, a name. */
export const ROLE_ATTRIBUTE = 'custom:role';

/** The same for permissions by themselves, names separated by spaces. */
export const PERMISSIONS_ATTRIBUTE = 'custom:permissions';

/** Partition key of the table, a string: the tenant id. It is what `dynamodb:LeadingKeys` compares. */
export const PARTITION_KEY = 'tenantId';

/** Sort key of the table, a string. */
export const SORT_KEY = 'dataId';

/** First part of every object key: objects lie under `tenants/<tenant id>/`. */
export const OBJECT_ROOT = 'tenants';

/** Longest tenant id, in characters. All of them are ASCII, so in bytes too. */
export const MAX_TENANT_ID_LENGTH = 128;

/** Longest object key that S3 takes, in bytes of UTF-8, the tenant's prefix included. */
export const MAX_OBJECT_KEY_BYTES = 1024;

/** Longest sort key value that DynamoDB takes, in bytes of UTF-8. */
export const MAX_SORT_KEY_BYTES = 1024;

const TENANT_ID = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
/** C0, DEL and C1; and halves of a surrogate pair, which UTF-8 cannot carry. */
const UNUSABLE_IN_KEYS = /[\p{Cc}\p{Cs}]/u;
/** UTF-8 cannot carry it: two ids that differ in it alone would become one. */
const HALF_PAIR = /\p{Cs}/u;

/**
 * Checks a tenant id: 1-128 characters of `A-Z a-z 0-9 . _ -`, first and last a letter or digit, no `..`. Case matters:
 * `Acme` and `acme` are two tenants.
 *
 * @returns the id, unchanged.
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function parseTenantId(value: unknown): string {
  if (typeof value === 'string' && TENANT_ID.test(value) && !value.includes('..')) return value;
  throw new TenantDataAccessError(
    'tenant.invalid',
    `${quote(value)} is not a tenant id: allowed are 1-${MAX_TENANT_ID_LENGTH} characters of A-Z a-z 0-9 . _ -, ` +
      "beginning and ending with a letter or digit, without '..'.",
  );
}

/**
 * Whether IAM takes the key for a session tag: 1-128 characters of letters, digits, spaces and `_ . : / = + - @`, not starting with
 * `aws:`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function isTenantTagKey(value: unknown): value is string {
  return typeof value === 'string' && TAG_KEY.test(value) && !/^aws:/i.test(value);
}

/**
 * The prefix under which all objects of a tenant lie, with the closing slash: `tenants/acme/`. Use it for listing.
 *
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function objectPrefix(tenantId: string): string {
  return `${OBJECT_ROOT}/${parseTenantId(tenantId)}/`;
}

/**
 * The key of a tenant's object: `objectKey('acme', 'documents/a.pdf')` is `tenants/acme/documents/a.pdf`.
 *
 * @param key relative to the tenant: not empty, no leading slash, no `.` or `..` segment, no control character, no half of a
 *   surrogate pair; with the prefix at most 1,024 bytes of UTF-8. Every other key is taken as it is, byte for byte.
 * @throws TenantDataAccessError `tenant.invalid`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function objectKey(tenantId: string, key: string): string {
  const prefix = objectPrefix(tenantId);
  if (typeof key !== 'string' || key === '') throw notAKey(key, 'an object key', 'it must be a string of at least one character');
  const refused = objectKeyProblem(key, key.split('/'), prefix);
  if (refused !== undefined) throw notAKey(key, 'an object key', refused);
  return prefix + key;
}

/**
 * The prefix for a listing of a tenant's objects: `objectListPrefix('acme', 'documents/2026-')` is `tenants/acme/documents/2026-`.
 *
 * @param prefix relative to the tenant. It follows the rules of a key, but may be empty, and may end anywhere.
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function objectListPrefix(tenantId: string, prefix: string): string {
  const tenantPrefix = objectPrefix(tenantId);
  if (typeof prefix !== 'string') throw notAKey(prefix, 'a prefix of object keys', 'it must be a string');
  // The last segment is not whole yet: '.' may be the beginning of '.hidden'.
  const refused = objectKeyProblem(prefix, prefix.split('/').slice(0, -1), tenantPrefix);
  if (refused !== undefined) throw notAKey(prefix, 'a prefix of object keys', refused);
  return tenantPrefix + prefix;
}

function notAKey(value: unknown, what: string, why: string): TenantDataAccessError {
  return new TenantDataAccessError('tenant.invalid', `${quote(value)} is not ${what}: ${why}.`);
}

function objectKeyProblem(key: string, wholeSegments: readonly string[], prefix: string): string | undefined {
  if (key.startsWith('/')) return 'it is relative to the tenant, drop the leading slash';
  if (wholeSegments.some((segment) => segment === '..' || segment === '.')) return "a segment '.' or '..' is not allowed";
  if (UNUSABLE_IN_KEYS.test(key)) return 'control characters and halves of a surrogate pair are not allowed';
  if (Buffer.byteLength(prefix + key) > MAX_OBJECT_KEY_BYTES) {
    return `with ${prefix} it is longer than ${MAX_OBJECT_KEY_BYTES} bytes`;
  }
  return undefined;
}

/**
 * The primary key of a tenant's item: `{ tenantId, dataId }`.
 *
 * @param dataId 1-1,024 bytes of UTF-8, DynamoDB's limit for a sort key, without half of a surrogate pair.
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function itemKey(tenantId: string, dataId: string): { tenantId: string; dataId: string } {
  if (typeof dataId !== 'string' || dataId === '' || Buffer.byteLength(dataId) > MAX_SORT_KEY_BYTES || HALF_PAIR.test(dataId)) {
    throw new TenantDataAccessError(
      'tenant.invalid',
      `${quote(dataId)} is not a data id: allowed is a string of 1-${MAX_SORT_KEY_BYTES} bytes, without half of a surrogate pair.`,
    );
  }
  return { [PARTITION_KEY]: parseTenantId(tenantId), [SORT_KEY]: dataId };
}

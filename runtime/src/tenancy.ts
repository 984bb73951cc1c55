/**
 * The conventions that the infrastructure and the application share: what a tenant id is, where the token carries it, and
 * where the tenant's data lies. It imports no SDK, so policies, provers and triggers can use it too.
 */
import { quote, TenantDataAccessError } from './errors';

/** Key of the session tag that carries the tenant, read by policies as `${aws:PrincipalTag/tenant_id}`. */
export const DEFAULT_TENANT_TAG_KEY = 'tenant_id';

/**
 * Claim under which STS looks for session tags in a token; the flattened form appends `/principal_tags/<key>`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export const SESSION_TAGS_CLAIM = 'https://aws.amazon.com/tags';

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
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

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
 * @param key relative to the tenant: not empty, no leading slash, no `.` or `..` segment, no control character; with the prefix
 *   at most 1,024 bytes of UTF-8.
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function objectKey(tenantId: string, key: string): string {
  const prefix = objectPrefix(tenantId);
  const refused = objectKeyProblem(key, prefix);
  if (refused !== undefined) throw new TenantDataAccessError('tenant.invalid', `${quote(key)} is not an object key: ${refused}.`);
  return prefix + key;
}

function objectKeyProblem(key: unknown, prefix: string): string | undefined {
  if (typeof key !== 'string' || key === '') return 'it must be a string of at least one character';
  if (key.startsWith('/')) return 'it is relative to the tenant, drop the leading slash';
  if (key.split('/').some((segment) => segment === '..' || segment === '.')) return "a segment '.' or '..' is not allowed";
  if (CONTROL_CHARACTER.test(key)) return 'control characters are not allowed';
  if (Buffer.byteLength(prefix + key) > MAX_OBJECT_KEY_BYTES) {
    return `with ${prefix} it is longer than ${MAX_OBJECT_KEY_BYTES} bytes`;
  }
  return undefined;
}

/**
 * The primary key of a tenant's item: `{ tenantId, dataId }`.
 *
 * @param dataId 1-1,024 bytes of UTF-8, DynamoDB's limit for a sort key.
 * @throws TenantDataAccessError `tenant.invalid`
 */
export function itemKey(tenantId: string, dataId: string): { tenantId: string; dataId: string } {
  if (typeof dataId !== 'string' || dataId === '' || Buffer.byteLength(dataId) > MAX_SORT_KEY_BYTES) {
    throw new TenantDataAccessError(
      'tenant.invalid',
      `${quote(dataId)} is not a data id: allowed is a string of 1-${MAX_SORT_KEY_BYTES} bytes.`,
    );
  }
  return { [PARTITION_KEY]: parseTenantId(tenantId), [SORT_KEY]: dataId };
}

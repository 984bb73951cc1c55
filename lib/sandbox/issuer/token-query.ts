import { DEFAULT_PERMISSIONS_TAG_KEY, DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { MultiTenantIamError } from '../../errors';
import type { TokenAlgorithm } from './signing-key';
import { checkTokenOptions, type TokenOptions } from './token-options';

const TAG = 'tag.';
const CLAIM = 'claim.';
/** A shorter way to say `tag.permissions`, the tag's key by itself. */
const PERMISSIONS = 'permissions';
const PERMISSIONS_TAG = 'permissions-tag';
const WHOLE_NUMBER = /^-?\d{1,15}$/;

/** Parameters that may stand once, by the option that they set. */
const SINGLE = {
  tenant: 'tenantId',
  subject: 'subject',
  issuer: 'issuerUrl',
  algorithm: 'algorithm',
  'tag-key': 'tagKey',
  'tag-form': 'tagForm',
} as const satisfies Readonly<Record<string, keyof TokenOptions>>;

const NUMBERS = {
  'expires-in': 'expiresInSeconds',
  'not-before': 'notBeforeSeconds',
} as const satisfies Readonly<Record<string, keyof TokenOptions>>;

/** Parameters that may stand several times. */
const LISTS = {
  audience: 'audience',
  'transitive-tag-key': 'transitiveTagKeys',
} as const satisfies Readonly<Record<string, keyof TokenOptions>>;

const ALLOWED = [
  ...[SINGLE, NUMBERS, LISTS].flatMap((names) => Object.keys(names)),
  ...[PERMISSIONS, PERMISSIONS_TAG, `${TAG}<key>`, `${CLAIM}<name>`],
].join(', ');

/**
 * What a token is to say, of the query of `GET /_sandbox/token`: `tenant=acme&subject=user-1&expires-in=60&tag.plan=free`.
 * `audience` and `transitive-tag-key` may stand several times. `permissions=viewer` is short for `tag.permissions=viewer`. A claim that
 * begins with `[` or `{` is JSON, every other one is text: `claim.custom:tenant_id=acme&claim.groups=["a","b"]`.
 *
 * @throws MultiTenantIamError `config.invalid`, naming the parameter and what is allowed
 */
export function parseTokenQuery(query: URLSearchParams): TokenOptions {
  const options: Record<string, unknown> = {};
  const tags: [string, string][] = [];
  const claims: [string, unknown][] = [];
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    if (Object.hasOwn(LISTS, name)) {
      const option = LISTS[name as keyof typeof LISTS];
      options[option] = option === 'audience' && values.length === 1 ? values[0] : values;
      continue;
    }
    if (values.length > 1) throw invalid(`'${name}' may stand once`);
    const [value = ''] = values;
    if (Object.hasOwn(SINGLE, name)) options[SINGLE[name as keyof typeof SINGLE]] = value;
    else if (Object.hasOwn(NUMBERS, name)) options[NUMBERS[name as keyof typeof NUMBERS]] = secondsOf(name, value);
    else if (name.startsWith(TAG) && name !== TAG) tags.push([name.slice(TAG.length), value]);
    else if (name.startsWith(CLAIM) && name !== CLAIM) claims.push([name.slice(CLAIM.length), claimOf(name, value)]);
    else if (name === PERMISSIONS) tags.push([permissionsTagKey(query), value]);
    else if (name === PERMISSIONS_TAG && query.has(PERMISSIONS)) continue;
    else if (name === PERMISSIONS_TAG) throw invalid(`'${PERMISSIONS_TAG}' says where '${PERMISSIONS}' go, which are missing`);
    else throw invalid(`'${name}' is no parameter, allowed are ${ALLOWED}`);
  }
  if (tags.length > 0) options['tags'] = Object.fromEntries(tags);
  if (claims.length > 0) options['claims'] = Object.fromEntries(claims);
  assertOneOf('algorithm', options['algorithm'], ['ES256', 'RS256'] satisfies TokenAlgorithm[]);
  assertOneOf('tag-form', options['tagForm'], ['nested', 'flattened']);
  return checkTokenOptions(options);
}

/** A key that nothing else of the query sets: what is given twice would say one thing only, and not which. */
function permissionsTagKey(query: URLSearchParams): string {
  const key = query.get(PERMISSIONS_TAG) ?? DEFAULT_PERMISSIONS_TAG_KEY;
  if (key === '') throw invalid(`'${PERMISSIONS_TAG}' must not be empty`);
  if (query.has(`${TAG}${key}`)) throw invalid(`'${PERMISSIONS}' and '${TAG}${key}' are one tag, give one`);
  if (query.has('tenant') && key === (query.get('tag-key') ?? DEFAULT_TENANT_TAG_KEY)) {
    throw invalid(`the tag '${key}' is that of the tenant, '${PERMISSIONS}' need another one: give '${PERMISSIONS_TAG}'`);
  }
  return key;
}

function claimOf(name: string, value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw invalid(`'${name}' begins as JSON does, and is none`);
  }
}

function secondsOf(name: string, value: string): number {
  if (!WHOLE_NUMBER.test(value)) throw invalid(`'${name}' must be a whole number of seconds`);
  return Number(value);
}

function assertOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value as string)) return;
  throw invalid(`'${name}' must be ${allowed.join(' or ')}`);
}

function invalid(problem: string): MultiTenantIamError {
  return new MultiTenantIamError('config.invalid', `The query for a token is not valid: ${problem}.`);
}

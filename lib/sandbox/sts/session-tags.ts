import { isTenantTagKey, SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { AwsError } from '../http/aws-error';

/** Tags that a token asks for. */
export interface SessionTags {
  /** Values by key, as the token writes it. */
  readonly tags: Readonly<Record<string, string>>;
  /** Keys of those that are handed on when roles are chained. */
  readonly transitiveKeys: readonly string[];
}

const FLATTENED_TAG = `${SESSION_TAGS_CLAIM}/principal_tags/`;
const FLATTENED_TRANSITIVE = `${SESSION_TAGS_CLAIM}/transitive_tag_keys`;

const MOST_TAGS = 50;
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/**
 * Reads session tags from the claims of a token: from one object, `{ principal_tags: { key: [value] } }`, or from a claim for each tag. A
 * token with both is refused, as is all else that is not certain.
 *
 * @throws AwsError `InvalidIdentityToken` for claims of another shape, `ValidationError` for tags that IAM does not take
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function sessionTags(claims: Readonly<Record<string, unknown>>): SessionTags {
  const nested = claims[SESSION_TAGS_CLAIM];
  const flattened = Object.entries(claims).filter(([name]) => name.startsWith(`${SESSION_TAGS_CLAIM}/`));
  if (nested !== undefined && flattened.length > 0) throw malformed('they are given nested and flattened');
  const { pairs, transitiveKeys } = nested === undefined ? fromFlattened(flattened) : fromNested(nested);
  assertTaken(pairs, transitiveKeys);
  return { tags: Object.fromEntries(pairs), transitiveKeys };
}

interface Given {
  readonly pairs: readonly (readonly [key: string, value: string])[];
  readonly transitiveKeys: readonly string[];
}

function fromNested(claim: unknown): Given {
  if (!isRecord(claim)) throw malformed('the claim is no object');
  const { principal_tags: tags = {}, transitive_tag_keys: transitive = [], ...others } = claim;
  if (Object.keys(others).length > 0) throw malformed('the claim has a member that is not known');
  if (!isRecord(tags)) throw malformed('principal_tags is no object');
  const pairs = Object.entries(tags).map(([key, value]) => {
    const [only, ...more] = Array.isArray(value) ? (value as readonly unknown[]) : [];
    if (typeof only !== 'string' || more.length > 0) throw malformed('a tag in principal_tags is no list of exactly one string');
    return [key, only] as const;
  });
  return { pairs, transitiveKeys: keysOf(transitive) };
}

function fromFlattened(claims: readonly (readonly [string, unknown])[]): Given {
  const pairs: [string, string][] = [];
  let transitive: unknown = [];
  for (const [name, value] of claims) {
    if (name === FLATTENED_TRANSITIVE) {
      transitive = value;
    } else if (name.startsWith(FLATTENED_TAG)) {
      if (typeof value !== 'string') throw malformed('a flattened tag is no string');
      pairs.push([name.slice(FLATTENED_TAG.length), value]);
    } else {
      throw malformed('a claim below them is not known');
    }
  }
  return { pairs, transitiveKeys: keysOf(transitive) };
}

function keysOf(transitive: unknown): readonly string[] {
  if (Array.isArray(transitive) && transitive.every((key) => typeof key === 'string')) return transitive;
  throw malformed('transitive_tag_keys is no list of strings');
}

/** Keys are the same whatever their case, values are not. */
function assertTaken(pairs: Given['pairs'], transitiveKeys: readonly string[]): void {
  const keys = new Set(pairs.map(([key]) => key.toLowerCase()));
  const transitive = new Set(transitiveKeys.map((key) => key.toLowerCase()));
  if (pairs.length > MOST_TAGS) throw notTaken(`there are more than ${MOST_TAGS}`);
  if (!pairs.every(([key]) => isTenantTagKey(key))) {
    throw notTaken('a key is empty, too long, or has characters that keys cannot have');
  }
  if (!pairs.every(([, value]) => VALUE.test(value))) {
    throw notTaken('a value is too long, or has characters that values cannot have');
  }
  if (keys.size < pairs.length) throw notTaken('two keys differ in case only');
  if (transitive.size < transitiveKeys.length) throw notTaken('a transitive key stands twice');
  if (![...transitive].every((key) => keys.has(key))) throw notTaken('a transitive key is no key of a tag');
}

function malformed(why: string): AwsError {
  return new AwsError('InvalidIdentityToken', `Session tags of the token are not in correct format: ${why}`);
}

function notTaken(why: string): AwsError {
  return new AwsError('ValidationError', `Unable to validate tags: ${why}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

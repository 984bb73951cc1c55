import { isTenantTagKey, SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { LIMITS } from '../../policy/limits';
import { type Claims, type Finding, isRecord, note, ok, shown, wrong } from './finding';

/** Session tags that one call may carry. */
const MOST_TAGS = 50;

const FLATTENED_TAG = `${SESSION_TAGS_CLAIM}/principal_tags/`;
const FLATTENED_TRANSITIVE = `${SESSION_TAGS_CLAIM}/transitive_tag_keys`;

const FORM = `{"principal_tags": {"<key>": ["<value>"]}}`;

/** Tags that a token asks for, as it writes them. */
export interface TokenTags {
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly transitiveKeys: readonly string[];
}

interface Read extends TokenTags {
  readonly form: string;
}

/**
 * Reads the session tags of a token as STS does: from one object, or from a claim for each tag. Without tags in the answer there is
 * nothing that a policy could compare.
 *
 * @param expectedKeys keys that the trust policy admits; what else is there refuses the token
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function tagFindings(
  claims: Claims,
  expectedKeys: readonly string[],
): { readonly read?: TokenTags; readonly findings: readonly Finding[] } {
  const read = readTags(claims, expectedKeys);
  if (!('form' in read)) return { findings: [read] };
  const problem = limitProblem(read) ?? otherTagProblem(read, expectedKeys);
  const findings = [ok('tags', `${read.form}: ${read.tags.map(([key]) => shown(key)).join(', ')}`), ...(problem ? [problem] : [])];
  const [tenantKey = ''] = expectedKeys;
  if (problem === undefined && !read.transitiveKeys.some((key) => key.toLowerCase() === tenantKey.toLowerCase())) {
    findings.push(
      note('transitive', `${shown(tenantKey)} is no transitive tag: a role that is chained to this one would not see it`),
    );
  }
  return { read, findings };
}

function readTags(claims: Claims, expectedKeys: readonly string[]): Read | Finding {
  const nested = claims[SESSION_TAGS_CLAIM];
  const flattened = Object.entries(claims).filter(([name]) => name.startsWith(`${SESSION_TAGS_CLAIM}/`));
  if (nested !== undefined && flattened.length > 0) {
    return wrong(
      'tags',
      'they are there nested and flattened, and nobody knows which count',
      'have the issuer write one of the forms',
    );
  }
  if (nested !== undefined) return fromNested(nested);
  if (flattened.length > 0) return fromFlattened(flattened);
  return wrong('tags', `there is no claim '${SESSION_TAGS_CLAIM}' and none below it`, missingMend(claims, expectedKeys));
}

/** Providers have their own ways of missing the claim's name. */
function missingMend(claims: Claims, [tenantKey = '']: readonly string[]): string {
  if (isRecord(claims['https://aws'])) {
    return "the dots of the claim's name were taken for levels: write them as '\\.', as in https://aws\\.amazon\\.com/tags";
  }
  const alike = Object.keys(claims).filter((name) => name.toLowerCase().endsWith(tenantKey.toLowerCase()));
  if (alike.length > 0) {
    const names = alike.map(shown).join(', ');
    return `IAM does not look at ${names}: have the issuer write it as a session tag, or trade the token through an identity pool (--tenant-claim)`;
  }
  return `have the issuer add it; of Amazon Cognito send the ID token, and see to the trigger`;
}

function fromNested(claim: unknown): Read | Finding {
  if (typeof claim === 'string') {
    return wrong(
      'tags',
      'the claim is text, perhaps JSON written as a string',
      `make it an object, ${FORM}, or use the flattened form`,
    );
  }
  if (!isRecord(claim)) return wrong('tags', `the claim is ${shown(claim)}, not an object`, `make it ${FORM}`);
  const { principal_tags: tags = {}, transitive_tag_keys: transitive = [], ...others } = claim;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return wrong('tags', `the claim has a member ${shown(other)}`, "leave 'principal_tags' and 'transitive_tag_keys' only");
  }
  if (!isRecord(tags)) return wrong('tags', `'principal_tags' is ${shown(tags)}, not an object`, `make it ${FORM}`);
  const pairs: [string, string][] = [];
  for (const [key, values] of Object.entries(tags)) {
    const [value, ...more] = Array.isArray(values) ? (values as readonly unknown[]) : [];
    if (typeof value !== 'string' || more.length > 0) return wrong('tags', `tag ${shown(key)} is ${shown(values)}`, ONE_STRING);
    pairs.push([key, value]);
  }
  return withTransitive('nested', pairs, transitive);
}

const ONE_STRING = 'make it a list of exactly one string, ["<value>"]: a tag has one value';

function fromFlattened(entries: readonly (readonly [string, unknown])[]): Read | Finding {
  const pairs: [string, string][] = [];
  let transitive: unknown = [];
  for (const [name, value] of entries) {
    if (name === FLATTENED_TRANSITIVE) {
      transitive = value;
    } else if (!name.startsWith(FLATTENED_TAG)) {
      return wrong('tags', `${shown(name)} is no claim that AWS knows`, `name it '${FLATTENED_TAG}<key>'`);
    } else if (typeof value !== 'string') {
      return wrong('tags', `claim ${shown(name)} is ${shown(value)}`, 'make it one string, not a list: a tag has one value');
    } else {
      pairs.push([name.slice(FLATTENED_TAG.length), value]);
    }
  }
  return withTransitive('flattened', pairs, transitive);
}

function withTransitive(form: string, tags: [string, string][], transitive: unknown): Read | Finding {
  if (!Array.isArray(transitive) || !transitive.every((key) => typeof key === 'string')) {
    return wrong('tags', `'transitive_tag_keys' is ${shown(transitive)}`, 'make it a list of strings, or leave it out');
  }
  if (tags.length === 0) return wrong('tags', 'the claim is there and holds no tag', `make it ${FORM}`);
  return { form, tags, transitiveKeys: transitive };
}

function limitProblem({ tags, transitiveKeys }: TokenTags): Finding | undefined {
  const keys = tags.map(([key]) => key.toLowerCase());
  if (tags.length > MOST_TAGS) {
    return wrong('limits', `${tags.length} tags, IAM takes ${MOST_TAGS}`, 'leave out what no policy reads');
  }
  for (const [key, value] of tags) {
    if (!isTenantTagKey(key)) return wrong('limits', `${shown(key)} cannot be a key`, `allowed are ${LIMITS.tagKey.allowed}`);
    if (!LIMITS.tagValue.fits(value)) {
      return wrong('limits', `${shown(value)} cannot be the value of ${shown(key)}`, `allowed are ${LIMITS.tagValue.allowed}`);
    }
  }
  const twice = tags.find(([key], index) => keys.indexOf(key.toLowerCase()) !== index)?.[0];
  if (twice !== undefined) {
    return wrong('limits', `${shown(twice)} is there twice, in another case`, 'keys are the same in any case: leave one');
  }
  const transitive = transitiveKeys.map((key) => key.toLowerCase());
  const stray = transitiveKeys.find(
    (key, index) => !keys.includes(key.toLowerCase()) || transitive.indexOf(key.toLowerCase()) !== index,
  );
  if (stray === undefined) return undefined;
  return wrong('limits', `the transitive key ${shown(stray)} is no key of a tag, or stands twice`, 'name each tag once');
}

function otherTagProblem({ tags }: TokenTags, expectedKeys: readonly string[]): Finding | undefined {
  const other = tags.find(([key]) => !expectedKeys.includes(key))?.[0];
  if (other === undefined) return undefined;
  const meant = expectedKeys.find((key) => key.toLowerCase() === other.toLowerCase());
  return meant === undefined
    ? wrong(
        'other-tags',
        `tag ${shown(other)} is none of ${expectedKeys.map(shown).join(', ')}`,
        'leave it out: the trust policy admits no other',
      )
    : wrong('other-tags', `tag ${shown(other)} must be written ${shown(meant)}`, 'the trust policy compares keys with case');
}

import { MultiTenantIamError } from '../../errors';
import type { TokenAlgorithm } from './signing-key';
import { checkTokenOptions, type TokenOptions } from './token-options';

const TAG = 'tag.';
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

const ALLOWED = [...Object.keys(SINGLE), ...Object.keys(NUMBERS), ...Object.keys(LISTS), `${TAG}<key>`].join(', ');

/**
 * What a token is to say, of the query of `GET /_sandbox/token`: `tenant=acme&subject=user-1&expires-in=60&tag.plan=free`.
 * `audience` and `transitive-tag-key` may stand several times.
 *
 * @throws MultiTenantIamError `config.invalid`, naming the parameter and what is allowed
 */
export function parseTokenQuery(query: URLSearchParams): TokenOptions {
  const options: Record<string, unknown> = {};
  const tags: [string, string][] = [];
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
    else throw invalid(`'${name}' is no parameter, allowed are ${ALLOWED}`);
  }
  if (tags.length > 0) options['tags'] = Object.fromEntries(tags);
  assertOneOf('algorithm', options['algorithm'], ['ES256', 'RS256'] satisfies TokenAlgorithm[]);
  assertOneOf('tag-form', options['tagForm'], ['nested', 'flattened']);
  return checkTokenOptions(options);
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

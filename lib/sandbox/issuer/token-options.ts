import { MultiTenantIamError } from '../../errors';
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from './signing-key';

/** What a token is to say. Nothing of it is held against what AWS or this package takes, as attacks need the ill-formed too. */
export interface TokenOptions {
  /**
   * Tenant, which the token carries as a session tag.
   *
   * @default - none: without further tags the token has no claim for tags
   */
  readonly tenantId?: string;
  /**
   * User: claim `sub`.
   *
   * @default 'user-1'
   */
  readonly subject?: string;
  /**
   * Claim `iss`. The sandbox stands in for any issuer.
   *
   * @default - the first identity provider, else the sandbox's own issuer
   */
  readonly issuerUrl?: string;
  /**
   * Claim `aud`.
   *
   * @default - first client id of the first identity provider, else no such claim
   */
  readonly audience?: string | readonly string[];
  /**
   * Seconds until `exp`; zero or less makes a token that has expired.
   *
   * @default 3600
   */
  readonly expiresInSeconds?: number;
  /**
   * Seconds until `nbf`; less than zero for one that is past.
   *
   * @default - no such claim
   */
  readonly notBeforeSeconds?: number;
  /** @default 'ES256' */
  readonly algorithm?: TokenAlgorithm;
  /**
   * Key of the tenant's session tag.
   *
   * @default 'tenant_id'
   */
  readonly tagKey?: string;
  /**
   * How tags stand in the token: in one object, or each as a claim of its own, for providers that cannot issue objects.
   *
   * @default 'nested'
   */
  readonly tagForm?: 'nested' | 'flattened';
  /**
   * Further session tags.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Keys of tags that are handed on when roles are chained.
   *
   * @default - the tenant's, if there is one
   */
  readonly transitiveTagKeys?: readonly string[];
  /**
   * Further claims, put over all others; `undefined` takes a claim away.
   *
   * @default - none
   */
  readonly claims?: Readonly<Record<string, unknown>>;
}

type Rule = readonly [allowed: string, holds: (value: unknown) => boolean];

const TEXT: Rule = ['a string', (value) => typeof value === 'string'];
const SECONDS: Rule = ['a whole number of seconds', (value) => Number.isSafeInteger(value)];

const RULES: Readonly<Record<keyof TokenOptions, Rule>> = {
  tenantId: TEXT,
  subject: TEXT,
  issuerUrl: TEXT,
  audience: ['a string or a list of strings', (value) => typeof value === 'string' || isTexts(value)],
  expiresInSeconds: SECONDS,
  notBeforeSeconds: SECONDS,
  algorithm: ["'ES256' or 'RS256'", (value) => TOKEN_ALGORITHMS.includes(value as TokenAlgorithm)],
  tagKey: TEXT,
  tagForm: ["'nested' or 'flattened'", (value) => value === 'nested' || value === 'flattened'],
  tags: ['an object of strings', (value) => isRecord(value) && isTexts(Object.values(value))],
  transitiveTagKeys: ['a list of strings', isTexts],
  claims: ['an object', isRecord],
};

/**
 * Checks options as plain JavaScript may give them.
 *
 * @throws MultiTenantIamError `config.invalid`, naming every option that is wrong and what is allowed
 */
export function checkTokenOptions(options: unknown): TokenOptions {
  if (!isRecord(options)) throw invalid(['they are no object']);
  const problems = Object.entries(options).flatMap(([name, value]) => {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof TokenOptions] : undefined;
    if (rule === undefined) return [`'${name}' is no option, known are ${Object.keys(RULES).join(', ')}`];
    const [allowed, holds] = rule;
    return value === undefined || holds(value) ? [] : [`'${name}' must be ${allowed}`];
  });
  if (problems.length > 0) throw invalid(problems);
  return options;
}

function invalid(problems: readonly string[]): MultiTenantIamError {
  return new MultiTenantIamError('config.invalid', `The options of a token are not valid: ${problems.join('; ')}.`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

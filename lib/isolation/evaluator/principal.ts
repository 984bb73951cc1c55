import type { RequestPrincipal } from './request';
import type { Truth } from './truth';

/**
 * How a Principal element reaches a caller. A grant to a session reaches further than one to its role, and one to the account only lets
 * the account's own policies decide.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
 */
export type PrincipalReach = 'session' | 'identity' | 'account' | 'everybody';

/** Whether a Principal element names a caller, and how. */
export interface PrincipalMatch {
  readonly truth: Truth;
  readonly reach: PrincipalReach;
}

/** A Principal or NotPrincipal element, ready to be asked. */
export type CompiledPrincipal = (principal: RequestPrincipal) => PrincipalMatch;

const NO: PrincipalMatch = { truth: 'no', reach: 'identity' };
const UNKNOWN: PrincipalMatch = { truth: 'unknown', reach: 'identity' };

/** Ranks, the farthest first: the reach of a statement is its farthest. */
const REACHES: readonly PrincipalReach[] = ['session', 'everybody', 'identity', 'account'];

const KINDS = ['AWS', 'Federated', 'Service', 'CanonicalUser'] as const;
type Kind = (typeof KINDS)[number];

/**
 * Makes a Principal element ready. `undefined` if it is not written as IAM takes it.
 *
 * @param ofTrust whether it stands in a trust policy, where a federated principal is a token and never a session.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function compilePrincipal(element: unknown, ofTrust = false): CompiledPrincipal | undefined {
  const named = namedIn(element);
  if (named === undefined) return undefined;
  return (principal) => {
    const matches = named.map(([kind, value]) => matchOne(kind, value, principal, ofTrust));
    const sure = matches.filter(({ truth }) => truth === 'yes');
    if (sure.length > 0) return { truth: 'yes', reach: farthest(sure) };
    return matches.find(({ truth }) => truth === 'unknown') ?? NO;
  };
}

/**
 * Makes a NotPrincipal element ready. To exempt a role's session it takes the session, its role and its account; with only some of them
 * it depends on the service who is exempt, so it is left open.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function compileNotPrincipal(element: unknown): CompiledPrincipal | undefined {
  const named = namedIn(element);
  if (named === undefined) return undefined;
  return (principal) => {
    const matches = named.map(([kind, value]) => matchOne(kind, value, principal));
    const exempt = new Set(matches.filter(({ truth }) => truth === 'yes').map(({ reach }) => reach));
    if (exempt.has('everybody') || neededToExempt(principal).every((reach) => exempt.has(reach))) return NO;
    const open = exempt.size > 0 || matches.some(({ truth }) => truth === 'unknown');
    return { truth: open ? 'unknown' : 'yes', reach: 'everybody' };
  };
}

function neededToExempt({ kind }: RequestPrincipal): readonly PrincipalReach[] {
  if (kind === 'role-session') return ['session', 'identity', 'account'];
  return kind === 'user' ? ['identity', 'account'] : ['identity'];
}

function farthest(matches: readonly PrincipalMatch[]): PrincipalReach {
  return REACHES.find((reach) => matches.some((match) => match.reach === reach)) ?? 'identity';
}

function namedIn(element: unknown): [Kind | '*', string][] | undefined {
  if (element === '*') return [['*', '*']];
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined;
  const named: [Kind, string][] = [];
  for (const [kind, value] of Object.entries(element)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const known = KINDS.find((name) => name === kind);
    if (known === undefined || values.length === 0) return undefined;
    for (const each of values) {
      if (typeof each !== 'string') return undefined;
      named.push([known, each]);
    }
  }
  return named.length === 0 ? undefined : named;
}

function matchOne(kind: Kind | '*', value: string, principal: RequestPrincipal, ofTrust = false): PrincipalMatch {
  if (kind === '*') return { truth: 'yes', reach: 'everybody' };
  // IAM takes no wildcard within a principal and no variable; what could have been meant cannot be told.
  if (value !== '*' && /[*?]|\$\{/.test(value)) return UNKNOWN;
  switch (principal.kind) {
    case 'web-identity':
    case 'saml':
      if (kind === 'AWS' && value === '*') return UNKNOWN;
      return kind === 'Federated' ? exactly(value, principal.provider) : NO;
    case 'service':
      if (kind === 'AWS' && value === '*') return UNKNOWN;
      return kind === 'Service' ? exactly(value, principal.name) : NO;
    case 'anonymous':
      return kind === 'AWS' && value === '*' ? { truth: 'yes', reach: 'everybody' } : NO;
    default:
      // The canonical id of an account is not its number.
      if (kind === 'CanonicalUser') return UNKNOWN;
      // Whether a session still counts as its identity provider's, AWS does not say.
      if (kind === 'Federated') return principal.kind === 'role-session' && !ofTrust ? UNKNOWN : NO;
      return kind === 'AWS' ? matchAws(value, principal) : NO;
  }
}

function exactly(value: string, given: string): PrincipalMatch {
  if (value === '*') return { truth: 'yes', reach: 'everybody' };
  return value === given ? { truth: 'yes', reach: 'identity' } : NO;
}

type AwsPrincipal = Extract<RequestPrincipal, { account: string }>;

function matchAws(value: string, principal: AwsPrincipal): PrincipalMatch {
  if (value === '*') return { truth: 'yes', reach: 'everybody' };
  if (/^\d{12}$/.test(value)) return account(value === principal.account);
  const root = /^arn:[^:]*:iam::(\d{12}):root$/.exec(value);
  if (root !== null) return account(root[1] === principal.account);
  if (!value.startsWith('arn:')) return UNKNOWN; // the unique id of a principal that is gone, or nothing IAM knows
  if (principal.kind === 'account-root') return NO;
  if (principal.kind === 'user') return value === principal.arn ? { truth: 'yes', reach: 'identity' } : NO;
  if (value === principal.sessionArn) return { truth: 'yes', reach: 'session' };
  return value === principal.roleArn ? { truth: 'yes', reach: 'identity' } : NO;
}

function account(same: boolean): PrincipalMatch {
  return same ? { truth: 'yes', reach: 'account' } : NO;
}

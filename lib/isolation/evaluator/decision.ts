import type { CompiledPolicy } from './policy';
import type { PrincipalReach } from './principal';
import type { AccessRequest } from './request';
import type { CompiledStatement, StatementReference } from './statement';
import { both, either, type Truth } from './truth';

/** All policies that have a say in a request. */
export interface PolicySet {
  /** Inline and managed policies of the caller. */
  readonly identity?: readonly CompiledPolicy[];
  /** Permissions boundary of the caller. Left out, there is none. */
  readonly boundary?: readonly CompiledPolicy[];
  /** Session policies given when the session began. Left out, there are none. */
  readonly session?: readonly CompiledPolicy[];
  /** The policy on the resource: of a bucket, table or key, or the trust policy of a role. */
  readonly resource?: readonly CompiledPolicy[];
}

/** What a statement did with a request. */
export interface StatementOutcome {
  readonly statement: StatementReference;
  readonly effect: CompiledStatement['effect'];
  readonly matched: Truth;
  /** The first thing that did not match, or that leaves it open: `Action`, `Resource`, `StringEquals s3:prefix`, ... */
  readonly because?: string;
}

/** The answer to a request. */
export interface Decision {
  /** `unknown`: it hangs on something that is not known; to be taken for a leak where a denial is wanted, and for a denial else. */
  readonly effect: 'allow' | 'deny' | 'unknown';
  /**
   * - `explicit-deny`: a statement denies it
   * - `allowed`: a statement allows it, and nothing is against it
   * - `no-allow`: no statement allows it
   * - `boundary`, `session-policy`, `resource-policy`: the caller's policies allow it, this one does not
   * - `undecided`: a statement may or may not match
   */
  readonly reason: 'explicit-deny' | 'allowed' | 'no-allow' | 'boundary' | 'session-policy' | 'resource-policy' | 'undecided';
  /** The statement that decided; none for `no-allow` and its like. */
  readonly statement?: StatementReference;
  /** Of an undecided statement: what leaves it open. */
  readonly because?: string;
}

interface Found {
  readonly truth: Truth;
  readonly statement?: StatementReference;
  readonly because?: string;
}

const NONE: Found = { truth: 'no' };
const GRANTED: Found = { truth: 'yes' };

/**
 * Decides a request as IAM does: an explicit denial in any policy wins; else somebody must allow it, and a permissions boundary and
 * session policies must not be against it. In the account of the resource a policy on the resource may allow by itself; over accounts
 * both sides must. Policies of the organization are not looked at; they only ever take away.
 *
 * It never throws, and what it does not understand makes the answer `unknown`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decide(request: AccessRequest, policies: PolicySet): Decision {
  const { identity = [], boundary, session, resource = [] } = policies;
  const denied = denial(request, [identity, boundary ?? [], session ?? [], resource], boundary !== undefined);
  if (denied.truth === 'yes') return { effect: 'deny', reason: 'explicit-deny', statement: denied.statement };

  const allowed = allowedBy(request, {
    // The root user needs no policy.
    identity: request.principal.kind === 'account-root' ? GRANTED : allowing(identity, request),
    boundary: boundary === undefined ? GRANTED : allowing(boundary, request),
    session: session === undefined ? GRANTED : allowing(session, request),
    limitedSession: session !== undefined,
    resource: grantsOf(resource, request),
  });
  if (typeof allowed === 'string') return { effect: 'deny', reason: allowed };
  const open = allowed.truth === 'unknown' ? allowed : denied.truth === 'unknown' ? denied : undefined;
  if (open !== undefined) {
    return { effect: 'unknown', reason: 'undecided', statement: open.statement, because: open.because };
  }
  return { effect: 'allow', reason: 'allowed', statement: allowed.statement };
}

/** What each statement of all policies did with a request, in their order. */
export function explain(request: AccessRequest, policies: PolicySet): StatementOutcome[] {
  const { identity = [], boundary, session = [], resource = [] } = policies;
  return [...identity, ...(boundary ?? []), ...session, ...resource].flatMap(({ statements }) =>
    statements.map(({ reference, effect, match }) => {
      const { truth, because } = match(request, boundary !== undefined);
      return { statement: reference, effect, matched: truth, because };
    }),
  );
}

function denial(request: AccessRequest, sides: readonly (readonly CompiledPolicy[])[], bounded: boolean): Found {
  let open = NONE;
  for (const policies of sides) {
    for (const { statements } of policies) {
      for (const { effect, reference, match } of statements) {
        if (effect === 'Allow') continue;
        const { truth, because } = match(request, bounded);
        if (truth === 'yes' && effect === 'Deny') return { truth, statement: reference };
        if (truth !== 'no' && open === NONE) open = { truth: 'unknown', statement: reference, because };
      }
    }
  }
  return open;
}

function allowing(policies: readonly CompiledPolicy[], request: AccessRequest): Found {
  return Object.values(grantsOf(policies, request)).reduce((best, found) => firstOf(best, found), NONE);
}

/** Grants by how they reach the caller; those of an identity's own policies reach the identity. */
type Grants = Readonly<Record<PrincipalReach, Found>>;

function grantsOf(policies: readonly CompiledPolicy[], request: AccessRequest): Grants {
  const grants: Record<PrincipalReach, Found> = { session: NONE, identity: NONE, account: NONE, everybody: NONE };
  for (const { statements } of policies) {
    for (const { effect, reference, match } of statements) {
      if (effect === 'Deny') continue;
      const { truth, because, reach } = match(request);
      if (truth === 'no') continue;
      const sure = truth === 'yes' && effect === 'Allow';
      const found: Found = { truth: sure ? 'yes' : 'unknown', statement: reference, because };
      const reached = effect === 'Allow' ? [reach] : REACHES;
      for (const each of reached) grants[each] = firstOf(grants[each], found);
    }
  }
  return grants;
}

const REACHES: readonly PrincipalReach[] = ['session', 'identity', 'account', 'everybody'];

interface Sides {
  readonly identity: Found;
  readonly boundary: Found;
  readonly session: Found;
  readonly limitedSession: boolean;
  readonly resource: Grants;
}

/** Why nothing allows it, or what does; `unknown` if that is open. */
function allowedBy(request: AccessRequest, sides: Sides): Decision['reason'] | Found {
  const { identity, boundary, session, resource } = sides;
  const { principal } = request;
  const anyGrant = firstOf(resource.session, resource.identity, resource.everybody);
  if (!('account' in principal)) return anyGrant.truth === 'no' ? 'no-allow' : anyGrant;

  const limits = (grant: Found) => allOf(grant, boundary, session);
  const owner = request.resourceAccount ?? accountOf(request.resource) ?? principal.account;
  if (owner !== principal.account) {
    const theirs = firstOf(anyGrant, resource.account);
    if (identity.truth !== 'no' && theirs.truth === 'no') return 'resource-policy';
    return orWhyNot(limits(allOf(identity, theirs)), sides);
  }
  const own = needsResourcePolicy(request) ? allOf(identity, resource.account) : identity;
  // It is documented that a grant to everybody passes a boundary only for one that names the caller by aws:PrincipalArn.
  const toEverybody = limits(resource.everybody).truth === 'no' ? asUnknown(resource.everybody) : limits(resource.everybody);
  const result = firstOf(
    limits(own),
    // A grant to a user passes a boundary; a session policy tells that it is a federated user's session, which is limited.
    principal.kind === 'user' && !sides.limitedSession ? resource.identity : limits(resource.identity),
    resource.session,
    toEverybody,
  );
  if (result.truth === 'no' && own.truth === 'no' && identity.truth !== 'no') return 'resource-policy';
  return orWhyNot(result, sides);
}

function orWhyNot(result: Found, { identity, boundary, session, resource }: Sides): Decision['reason'] | Found {
  if (result.truth !== 'no') return result;
  if (identity.truth === 'no' && resource.identity.truth === 'no') return 'no-allow';
  if (boundary.truth === 'no') return 'boundary';
  return session.truth === 'no' ? 'session-policy' : 'no-allow';
}

/**
 * Keys and roles have a policy always, and without it nobody gets in; elsewhere the account's own policies suffice.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
function needsResourcePolicy({ action, resource }: AccessRequest): boolean {
  const lower = action.toLowerCase();
  if (lower.startsWith('kms:')) return /^arn:[^:]*:kms:[^:]*:[^:]*:key\//.test(resource);
  return /^sts:(?:assumerole|tagsession|setsourceidentity)/.test(lower) && /^arn:[^:]*:iam::[^:]*:role\//.test(resource);
}

function accountOf(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1];
}

/** All must grant; the first that is known names the statement, unless another leaves it open. */
function allOf(...found: readonly Found[]): Found {
  const truth = found.map((each) => each.truth).reduce(both, 'yes');
  const known = found.find(({ statement }) => statement !== undefined && statement.assumed !== true);
  const telling = truth === 'unknown' ? found.find((each) => each.truth === 'unknown') : (known ?? found[0]);
  return { truth, statement: telling?.statement, because: telling?.because };
}

/** One must grant; the first that does, else the first that may. */
function firstOf(...found: readonly Found[]): Found {
  const truth = found.map((each) => each.truth).reduce(either, 'no');
  return found.find((each) => each.truth === truth) ?? NONE;
}

function asUnknown(found: Found): Found {
  return found.truth === 'no' ? found : { ...found, truth: 'unknown', because: found.because ?? 'Principal' };
}

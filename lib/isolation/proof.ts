import { accountAttacks } from './attacks/account-attacks';
import { ATTACK_GROUPS, type Attack, type AttackGroup, requester } from './attacks/attack';
import type { AwsAction } from './attacks/aws-actions';
import { bucketAttacks } from './attacks/bucket-attacks';
import { Decider, type Locks, type SubjectPolicies } from './decider';
import type { Decision } from './evaluator/decision';
import { elsewhereAttacks } from './attacks/elsewhere-attacks';
import { ownOperations } from './attacks/own-operations';
import type { CompiledPolicy } from './evaluator/policy';
import { permissionAttacks } from './attacks/permission-attacks';
import { tenantSession, tenantsOf } from './attacks/session';
import type { IsolationSubject } from './attacks/subject';
import { serviceAttacks } from './attacks/service-attacks';
import { tableAttacks } from './attacks/table-attacks';
import { trustAttacks } from './attacks/trust-attacks';
import { principalsNamedIn } from './attacks/trust-principals';

/** Attacks that got through, or might, for one reason. */
export interface Leak {
  readonly group: AttackGroup;
  /** `unknown`: whether it got through cannot be told. */
  readonly effect: 'allow' | 'unknown';
  /** The first of them. */
  readonly witness: Attack;
  /** What decided about the last of its requests. */
  readonly decision: Decision;
  /** What comes of it when all policies are asked: `deny` if the second lock holds. */
  readonly withAllLocks: Decision['effect'];
  /** What came of it with the earlier policies; `undefined` if there are none. */
  readonly before?: Decision['effect'];
  /** How many attacks of the group got through for this reason. */
  readonly count: number;
}

/** Attacks of a group, and how they ended. */
export interface GroupResult {
  readonly group: AttackGroup;
  readonly tried: number;
  readonly denied: number;
  readonly allowed: number;
  readonly unknown: number;
}

/** What the attacks showed with some of the policies. */
export interface AttackResult {
  readonly locks: Locks;
  readonly groups: readonly GroupResult[];
  readonly tried: number;
  readonly denied: number;
  readonly leaks: readonly Leak[];
}

/** Whether tenants can do something on their own data. */
export interface OwnResult {
  readonly name: string;
  readonly on: string;
  /** What the session holds, where permissions count and it is not all: the name of a role, or encoded permissions. */
  readonly as?: string;
  readonly effect: Decision['effect'];
  /** Of the first tenant that cannot. */
  readonly decision: Decision;
}

/** How to attack. */
export interface AttackOptions {
  /**
   * Which policies are asked.
   *
   * @default 'all'
   */
  readonly locks?: Locks;
  /**
   * Policies as they were, to tell what is new.
   *
   * @default - there were none
   */
  readonly before?: SubjectPolicies;
}

/** Tries every attack. */
export function attack(
  subject: IsolationSubject,
  policies: SubjectPolicies,
  actions: readonly AwsAction[],
  { locks = 'all', before }: AttackOptions = {},
): AttackResult {
  const decider = new Decider(subject, policies, locks);
  const all = locks === 'all' ? decider : new Decider(subject, policies, 'all');
  const earlier = before === undefined ? undefined : new Decider(subject, before, locks);
  const groups = new Map<AttackGroup, { tried: number; denied: number; allowed: number; unknown: number }>();
  const leaks = new Map<string, { -readonly [Key in keyof Leak]: Leak[Key] }>();
  for (const each of attacksOn(subject, policies.trust, actions)) {
    if (!each.demandsDenial || (locks === 'data' && !each.behindSecondLock)) continue;
    const result = groups.get(each.group) ?? { tried: 0, denied: 0, allowed: 0, unknown: 0 };
    groups.set(each.group, result);
    result.tried++;
    const decision = asFarAsKnown(decider.attempt(each), each);
    if (decision.effect === 'deny') {
      result.denied++;
      continue;
    }
    result[decision.effect === 'allow' ? 'allowed' : 'unknown']++;
    const withAllLocks = all.attempt(each).effect;
    const was = earlier?.attempt(each).effect;
    const { effect, statement, because } = decision;
    const id = [each.group, effect, withAllLocks, was, statement?.policy, statement?.index, because].join(' ');
    const leak = leaks.get(id);
    if (leak) leak.count++;
    else leaks.set(id, { group: each.group, effect, witness: each, decision, withAllLocks, before: was, count: 1 });
  }
  const inOrder = (Object.keys(ATTACK_GROUPS) as AttackGroup[]).flatMap((group) => {
    const result = groups.get(group);
    return result === undefined ? [] : [{ group, ...result }];
  });
  const sum = (of: (result: GroupResult) => number) => inOrder.reduce((total, result) => total + of(result), 0);
  return {
    locks,
    groups: inOrder,
    tried: sum(({ tried }) => tried),
    denied: sum(({ denied }) => denied),
    leaks: [...leaks.values()].sort((a, b) => Number(a.effect === 'unknown') - Number(b.effect === 'unknown')),
  };
}

/** What tenants can do on their own data, by operation: the worst answer that one of them gets. */
export function tryOwnOperations(subject: IsolationSubject, policies: SubjectPolicies): OwnResult[] {
  const decider = new Decider(subject, policies, 'all');
  const results = new Map<string, OwnResult>();
  for (const { name, on, as, session, requests } of ownOperations(subject)) {
    const id = `${name} ${on}`;
    const decision = requests.length === 0 ? decider.begin(session) : decider.all(requests);
    const earlier = results.get(id);
    if (earlier === undefined || RANK[decision.effect] > RANK[earlier.effect]) {
      results.set(id, { name, on, ...(as !== undefined && { as }), effect: decision.effect, decision });
    }
  }
  return [...results.values()];
}

const RANK = { allow: 0, unknown: 1, deny: 2 } as const;

/** An attack that is allowed, but of which it cannot be told whether it does harm. */
function asFarAsKnown(decision: Decision, { openBecause }: Attack): Decision {
  if (openBecause === undefined || decision.effect !== 'allow') return decision;
  return { effect: 'unknown', reason: 'undecided', statement: decision.statement, because: openBecause };
}

/** All attacks on a subject. */
export function* attacksOn(subject: IsolationSubject, trust: CompiledPolicy, actions: readonly AwsAction[]): Generator<Attack> {
  for (const table of subject.tables) yield* tableAttacks(subject, table, actions);
  for (const bucket of subject.buckets) yield* bucketAttacks(subject, bucket, actions);
  yield* permissionAttacks(subject, actions);
  if (subject.bystander === true) return;
  yield* elsewhereAttacks(subject, actions);
  yield* accountAttacks(subject, actions);
  yield* serviceAttacks(subject);
  yield* trustAttacks(subject, principalsNamedIn(trust, subject));
}

/** Whether a trust policy lets a tenant's token begin a session of a role, tags and all; a session that it is begun from, too. */
export function becomes(
  subject: IsolationSubject,
  policies: SubjectPolicies,
  role: { readonly arn: string; readonly trust: CompiledPolicy },
): Decision['effect'] {
  const session = tenantSession(subject, tenantsOf(subject).attackers[0]);
  const asOther = { ...subject, roleArn: role.arn };
  const byToken = new Decider(asOther, { trust: role.trust, identity: [], resources: new Map() }, 'all').begin(
    tenantSession(asOther, tenantsOf(subject).attackers[0]),
  );
  const chained = requester(subject, session)('sts:AssumeRole', role.arn, role.arn);
  const bySession = new Decider(subject, { ...policies, trusts: new Map([[role.arn, role.trust]]) }, 'all').all([chained]);
  const effects = [byToken.effect, bySession.effect];
  return effects.includes('allow') ? 'allow' : effects.includes('unknown') ? 'unknown' : 'deny';
}

import {
  attack,
  type AttackResult,
  BEGIN,
  type AwsAction,
  type IsolationSubject,
  type Leak,
  type OwnResult,
  type SubjectPolicies,
  tryOwnOperations,
} from '../isolation';
import type { Estate, PlanFacts, PlannedChange, StateFacts } from './estate';
import { type VanishedGuard, vanishedPolicyGuards, vanishedSettings } from './guards';
import { findRoles, type ReviewedRole, type SubjectOptions } from './subjects';

/** How a review is done. */
export interface ReviewOptions extends SubjectOptions {
  /** Addresses whose destruction or replacement is wanted. @default - none */
  readonly allowDestroy?: readonly string[];
  /**
   * Takes an attack that only the policy of the table or bucket stops for stopped.
   *
   * @default false - the role's own policies must hold by themselves
   */
  readonly oneLock?: boolean;
}

/** Data, or what data hangs on, that a change destroys or replaces. */
export interface Destruction {
  readonly address: string;
  readonly action: 'destroy' | 'replace';
  /** Attributes that force the replacement. */
  readonly because: readonly string[];
  /** Whether it was named as wanted. */
  readonly allowed: boolean;
}

/** What the attacks showed about one role. */
export interface RoleReview {
  readonly address: string;
  readonly subject: IsolationSubject;
  readonly policies: SubjectPolicies;
  readonly attacks: AttackResult;
  /** What tenants can do on their own data. */
  readonly own: readonly OwnResult[];
  /** What they could before. */
  readonly lost: readonly OwnResult[];
}

export interface Review {
  readonly kind: 'plan' | 'state' | 'stack';
  /**
   * - `broken`: an attack gets through
   * - `unknown`: none does for sure, but it cannot be told of all
   * - `holds`: all are denied
   */
  readonly isolation: 'holds' | 'broken' | 'unknown';
  readonly destroyed: readonly Destruction[];
  readonly roles: readonly RoleReview[];
  readonly guards: readonly VanishedGuard[];
  /** What could not be judged, by name, and why. */
  readonly unknown: readonly { readonly name: string; readonly because: string }[];
  /** Roles for web identities whose sessions have no tenant; they are not judged. */
  readonly withoutTenant: readonly string[];
  /** Resources whose name or account is not known yet; policies that name what is known do not reach them. */
  readonly unnamed: readonly { readonly name: string; readonly because: string }[];
  /** The rest of what changes. */
  readonly others: readonly Pick<PlannedChange, 'address' | 'action'>[];
}

/** Judges a plan, a state or a synthesised stack. */
export function review(
  facts: PlanFacts | StateFacts,
  actions: readonly AwsAction[],
  options: ReviewOptions = {},
  kind: Review['kind'] = facts.kind,
): Review {
  const [before, after] = facts.kind === 'plan' ? [facts.before, facts.after] : [undefined, facts.now];
  const changes = facts.kind === 'plan' ? facts.changes : [];
  const found = findRoles(after, before, options);
  const roles = found.roles.flatMap((role) => reviewRole(role, actions));
  const reviewed = new Set(roles.map(({ address }) => address));
  const destroyed = destructions(changes, new Set(found.roles.map(({ address }) => address)), options.allowDestroy ?? []);
  const guards = before === undefined ? [] : [...vanishedSettings(changes), ...vanishedPolicyGuards(before, after, reviewed)];
  const unknown = [...found.unknown, ...gaps(after, false), ...nothingFound(found.roles, roles)];
  const named = new Set(destroyed.map(({ address }) => address));
  return {
    kind,
    isolation: isolationOf(roles, unknown.length > 0, options.oneLock === true),
    destroyed,
    roles,
    guards,
    unknown,
    withoutTenant: found.withoutTenant,
    unnamed: gaps(after, true),
    others: changes
      .filter(({ address, action }) => !named.has(address) && action !== 'no-op' && action !== 'read')
      .map(({ address, action }) => ({ address, action })),
  };
}

/** The exit code that a command ends with. */
export function exitCodeOf({ isolation, destroyed }: Review): 0 | 1 | 2 {
  if (isolation === 'broken' || destroyed.some(({ allowed }) => !allowed)) return 1;
  return isolation === 'holds' ? 0 : 2;
}

/** Leaks that count for the verdict. */
export function countingLeaks(leaks: readonly Leak[], oneLock: boolean): Leak[] {
  return oneLock ? leaks.filter(({ withAllLocks }) => withAllLocks !== 'deny') : [...leaks];
}

function reviewRole({ address, subject, before, after }: ReviewedRole, actions: readonly AwsAction[]): RoleReview[] {
  if (after === undefined) return [];
  const own = subject.bystander === true ? [] : tryOwnOperations(subject, after);
  const could = new Set(
    before === undefined
      ? []
      : tryOwnOperations(subject, before)
          .filter(({ effect }) => effect === 'allow')
          .map(({ name, on }) => `${name} ${on}`),
  );
  return [
    {
      address,
      subject,
      policies: after,
      attacks: attack(subject, after, actions, { locks: 'role', before }),
      own,
      lost: own.filter(({ name, on, effect }) => effect === 'deny' && could.has(`${name} ${on}`)),
    },
  ];
}

function isolationOf(roles: readonly RoleReview[], open: boolean, oneLock: boolean): Review['isolation'] {
  const leaks = roles.flatMap(({ attacks }) => countingLeaks(attacks.leaks, oneLock));
  if (leaks.some(({ effect }) => effect === 'allow')) return 'broken';
  return leaks.length > 0 || open ? 'unknown' : 'holds';
}

/** A role that is taken away leaves nobody to attack; without any role there is nothing that could hold. */
function nothingFound(found: readonly ReviewedRole[], roles: readonly RoleReview[]): Review['unknown'] {
  if (found.length > 0) return roles.flatMap(admitsNobody);
  return [
    {
      name: 'tenant role',
      because:
        'no role was found that a web identity may assume and whose policies read a tenant (aws:PrincipalTag/<key>); --tenant-tag names the tag',
    },
  ];
}

/** Denials at the door show nothing if no token that could be made up is let in either. */
function admitsNobody({ address, own }: RoleReview): Review['unknown'] {
  const begin = own.find(({ name }) => name === BEGIN);
  if (begin === undefined || begin.effect === 'allow') return [];
  const because =
    begin.effect === 'deny'
      ? 'it admits no token that could be made up, so that denials at the door show nothing'
      : `whether it admits a tenant's token cannot be told: ${begin.decision.because ?? 'its trust policy'}`;
  return [{ name: address, because }];
}

const DATA =
  /^aws_(?:dynamodb_table|dynamodb_table_item|dynamodb_global_table|s3_bucket|s3_directory_bucket|s3_object|kms_key|cognito_user_pool)$/;
const IDENTITY = /^aws_iam_(?:openid_connect_provider|role)$/;

function destructions(
  changes: readonly PlannedChange[],
  tenantRoles: ReadonlySet<string>,
  wanted: readonly string[],
): Destruction[] {
  return changes.flatMap(({ address, type, action, replacedBecause }) => {
    if (action !== 'destroy' && action !== 'replace') return [];
    const matters = DATA.test(type) || (IDENTITY.test(type) && (type !== 'aws_iam_role' || tenantRoles.has(address)));
    if (!matters) return [];
    return [{ address, action, because: replacedBecause, allowed: wanted.includes(address) }];
  });
}

/** Data whose name is not known yet is out of reach of policies that name other data in full; a policy that is not known is not. */
function gaps({ gaps: all }: Estate, ofData: boolean): { name: string; because: string }[] {
  return all
    .filter(({ name }) => /(?:^|\.)aws_(?:s3_bucket|dynamodb_table|kms_key)\.[\w-]+(?:\[.*\])?$/.test(name) === ofData)
    .map(({ name, unknown }) => ({ name, because: unknown }));
}

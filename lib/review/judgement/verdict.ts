import {
  attack,
  type AttackResult,
  BEGIN,
  type AwsAction,
  type IsolationSubject,
  type Leak,
  otherServicesOf,
  type OwnResult,
  type SubjectPolicies,
  tryOwnOperations,
} from '../../isolation';
import { arnsOverlap } from '../../policy/patterns';
import { PERMISSIONS_OUTPUT } from '../estate/declared-permissions';
import type { Estate, PlanFacts, PlannedChange, StateFacts, UnknownPolicy } from '../estate/estate';
import { type VanishedGuard, vanishedPolicyGuards, vanishedSettings, widenedPermissions } from './guards';
import { printable } from '../report/printable';
import { chosenTags } from './chosen-tags';
import { findRoles, MOST_SHARED, type ReviewedRole, type SubjectOptions } from './subjects';
import { MOST_PATTERNS } from './templates';

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
  /** Where people may choose their own tenant or permissions at the identity provider, for sure; no policy can tell. */
  readonly chosen: readonly { readonly name: string; readonly because: string }[];
  /** What could not be judged, by name, and why. */
  readonly unknown: readonly { readonly name: string; readonly because: string }[];
  /** What was left out of the judgement, and why it does not count. */
  readonly notJudged: readonly { readonly name: string; readonly because: string }[];
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
  const earlier = new Map(
    changes.flatMap(({ address, previousAddress }) => (previousAddress === undefined ? [] : [[address, previousAddress]])),
  );
  const found = findRoles(after, before, options, earlier);
  const roles = found.roles.flatMap((role) => reviewRole(role, actions));
  const reviewed = new Set(roles.map(({ address }) => address));
  const destroyed = destructions(changes, new Set(found.roles.map(({ address }) => address)), options.allowDestroy ?? []);
  const guards =
    before === undefined
      ? []
      : [...vanishedSettings(changes), ...vanishedPolicyGuards(before, after, reviewed), ...widenedPermissions(before, after)];
  const gaps = gapsOf(after, roles);
  const tags = chosenTags(after, found.roles);
  const chosenBy = (certain: boolean) =>
    tags.filter((tag) => tag.certain === certain).map(({ name, because }) => ({ name, because }));
  const chosen = chosenBy(true);
  const unknown = [
    ...found.unknown,
    ...chosenBy(false),
    ...gaps.counting,
    ...noRole(found.roles, after),
    ...roles.flatMap(leavesOpen),
  ];
  const named = new Set(destroyed.map(({ address }) => address));
  const clean = <T extends object>(parts: readonly T[]): T[] => parts.map(withPrintableTexts);
  return {
    kind,
    isolation: chosen.length > 0 ? 'broken' : isolationOf(roles, unknown.length > 0, options.oneLock === true),
    destroyed: clean(destroyed),
    roles: clean(roles),
    guards: clean(guards),
    chosen: clean(chosen),
    unknown: clean(unknown),
    notJudged: clean([
      ...found.withoutTenant.map((name) => ({ name, because: 'it takes tokens, but no tenant’s' })),
      ...gaps.others,
      ...roles.flatMap(undeclaredRoles),
      ...roles.flatMap(otherServices),
    ]),
    others: clean(
      changes
        .filter(({ address, action }) => !named.has(address) && action !== 'no-op' && action !== 'read')
        .map(({ address, action }) => ({ address, action })),
    ),
  };
}

/** The texts of a finding without control characters; they come from the plan. */
function withPrintableTexts<T extends object>(part: T): T {
  const entries = Object.entries(part).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as T;
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

/** Without a role there is nothing that could hold, unless the plan takes it away. */
function noRole(found: readonly ReviewedRole[], after: Estate): Review['unknown'] {
  const left = found.filter((role) => role.after === undefined).map(({ subject }) => subject.roleArn.toLowerCase());
  const gone = found.length > 0 && !after.roles.some(({ arn }) => left.includes(arn.toLowerCase()));
  if (gone || found.some((role) => role.after !== undefined)) return [];
  return [
    {
      name: 'tenant role',
      because:
        'no role was found that a web identity may assume and whose policies read a tenant (aws:PrincipalTag/<key>); --tenant-tag names the tag',
    },
  ];
}

/** Denials show nothing where nobody gets in, or where whoever is in reaches nothing of its own either. */
function leavesOpen({ address, subject, own }: RoleReview): Review['unknown'] {
  const open: { name: string; because: string }[] = [];
  const begin = own.find(({ name }) => name === BEGIN);
  if (begin?.effect === 'deny') {
    open.push({ name: address, because: 'it admits no token that could be made up, so that denials at the door show nothing' });
  } else if (begin?.effect === 'unknown') {
    open.push({
      name: address,
      because: `whether it admits a tenant's token cannot be told: ${begin.decision.because ?? 'its trust policy'}`,
    });
  }
  const onData = own.filter(({ name }) => !name.startsWith(BEGIN));
  if (onData.length > 0 && onData.every(({ effect }) => effect === 'deny')) {
    open.push({
      name: address,
      because: 'a tenant reaches none of what was taken for its own data; --table-key and --prefix say where that lies',
    });
  }
  if (Math.max(subject.tables.length, subject.buckets.length) >= MOST_SHARED) {
    open.push({ name: address, because: `it may reach more tables or buckets than the ${MOST_SHARED} that were judged` });
  }
  const { resources, keys, prefixes, actions } = subject.named;
  if ([resources, keys, prefixes, actions].some(({ length }) => length >= MOST_PATTERNS)) {
    open.push({ name: address, because: `its policies name more than the ${MOST_PATTERNS} patterns that were tried each` });
  }
  return open;
}

function undeclaredRoles({ address, subject }: RoleReview): Review['notJudged'] {
  const { undeclared = [] } = subject.permissions ?? {};
  if (undeclared.length === 0) return [];
  const because = `what ${undeclared.length === 1 ? 'the role' : 'roles'} ${undeclared.join(', ')} may do: no output '${PERMISSIONS_OUTPUT}' says what is meant`;
  return [{ name: address, because }];
}

function otherServices({ address, subject }: RoleReview): Review['notJudged'] {
  const services = subject.bystander === true ? [] : otherServicesOf(subject);
  if (services.length === 0) return [];
  return [{ name: address, because: `may also use ${services.join(', ')}; what these do for a tenant is not looked at` }];
}

const DATA =
  /^aws_(?:dynamodb_table|dynamodb_table_item|dynamodb_table_replica|dynamodb_global_table|s3_bucket|s3_directory_bucket|s3_object|s3_bucket_object|s3_object_copy|kms_key|kms_external_key|kms_replica_key|kms_replica_external_key|cognito_user_pool)$/;
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

/** What could not be read counts if it may concern the roles that are judged, or their data. */
function gapsOf({ gaps }: Estate, roles: readonly RoleReview[]): Record<'counting' | 'others', Review['unknown']> {
  const named = gaps.map(({ name, unknown, concerns }) => ({
    name,
    because: unknown,
    counts: roles.length === 0 || roles.some((role) => mayConcern(concerns, role)),
  }));
  const of = (wanted: boolean) => named.filter(({ counts }) => counts === wanted).map(({ name, because }) => ({ name, because }));
  return { counting: of(true), others: of(false) };
}

function mayConcern(concerns: UnknownPolicy['concerns'], { subject }: RoleReview): boolean {
  if (concerns === undefined) return true;
  const { kind, arn, grants } = concerns;
  // What a key's use opens is guarded by who has the data.
  if (kind === 'key') return false;
  const judged = {
    role: [subject.roleArn],
    table: subject.tables.map((table) => table.arn),
    bucket: subject.buckets.map((bucket) => bucket.arn),
  }[kind];
  if (arn === undefined || judged.includes(arn) || (grants === true && /[*?]/.test(arn))) return true;
  if (kind === 'role') {
    return judged.some((own) => own.toLowerCase() === arn.toLowerCase() || (/[*?]/.test(arn) && arnsOverlap(own, arn)));
  }
  // Its name may be one that a pattern of the role's policies takes; what they name in full is known.
  return subject.named.resources.some(
    (pattern) => arnsOverlap(pattern, arn) && !judged.some((own) => pattern === own || pattern.startsWith(`${own}/`)),
  );
}

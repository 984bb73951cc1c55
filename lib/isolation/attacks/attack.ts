import type { AccessRequest, ContextEntries } from '../evaluator/request';
import type { TenantSession } from './session';
import { type IsolationSubject, roleParts } from './subject';

/** What attacks are grouped by, in the order of a report. */
export const ATTACK_GROUPS = {
  'other-items': "another tenant's items",
  'mixed-items': 'items of two tenants in one batch or transaction',
  'no-key': 'the whole table: no key, scans, PartiQL',
  'odd-keys': 'keys with wildcards, traversal, nobody’s keys',
  indexes: 'indexes that are not led by the tenant',
  'table-itself': 'the table itself: settings, policy, streams, backups, exports',
  'other-tables': 'other tables',
  'other-objects': "another tenant's objects",
  'odd-objects': 'objects of nobody, keys with wildcards and traversal',
  listing: 'listings of others, or without a prefix',
  'bucket-itself': 'the bucket itself: settings, policy, access points',
  'other-buckets': 'other buckets',
  keys: 'encryption keys',
  identities: 'roles, policies, identity providers',
  sessions: 'other sessions and roles',
  services: 'services that reach identities or data in other ways',
  'no-tenant': 'sessions without a tenant, or with one of odd shape',
  permissions: 'what a session has no permission for, in its own tenant too',
  tokens: 'tokens that must not begin a session',
  principals: 'callers other than the identity provider',
} as const;

export type AttackGroup = keyof typeof ATTACK_GROUPS;

/** A request of an attack. */
export interface AttackRequest extends AccessRequest {
  /** ARN of the table, bucket, key or role whose own policy has a say. */
  readonly owner?: string;
}

/** One attempt: it succeeds if all its requests are allowed, and its session could begin. */
export interface Attack {
  readonly group: AttackGroup;
  /** Who tries; `undefined` for one who has no session yet. */
  readonly session?: TenantSession;
  readonly requests: readonly AttackRequest[];
  /** Whether isolation demands that it is denied. What is left may be granted or not. */
  readonly demandsDenial: boolean;
  /**
   * Why it cannot be told whether it does harm when it is allowed.
   *
   * @default - it does
   */
  readonly openBecause?: string;
  /** Whether a policy on the table or bucket can stop it. */
  readonly behindSecondLock: boolean;
}

/** Makes the requests of one session. */
export function requester(
  subject: IsolationSubject,
  session: TenantSession,
): (action: string, resource: string, owner?: string, context?: ContextEntries) => AttackRequest {
  const { partition, account, name } = roleParts(subject.roleArn);
  const principal = {
    kind: 'role-session',
    roleArn: subject.roleArn,
    sessionArn: `arn:${partition}:sts::${account}:assumed-role/${name}/${session.sessionName}`,
    account,
  } as const;
  return (action, resource, owner, context) => {
    const place = placeOf(resource, subject, account);
    return {
      principal,
      action,
      resource,
      owner,
      context: context === undefined && place === undefined ? session.context : session.context.with({ ...place, ...context }),
    };
  };
}

/** Region and account of a resource, where they are not the subject's own. */
function placeOf(arn: string, subject: IsolationSubject, own: string): ContextEntries | undefined {
  const [, , , region = '', account = ''] = arn.split(':', 5);
  const elsewhere = region !== '' && region !== subject.region;
  const others = /^\d{12}$/.test(account) && account !== own;
  if (!elsewhere && !others) return undefined;
  return { ...(elsewhere && { 'aws:RequestedRegion': [region] }), ...(others && { 'aws:ResourceAccount': [account] }) };
}

import { decodePermissions } from 'multi-tenant-data-access/tenancy';
import { patternsOverlap } from '../../policy/patterns';
import { PERMISSIONS_OUTPUT } from '../estate/declared-permissions';
import type { PlannedChange, PolicyFact, RoleFact, TableFact, BucketFact, Estate } from '../estate/estate';
import { listed, recordOf } from './statements';

/** Something that protected the data, or the tenants from each other, and is gone after the change. */
export interface VanishedGuard {
  readonly address: string;
  /** In words: `deletion protection`, `condition Null dynamodb:LeadingKeys of statement TenantItems` */
  readonly guard: string;
}

/** An attribute whose value protects, as long as it is that value. */
interface ProtectiveSetting {
  readonly type: string;
  /** `point_in_time_recovery.0.enabled` */
  readonly path: string;
  readonly safe: unknown;
  readonly guard: string;
}

const SETTINGS: readonly ProtectiveSetting[] = [
  { type: 'aws_dynamodb_table', path: 'deletion_protection_enabled', safe: true, guard: 'deletion protection' },
  { type: 'aws_dynamodb_table', path: 'point_in_time_recovery.0.enabled', safe: true, guard: 'point-in-time recovery' },
  { type: 'aws_dynamodb_table', path: 'server_side_encryption.0.enabled', safe: true, guard: 'encryption with a KMS key' },
  { type: 'aws_s3_bucket', path: 'force_destroy', safe: false, guard: 'a bucket with objects cannot be destroyed (force_destroy)' },
  { type: 'aws_s3_bucket_versioning', path: 'versioning_configuration.0.status', safe: 'Enabled', guard: 'versioning' },
  {
    type: 'aws_s3_bucket_ownership_controls',
    path: 'rule.0.object_ownership',
    safe: 'BucketOwnerEnforced',
    guard: 'no ACLs (BucketOwnerEnforced)',
  },
  ...['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].map((path) => ({
    type: 'aws_s3_bucket_public_access_block',
    path,
    safe: true,
    guard: path,
  })),
  { type: 'aws_kms_key', path: 'enable_key_rotation', safe: true, guard: 'key rotation' },
];

/** Resources that are a guard by being there. */
const GUARDING: Readonly<Record<string, string>> = {
  aws_s3_bucket_public_access_block: 'public access block',
  aws_s3_bucket_versioning: 'versioning',
  aws_s3_bucket_server_side_encryption_configuration: 'encryption',
  aws_s3_bucket_ownership_controls: 'ownership controls',
  aws_s3_bucket_policy: 'bucket policy',
  aws_dynamodb_resource_policy: 'resource policy of the table',
};

/** Settings and resources that protect before, and no longer after. */
export function vanishedSettings(changes: readonly PlannedChange[]): VanishedGuard[] {
  return changes.flatMap(({ address, type, action, before, after }) => {
    if (action === 'destroy' || action === 'forget') {
      const guard = GUARDING[type];
      return guard === undefined ? [] : [{ address, guard: action === 'forget' ? `${guard} (no longer managed)` : guard }];
    }
    if (before === undefined || after === undefined) return [];
    return SETTINGS.filter((setting) => setting.type === type)
      .filter(({ path, safe }) => at(before, path) === safe && at(after, path) !== safe)
      .map(({ guard }) => ({ address, guard }));
  });
}

/** Roles of users that are declared to do what they were not before. */
export function widenedPermissions(before: Estate, after: Estate): VanishedGuard[] {
  const [was, is] = [before.declaredPermissions ?? {}, after.declaredPermissions ?? {}];
  return Object.entries(was).flatMap(([name, encoded]) => {
    const later = Object.hasOwn(is, name) ? (is[name] ?? '') : '';
    const held = decodePermissions(encoded);
    const more = [...(decodePermissions(later) ?? [])].some((permission) => held?.has(permission) !== true);
    return more
      ? [{ address: `output.${PERMISSIONS_OUTPUT}`, guard: `role '${name}' is ${encoded} only, and becomes ${later}` }]
      : [];
  });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    return Object.hasOwn(inner, name) ? (inner as Record<string, unknown>)[name] : undefined;
  }, value);
}

/** Denials, conditions of grants and boundaries that policies had before, of the roles given and of all tables and buckets. */
export function vanishedPolicyGuards(before: Estate, after: Estate, roles: ReadonlySet<string>): VanishedGuard[] {
  const policies = policyFacts(before, roles);
  const later = new Map(policyFacts(after, roles).map((policy) => [policy.name, policy]));
  const boundaries = before.roles.filter(({ address, boundary }) => {
    const role = after.roles.find((each) => each.address === address);
    return roles.has(address) && boundary !== undefined && role !== undefined && role.boundary === undefined;
  });
  return [
    ...boundaries.map(({ address, boundary }) => ({ address, guard: `permissions boundary ${boundary?.name ?? ''}`.trim() })),
    ...policies.flatMap((policy) => {
      const next = later.get(policy.name);
      // A policy that is gone is named with the change that takes it away, and one that is sensitive only by its name.
      if (next === undefined || 'unknown' in policy || 'unknown' in next) return [];
      const kept = guardsIn(next.document);
      const gone = guardsIn(policy.document).filter(
        (guard) => !kept.some((other) => replaces(other, guard)) && isMissed(guard, next.document),
      );
      if (gone.length > 0 && (policy.sensitive === true || next.sensitive === true)) {
        return [{ address: policy.name, guard: 'conditions or denials, not shown as they are sensitive' }];
      }
      return gone.map(({ guard }) => ({ address: policy.name, guard }));
    }),
  ];
}

function policyFacts({ roles, tables, buckets, keys }: Estate, wanted: ReadonlySet<string>): PolicyFact[] {
  const ofRole = ({ trust, identity, boundary }: RoleFact) => [trust, ...identity, ...(boundary ? [boundary] : [])];
  const ofData = ({ policy }: Pick<TableFact | BucketFact, 'policy'>) => (policy ? [policy] : []);
  return [
    ...roles.filter(({ address }) => wanted.has(address)).flatMap(ofRole),
    ...[...tables, ...buckets, ...keys].flatMap(ofData),
  ];
}

/** What guards in a document: a statement that denies, or a condition of one that allows. */
interface PolicyGuard {
  readonly guard: string;
  readonly id: string;
  /** Of a condition: the actions of its statement. */
  readonly actions?: string;
}

/** Neither the name nor the place of a statement counts. */
function guardsIn(document: unknown): PolicyGuard[] {
  return listed(recordOf(document)['Statement']).flatMap((value, index): PolicyGuard[] => {
    const { Sid: sid, ...statement } = recordOf(value);
    const name = typeof sid === 'string' && sid !== '' ? sid : `number ${index + 1}`;
    if (statement['Effect'] === 'Deny') return [{ id: canonical(statement), guard: `denial ${name}` }];
    return Object.entries(recordOf(statement['Condition'])).flatMap(([operator, keys]) =>
      Object.entries(recordOf(keys)).map(([key, values]) => ({
        id: `${operator.toLowerCase()} ${key.toLowerCase()} ${canonical(values)}`,
        actions: actionsOf(statement),
        guard: `condition ${operator} ${key} of statement ${name}`,
      })),
    );
  });
}

function replaces(other: PolicyGuard, guard: PolicyGuard): boolean {
  return other.id === guard.id && (guard.actions === undefined || other.actions !== undefined);
}

/** A condition is not missed where the grant that it guarded is gone too. */
function isMissed({ actions }: PolicyGuard, next: unknown): boolean {
  if (actions === undefined) return true;
  const granted = listed(recordOf(next)['Statement'])
    .map(recordOf)
    .filter((statement) => statement['Effect'] === 'Allow');
  return granted.some((statement) => statement['NotAction'] !== undefined || overlap(actionsOf(statement), actions));
}

function actionsOf(statement: Record<string, unknown>): string {
  return listed(statement['Action'])
    .map((action) => String(action).toLowerCase())
    .sort()
    .join(' ');
}

function overlap(left: string, right: string): boolean {
  return left.split(' ').some((a) => right.split(' ').some((b) => patternsOverlap(a, b)));
}

/** The same text for the same meaning: a list of one is its one value, the order of lists and keys does not count. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical).sort();
    return items.length === 1 ? (items[0] ?? '') : `[${items.join()}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(String(value));
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}:${canonical(inner)}`)
    .sort()
    .join()}}`;
}

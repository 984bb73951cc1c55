import type { Decision } from '../../isolation';
import type { AuditCheck, AuditRecord } from './audit-record';

/** A statement by its policy and its Sid, or its number. */
export function nameOf({ policy, sid, index }: NonNullable<Decision['statement']>): string {
  // Of a policy that could not be read there is no statement to name.
  if (index < 0) return policy;
  return `${sid === undefined ? `statement ${index + 1}` : `'${sid}'`} of ${policy}`;
}

/** Why, in one line for people. */
export function reasonOf({ action, reason, statement, because }: AuditCheck): string {
  switch (reason) {
    case 'allowed':
      return statement === undefined ? `${action} is allowed` : `${action} is allowed by ${nameOf(statement)}`;
    case 'explicit-deny':
      return statement === undefined ? `${action} is denied` : `${action} is denied by ${nameOf(statement)}`;
    case 'undecided':
      return `${action} is denied, as it cannot be decided${statement === undefined ? '' : ` by ${nameOf(statement)}`}${because === undefined ? '' : `: ${because}`}`;
    case 'boundary':
      return `${action} is not within the permissions boundary`;
    case 'session-policy':
      return `${action} is not within the session policy`;
    case 'resource-policy':
      return `${action} is not allowed by the policy of the resource`;
    case 'no-allow':
      return `nothing allows ${action}${because === undefined ? '' : `: ${because}`}`;
  }
}

/** What a request is about, for people: `table/multi-tenant-iam-data, key globex`; nothing if that is not known. */
export function targetOf({ resources, checks }: Pick<AuditRecord, 'resources' | 'checks'>): string {
  const [first, ...others] = resources;
  if (first === undefined) return '';
  const { context = {} } = checks[0] ?? {};
  const keys = context['dynamodb:LeadingKeys'];
  const prefix = context['s3:prefix'];
  return [
    first.replace(/^(?:[^:]*:){5}/, ''),
    ...(keys === undefined ? [] : [`key ${keys.slice(0, 3).join(' ')}`]),
    ...(prefix === undefined ? [] : [`prefix ${prefix.join()}`]),
    ...(others.length === 0 ? [] : [`${others.length} more`]),
  ].join(', ');
}

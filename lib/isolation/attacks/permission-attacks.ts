import type { Permission } from 'multi-tenant-data-access/tenancy';
import { LEADING_KEY_ACTIONS } from '../../policy/table';
import { type Attack, type AttackRequest, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { partialPermissions, permissionsHeld, type SubjectPermissions, unmappedPermissions } from './held-permissions';
import { permittedSession, type TenantSession } from './session';
import { fillTenant, type IsolationSubject } from './subject';

/**
 * Attacks on what a session may do with its own tenant's data: every action on items, objects and listings that it does not hold the
 * permission for, in sessions without the tag, with part of the permissions, in each role, and with values that nobody mapped.
 *
 * What an action needs is told by its access level in AWS's service authorization reference, not by the policies' own lists.
 */
export function* permissionAttacks(subject: IsolationSubject, actions: readonly AwsAction[]): Generator<Attack> {
  const { permissions } = subject;
  if (permissions === undefined) return;
  const values = [undefined, ...partialPermissions(permissions), ...unmappedPermissions(permissions)];
  for (const value of values) {
    const session = permittedSession(subject, value);
    const held = permissionsHeld(permissions, value);
    for (const { action, request } of ownRequests(subject, session, actions)) {
      if (isPermitted(action, held)) continue;
      yield { group: 'permissions', session, requests: [request], demandsDenial: true, behindSecondLock: false };
    }
  }
}

/** Which of the permissions let a session begin: the tag may be left out, name a role that is mapped, or hold permissions. */
export function unmappedTags(permissions: SubjectPermissions): string[] {
  return permissions.guarded ? unmappedPermissions(permissions).filter((value) => !MEANT_TO_BEGIN.test(value)) : [];
}

/** What is shaped like encoded permissions begins a session; no policy then reads anything in it but the right letters. */
const MEANT_TO_BEGIN = /^.{3}\/.{3}$/s;

/** Requests on the tenant's own items, objects and listings. */
function* ownRequests(
  subject: IsolationSubject,
  session: TenantSession,
  actions: readonly AwsAction[],
): Generator<{ readonly action: AwsAction; readonly request: AttackRequest }> {
  const request = requester(subject, session);
  const tenant = session.tenant ?? '';
  for (const { arn, keys, indexes } of subject.tables) {
    const own = { 'dynamodb:LeadingKeys': keys.map((template) => fillTenant(template, tenant).replaceAll('*', '1')).slice(0, 1) };
    for (const action of actions.filter(isKeyed)) {
      const led = action.resources.includes('index') ? indexes.filter(({ tenantLed }) => tenantLed) : [];
      for (const place of [arn, ...led.map(({ name }) => `${arn}/index/${name}`)]) {
        yield { action, request: request(action.name, place, arn, own) };
      }
    }
  }
  for (const { arn, prefixes } of subject.buckets) {
    const [prefix = ''] = prefixes.map((template) => fillTenant(template, tenant));
    for (const action of actions.filter(({ service }) => service === 's3')) {
      if (action.resources.includes('object')) yield { action, request: request(action.name, `${arn}/${prefix}doc`, arn) };
      if (LISTINGS.includes(action.name)) yield { action, request: request(action.name, arn, arn, { 's3:prefix': [prefix] }) };
    }
  }
}

const LISTINGS = ['s3:ListBucket', 's3:ListBucketVersions'];

function isKeyed({ name }: AwsAction): boolean {
  return name.startsWith('dynamodb:PartiQL') || (LEADING_KEY_ACTIONS as readonly string[]).includes(name);
}

/** What takes data away, beside what is called so: a batch of writes may delete. */
const DELETES = /:(?:\w*Delete\w*|BatchWriteItem)$/;
/** What may do both. */
const WRITES_TOO = 'dynamodb:BatchWriteItem';
/** Whoever uploads must see which of its own parts have arrived. */
const OF_UPLOADS = 's3:ListMultipartUploadParts';

/** Whether the permissions that a session holds let it do something with its own data, or isolation at least does not mind. */
export function isPermitted(
  { service, name, level }: Pick<AwsAction, 'service' | 'name' | 'level'>,
  held: ReadonlySet<Permission>,
): boolean {
  const on = service === 'dynamodb' ? 'table' : 'bucket';
  const [read, write, remove] = (['read', 'write', 'delete'] as const).map((what) => held.has(`${on}:${what}`));
  if (name === OF_UPLOADS) return read === true || write === true;
  // A write to the table may answer with the item that was there.
  if (level === 'read' || on === 'table') {
    if (read !== true) return false;
    if (level === 'read') return true;
  }
  if (level === 'write' && DELETES.test(name)) return remove === true && (write === true || name !== WRITES_TOO);
  return write === true;
}

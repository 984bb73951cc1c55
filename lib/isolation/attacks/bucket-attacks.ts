import { unique } from '../../policy/document';
import { type Attack, type AttackGroup, type AttackRequest, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { commonArn, commonExample } from './overlap';
import { attackingSessions, illFormedSessions, oversizedSession, type TenantSession, tenantSession, tenantsOf } from './session';
import { anyOfShape, fillTenant, type IsolationSubject, type SharedBucket } from './subject';

const PREFIX = 's3:prefix';
/** S3 fills `s3:prefix` for these two alone. */
const LISTINGS = ['s3:ListBucket', 's3:ListBucketVersions'];
const UPLOADS = 's3:ListBucketMultipartUploads';
/** What a tenant's object may be called, within its prefix. */
const NAMES = ['doc', 'documents/a.pdf', ''];

/**
 * Attacks on a bucket: every action on every shape of resource that belongs to it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html
 */
export function* bucketAttacks(subject: IsolationSubject, bucket: SharedBucket, actions: readonly AwsAction[]): Generator<Attack> {
  const own = actions.filter(({ service }) => service === 's3');
  const onObjects = own.filter(({ resources }) => resources.includes('object'));
  const first = tenantSession(subject, tenantsOf(subject).attackers[0]);
  for (const session of attackingSessions(subject)) {
    yield* onOtherTenants(subject, bucket, onObjects, session);
    yield* onNobodys(subject, bucket, onObjects, session);
    yield* listings(subject, bucket, session);
  }
  yield* onTheBucketItself(subject, bucket, own, first);
  for (const session of [...illFormedSessions(subject), oversizedSession(subject)]) {
    yield* withoutTenant(subject, bucket, onObjects, session);
  }
}

function prefixesOf({ prefixes }: SharedBucket, tenant: string): string[] {
  return prefixes.map((template) => fillTenant(template, tenant));
}

function* onOtherTenants(
  subject: IsolationSubject,
  bucket: SharedBucket,
  onObjects: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const at = (action: string, key: string) => request(action, `${bucket.arn}/${key}`, bucket.arn);
  const victims = tenantsOf(subject).victims.filter((victim) => victim !== session.tenant);
  const theirs = victims.flatMap((victim) => prefixesOf(bucket, victim));
  const named = namedObjects(subject, bucket, session, theirs);
  for (const { name } of onObjects) {
    for (const prefix of theirs) {
      for (const key of NAMES) yield attackOf('other-objects', session, [at(name, prefix + key)]);
    }
    for (const arn of named) yield attackOf('other-objects', session, [request(name, arn, bucket.arn)]);
  }
  for (const mine of prefixesOf(bucket, session.tenant ?? '')) {
    for (const prefix of theirs) {
      yield attackOf('other-objects', session, [at('s3:PutObject', `${mine}copy`), at('s3:GetObject', `${prefix}doc`)]);
      yield attackOf('other-objects', session, [at('s3:DeleteObject', `${mine}doc`), at('s3:DeleteObject', `${prefix}doc`)]);
    }
  }
}

/** Objects of other tenants, one for each way in which a pattern of the policies reaches them. */
function namedObjects(
  { named }: IsolationSubject,
  bucket: SharedBucket,
  { tenant = '' }: TenantSession,
  theirs: readonly string[],
): string[] {
  const mine = prefixesOf(bucket, tenant).map((prefix) => `${bucket.arn}/${prefix}`);
  const everybodys = bucket.assumed === true ? [''] : prefixesOf(bucket, '?*');
  const found = named.resources.flatMap((pattern) =>
    [...theirs, ...everybodys].map((prefix) => commonArn(fillTenant(pattern, tenant), `${bucket.arn}/${prefix}*`)),
  );
  return [...new Set(found)].filter((arn) => arn !== undefined).filter((arn) => !mine.some((prefix) => arn.startsWith(prefix)));
}

/** Keys outside of every tenant's prefix, as a tenant might try them. */
function nobodysKeys(bucket: SharedBucket, tenant: string): string[] {
  const around = bucket.prefixes.flatMap((template) => {
    const [before = '', after = ''] = template.split('{tenant}');
    const fill = (text: string) => before + text + after;
    const ends = ['*', '?', '%2F', ' '].map((end) => tenant + end);
    const odd = [...ends, '*', '?', '.', '..', '../b', `b/../${tenant}`, '', '${aws:PrincipalTag/tenant_id}', '%61'];
    // Without what follows the tenant, `tenants/a` begins the prefix of tenant `ab` too.
    const unclosed = after === '' ? [] : [tenant, 'b', `${tenant}b`].map((text) => before + text);
    return [before, before.replace(/\/$/, ''), ...unclosed, ...odd.map((text) => `${fill(text)}doc`)];
  });
  return ['doc', '/', tenant, `${tenant}/doc`, '*', ...around].filter((key) => key !== '');
}

function* onNobodys(
  subject: IsolationSubject,
  bucket: SharedBucket,
  onObjects: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const mine = prefixesOf(bucket, session.tenant ?? '');
  const keys = nobodysKeys(bucket, session.tenant ?? '').filter((key) => !mine.some((prefix) => key.startsWith(prefix)));
  for (const { name } of onObjects) {
    for (const key of keys) yield attackOf('odd-objects', session, [request(name, `${bucket.arn}/${key}`, bucket.arn)]);
  }
}

function* listings(subject: IsolationSubject, bucket: SharedBucket, session: TenantSession): Generator<Attack> {
  const request = requester(subject, session);
  const mine = prefixesOf(bucket, session.tenant ?? '');
  const victims = tenantsOf(subject).victims.filter((victim) => victim !== session.tenant);
  const foreign = victims.flatMap((victim) => prefixesOf(bucket, victim));
  const roots = bucket.prefixes.map((template) => template.split('{tenant}')[0] ?? '');
  const prefixes = [
    ...foreign,
    ...foreign.map((prefix) => `${prefix}documents/`),
    ...[...foreign, ...mine].map((prefix) => prefix.replace(/\/$/, '')),
    ...roots,
    ...roots.map((root) => root.replace(/\/$/, '')),
    ...roots.flatMap((root) => [`${root}*`, `${root}?`, `${root}a*`, `${root}../`]),
    '',
    '*',
    '/',
    ...subject.named.prefixes.flatMap((pattern) =>
      [...foreign, ...(bucket.assumed === true ? [''] : prefixesOf(bucket, '?*'))].flatMap(
        (prefix) => commonExample(fillTenant(pattern, session.tenant ?? ''), `${prefix}*`) ?? [],
      ),
    ),
  ].filter((prefix) => !mine.some((own) => prefix.startsWith(own)));
  for (const action of LISTINGS) {
    for (const prefix of new Set(prefixes)) {
      yield attackOf('listing', session, [request(action, bucket.arn, bucket.arn, { [PREFIX]: [prefix] })]);
    }
    yield attackOf('listing', session, [request(action, bucket.arn, bucket.arn)]);
  }
  yield attackOf('listing', session, [request(UPLOADS, bucket.arn, bucket.arn)]);
}

/** Actions on the bucket, and on what stands beside objects: access points, jobs, access grants. */
function* onTheBucketItself(
  subject: IsolationSubject,
  bucket: SharedBucket,
  actions: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const [theirs = ''] = tenantsOf(subject)
    .victims.filter((victim) => victim !== session.tenant)
    .flatMap((victim) => prefixesOf(bucket, victim));
  const patterns = subject.named.resources.map((pattern) => fillTenant(pattern, session.tenant ?? ''));
  for (const { name, resources, shapes, harmless } of actions) {
    if (name === UPLOADS) continue;
    const on = (resource: string, owner: string | undefined, behindSecondLock: boolean): Attack => ({
      group: 'bucket-itself',
      session,
      requests: [request(name, resource, owner)],
      demandsDenial: !harmless,
      behindSecondLock,
    });
    for (const type of resources.filter((each) => each !== 'object')) {
      const shape = shapes[type] ?? '*';
      if (type === 'bucket') {
        if (!LISTINGS.includes(name)) yield on(bucket.arn, bucket.arn, true);
        continue;
      }
      const any = anyOfShape(subject, shape);
      const named = patterns.filter((pattern) => pattern !== '*').flatMap((pattern) => commonArn(pattern, shape) ?? []);
      const places = type === 'accesspointobject' ? [any.replace(/any$/, `${theirs}doc`), ...named] : [any, ...named];
      for (const place of new Set(places)) yield on(place, type.startsWith('accesspoint') ? bucket.arn : undefined, false);
    }
    if (resources.length === 0) yield on('*', undefined, false);
  }
}

/** A session without a tenant, or with one of odd shape, reaches no tenant's objects, nor what its own name would give. */
function* withoutTenant(
  subject: IsolationSubject,
  bucket: SharedBucket,
  onObjects: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const theirs = tenantsOf(subject).victims.flatMap((tenant) => prefixesOf(bucket, tenant));
  // Nobody's objects, unless they lie within a tenant's prefix: whoever does not mean to refuse such a tenant may let it have them.
  const named = prefixesOf(bucket, session.tenant ?? '').filter(
    (prefix) => session.illFormed && (subject.guardedShape || theirs.some((other) => prefix.startsWith(other))),
  );
  const prefixes = unique([...theirs.slice(0, MOST_PREFIXES), ...named]);
  for (const { name } of onObjects) {
    for (const prefix of prefixes) yield attackOf('no-tenant', session, [request(name, `${bucket.arn}/${prefix}doc`, bucket.arn)]);
  }
  for (const action of LISTINGS) {
    for (const prefix of prefixes) {
      yield attackOf('no-tenant', session, [request(action, bucket.arn, bucket.arn, { [PREFIX]: [prefix] })]);
    }
    yield attackOf('no-tenant', session, [request(action, bucket.arn, bucket.arn)]);
  }
}

/** So many prefixes of tenants are tried by sessions that have none. */
const MOST_PREFIXES = 2;

function attackOf(group: AttackGroup, session: TenantSession, requests: readonly AttackRequest[]): Attack {
  return { group, session, requests, demandsDenial: true, behindSecondLock: true };
}

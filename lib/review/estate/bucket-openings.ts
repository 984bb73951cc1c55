/** Ways out of a bucket beside its policy: access control lists that let others in, and copies that S3 makes by itself. */
import { bucketArn, bucketAt } from './concerns';
import type { UnknownPolicy } from './estate';
import type { Survey } from './gather';
import { attributeAt, blocksOf, isUnknownAt, textOf } from './instances';
import type { ResourceInstance } from './resource';
import { own } from '../plan/review-input';

/** Gaps of all buckets of the estate. */
export function bucketOpenings(survey: Survey): UnknownPolicy[] {
  return [...openLists(survey), ...copies(survey)];
}

/** Canned lists that let nobody in but the owner, and the service that writes S3's logs. */
const CLOSED_LISTS = ['private', 'bucket-owner-read', 'bucket-owner-full-control', 'log-delivery-write'];
const LOG_DELIVERY = '/groups/s3/LogDelivery';

function openLists(survey: Survey): UnknownPolicy[] {
  const { instances, where } = survey;
  const apart = instances.of('aws_s3_bucket_acl');
  const setApart = new Set(apart.map((acl) => instances.named(acl, 'bucket')).map((named) => named?.instance ?? named?.text));
  const gap = (name: string, opening: Opening | undefined, arn: string | undefined): UnknownPolicy[] => {
    if (opening === undefined) return [];
    const { unknown, grants } = opening;
    return [{ name, unknown, concerns: { kind: 'bucket', ...(arn !== undefined && { arn }), ...(grants && { grants }) } }];
  };
  return [
    ...apart.flatMap((acl) => gap(acl.address, openingOf(survey, acl, grantsOf(acl)), bucketAt(survey, acl, 'bucket').arn)),
    ...instances.of('aws_s3_bucket').flatMap((bucket) => {
      // What a bucket reports of a list that is set apart is out of date where that changes.
      if (setApart.has(bucket) || setApart.has(textOf(bucket, 'bucket'))) return [];
      return gap(`${bucket.address}.acl`, openingOf(survey, bucket, reportedGrants(survey, bucket)), bucketArn(where, bucket));
    }),
  ];
}

/** What makes an access control list more than the owner's. */
interface Opening {
  readonly unknown: string;
  /** Not only other accounts are let in. */
  readonly grants: boolean;
}

interface Grants {
  readonly attribute: string;
  readonly grantees: readonly unknown[];
  readonly owner: unknown;
}

function grantsOf(acl: ResourceInstance): Grants {
  const [list] = blocksOf(acl.values, 'access_control_policy');
  const grantees = blocksOf(list, 'grant').flatMap((grant) => blocksOf(grant, 'grantee'));
  return { attribute: 'access_control_policy', grantees, owner: own(blocksOf(list, 'owner')[0], 'id') };
}

/** A bucket does not say who owns it; its owner is who has full control. */
function reportedGrants({ instances }: Survey, bucket: ResourceInstance): Grants {
  const grantees = blocksOf(bucket.values, 'grant');
  const [me] = instances.of('data.aws_canonical_user_id').map((user) => textOf(user, 'id'));
  const full = grantees.find((each) => blocksOf(each, 'permissions').includes('FULL_CONTROL'));
  return { attribute: 'grant', grantees, owner: me ?? own(full, 'id') };
}

function openingOf({ before }: Survey, holder: ResourceInstance, { attribute, grantees, owner }: Grants): Opening | undefined {
  const acl = textOf(holder, 'acl');
  if (acl !== undefined && !CLOSED_LISTS.includes(acl)) return { unknown: `its access control list is ${acl}`, grants: true };
  if (isUnknownAt(holder, 'acl') || isUnknownAt(holder, attribute)) {
    return { unknown: 'its access control list is known after apply', grants: true };
  }
  // What is reported of a list goes with it.
  const earlier = before.at(holder.address);
  if (acl !== undefined && earlier !== undefined && acl !== textOf(earlier, 'acl')) return undefined;
  const uris = grantees.map((grantee) => own(grantee, 'uri')).filter((uri) => typeof uri === 'string' && uri !== '');
  if (uris.some((uri) => !String(uri).endsWith(LOG_DELIVERY))) {
    return { unknown: 'its access control list lets everybody in, or everybody with an account', grants: true };
  }
  const isOther = (grantee: unknown) => !uris.includes(own(grantee, 'uri')) && own(grantee, 'id') !== owner;
  return grantees.some(isOther) ? { unknown: 'its access control list lets another account in', grants: false } : undefined;
}

/**
 * Replication copies all objects, an inventory lists their keys. Of a bucket that is in the plan the policies are known, so that nothing
 * is open; of another one they are not.
 */
function copies(survey: Survey): UnknownPolicy[] {
  const { instances } = survey;
  const known = new Set(instances.of('aws_s3_bucket').map((bucket) => bucketArn(survey.where, bucket)));
  const places: (readonly [ResourceInstance, string])[] = [
    ...instances.of('aws_s3_bucket_replication_configuration').flatMap((each) => rulesOf(each, 'rule', 'rule')),
    ...instances
      .of('aws_s3_bucket')
      .flatMap((each) => rulesOf(each, 'replication_configuration.0.rules', 'replication_configuration')),
    ...instances.of('aws_s3_bucket_inventory').map((each) => [each, 'destination.0.bucket.0.bucket_arn'] as const),
  ];
  const gaps = places.flatMap(([holder, path]): UnknownPolicy[] => {
    const concerns = bucketAt(survey, holder, path);
    if (concerns.arn !== undefined && known.has(concerns.arn)) return [];
    return [{ name: holder.address, unknown: 'the bucket that it copies to is not in the plan', concerns }];
  });
  return [...new Map(gaps.map((gap) => [JSON.stringify(gap), gap])).values()];
}

/** Where each rule copies to; of rules that are not known yet one place that is not known. */
function rulesOf(holder: ResourceInstance, path: string, attribute: string): (readonly [ResourceInstance, string])[] {
  const rules = attributeAt(holder, path);
  if (!Array.isArray(rules)) return isUnknownAt(holder, attribute) ? [[holder, `${path}.0.destination.0.bucket`]] : [];
  return rules.map((_, index) => [holder, `${path}.${index}.destination.0.bucket`] as const);
}

import { bucketArn, mayAllow } from './concerns';
import type { BucketFact, PolicyFact } from './estate';
import type { Survey } from './gather';
import { keyArnAt, type Keys } from './gather-keys';
import { attributeAt, type Instances, isUnknownAt, textOf } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';
import { resourcePolicies } from './resource-policies';

const ENCRYPTION = 'aws_s3_bucket_server_side_encryption_configuration';

/** All buckets whose name is known, and those that only have their policy here. */
export function gatherBuckets(survey: Survey, keys: Keys): BucketFact[] {
  const { instances, before, where, gaps } = survey;
  const policies = resourcePolicies(instances, 'aws_s3_bucket_policy');
  const policiesBefore = resourcePolicies(before, 'aws_s3_bucket_policy');
  const encryption = encryptionsOf(instances);
  const encryptionBefore = encryptionsOf(before);
  const buckets = instances.of('aws_s3_bucket').flatMap((bucket): BucketFact[] => {
    const { address } = bucket;
    const name = textOf(bucket, 'bucket');
    const names = name === undefined ? [] : [name];
    const earlier = before.at(address);
    const wasApart = earlier !== undefined && policiesBefore.on(earlier, names) !== undefined;
    const policy = policies.on(bucket, names) ?? ownPolicy(bucket, wasApart ? earlier : undefined);
    const arn = bucketArn(where, bucket);
    if (name === undefined) {
      const concerns = { kind: 'bucket', arn, ...(mayAllow(policy) && { grants: true }) } as const;
      gaps.push({ name: address, unknown: 'its name is known after apply', concerns });
      return [];
    }
    return [
      {
        address,
        name,
        arn,
        ...(policy && { policy }),
        ...encryptionOf(survey, keys, encryption(bucket, name), earlier && encryptionBefore(earlier, name) ? undefined : bucket),
      },
    ];
  });
  gaps.push(...policies.gaps());
  const elsewhere = [...policies.others()].map(([name, policy]) => {
    const arn = name.startsWith('arn:') ? name : `arn:${where.partition}:s3:::${name}`;
    return { address: arn, name: name.replace(/^arn:.*:::/, ''), arn, policy };
  });
  return [...buckets, ...elsewhere];
}

/** What the bucket itself reports as its policy; of one that was set apart that is out of date. */
function ownPolicy(bucket: ResourceInstance, earlier: ResourceInstance | undefined): PolicyFact | undefined {
  const text = textOf(bucket, 'policy');
  if (text === undefined && !isUnknownAt(bucket, 'policy')) return undefined;
  return earlier && text === textOf(earlier, 'policy') ? undefined : policyIn(bucket, 'policy', `${bucket.address}.policy`);
}

function encryptionsOf(instances: Instances): (bucket: ResourceInstance, name: string) => ResourceInstance | undefined {
  const found = new Map<ResourceInstance | string, ResourceInstance>();
  for (const each of instances.of(ENCRYPTION)) {
    const named = instances.named(each, 'bucket');
    if (named !== undefined) found.set(named.instance ?? named.text, each);
  }
  return (bucket, name) => found.get(bucket) ?? found.get(name);
}

/** @param bucket tells of its encryption itself where that is not set apart, nor was; undefined if that is out of date */
function encryptionOf(
  survey: Survey,
  keys: Keys,
  apart: ResourceInstance | undefined,
  bucket: ResourceInstance | undefined,
): Pick<BucketFact, 'kmsKeyArn' | 'bucketKeyEnabled'> {
  const holder = apart ?? bucket;
  if (holder === undefined) return {};
  const rule = apart === undefined ? 'server_side_encryption_configuration.0.rule.0' : 'rule.0';
  const kmsKeyArn = keyArnAt(survey, keys, holder, `${rule}.apply_server_side_encryption_by_default.0.kms_master_key_id`);
  if (kmsKeyArn === undefined) return {};
  return { kmsKeyArn, bucketKeyEnabled: attributeAt(holder, `${rule}.bucket_key_enabled`) === true };
}

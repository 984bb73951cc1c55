import type { Concern, KeyFact, PolicyFact } from './estate';
import type { Survey } from './gather';
import { attributeAt, isUnknownAt, type Named, textOf } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';
import { type ResourcePolicies, resourcePolicies } from './resource-policies';
import { placeholder, regionalArn, regionalArnPattern } from './whereabouts';

const KEY_TYPES = ['aws_kms_key', 'aws_kms_external_key', 'aws_kms_replica_key', 'aws_kms_replica_external_key'];

/** The keys of an estate, by the instance that is one. */
export type Keys = ReadonlyMap<ResourceInstance, KeyFact>;

/**
 * All keys whose account is known. The id of a key that is to be made is nothing that a policy could name yet, so its address stands in
 * the place of it.
 */
export function gatherKeys({ instances, before, where, gaps }: Survey): Keys {
  const policies = resourcePolicies(instances, 'aws_kms_key_policy');
  const policiesBefore = resourcePolicies(before, 'aws_kms_key_policy');
  const keys = new Map<ResourceInstance, KeyFact>();
  for (const key of instances.of(...KEY_TYPES)) {
    const { address } = key;
    const id = textOf(key, 'key_id');
    const arn = textOf(key, 'arn') ?? regionalArn(where, 'kms', `key/${id ?? placeholder(address)}`, key);
    if (arn === undefined) {
      policies.on(key, []);
      const concerns = { kind: 'key', arn: regionalArnPattern(where, 'kms', `key/${id ?? '*'}`, key) } as const;
      gaps.push({ name: address, unknown: 'its account or region is not known', concerns });
      continue;
    }
    const earlier = before.at(address);
    const wasApart = earlier !== undefined && setApart(policiesBefore, earlier, arn) !== undefined;
    keys.set(key, { address, arn, policy: setApart(policies, key, arn) ?? ownPolicy(key, arn, wasApart ? earlier : undefined) });
  }
  gaps.push(...policies.gaps());
  return keys;
}

function setApart(policies: ResourcePolicies, key: ResourceInstance, arn: string): PolicyFact | undefined {
  return policies.on(key, [arn, arn.slice(arn.indexOf('/') + 1)]);
}

/** The policy of the key itself; what it reports of one that was set apart goes with that. */
function ownPolicy(key: ResourceInstance, arn: string, earlier: ResourceInstance | undefined): PolicyFact {
  const text = textOf(key, 'policy');
  const isSet = text !== undefined || isUnknownAt(key, 'policy');
  if (isSet && !(earlier && text === textOf(earlier, 'policy'))) return policyIn(key, 'policy');
  return { name: `${key.address} (AWS's default key policy)`, document: defaultKeyPolicy(arn) };
}

/**
 * What AWS gives a key without a policy: the account's own policies decide.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
function defaultKeyPolicy(keyArn: string): object {
  const [, partition, , , account] = keyArn.split(':');
  const Principal = { AWS: `arn:${partition}:iam::${account}:root` };
  const statement = { Sid: 'Enable IAM User Permissions', Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' };
  return { Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] };
}

/** ARN of the key that an attribute names by ARN, id, alias or reference; undefined if it names none, or one that cannot be told: a gap. */
export function keyArnAt(survey: Survey, keys: Keys, holder: ResourceInstance, path: string): string | undefined {
  const given = attributeAt(holder, path);
  if ((given === undefined || given === null || given === '') && !isUnknownAt(holder, path)) return undefined;
  const found = keyNamed(survey, keys, holder, survey.instances.named(holder, path));
  if (found !== undefined) return found === OF_AWS ? undefined : found;
  survey.gaps.push({
    name: `${holder.address}.${path}`,
    unknown: isUnknownAt(holder, path)
      ? 'which key it names is known after apply'
      : 'the account or region of its key is not known',
    concerns: { kind: 'key' },
  });
  return undefined;
}

/** The key that an attribute names. */
export function keyConcern(survey: Survey, keys: Keys, holder: ResourceInstance, path: string): Concern {
  const found = keyNamed(survey, keys, holder, survey.instances.named(holder, path));
  return found === undefined || found === OF_AWS ? { kind: 'key' } : { kind: 'key', arn: found };
}

/** A key that AWS manages: its policy is AWS's. */
const OF_AWS = 'alias/aws/';

function keyNamed(survey: Survey, keys: Keys, holder: ResourceInstance, named: Named | undefined): string | undefined {
  if (named?.instance !== undefined) return keys.get(named.instance)?.arn;
  if (named === undefined) return undefined;
  const { instances, where } = survey;
  const alias = /(?:^|:)(alias\/.+)$/.exec(named.text)?.[1];
  if (alias?.startsWith(OF_AWS) === true) return OF_AWS;
  if (alias !== undefined) {
    const target = instances.of('aws_kms_alias').find((each) => textOf(each, 'name') === alias);
    const key = target && instances.named(target, 'target_key_id');
    if (target !== undefined && key?.text?.includes('alias/') !== true) return keyNamed(survey, keys, holder, key);
  }
  return named.text.startsWith('arn:') ? named.text : regionalArn(where, 'kms', alias ?? `key/${named.text}`, holder);
}

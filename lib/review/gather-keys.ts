import type { KeyFact, PolicyFact } from './estate';
import type { Survey } from './gather';
import { attributeAt, type Instances, isUnknownAt, textOf } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';
import { type ResourcePolicies, resourcePolicies } from './resource-policies';
import { regionalArn, type Whereabouts } from './whereabouts';

const KEY_TYPES = ['aws_kms_key', 'aws_kms_external_key', 'aws_kms_replica_key', 'aws_kms_replica_external_key'];

/** The keys of an estate, by the instance that is one. */
export type Keys = ReadonlyMap<ResourceInstance, KeyFact>;

/**
 * All keys whose account is known. The id of a key that is to be made is nothing that a policy could name yet, so its address stands in
 * the place of it.
 */
export function gatherKeys({ instances, before, where, gaps }: Survey): Keys {
  const policies = resourcePolicies(instances, 'aws_kms_key_policy', 'key_id');
  const policiesBefore = resourcePolicies(before, 'aws_kms_key_policy', 'key_id');
  gaps.push(...policies.gaps);
  const keys = new Map<ResourceInstance, KeyFact>();
  for (const key of instances.of(...KEY_TYPES)) {
    const { address } = key;
    const arn = textOf(key, 'arn') ?? regionalArn(where, 'kms', `key/${textOf(key, 'key_id') ?? placeholder(address)}`, key);
    if (arn === undefined) {
      gaps.push({ name: address, unknown: 'its account or region is not known' });
      continue;
    }
    const earlier = before.at(address);
    const wasApart = earlier !== undefined && setApart(policiesBefore, earlier, arn) !== undefined;
    keys.set(key, { address, arn, policy: setApart(policies, key, arn) ?? ownPolicy(key, arn, wasApart ? earlier : undefined) });
  }
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

function placeholder(address: string): string {
  return address.replace(/[^\w.-]/g, '-');
}

/** ARN of the key that an attribute names by ARN, id, alias or reference; undefined if it names none. */
export function keyArnAt(
  { instances, where, gaps }: { instances: Instances; where: Whereabouts; gaps: Survey['gaps'] },
  keys: Keys,
  holder: ResourceInstance,
  path: string,
): string | undefined {
  const given = attributeAt(holder, path);
  if ((given === undefined || given === null || given === '') && !isUnknownAt(holder, path)) return undefined;
  const named = instances.named(holder, path);
  const key = named?.text === undefined ? named?.instance && keys.get(named.instance) : undefined;
  if (key !== undefined) return key.arn;
  if (named?.text === undefined) {
    gaps.push({ name: `${holder.address}.${path}`, unknown: 'which key it names is known after apply' });
    return undefined;
  }
  return arnOfKey(instances, where, keys, holder, named.text);
}

function arnOfKey(
  instances: Instances,
  where: Whereabouts,
  keys: Keys,
  holder: ResourceInstance,
  name: string,
): string | undefined {
  const alias = /(?:^|:)(alias\/.+)$/.exec(name)?.[1];
  if (alias?.startsWith('alias/aws/') === true) return undefined;
  if (alias !== undefined) {
    const target = instances.of('aws_kms_alias').find((each) => textOf(each, 'name') === alias);
    const named = target && instances.named(target, 'target_key_id');
    if (named?.instance !== undefined) return keys.get(named.instance)?.arn;
    if (named !== undefined && !named.text.includes('alias/')) return arnOfKey(instances, where, keys, holder, named.text);
  }
  return name.startsWith('arn:') ? name : regionalArn(where, 'kms', alias ?? `key/${name}`, holder);
}

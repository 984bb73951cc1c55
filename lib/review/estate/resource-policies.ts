import type { PolicyFact, UnknownPolicy } from './estate';
import { mayAllow } from './concerns';
import type { Instances, Named } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';

/** Policies on data or keys that resources of their own set. */
export interface ResourcePolicies {
  /** The policy on one resource, which is known by any of the names or is an instance. */
  readonly on: (target: ResourceInstance | undefined, names: readonly string[]) => PolicyFact | undefined;
  /** Policies on what nobody asked for, by its name. */
  readonly others: () => ReadonlyMap<string, PolicyFact>;
  /** Policies on what was set aside. */
  readonly aside: readonly { readonly policy: ResourceInstance; readonly target: Named }[];
  /** Policies that may be on anything, and those on instances that nobody asked for. */
  readonly gaps: () => UnknownPolicy[];
}

const ATTRIBUTES = {
  aws_s3_bucket_policy: { kind: 'bucket', attribute: 'bucket' },
  aws_dynamodb_resource_policy: { kind: 'table', attribute: 'resource_arn' },
  aws_kms_key_policy: { kind: 'key', attribute: 'key_id' },
} as const;

/**
 * @param isAside tells by a name, or by the attribute that is referred to, that a policy is set on something that is not of this kind
 */
export function resourcePolicies(
  instances: Instances,
  type: keyof typeof ATTRIBUTES,
  isAside: (nameOrAttribute: string) => boolean = () => false,
): ResourcePolicies {
  const { kind, attribute } = ATTRIBUTES[type];
  const byName = new Map<string, ResourceInstance[]>();
  const byTarget = new Map<ResourceInstance, ResourceInstance[]>();
  const aside: { policy: ResourceInstance; target: Named }[] = [];
  const adrift: ResourceInstance[] = [];
  for (const policy of instances.of(type)) {
    const named = instances.named(policy, attribute);
    if (named === undefined) adrift.push(policy);
    else if (isAside(named.text ?? named.attribute ?? '')) aside.push({ policy, target: named });
    else if (named.instance === undefined) byName.set(named.text, [...(byName.get(named.text) ?? []), policy]);
    else byTarget.set(named.instance, [...(byTarget.get(named.instance) ?? []), policy]);
  }
  const asked = new Set<string | ResourceInstance>();
  const gap = (policy: ResourceInstance): UnknownPolicy => ({
    name: policy.address,
    unknown: 'what it is set on is known after apply',
    // A key by itself opens no data.
    concerns: { kind, ...(kind !== 'key' && mayAllow(policyIn(policy, 'policy')) && { grants: true }) },
  });
  return {
    aside,
    gaps: () => {
      const unasked = [...byTarget].flatMap(([target, policies]) => (asked.has(target) ? [] : policies));
      return [...adrift, ...unasked].map(gap);
    },
    on: (target, names) => {
      for (const each of target === undefined ? names : [target, ...names]) asked.add(each);
      return onlyOne([...((target && byTarget.get(target)) ?? []), ...names.flatMap((name) => byName.get(name) ?? [])]);
    },
    others: () =>
      new Map(
        [...byName].flatMap(([name, policies]) => {
          const policy = asked.has(name) ? undefined : onlyOne(policies);
          return policy === undefined ? [] : [[name, policy] as const];
        }),
      ),
  };
}

/** There is one policy on a resource; of several it is open which is set last. */
function onlyOne([policy, ...others]: readonly ResourceInstance[]): PolicyFact | undefined {
  if (policy === undefined) return undefined;
  if (others.length === 0) return policyIn(policy, 'policy');
  return { name: policy.address, unknown: `${others.map(({ address }) => address).join(', ')} sets the same policy` };
}

import type { PolicyFact, UnknownPolicy } from './estate';
import type { Instances } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';

/** Policies on data or keys that resources of their own set. */
export interface ResourcePolicies {
  /** The policy on one resource, which is known by any of the names or is an instance. */
  readonly on: (target: ResourceInstance | undefined, names: readonly string[]) => PolicyFact | undefined;
  /** Policies on what nobody asked for, by its name. */
  readonly others: () => ReadonlyMap<string, PolicyFact>;
  /** Policies that may be on anything. */
  readonly gaps: readonly UnknownPolicy[];
}

/**
 * @param type `aws_s3_bucket_policy`
 * @param attribute names what the policy is set on: `bucket`
 * @param isOther tells by a name, or by the attribute that is referred to, that it is set on something that does not matter
 */
export function resourcePolicies(
  instances: Instances,
  type: string,
  attribute: string,
  isOther: (nameOrAttribute: string) => boolean = () => false,
): ResourcePolicies {
  const byName = new Map<string, ResourceInstance[]>();
  const byTarget = new Map<ResourceInstance, ResourceInstance[]>();
  const gaps: UnknownPolicy[] = [];
  for (const policy of instances.of(type)) {
    const named = instances.named(policy, attribute);
    if (named === undefined) gaps.push({ name: policy.address, unknown: 'what it is set on is known after apply' });
    else if (isOther(named.text ?? named.attribute ?? '')) continue;
    else if (named.instance === undefined) byName.set(named.text, [...(byName.get(named.text) ?? []), policy]);
    else byTarget.set(named.instance, [...(byTarget.get(named.instance) ?? []), policy]);
  }
  const asked = new Set<string>();
  return {
    gaps,
    on: (target, names) => {
      for (const name of names) asked.add(name);
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

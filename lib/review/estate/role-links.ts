import type { UnknownPolicy } from './estate';
import { type Instances, isUnknownAt, type Named, textOf, textsOf } from './instances';
import type { ResourceInstance } from './resource';
import { roleArnPattern, type Whereabouts } from './whereabouts';

/** A policy that something attaches. */
export interface Attached {
  /** Address of what attaches it. */
  readonly by: string;
  /** Undefined if it cannot be told. */
  readonly policy: Named | undefined;
}

/** What resources of their own hang on one role. */
export interface RoleLinks {
  /** `aws_iam_role_policy` */
  readonly inline: readonly ResourceInstance[];
  readonly attached: readonly Attached[];
}

interface AllLinks {
  readonly of: (role: ResourceInstance) => RoleLinks;
  /** What may hang on any role. */
  readonly gaps: readonly UnknownPolicy[];
}

/** Finds what resources hang on each role. What hangs on a role outside the estate is a gap: nobody sees who may assume that role. */
export function roleLinks(instances: Instances, where: Whereabouts): AllLinks {
  const links = new Map(
    instances.of('aws_iam_role').map((role) => [role, { inline: [] as ResourceInstance[], attached: [] as Attached[] }]),
  );
  // IAM does not tell names apart by case.
  const byName = new Map<string, ResourceInstance[]>();
  for (const role of links.keys()) {
    const name = textOf(role, 'name')?.toLowerCase();
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), role]);
  }
  const gaps: UnknownPolicy[] = [];

  function onRole(by: ResourceInstance, role: Named | undefined) {
    const name = role?.text?.replace(/^arn:.*[:/]/, '');
    const found = role?.instance ? [role.instance] : (byName.get(name?.toLowerCase() ?? '') ?? []);
    const [only, ...others] = found.flatMap((each) => links.get(each) ?? []);
    if (only !== undefined && others.length === 0) return [only];
    gaps.push({ name: by.address, ...outside(by, name, others.length > 0) });
    return [];
  }

  function outside(by: ResourceInstance, name: string | undefined, several: boolean): Omit<UnknownPolicy, 'name'> {
    if (name === undefined) return { unknown: 'which role it belongs to is known after apply', concerns: { kind: 'role' } };
    const concerns = { kind: 'role', arn: arnElsewhere(by, name) } as const;
    // In a plan over several accounts.
    if (several) return { unknown: `which of the roles named '${name}' it belongs to is not known`, concerns };
    return { unknown: `the role '${name}' that it belongs to is not in the plan`, concerns };
  }

  function arnElsewhere(by: ResourceInstance, name: string): string {
    const read = instances.of('data.aws_iam_role').find((role) => textOf(role, 'name')?.toLowerCase() === name.toLowerCase());
    return (read && textOf(read, 'arn')) ?? roleArnPattern(where, name, by);
  }

  for (const policy of instances.of('aws_iam_role_policy')) {
    for (const { inline } of onRole(policy, instances.named(policy, 'role'))) inline.push(policy);
  }
  for (const each of instances.of('aws_iam_role_policy_attachment')) {
    const attachment = { by: each.address, policy: instances.named(each, 'policy_arn') };
    for (const { attached } of onRole(each, instances.named(each, 'role'))) attached.push(attachment);
  }
  for (const each of instances.of('aws_iam_policy_attachment')) {
    const attachment = { by: each.address, policy: instances.named(each, 'policy_arn') };
    const roles = textsOf(each, 'roles');
    for (const { attached } of roles.flatMap((text) => onRole(each, { text }))) attached.push(attachment);
    if (isOpenList(each, 'roles')) onRole(each, undefined);
  }
  for (const each of instances.of('aws_iam_role_policy_attachments_exclusive')) {
    const role = onRole(each, instances.named(each, 'role_name'));
    const policies: (Named | undefined)[] = textsOf(each, 'policy_arns').map((text) => ({ text }));
    if (isOpenList(each, 'policy_arns')) policies.push(undefined);
    for (const { attached } of role) attached.push(...policies.map((policy) => ({ by: each.address, policy })));
  }
  return { gaps, of: (role) => links.get(role) ?? { inline: [], attached: [] } };
}

/** Of a set with something unknown in it Terraform says nothing at all; of a list, where. */
function isOpenList(instance: ResourceInstance, attribute: string): boolean {
  return (
    isUnknownAt(instance, attribute) ||
    textsOf(instance, attribute).some((_, index) => isUnknownAt(instance, `${attribute}.${index}`))
  );
}

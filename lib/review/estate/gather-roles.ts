import type { PolicyFact, RoleFact } from './estate';
import type { Survey } from './gather';
import { isUnknownAt, textOf } from './instances';
import { policyIn } from './policy-fact';
import { reportedAttachments, reportedInline } from './reported-policies';
import type { ResourceInstance } from './resource';
import { isObject, own } from '../plan/review-input';
import { type Attached, roleLinks } from './role-links';
import { iamArn, placeholder, roleArnPattern } from './whereabouts';

/**
 * All roles whose account and path are known, with their own and the attached policies. No policy could name a role yet whose name is
 * known after apply only, so its address stands in the place of it.
 */
export function gatherRoles(survey: Survey): RoleFact[] {
  const { instances, before, where, gaps } = survey;
  const links = roleLinks(instances, where);
  gaps.push(...links.gaps);
  const linksBefore = roleLinks(before, where);
  const policies = policiesByArn(survey);
  return instances.of('aws_iam_role').flatMap((role) => {
    const { address } = role;
    const prefix = textOf(role, 'name_prefix') ?? '';
    const name = textOf(role, 'name') ?? `${prefix}${placeholder(address)}`;
    const arn = textOf(role, 'arn') ?? iamArn(where, 'role', role, name);
    if (arn === undefined) {
      gaps.push({
        name: address,
        unknown: where.accountOf(role) === undefined ? 'its account is not known' : 'its path is known after apply',
        concerns: { kind: 'role', arn: roleArnPattern(where, textOf(role, 'name') ?? `${prefix}*`, role) },
      });
      return [];
    }
    const earlier = before.at(address);
    const { inline, attached } = links.of(role);
    const past = earlier && { role: earlier, links: linksBefore.of(earlier) };
    const attachments = [...attached, ...reportedAttachments(role, past)];
    const boundary = boundaryOf(survey, policies, role);
    return [
      {
        address,
        name,
        arn,
        tags: tagsOf(role),
        trust: policyIn(role, 'assume_role_policy', `${address}.assume_role_policy`),
        identity: [
          ...inline.map((each) => policyIn(each, 'policy')),
          ...reportedInline(role, inline, past),
          ...eachOnce(attachments.map((each) => attachedPolicy(policies, each))),
        ],
        ...(boundary && { boundary }),
      },
    ];
  });
}

/** By ARN in lower case: IAM does not tell names apart by case. */
type PolicyIndex = ReadonlyMap<string, ResourceInstance>;

function policiesByArn({ instances, where }: Survey): PolicyIndex {
  const managed = instances.of('aws_iam_policy');
  const all = [...instances.of('data.aws_iam_policy'), ...managed];
  return new Map(
    all.flatMap((policy) => {
      const arn = textOf(policy, 'arn') ?? (policy.mode === 'managed' ? iamArn(where, 'policy', policy) : undefined);
      return arn === undefined ? [] : [[arn.toLowerCase(), policy] as const];
    }),
  );
}

function attachedPolicy(policies: PolicyIndex, { by, policy }: Attached): PolicyFact {
  if (policy === undefined) return { name: by, unknown: 'which policy it attaches is known after apply' };
  const found = policy.instance ?? policies.get(policy.text.toLowerCase());
  if (found === undefined) return { name: policy.text ?? by, unknown: 'not in the plan' };
  if (found.type !== 'aws_iam_policy') return { name: by, unknown: 'which policy it attaches is known after apply' };
  return policyIn(found, 'policy');
}

function eachOnce(policies: readonly PolicyFact[]): PolicyFact[] {
  return [...new Map(policies.map((policy) => [policy.name, policy])).values()];
}

function boundaryOf({ instances }: Survey, policies: PolicyIndex, role: ResourceInstance): PolicyFact | undefined {
  const by = `${role.address}.permissions_boundary`;
  if (textOf(role, 'permissions_boundary') === undefined && !isUnknownAt(role, 'permissions_boundary')) return undefined;
  return attachedPolicy(policies, { by, policy: instances.named(role, 'permissions_boundary') });
}

/** Stands for the value of a tag that is known after apply. */
export const KNOWN_LATER = '(known after apply)';

/** Those of the provider included; of one that is known after apply at least the key counts. */
function tagsOf({ values, unknown }: ResourceInstance): Record<string, string> {
  const entriesOf = (holder: unknown, attribute: string) => {
    const tags = own(holder, attribute);
    return isObject(tags) ? Object.entries(tags) : [];
  };
  const later = ['tags', 'tags_all'].flatMap((attribute) => entriesOf(unknown, attribute).filter(([, mark]) => mark === true));
  const known = ['tags', 'tags_all'].flatMap((attribute) => entriesOf(values, attribute));
  return Object.fromEntries([
    ...later.map(([key]): [string, string] => [key, KNOWN_LATER]),
    ...known.flatMap(([key, value]): [string, string][] => (typeof value === 'string' ? [[key, value]] : [])),
  ]);
}

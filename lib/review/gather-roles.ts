import type { PolicyFact, RoleFact } from './estate';
import type { Survey } from './gather';
import { blocksOf, isUnknownAt, textOf, textsOf } from './instances';
import { own } from './review-input';
import { policyIn, policyOfText } from './policy-fact';
import type { ResourceInstance } from './resource';
import { type Attached, type RoleLinks, roleLinks } from './role-links';
import { iamArn } from './whereabouts';

/** All roles whose name and account are known, with their own and the attached policies. */
export function gatherRoles(survey: Survey): RoleFact[] {
  const { instances, before, gaps } = survey;
  const links = roleLinks(instances);
  gaps.push(...links.gaps);
  const linksBefore = roleLinks(before);
  const policies = policiesByArn(survey);
  return instances.of('aws_iam_role').flatMap((role) => {
    const { address } = role;
    const name = textOf(role, 'name');
    const arn = textOf(role, 'arn') ?? iamArn(survey.where, 'role', role);
    if (name === undefined || arn === undefined) {
      gaps.push({ name: address, unknown: name === undefined ? 'its name is known after apply' : 'its account is not known' });
      return [];
    }
    const earlier = before.at(address);
    const reported = reportedBy(role, links.of(role), earlier, earlier && linksBefore.of(earlier));
    const attached = [...links.of(role).attached, ...reported.attached].map((each) => attachedPolicy(policies, each));
    const boundary = boundaryOf(survey, policies, role);
    return [
      {
        address,
        name,
        arn,
        tags: tagsOf(role),
        trust: policyIn(role, 'assume_role_policy', `${address}.assume_role_policy`),
        identity: [...links.of(role).inline.map((each) => policyIn(each, 'policy')), ...reported.inline, ...eachOnce(attached)],
        ...(boundary && { boundary }),
      },
    ];
  });
}

type PolicyIndex = ReadonlyMap<string, ResourceInstance>;

function policiesByArn({ instances, where }: Survey): PolicyIndex {
  const managed = instances.of('aws_iam_policy');
  const all = [...instances.of('data.aws_iam_policy'), ...managed];
  return new Map(
    all.flatMap((policy) => {
      const arn = textOf(policy, 'arn') ?? (policy.mode === 'managed' ? iamArn(where, 'policy', policy) : undefined);
      return arn === undefined ? [] : [[arn, policy] as const];
    }),
  );
}

function attachedPolicy(policies: PolicyIndex, { by, policy }: Attached): PolicyFact {
  if (policy === undefined) return { name: by, unknown: 'which policy it attaches is known after apply' };
  const found = policy.instance ?? policies.get(policy.text);
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

/**
 * What a role itself says of its policies, without those that resources of their own account for. After a change what it reports may be
 * out of date: where such a resource goes, its policy goes with it.
 */
function reportedBy(role: ResourceInstance, links: RoleLinks, earlier?: ResourceInstance, linksEarlier?: RoleLinks) {
  const blocks = blocksOf(role.values, 'inline_policy');
  const sameBlocks = earlier !== undefined && namesOf(blocks) === namesOf(blocksOf(earlier.values, 'inline_policy'));
  const inlineApart = new Set([links, ...(sameBlocks && linksEarlier ? [linksEarlier] : [])].flatMap(inlineNames));
  const marks = blocksOf(role.unknown, 'inline_policy');
  const inline = Array.from({ length: Math.max(blocks.length, marks.length) }, (_, index) => blocks[index]).flatMap(
    (block, index) => {
      const path = `inline_policy.${index}`;
      const [name, text] = [own(block, 'name'), own(block, 'policy')];
      const unknown = isUnknownAt(role, `${path}.policy`);
      if ((typeof text !== 'string' || text === '') && !unknown) return [];
      if (typeof name === 'string' && inlineApart.has(name)) return [];
      const label = `${role.address}.inline_policy[${typeof name === 'string' ? JSON.stringify(name) : index}]`;
      const sensitive = own(own(own(role.sensitive, 'inline_policy'), String(index)), 'policy');
      return [policyOfText(label, text, unknown, own(role.sensitive, 'inline_policy') === true || sensitive)];
    },
  );
  const arns = textsOf(role, 'managed_policy_arns');
  const sameArns = earlier !== undefined && arns.join() === textsOf(earlier, 'managed_policy_arns').join();
  const attachedApart = new Set((sameArns ? (linksEarlier?.attached ?? []) : []).flatMap(({ policy }) => policy?.text ?? []));
  const by = `${role.address}.managed_policy_arns`;
  return {
    inline: [...inline, ...whollyUnknown(role, 'inline_policy')],
    attached: [
      ...arns.filter((arn) => !attachedApart.has(arn)).map((text): Attached => ({ by, policy: { text } })),
      // Of a list in which something is unknown not even the constants can be told.
      ...(whollyUnknown(role, 'managed_policy_arns').length > 0 ? [{ by, policy: undefined }] : []),
    ],
  };
}

function whollyUnknown(role: ResourceInstance, attribute: string): PolicyFact[] {
  const mask = own(role.unknown, attribute);
  const open = mask === true || (Array.isArray(mask) && mask.includes(true));
  return open ? [{ name: `${role.address}.${attribute}`, unknown: 'known after apply' }] : [];
}

function inlineNames({ inline }: RoleLinks): string[] {
  return inline.flatMap((policy) => textOf(policy, 'name') ?? []);
}

function namesOf(blocks: readonly unknown[]): string {
  return blocks
    .map((block) => [own(block, 'name'), own(block, 'policy')].map((each) => (typeof each === 'string' ? each : '')).join('\n'))
    .join('\n\n');
}

/** Those of the provider included. */
function tagsOf({ values }: ResourceInstance): Record<string, string> {
  const given = [own(values, 'tags'), own(values, 'tags_all')].flatMap((tags) => Object.entries(Object(tags ?? {}) as object));
  return Object.fromEntries(given.flatMap(([key, value]): [string, string][] => (typeof value === 'string' ? [[key, value]] : [])));
}

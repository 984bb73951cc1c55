/**
 * What a role itself says of its policies. Resources of their own account for most of it, and after a change it may be out of date: where
 * such a resource goes, its policy goes with it.
 */
import type { PolicyFact } from './estate';
import { blocksOf, isUnknownAt, textOf, textsOf } from './instances';
import { policyOfText } from './policy-fact';
import type { ResourceInstance } from './resource';
import { own } from '../plan/review-input';
import type { Attached, RoleLinks } from './role-links';

/** The role before the change, and what then hung on it. */
export interface PastRole {
  readonly role: ResourceInstance;
  readonly links: RoleLinks;
}

/** Its `inline_policy` blocks, without those that `aws_iam_role_policy` sets, or set before. */
export function reportedInline(
  role: ResourceInstance,
  apart: readonly ResourceInstance[],
  past: PastRole | undefined,
): PolicyFact[] {
  const blocks = blocksOf(role.values, 'inline_policy');
  const isUnchanged = past !== undefined && textOfBlocks(blocks) === textOfBlocks(blocksOf(past.role.values, 'inline_policy'));
  const setApart = [...apart, ...(isUnchanged ? past.links.inline : [])].flatMap((policy) => textOf(policy, 'name') ?? []);
  // A block of which nothing is known has a mark only.
  const size = Math.max(blocks.length, blocksOf(role.unknown, 'inline_policy').length);
  const found = Array.from({ length: size }, (_, index) => blocks[index]).flatMap((block, index) => {
    const [name, text] = [own(block, 'name'), own(block, 'policy')];
    const unknown = isUnknownAt(role, `inline_policy.${index}.policy`);
    const isEmpty = (typeof text !== 'string' || text === '') && !unknown;
    if (isEmpty || (typeof name === 'string' && setApart.includes(name))) return [];
    const label = `${role.address}.inline_policy[${typeof name === 'string' ? JSON.stringify(name) : index}]`;
    return [policyOfText(label, text, unknown, isSensitive(role, index))];
  });
  const open = hasUnknown(role, 'inline_policy') ? [{ name: `${role.address}.inline_policy`, unknown: 'known after apply' }] : [];
  return [...found, ...open];
}

/** Its `managed_policy_arns`, without those that other resources attached before: what they attach now is told by them. */
export function reportedAttachments(role: ResourceInstance, past: PastRole | undefined): Attached[] {
  const by = `${role.address}.managed_policy_arns`;
  const arns = textsOf(role, 'managed_policy_arns');
  const isUnchanged = past !== undefined && arns.join() === textsOf(past.role, 'managed_policy_arns').join();
  const attachedApart = isUnchanged ? past.links.attached.flatMap(({ policy }) => policy?.text?.toLowerCase() ?? []) : [];
  const found = arns.filter((arn) => !attachedApart.includes(arn.toLowerCase())).map((text) => ({ by, policy: { text } }));
  // Of a list in which something is unknown not even the constants can be told.
  return hasUnknown(role, 'managed_policy_arns') ? [...found, { by, policy: undefined }] : found;
}

/** Whether an attribute, or something right in it, is known after apply only. */
function hasUnknown(role: ResourceInstance, attribute: string): boolean {
  const mark = own(role.unknown, attribute);
  return mark === true || (Array.isArray(mark) && mark.includes(true));
}

function isSensitive({ sensitive }: ResourceInstance, index: number): boolean {
  const marks = own(sensitive, 'inline_policy');
  const mark = own(marks, String(index));
  return [marks, mark, own(mark, 'policy')].includes(true);
}

function textOfBlocks(blocks: readonly unknown[]): string {
  const parts = blocks.flatMap((block) => [own(block, 'name'), own(block, 'policy')]);
  return parts.map((part) => (typeof part === 'string' ? part : '')).join('\n');
}

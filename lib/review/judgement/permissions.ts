import { isRoleName, permissionPatterns } from 'multi-tenant-data-access/tenancy';
import type { SubjectPermissions } from '../../isolation';
import { unique } from '../../policy/document';
import type { TenantClaim } from '../../policy/tenant-claim';
import type { RoleFact } from '../estate/estate';
import { type ConditionFact, statementsOf } from './statements';

/** A pattern of encoded permissions: `rw-/???`. */
const PATTERN = /^[r?-][w?-][d?-]\/[r?-][w?-][d?-]$/;
/** The pattern that takes all encoded permissions, as a trust policy has it. */
const [ANY = ''] = permissionPatterns([]);

/**
 * How a role's sessions come to what they may do: by the tag that its policies compare with encoded permissions, at one of the moments.
 *
 * @param declared what each role may do, encoded, by its name; left out, nobody said.
 * @param tagKey the tag, where it is known already.
 * @returns undefined if no policy asks for permissions.
 */
export function permissionsOf(
  roles: readonly RoleFact[],
  tenant: TenantClaim,
  declared: Readonly<Record<string, string>> | undefined,
  tagKey = permissionsTagKeyOf(roles, tenant),
): SubjectPermissions | undefined {
  if (tagKey === undefined || tenant.kind !== 'session-tag' || isSame(tagKey, tenant.tagKey)) return undefined;
  const compared = unique(comparisons(roles, 'PrincipalTag', tagKey).flatMap(({ values }) => values)).filter(
    (value) => !PATTERN.test(value),
  );
  const names = compared.filter((value) => !value.includes('${'));
  return {
    tagKey,
    roles: declared ?? {},
    guarded: comparisons(roles, 'RequestTag', tagKey).length > 0,
    named: names.slice(0, MOST_NAMES),
    undeclared: declared === undefined ? names.filter(isRoleName) : [],
  };
}

/** More values that policies compare the tag with are not looked at each. */
const MOST_NAMES = 100;

/** The tag that is compared with encoded permissions most often. */
export function permissionsTagKeyOf(roles: readonly RoleFact[], tenant: TenantClaim): string | undefined {
  const own = roles.flatMap(({ identity }) => statementsOf(identity)).flatMap(({ conditions }) => conditions);
  const trust = roles.flatMap((role) => statementsOf([role.trust])).flatMap(({ conditions }) => conditions);
  const keys = [
    ...keysComparedWith(own, /^aws:PrincipalTag\/(.+)$/i, (value) => PATTERN.test(value)),
    ...keysComparedWith(trust, /^aws:RequestTag\/(.+)$/i, (value) => value === ANY),
  ].filter((key) => tenant.kind !== 'session-tag' || !isSame(key, tenant.tagKey));
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function keysComparedWith(conditions: readonly ConditionFact[], key: RegExp, takes: (value: string) => boolean): string[] {
  return conditions
    .filter(isComparison)
    .flatMap((each) => (each.values.some(takes) ? [key.exec(each.key)?.[1] ?? ''] : []).filter(Boolean));
}

/** Whether a condition compares a tag with encoded permissions. */
export function comparesPermissions(condition: ConditionFact): boolean {
  return isComparison(condition) && condition.values.some((value) => PATTERN.test(value));
}

function isComparison({ operator }: ConditionFact): boolean {
  return /String(?:Like|Equals)(?:IgnoreCase)?(?:IfExists)?$/i.test(operator);
}

function comparisons(roles: readonly RoleFact[], kind: 'PrincipalTag' | 'RequestTag', tagKey: string): ConditionFact[] {
  const policies = roles.flatMap(({ identity, trust }) => (kind === 'PrincipalTag' ? identity : [trust]));
  return statementsOf(policies)
    .flatMap(({ conditions }) => conditions)
    .filter((condition) => isComparison(condition) && isSame(condition.key, `aws:${kind}/${tagKey}`));
}

/** Tag keys do not differ by case. */
function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

import { decodePermissions, isRoleName } from 'multi-tenant-data-access/tenancy';

/** What a role asks of tokens beside the tenant. */
export interface AskedClaims {
  /** @default - its policies ask for no permissions */
  readonly permissions?: AskedPermissions;
  /** Whether tokens must list the role in their claim of roles. */
  readonly pinned: boolean;
}

/** The session tag that policies compare with permissions. */
export interface AskedPermissions {
  readonly tagKey: string;
  /** Names of roles that the policies take beside encoded permissions, each once, as they stand there. */
  readonly roles: readonly string[];
}

const PRINCIPAL_TAG = /^aws:PrincipalTag\/(.+)$/is;
const PINNED = 'sts:RoleAuthorizedByIdp';

/**
 * Reads in the policies of a role what its sessions need, and in its trust policy what they begin with. The tag of permissions is the one
 * that is compared with encoded permissions, or with patterns of them.
 *
 * @param trust policy documents as IAM has them, like those of `policies`; of what is none nothing is asked
 */
export function askedClaims(trust: unknown, policies: readonly unknown[]): AskedClaims {
  const compared = policies.flatMap(conditionsOf).flatMap(([, key, values]) => {
    const [, tagKey] = PRINCIPAL_TAG.exec(key) ?? [];
    return tagKey === undefined ? [] : [{ tagKey, values }];
  });
  const tagKey = compared.find(({ values }) => values.some(comparesPermissions))?.tagKey;
  const isAlike = (other: string) => other.toLowerCase() === tagKey?.toLowerCase();
  const roles = new Set(compared.flatMap((each) => (isAlike(each.tagKey) ? each.values.filter(isRoleName) : [])));
  const pinned = conditionsOf(trust).some(([operator, key]) => operator === 'Bool' && key.toLowerCase() === PINNED.toLowerCase());
  return { ...(tagKey !== undefined && { permissions: { tagKey, roles: [...roles] } }), pinned };
}

function conditionsOf(policy: unknown): [operator: string, key: string, values: readonly string[]][] {
  return [membersOf(policy)['Statement']]
    .flat()
    .flatMap((statement) =>
      Object.entries(membersOf(membersOf(statement)['Condition'])).flatMap(([operator, keys]) =>
        Object.entries(membersOf(keys)).map(([key, values]): [string, string, string[]] => [
          operator,
          key,
          [values].flat().filter((value) => typeof value === 'string'),
        ]),
      ),
    );
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Whether a value is encoded permissions, or a pattern of them. */
function comparesPermissions(value: string): boolean {
  return decodePermissions(value.replaceAll('?', '-')) !== undefined;
}

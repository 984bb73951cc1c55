import type { ContextEntries } from '../isolation';
import { issuerOfProviderArn } from '../policy/issuer';
import type { TenantClaim } from '../policy/tenant-claim';
import type { PolicyFact, RoleFact } from './estate';
import { type ConditionFact, statementsOf, type StatementFact } from './statements';

const ASSUME = 'sts:assumerolewithwebidentity';

/** Whose tokens a trust policy takes. */
export interface WebIdentity {
  /** The Federated principal. */
  readonly provider: string;
  /** The issuer as it stands in condition keys. */
  readonly issuer: string;
  /** Condition keys of a token that the trust policy means to admit, beside the tenant. */
  readonly token: ContextEntries;
}

/** The identity provider of a trust policy, the first if it names several; `undefined` if no web identity may assume the role. */
export function webIdentity(trust: PolicyFact): WebIdentity | undefined {
  const statements = statementsOf([trust]).filter(({ effect, actions }) => effect === 'Allow' && actions.some(allowsWebIdentity));
  for (const { principals } of statements) {
    const federated = principals.find(({ kind, value }) => kind === 'Federated' && !value.includes(':saml-provider/'));
    if (federated === undefined) continue;
    const issuer = issuerOfProvider(federated.value);
    return { provider: federated.value, issuer, token: tokenFor(statements, issuer) };
  }
  return undefined;
}

function allowsWebIdentity(action: string): boolean {
  const lower = action.toLowerCase();
  return lower === ASSUME || lower === '*' || lower === 'sts:*' || lower === 'sts:assumerole*';
}

/** The ARN says it, and a provider that AWS has built in is named by its host. */
function issuerOfProvider(provider: string): string {
  return issuerOfProviderArn(provider) ?? provider;
}

/** Values that satisfy what the trust policy asks of a token, as far as one value can. */
function tokenFor(statements: readonly StatementFact[], issuer: string): ContextEntries {
  const token: Record<string, string> = { [`${issuer}:aud`]: 'client-id', [`${issuer}:sub`]: 'user' };
  for (const { operator, key, values } of statements.flatMap(({ conditions }) => conditions)) {
    const name = key.toLowerCase().startsWith(`${issuer.toLowerCase()}:`) ? issuer + key.slice(issuer.length) : key;
    const [value] = values;
    if (value === undefined || !/^(?:(?:ForAnyValue|ForAllValues):)?(?:StringEquals|StringLike|Bool)$/i.test(operator)) continue;
    if (/^aws:(?:requesttag\/|tagkeys$|principaltag\/)/i.test(key)) continue;
    token[name] = value.replace(/[*?]/g, 'x');
  }
  return token;
}

/**
 * How the tenant of a role's sessions reaches IAM: by the tag that its policies read as a variable, else by the one its trust policy
 * asks for, else by a claim of the token.
 *
 * @param tag the tag, where the caller knows it; every role that takes tags then counts.
 */
export function tenantClaimOf(role: RoleFact, issuer: string, tag?: string): TenantClaim | undefined {
  const own = statementsOf(role.identity);
  const trust = statementsOf([role.trust]);
  const takesTags = trust.some(({ actions }) => actions.some((action) => /^(?:\*|sts:(?:\*|tag\w*\*?))$/i.test(action)));
  if (tag !== undefined) return takesTags ? { kind: 'session-tag', tagKey: tag } : undefined;
  const read = mostFrequent(own.flatMap(textsOf).flatMap((text) => captures(text, /\$\{aws:PrincipalTag\/([^},\s]+)/gi)));
  const asked = mostFrequent(conditionKeys([...own, ...trust], /^aws:(?:PrincipalTag|RequestTag)\/(.+)$/i));
  const tagKey = read ?? asked;
  if (tagKey !== undefined) return { kind: 'session-tag', tagKey };
  const escaped = issuer.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const claim = mostFrequent(
    own.flatMap(textsOf).flatMap((text) => captures(text, new RegExp(`\\$\\{${escaped}:([^},\\s]+)`, 'gi'))),
  );
  return claim === undefined ? undefined : { kind: 'custom-claim', issuer, claim };
}

/**
 * Whether tags matter beyond the tenant's: the trust policy looks at the shape of that one or at what others come, or a policy of the role
 * reads another.
 */
export function guardsTags(role: RoleFact, tenant: TenantClaim): boolean {
  const trust = statementsOf([role.trust]).flatMap(({ conditions }) => conditions);
  if (
    trust.some(
      ({ operator, key }) => /^aws:TagKeys$/i.test(key) || (/Not(?:Like|Equals)/i.test(operator) && /^aws:RequestTag\//i.test(key)),
    )
  ) {
    return true;
  }
  const own = statementsOf(role.identity);
  const read = [
    ...conditionKeys(own, /^aws:PrincipalTag\/(.+)$/i),
    ...own.flatMap(textsOf).flatMap((text) => captures(text, /\$\{aws:PrincipalTag\/([^},\s]+)/gi)),
  ];
  return read.some((key) => tenant.kind !== 'session-tag' || key.toLowerCase() !== tenant.tagKey.toLowerCase());
}

function textsOf({ resources, notResources, conditions }: StatementFact): string[] {
  return [...resources, ...notResources, ...conditions.flatMap(({ values }: ConditionFact) => values)];
}

function conditionKeys(statements: readonly StatementFact[], pattern: RegExp): string[] {
  return statements.flatMap(({ conditions }) => conditions).flatMap(({ key }) => pattern.exec(key)?.[1] ?? []);
}

function captures(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, captured]) => captured ?? []);
}

function mostFrequent(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

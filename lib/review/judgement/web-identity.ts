import type { ContextEntries, OtherToken } from '../../isolation';
import { issuerOfProviderArn } from '../../policy/issuer';
import { patternsOverlap } from '../../policy/patterns';
import type { TenantClaim } from '../../policy/tenant-claim';
import { IDENTITY_POOL_ISSUER } from '../../policy/trust';
import type { PolicyFact, RoleFact } from '../estate/estate';
import { comparesPermissions } from './permissions';
import { type ConditionFact, statementsOf, type StatementFact } from './statements';

const ASSUME = 'sts:assumerolewithwebidentity';
const ANY_PROVIDER = 'login.any-provider.example';
/** Most tokens that are made up for one trust policy. */
const MOST_TOKENS = 12;

/** Whose tokens a trust policy takes: at least one kind, those of its first statement first. */
export function tokensOf(trust: PolicyFact): OtherToken[] {
  const tokens = statementsOf([trust]).filter(allowsWebIdentity).flatMap(tokensFor);
  const byContext = new Map(tokens.map((token) => [`${token.provider} ${JSON.stringify(token.context)}`, token]));
  return [...byContext.values()].slice(0, MOST_TOKENS);
}

/** Whether a role may be one that takes tokens. */
export function mayTakeTokens({ trust }: Pick<RoleFact, 'trust'>): boolean {
  return 'unknown' in trust || statementsOf([trust]).some(allowsWebIdentity);
}

/** Whether a statement may let a token begin a session. */
export function allowsWebIdentity({ effect, actions, notActions }: StatementFact): boolean {
  if (effect !== 'Allow') return false;
  const matches = (pattern: string) => patternsOverlap(pattern.toLowerCase(), ASSUME);
  return actions.some(matches) || (notActions.length > 0 && !notActions.some(matches));
}

/** One token for each provider and audience that a statement names. */
function tokensFor({ principals, conditions }: StatementFact): OtherToken[] {
  const providers = principals.flatMap(({ kind, value }) => {
    if (kind === '*' || (kind === 'Federated' && value === '*')) return [ANY_PROVIDER];
    return kind === 'Federated' && !value.includes(':saml-provider/') ? [value] : [];
  });
  return providers.flatMap((provider) => {
    const issuer = issuerOfProviderArn(provider) ?? provider;
    const base = contextFor(conditions, issuer);
    const audiences = conditions
      .filter(({ operator, key }) => POSITIVE.test(operator) && key.toLowerCase() === `${issuer}:aud`.toLowerCase())
      .flatMap(({ values }) => values.map(exampleOf));
    const contexts = audiences.length === 0 ? [base] : audiences.map((audience) => ({ ...base, [`${issuer}:aud`]: audience }));
    return contexts.map((context) => ({ provider, issuer, context }));
  });
}

const POSITIVE = /^(?:(?:ForAnyValue|ForAllValues):)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|Bool)(?:IfExists)?$/i;

/** Values that satisfy what a statement asks of a token, as far as one value can. */
function contextFor(conditions: readonly ConditionFact[], issuer: string): ContextEntries {
  const token: Record<string, string> = { [`${issuer}:aud`]: 'client-id', [`${issuer}:sub`]: 'user' };
  if (issuer === IDENTITY_POOL_ISSUER) token[`${issuer}:amr`] = 'authenticated';
  for (const { operator, key, values } of conditions) {
    const name = key.toLowerCase().startsWith(`${issuer.toLowerCase()}:`) ? issuer + key.slice(issuer.length) : key;
    const [value] = values;
    if (value === undefined || !POSITIVE.test(operator)) continue;
    if (/^aws:(?:requesttag\/|tagkeys$|principaltag\/)/i.test(key)) continue;
    token[name] = exampleOf(value);
  }
  return token;
}

function exampleOf(pattern: string): string {
  return pattern.replace(/[*?]/g, 'x');
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
  const takesTags = trust.some(({ actions }) => actions.some((action) => patternsOverlap(action.toLowerCase(), 'sts:tagsession')));
  if (tag !== undefined) return takesTags ? { kind: 'session-tag', tagKey: tag } : undefined;
  const read = mostFrequent(own.flatMap(textsOf).flatMap((text) => captures(text, /\$\{aws:PrincipalTag\/([^},\s]+)/gi)));
  const asked = mostFrequent(conditionKeys([...own, ...trust].map(withoutPermissions), /^aws:(?:PrincipalTag|RequestTag)\/(.+)$/i));
  const tagKey = read ?? asked;
  if (tagKey !== undefined) return { kind: 'session-tag', tagKey };
  const escaped = issuer.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const claim = mostFrequent(
    own.flatMap(textsOf).flatMap((text) => captures(text, new RegExp(`\\$\\{${escaped}:([^},\\s]+)`, 'gi'))),
  );
  return claim === undefined ? undefined : { kind: 'custom-claim', issuer, claim };
}

/** What a role's policies mean to guard; a guard that nobody means to have is not missed. */
export interface MeantGuards {
  readonly guardedShape: boolean;
  readonly guardedTags: boolean;
  readonly guardedKeys: boolean;
  /** Pattern of the tenants that the trust policy takes, if it takes only some. */
  readonly tenantShape?: string;
}

/** @param permissionsTag key of the tag that carries permissions, which the proof looks at by itself */
export function meantGuards(role: RoleFact, tenant: TenantClaim, permissionsTag?: string): MeantGuards {
  const trust = statementsOf([role.trust]).flatMap(({ conditions }) => conditions);
  const own = statementsOf(role.identity);
  const onTenant = trust.filter(({ key }) => isTenantKey(key, tenant));
  const read = [
    ...conditionKeys(own, /^aws:PrincipalTag\/(.+)$/i),
    ...own.flatMap(textsOf).flatMap((text) => captures(text, /\$\{aws:PrincipalTag\/([^},\s]+)/gi)),
  ];
  const expected = [
    ...(tenant.kind === 'session-tag' ? [tenant.tagKey] : []),
    ...(permissionsTag === undefined ? [] : [permissionsTag]),
  ];
  const readsOthers = read.some((key) => !expected.some((each) => each.toLowerCase() === key.toLowerCase()));
  const shapes = onTenant
    .filter(({ operator }) => /^String(?:Like|Equals)$/i.test(operator))
    .flatMap(({ values }) => values)
    .filter((value) => !/^[*?]+$/.test(value) || /^\?{2,}$/.test(value));
  return {
    guardedShape: onTenant.some(({ operator }) => /Not(?:Like|Equals)/i.test(operator)),
    guardedTags: readsOthers || trust.some(({ key }) => /^aws:TagKeys$/i.test(key)),
    guardedKeys: own.some(({ conditions }) => conditions.some(({ key }) => /^kms:EncryptionContext:/i.test(key))),
    ...(shapes[0] !== undefined && { tenantShape: shapes[0] }),
  };
}

/** A tag that is compared with permissions does not name a tenant. */
function withoutPermissions(statement: StatementFact): StatementFact {
  return { ...statement, conditions: statement.conditions.filter((condition) => !comparesPermissions(condition)) };
}

function isTenantKey(key: string, tenant: TenantClaim): boolean {
  const wanted = tenant.kind === 'session-tag' ? `aws:RequestTag/${tenant.tagKey}` : `${tenant.issuer}:${tenant.claim}`;
  return key.toLowerCase() === wanted.toLowerCase();
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

/** What the trust policies of a synthesised stack say of tokens: who issues them, for which clients, and how they name the tenant. */
import { ROLES_CLAIM } from 'multi-tenant-data-access/tenancy';
import { DEFAULT_TENANT_CLAIM, IDENTITY_POOL_ISSUER, issuerOfProviderArn, issuerOfUrl, type TenantClaim } from '../policy';
import type { readSynthesisedStack } from '../review';
import type { SandboxIdentityProvider } from '../sandbox';
import { askedClaims } from '../sandbox/issuer/asked-claims';

type Instance = ReturnType<typeof readSynthesisedStack>['instances'][number];

interface TrustStatement {
  readonly Effect?: string;
  readonly Principal?: '*' | { readonly Federated?: string | readonly string[] };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

function statementsOf(trust: object): TrustStatement[] {
  const { Statement = [] } = trust as { readonly Statement?: TrustStatement | TrustStatement[] };
  return [Statement].flat();
}

function issuersOf({ Effect, Principal }: TrustStatement): string[] {
  if (Effect !== 'Allow' || Principal === undefined || Principal === '*') return [];
  return [Principal.Federated ?? []].flat().flatMap((arn) => issuerOfProviderArn(arn) ?? []);
}

/** Whether a role takes tokens of an OIDC provider. */
export function takesTokens(trust: object): boolean {
  return statementsOf(trust).some((statement) => issuersOf(statement).length > 0);
}

/** Whether a role takes tokens of identity pools. */
export function takesIdentityPools(trust: object): boolean {
  return statementsOf(trust).some(isForIdentityPools);
}

function isForIdentityPools({ Effect, Principal }: TrustStatement): boolean {
  if (Effect !== 'Allow' || Principal === undefined || Principal === '*') return false;
  return [Principal.Federated ?? []].flat().includes(IDENTITY_POOL_ISSUER);
}

/** Ids of the identity pools whose tokens a role takes, as its trust policy gives them, each once. */
export function trustedPoolIds(trust: object): string[] {
  const ids = statementsOf(trust)
    .filter(isForIdentityPools)
    .flatMap((statement) => audiencesIn(statement, IDENTITY_POOL_ISSUER));
  return [...new Set(ids)];
}

/** What tokens must say beside the tenant. */
export interface FurtherClaims {
  /** Key of the session tag that carries permissions. @default - policies ask for none */
  readonly permissionsTagKey?: string;
  /** ARN of the role that they must list. @default - they need not list any */
  readonly pinnedRoleArn?: string;
}

/** What the policies of a role ask of a token beside the tenant. */
export function furtherClaims(roleArn: string, trust: object, policies: readonly object[]): FurtherClaims {
  const { permissions, pinned } = askedClaims(trust, policies);
  return { ...(permissions && { permissionsTagKey: permissions.tagKey }), ...(pinned && { pinnedRoleArn: roleArn }) };
}

/** The claim by which a token lists the only roles that it begins sessions of. */
export function rolesClaim({ pinnedRoleArn }: FurtherClaims): Readonly<Record<string, readonly string[]>> {
  return pinnedRoleArn === undefined ? {} : { [ROLES_CLAIM]: [pinnedRoleArn] };
}

/** Operators by which a condition names audiences that it takes. */
const TAKES = /^(?:ForAnyValue:|ForAllValues:)?String(?:Equals|EqualsIgnoreCase)(?:IfExists)?$/;

function audiencesIn({ Condition = {} }: TrustStatement, issuer: string): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    TAKES.test(operator) ? [keys[`${issuer}:aud`] ?? []].flat() : [],
  );
}

/**
 * The identity providers that trust policies name, each with the client ids that it has where the stack makes it, else with the
 * audiences that are asked for.
 */
export function trustedProviders(trusts: readonly object[], instances: readonly Instance[]): SandboxIdentityProvider[] {
  const audiences = new Map<string, Set<string>>();
  for (const statement of trusts.flatMap(statementsOf)) {
    for (const issuer of issuersOf(statement)) {
      const found = audiences.get(issuer) ?? new Set();
      audiences.set(issuer, found);
      for (const id of audiencesIn(statement, issuer)) found.add(id);
    }
  }
  const made = clientIdsMade(instances);
  return [...audiences].map(([issuer, found]) => {
    const known = made.get(issuer) ?? [];
    // Those first that the trust policy takes, as tokens are made for the first.
    const clientIds = known.length === 0 ? [...found] : [...known].sort((a, b) => Number(found.has(b)) - Number(found.has(a)));
    return { issuerUrl: `https://${issuer}`, clientIds };
  });
}

function clientIdsMade(instances: readonly Instance[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    instances.flatMap(({ type, mode, values: { url, client_id_list: ids } }): [string, string[]][] =>
      type === 'aws_iam_openid_connect_provider' && mode === 'managed' && typeof url === 'string' && Array.isArray(ids)
        ? [[issuerOfUrl(url.startsWith('https://') ? url : `https://${url}`), ids.filter((id) => typeof id === 'string')]]
        : [],
    ),
  );
}

/** How a token must name the tenant: by the session tag, or else the claim, that the role's policies read. */
export function tenantClaimOf(policies: readonly object[], issuers: readonly string[]): TenantClaim {
  const variables = [...JSON.stringify(policies).matchAll(/\$\{([^}]+)\}/g)].map(([, key = '']) => key);
  for (const key of variables) {
    const [, tagKey] = /^aws:PrincipalTag\/(.+)$/i.exec(key) ?? [];
    if (tagKey !== undefined) return { kind: 'session-tag', tagKey };
    const issuer = issuers.find((each) => key.startsWith(`${each}:`));
    if (issuer !== undefined) return { kind: 'custom-claim', issuer, claim: key.slice(issuer.length + 1) };
  }
  return DEFAULT_TENANT_CLAIM;
}

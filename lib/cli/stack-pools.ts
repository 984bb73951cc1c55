/** The identity pools that trust policies of a stack name, as the sandbox plays them: their users sign in at its own issuer. */
import { DEFAULT_TENANT_TAG_KEY, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import type { TenantClaim } from '../policy';
import type { SandboxIdentityPool, SandboxOptions, SandboxRole } from '../sandbox';
import { isIdentityPoolId } from '../sandbox/cognito-identity/identity-pool';
import { UsageError } from './options';
import type { StackEstate } from './stack-estate';
import { type FurtherClaims, trustedPoolIds } from './stack-trust';

/** How a login for an identity pool must be made. */
export interface PoolLogin {
  readonly identityPoolId: string;
  readonly audience: string;
  /** Claim that the pool maps to the tenant's tag. */
  readonly tenantClaim: string;
  /** Claim that it maps to the tag of permissions. */
  readonly permissionsClaim: string;
}

/** The claims that `MultiTenantIam` maps unless told otherwise, and the sandbox's usual client. */
const LOGIN = { audience: 'my-client-id', tenantClaim: TENANT_ATTRIBUTE, permissionsClaim: ROLE_ATTRIBUTE } as const;

/** How a login for the pool is made. */
export function poolLogin({ identityPoolId }: Pick<SandboxIdentityPool, 'identityPoolId'>): PoolLogin {
  return { identityPoolId, ...LOGIN };
}

/** A pool that no role of the stack trusts: what its tokens are worth there is part of the rehearsal. */
export const FOREIGN_POOL_ID = 'eu-central-1:ffffffff-0000-4000-8000-ffffffffffff';

/** The stack as it is rehearsed: where sessions begin by an identity pool, with a foreign one beside it that gives tokens to everybody. */
export function rehearsalOptions({ options, tenant }: Pick<StackEstate, 'options' | 'tenant'>): SandboxOptions {
  const { identityPools } = options;
  const [own] = identityPools;
  if (tenant.pool === undefined || own === undefined) return options;
  const foreign = { identityPoolId: FOREIGN_POOL_ID, logins: own.logins, allowClassicFlow: true };
  return { ...options, identityPools: [...identityPools, foreign] };
}

type TrustingRole = Pick<SandboxRole, 'role' | 'trustPolicy'> & { readonly claims: TenantClaim & FurtherClaims };

/**
 * The pools, each with the first role that trusts it as that of its users. A stack that only trusts a pool does not say what the pool
 * makes of claims, so that is assumed.
 *
 * @throws UsageError for a role that takes tokens of pools and does not say of which
 */
export function trustedPools(roles: readonly TrustingRole[]): SandboxIdentityPool[] {
  const pools = new Map<string, SandboxIdentityPool>();
  for (const { role, trustPolicy, claims } of roles) {
    const ids = trustedPoolIds(trustPolicy);
    if (ids.length === 0) throw new UsageError(`the trust policy of ${role} does not say of which identity pool tokens must be`);
    const unusable = ids.find((id): boolean => !isIdentityPoolId(id));
    if (unusable !== undefined) {
      throw new UsageError(`the trust policy of ${role} names the identity pool '${unusable}', allowed is <region>:<uuid>`);
    }
    for (const identityPoolId of ids) {
      const principalTags = mappingFor(claims);
      const logins = [{ clientIds: [LOGIN.audience], principalTags }];
      if (!pools.has(identityPoolId)) pools.set(identityPoolId, { identityPoolId, logins, authenticatedRole: role });
    }
  }
  return [...pools.values()];
}

function mappingFor(claims: TenantClaim & FurtherClaims): Readonly<Record<string, string>> {
  const { permissionsTagKey } = claims;
  const tenantTagKey = claims.kind === 'session-tag' ? claims.tagKey : DEFAULT_TENANT_TAG_KEY;
  return {
    [tenantTagKey]: LOGIN.tenantClaim,
    ...(permissionsTagKey !== undefined && { [permissionsTagKey]: LOGIN.permissionsClaim }),
  };
}

/** What was assumed of pools: the claims that become tags. */
export function assumedLogins(pools: readonly SandboxIdentityPool[]): { readonly name: string; readonly value: string }[] {
  return pools.flatMap(({ identityPoolId, logins }) =>
    logins.flatMap(({ principalTags }) =>
      Object.entries(principalTags).map(([tag, claim]) => ({ name: `tag ${tag} of ${identityPoolId}`, value: `claim ${claim}` })),
    ),
  );
}

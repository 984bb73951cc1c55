import { issuerName, roleArnOf } from '../estate/arns';
import type { DeclaredIdentityPool } from '../estate/default-estate';
import type { Place } from '../operation';
import type { IdentityPool, IdentityPools } from './identity-pool';

/** Pools that were declared when the sandbox began. */
export class DeclaredPools implements IdentityPools {
  readonly #pools: ReadonlyMap<string, IdentityPool>;

  constructor(place: Pick<Place, 'partition' | 'account'>, declared: readonly DeclaredIdentityPool[]) {
    this.#pools = new Map(declared.map((pool) => [pool.identityPoolId, poolOf(place, pool)]));
  }

  find(id: string): Promise<IdentityPool | undefined> {
    return Promise.resolve(this.#pools.get(id));
  }
}

function poolOf(place: Pick<Place, 'partition' | 'account'>, pool: DeclaredIdentityPool): IdentityPool {
  const { identityPoolId, logins, authenticatedRole, allowClassicFlow = false } = pool;
  return {
    id: identityPoolId,
    logins: logins.map(({ issuerUrl, ...login }) => ({ ...login, issuer: issuerName(issuerUrl) })),
    authenticatedRole: authenticatedRole && roleArnOf(place, authenticatedRole),
    allowClassicFlow,
    mapsRoles: false,
  };
}

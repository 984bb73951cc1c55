import { IDENTITY_POOL_ISSUER } from '../../policy';
import type { EstateProvider } from '../estate/estate';
import type { IdentityPool } from './identity-pool';

/**
 * The provider of a pool's tokens. IAM knows it without an OIDC provider: principals and condition keys have its bare name.
 *
 * @param pool `undefined` for one that the account does not have: then there is no audience it takes
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_cognito.html
 */
export function identityPoolProvider(pool: IdentityPool | undefined): EstateProvider {
  return { arn: IDENTITY_POOL_ISSUER, issuer: IDENTITY_POOL_ISSUER, clientIds: pool === undefined ? [] : [pool.id] };
}

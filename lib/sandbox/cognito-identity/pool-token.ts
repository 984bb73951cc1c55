import type { TokenOptions } from '../issuer/token-options';
import type { Place } from '../operation';
import { type IdentityPool, IDENTITY_POOL_ISSUER_URL, identityPoolArn } from './identity-pool';
import type { VerifiedLogin } from './login';
import { principalTags } from './principal-tags';

/** Ten minutes, as AWS has it. */
const EXPIRES_IN_SECONDS = 600;

const USER_POOL = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\//;

/**
 * What the token of an identity says. Of the login it has what the pool maps to session tags, and nothing else: tags and roles that the
 * login itself asks for do not get through.
 *
 * How AWS writes the third of `amr` for issuers that are no user pools is not documented.
 *
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html
 */
export function poolToken(
  place: Pick<Place, 'partition' | 'account'>,
  pool: IdentityPool,
  identityId: string,
  { provider, subject, claims }: VerifiedLogin,
): TokenOptions & { readonly issuerUrl: string } {
  const way = USER_POOL.test(provider.issuer) ? 'CognitoSignIn' : 'OIDC';
  return {
    issuerUrl: IDENTITY_POOL_ISSUER_URL,
    audience: pool.id,
    subject: identityId,
    expiresInSeconds: EXPIRES_IN_SECONDS,
    tags: principalTags(provider.principalTags, claims),
    claims: {
      amr: ['authenticated', provider.issuer, `${provider.issuer}:${way}:${subject}`],
      [`${IDENTITY_POOL_ISSUER_URL}/identity-pool-arn`]: identityPoolArn(place, pool.id),
    },
  };
}

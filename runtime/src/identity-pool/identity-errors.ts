import type { Attempt, Meaning } from '../service-errors';
import type { TenantSource } from '../token/tenant-token';

/** The likeliest reasons when the role refuses a session of the pool. */
export function refusedByRole(identityPoolId: string, source: TenantSource): string {
  const claim = 'claim' in source ? source.claim : source.tagKey;
  return (
    `the role's trust policy refused the session: it must trust cognito-identity.amazonaws.com with the audience ${identityPoolId} and ` +
    `authenticated identities, allow sts:TagSession, and the pool must map the claim '${claim}' to the tenant's tag, and no other claims ` +
    'than the role allows tags for'
  );
}

/**
 * What Cognito Identity's errors mean.
 *
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
 */
export function identityErrors(
  { identityPoolId, region }: { readonly identityPoolId: string; readonly region: string },
  deniedBecause: string,
): NonNullable<Attempt['means']> {
  const meanings: Readonly<Record<string, Meaning>> = {
    NotAuthorized: [
      'token.rejected',
      "Cognito does not accept the token: the pool must have the token's issuer with its client id as a login provider; of a user " +
        'pool send the ID token',
    ],
    ResourceConflict: ['token.rejected', 'the login is linked to another identity of the pool'],
    InvalidIdentityPoolConfiguration: ['access.denied', deniedBecause],
    ResourceNotFound: ['service.failed', `there is no identity pool ${identityPoolId} in ${region}, or not the identity any more`],
    InvalidParameter: [
      'service.failed',
      "the pool does not take the request: the token's issuer must be one of its login providers, and for the basic flow it must " +
        'allow the classic flow',
    ],
    ExternalService: ['service.unavailable', 'Cognito could not reach the identity provider: try again'],
  };
  return (name, message) => {
    // Cognito has no name of its own for it.
    if (name === 'NotAuthorized' && /\btoken (?:is |has )?expired\b/i.test(message)) {
      return ['token.expired', 'the web identity token has expired, get a new one from the identity provider'];
    }
    return Object.hasOwn(meanings, name) ? meanings[name] : undefined;
  };
}

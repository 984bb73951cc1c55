import { AwsError } from '../http/aws-error';
import { isIssuerOf, type VerifiedTokens } from '../sts/verified-tokens';
import type { IdentityPool, PoolLogin } from './identity-pool';
import { notAuthorized } from './refusals';

/** A user, as a token of one of the pool's providers proves. */
export interface VerifiedLogin {
  readonly provider: PoolLogin;
  /** `sub` of the token. */
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Verifies the login of a request, as STS does with a token: issuer, audience, times, signature. One login at a time: the sandbox links
 * no logins of several providers to one identity.
 *
 * @param logins tokens by name of the provider
 * @throws AwsError `NotAuthorizedException`, `ExternalServiceException`. None repeats the token.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/external-identity-providers.html
 */
export async function verifyLogin(
  tokens: VerifiedTokens,
  pool: IdentityPool,
  logins: Readonly<Record<string, string>>,
): Promise<VerifiedLogin> {
  const [first, ...others] = Object.entries(logins);
  if (first === undefined) throw notAuthorized('Unauthenticated access is not supported for this identity pool.');
  if (others.length > 0) throw notAuthorized('The sandbox takes one login at a time: it links no identities of several providers.');
  const [name, token] = first;
  const provider = pool.logins.find(({ issuer }) => issuer === name);
  if (provider === undefined) throw notAuthorized('Token is not from a supported provider of this identity pool.');
  const { claims } = await tokens
    .verify(token, (iss) => {
      if (!isIssuerOf(provider.issuer, iss)) throw notAuthorized("Issuer doesn't match providerName");
      return Promise.resolve(provider);
    })
    .catch(refuse);
  const { sub: subject } = claims;
  if (typeof subject !== 'string' || subject === '') throw notAuthorized('Invalid login token. Missing a required claim: sub');
  return { provider, subject, claims };
}

function refuse(error: unknown): never {
  if (!(error instanceof AwsError)) throw error;
  if (error.code === 'IDPCommunicationError') throw new AwsError('ExternalServiceException', error.message);
  throw notAuthorized(`Invalid login token. ${error.message}`);
}

import {
  CognitoIdentityClient,
  type CognitoIdentityClientConfig,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
} from '@aws-sdk/client-cognito-identity';
import { TenantDataAccessError } from '../errors';
import { fromServiceError } from '../service-errors';
import { issuedCredentials } from '../session/issued-credentials';
import type { IdentityPoolFlow, TokenTrader, TradeSettings } from '../session/token-trader';
import { knownIssuer } from '../token/token-verifier';
import { identityErrors, refusedByRole } from './identity-errors';

/** An identity pool, its configuration checked. */
export interface CheckedIdentityPool {
  readonly identityPoolId: string;
  readonly region: string;
  readonly flow: IdentityPoolFlow;
  readonly cognitoIdentityConfig: Omit<CognitoIdentityClientConfig, 'credentials' | 'region' | 'requestHandler'>;
}

/** Cognito's length of a session in the enhanced flow: the caller cannot choose. */
const ENHANCED_SESSION_MILLISECONDS = 3_600_000;

/**
 * Trades a user pool's token by an identity pool: for an identity of the pool, then for credentials of the pool's role (enhanced flow), or
 * for a token of the pool's that STS takes (basic flow).
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
export function identityTrader(pool: CheckedIdentityPool, settings: TradeSettings): TokenTrader {
  const { identityPoolId } = pool;
  const cognito = unsignedCognitoClient({ ...settings.client, ...pool.cognitoIdentityConfig, region: pool.region });
  const options = { requestTimeout: settings.timeoutMilliseconds };
  const doing = `get credentials of the identity pool ${identityPoolId}`;
  const deniedBecause = refusedByRole(identityPoolId, settings.tenantSource);

  return async (token, { tenantId, issuer }) => {
    const Logins = { [loginName(issuer, settings)]: token };
    const attempt = async <Answer>(send: () => Promise<Answer>): Promise<Answer> =>
      send().catch((error: unknown) => {
        const means = identityErrors(pool, deniedBecause);
        throw fromServiceError(error, { doing, expired: 'token.expired', deniedBecause, secret: token, means });
      });
    const missing = (what: string) =>
      new TenantDataAccessError('service.failed', `Could not ${doing}: Cognito answered without ${what}.`);

    const { IdentityId } = await attempt(() => cognito.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins }), options));
    if (!IdentityId) throw missing('an identity');
    if (pool.flow === 'basic') {
      const { Token } = await attempt(() => cognito.send(new GetOpenIdTokenCommand({ IdentityId, Logins }), options));
      if (!Token) throw missing('a token');
      return settings.assumeRole(tenantId, Token, deniedBecause);
    }
    const latest = Date.now() + ENHANCED_SESSION_MILLISECONDS;
    const { Credentials } = await attempt(() =>
      cognito.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }), options),
    );
    const answered = Credentials && { ...Credentials, SecretAccessKey: Credentials.SecretKey };
    return issuedCredentials(tenantId, answered, { doing, service: 'Cognito', latest });
  };
}

/** A client that cannot find credentials: what is asked here is not signed, and nothing else is called. */
function unsignedCognitoClient(config: CognitoIdentityClientConfig): CognitoIdentityClient {
  return new CognitoIdentityClient({
    ...config,
    credentials: () => Promise.reject(new TenantDataAccessError('credentials.foreign', 'No ambient credentials are used.')),
  });
}

/**
 * The name under which the pool knows the token's issuer. It is one of the configuration's also where tokens are not verified here: a
 * token does not choose it freely.
 *
 * @throws TenantDataAccessError `token.rejected`
 */
function loginName(issuer: string | undefined, { issuers }: TradeSettings): string {
  return knownIssuer(issuer, issuers).url.replace(/^https?:\/\//, '');
}

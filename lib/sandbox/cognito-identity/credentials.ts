import { IDENTITY_POOL_ISSUER } from '../../policy';
import type { AuditTrail } from '../audit/audit-trail';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import { tokenClaims } from '../issuer/token-claims';
import type { TokenOptions } from '../issuer/token-options';
import { roleSession } from '../sts/role-session';
import { trustingRole } from '../sts/trusting-role';
import type { Sessions } from '../sts/sessions';
import type { TrustCircumstances } from '../sts/trust-requests';
import { webIdentityClaims } from '../sts/web-identity-claims';
import type { WebIdentity } from '../sts/web-identities';
import { identityPoolProvider } from './identity-pool-provider';
import type { IdentityPool } from './identity-pool';
import { wrongRole } from './refusals';

/** Name of all sessions of the enhanced flow. */
const SESSION_NAME = 'CognitoIdentityCredentials';

/** One hour, whatever longer sessions the role allows. */
const DURATION_SECONDS = 3600;

/** What a session of the enhanced flow is begun with. */
export interface EnhancedFlow {
  readonly pool: IdentityPool;
  /** What the identity's token says. */
  readonly token: TokenOptions & { readonly issuerUrl: string };
  readonly estate: Estate;
  readonly sessions: Sessions;
  readonly origin: Pick<TrustCircumstances, 'headers' | 'region' | 'now'>;
  readonly trail: AuditTrail;
}

/**
 * Begins a session of the pool's role for an identity, by the same decision as STS does with the identity's token.
 *
 * @throws AwsError `InvalidIdentityPoolConfigurationException` if the pool has no role, or the role does not trust the token
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
 */
export async function credentialsOf(flow: EnhancedFlow): Promise<object> {
  const { pool, estate, sessions, origin, trail } = flow;
  const { authenticatedRole } = pool;
  if (pool.mapsRoles) {
    trail.reason = `${pool.id} chooses roles by mappings, which the sandbox does not know`;
    throw wrongRole();
  }
  if (authenticatedRole === undefined) {
    trail.reason = `${pool.id} has no role for those who have signed in`;
    throw wrongRole();
  }
  trail.resources = [...trail.resources, authenticatedRole];
  const identity = identityOf(flow);
  const role = await trustingRole(estate, identity, authenticatedRole, { ...origin, roleSessionName: SESSION_NAME }, trail);
  if (role === undefined) throw wrongRole();
  const start = { identity, role, roleSessionName: SESSION_NAME, durationSeconds: DURATION_SECONDS, now: origin.now };
  const { accessKeyId, secretAccessKey, sessionToken, session } = sessions.issue(roleSession(start), origin.now);
  return {
    AccessKeyId: accessKeyId,
    SecretKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: Math.floor(session.expiresAt / 1000),
  };
}

/** What STS would read in the token. Tags that it would not take are the pool's fault. */
function identityOf({ pool, token, origin, trail }: EnhancedFlow): WebIdentity {
  try {
    return { provider: identityPoolProvider(pool), ...webIdentityClaims(tokenClaims(token, origin.now)) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    trail.reason = `${IDENTITY_POOL_ISSUER} cannot begin a session: ${error.message}`;
    throw wrongRole();
  }
}

import type { AuditTrail } from '../audit/audit-trail';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import type { Issuer } from '../issuer/issuer';
import type { Place } from '../operation';
import type { Sessions } from '../sts/sessions';
import type { VerifiedTokens } from '../sts/verified-tokens';
import { credentialsOf } from './credentials';
import { Identities } from './identities';
import { identityPoolArn, type IdentityPool, type IdentityPools } from './identity-pool';
import { type IdentityRequest, identityRequest, required } from './identity-request';
import { jsonAnswer } from './json-answer';
import { type VerifiedLogin, verifyLogin } from './login';
import { poolToken } from './pool-token';
import { isRefusal, noClassicFlow, notAuthorized, notFound } from './refusals';

/** What Cognito Identity needs. */
export interface CognitoIdentityOptions {
  readonly pools: IdentityPools;
  /** Verifies logins. */
  readonly tokens: VerifiedTokens;
  /** Signs the tokens of pools, with keys that sign nothing else. */
  readonly issuer: Issuer;
  readonly estate: Estate;
  readonly sessions: Sessions;
  readonly place: Pick<Place, 'partition' | 'account'>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Who asks, when it is proved. */
interface Proved {
  readonly pool: IdentityPool;
  readonly identityId: string;
  readonly login: VerifiedLogin;
}

/** Operations that need no signature: the login is what proves who asks. */
export const PUBLIC_OPERATIONS = ['GetId', 'GetOpenIdToken', 'GetCredentialsForIdentity'] as const;

/** One of the operations that need no signature. */
export type PublicOperation = (typeof PUBLIC_OPERATIONS)[number];

/**
 * Cognito Identity: gives those who have signed in at a provider of a pool an identity, and for it a token or credentials. Nobody gets in
 * without a login.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
export class CognitoIdentity {
  readonly #identities = new Identities();

  constructor(private readonly options: CognitoIdentityOptions) {}

  /**
   * @param trail is told caller, decision and reason
   * @param region that sessions are asked for in
   * @throws AwsError in the words of Cognito
   */
  async handle(operation: PublicOperation, request: AwsRequest, trail: AuditTrail, region: string): Promise<AwsAnswer> {
    trail.decision = 'error';
    try {
      const answer = await this.#answer(operation, request, trail, region);
      trail.decision = 'allow';
      return jsonAnswer(answer);
    } catch (error) {
      if (error instanceof AwsError && isRefusal(error)) trail.decision = 'deny';
      throw error;
    }
  }

  async #answer(operation: PublicOperation, request: AwsRequest, trail: AuditTrail, region: string): Promise<object> {
    const asked = identityRequest(request.body);
    if (operation === 'GetId') return this.#getId(asked, trail);
    const proved = await this.#prove(asked, trail);
    const { pool, identityId, login } = proved;
    const { place, issuer, clock, estate, sessions } = this.options;
    const token = poolToken(place, pool, identityId, login);
    trail.caller = { kind: 'token', tags: token.tags };
    if (operation === 'GetCredentialsForIdentity') {
      if (asked.customRoleArn !== undefined) {
        throw notAuthorized('CustomRoleArn is for tokens that bring roles, and this identity pool takes none from them.');
      }
      const origin = { headers: request.headers, region, now: clock() };
      const Credentials = await credentialsOf({ pool, token, estate, sessions, origin, trail });
      return { IdentityId: identityId, Credentials };
    }
    if (!pool.allowClassicFlow) throw noClassicFlow('enabled');
    if (pool.mapsRoles) throw noClassicFlow('supported with RoleMappings');
    trail.reason = `the login is one of ${login.provider.issuer}, and the pool allows the classic flow`;
    return { IdentityId: identityId, Token: await issuer.token(token) };
  }

  async #getId({ identityPoolId, logins }: IdentityRequest, trail: AuditTrail): Promise<object> {
    const pool = await this.#pool(required(identityPoolId, 'identityPoolId'), trail);
    const { provider, subject } = await verifyLogin(this.options.tokens, pool, logins);
    trail.caller = { kind: 'token' };
    trail.reason = `the login is one of ${provider.issuer}`;
    return { IdentityId: this.#identities.idOf(pool.id, provider.issuer, subject) };
  }

  /** The login must be of the very user that the identity was made for. */
  async #prove({ identityId, logins }: IdentityRequest, trail: AuditTrail): Promise<Proved> {
    const id = required(identityId, 'identityId');
    const poolId = this.#identities.poolIdOf(id);
    if (poolId === undefined) throw notFound('Identity', id);
    const pool = await this.#pool(poolId, trail);
    if (Object.keys(logins).length === 0) throw notAuthorized(`Access to Identity '${id}' is forbidden.`);
    const login = await verifyLogin(this.options.tokens, pool, logins);
    if (!this.#identities.isOf(id, pool.id, login.provider.issuer, login.subject)) {
      throw notAuthorized("Logins don't match. Please include at least one valid login for this identity or identity pool.");
    }
    return { pool, identityId: id, login };
  }

  async #pool(id: string, trail: AuditTrail): Promise<IdentityPool> {
    trail.resources = [identityPoolArn(this.options.place, id)];
    const pool = await this.options.pools.find(id);
    if (pool === undefined) throw notFound('IdentityPool', id);
    return pool;
  }
}

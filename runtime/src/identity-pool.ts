/**
 * Sessions by an Amazon Cognito identity pool, which maps claims of a user pool's tokens to session tags: no trigger is needed. It needs
 * `@aws-sdk/client-cognito-identity`.
 *
 * @example
 * ```ts
 * import { identityPool } from 'multi-tenant-data-access/identity-pool';
 * ```
 */
import type { CognitoIdentityClientConfig } from '@aws-sdk/client-cognito-identity';
import { clientConfigProblems, type OwnSettings } from './client-settings';
import { quote, TenantDataAccessError } from './errors';
import { identityTrader } from './identity-pool/identity-trader';
import { IdentityPool, type IdentityPoolFlow } from './session/token-trader';

/** Configuration of `identityPool`. */
export interface IdentityPoolConfig {
  /** Id of the identity pool, `<region>:<uuid>`; the region is where it is asked. The stack's output gives `identity_pool_id`. */
  readonly identityPoolId: string;
  /**
   * `enhanced`: the pool gives the credentials of its authenticated role, for one hour. `basic`: the pool gives a token, for a session of
   * `roleArn` that is named after the tenant and lasts `sessionDurationSeconds`; the pool must allow it (`allowClassicFlow`).
   *
   * @default 'enhanced'
   */
  readonly flow?: IdentityPoolFlow;
  /**
   * Further settings of the Cognito Identity client (an endpoint, say), as the SDK takes them. No credentials, and no logger: the SDK
   * would log the session token that Cognito answers.
   *
   * @default - the SDK's
   */
  readonly cognitoIdentityConfig?: Omit<CognitoIdentityClientConfig, OwnSettings | 'logger'>;
}

const OPTIONS: Readonly<Record<keyof IdentityPoolConfig, true>> = {
  identityPoolId: true,
  flow: true,
  cognitoIdentityConfig: true,
};
const POOL_ID = /^([a-z]{2,}(?:-[a-z]+)+-\d+):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An identity pool for the option `identityPool` of an access. Tokens are those of the user pool, read from its claim `tenantClaim` and
 * verified as ever; the pool then trades each for credentials. Nothing is signed: ambient credentials are never used.
 *
 * @throws TenantDataAccessError `config.invalid`, naming every option that does not fit
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-identity.html
 *
 * @example
 * ```ts
 * const access = new TenantDataAccess({
 *   roleArn, tableName, bucketName, region, userPoolId, audience,
 *   identityPool: identityPool({ identityPoolId }),
 * });
 * ```
 */
export function identityPool(config: IdentityPoolConfig): IdentityPool {
  if (typeof config !== 'object' || (config as unknown) === null) throw invalid([`expected an object, given was ${quote(config)}`]);
  const given = Object.assign(Object.create(null) as IdentityPoolConfig, config);
  const { identityPoolId, flow = 'enhanced' } = given;
  const cognitoIdentityConfig = { ...given.cognitoIdentityConfig };
  const region = typeof identityPoolId === 'string' ? POOL_ID.exec(identityPoolId)?.[1] : undefined;
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(OPTIONS, name))
    .map((name) => `unknown option ${quote(name)}, known are ${Object.keys(OPTIONS).join(', ')}`);
  if (region === undefined) problems.push(`'identityPoolId' is ${quote(identityPoolId)}, allowed is <region>:<uuid>`);
  if (!(['enhanced', 'basic'] as unknown[]).includes(flow)) {
    problems.push(`'flow' is ${quote(flow)}, allowed is 'enhanced' or 'basic'`);
  }
  problems.push(...clientConfigProblems('cognitoIdentityConfig', given.cognitoIdentityConfig, cognitoIdentityConfig));
  if (problems.length > 0 || region === undefined) throw invalid(problems);
  const pool = { identityPoolId, flow, region, cognitoIdentityConfig };
  return new IdentityPool(pool, (settings) => identityTrader(pool, settings));
}

function invalid(problems: readonly string[]): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `The identity pool cannot be configured: ${problems.join('; ')}.`);
}

export { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';
export type { IdentityPool, IdentityPoolFlow } from './session/token-trader';

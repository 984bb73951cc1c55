import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { clientConfigProblems, type OwnSettings } from './client-settings';
import { quote, TenantDataAccessError } from './errors';
import type { TenantEvent } from './session/events';
import { IdentityPool } from './session/token-trader';
import { DEFAULT_TENANT_TAG_KEY, isTenantTagKey, TENANT_ATTRIBUTE } from './tenancy';
import { type CheckedIssuer, checkIssuers, type TokenIssuerConfig } from './token/issuer';
import type { TenantSource } from './token/tenant-token';

/** What every way in needs: the role, and whose tokens are taken. The stack's outputs give `role_arn` and `region`. */
export interface SessionConfig extends TokenIssuerConfig {
  /** ARN of the tenant role: `arn:<partition>:iam::<account>:role/<name>`. */
  readonly roleArn: string;
  /**
   * AWS region of the table, the bucket and the STS endpoint.
   *
   * @default - the environment variable AWS_REGION, else AWS_DEFAULT_REGION; one must be set
   */
  readonly region?: string;
  /**
   * Key of the session tag in which the token carries the tenant, with case.
   *
   * @default 'tenant_id'
   */
  readonly tenantTagKey?: string;
  /**
   * A claim that carries the tenant by itself, instead of a session tag: with an identity pool the one that the pool maps to the tag.
   * Without a pool AWS ties no session to such a claim, as it is no condition key: only for emulators that do.
   *
   * @default - the session tag; with `identityPool` 'custom:tenant_id'
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html
   */
  readonly tenantClaim?: string;
  /**
   * The Amazon Cognito identity pool that trades the tokens, made by `identityPool()` of `multi-tenant-data-access/identity-pool`. It
   * needs an issuer, whose name is that of the login. In its enhanced flow the pool decides the role, and `roleArn` is not sent.
   *
   * @default - none: STS trades the tokens
   */
  readonly identityPool?: IdentityPool;
  /**
   * Length of a session in seconds: 900 to 43,200, and not beyond the role's maximum. In the enhanced flow of an identity pool it is
   * always 3,600.
   *
   * @default 3600 - one hour
   */
  readonly sessionDurationSeconds?: number;
  /**
   * Sessions kept at most, 1 or more, each for one token. Beyond it the one that was used longest ago is dropped; requests that it has
   * under way, and callers that hold it, go on.
   *
   * @default 1000
   */
  readonly maxSessions?: number;
  /**
   * Attempts of each request to AWS, the first included.
   *
   * @default - the SDK's: 3, unless AWS_MAX_ATTEMPTS or the shared configuration says otherwise
   */
  readonly maxAttempts?: number;
  /**
   * How the SDK spaces the attempts: 'standard' or 'adaptive', which also limits the rate when it is throttled.
   *
   * @default - the SDK's: 'standard', unless AWS_RETRY_MODE or the shared configuration says otherwise
   * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
   */
  readonly retryMode?: 'standard' | 'adaptive';
  /**
   * Options of the one HTTP handler that all clients of all tenants share, as the SDK's NodeHttpHandler takes them:
   * `connectionTimeout`, `requestTimeout` (until an answer begins) and `socketTimeout` (without a byte) in milliseconds, `httpsAgent`
   * with its `maxSockets`. Or a handler, which stays yours to destroy.
   *
   * @default - at most 50 sockets a host, kept alive; 5 seconds to connect; STS must answer within 10 seconds, others when they can
   */
  readonly requestHandler?: STSClientConfig['requestHandler'];
  /**
   * Told of what happens to sessions: for logs, metrics and traces. It is called during requests, so it must not take long; what it
   * throws is ignored.
   *
   * @default - nobody is told
   */
  readonly onEvent?: (event: TenantEvent) => void;
  /**
   * Further settings of the STS client (an endpoint, say), as the SDK takes them. No credentials, and no logger: the SDK would log the
   * session token that STS answers.
   *
   * @default - the SDK's
   */
  readonly stsConfig?: Omit<STSClientConfig, OwnSettings | 'logger'>;
}

/** What the table needs. */
export interface TableConfig {
  /** Name of the shared table, with partition key `tenantId` and sort key `dataId`. */
  readonly tableName: string;
  /**
   * Further settings of the DynamoDB clients. No credentials.
   *
   * @default - the SDK's
   */
  readonly dynamoDbConfig?: Omit<DynamoDBClientConfig, OwnSettings>;
}

/** What the objects need. */
export interface ObjectConfig {
  /** Name of the shared bucket, with objects under `tenants/<tenant id>/`. */
  readonly bucketName: string;
  /**
   * Further settings of the S3 clients; local servers mostly want `forcePathStyle: true`. No credentials.
   *
   * @default - the SDK's
   */
  readonly s3Config?: Omit<S3ClientConfig, OwnSettings>;
}

/** Configuration of `TenantDataAccess`. */
export interface TenantDataAccessConfig extends SessionConfig, TableConfig, ObjectConfig {}

export interface CheckedSessionConfig {
  readonly roleArn: string;
  readonly region: string;
  readonly tenantSource: TenantSource;
  readonly sessionDurationSeconds: number;
  readonly maxSessions: number;
  readonly issuers: readonly CheckedIssuer[];
  /** Whether tokens are verified here, by one of the issuers. */
  readonly verifiesTokens: boolean;
  readonly identityPool: IdentityPool | undefined;
  readonly retries: Pick<STSClientConfig, 'maxAttempts' | 'retryMode'>;
  readonly requestHandler: STSClientConfig['requestHandler'];
  readonly onEvent: ((event: TenantEvent) => void) | undefined;
  readonly stsConfig: NonNullable<SessionConfig['stsConfig']>;
}

const SESSION_OPTIONS: Readonly<Record<keyof SessionConfig, true>> = {
  roleArn: true,
  region: true,
  issuerUrl: true,
  userPoolId: true,
  audience: true,
  issuers: true,
  tokenVerification: true,
  tenantTagKey: true,
  tenantClaim: true,
  identityPool: true,
  sessionDurationSeconds: true,
  maxSessions: true,
  maxAttempts: true,
  retryMode: true,
  requestHandler: true,
  onEvent: true,
  stsConfig: true,
};
const TABLE_OPTIONS: Readonly<Record<keyof TableConfig, true>> = { tableName: true, dynamoDbConfig: true };
const OBJECT_OPTIONS: Readonly<Record<keyof ObjectConfig, true>> = { bucketName: true, s3Config: true };

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const TABLE_NAME = /^[\w.-]{3,255}$/;
const BUCKET_NAME = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const MIN_DURATION_SECONDS = 900;
const MAX_DURATION_SECONDS = 43_200;
const DEFAULT_DURATION_SECONDS = 3600;
const DEFAULT_MAX_SESSIONS = 1000;

/** The options of a configuration that are the services'. */
type ServiceOptions<Config> = Pick<Config, keyof Config & (keyof TableConfig | keyof ObjectConfig)>;

/** Which of the services a way in uses. */
export interface Services {
  readonly table: boolean;
  readonly objects: boolean;
}

/**
 * Checks a configuration as a whole, so that one message names all that is wrong.
 *
 * @throws TenantDataAccessError `config.invalid`
 */
export function checkConfig<Config extends SessionConfig & Partial<TableConfig & ObjectConfig>>(
  given: Config,
  services: Services,
): CheckedSessionConfig & ServiceOptions<Config> {
  if (typeof given !== 'object' || (given as unknown) === null) throw invalid([`expected an object, given was ${quote(given)}`]);
  // A copy of what is the object's own: nothing can change later, and no polluted prototype can add to it.
  const config: Config = Object.assign(Object.create(null) as Config, given);
  const known = [SESSION_OPTIONS, services.table ? TABLE_OPTIONS : {}, services.objects ? OBJECT_OPTIONS : {}].flatMap(Object.keys);
  const region = config.region ?? environmentRegion();
  const tenantTagKey = config.tenantTagKey ?? DEFAULT_TENANT_TAG_KEY;
  const tenantClaim = config.tenantClaim ?? (config.identityPool === undefined ? undefined : TENANT_ATTRIBUTE);
  const duration = config.sessionDurationSeconds ?? DEFAULT_DURATION_SECONDS;
  const maxSessions = config.maxSessions ?? DEFAULT_MAX_SESSIONS;
  const { maxAttempts, retryMode, onEvent, requestHandler } = config;
  const problems: string[] = [];
  const check = (holds: boolean, name: string, given: unknown, allowed: string) => {
    if (!holds) problems.push(`'${name}' is ${quote(given)}, allowed is ${allowed}`);
  };

  for (const name of Object.keys(config)) {
    if (!known.includes(name)) problems.push(`unknown option ${quote(name)}, known are ${known.join(', ')}`);
  }
  check(matches(ROLE_ARN, config.roleArn), 'roleArn', config.roleArn, 'arn:<partition>:iam::<account>:role/<name>');
  if (services.table) check(isTableName(config.tableName), 'tableName', config.tableName, TABLE_NAMES);
  if (services.objects) check(isBucketName(config.bucketName), 'bucketName', config.bucketName, BUCKET_NAMES);
  check(matches(REGION, region), 'region', region, "a region such as 'eu-central-1', here or in AWS_REGION");
  check(
    Number.isInteger(duration) && duration >= MIN_DURATION_SECONDS && duration <= MAX_DURATION_SECONDS,
    'sessionDurationSeconds',
    duration,
    `a whole number from ${MIN_DURATION_SECONDS} to ${MAX_DURATION_SECONDS}`,
  );
  check(isCount(maxSessions), 'maxSessions', maxSessions, 'a whole number of at least 1');
  check(maxAttempts === undefined || isCount(maxAttempts), 'maxAttempts', maxAttempts, 'a whole number of at least 1');
  check(
    retryMode === undefined || (['standard', 'adaptive'] as unknown[]).includes(retryMode),
    'retryMode',
    retryMode,
    "'standard' or 'adaptive'",
  );
  check(onEvent === undefined || typeof onEvent === 'function', 'onEvent', onEvent, 'a function');
  check(
    requestHandler === undefined || (typeof requestHandler === 'object' && (requestHandler as unknown) !== null),
    'requestHandler',
    requestHandler,
    'an object of options, or a handler',
  );
  check(
    isTenantTagKey(tenantTagKey),
    'tenantTagKey',
    tenantTagKey,
    "1-128 characters of letters, digits, spaces and _ . : / = + - @, not starting with 'aws:'",
  );
  if (config.tenantClaim !== undefined) {
    if (config.tenantTagKey !== undefined) problems.push("'tenantTagKey' and 'tenantClaim' exclude each other, give one");
    check(matches(/^\S+$/, config.tenantClaim), 'tenantClaim', config.tenantClaim, 'the name of a claim');
  }
  const issuers = checkIssuers(config, problems);
  problems.push(...identityPoolProblems(config));
  const clients = {
    stsConfig: { ...config.stsConfig },
    dynamoDbConfig: { ...config.dynamoDbConfig },
    s3Config: { ...config.s3Config },
  };
  for (const name of ['stsConfig', 'dynamoDbConfig', 's3Config'] as const) {
    problems.push(...clientConfigProblems(name, config[name], clients[name]));
  }
  if (problems.length > 0) throw invalid(problems);

  const { tableName, bucketName } = config;
  const { stsConfig, dynamoDbConfig, s3Config } = clients;
  return {
    roleArn: config.roleArn,
    region,
    tenantSource: tenantClaim === undefined ? { tagKey: tenantTagKey } : { claim: tenantClaim },
    sessionDurationSeconds: duration,
    maxSessions,
    issuers,
    verifiesTokens: issuers.length > 0 && config.tokenVerification === undefined,
    identityPool: config.identityPool,
    retries: { ...(maxAttempts !== undefined && { maxAttempts }), ...(retryMode !== undefined && { retryMode }) },
    requestHandler,
    onEvent,
    stsConfig,
    ...(services.table && { tableName, dynamoDbConfig }),
    ...(services.objects && { bucketName, s3Config }),
  } as CheckedSessionConfig & ServiceOptions<Config>;
}

/** An identity pool cannot do without the login's name, and decides by a claim, not by a tag of the token. */
function identityPoolProblems(config: SessionConfig): string[] {
  const { identityPool, issuerUrl, userPoolId, issuers, tenantTagKey, sessionDurationSeconds } = config;
  if (identityPool === undefined) return [];
  if (!IdentityPool.isMade(identityPool)) {
    return [
      `'identityPool' is ${quote(identityPool)}, allowed is what identityPool() of 'multi-tenant-data-access/identity-pool' made`,
    ];
  }
  const problems: string[] = [];
  if ((issuerUrl ?? userPoolId ?? issuers) === undefined) {
    problems.push("'identityPool' needs an issuer, as it names the login: give 'userPoolId' and 'audience' too");
  }
  if (tenantTagKey !== undefined) {
    problems.push("'tenantTagKey' is not taken with 'identityPool': give 'tenantClaim', the claim that the pool maps to the tag");
  }
  if (
    identityPool.flow === 'enhanced' &&
    sessionDurationSeconds !== undefined &&
    sessionDurationSeconds !== DEFAULT_DURATION_SECONDS
  ) {
    problems.push(
      "'sessionDurationSeconds' must be 3600 in the enhanced flow of an identity pool: leave it out, or use the basic flow",
    );
  }
  return problems;
}

export const TABLE_NAMES = '3-255 characters of A-Z a-z 0-9 _ . -';
export const BUCKET_NAMES = "3-63 characters of a-z 0-9 . -, no '..', no IP address";

/** Whether DynamoDB takes the name for a table. */
export function isTableName(value: unknown): value is string {
  return matches(TABLE_NAME, value);
}

/** Whether S3 takes the name for a bucket. */
export function isBucketName(value: unknown): value is string {
  return matches(BUCKET_NAME, value);
}

function environmentRegion(): string {
  return [process.env['AWS_REGION'], process.env['AWS_DEFAULT_REGION']].find(Boolean) ?? '';
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function invalid(problems: readonly string[]): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `The access to tenant data cannot be configured: ${problems.join('; ')}.`);
}

import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { quote, TenantDataAccessError } from './errors';
import { DEFAULT_TENANT_TAG_KEY, isTenantTagKey } from './tenancy';
import type { ClientSettings } from './tenant-clients';
import type { TenantSource } from './tenant-token';

/** Configuration of `TenantDataAccess`. The stack's outputs give the first four: `role_arn`, `table_name`, `bucket_name`, `region`. */
export interface TenantDataAccessConfig {
  /** ARN of the tenant role: `arn:<partition>:iam::<account>:role/<name>`. */
  readonly roleArn: string;
  /** Name of the shared table, with partition key `tenantId` and sort key `dataId`. */
  readonly tableName: string;
  /** Name of the shared bucket, with objects under `tenants/<tenant id>/`. */
  readonly bucketName: string;
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
   * A claim that carries the tenant by itself, instead of a session tag. AWS does not make such claims condition keys: only for
   * emulators and providers that do.
   *
   * @default - the session tag
   */
  readonly tenantClaim?: string;
  /**
   * Length of a session in seconds: 900 to 43,200, and not beyond the role's maximum.
   *
   * @default 3600 - one hour
   */
  readonly sessionDurationSeconds?: number;
  /**
   * Further settings of the STS client (endpoint, retries, timeouts), as the SDK takes them. No credentials, and no logger: the SDK
   * would log the session token that STS answers.
   *
   * @default - the SDK's
   */
  readonly stsConfig?: Omit<STSClientConfig, 'credentials' | 'region' | 'logger'>;
  /**
   * Further settings of the DynamoDB clients. No credentials.
   *
   * @default - the SDK's
   */
  readonly dynamoDbConfig?: Omit<DynamoDBClientConfig, 'credentials' | 'region'>;
  /**
   * Further settings of the S3 clients; local servers mostly want `forcePathStyle: true`. No credentials.
   *
   * @default - the SDK's
   */
  readonly s3Config?: Omit<S3ClientConfig, 'credentials' | 'region'>;
}

export interface CheckedConfig extends ClientSettings {
  readonly roleArn: string;
  readonly tableName: string;
  readonly bucketName: string;
  readonly tenantSource: TenantSource;
  readonly sessionDurationSeconds: number;
  readonly stsConfig: Omit<STSClientConfig, 'credentials' | 'region'>;
}

const OPTIONS: Readonly<Record<keyof TenantDataAccessConfig, true>> = {
  roleArn: true,
  tableName: true,
  bucketName: true,
  region: true,
  tenantTagKey: true,
  tenantClaim: true,
  sessionDurationSeconds: true,
  stsConfig: true,
  dynamoDbConfig: true,
  s3Config: true,
};

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const TABLE_NAME = /^[\w.-]{3,255}$/;
const BUCKET_NAME = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;
const MIN_DURATION_SECONDS = 900;
const MAX_DURATION_SECONDS = 43_200;
const DEFAULT_DURATION_SECONDS = 3600;

/** Checks a configuration as a whole, so that one message names all that is wrong. */
export function checkConfig(config: TenantDataAccessConfig): CheckedConfig {
  if (typeof config !== 'object' || (config as unknown) === null) throw invalid([`expected an object, given was ${quote(config)}`]);
  const region = config.region ?? environmentRegion();
  const tenantTagKey = config.tenantTagKey ?? DEFAULT_TENANT_TAG_KEY;
  const duration = config.sessionDurationSeconds ?? DEFAULT_DURATION_SECONDS;
  const problems: string[] = [];
  const check = (holds: boolean, name: string, given: unknown, allowed: string) => {
    if (!holds) problems.push(`'${name}' is ${quote(given)}, allowed is ${allowed}`);
  };

  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(OPTIONS, name)) problems.push(`unknown option ${quote(name)}, known are ${Object.keys(OPTIONS).join(', ')}`);
  }
  check(matches(ROLE_ARN, config.roleArn), 'roleArn', config.roleArn, 'arn:<partition>:iam::<account>:role/<name>');
  check(matches(TABLE_NAME, config.tableName), 'tableName', config.tableName, '3-255 characters of A-Z a-z 0-9 _ . -');
  check(
    matches(BUCKET_NAME, config.bucketName),
    'bucketName',
    config.bucketName,
    "3-63 characters of a-z 0-9 . -, no '..', no IP address",
  );
  check(matches(REGION, region), 'region', region, "a region such as 'eu-central-1', here or in AWS_REGION");
  check(
    Number.isInteger(duration) && duration >= MIN_DURATION_SECONDS && duration <= MAX_DURATION_SECONDS,
    'sessionDurationSeconds',
    duration,
    `a whole number from ${MIN_DURATION_SECONDS} to ${MAX_DURATION_SECONDS}`,
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
  for (const name of ['stsConfig', 'dynamoDbConfig', 's3Config'] as const) {
    problems.push(...clientConfigProblems(name, config[name]));
  }
  if (problems.length > 0) throw invalid(problems);

  return {
    roleArn: config.roleArn,
    tableName: config.tableName,
    bucketName: config.bucketName,
    region,
    tenantSource: config.tenantClaim === undefined ? { tagKey: tenantTagKey } : { claim: config.tenantClaim },
    sessionDurationSeconds: duration,
    stsConfig: config.stsConfig ?? {},
    dynamoDbConfig: config.dynamoDbConfig ?? {},
    s3Config: config.s3Config ?? {},
  };
}

/** Settings that would open the table to others or put a session into a log; types forbid them, plain JavaScript needs this. */
function clientConfigProblems(name: 'stsConfig' | 'dynamoDbConfig' | 's3Config', config: unknown): string[] {
  if (config === undefined) return [];
  if (typeof config !== 'object' || config === null) return [`'${name}' must be an object`];
  const whyNot: Readonly<Record<string, string>> = {
    region: "set 'region'",
    credentials: "a session has the tenant's credentials only",
    credentialDefaultProvider: "a session has the tenant's credentials only",
    signer: "a session has the tenant's credentials only",
    ...(name === 'stsConfig' && { logger: 'the SDK would log the session token that STS answers' }),
  };
  return Object.entries(whyNot)
    .filter(([key]) => (config as Readonly<Record<string, unknown>>)[key] !== undefined)
    .map(([key, reason]) => `'${name}.${key}' is not taken: ${reason}`);
}

function environmentRegion(): string {
  return [process.env['AWS_REGION'], process.env['AWS_DEFAULT_REGION']].find(Boolean) ?? '';
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function invalid(problems: readonly string[]): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `TenantDataAccess cannot be configured: ${problems.join('; ')}.`);
}

import type { ConfigCheck } from './config-check';
import {
  checkIdentity,
  type CognitoIdentity,
  type ExistingIdentity,
  IDENTITY_OPTIONS,
  namesIdentity,
  type OidcIdentity,
  type OneOf,
} from './identity-config';
import { checkMultiTenantIamOptions, checkTogether, type MultiTenantIamOptions } from './multi-tenant-iam-config';
import { LIMITS } from './policy/limits';
import type { ExistingBucket, TenantBucketConfig } from './tenant-bucket';
import { checkIdentityPoolSettings, IDENTITY_POOL_SETTINGS, type IdentityPoolSettings } from './tenant-identity-pool';
import type { ExistingTable, TenantTableConfig } from './tenant-table';
import { checkUserPoolSettings, USER_POOL_SETTINGS, type UserPoolSettings } from './tenant-user-pool';

/** The table that the stack makes, or one that exists. */
export type StackTable = MadeTable | ReferredTable;

type MadeTable = Partial<Omit<TenantTableConfig, 'logicalId' | 'tags'>> & { readonly existingTableName?: undefined };
type ReferredTable = ExistingTable & { readonly existingTableName: string };

/** The bucket that the stack makes, or one that exists. */
export type StackBucket = MadeBucket | ReferredBucket;

type MadeBucket = Partial<Omit<TenantBucketConfig, 'logicalId' | 'tags'>> & { readonly existingBucketName?: undefined };
type ReferredBucket = ExistingBucket & { readonly existingBucketName: string };

/** A Cognito user pool that is made, in a stack of its own. */
export interface MadeUserPool {
  /** `{}` takes all defaults. */
  readonly userPool: UserPoolSettings;
}

/** An identity pool that is made, in the same stack of its own, for a user pool that is made too or exists; or one that exists. */
export interface StackIdentityPool {
  readonly identityPool: OneOf<
    | (IdentityPoolSettings & MadeUserPool)
    | (IdentityPoolSettings & { readonly userPoolId: string; readonly audience: string })
    | { readonly identityPoolId: string }
  >;
}

/** Whose tokens name the tenant: one of the ways to say it. */
export type StackIdentity = OneOf<CognitoIdentity | OidcIdentity | ExistingIdentity | MadeUserPool | StackIdentityPool>;

/** Options of `MultiTenantIamStack` beside those that say whose tokens are trusted. */
export interface MultiTenantIamStackOptions extends Omit<MultiTenantIamOptions, 'table' | 'bucket' | 'logicalId'> {
  /**
   * AWS region.
   *
   * @default - Terraform variable `region`, by default the region of the AWS environment
   */
  readonly region?: string;
  /**
   * Begins the names of all resources: 2-28 characters of a-z 0-9 -
   *
   * @default - Terraform variable `name_prefix`, by default 'multi-tenant-iam'
   */
  readonly namePrefix?: string;
  /**
   * Tags of all resources, at most 50; never the tenant's tag key.
   *
   * @default - Terraform variable `tags`, by default none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Settings of the table that is made; or `existingTableName`, then nothing of it is managed.
   *
   * @default - a table named `<namePrefix>-data`
   */
  readonly table?: StackTable;
  /**
   * Settings of the bucket that is made; or `existingBucketName`, then nothing of it is managed.
   *
   * @default - a bucket named `<namePrefix>-<account id>-<region>`
   */
  readonly bucket?: StackBucket;
}

/** Whose tokens name the tenant; with nothing said, `identity_provider_arn` and `audience` are Terraform variables. */
export type StackIdentityConfig =
  | OneOf<CognitoIdentity | OidcIdentity | ExistingIdentity | { readonly identity: StackIdentity | readonly StackIdentity[] }>
  | { readonly [Name in keyof typeof IDENTITY_OPTIONS]?: undefined };

/** Configuration of `MultiTenantIamStack`. */
export type MultiTenantIamStackConfig = MultiTenantIamStackOptions & StackIdentityConfig;

const OPTIONS = {
  ...IDENTITY_OPTIONS,
  region: true,
  namePrefix: true,
  tags: true,
  table: true,
  bucket: true,
  tenantTagKey: true,
  customClaim: true,
  permissions: true,
  rolePinning: true,
  roleName: true,
  path: true,
  permissionsBoundaryArn: true,
  maxSessionDurationSeconds: true,
} as const satisfies Record<keyof MultiTenantIamStackOptions | keyof typeof IDENTITY_OPTIONS, true>;

const REFERRED_TABLE = {
  existingTableName: true,
  tenantIndexNames: true,
  kmsKeyArn: true,
} as const satisfies Record<keyof ReferredTable, true>;

const MADE_TABLE = {
  existingTableName: true,
  tableName: true,
  indexes: true,
  timeToLiveAttribute: true,
  kmsKeyArn: true,
  pointInTimeRecovery: true,
  deletionProtection: true,
  lockTenantRoles: true,
} as const satisfies Record<keyof MadeTable, true>;

const REFERRED_BUCKET = {
  existingBucketName: true,
  kmsKeyArn: true,
  bucketKeyEnabled: true,
} as const satisfies Record<keyof ReferredBucket, true>;

const MADE_BUCKET = {
  existingBucketName: true,
  bucketName: true,
  kmsKeyArn: true,
  bucketKeyEnabled: true,
  abortIncompleteUploadsAfterDays: true,
  expireOldVersionsAfterDays: true,
  forceDestroy: true,
  lockTenantRoles: true,
} as const satisfies Record<keyof MadeBucket, true>;

/** Checks a stack's configuration; the values within `table` and `bucket` are checked by their constructs. */
export function checkStack(check: ConfigCheck, config: MultiTenantIamStackConfig): ConfigCheck {
  if (!check.object('config', config)) return check;
  check.onlyKnown(config, OPTIONS).fits('region', config.region, LIMITS.region);
  if (namesIdentity(config)) checkIdentity(check, config, checkMadePools);
  const { table, bucket, ...options } = config;
  checkTogether(checkMultiTenantIamOptions(check, options), options);
  checkMadeOnce(check, config.identity);
  if (check.object('table', table)) {
    check.onlyKnown(table, table.existingTableName === undefined ? MADE_TABLE : REFERRED_TABLE, 'table.');
  }
  if (check.object('bucket', bucket)) {
    check.onlyKnown(bucket, bucket.existingBucketName === undefined ? MADE_BUCKET : REFERRED_BUCKET, 'bucket.');
  }
  return check;
}

type Entry = Readonly<Record<string, unknown>>;

const EXISTING_LOGIN = { userPoolId: true, audience: true } as const;

function checkMadePools(check: ConfigCheck, entry: Entry): void {
  check.onlyKnown(entry, { userPool: true, identityPool: true }).atMostOne(entry, ['userPool', 'identityPool']);
  const { userPool, identityPool } = entry;
  if (check.object('userPool', userPool)) {
    check.part('userPool', (part) => checkUserPoolSettings(part.onlyKnown(userPool, USER_POOL_SETTINGS), userPool));
  }
  if (check.object('identityPool', identityPool)) {
    check.part('identityPool', (part) => checkIdentityPool(part, identityPool as Entry));
  }
}

function checkIdentityPool(check: ConfigCheck, pool: Entry): ConfigCheck {
  if (pool['identityPoolId'] !== undefined) {
    return check.onlyKnown(pool, { identityPoolId: true }).fits('identityPoolId', pool['identityPoolId'], LIMITS.identityPoolId);
  }
  const { userPool, userPoolId, audience, ...settings } = pool;
  check.onlyKnown(settings, { ...IDENTITY_POOL_SETTINGS, userPool: true, ...EXISTING_LOGIN, identityPoolId: true });
  checkIdentityPoolSettings(check, settings);
  if (check.object('userPool', userPool)) {
    check.part('userPool', (part) => checkUserPoolSettings(part.onlyKnown(userPool, USER_POOL_SETTINGS), userPool));
    for (const name of Object.keys(EXISTING_LOGIN).filter((option) => pool[option] !== undefined)) {
      check.problem(`'${name}' does not go with 'userPool', whose own client it is`);
    }
    return check;
  }
  if (userPool !== undefined) return check;
  if (Array.isArray(audience)) return check.problem("'audience' is a list, allowed is one client id");
  return checkIdentity(check, { userPoolId: userPoolId ?? null, audience });
}

/** The pools that are to be made, at most one of each. */
export interface MadePools {
  readonly userPool?: { readonly settings: UserPoolSettings; readonly tokenTrigger: boolean };
  /** With the login, where the user pool exists. */
  readonly identityPool?: IdentityPoolSettings & { readonly login?: { readonly userPoolId: string; readonly audience: string } };
}

/** The pools that the entries of `identity` ask for. The configuration was checked before. */
export function madePools(identities: readonly StackIdentity[]): MadePools | undefined {
  const made: MadePools[] = identities.map(({ userPool, identityPool }) => {
    if (userPool !== undefined) return { userPool: { settings: userPool, tokenTrigger: true } };
    if (identityPool === undefined || identityPool.identityPoolId !== undefined) return {};
    const { userPool: users, userPoolId, audience, ...settings } = identityPool;
    if (users !== undefined) return { userPool: { settings: users, tokenTrigger: false }, identityPool: settings };
    return { identityPool: { ...settings, login: { userPoolId, audience } } };
  });
  const all = made.reduce<MadePools>((pools, next) => ({ ...pools, ...next }), {});
  return Object.keys(all).length === 0 ? undefined : all;
}

/** The entries of `identity`, none if there is none. */
export function stackIdentities({ identity }: Pick<MultiTenantIamStackConfig, 'identity'>): readonly StackIdentity[] {
  if (identity === undefined) return [];
  return Array.isArray(identity) ? (identity as readonly StackIdentity[]) : [identity as StackIdentity];
}

/** IAM could take several; the stack of the users holds one of each. */
function checkMadeOnce(check: ConfigCheck, identity: unknown): ConfigCheck {
  const entries: unknown[] = identity === undefined ? [] : [identity].flat();
  const pools = entries.map((entry) => (entry ?? {}) as Entry);
  const inside = pools.map(({ identityPool }) => (identityPool ?? {}) as Entry);
  const userPools = [...pools, ...inside].filter(({ userPool }) => userPool !== undefined);
  const identityPools = pools.filter(
    ({ identityPool }, index) => identityPool !== undefined && inside[index]?.['identityPoolId'] === undefined,
  );
  if (userPools.length > 1) check.problem("'identity' makes two user pools: one holds the users of all tenants");
  if (identityPools.length > 1) check.problem("'identity' makes two identity pools: one serves all tenants");
  return check;
}

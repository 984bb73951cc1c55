import type { ConfigCheck } from './config-check';
import { IDENTITY_OPTIONS } from './identity-config';
import { checkMultiTenantIamOptions, checkTogether, type MultiTenantIamOptions } from './multi-tenant-iam-config';
import { LIMITS } from './policy/limits';
import { checkStackIdentity, type StackIdentityConfig } from './stack-identity';
import type { ExistingBucket, TenantBucketConfig } from './tenant-bucket';
import type { ExistingTable, TenantTableConfig } from './tenant-table';

/** The table that the stack makes, or one that exists. */
export type StackTable = MadeTable | ReferredTable;

type MadeTable = Partial<Omit<TenantTableConfig, 'logicalId' | 'tags'>> & { readonly existingTableName?: undefined };
type ReferredTable = ExistingTable & { readonly existingTableName: string };

/** The bucket that the stack makes, or one that exists. */
export type StackBucket = MadeBucket | ReferredBucket;

type MadeBucket = Partial<Omit<TenantBucketConfig, 'logicalId' | 'tags'>> & { readonly existingBucketName?: undefined };
type ReferredBucket = ExistingBucket & { readonly existingBucketName: string };

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
   * Tags of all resources, at most 50; never the keys of the session tags.
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
  checkStackIdentity(check, config);
  const { table, bucket, ...options } = config;
  checkTogether(checkMultiTenantIamOptions(check, options), options);
  if (check.object('table', table)) {
    check.onlyKnown(table, table.existingTableName === undefined ? MADE_TABLE : REFERRED_TABLE, 'table.');
  }
  if (check.object('bucket', bucket)) {
    check.onlyKnown(bucket, bucket.existingBucketName === undefined ? MADE_BUCKET : REFERRED_BUCKET, 'bucket.');
  }
  return check;
}

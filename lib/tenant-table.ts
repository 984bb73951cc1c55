import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment, regionOfArn } from './aws-environment';
import { assertConfig, ConfigCheck } from './config-check';
import { withLogicalId } from './logical-id';
import { LIMITS } from './policy/limits';
import type { TableGrant } from './policy/table';
import { checkTags } from './tags';

/** A table that tenants share, made here or referred to. Its partition key is `tenantId`. */
export interface ITenantTable {
  readonly tableName: string;
  /** Made from names, so known when Terraform plans. */
  readonly tableArn: string;
  /** What a policy must say to let a session into this table. */
  readonly grant: TableGrant;
  /** The resource, if it is made here. */
  readonly resource?: DynamodbTable;
}

/** A global secondary index. Its partition key is the tenant, as the table's is, so that the tenant's policy holds for it too. */
export interface TenantTableIndex {
  /** 3-255 characters of A-Z a-z 0-9 _ . - */
  readonly name: string;
  /** Attribute to sort by, 1-255 characters. */
  readonly sortKey: string;
  /**
   * Type of the sort key: string, number or binary.
   *
   * @default 'S'
   */
  readonly sortKeyType?: 'S' | 'N' | 'B';
  /**
   * Attributes to copy beside the keys.
   *
   * @default - all
   */
  readonly nonKeyAttributes?: readonly string[];
}

/** What must be said of a table that exists. */
export interface ExistingTable {
  /**
   * Indexes that a tenant may query: only those whose partition key is the tenant id too. In any other a tenant would be let in
   * wherever the key happens to equal its id.
   *
   * @default - none
   */
  readonly tenantIndexNames?: readonly string[];
  /**
   * ARN of the customer managed key that encrypts the table.
   *
   * @default - none: a key that AWS owns or manages
   */
  readonly kmsKeyArn?: string;
}

/** Configuration of `TenantTable`. */
export interface TenantTableConfig {
  /** 3-255 characters of A-Z a-z 0-9 _ . - */
  readonly tableName: string;
  /** @default - none */
  readonly indexes?: readonly TenantTableIndex[];
  /**
   * Attribute whose value, seconds since 1970, lets DynamoDB delete the item. To leave it out later does not end the expiry: the AWS
   * provider ignores that.
   *
   * @default - items stay
   */
  readonly timeToLiveAttribute?: string;
  /**
   * ARN of a customer managed KMS key in the table's region; the tenant role may then use it for this table. Once applied, keep it:
   * Terraform leaves the key on a table from which it is only left out, and the role could no longer read.
   *
   * @default - the AWS managed key `aws/dynamodb`
   */
  readonly kmsKeyArn?: string;
  /**
   * Continuous backups of the last 35 days. `false` gives them up and leaves a warning at synth.
   *
   * @default true
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * AWS refuses to delete the table. `false` lets a `destroy` take the data of all tenants and leaves a warning at synth.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the resource. Fix it where the construct may move: a changed address replaces the table.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

const EXISTING_OPTIONS = { tenantIndexNames: true, kmsKeyArn: true } as const satisfies Record<keyof ExistingTable, true>;

const INDEX_OPTIONS = { name: true, sortKey: true, sortKeyType: true, nonKeyAttributes: true } as const satisfies Record<
  keyof TenantTableIndex,
  true
>;

const OPTIONS = {
  tableName: true,
  indexes: true,
  timeToLiveAttribute: true,
  kmsKeyArn: true,
  pointInTimeRecovery: true,
  deletionProtection: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TenantTableConfig, true>;

/**
 * A table that tenants share: partition key `tenantId`, sort key `dataId`, on demand, encrypted, with point-in-time recovery and
 * deletion protection.
 */
export class TenantTable extends Construct implements ITenantTable {
  readonly tableName: string;
  readonly tableArn: string;
  readonly grant: TableGrant;
  readonly resource: DynamodbTable;

  /**
   * Refers to a table that exists in this account and region. Its partition key must be the tenant id; nothing of it is managed.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  static fromTableName(scope: Construct, tableName: string, existing: ExistingTable = {}): ITenantTable {
    const { tenantIndexNames = [], kmsKeyArn } = existing;
    const check = new ConfigCheck(scope)
      .onlyKnown(existing, EXISTING_OPTIONS)
      .needs('tableName', tableName, LIMITS.tableName)
      .fits('kmsKeyArn', kmsKeyArn, LIMITS.kmsKeyArn);
    for (const name of check.list('tenantIndexNames', tenantIndexNames)) check.fits('tenantIndexNames', name, LIMITS.indexName);
    check.orThrow();
    const grant = tableGrant(scope, tableName, tenantIndexNames, kmsKeyArn);
    return { tableName, tableArn: grant.tableArn, grant };
  }

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: TenantTableConfig) {
    super(scope, id);
    assertConfig(this, config);
    const { tableName, indexes = [], kmsKeyArn, pointInTimeRecovery = true, deletionProtection = true } = config;
    this.#check(config);
    this.tableName = tableName;
    this.grant = tableGrant(
      this,
      tableName,
      indexes.map(({ name }) => name),
      kmsKeyArn,
    );
    this.tableArn = this.grant.tableArn;
    const resource = new DynamodbTable(this, 'Resource', {
      name: tableName,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: PARTITION_KEY,
      rangeKey: SORT_KEY,
      attribute: keyAttributes(indexes),
      globalSecondaryIndex:
        indexes.length === 0
          ? undefined
          : indexes.map(({ name, sortKey, nonKeyAttributes }) => ({
              name,
              hashKey: PARTITION_KEY,
              rangeKey: sortKey,
              projectionType: nonKeyAttributes === undefined ? 'ALL' : 'INCLUDE',
              nonKeyAttributes: nonKeyAttributes && [...nonKeyAttributes],
            })),
      ttl: config.timeToLiveAttribute === undefined ? undefined : { enabled: true, attributeName: config.timeToLiveAttribute },
      serverSideEncryption: { enabled: true, kmsKeyArn },
      pointInTimeRecovery: { enabled: pointInTimeRecovery },
      deletionProtectionEnabled: deletionProtection,
      tags: config.tags,
    });
    this.resource = withLogicalId(resource, config.logicalId);
    if (!pointInTimeRecovery) {
      Annotations.of(this).addWarning('pointInTimeRecovery is off: what a faulty release overwrites cannot be restored.');
    }
    if (!deletionProtection) {
      Annotations.of(this).addWarning('deletionProtection is off: a destroy or a replacement takes the data of all tenants.');
    }
  }

  #check(config: TenantTableConfig): void {
    const check = new ConfigCheck(this)
      .onlyKnown(config, OPTIONS)
      .needs('tableName', config.tableName, LIMITS.tableName)
      .fits('timeToLiveAttribute', config.timeToLiveAttribute, LIMITS.attributeName)
      .fits('kmsKeyArn', config.kmsKeyArn, LIMITS.kmsKeyArn)
      .oneOf('pointInTimeRecovery', config.pointInTimeRecovery, [true, false])
      .oneOf('deletionProtection', config.deletionProtection, [true, false]);
    checkIndexes(checkTags(check, config.tags), config.indexes);
    check.orThrow();
  }
}

function checkIndexes(check: ConfigCheck, given: unknown): void {
  const indexes = check.list('indexes', given).filter((index): index is TenantTableIndex => check.object('indexes', index ?? null));
  for (const index of indexes) {
    const { name, sortKey, sortKeyType, nonKeyAttributes } = index;
    check
      .onlyKnown(index, INDEX_OPTIONS, 'indexes.')
      .needs('indexes.name', name, LIMITS.indexName)
      .needs('indexes.sortKey', sortKey, LIMITS.attributeName)
      .oneOf('indexes.sortKeyType', sortKeyType, ['S', 'N', 'B']);
    if (sortKey === PARTITION_KEY) check.problem(`index '${name}' sorts by '${PARTITION_KEY}', which is its partition key already`);
    const copied = check.list('indexes.nonKeyAttributes', nonKeyAttributes);
    for (const attribute of copied) check.needs('indexes.nonKeyAttributes', attribute, LIMITS.attributeName);
    if (nonKeyAttributes !== undefined && copied.length === 0) {
      check.problem(`index '${name}' copies an empty list of 'nonKeyAttributes', leave it out to copy all`);
    }
  }
  if (new Set(indexes.map(({ name }) => name)).size !== indexes.length) check.problem("'indexes' names an index twice");
  for (const [attribute, types] of typesOfSortKeys(indexes)) {
    if (types.size > 1) check.problem(`'${attribute}' is a sort key of two types, ${[...types].join(' and ')}`);
  }
}

/** DynamoDB wants the type of each key attribute once, and of no other. */
function keyAttributes(indexes: readonly TenantTableIndex[]): { name: string; type: string }[] {
  return [
    [PARTITION_KEY, 'S'] as const,
    ...[...typesOfSortKeys(indexes)].map(([name, types]) => [name, [...types][0] ?? 'S'] as const),
  ].map(([name, type]) => ({ name, type }));
}

function typesOfSortKeys(indexes: readonly TenantTableIndex[]): Map<string, Set<string>> {
  const types = new Map([[SORT_KEY, new Set(['S'])]]);
  for (const { sortKey, sortKeyType = 'S' } of indexes) types.set(sortKey, (types.get(sortKey) ?? new Set()).add(sortKeyType));
  return types;
}

function tableGrant(scope: Construct, tableName: string, indexNames: readonly string[], kmsKeyArn: string | undefined): TableGrant {
  const aws = AwsEnvironment.of(scope);
  const tableArn = aws.tableArn(tableName);
  return {
    tableArn,
    indexArns: indexNames.map((name) => `${tableArn}/index/${name}`),
    kms: kmsKeyArn === undefined ? undefined : { keyArn: kmsKeyArn, tableName, region: regionOfArn(kmsKeyArn) },
  };
}

import type { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { DynamodbResourcePolicy } from '@cdktf/provider-aws/lib/dynamodb-resource-policy';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { PARTITION_KEY, SORT_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment, regionOfArn } from './aws-environment';
import { assertConfig, ConfigCheck } from './config-check';
import { checkResourcePolicySize, type LockedRole, withLock } from './locked-role';
import { suffixed, withLogicalId } from './logical-id';
import { renderPolicyDocument, renderStatements } from './policy-document';
import type { PolicyDocument } from './policy/document';
import { LIMITS } from './policy/limits';
import type { RoleLock } from './policy/role-lock';
import { type TableGrant, tableResourcePolicy } from './policy/table';
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
  /**
   * Makes the table's resource policy deny a tenant role what is not its tenant's; `grantTable` calls it. Absent where the table is
   * only referred to: a table has one resource policy, which is its owner's. `tableLockStatements` of `multi-tenant-iam/policy` gives
   * them the statements to add.
   */
  lockTenantRole?(role: LockedRole): void;
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
  /**
   * The table's resource policy denies each role that is granted the table what is not its tenant's, so that another policy on the
   * role, by mistake, opens nothing. `false` leaves a warning at synth, and the resource policy, of which a table has one, to you:
   * `tableLockStatements` of `multi-tenant-iam/policy` gives the statements to put into it.
   *
   * @default true
   */
  readonly lockTenantRoles?: boolean;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the table and its resource policy. Fix it where the construct may move: a changed address replaces the table.
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
  lockTenantRoles: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TenantTableConfig, true>;

/**
 * A table that tenants share: partition key `tenantId`, sort key `dataId`, on demand, encrypted, with point-in-time recovery and
 * deletion protection, locked against tenant roles past their own tenant.
 */
export class TenantTable extends Construct implements ITenantTable {
  readonly tableName: string;
  readonly tableArn: string;
  readonly grant: TableGrant;
  readonly resource: DynamodbTable;
  readonly #lockTenantRoles: boolean;
  readonly #logicalId: string | undefined;
  #policyDocument: DataAwsIamPolicyDocument | undefined;
  #locks: readonly RoleLock[] = [];

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
    const {
      tableName,
      indexes = [],
      kmsKeyArn,
      pointInTimeRecovery = true,
      deletionProtection = true,
      lockTenantRoles = true,
    } = config;
    this.#check(config);
    this.#lockTenantRoles = lockTenantRoles;
    this.#logicalId = config.logicalId;
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
    if (!lockTenantRoles) {
      Annotations.of(this).addWarning(
        'lockTenantRoles is off: one policy too wide on the tenant role opens the items of all tenants.',
      );
    }
  }

  /**
   * Makes the table's resource policy deny a tenant role what is not its tenant's, unless `lockTenantRoles` is off. `grantTable`
   * calls it; a role is locked once.
   *
   * @throws MultiTenantIamError `limit.exceeded`
   */
  lockTenantRole(role: LockedRole): void {
    if (!this.#lockTenantRoles) return;
    const locks = withLock(this, this.#locks, role);
    const document = tableResourcePolicy(this.tableArn, locks);
    checkResourcePolicySize(`${this.node.path}/resource_policy`, document);
    if (this.#policyDocument) this.#policyDocument.putStatement(renderStatements(document));
    else this.#policyDocument = this.#makeResourcePolicy(document);
    this.#locks = locks;
  }

  #makeResourcePolicy(document: PolicyDocument): DataAwsIamPolicyDocument {
    const rendered = withLogicalId(
      renderPolicyDocument(this, 'resource_policy_document', document),
      suffixed(this.#logicalId, 'table_policy'),
    );
    const resourcePolicy = new DynamodbResourcePolicy(this, 'resource_policy', {
      resourceArn: this.resource.arn,
      // DynamoDB counts white space, of which `json` has plenty.
      policy: rendered.minifiedJson,
    });
    withLogicalId(resourcePolicy, this.#logicalId);
    return rendered;
  }

  #check(config: TenantTableConfig): void {
    const check = new ConfigCheck(this)
      .onlyKnown(config, OPTIONS)
      .needs('tableName', config.tableName, LIMITS.tableName)
      .fits('timeToLiveAttribute', config.timeToLiveAttribute, LIMITS.attributeName)
      .fits('kmsKeyArn', config.kmsKeyArn, LIMITS.kmsKeyArn)
      .oneOf('pointInTimeRecovery', config.pointInTimeRecovery, [true, false])
      .oneOf('deletionProtection', config.deletionProtection, [true, false])
      .oneOf('lockTenantRoles', config.lockTenantRoles, [true, false]);
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

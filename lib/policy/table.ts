import type { Permission } from 'multi-tenant-data-access/tenancy';
import { type PolicyDocument, policyDocument, type PolicyStatement, unique } from './document';
import { denyRole, type RoleLock } from './role-lock';
import { DEFAULT_TENANT_CLAIM, type TenantClaim, tenantConditionKey, tenantVariable } from './tenant-claim';
import { bothConditions, permissionCondition, type TenantPermissions } from './tenant-permissions';

/**
 * The item operations for which DynamoDB fills `dynamodb:LeadingKeys`. Scan, PartiQL, streams, exports and backups are not among
 * them and are never granted. Transactions need no action of their own.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const LEADING_KEY_ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
] as const;

/** The item operations by what a session needs for them, where permissions count. A batch may delete, whatever else it does. */
const ITEM_PERMISSIONS: readonly {
  readonly Sid: string;
  readonly needs: readonly Permission[];
  readonly Action: readonly (typeof LEADING_KEY_ACTIONS)[number][];
}[] = [
  {
    Sid: 'TenantItemsRead',
    needs: ['table:read'],
    Action: ['dynamodb:BatchGetItem', 'dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:Query'],
  },
  { Sid: 'TenantItemsWrite', needs: ['table:read', 'table:write'], Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem'] },
  { Sid: 'TenantItemsDelete', needs: ['table:read', 'table:delete'], Action: ['dynamodb:DeleteItem'] },
  { Sid: 'TenantItemsBatch', needs: ['table:read', 'table:write', 'table:delete'], Action: ['dynamodb:BatchWriteItem'] },
];

/** A table that sessions may reach. */
export interface TableGrant {
  readonly tableArn: string;
  /** ARNs of indexes, only of those whose partition key is the tenant. */
  readonly indexArns?: readonly string[];
  /** The customer managed key of the table, if it has one, with the key's region. */
  readonly kms?: { readonly keyArn: string; readonly tableName: string; readonly region: string };
}

/** Input of `tableAccessPolicy`. */
export interface TableAccessPolicyInput {
  /** At least one table. */
  readonly tables: readonly TableGrant[];
  /** @default - session tag `tenant_id` */
  readonly tenant?: TenantClaim;
  /**
   * Roles and permissions that sessions must hold.
   *
   * @default - every session of the tenant may read, write and delete
   */
  readonly permissions?: TenantPermissions;
}

/**
 * What a session may do in the tables: item operations in which every partition key is its tenant, and for which it holds the
 * permission, where permissions count.
 *
 * `dynamodb:LeadingKeys` has several values, so it takes `ForAllValues`, which is true when the key is absent; `Null` in the same
 * statement closes that.
 */
export function tableAccessPolicy(input: TableAccessPolicyInput): PolicyDocument {
  const { tables, tenant = DEFAULT_TENANT_CLAIM, permissions } = input;
  const items = {
    Effect: 'Allow',
    Resource: unique(tables.flatMap(({ tableArn, indexArns = [] }) => [tableArn, ...indexArns])),
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [tenantVariable(tenant)] },
      Null: { 'dynamodb:LeadingKeys': ['false'] },
    },
  } as const;
  const statements: PolicyStatement[] =
    permissions === undefined
      ? [{ Sid: 'TenantItems', ...items, Action: LEADING_KEY_ACTIONS }]
      : ITEM_PERMISSIONS.map(({ Sid, needs, Action }) => ({
          Sid,
          ...items,
          Action,
          Condition: bothConditions(items.Condition, permissionCondition(permissions, needs)),
        }));
  return policyDocument(...statements, ...keysOf(tables).map(tableKeyStatement));
}

type TableKey = NonNullable<TableGrant['kms']>;

function keysOf(tables: readonly TableGrant[]): TableKey[] {
  const keys = tables.flatMap(({ kms }) => (kms === undefined ? [] : [kms]));
  return [...new Map(keys.map((key) => [`${key.tableName} ${key.keyArn}`, key])).values()];
}

/**
 * DynamoDB decrypts the table's key on behalf of each principal that uses the table.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html
 */
function tableKeyStatement({ keyArn, tableName, region }: TableKey, index: number): PolicyStatement {
  return {
    Sid: `TableKey${index + 1}`,
    Effect: 'Allow',
    Action: ['kms:Decrypt'],
    Resource: [keyArn],
    Condition: {
      StringEquals: {
        'kms:ViaService': [`dynamodb.${region}.amazonaws.com`],
        'kms:EncryptionContext:aws:dynamodb:tableName': [tableName],
      },
    },
  };
}

/** A table, and the tenant role that its resource policy locks. */
export interface TableLock extends RoleLock {
  readonly tableArn: string;
}

/**
 * The second lock of a table: what its resource policy denies a tenant role, so that a later grant on the role by mistake opens
 * nothing of other tenants. It covers the table's indexes; not its streams, backups and exports, which are resources of their own.
 *
 * That DynamoDB honours `dynamodb:LeadingKeys` and policy variables in a resource policy as it does in a role's policy was not
 * confirmed on AWS. The statement with `NotAction`, which denies Scan, PartiQL and all that is not about single items, needs
 * neither.
 *
 * @param number tells the statements of several roles in one policy apart.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
 */
export function tableLockStatements(lock: TableLock, number = 1): PolicyStatement[] {
  const { tableArn, tenant = DEFAULT_TENANT_CLAIM } = lock;
  const Resource = [tableArn, `${tableArn}/index/*`];
  const Action = ['dynamodb:*'];
  return [
    denyRole(lock, `OtherActions${number}`, { NotAction: LEADING_KEY_ACTIONS, Resource }),
    denyRole(lock, `NoLeadingKey${number}`, { Action, Resource, Condition: { Null: { 'dynamodb:LeadingKeys': ['true'] } } }),
    denyRole(lock, `OtherItems${number}`, {
      Action,
      Resource,
      // One foreign key among many is enough; with no key at all it does not hold, which is what the statement above is for.
      Condition: { 'ForAnyValue:StringNotEquals': { 'dynamodb:LeadingKeys': [tenantVariable(tenant)] } },
    }),
    // A variable without a value may make the statement above invalid, so it is not relied on for a session without a tenant:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    denyRole(lock, `NoTenant${number}`, { Action, Resource, Condition: { Null: { [tenantConditionKey(tenant)]: ['true'] } } }),
  ];
}

/**
 * The policy on the table itself: no tenant role reaches it past its own tenant.
 *
 * @param locks the tenant roles, each once, at least one: DynamoDB takes no policy without statements.
 */
export function tableResourcePolicy(tableArn: string, locks: readonly RoleLock[]): PolicyDocument {
  return policyDocument(...locks.flatMap((lock, index) => tableLockStatements({ ...lock, tableArn }, index + 1)));
}

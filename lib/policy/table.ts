import { type PolicyDocument, policyDocument, type PolicyStatement, unique } from './document';
import { DEFAULT_TENANT_CLAIM, type TenantClaim, tenantVariable } from './tenant-claim';

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
}

/**
 * What a session may do in the tables: item operations in which every partition key is its tenant.
 *
 * `dynamodb:LeadingKeys` has several values, so it takes `ForAllValues`, which is true when the key is absent; `Null` in the same
 * statement closes that.
 */
export function tableAccessPolicy(input: TableAccessPolicyInput): PolicyDocument {
  const { tables, tenant = DEFAULT_TENANT_CLAIM } = input;
  return policyDocument(
    {
      Sid: 'TenantItems',
      Effect: 'Allow',
      Action: LEADING_KEY_ACTIONS,
      Resource: unique(tables.flatMap(({ tableArn, indexArns = [] }) => [tableArn, ...indexArns])),
      Condition: {
        'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [tenantVariable(tenant)] },
        Null: { 'dynamodb:LeadingKeys': ['false'] },
      },
    },
    ...keysOf(tables).map(tableKeyStatement),
  );
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

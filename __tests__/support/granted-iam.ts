import { MultiTenantIam, type PolicyStatement, TenantBucket, TenantTable, tenantVariable } from '../../lib';
import { awsStack } from './synthesis';

const PARTITION = '${data.aws_partition.multi_tenant_iam.partition}';
const REGION = '${data.aws_region.multi_tenant_iam.id}';
const ACCOUNT = '${data.aws_caller_identity.multi_tenant_iam.account_id}';
export const TABLE = `arn:${PARTITION}:dynamodb:${REGION}:${ACCOUNT}:table/`;
export const BUCKET = `arn:${PARTITION}:s3:::`;
export const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
export const TENANT = tenantVariable();

/** A stack with one role for all tenants, nothing granted. */
export function iamIn(config: object = {}) {
  const stack = awsStack();
  const iam = new MultiTenantIam(stack, 'tenants', {
    issuerUrl: 'https://login.example.com',
    audience: 'web',
    logicalId: 'tenant',
    ...config,
  });
  return { stack, iam };
}

/** With the table `app` and the bucket `app` granted. */
export function iamWithData(config: object = {}) {
  const { stack, iam } = iamIn(config);
  const table = TenantTable.fromTableName(stack, 'app');
  const bucket = TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY });
  iam.grantTable(table);
  iam.grantBucket(bucket);
  return { stack, iam, table, bucket };
}

export type Data = ReturnType<typeof iamWithData>;

/** A statement that allows. */
export function allow(
  Action: string | string[],
  Resource: string | string[],
  Condition?: PolicyStatement['Condition'],
): PolicyStatement {
  return { Effect: 'Allow', Action, Resource, Condition };
}

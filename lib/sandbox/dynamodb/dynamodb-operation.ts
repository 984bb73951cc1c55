import type { AwsRequest } from '../http/aws-request';
import type { Operation, Place } from '../operation';
import { readCall, unknownOperation } from './dynamodb-call';
import { batchGet, batchWrite, type Mapping, onItem, onItems, READ_PARTS, WRITE_PARTS } from './item-operations';
import { executeStatement, executeStatements } from './partiql-operations';
import { query, scan } from './query-operations';
import type { TableKeys } from './table-keys';
import {
  createTable,
  getRecords,
  importTable,
  onGlobalTable,
  onIndexAndTable,
  onNothing,
  onResource,
  onTable,
  onTableOrIndex,
  onTableOrNothing,
  requestTagKeys,
  requestTags,
  restoreFromBackup,
  restoreToPointInTime,
  updateTable,
} from './table-operations';

/** There are such operations, but no action in IAM is known for them. */
const cannotBeMapped: Mapping = () => [];

const OPERATIONS = new Map<string, Mapping>([
  ['BatchExecuteStatement', executeStatements('Statements')],
  ['BatchGetItem', batchGet],
  ['BatchWriteItem', batchWrite],
  ['CancelBulkOperation', cannotBeMapped],
  ['CreateBackup', onTable('CreateBackup')],
  ['CreateGlobalTable', onGlobalTable('CreateGlobalTable', true)],
  ['CreateTable', createTable],
  ['DeleteBackup', onResource('DeleteBackup', 'BackupArn')],
  ['DeleteItem', onItem('DeleteItem')],
  ['DeleteResourcePolicy', onResource('DeleteResourcePolicy', 'ResourceArn')],
  ['DeleteTable', onTable('DeleteTable')],
  ['DescribeBackup', onResource('DescribeBackup', 'BackupArn')],
  ['DescribeBulkOperation', cannotBeMapped],
  ['DescribeContinuousBackups', onTable('DescribeContinuousBackups')],
  ['DescribeContributorInsights', onTableOrIndex('DescribeContributorInsights')],
  ['DescribeEndpoints', onNothing('DescribeEndpoints')],
  ['DescribeExport', onResource('DescribeExport', 'ExportArn')],
  ['DescribeGlobalTable', onGlobalTable('DescribeGlobalTable', false)],
  ['DescribeGlobalTableSettings', onGlobalTable('DescribeGlobalTableSettings', false)],
  ['DescribeImport', onResource('DescribeImport', 'ImportArn')],
  ['DescribeKinesisStreamingDestination', onTable('DescribeKinesisStreamingDestination')],
  ['DescribeLimits', onNothing('DescribeLimits')],
  ['DescribeTable', onTable('DescribeTable')],
  ['DescribeTableReplicaAutoScaling', onTable('DescribeTableReplicaAutoScaling')],
  ['DescribeTimeToLive', onTable('DescribeTimeToLive')],
  ['DisableKinesisStreamingDestination', onTable('DisableKinesisStreamingDestination')],
  ['EnableKinesisStreamingDestination', onTable('EnableKinesisStreamingDestination')],
  ['ExecuteStatement', executeStatement],
  ['ExecuteTransaction', executeStatements('TransactStatements', 'ExecuteTransaction')],
  ['ExportTableToPointInTime', onTable('ExportTableToPointInTime', 'TableArn')],
  ['GetItem', onItem('GetItem')],
  ['GetResourcePolicy', onResource('GetResourcePolicy', 'ResourceArn')],
  ['ImportTable', importTable],
  ['ListBackups', onNothing('ListBackups')],
  ['ListBulkOperations', cannotBeMapped],
  ['ListContributorInsights', onNothing('ListContributorInsights')],
  ['ListExports', onTableOrNothing('ListExports', 'TableArn')],
  ['ListGlobalTables', onNothing('ListGlobalTables')],
  ['ListImports', onTableOrNothing('ListImports', 'TableArn')],
  ['ListTables', onNothing('ListTables')],
  ['ListTagsOfResource', onResource('ListTagsOfResource', 'ResourceArn')],
  ['PutItem', onItem('PutItem')],
  ['PutResourcePolicy', onResource('PutResourcePolicy', 'ResourceArn')],
  ['Query', query],
  ['RestoreTableFromBackup', restoreFromBackup],
  ['RestoreTableToPointInTime', restoreToPointInTime],
  ['Scan', scan],
  ['SearchVectors', onIndexAndTable('SearchVectors')],
  ['StartBulkPutItems', cannotBeMapped],
  ['TagResource', onResource('TagResource', 'ResourceArn', requestTags)],
  ['TransactGetItems', onItems('TransactGetItems', READ_PARTS)],
  ['TransactWriteItems', onItems('TransactWriteItems', WRITE_PARTS)],
  ['UntagResource', onResource('UntagResource', 'ResourceArn', requestTagKeys)],
  ['UpdateContinuousBackups', onTable('UpdateContinuousBackups')],
  ['UpdateContributorInsights', onTableOrIndex('UpdateContributorInsights')],
  ['UpdateGlobalTable', onGlobalTable('UpdateGlobalTable', true)],
  ['UpdateGlobalTableSettings', onGlobalTable('UpdateGlobalTableSettings', true)],
  ['UpdateItem', onItem('UpdateItem')],
  ['UpdateKinesisStreamingDestination', onTable('UpdateKinesisStreamingDestination')],
  ['UpdateTable', updateTable],
  ['UpdateTableReplicaAutoScaling', onTable('UpdateTableReplicaAutoScaling')],
  ['UpdateTimeToLive', onTable('UpdateTimeToLive')],
]);

const STREAM_OPERATIONS = new Map<string, Mapping>([
  ['DescribeStream', onResource('DescribeStream', 'StreamArn')],
  ['GetRecords', getRecords],
  ['GetShardIterator', onResource('GetShardIterator', 'StreamArn')],
  ['ListStreams', onNothing('ListStreams')],
]);

/**
 * What a request to DynamoDB, or to its streams, needs of IAM. An operation that cannot be mapped needs nothing that anybody could be
 * given.
 *
 * @param request freed of its signature
 * @param keys of the store that the request goes to
 * @throws AwsError `UnknownOperationException`, `SerializationException`, or `ValidationException` for what does not tell tables and keys
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export async function dynamoDbOperation(request: AwsRequest, place: Place, keys: TableKeys): Promise<Operation> {
  const { service, operation, body } = readCall(request);
  const mapping = (service === 'DynamoDB' ? OPERATIONS : STREAM_OPERATIONS).get(operation);
  if (mapping === undefined) throw unknownOperation();
  return { name: `dynamodb:${operation}`, permissions: await mapping(body, place, keys) };
}

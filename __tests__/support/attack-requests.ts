import type { AttackRequest } from '../../lib/isolation';
import type { AwsRequest } from '../../lib/sandbox/http/aws-request';
import { BUCKET_OPERATIONS, SERVICE_OPERATIONS } from '../../lib/sandbox/s3/bucket-operations';
import { OBJECT_OPERATIONS } from '../../lib/sandbox/s3/object-operations';
import type { OperationRow, OperationRows } from '../../lib/sandbox/s3/operation-row';
import { encodeKey } from '../../lib/sandbox/s3/s3-request';

/** A request over HTTP, not signed yet. */
export interface PlainRequest extends Omit<AwsRequest, 'fromLoopback'> {
  readonly service: 'dynamodb' | 's3';
}

/**
 * The calls of DynamoDB and S3 that may ask for what an attack asks of IAM, the plainest first. Whether one does, the sandbox's own
 * mapping says.
 */
export function callsFor(request: AttackRequest): PlainRequest[] {
  if (request.action.startsWith('dynamodb:')) return dynamoDbCalls(request);
  return request.action.startsWith('s3:') ? s3Calls(request) : [];
}

const KEY_VALUES = { ':t': 'dataId' };

function dynamoDbCalls({ action, resource, context }: AttackRequest): PlainRequest[] {
  const name = action.slice('dynamodb:'.length);
  const [, table = '', , index] = /:table\/([^/]+)(?:\/(index)\/(.+))?$/.exec(resource) ?? [];
  const leading = context.get('dynamodb:leadingkeys');
  const keys = typeof leading === 'string' ? [] : leading;
  const [first] = keys;
  const keyOf = (tenantId: string | undefined) => ({ tenantId: { S: tenantId }, dataId: { S: KEY_VALUES[':t'] } });
  const from = /^arn:[^:]*:dynamodb:[^:]*:\d*:table\/[^/]+/.exec(resource)?.[0] ?? table;
  const base = { TableName: from, ...(index !== undefined && { IndexName: index }) };
  const statement = (verb: string) => {
    const named = index === undefined ? `"${table}"` : `"${table}"."${index}"`;
    if (verb === 'Insert') return `INSERT INTO ${named} VALUE {'tenantId':'b','dataId':'x'}`;
    if (verb === 'Update') return `UPDATE ${named} SET x='1' WHERE tenantId='b' AND dataId='x'`;
    return `${verb === 'Delete' ? 'DELETE' : 'SELECT *'} FROM ${named} WHERE tenantId='b' AND dataId='x'`;
  };
  const one = index === undefined && keys.length === 1;
  switch (name) {
    case 'GetItem':
    case 'DeleteItem':
    case 'UpdateItem':
      return one ? [dynamoDb(name, { ...base, Key: keyOf(first) })] : [];
    case 'PutItem':
      return one ? [dynamoDb(name, { ...base, Item: keyOf(first) })] : [];
    case 'ConditionCheckItem': {
      const check = { ...base, Key: keyOf(first), ConditionExpression: 'attribute_exists(dataId)' };
      return one ? [dynamoDb('TransactWriteItems', { TransactItems: [{ ConditionCheck: check }] })] : [];
    }
    case 'Query': {
      const values = { ':t': { S: first } };
      return keys.length === 1
        ? [dynamoDb(name, { ...base, KeyConditionExpression: 'tenantId = :t', ExpressionAttributeValues: values })]
        : [];
    }
    case 'BatchGetItem':
      return index === undefined && keys.length > 0
        ? [dynamoDb(name, { RequestItems: { [from]: { Keys: keys.map(keyOf) } } })]
        : [];
    case 'BatchWriteItem': {
      const writes = keys.map((key) => ({ DeleteRequest: { Key: keyOf(key) } }));
      return index === undefined && keys.length > 0 ? [dynamoDb(name, { RequestItems: { [from]: writes } })] : [];
    }
    case 'Scan':
      return [dynamoDb(name, base)];
    case 'PartiQLSelect':
    case 'PartiQLInsert':
    case 'PartiQLUpdate':
    case 'PartiQLDelete':
      return [dynamoDb('ExecuteStatement', { Statement: statement(name.slice('PartiQL'.length)) })];
    default:
      return otherDynamoDbCalls(name, resource, base);
  }
}

const STREAMS = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];

/** Every member by which operations name what they are about. */
function otherDynamoDbCalls(name: string, resource: string, base: object): PlainRequest[] {
  const named = ['ResourceArn', 'TableArn', 'BackupArn', 'ExportArn', 'ImportArn', 'StreamArn'].map((member) => [member, resource]);
  const globalTable = resource.split('global-table/')[1];
  const body = {
    ...base,
    ...(Object.fromEntries(named) as Record<string, string>),
    ...(globalTable !== undefined && { GlobalTableName: globalTable }),
    BackupName: 'backup',
    Tags: [{ Key: 'k', Value: 'v' }],
    TagKeys: ['k'],
  };
  return [dynamoDb(name, body, STREAMS.includes(name) ? 'DynamoDBStreams' : 'DynamoDB')];
}

function dynamoDb(operation: string, body: object, service = 'DynamoDB'): PlainRequest {
  return {
    service: 'dynamodb',
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'x-amz-target': `${service}_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function s3Calls({ action, resource, context }: AttackRequest): PlainRequest[] {
  const [, bucket, key] = /^arn:[^:]*:s3:::([^/]+)(?:\/([^]*))?$/.exec(resource) ?? [];
  if (resource !== '*' && bucket === undefined) return [];
  const name = action.slice('s3:'.length);
  const rows: OperationRows = bucket === undefined ? SERVICE_OPERATIONS : key === undefined ? BUCKET_OPERATIONS : OBJECT_OPERATIONS;
  const path = bucket === undefined ? '/' : key === undefined ? `/${bucket}` : `/${bucket}/${encodeKey(key)}`;
  const prefix = context.get('s3:prefix');
  const calls = Object.entries(rows).flatMap(([id, row]): PlainRequest[] => {
    const version = actsOn(row, name);
    if (version === undefined) return [];
    const [method = '', selector, further] = id.split(' ');
    const query = [
      ...(selector === undefined || selector === 'copy' ? [] : [selectorOf(selector)]),
      ...(further === 'id' ? ['id=1'] : []),
      ...(further === 'annotationName' ? ['annotationName=a'] : []),
      ...(typeof prefix === 'string' ? [] : prefix.map((each) => `prefix=${encodeURIComponent(each)}`)),
      ...(version ? ['versionId=v1'] : []),
      ...(selector === 'uploadId' && method === 'PUT' ? ['partNumber=1'] : []),
    ].join('&');
    const copy: Record<string, string> = id.endsWith('copy') ? { 'x-amz-copy-source': '/files/tenants/b/doc' } : {};
    return [{ service: 's3', method, path, query, headers: copy, body: Buffer.from(BODIES[id] ?? '') }];
  });
  const put = (headers: Record<string, string>): PlainRequest[] =>
    key === undefined ? [] : [{ service: 's3', method: 'PUT', path, query: '', headers, body: Buffer.from('x') }];
  if (name === 'BypassGovernanceRetention' && key !== undefined) {
    const headers = { 'x-amz-bypass-governance-retention': 'true' };
    calls.push({ service: 's3', method: 'DELETE', path, query: '', headers, body: Buffer.alloc(0) });
  }
  return [...calls, ...(name === 'PutObjectTagging' ? put({ 'x-amz-tagging': 'a=b' }) : [])];
}

/** Of operations that say in their body what they want. */
const BODIES: Readonly<Record<string, string>> = {
  'PUT tagging': '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
  'PUT retention': '<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>',
  'PUT legal-hold': '<LegalHold><Status>ON</Status></LegalHold>',
  'POST restore': '<RestoreRequest><Days>1</Days></RestoreRequest>',
};

/** Whether an operation needs the action: of a version, or of what is current; nothing if it does not. */
function actsOn({ actions, versioned = false }: OperationRow, name: string): boolean | undefined {
  if (actions.includes(name)) return false;
  return versioned && actions.some((action) => action.replace('Object', 'ObjectVersion') === name) ? true : undefined;
}

function selectorOf(selector: string): string {
  if (selector === 'uploadId') return 'uploadId=u1';
  return selector === 'list-type' ? 'list-type=2' : selector === 'select' ? 'select&select-type=2' : selector;
}

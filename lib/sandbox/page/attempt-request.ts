import { OBJECT_ROOT, PARTITION_KEY, SORT_KEY } from 'multi-tenant-data-access/tenancy';
import type { AwsRequest } from '../http/aws-request';
import type { Attempt } from './attempt';
import type { OperationName } from './operations';

/** A request that is yet to be signed. */
export interface UnsignedRequest {
  /** `dynamodb`, `s3` or `sts`, as in the scope of a signature. */
  readonly service: string;
  readonly request: AwsRequest;
}

/** The operations that need a session. */
export type DataOperation = Exclude<OperationName, 'begin-session'>;

/**
 * Begins a session of a role. The request carries its token, so it is not signed.
 *
 * @param host with the port
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function sessionRequest(host: string, role: string, token: string): UnsignedRequest {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'sandbox-page',
    WebIdentityToken: token,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return { service: 'sts', request: requestTo(host, { method: 'POST', headers, body: form.toString() }) };
}

/** What is asked of a table or bucket. */
export function dataRequest(host: string, operation: DataOperation, attempt: Attempt): UnsignedRequest {
  return REQUESTS[operation](attempt, host);
}

const REQUESTS: Readonly<Record<DataOperation, (attempt: Attempt, host: string) => UnsignedRequest>> = {
  'get-item': ({ table, ...of }, host) => tableRequest(host, 'GetItem', { TableName: table, Key: itemKey(of) }),
  'put-item': ({ table, value, ...of }, host) =>
    tableRequest(host, 'PutItem', { TableName: table, Item: { ...itemKey(of), value: { S: value } } }),
  'delete-item': ({ table, ...of }, host) => tableRequest(host, 'DeleteItem', { TableName: table, Key: itemKey(of) }),
  query: ({ table, owner }, host) =>
    tableRequest(host, 'Query', {
      TableName: table,
      KeyConditionExpression: '#tenant = :tenant',
      ExpressionAttributeNames: { '#tenant': PARTITION_KEY },
      ExpressionAttributeValues: { ':tenant': { S: owner } },
    }),
  scan: ({ table }, host) => tableRequest(host, 'Scan', { TableName: table }),
  'get-object': (attempt, host) => objectRequest(host, 'GET', attempt),
  'put-object': (attempt, host) => objectRequest(host, 'PUT', attempt),
  'delete-object': (attempt, host) => objectRequest(host, 'DELETE', attempt),
  'list-objects': (attempt, host) => {
    const prefix = objectKey(attempt);
    // With nothing to limit it, the whole bucket is asked for.
    const query = `list-type=2${prefix === '' ? '' : `&prefix=${percentEncoded(prefix)}`}`;
    return { service: 's3', request: requestTo(host, { method: 'GET', path: `/${percentEncoded(attempt.bucket)}`, query }) };
  },
};

function itemKey({ owner, key }: Pick<Attempt, 'owner' | 'key'>): Record<string, { S: string }> {
  return { [PARTITION_KEY]: { S: owner }, [SORT_KEY]: { S: key } };
}

function tableRequest(host: string, operation: string, input: object): UnsignedRequest {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
  return { service: 'dynamodb', request: requestTo(host, { method: 'POST', headers, body: JSON.stringify(input) }) };
}

function objectRequest(host: string, method: string, attempt: Attempt): UnsignedRequest {
  const path = `/${percentEncoded(attempt.bucket)}/${objectKey(attempt).split('/').map(percentEncoded).join('/')}`;
  const content = method === 'PUT' ? { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: attempt.value } : {};
  return { service: 's3', request: requestTo(host, { method, path, ...content }) };
}

/** Without an owner the key is taken as it stands. */
function objectKey({ owner, key }: Pick<Attempt, 'owner' | 'key'>): string {
  return owner === '' ? key : `${OBJECT_ROOT}/${owner}/${key}`;
}

/** All but letters, digits and `-._~`, as signatures want it. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

function requestTo(
  host: string,
  {
    method,
    path = '/',
    query = '',
    headers = {},
    body = '',
  }: { method: string; path?: string; query?: string; headers?: Record<string, string>; body?: string },
): AwsRequest {
  const bytes = Buffer.from(body);
  const length: Record<string, string> = method === 'POST' || method === 'PUT' ? { 'content-length': String(bytes.length) } : {};
  return { method, path, query, headers: { host, ...headers, ...length }, body: bytes, fromLoopback: true };
}

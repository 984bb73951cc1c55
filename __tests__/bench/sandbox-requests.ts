/** What the bench of the sandbox asks: requests of tenants, signed ahead; a signature holds for 15 minutes. */
import type * as Signature from '../../lib/sandbox/signature/sign';
import { built } from './built';
import { ask } from './http-load';

export const REGION = 'eu-central-1';
export const TABLE = 'multi-tenant-iam-data';
export const BUCKET = `multi-tenant-iam-123456789012-${REGION}`;
const ROLE_ARN = 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant';

/** Items, and objects, that each tenant has. */
export const ITEMS_EACH = 10;
const KILOBYTE = Buffer.alloc(1024, 'a');

/** Credentials of a tenant's session. */
export interface Tenant {
  readonly tenantId: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
}

/** A request, without what signs it. */
export interface Wish {
  readonly service: 'dynamodb' | 's3';
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const dynamodb = (operation: string, input: object): Wish => ({
  ...{ service: 'dynamodb', method: 'POST', path: '/', query: '' },
  headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(input)),
});

const s3 = (method: string, key: string, body = Buffer.alloc(0), query = ''): Wish => ({
  ...{ service: 's3', method, path: `/${BUCKET}${key}`, query, headers: {}, body },
});

const dataId = (number: number) => `order#${number % ITEMS_EACH}`;
const key = (tenantId: string, number: number) => `/tenants/${tenantId}/documents/${number % ITEMS_EACH}.txt`;

/** Each of them, for a tenant and a running number. PutItem and PUT go first: they leave what the others read. */
export const WISHES: Readonly<Record<string, (tenantId: string, number: number) => Wish>> = {
  'DynamoDB PutItem': (tenantId, number) => {
    const line = { M: { sku: { S: 'a-1' }, count: { N: '2' } } };
    const item = { total: { N: '12.5' }, customer: { S: 'Jane Doe' }, lines: { L: [line, line] } };
    return dynamodb('PutItem', { TableName: TABLE, Item: { tenantId: { S: tenantId }, dataId: { S: dataId(number) }, ...item } });
  },
  'DynamoDB GetItem': (tenantId, number) =>
    dynamodb('GetItem', { TableName: TABLE, Key: { tenantId: { S: tenantId }, dataId: { S: dataId(number) } } }),
  'DynamoDB Query': (tenantId) =>
    dynamodb('Query', {
      TableName: TABLE,
      KeyConditionExpression: 'tenantId = :tenant AND begins_with(dataId, :start)',
      ExpressionAttributeValues: { ':tenant': { S: tenantId }, ':start': { S: 'order#' } },
    }),
  'S3 PUT 1 KB': (tenantId, number) => s3('PUT', key(tenantId, number), KILOBYTE),
  'S3 GET 1 KB': (tenantId, number) => s3('GET', key(tenantId, number)),
  'S3 list': (tenantId) => s3('GET', '', undefined, `list-type=2&prefix=tenants%2F${tenantId}%2F`),
};

/** Begins a session for each tenant at the sandbox. */
export async function tenantsOf(port: number, count: number): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  for (let number = 0; number < count; number++) {
    const tenantId = `tenant-${number}`;
    const token = await (await fetch(`http://127.0.0.1:${port}/_sandbox/token?tenant=${tenantId}`)).text();
    const form = new URLSearchParams({
      ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: ROLE_ARN, RoleSessionName: tenantId },
      WebIdentityToken: token.trim(),
    });
    const answer = await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form })).text();
    const text = (element: string) => new RegExp(`<${element}>([^<]+)<`).exec(answer)?.[1] ?? '';
    const credentials = {
      ...{ accessKeyId: text('AccessKeyId'), secretAccessKey: text('SecretAccessKey'), sessionToken: text('SessionToken') },
    };
    tenants.push({ tenantId, credentials });
  }
  return tenants;
}

/** A request as an SDK sends it, for the server of a port. */
export async function signed(port: number, { service, ...wish }: Wish, { credentials }: Tenant) {
  const { sign } = built('sandbox/signature/sign') as typeof Signature;
  const { headers, body } = wish;
  const sent = {
    host: `127.0.0.1:${port}`,
    'user-agent': 'aws-sdk-js/3.1164.0 ua/2.1 os/linux lang/js md/nodejs#20.0.0 api/dynamodb#3.1164.0',
    'amz-sdk-invocation-id': '00000000-0000-4000-8000-000000000000',
    'amz-sdk-request': 'attempt=1; max=3',
    ...headers,
    ...(body.length > 0 && { 'content-length': `${body.length}` }),
  };
  return sign({ ...wish, headers: sent, fromLoopback: true }, { credentials, service, region: REGION });
}

/** As above, as bytes of HTTP. */
export async function signedBytes(port: number, wish: Wish, tenant: Tenant): Promise<Buffer> {
  const { method, path, query, headers, body } = await signed(port, wish, tenant);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Requests of one kind by all tenants, so many for each of them. */
export async function requestsOf(name: string, port: number, tenants: readonly Tenant[], each = ITEMS_EACH): Promise<Buffer[]> {
  const wish = WISHES[name];
  if (wish === undefined) throw new Error(`There is no ${name}.`);
  const requests: Buffer[] = [];
  for (let number = 0; number < each; number++) {
    for (const tenant of tenants) requests.push(await signedBytes(port, wish(tenant.tenantId, number), tenant));
  }
  return requests;
}

/** A table for dynalite. */
export async function createTable(port: number, tenant: Tenant): Promise<void> {
  const names = ['tenantId', 'dataId'];
  const input = {
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: names.map((name, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
  };
  await ask(port, await signedBytes(port, dynamodb('CreateTable', input), tenant));
}

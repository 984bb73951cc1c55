import { createRequire } from 'node:module';
import { MultiTenantIamError } from '../errors';
import { PARTITION_KEY, SORT_KEY } from 'multi-tenant-data-access/tenancy';
import { embeddedDynamoDb } from './dynamodb/embedded-dynamodb';
import { isLoopback } from './http/loopback';
import type { AwsAnswer, AwsRequest, Store } from './http/aws-request';
import type { Place } from './operation';
import type { SandboxTable, SandboxUpstreams } from './options';
import { embeddedObjectStore } from './s3/store/embedded-object-store';
import { parseUpstream } from './upstream/upstream';
import { upstreamStore } from './upstream/upstream-store';

/** Where requests go that were allowed. */
export interface Stores {
  readonly dynamodb: Store;
  readonly s3: Store;
  /** For IAM and all other services. */
  readonly iam: Store | undefined;
  /** Which of them live in this process. */
  readonly embedded: { readonly dynamodb: boolean; readonly s3: boolean };
  /** Endpoints of the others, each once. */
  readonly upstreams: readonly string[];
  /** Ends the stores of this process. */
  close(): Promise<void>;
}

/** Servers elsewhere. */
export interface Upstreams {
  readonly dynamodb?: Store;
  readonly s3?: Store;
  /** For IAM and all other services. */
  readonly iam?: Store;
  /** Each once, without credentials. */
  readonly endpoints: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the upstreams, one connection pool for each.
 *
 * @param ownEndpoint of the sandbox, which cannot be its own upstream
 * @throws MultiTenantIamError `config.invalid`
 */
export function openUpstreams(urls: SandboxUpstreams, ownEndpoint: string): Upstreams {
  const opened = new Map<string, Store>();
  const open = (url: string | undefined): Store | undefined => {
    if (url === undefined) return undefined;
    const parsed = parseUpstream(url);
    if (isItself(parsed.endpoint, ownEndpoint)) {
      throw new MultiTenantIamError('config.invalid', `The upstream ${parsed.endpoint} is the sandbox itself.`);
    }
    const store = opened.get(url) ?? upstreamStore(parsed);
    opened.set(url, store);
    return store;
  };
  const stores = { dynamodb: open(urls.dynamodb), s3: open(urls.s3), iam: open(urls.iam) };
  return {
    ...stores,
    endpoints: [...new Set([...opened.keys()].map((url) => parseUpstream(url).endpoint))],
    close: async () => {
      await Promise.all([...opened.values()].map((store) => store.close()));
    },
  };
}

function isItself(endpoint: string, own: string): boolean {
  const { hostname, port, protocol } = new URL(endpoint);
  return protocol === 'http:' && isLoopback(hostname) && port === new URL(own).port;
}

/**
 * Opens the stores of this process where there is no upstream.
 *
 * @param place whose ARNs they tell
 * @throws MultiTenantIamError `sandbox.unavailable` if a package is missing
 */
export async function openStores(upstreams: Upstreams, place: Pick<Place, 'partition' | 'account'>): Promise<Stores> {
  assertInstalled('fast-xml-parser', ...(upstreams.dynamodb === undefined ? ['dynalite'] : []));
  const dynamodb = upstreams.dynamodb ?? (await embeddedDynamoDb(place));
  const s3 = upstreams.s3 ?? (await embeddedObjectStore());
  return {
    ...{ dynamodb, s3, iam: upstreams.iam, upstreams: upstreams.endpoints },
    embedded: { dynamodb: upstreams.dynamodb === undefined, s3: upstreams.s3 === undefined },
    close: async () => {
      if (upstreams.dynamodb === undefined) await dynamodb.close();
      if (upstreams.s3 === undefined) await s3.close();
    },
  };
}

/** They are optional, so that who takes the constructs alone need not have them; told at start rather than in the middle of a request. */
function assertInstalled(...packages: readonly string[]): void {
  const { resolve } = createRequire(__filename);
  for (const name of packages) {
    try {
      resolve(name);
    } catch (cause) {
      const message = `The sandbox needs the optional package ${name}: install it, or install without --omit=optional.`;
      throw new MultiTenantIamError('sandbox.unavailable', message, { cause });
    }
  }
}

/** Makes a table, which is empty. */
export async function createTable(store: Store, table: SandboxTable, region: string): Promise<void> {
  const { tableName, partitionKey = PARTITION_KEY, sortKey = SORT_KEY, indexes = [], keyTypes = {} } = table;
  const schema = (partition: string, sort: string | null | undefined) => [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort == null ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ];
  const indexSchemas = indexes.map((index) => schema(index.partitionKey ?? PARTITION_KEY, index.sortKey));
  const names = new Set([schema(partitionKey, sortKey), ...indexSchemas].flat().map(({ AttributeName }) => AttributeName));
  const input = {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...names].map((name) => ({ AttributeName: name, AttributeType: keyTypes[name] ?? 'S' })),
    KeySchema: schema(partitionKey, sortKey),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(({ name }, index) => ({
        IndexName: name,
        KeySchema: indexSchemas[index],
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  };
  const headers = { 'x-amz-target': 'DynamoDB_20120810.CreateTable', 'content-type': 'application/x-amz-json-1.0' };
  const request = { ...EMPTY, method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(input)) };
  assertDone(await store.handle(request, { service: 'dynamodb', region }), `table '${tableName}'`);
}

/** Makes a bucket, which is empty. */
export async function createBucket(store: Store, bucketName: string, region: string): Promise<void> {
  const request = { ...EMPTY, method: 'PUT', path: `/${bucketName}`, headers: {}, body: Buffer.alloc(0) };
  assertDone(await store.handle(request, { service: 's3', region }), `bucket '${bucketName}'`);
}

const EMPTY: Pick<AwsRequest, 'query' | 'fromLoopback'> = { query: '', fromLoopback: true };

function assertDone({ status, body }: AwsAnswer, what: string): void {
  if (status === 200) return;
  const why = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  throw new MultiTenantIamError('config.invalid', `The ${what} cannot be made: ${why}`);
}

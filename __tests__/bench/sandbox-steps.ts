/** What each step of enforcement costs: in this process, without HTTP, and with a store that answers at once. */
import type * as Log from '../../lib/sandbox/audit/audit-log';
import type * as Trail from '../../lib/sandbox/audit/audit-trail';
import type * as Circumstances from '../../lib/sandbox/circumstances';
import type * as DynamoDb from '../../lib/sandbox/dynamodb/dynamodb-operation';
import type * as Embedded from '../../lib/sandbox/dynamodb/embedded-dynamodb';
import type * as Keys from '../../lib/sandbox/dynamodb/table-keys';
import type * as Compiled from '../../lib/sandbox/estate/compiled-estate';
import type * as Default from '../../lib/sandbox/estate/default-estate';
import type * as Policies from '../../lib/sandbox/estate/resource-policies';
import type * as Administrators from '../../lib/sandbox/gateway/administrator';
import type * as Authorities from '../../lib/sandbox/gateway/authority';
import type * as Authorisers from '../../lib/sandbox/gateway/authoriser';
import type * as DynamoDbServices from '../../lib/sandbox/gateway/dynamodb-service';
import type * as Gateways from '../../lib/sandbox/gateway/gateway';
import type * as S3Services from '../../lib/sandbox/gateway/s3-service';
import type { AwsRequest, Store } from '../../lib/sandbox/http/aws-request';
import type * as S3 from '../../lib/sandbox/s3/s3-operation';
import type * as Signatures from '../../lib/sandbox/signature/authenticate';
import type * as Stores from '../../lib/sandbox/stores';
import type * as RoleSessions from '../../lib/sandbox/sts/role-session';
import type * as Sts from '../../lib/sandbox/sts/sessions';
import { built } from './built';
import { BUCKET, ITEMS_EACH, REGION, signed, TABLE, type Tenant, WISHES } from './sandbox-requests';

const { AuditLog } = built('sandbox/audit/audit-log') as typeof Log;
const { AuditTrail } = built('sandbox/audit/audit-trail') as typeof Trail;
const { circumstancesOf } = built('sandbox/circumstances') as typeof Circumstances;
const { dynamoDbOperation } = built('sandbox/dynamodb/dynamodb-operation') as typeof DynamoDb;
const { embeddedDynamoDb } = built('sandbox/dynamodb/embedded-dynamodb') as typeof Embedded;
const { TableKeys } = built('sandbox/dynamodb/table-keys') as typeof Keys;
const { CompiledEstate } = built('sandbox/estate/compiled-estate') as typeof Compiled;
const { declaredEstate } = built('sandbox/estate/default-estate') as typeof Default;
const { ResourcePolicies } = built('sandbox/estate/resource-policies') as typeof Policies;
const { ADMINISTRATOR } = built('sandbox/gateway/administrator') as typeof Administrators;
const { Authority } = built('sandbox/gateway/authority') as typeof Authorities;
const { Authoriser } = built('sandbox/gateway/authoriser') as typeof Authorisers;
const { DynamoDbService } = built('sandbox/gateway/dynamodb-service') as typeof DynamoDbServices;
const { Gateway } = built('sandbox/gateway/gateway') as typeof Gateways;
const { S3Service } = built('sandbox/gateway/s3-service') as typeof S3Services;
const { s3Operation } = built('sandbox/s3/s3-operation') as typeof S3;
const { authenticate } = built('sandbox/signature/authenticate') as typeof Signatures;
const { createTable } = built('sandbox/stores') as typeof Stores;
const { roleSession } = built('sandbox/sts/role-session') as typeof RoleSessions;
const { Sessions } = built('sandbox/sts/sessions') as typeof Sts;

const ACCOUNT = '123456789012';
const PLACE = { partition: 'aws', account: ACCOUNT, region: REGION };
const TENANTS = 20;
const ROUNDS = 30;

/** The estate that a sandbox stands for without options, with a session for each tenant. */
async function parts() {
  const declared = declaredEstate({}, 'http://127.0.0.1:1/_sandbox/issuer');
  const estate = new CompiledEstate(declared);
  const policies = new ResourcePolicies();
  policies.set(`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`, JSON.stringify(declared.tables[0]?.policy));
  policies.set(`arn:aws:s3:::${BUCKET}`, JSON.stringify(declared.buckets[0]?.policy));
  const [provider] = await estate.providers();
  const role = await estate.role(declared.roles[0]?.role ?? '');
  if (provider === undefined || role === undefined) throw new Error('The default estate has no role or no provider.');
  const sessions = new Sessions();
  const tenants = Array.from({ length: TENANTS }, (_, number): Tenant => {
    const tenantId = `tenant-${number}`;
    const tags = { tags: { tenant_id: tenantId }, transitiveKeys: [] };
    const told = { audience: 'my-client-id', audiences: ['my-client-id'], authenticationMethods: [] };
    const identity = { provider, tags, subject: tenantId, ...told };
    const start = { identity, role, roleSessionName: tenantId, durationSeconds: 3600, now: Date.now() };
    return { tenantId, credentials: sessions.issue(roleSession(start), Date.now()) };
  });
  return { estate, policies, sessions, tenants };
}

/** Microseconds of a step for each request: the median of rounds over all requests, one after the other. */
async function microseconds(requests: readonly AwsRequest[], step: (request: AwsRequest) => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = -ROUNDS / 2; round < ROUNDS; round++) {
    const start = performance.now();
    for (const request of requests) await step(request);
    if (round >= 0) times.push(((performance.now() - start) * 1000) / requests.length);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? NaN;
}

/** Prints a line for a read and a write of each service. */
export async function benchSteps(print: (line: string) => void): Promise<void> {
  const { estate, policies, sessions, tenants } = await parts();
  const tables = await embeddedDynamoDb();
  await createTable(tables, { tableName: TABLE }, REGION);
  const keys = new TableKeys(tables);
  const answer = { status: 200, headers: {}, body: Buffer.from('{}') };
  const describe = (request: AwsRequest) => request.headers['x-amz-target']?.endsWith('.DescribeTable') === true;
  const store: Store = {
    handle: (request, target) => (describe(request) ? tables.handle(request, target) : Promise.resolve(answer)),
    close: () => Promise.resolve(),
  };
  const authoriser = new Authoriser(estate, policies, ACCOUNT);
  const services = { dynamodb: new DynamoDbService(store, policies), s3: new S3Service(store, policies, true) };
  const gateway = new Gateway({
    ...{ ...PLACE, administrator: ADMINISTRATOR, sessions, authoriser, audit: new AuditLog(), clock: Date.now },
    serviceNamed: (name) => services[name as keyof typeof services],
  });
  print('Microseconds of a request, each step alone, without HTTP and store');
  print(`  ${''.padEnd(18)} ${['signature', 'mapping', 'decision', 'all'].map((step) => step.padStart(9)).join(' ')}`);
  for (const name of ['DynamoDB PutItem', 'DynamoDB GetItem', 'S3 PUT 1 KB', 'S3 GET 1 KB'] as const) {
    const requests: AwsRequest[] = [];
    for (let number = 0; number < ITEMS_EACH; number++) {
      for (const tenant of tenants) {
        const wish = WISHES[name]?.(tenant.tenantId, number);
        if (wish !== undefined) requests.push(await signed(1, wish, tenant));
      }
    }
    const protocol = name.startsWith('S3') ? 's3' : 'json';
    const keyOf = (accessKeyId: string) => sessions.find(accessKeyId);
    const verified = (request: AwsRequest) => authenticate(request, { protocol, now: Date.now(), keyOf });
    // A reader of DynamoDB's bodies remembers what it has read, by the request.
    const operationOf = (request: AwsRequest) =>
      protocol === 's3' ? s3Operation(request, PLACE) : dynamoDbOperation({ ...request }, PLACE, keys);
    const demands = new Map(
      await Promise.all(
        requests.map(async (request) => {
          const found = verified(request);
          if (found.kind === 'anonymous') throw new Error('A request is not signed.');
          const session = sessions.find(found.accessKeyId)?.session;
          if (session === undefined) throw new Error('A request has no session.');
          const caller = { kind: 'session' as const, session, accessKeyId: found.accessKeyId };
          return [request, { found, caller, operation: await operationOf(found.request) }] as const;
        }),
      ),
    );
    const times = [
      await microseconds(requests, verified),
      await microseconds(requests, (request) => operationOf(demands.get(request)?.found.request ?? request)),
      await microseconds(requests, (request) => {
        const demand = demands.get(request);
        if (demand === undefined) return undefined;
        const { found, caller, operation } = demand;
        const context = { ...circumstancesOf({ headers: request.headers, region: REGION, now: Date.now() }), ...found.context };
        return new Authority(authoriser, caller, new AuditTrail(name), protocol, context).demand(operation);
      }),
      await microseconds(requests, (request) => gateway.handle({ ...request })),
    ];
    print(`  ${name.padEnd(18)} ${times.map((time) => time.toFixed(1).padStart(9)).join(' ')}`);
  }
  await tables.close();
}

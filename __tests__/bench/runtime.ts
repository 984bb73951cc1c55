/**
 * `npm run bench`, third part: what the runtime costs over the plain SDK. Both sides of each figure run in the same process, or in
 * processes that alternate, against the same server on loopback; times are of this machine, their ratios are what counts. The runtime is
 * the built one, as applications load it: `tsconfig.json` beside this file leaves out the way to its sources.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { buildSync } from 'esbuild';
import { TenantTableAccess } from 'multi-tenant-data-access/table';
import type { Counted } from './aws-stand-in';
import { unsignedToken } from './unsigned-token';

const REGION = 'eu-central-1';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/tenant';
const TABLE_NAME = 'tenant-data';
const ROOT = resolve(__dirname, '../..');
const CHILD = {
  ...process.env,
  TSX_TSCONFIG_PATH: join(__dirname, 'tsconfig.json'),
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

interface Order {
  dataId: string;
  total: number;
  customer: string;
  lines: { sku: string; count: number }[];
}

const ORDER: Order = {
  dataId: 'order#1',
  total: 12.5,
  customer: 'Jane Doe',
  lines: [
    { sku: 'a-1', count: 2 },
    { sku: 'b-2', count: 1 },
  ],
};

/** The stand-in for AWS, in its own process. */
class Server {
  private constructor(
    readonly endpoint: string,
    readonly counted: () => Promise<Counted>,
    readonly stop: () => void,
  ) {}

  static async start(): Promise<Server> {
    const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'aws-stand-in.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: CHILD,
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    const endpoint = `http://127.0.0.1:${await next()}`;
    const counted = async () => {
      child.stdin.write('\n');
      return JSON.parse(await next()) as Counted;
    };
    return new Server(endpoint, counted, () => child.stdin.end());
  }
}

function accessTo(endpoint: string, maxSessions?: number): TenantTableAccess {
  return new TenantTableAccess({
    roleArn: ROLE_ARN,
    tableName: TABLE_NAME,
    region: REGION,
    maxSessions,
    stsConfig: { endpoint },
    dynamoDbConfig: { endpoint },
  });
}

async function assumeAsSamplesDo(endpoint: string, token: string) {
  const sts = new STSClient({ region: REGION, endpoint });
  const { Credentials: keys } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE_ARN, RoleSessionName: 'tenant', WebIdentityToken: token }),
  );
  const credentials = {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
    ...(keys?.Expiration !== undefined && { expiration: keys.Expiration }),
  };
  const marshallOptions = { removeUndefinedValues: true };
  return DynamoDBDocumentClient.from(new DynamoDBClient({ region: REGION, endpoint, credentials }), { marshallOptions });
}

type Work = () => Promise<unknown>;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Microseconds of each of many calls, one after the other. */
async function latencies(work: Work, calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call++) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

/** Calls a second, with as many under way as a busy server has. */
async function throughput(work: Work, calls: number, atOnce: number): Promise<number> {
  const start = performance.now();
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return (calls / (performance.now() - start)) * 1000;
}

const ROUNDS = 15;
const CALLS_A_ROUND = 300;
const AT_ONCE = 32;

/** Two ways to do the same, in turns that change places, each turn's ratio on its own: what else the machine does hits both. */
async function sideBySide(
  plain: Work,
  ours: Work,
): Promise<{ plainMicroseconds: number; oursMicroseconds: number; latency: number; throughput: number }> {
  const latency: number[] = [];
  const rates: number[] = [];
  const medians = { plain: [] as number[], ours: [] as number[] };
  for (let round = -3; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? (['plain', 'ours'] as const) : (['ours', 'plain'] as const);
    const works = { plain, ours };
    const times = { plain: 0, ours: 0 };
    const speeds = { plain: 0, ours: 0 };
    for (const side of order) times[side] = median(await latencies(works[side], CALLS_A_ROUND));
    for (const side of order) speeds[side] = await throughput(works[side], CALLS_A_ROUND * 2, AT_ONCE);
    if (round < 0) continue; // the first rounds warm up
    latency.push(times.ours / times.plain);
    rates.push(speeds.ours / speeds.plain);
    medians.plain.push(times.plain);
    medians.ours.push(times.ours);
  }
  return {
    plainMicroseconds: median(medians.plain),
    oursMicroseconds: median(medians.ours),
    latency: median(latency),
    throughput: median(rates),
  };
}

async function benchWarm({ endpoint }: Server): Promise<void> {
  const access = accessTo(endpoint);
  const orders = (await access.forTenant(unsignedToken('acme'))).table<Order>();
  const docClient = await assumeAsSamplesDo(endpoint, unsignedToken('acme'));
  const key = { tenantId: 'acme', dataId: 'order#1' };
  const get = await sideBySide(
    () => docClient.send(new GetCommand({ TableName: TABLE_NAME, Key: key })),
    () => orders.get('order#1'),
  );
  const put = await sideBySide(
    () => docClient.send(new PutCommand({ TableName: TABLE_NAME, Item: { ...ORDER, tenantId: 'acme' } })),
    () => orders.put(ORDER),
  );
  print('A warm request against the plain SDK: median of rounds, each side by side');
  for (const [name, result] of Object.entries({ get, put })) {
    const { plainMicroseconds, oursMicroseconds, latency, throughput } = result;
    print(
      `  ${name}  ${plainMicroseconds.toFixed(0).padStart(4)} µs plain  ${oursMicroseconds.toFixed(0).padStart(4)} µs ours  ` +
        `${row(latency.toFixed(3), 'of the time', 'aim: 1.03 or less', latency <= 1.03)}  ` +
        row(throughput.toFixed(3), 'of the throughput', 'aim: 0.97 or more', throughput >= 0.97),
    );
  }
  access.destroy();
}

const REQUESTS = 10_000;
const TOKENS = 1000;

async function benchTokens(server: Server): Promise<void> {
  const tokens = Array.from({ length: TOKENS }, (_, number) => unsignedToken(`tenant-${number}`));
  let next = 0;
  const token = () => tokens[next++ % TOKENS] ?? '';
  const access = accessTo(server.endpoint);
  const before = await server.counted();
  const ours = await throughput(async () => (await access.forTenant(token())).table().get('order#1'), REQUESTS, AT_ONCE);
  const assumed = (await server.counted()).assumed - before.assumed;
  const sampled = REQUESTS / 10;
  const samples = await throughput(
    async () => {
      const client = await assumeAsSamplesDo(server.endpoint, token());
      await client.send(new GetCommand({ TableName: TABLE_NAME, Key: { tenantId: 'acme', dataId: 'order#1' } }));
      client.destroy();
    },
    sampled,
    AT_ONCE,
  );
  const after = await server.counted();
  const samplesAssumed = ((after.assumed - before.assumed - assumed) * REQUESTS) / sampled;
  print(`${REQUESTS} requests by ${TOKENS} tokens`);
  print(`  ${row(String(assumed), 'calls of STS', 'aim: 1000 exactly', assumed === TOKENS)}  ${ours.toFixed(0)} requests a second`);
  print(
    `  as samples do, assume and new clients each time: ${samplesAssumed} calls of STS, ${samples.toFixed(0)} requests a second`,
  );
  access.destroy();
}

const TENANTS = 10_000;

interface Resident {
  readonly kilobytesEach: number;
  readonly sockets: number;
  /** Sessions in the cache at the end. */
  readonly kept: number;
}

/** In a process of its own: `__tests__/bench/resident.ts`. */
async function resident(server: Server, side: 'plain' | 'ours' | 'bounded'): Promise<Resident> {
  await server.counted();
  const args = ['--expose-gc', '--import', 'tsx', join(__dirname, 'resident-sessions.ts'), side, server.endpoint, String(TENANTS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: CHILD });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return { ...(JSON.parse(text) as Omit<Resident, 'sockets'>), sockets: (await server.counted()).sockets };
}

async function benchResident(server: Server): Promise<void> {
  const plain = await resident(server, 'plain');
  const ours = await resident(server, 'ours');
  const bounded = await resident(server, 'bounded');
  const ratio = ours.kilobytesEach / plain.kilobytesEach;
  print(`${TENANTS} tenants in one process, each reading an item and an object`);
  print(
    `  ${plain.kilobytesEach.toFixed(1)} KB for two plain SDK clients  ${ours.kilobytesEach.toFixed(1)} KB for a session  ` +
      row(ratio.toFixed(2), 'of the memory', 'aim: 1.1 or less', ratio <= 1.1),
  );
  print(`  ${row(String(ours.sockets), 'sockets at most', 'aim: 50, the pool', ours.sockets <= 50)}`);
  print(`  ${row(String(bounded.kept), 'sessions kept by default', 'aim: 1000, the bound', bounded.kept === 1000)}`);
}

const PLAIN_BUNDLE = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, TransactGetCommand,
  TransactWriteCommand, UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
globalThis.used = [
  DynamoDBClient, AssumeRoleWithWebIdentityCommand, STSClient, BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient,
  GetCommand, PutCommand, QueryCommand, TransactGetCommand, TransactWriteCommand, UpdateCommand,
];
`;

const BUNDLES = {
  plain: PLAIN_BUNDLE,
  verifying: `${PLAIN_BUNDLE} import { JwtVerifier } from 'aws-jwt-verify'; globalThis.used.push(JwtVerifier);`,
  ours: `import { TenantTableAccess } from 'multi-tenant-data-access/table'; globalThis.used = [TenantTableAccess];`,
} as const;

type Bundle = keyof typeof BUNDLES;
const LOADS = 21;

function benchColdStart(): void {
  const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-bench-'));
  const sides = Object.keys(BUNDLES) as Bundle[];
  const file = (side: Bundle) => join(folder, `${side}.cjs`);
  const gzipped = {} as Record<Bundle, number>;
  for (const side of sides) {
    buildSync({
      stdin: { contents: BUNDLES[side], resolveDir: ROOT, sourcefile: `${side}.mjs` },
      tsconfigRaw: '{}',
      bundle: true,
      minify: true,
      platform: 'node',
      outfile: file(side),
      logLevel: 'error',
    });
    gzipped[side] = gzipSync(readFileSync(file(side)), { level: 9 }).length / 1024;
  }
  const timer = join(folder, 'load.cjs');
  writeFileSync(timer, `const start = performance.now(); require(process.argv[2]); console.log(performance.now() - start);`);
  const loads: Record<Bundle, number[]> = { plain: [], verifying: [], ours: [] };
  for (let load = 0; load < LOADS; load++) {
    for (const side of load % 2 === 0 ? sides : [...sides].reverse()) {
      loads[side].push(Number(spawnSync(process.execPath, [timer, file(side)], { encoding: 'utf8' }).stdout));
    }
  }
  rmSync(folder, { recursive: true });
  const over = gzipped.ours - gzipped.plain;
  const slower = median(loads.ours) - median(loads.plain);
  print('Cold start of the table part, bundled by esbuild, minified and gzipped');
  print(
    `  ${gzipped.plain.toFixed(1)} KB plain  ${gzipped.ours.toFixed(1)} KB ours  ` +
      row(over.toFixed(1), 'KB more', 'aim: 12 or less', over <= 12) +
      `, of which ${(gzipped.verifying - gzipped.plain).toFixed(1)} KB verify tokens (aws-jwt-verify)`,
  );
  print(
    `  ${median(loads.plain).toFixed(1)} ms to load plain  ${median(loads.ours).toFixed(1)} ms ours  ` +
      row(slower.toFixed(1), 'ms more', 'aim: 10 or less', slower <= 10),
  );
}

function row(figure: string, of: string, aim: string, met: boolean): string {
  return `${figure} ${of} (${aim}${met ? '' : ', NOT MET'})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const server = await Server.start();
  await benchWarm(server);
  await benchTokens(server);
  server.stop();
  // Another one, as the way of the samples leaves its sockets open.
  const fresh = await Server.start();
  await benchResident(fresh);
  fresh.stop();
  benchColdStart();
}

void main();

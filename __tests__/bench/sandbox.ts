/**
 * `npm run bench`, fourth part: what enforcement costs in the sandbox. The sandbox and its embedded stores without it answer the same
 * requests in turns, each server in a process of its own; times are of this machine, their ratios are what counts. What is measured is
 * the built program.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DIST } from './built';
import { load } from './http-load';
import { createTable, requestsOf, type Tenant, tenantsOf, WISHES } from './sandbox-requests';
import { benchSteps } from './sandbox-steps';

const ROUNDS = 9;
const WARM_UP_ROUNDS = 3;
const SLICE = { milliseconds: 100 };
const TENANTS = 20;

interface Server {
  readonly port: number;
  readonly bytesInUse: () => Promise<number>;
  readonly stop: () => void;
}

async function serve(side: 'sandbox' | 'stores' | 'dynalite'): Promise<Server> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', join(__dirname, 'sandbox-server.ts'), side], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TSX_TSCONFIG_PATH: join(__dirname, 'tsconfig.json') },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => Number((await lines.next()).value);
  const port = await next();
  const bytesInUse = () => {
    child.stdin.write('\n');
    return next();
  };
  return { port, bytesInUse, stop: () => child.stdin.end() };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Requests a second, and each round's ratio on its own: what else the machine does hits both. */
async function benchRequests(): Promise<void> {
  const [sandbox, stores, dynalite] = [await serve('sandbox'), await serve('stores'), await serve('dynalite')];
  const tenants = await tenantsOf(sandbox.port, TENANTS);
  const [first] = tenants;
  if (first !== undefined) await createTable(dynalite.port, first);
  print('Requests a second, 16 connections: median of rounds, each side by side');
  print(`  ${''.padEnd(18)} ${['sandbox', 'stores', 'dynalite'].map((side) => side.padStart(8)).join(' ')}  of the stores alone`);
  for (const name of Object.keys(WISHES)) {
    const servers = name.startsWith('DynamoDB') ? [sandbox, stores, dynalite] : [sandbox, stores];
    const sides = await Promise.all(
      servers.map(async ({ port }) => ({ port, requests: await requestsOf(name, port, tenants), rates: [] as number[] })),
    );
    const [ours, bare] = sides;
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const { port, requests, rates } of round % 2 === 0 ? sides : [...sides].reverse()) {
        const rate = await load(port, requests, SLICE);
        if (round >= 0) rates.push(rate);
      }
    }
    const ratio = median(ours?.rates.map((rate, round) => rate / (bare?.rates[round] ?? NaN)) ?? []);
    const rates = sides.map((side) => median(side.rates).toFixed(0).padStart(8));
    print(`  ${name.padEnd(18)} ${rates.join(' ').padEnd(26)}  ${row(ratio.toFixed(2), '', 'aim: 0.5 or more', ratio >= 0.5)}`);
  }
  for (const server of [sandbox, stores, dynalite]) server.stop();
}

const SESSIONS = 1000;
const MEMORY_REQUESTS = [20_000, 100_000];

/** The table and the bucket stay as they are, so what grows is the sandbox. */
async function benchMemory(): Promise<void> {
  const sandbox = await serve('sandbox');
  const tenants: readonly Tenant[] = await tenantsOf(sandbox.port, SESSIONS);
  const requests: Buffer[] = [];
  for (const name of ['DynamoDB PutItem', 'DynamoDB GetItem', 'S3 PUT 1 KB', 'S3 GET 1 KB']) {
    // One of each tenant's for each kind: 4,000 requests, again and again.
    requests.push(...(await requestsOf(name, sandbox.port, tenants, 1)));
  }
  const megabytes: number[] = [];
  let sent = 0;
  for (const most of MEMORY_REQUESTS) {
    await load(sandbox.port, requests, { requests: most - sent });
    sent = most;
    megabytes.push((await sandbox.bytesInUse()) / 1e6);
  }
  sandbox.stop();
  const [before = NaN, after = NaN] = megabytes;
  const growth = (after / before - 1) * 100;
  print(`Memory with ${SESSIONS} sessions`);
  print(
    `  ${before.toFixed(1)} MB after ${MEMORY_REQUESTS[0] ?? ''} requests  ${after.toFixed(1)} MB after ${MEMORY_REQUESTS[1] ?? ''}  ` +
      row(growth.toFixed(1), '% more', 'aim: less than 5', growth < 5),
  );
}

const STARTS = 7;

function benchStart(): void {
  const program = `
    const { startSandbox } = require(${JSON.stringify(join(DIST, 'sandbox'))});
    const loaded = performance.now();
    startSandbox().then((sandbox) => {
      console.log(JSON.stringify([performance.now() - loaded, performance.now()]));
      return sandbox.close();
    });`;
  const times = Array.from({ length: STARTS }, () => {
    const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    return JSON.parse(stdout) as [start: number, process: number];
  });
  const start = median(times.map(([each]) => each));
  const whole = median(times.map(([, each]) => each));
  print('Start in a fresh process, median');
  print(
    `  ${start.toFixed(0)} ms startSandbox()  ` +
      row(whole.toFixed(0), 'ms from the start of Node.js', 'aim: less than 500', whole < 500),
  );
}

function row(figure: string, of: string, aim: string, met: boolean): string {
  return `${figure}${of === '' ? '' : ' '}${of} (${aim}${met ? '' : ', NOT MET'})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  await benchRequests();
  await benchSteps(print);
  benchStart();
  await benchMemory();
}

void main();

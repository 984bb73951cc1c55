/**
 * One of the servers that the bench of the sandbox compares, in a process of its own: `sandbox`; `stores`, its embedded stores behind the
 * same HTTP server with nothing between; or `dynalite` as it comes. Prints its port, and on each line of standard input the bytes in use.
 */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as Dynamodb from '../../lib/sandbox/dynamodb/embedded-dynamodb';
import type * as Loopback from '../../lib/sandbox/http/loopback-server';
import type * as Objects from '../../lib/sandbox/s3/store/embedded-object-store';
import type * as Sandbox from '../../lib/sandbox';
import type * as Stores from '../../lib/sandbox/stores';
import { built } from './built';
import { BUCKET, REGION, TABLE } from './sandbox-requests';

type Side = 'sandbox' | 'stores' | 'dynalite';

/** What dynalite, which comes without types, makes. */
interface DynaliteServer {
  listen(port: number, host: string, listening: () => void): void;
  address(): AddressInfo;
}

const SIDES: Readonly<Record<Side, () => Promise<number>>> = {
  sandbox: async () => {
    const { startSandbox } = built('sandbox') as typeof Sandbox;
    return Number(new URL((await startSandbox()).endpoint).port);
  },
  stores: async () => {
    const { createBucket, createTable } = built('sandbox/stores') as typeof Stores;
    const { embeddedDynamoDb } = built('sandbox/dynamodb/embedded-dynamodb') as typeof Dynamodb;
    const { embeddedObjectStore } = built('sandbox/s3/store/embedded-object-store') as typeof Objects;
    const { LoopbackServer } = built('sandbox/http/loopback-server') as typeof Loopback;
    const [dynamodb, s3] = [await embeddedDynamoDb(), await embeddedObjectStore()];
    await createTable(dynamodb, { tableName: TABLE }, REGION);
    await createBucket(s3, BUCKET, REGION);
    const server = await LoopbackServer.listen(0, (request) => {
      const service = 'x-amz-target' in request.headers ? 'dynamodb' : 's3';
      return (service === 's3' ? s3 : dynamodb).handle(request, { service, region: REGION });
    });
    return server.port;
  },
  dynalite: () => {
    const dynalite = createRequire(__filename)('dynalite') as (options: object) => DynaliteServer;
    const server = dynalite({ createTableMs: 0 });
    return new Promise((listening) => {
      server.listen(0, '127.0.0.1', () => {
        listening(server.address().port);
      });
    });
  },
};

async function main(): Promise<void> {
  const port = await SIDES[process.argv[2] as Side]();
  process.stdout.write(`${port}\n`);
  process.stdin.on('data', () => {
    void bytesInUse().then((bytes) => process.stdout.write(`${bytes}\n`));
  });
  process.stdin.on('end', () => process.exit());
}

async function bytesInUse(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    // Objects of a turn that goes on live as long as it does.
    await new Promise((turn) => setTimeout(turn, 20));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

void main();

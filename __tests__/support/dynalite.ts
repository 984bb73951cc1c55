import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { createTable } from './table-of';

/** DynamoDB in this process: its calls and its checks, but no transactions, and no policy is enforced. */
export interface Dynalite {
  readonly endpoint: string;
  stop(): Promise<void>;
}

// It comes without types.
const dynalite = createRequire(__filename)('dynalite') as (options: { createTableMs: number }) => Server;

/** Starts one that holds the shared table, and nothing in it. */
export async function startDynalite(): Promise<Dynalite> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await createTable(endpoint);
  return {
    endpoint,
    stop: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

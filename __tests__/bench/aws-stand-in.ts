/**
 * STS, DynamoDB and S3 for the bench, in a process of their own: they answer at once and from memory, so that what is measured is the
 * client. Prints its port, and on each line of standard input what was counted so far.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Counted {
  readonly assumed: number;
  readonly requests: number;
  /** Most sockets that were open at the same time. */
  readonly sockets: number;
}

let assumed = 0;
let requests = 0;
let open = 0;
let sockets = 0;

const itemOf = (tenantId: string) =>
  JSON.stringify({
    Item: {
      tenantId: { S: tenantId },
      dataId: { S: 'order#1' },
      total: { N: '12.5' },
      customer: { S: 'Jane Doe' },
      lines: { L: [{ M: { sku: { S: 'a-1' }, count: { N: '2' } } }, { M: { sku: { S: 'b-2' }, count: { N: '1' } } }] },
    },
  });

function assumeRole(response: ServerResponse): void {
  assumed++;
  const keys = {
    AccessKeyId: `ASIA${String(assumed).padStart(16, '0')}`,
    SecretAccessKey: 's'.repeat(40),
    SessionToken: 't'.repeat(800),
    Expiration: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const elements = Object.entries(keys).map(([name, value]) => `<${name}>${value}</${name}>`);
  response.setHeader('content-type', 'text/xml');
  response.end(
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>' +
      `${elements.join('')}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
  );
}

const server = createServer((request, response) => {
  requests++;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const target = request.headers['x-amz-target'];
    if (target !== undefined) {
      const tenantId = /"tenantId":\{"S":"([^"]*)"/.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(String(target).endsWith('.GetItem') ? itemOf(tenantId) : '{}');
    } else if (request.method === 'POST') {
      assumeRole(response);
    } else {
      response.setHeader('etag', '"d41d8cd98f00b204e9800998ecf8427e"');
      response.setHeader('content-length', '0');
      response.end();
    }
  });
});

server.keepAliveTimeout = 60_000;
server.on('connection', (socket) => {
  sockets = Math.max(sockets, ++open);
  socket.on('close', () => {
    open--;
  });
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

process.stdin.on('data', () => {
  process.stdout.write(`${JSON.stringify({ assumed, requests, sockets } satisfies Counted)}\n`);
  sockets = open;
});
process.stdin.on('end', () => process.exit());

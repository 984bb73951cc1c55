import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantTableSession } from 'multi-tenant-data-access/table';
import { issuedKeys, type LoopbackAws, loopbackConfig, signedWith, stsIssues } from '../../support/loopback-aws';
import { tenantToken } from '../../support/tokens';

/** What a suite about HTTP needs of the configuration: no issuer, so that a token costs a call to STS. */
export function tableConfig(endpoint: string) {
  const { roleArn, tableName, region, stsConfig, dynamoDbConfig } = loopbackConfig(endpoint);
  return { roleArn, tableName, region, stsConfig, dynamoDbConfig };
}

export const ACME = `Bearer ${tenantToken('acme')}`;
export const GLOBEX = `Bearer ${tenantToken('globex')}`;

/** For a first request of acme and then one of globex, each a call to STS and a read of the table; and for reads after that. */
function answerForTwoTenants(aws: LoopbackAws): void {
  const noItem = { status: 200, contentType: 'application/x-amz-json-1.0', body: '{}' };
  aws.answerWith(stsIssues(issuedKeys('acme')), noItem, stsIssues(issuedKeys('globex')), noItem);
}

/** Reads an item of the session's tenant. */
export async function readOwnItem({ docClient, tenantId }: TenantTableSession): Promise<string> {
  await docClient.send(new GetCommand({ TableName: 'tenant-data', Key: { tenantId, dataId: 'order#1' } }));
  return tenantId;
}

/** Sends requests of two tenants at a time, and finds how often each tenant's item was read, and with whose keys. */
export async function interleave(
  aws: LoopbackAws,
  send: (authorization: string) => Promise<unknown>,
): Promise<{ readonly answers: unknown[]; readonly reads: Readonly<Record<string, number>> }> {
  answerForTwoTenants(aws);
  const answers = [await send(ACME), await send(GLOBEX)];
  aws.requests.splice(0);
  for (let round = 0; round < 5; round++) {
    answers.push(...(await Promise.all(Array.from({ length: 20 }, (_, i) => send(i % 2 === 0 ? ACME : GLOBEX)))));
  }
  const reads: Record<string, number> = {};
  for (const request of aws.requests) {
    const { Key: key } = JSON.parse(request.body) as { Key: { tenantId: { S: string } } };
    const read = `${key.tenantId.S} with ${String(signedWith(request))}`;
    reads[read] = (reads[read] ?? 0) + 1;
  }
  return { answers, reads };
}

/** What `interleave` finds when nobody gets another's session. */
export const KEPT_APART = {
  answers: Array.from({ length: 102 }, (_, i) => (i % 2 === 0 ? 'acme' : 'globex')),
  reads: {
    [`acme with ${issuedKeys('acme').accessKeyId}`]: 50,
    [`globex with ${issuedKeys('globex').accessKeyId}`]: 50,
  },
};

/** A logger that keeps its lines. */
export function keptLog() {
  const lines: { readonly level: 'warn' | 'error'; readonly message: string; readonly fields: object }[] = [];
  return {
    lines,
    warn: (message: string, fields: object) => void lines.push({ level: 'warn', message, fields }),
    error: (message: string, fields: object) => void lines.push({ level: 'error', message, fields }),
  };
}

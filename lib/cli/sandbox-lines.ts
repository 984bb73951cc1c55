/** What the sandbox says in the terminal. */
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import type { TenantClaim } from '../policy';
import { printable } from '../review';
import { type AuditRecord, type Sandbox, targetOf } from '../sandbox';
import { colours } from './colours';
import { DEFAULT_PORT } from './sandbox-port';

/** What to know of a sandbox that has started. */
export function welcome(
  { endpoint, issuerUrl, issuers, region, roles, tables, buckets, administrator }: Sandbox,
  tenant: TenantClaim,
): string[] {
  const rows: [string, string][] = [
    ['page', `${endpoint}/_sandbox/`],
    ...issuers.map((url): [string, string] => ['issuer', url === issuerUrl ? url : `${url}, for which the sandbox stands in`]),
    ['token', `npx multi-tenant-iam token ${tokenHint(tenant)}${portHint(endpoint)}`],
    ...roles.map((arn): [string, string] => ['role', arn]),
    ...tables.map((name): [string, string] => ['table', name]),
    ...buckets.map((name): [string, string] => ['bucket', name]),
  ];
  return [
    colours.bold(`A local AWS on ${endpoint} (Ctrl-C ends it)`),
    ...rows.map(([label, value]) => `  ${label.padEnd(8)}${value}`),
    '',
    'As administrator, for Terraform and set-up; the keys are worth nothing elsewhere:',
    `  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    `  export AWS_ACCESS_KEY_ID=${administrator.accessKeyId} AWS_SECRET_ACCESS_KEY=${administrator.secretAccessKey}`,
  ];
}

function tokenHint(tenant: TenantClaim): string {
  if (tenant.kind === 'custom-claim' && tenant.claim === 'sub') return '--subject acme';
  const ownKey = tenant.kind === 'session-tag' && tenant.tagKey !== DEFAULT_TENANT_TAG_KEY;
  return `--tenant acme${ownKey ? ` --tag-key ${tenant.tagKey}` : ''}`;
}

function portHint(endpoint: string): string {
  const { port } = new URL(endpoint);
  return port === String(DEFAULT_PORT) ? '' : ` --port ${port}`;
}

const MARKS = { allow: colours.green('allow'), deny: colours.red('deny '), error: colours.yellow('error') };

/** A record for people: when, what came of it, who, what, why. */
export function lineOf(record: AuditRecord): string {
  const { time, decision, caller, operation, reason, status, milliseconds } = record;
  const tags = Object.entries(caller.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  const who = [caller.kind, ...tags].join(' ');
  const cost = colours.dim(`${status} ${milliseconds.toFixed(1)} ms`);
  // Keys and tags come from whoever asks.
  return `${colours.dim(time.slice(11, 23))} ${MARKS[decision]} ${printable(`${who}: ${[operation, targetOf(record)].filter(Boolean).join(' ')} (${reason})`)} ${cost}`;
}

/** What the sandbox says in the terminal. */
import {
  DEFAULT_PERMISSIONS_TAG_KEY,
  DEFAULT_TENANT_TAG_KEY,
  encodePermissions,
  PERMISSIONS,
} from 'multi-tenant-data-access/tenancy';
import { printable } from '../review';
import { type AuditRecord, type Sandbox, type SandboxIdentityPool, targetOf } from '../sandbox';
import { colours } from './colours';
import { DEFAULT_PORT } from './sandbox-port';
import type { AskedTenant } from './stack-estate';
import { rolesClaim } from './stack-trust';

/**
 * What to know of a sandbox that has started.
 *
 * @param asked of the tokens that begin sessions
 */
export function welcome(
  { endpoint, issuerUrl, issuers, region, roles, tables, buckets, administrator }: Sandbox,
  asked: AskedTenant,
  identityPools: readonly Pick<SandboxIdentityPool, 'identityPoolId'>[] = [],
): string[] {
  const rows: [string, string][] = [
    ['page', `${endpoint}/_sandbox/`],
    ...issuers.map((url): [string, string] => ['issuer', url === issuerUrl ? url : `${url}, for which the sandbox stands in`]),
    ['token', `npx multi-tenant-iam token ${[...tokenHint(asked), ...portHint(endpoint)].map(quoted).join(' ')}`],
    ...identityPools.map(({ identityPoolId }): [string, string] => [
      'pool',
      `${identityPoolId}, whose users sign in at ${issuerUrl}`,
    ]),
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

/** Options of the command `token`, one by one. */
function tokenHint(asked: AskedTenant): string[] {
  const { pool, permissionsTagKey } = asked;
  if (pool !== undefined) {
    const permissions = permissionsTagKey === undefined ? [] : ['--claim', `${pool.permissionsClaim}=${EVERYTHING}`];
    return ['--claim', `${pool.tenantClaim}=acme`, ...permissions, '--audience', pool.audience];
  }
  const further = Object.entries(rolesClaim(asked)).flatMap(([name, value]) => ['--claim', `${name}=${JSON.stringify(value)}`]);
  return [...tenantHint(asked), ...permissionsHint(permissionsTagKey), ...further];
}

function tenantHint(asked: AskedTenant): string[] {
  if (asked.kind === 'custom-claim') return asked.claim === 'sub' ? ['--subject', 'acme'] : ['--claim', `${asked.claim}=acme`];
  return ['--tenant', 'acme', ...(asked.tagKey === DEFAULT_TENANT_TAG_KEY ? [] : ['--tag-key', asked.tagKey])];
}

function permissionsHint(tagKey: string | undefined): string[] {
  if (tagKey === undefined) return [];
  return ['--permissions', EVERYTHING, ...(tagKey === DEFAULT_PERMISSIONS_TAG_KEY ? [] : ['--permissions-tag', tagKey])];
}

const EVERYTHING = encodePermissions(PERMISSIONS);

function portHint(endpoint: string): string[] {
  const { port } = new URL(endpoint);
  return port === String(DEFAULT_PORT) ? [] : ['--port', port];
}

/** For a shell, where it would read something else. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
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

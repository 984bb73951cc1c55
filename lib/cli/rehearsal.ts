/** Plays two tenants on the sandbox: what they may do with their own data, and attacks on each other's. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { GetCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess, type TenantSession } from 'multi-tenant-data-access';
import { DEFAULT_TENANT_CLAIM, type TenantClaim } from '../policy';
import type { Sandbox, SandboxTokenOptions } from '../sandbox';
import { type FurtherClaims, rolesClaim } from './stack-trust';

const TENANTS = ['acme', 'globex'] as const;
type Tenant = (typeof TENANTS)[number];

/** How one thing ended for one tenant. */
export interface Outcome {
  readonly tenant: Tenant;
  /** `failed`: neither allowed nor denied, as something broke. */
  readonly result: 'allowed' | 'denied' | 'failed';
  /** Why, in the words of the audit log. */
  readonly reason: string;
}

/** One thing that all tenants did. */
export interface RehearsalRow {
  readonly name: string;
  readonly wanted: 'allowed' | 'denied';
  readonly outcomes: readonly Outcome[];
}

/** What tenants do: on their own data, and to each other. */
interface Scene {
  readonly session: TenantSession;
  readonly tenant: Tenant;
  readonly other: Tenant;
  readonly sandbox: Sandbox;
  /** How tokens name it, and what else they say. */
  readonly claim: RehearsalClaim;
  readonly access: TenantDataAccess;
  readonly sts: STSClient;
}

/** How tokens name the tenant, and what they must say beside it. */
type RehearsalClaim = TenantClaim & FurtherClaims;

type Step = readonly [name: string, play: (scene: Scene) => Promise<unknown>];

const ITEM = 'invoice#1';
const OBJECT = 'documents/a.txt';

const OWN: readonly Step[] = [
  ['write an item', ({ session, tenant }) => session.table().put({ dataId: ITEM, customer: tenant })],
  [
    'read it',
    async ({ session, tenant }) => {
      same((await session.table().get(ITEM))?.['customer'], tenant);
    },
  ],
  [
    'query the items',
    async ({ session }) => {
      same((await session.table().query().page()).items.length, 1);
    },
  ],
  ['upload an object', ({ session, tenant }) => session.objects().put(OBJECT, `of ${tenant}`)],
  [
    'list the objects',
    async ({ session }) => {
      same((await session.objects().list().page()).objects.length, 1);
    },
  ],
  [
    'fetch it by a presigned link',
    async ({ session, tenant }) => {
      same(await fetched(session, OBJECT), `of ${tenant}`);
    },
  ],
];

const ATTACKS: readonly Step[] = [
  [
    "read the other's item",
    ({ session, other, ...on }) => session.docClient.send(new GetCommand({ ...table(on), Key: key(other) })),
  ],
  [
    "write the other's item",
    ({ session, other, ...on }) => session.docClient.send(new PutCommand({ ...table(on), Item: key(other) })),
  ],
  [
    "change the other's item",
    ({ session, other, ...on }) =>
      session.docClient.send(
        new UpdateCommand({
          ...table(on),
          Key: key(other),
          UpdateExpression: 'SET customer = :c',
          ExpressionAttributeValues: { ':c': 'x' },
        }),
      ),
  ],
  [
    "query the other's items",
    ({ session, other, ...on }) =>
      session.docClient.send(
        new QueryCommand({
          ...table(on),
          KeyConditionExpression: 'tenantId = :t',
          ExpressionAttributeValues: { ':t': other },
        }),
      ),
  ],
  ['scan the table', ({ session, ...on }) => session.docClient.send(new ScanCommand(table(on)))],
  [
    "read the other's object",
    ({ session, other, ...on }) => session.s3Client.send(new GetObjectCommand({ ...bucket(on), Key: at(other) })),
  ],
  [
    "write the other's object",
    ({ session, other, ...on }) => session.s3Client.send(new PutObjectCommand({ ...bucket(on), Key: at(other), Body: 'x' })),
  ],
  [
    "list the other's prefix",
    ({ session, other, ...on }) => session.s3Client.send(new ListObjectsV2Command({ ...bucket(on), Prefix: `tenants/${other}/` })),
  ],
  ['list without a prefix', ({ session, ...on }) => session.s3Client.send(new ListObjectsV2Command(bucket(on)))],
  ['begin a session by a forged token', (scene) => begin(scene, { forged: true })],
  ['... by a token of another audience', (scene) => begin(scene, { audience: 'some-other-client-id' })],
  ['... by a token whose tag was changed', async (scene) => assume(scene, await tampered(scene))],
  ['... by a token with a tenant above all', (scene) => begin(scene, tokenOf(scene.claim, `${scene.tenant}/..`))],
  ['... by an expired token', (scene) => begin(scene, { expiresInSeconds: -60 })],
  ['use a session that is over', afterTheEnd],
];

/** Of policies that ask for permissions: what a session does that may read, and nothing else. */
const READING: readonly Step[] = [['read it as a reader', async (scene) => (await asReader(scene)).table().get(ITEM)]];
const MORE_THAN_READING: readonly Step[] = [
  ['write to the own tenant as a reader', async (scene) => (await asReader(scene)).table().put({ dataId: ITEM })],
];

const READER = 'r--/r--';
const EVERYTHING = 'rwd/rwd';

async function asReader({ access, sandbox, claim, tenant }: Scene): Promise<TenantSession> {
  return access.forTenant(await sandbox.token(tokenOf(claim, tenant, READER)));
}

/**
 * Plays it all, each step by each tenant.
 *
 * @param sandbox with a role, a table and a bucket declared
 * @param claim how tokens name the tenant
 */
export async function rehearse(sandbox: Sandbox, claim: RehearsalClaim = DEFAULT_TENANT_CLAIM): Promise<RehearsalRow[]> {
  const config = sandbox.dataAccessConfig();
  const named = claim.kind === 'session-tag' ? { tenantTagKey: claim.tagKey } : { tenantClaim: claim.claim };
  const access = new TenantDataAccess({ ...config, ...named, maxAttempts: 1 });
  const sts = new STSClient({ ...config.stsConfig, region: config.region, maxAttempts: 1 });
  try {
    const scenes = await Promise.all(
      TENANTS.map(async (tenant): Promise<Scene> => {
        const session = await access.forTenant(await sandbox.token(tokenOf(claim, tenant)));
        return { session, tenant, other: tenant === 'acme' ? 'globex' : 'acme', sandbox, claim, access, sts };
      }),
    );
    const rows: RehearsalRow[] = [];
    const [more, less] = claim.permissionsTagKey === undefined ? [[], []] : [READING, MORE_THAN_READING];
    for (const [steps, wanted] of [[[...OWN, ...more], 'allowed'] as const, [[...less, ...ATTACKS], 'denied'] as const]) {
      for (const step of steps) rows.push({ name: step[0], wanted, outcomes: await played(step, scenes) });
    }
    return rows;
  } finally {
    sts.destroy();
    access.destroy();
  }
}

async function played([, play]: Step, scenes: readonly Scene[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scene of scenes) {
    const { tenant, sandbox } = scene;
    const before = sandbox.audit.records.at(-1)?.sequence;
    const failure = await play(scene).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    const latest = sandbox.audit.records.at(-1);
    // What broke before a request was made is no denial, though the one before was denied.
    const last = latest?.sequence === before ? undefined : latest;
    const denied = failure !== undefined && last?.decision === 'deny';
    const result = failure === undefined ? 'allowed' : denied ? 'denied' : 'failed';
    outcomes.push({ tenant, result, reason: result === 'failed' ? (failure?.message ?? '') : (last?.reason ?? '') });
  }
  return outcomes;
}

function same(given: unknown, wanted: unknown): void {
  if (given !== wanted) throw new Error(`read ${JSON.stringify(given)} where ${JSON.stringify(wanted)} was written`);
}

async function fetched(session: TenantSession, object: string): Promise<string> {
  const answer = await fetch((await session.objects().presignGet(object)).url);
  if (!answer.ok) throw new Error(`the presigned link was answered with ${answer.status}`);
  return answer.text();
}

function key(tenant: Tenant): { readonly tenantId: string; readonly dataId: string } {
  return { tenantId: tenant, dataId: ITEM };
}

function at(tenant: Tenant): string {
  return `tenants/${tenant}/${OBJECT}`;
}

function table({ sandbox }: Pick<Scene, 'sandbox'>): { readonly TableName: string } {
  return { TableName: sandbox.dataAccessConfig().tableName };
}

function bucket({ sandbox }: Pick<Scene, 'sandbox'>): { readonly Bucket: string } {
  return { Bucket: sandbox.dataAccessConfig().bucketName };
}

async function begin(scene: Scene, options: SandboxTokenOptions): Promise<unknown> {
  return assume(scene, await scene.sandbox.token({ ...tokenOf(scene.claim, scene.other), ...options }));
}

/** @param permissions that the token carries, where policies ask for them */
function tokenOf(claim: RehearsalClaim, tenant: string, permissions = EVERYTHING): SandboxTokenOptions {
  const { permissionsTagKey } = claim;
  const tags = permissionsTagKey === undefined ? undefined : { [permissionsTagKey]: permissions };
  const named = claim.kind === 'session-tag' ? { tenantId: tenant, tagKey: claim.tagKey } : {};
  const claims = { ...(claim.kind === 'custom-claim' && { [claim.claim]: tenant }), ...rolesClaim(claim) };
  return { ...named, ...(tags && { tags }), ...(Object.keys(claims).length > 0 && { claims }) };
}

/** As somebody would who does not use the library, which refuses most such tokens by itself. */
async function assume({ sandbox, sts }: Scene, token: string): Promise<unknown> {
  const { roleArn } = sandbox.dataAccessConfig();
  return sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'attack', WebIdentityToken: token }));
}

/** The tenant's own token, with the other's id in place of its own. */
async function tampered({ sandbox, claim, tenant, other }: Scene): Promise<string> {
  const [header = '', claims = '', signature = ''] = (await sandbox.token(tokenOf(claim, tenant))).split('.');
  const changed = Buffer.from(claims, 'base64url').toString().replaceAll(`"${tenant}"`, `"${other}"`);
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.');
}

async function afterTheEnd({ sandbox, claim, tenant, access }: Scene): Promise<unknown> {
  const session = await access.forTenant(await sandbox.token(tokenOf(claim, tenant)));
  sandbox.expireSessions();
  return session.docClient.send(new GetCommand({ ...table({ sandbox }), Key: key(tenant) }));
}

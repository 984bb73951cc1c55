/** What tenants do in a rehearsal: with their own data, as readers, and with the data of the other. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantSession } from 'multi-tenant-data-access';
import type { Scene, Step, Tenant } from './rehearsal-scene';

const ITEM = 'invoice#1';
const OBJECT = 'documents/a.txt';

/** What tenants do with their own data. */
export const OWN: readonly Step[] = [
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

/** What tenants try with the other's. */
export const ATTACKS: readonly Step[] = [
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
];

/** What is tried last, as it ends all sessions. */
export const AFTER_THE_END: Step = ['use a session that is over', afterTheEnd];

/** Of policies that ask for permissions: what a session does that may read, and nothing else. */
export const READING: readonly Step[] = [['read it as a reader', async (scene) => (await asReader(scene)).table().get(ITEM)]];
export const MORE_THAN_READING: readonly Step[] = [
  ['write to the own tenant as a reader', async (scene) => (await asReader(scene)).table().put({ dataId: ITEM })],
];

const READER = 'r--/r--';

async function asReader({ access, token, tenant }: Scene): Promise<TenantSession> {
  return access.forTenant(await token(tenant, READER));
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

async function afterTheEnd({ sandbox, token, tenant, access }: Scene): Promise<unknown> {
  const session = await access.forTenant(await token(tenant));
  sandbox.expireSessions();
  return session.docClient.send(new GetCommand({ ...table({ sandbox }), Key: key(tenant) }));
}

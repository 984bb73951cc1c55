/** One side of the memory bench, in a process of its own: `plain`, `ours` or `bounded`, the endpoint, the number of tenants. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { unsignedToken } from './unsigned-token';

const [side = '', endpoint = '', count = ''] = process.argv.slice(2);
const TENANTS = Number(count);
const REGION = 'eu-central-1';
const BUCKET = 'tenant-files';
const TABLE = 'tenant-data';
const AT_ONCE = 32;

let resident = 0;
const access = new TenantDataAccess({
  roleArn: 'arn:aws:iam::123456789012:role/tenant',
  tableName: TABLE,
  bucketName: BUCKET,
  region: REGION,
  ...(side === 'ours' && { maxSessions: TENANTS }),
  stsConfig: { endpoint },
  dynamoDbConfig: { endpoint },
  s3Config: { endpoint, forcePathStyle: true },
  onEvent: ({ type }) => {
    if (type === 'assume') resident++;
    else if (type === 'evict') resident--;
  },
});

// What an application would keep that makes the two clients of each tenant itself, over one handler, as it should.
const { requestHandler } = new STSClient({ region: REGION }).config;
const kept: unknown[] = [];

async function plain(number: number): Promise<void> {
  const credentials = {
    accessKeyId: `ASIA${String(number).padStart(16, '0')}`,
    secretAccessKey: Buffer.alloc(40, number).toString('base64'),
    sessionToken: Buffer.alloc(600, number).toString('base64'),
    expiration: new Date(Date.now() + 3_600_000),
  };
  const provider = () => Promise.resolve({ ...credentials });
  const shared = { region: REGION, endpoint, requestHandler, credentials: provider };
  const docClient = DynamoDBDocumentClient.from(new DynamoDBClient(shared));
  const s3Client = new S3Client({ ...shared, forcePathStyle: true });
  await docClient.send(new GetCommand({ TableName: TABLE, Key: { tenantId: 'acme', dataId: 'order#1' } }));
  await s3Client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'tenants/acme/a' }));
  kept.push({ docClient, s3Client });
}

async function ours(number: number): Promise<void> {
  const session = await access.forTenant(unsignedToken(`tenant-${number}`));
  await session.table().get('order#1');
  await session.objects().head('a');
}

async function main(): Promise<void> {
  const work = side === 'plain' ? plain : ours;
  for (let number = 0; number < AT_ONCE * 4; number++) await work(TENANTS + number);
  kept.length = 0;
  const collect = () => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = collect();
  let next = 0;
  const worker = async () => {
    for (let number = next++; number < TENANTS; number = next++) await work(number);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const kilobytesEach = (collect() - before) / 1024 / TENANTS;
  process.stdout.write(JSON.stringify({ kilobytesEach, kept: side === 'plain' ? kept.length : resident }));
}

void main();

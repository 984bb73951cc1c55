import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantClients } from 'multi-tenant-data-access';
import { Connections } from 'multi-tenant-data-access/session/connections';
import { TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { assertClientOf } from 'multi-tenant-data-access/table/document-client';
import { makeTenantClients } from 'multi-tenant-data-access/tenant-clients';
import { setAmbientCredentials } from '../support/ambient-credentials';
import {
  type AwsRequest,
  credentialsOf,
  dynamoDbPage,
  issuedKeys,
  LoopbackAws,
  loopbackConfig,
  signedWith,
} from '../support/loopback-aws';
import { refusal } from '../support/refusal';

const QUERY = new QueryCommand({
  TableName: 'tenant-data',
  KeyConditionExpression: 'tenantId = :tenant',
  ExpressionAttributeValues: { ':tenant': 'acme' },
});
const GET_OBJECT = new GetObjectCommand({ Bucket: 'tenant-files', Key: 'tenants/acme/a.pdf' });

let aws: LoopbackAws;
let connections: Connections;
let clients: TenantClients;

function clientsOf(credentials: TenantCredentials, config = loopbackConfig(aws.endpoint)): TenantClients {
  return makeTenantClients(credentials, { region: 'eu-central-1', requestHandler: connections.requestHandler }, config);
}

beforeAll(async () => {
  setAmbientCredentials();
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  aws.answerWith(dynamoDbPage([]));
  connections = new Connections(undefined);
  clients = clientsOf(credentialsOf('acme'));
});

afterEach(() => {
  clients.destroy();
  connections.retire();
});

afterAll(async () => {
  await aws.stop();
});

function onlyRequest(): AwsRequest {
  const [request, ...others] = aws.requests;
  if (request === undefined || others.length > 0) throw new Error(`Expected one request, there were ${aws.requests.length}.`);
  return request;
}

describe('makeTenantClients', () => {
  it("signs for DynamoDB with the tenant's keys, whatever the environment holds", async () => {
    await clients.docClient.send(QUERY);

    expect(signedWith(onlyRequest())).toBe('ASIAACME0001');
    expect(onlyRequest().headers['x-amz-security-token']).toBe('session-token-of-acme');
    expect(onlyRequest().headers.authorization).toContain('/eu-central-1/dynamodb/aws4_request');
  });

  it("signs for S3 with the tenant's keys, whatever the environment holds", async () => {
    const { Body } = await clients.s3Client.send(GET_OBJECT);
    await Body?.transformToString();

    expect(onlyRequest().path).toMatch(/^\/tenant-files\/tenants\/acme\/a\.pdf\?/);
    expect(signedWith(onlyRequest())).toBe('ASIAACME0001');
    expect(onlyRequest().headers['x-amz-security-token']).toBe('session-token-of-acme');
    expect(onlyRequest().headers.authorization).toContain('/eu-central-1/s3/aws4_request');
  });

  it('keeps two tenants apart that work at the same time', async () => {
    const others = clientsOf(credentialsOf('globex'));
    await Promise.all([clients, others, clients, others].map(({ docClient }) => docClient.send(QUERY)));
    others.destroy();

    const pairs = aws.requests.map((request) => `${signedWith(request)} ${String(request.headers['x-amz-security-token'])}`);
    expect(pairs.sort()).toEqual([
      'ASIAACME0001 session-token-of-acme',
      'ASIAACME0001 session-token-of-acme',
      'ASIAGLOBEX0001 session-token-of-globex',
      'ASIAGLOBEX0001 session-token-of-globex',
    ]);
  });

  it('lets no credentials, region or handler through the settings', async () => {
    const { accessKeyId, secretAccessKey } = issuedKeys('globex');
    const smuggled = {
      endpoint: aws.endpoint,
      maxAttempts: 1,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: { handle: () => Promise.reject(new Error('the handler of somebody else')) },
    };
    const settings = { ...loopbackConfig(aws.endpoint), dynamoDbConfig: smuggled };
    const guarded = clientsOf(credentialsOf('acme'), settings);
    await guarded.docClient.send(QUERY);
    guarded.destroy();

    expect(onlyRequest().headers.authorization).toMatch(/Credential=ASIAACME0001\/\d{8}\/eu-central-1\//);
  });

  it('leaves credentials usable for more clients', async () => {
    const credentials = credentialsOf('acme');
    for (let round = 0; round < 2; round++) {
      const again = clientsOf(credentials);
      await again.docClient.send(QUERY);
      again.destroy();
    }
    expect(aws.requests.map(signedWith)).toEqual(['ASIAACME0001', 'ASIAACME0001']);
  });

  it('leaves undefined attributes out of what is written', async () => {
    await clients.docClient.send(
      new PutCommand({
        TableName: 'tenant-data',
        Item: { tenantId: 'acme', dataId: '1', address: { street: undefined, tags: ['a', undefined] } },
      }),
    );

    expect(JSON.parse(onlyRequest().body)).toMatchObject({
      Item: { tenantId: { S: 'acme' }, dataId: { S: '1' }, address: { M: { tags: { L: [{ S: 'a' }] } } } },
    });
    expect(onlyRequest().body).not.toContain('street');
  });

  it('leaves the sockets, which others use too, open with destroy', async () => {
    const others = clientsOf(credentialsOf('globex'));
    await clients.docClient.send(QUERY);
    const { Body } = await clients.s3Client.send(GET_OBJECT);
    await Body?.transformToString();
    expect(await aws.openConnections()).toBe(1);

    clients.destroy();
    await others.docClient.send(QUERY);
    expect(await aws.openConnections()).toBe(1);

    connections.retire();
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it.each<[string, unknown]>([
    ['keys of the environment', { accessKeyId: 'AKIAAMBIENT000000001', secretAccessKey: 'ambient-secret-access-key' }],
    ['keys that call themselves a tenant', { tenantId: 'acme', ...issuedKeys('acme') }],
    ['an object with the prototype of credentials', Object.create(TenantCredentials.prototype)],
    ['an object that inherits from credentials', Object.create(credentialsOf('acme'))],
    ['a copy of credentials', Object.assign({}, credentialsOf('acme'))],
    ['nothing', undefined],
  ])('fails for %s', (_what, foreign) => {
    expect(() => clientsOf(foreign as TenantCredentials)).toThrow(
      refusal('credentials.foreign', 'pass what assumeTenantRole returned'),
    );
    expect(aws.requests).toHaveLength(0);
  });

  it('fails for a session that is over', () => {
    const ended = new Date(Date.now() - 1000);
    expect(() => clientsOf(credentialsOf('acme', ended))).toThrow(
      refusal('credentials.expired', "tenant 'acme'", ended.toISOString()),
    );
    expect(aws.requests).toHaveLength(0);
  });

  describe('secrecy', () => {
    const { accessKeyId, secretAccessKey, sessionToken } = issuedKeys('acme');

    async function useBoth(): Promise<void> {
      await clients.docClient.send(QUERY);
      const { Body } = await clients.s3Client.send(GET_OBJECT);
      await Body?.transformToString();
    }

    /** The clients refer to themselves, so JSON.stringify refuses them; its message must not tell either. */
    function stringified(value: unknown): string {
      try {
        return JSON.stringify(value);
      } catch (error) {
        return String(error);
      }
    }

    it.each<[string, (value: TenantClients) => string]>([
      ['util.inspect', (value) => inspect(value, { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity })],
      ['util.inspect of a spread', (value) => inspect({ ...value }, { depth: Infinity })],
      ['util.inspect of the document client', ({ docClient }) => inspect(docClient, { depth: Infinity })],
      ['util.inspect of the S3 client', ({ s3Client }) => inspect(s3Client, { depth: Infinity })],
      ['Object.entries', (value) => inspect(Object.entries(value), { depth: Infinity })],
      ['JSON.stringify', stringified],
      ['JSON.stringify of the document client', ({ docClient }) => stringified(docClient)],
      ['JSON.stringify of the S3 client', ({ s3Client }) => stringified(s3Client)],
    ])('shows no key in %s, before use and after', async (_how, shown) => {
      const leaked = () => {
        const text = shown(clients);
        return [accessKeyId, secretAccessKey, sessionToken].filter((secret) => text.includes(secret));
      };
      expect(leaked()).toEqual([]);
      await useBoth();
      expect(leaked()).toEqual([]);
    });
  });
});

describe('assertClientOf', () => {
  it('takes the client of the tenant', () => {
    expect(() => {
      assertClientOf(clients.docClient, 'acme');
    }).not.toThrow();
  });

  it.each(['globex', 'Acme', 'acme-2', 'acm'])('fails for tenant %s', (tenantId) => {
    expect(() => {
      assertClientOf(clients.docClient, tenantId);
    }).toThrow(refusal('tenant.mismatch', `belongs to tenant 'acme', not to '${tenantId}'`));
  });

  it.each(['', 'acme/', 'a..b', '*'])('fails for %j, which is no tenant', (tenantId) => {
    expect(() => {
      assertClientOf(clients.docClient, tenantId);
    }).toThrow(refusal('tenant.invalid', `${JSON.stringify(tenantId)} is not a tenant id`));
  });

  it('fails for a client with the credentials of the application', () => {
    const bare = new DynamoDBClient({ region: 'eu-central-1' });
    expect(() => {
      assertClientOf(DynamoDBDocumentClient.from(bare), 'acme');
    }).toThrow(refusal('credentials.foreign', 'was not made here'));
    bare.destroy();
  });

  it.each<[string, () => unknown]>([
    ['a copy of the client', () => Object.assign({}, clients.docClient)],
    ['an object that inherits from the client', () => Object.create(clients.docClient) as unknown],
    ['both clients at once', () => clients],
    ['undefined', () => undefined],
  ])('fails for %s', (_what, foreign) => {
    expect(() => {
      assertClientOf(foreign() as DynamoDBDocumentClient, 'acme');
    }).toThrow(refusal('credentials.foreign'));
  });
});

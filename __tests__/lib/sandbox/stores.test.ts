import { MultiTenantIamError } from '../../../lib/errors';
import { createBucket, createTable, openStores, openUpstreams } from '../../../lib/sandbox/stores';
import { answerOf, FakeStore, PLACE } from './gateway/fakes';

const OWN = 'http://127.0.0.1:4580';
const ONE = 'http://127.0.0.1:5000';
const OTHER = 'http://user:hunter2@127.0.0.1:9000';

describe('openUpstreams', () => {
  it('opens one store for each server, and names each once and without credentials', async () => {
    const upstreams = openUpstreams({ dynamodb: ONE, s3: OTHER, iam: ONE }, OWN);
    expect(upstreams.dynamodb).toBe(upstreams.iam);
    expect(upstreams.s3).not.toBe(upstreams.iam);
    expect(upstreams.endpoints).toEqual([ONE, 'http://127.0.0.1:9000']);
    await upstreams.close();
    expect(openUpstreams({}, OWN)).toMatchObject({ dynamodb: undefined, s3: undefined, iam: undefined, endpoints: [] });
  });

  it.each([
    ['no URL', 'moto'],
    ['the sandbox itself', OWN],
    ['the sandbox itself by another name', 'http://localhost:4580'],
    ['the sandbox itself, with credentials', 'http://user:hunter2@127.0.0.1:4580'],
  ])('fails with %s', (_, url) => {
    const open = () => openUpstreams({ s3: url }, OWN);
    expect(open).toThrow(MultiTenantIamError);
    expect(open).not.toThrow(/hunter2/);
    expect(open).toThrow(expect.objectContaining({ code: 'config.invalid' }) as Error);
  });
});

describe('openStores', () => {
  it('takes upstreams as they are, and leaves it to others to close them', async () => {
    const [dynamodb, s3, iam] = [new FakeStore(), new FakeStore(), new FakeStore()];
    const stores = await openStores({ dynamodb, s3, iam, endpoints: [ONE], close: () => Promise.resolve() }, PLACE);
    expect(stores).toMatchObject({ embedded: { dynamodb: false, s3: false }, upstreams: [ONE] });
    expect([stores.dynamodb, stores.s3, stores.iam]).toEqual([dynamodb, s3, iam]);
    await stores.close();
    expect([dynamodb, s3, iam].map(({ closed }) => closed)).toEqual([0, 0, 0]);
  });

  it('embeds an S3 where there is no upstream for it, and ends it', async () => {
    const dynamodb = new FakeStore();
    const stores = await openStores({ dynamodb, endpoints: [], close: () => Promise.resolve() }, PLACE);
    expect([stores.embedded, stores.iam]).toEqual([{ dynamodb: false, s3: true }, undefined]);
    await createBucket(stores.s3, 'files', PLACE.region);
    await expect(createBucket(stores.s3, 'A', PLACE.region)).rejects.toMatchObject({ code: 'config.invalid' });
    await stores.close();
    expect(dynamodb.closed).toBe(0);
  });
});

describe('createTable', () => {
  const made = async (table: Parameters<typeof createTable>[1]) => {
    const store = new FakeStore();
    await createTable(store, table, PLACE.region);
    expect(store.targets).toEqual([{ service: 'dynamodb', region: PLACE.region }]);
    expect(store.requests).toMatchObject([
      { method: 'POST', path: '/', headers: { 'x-amz-target': 'DynamoDB_20120810.CreateTable' } },
    ]);
    return JSON.parse(String(store.requests[0]?.body)) as unknown;
  };
  const key = (AttributeName: string, KeyType = 'HASH') => ({ AttributeName, KeyType });
  const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });

  it('makes a table as the convention has it', async () => {
    expect(await made({ tableName: 'data' })).toEqual({
      TableName: 'data',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('tenantId'), attribute('dataId')],
      KeySchema: [key('tenantId'), key('dataId', 'RANGE')],
    });
  });

  it('makes a table with other keys, types and indexes', async () => {
    const indexes = [
      { name: 'by-date', sortKey: 'at' },
      { name: 'by-status', partitionKey: 'status' },
    ];
    expect(await made({ tableName: 'data', partitionKey: 'id', sortKey: null, indexes, keyTypes: { id: 'N', at: 'B' } })).toEqual({
      TableName: 'data',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('id', 'N'), attribute('tenantId'), attribute('at', 'B'), attribute('status')],
      KeySchema: [key('id')],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-date', KeySchema: [key('tenantId'), key('at', 'RANGE')], Projection: { ProjectionType: 'ALL' } },
        { IndexName: 'by-status', KeySchema: [key('status')], Projection: { ProjectionType: 'ALL' } },
      ],
    });
  });

  it('fails with the words of the store if it cannot be made', async () => {
    const store = new FakeStore(() => answerOf(400, 'no such type'));
    await expect(createTable(store, { tableName: 'data' }, PLACE.region)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringMatching(/'data'.*no such type/),
    });
  });
});

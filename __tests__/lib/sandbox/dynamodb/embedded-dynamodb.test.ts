import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { callRequest } from '../../../../lib/sandbox/dynamodb/dynamodb-call';
import { embeddedDynamoDb } from '../../../../lib/sandbox/dynamodb/embedded-dynamodb';
import type { JsonObject } from '../../../../lib/sandbox/dynamodb/json-body';
import { plainRequest } from '../../../../lib/sandbox/dynamodb/plain-request';
import type { Store } from '../../../../lib/sandbox/http/aws-request';

const PLACE = { partition: 'aws', region: 'eu-central-1', account: '123456789012' };
const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/accounts';
const TABLE = {
  TableName: 'accounts',
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: ['tenantId', 'id', 'owner'].map((name) => ({ AttributeName: name, AttributeType: 'S' as const })),
  KeySchema: [
    { AttributeName: 'tenantId', KeyType: 'HASH' as const },
    { AttributeName: 'id', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-owner',
      KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
};

let store: Store;
let server: Server;
let client: DynamoDBClient;
let docs: DynamoDBDocumentClient;

/** As the gateway does, without asking anybody. */
function serve(): Promise<Server> {
  const listening = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', headers } = request;
      const raw = {
        method,
        path: '/',
        query: '',
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
        fromLoopback: true,
      };
      void store.handle(plainRequest(raw, PLACE), { service: 'dynamodb', region: PLACE.region }).then((answer) => {
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body as Buffer);
      });
    });
  });
  return new Promise((resolve) =>
    listening.listen(0, '127.0.0.1', () => {
      resolve(listening);
    }),
  );
}

beforeAll(async () => {
  store = await embeddedDynamoDb(PLACE);
  server = await serve();
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: PLACE.region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  docs = DynamoDBDocumentClient.from(client);
  await client.send(new CreateTableCommand(TABLE));
  await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.01 }, { TableName: 'accounts' });
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await store.close();
});

const T = { TableName: 'accounts' };
let tenant = 'acme';
const key = (id: string, tenantId = tenant) => ({ tenantId, id });
const get = async (id: string) => (await docs.send(new GetCommand({ ...T, Key: key(id) }))).Item;
const put = (id: string, more: object = {}) => docs.send(new PutCommand({ ...T, Item: { ...key(id), ...more } }));
const transact = (items: TransactWriteCommandInput['TransactItems'], ClientRequestToken?: string) =>
  docs.send(new TransactWriteCommand({ TransactItems: items, ClientRequestToken }));

/** The reasons of a transaction that is canceled. */
async function reasonsOf(doing: Promise<unknown>): Promise<unknown> {
  const error = await doing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'TransactionCanceledException' });
  return (error as { CancellationReasons: unknown }).CancellationReasons;
}

describe('embeddedDynamoDb', () => {
  it('describes tables by the ARNs that they have here', async () => {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: ARN }));
    expect(table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: ARN,
      GlobalSecondaryIndexes: [{ IndexArn: `${ARN}/index/by-owner` }],
    });
  });

  it('takes single items, batches, queries, scans, a table by its ARN', async () => {
    await docs.send(new PutCommand({ TableName: ARN, Item: { ...key('one'), owner: 'ann', n: 1, bytes: new Uint8Array([1, 2]) } }));
    await docs.send(new BatchWriteCommand({ RequestItems: { [ARN]: [{ PutRequest: { Item: key('two', 'globex') } }] } }));
    await docs.send(
      new UpdateCommand({ ...T, Key: key('one'), UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': 2 } }),
    );
    expect(await get('one')).toMatchObject({ n: 3, bytes: new Uint8Array([1, 2]) });
    const both = await docs.send(new BatchGetCommand({ RequestItems: { accounts: { Keys: [key('one'), key('two', 'globex')] } } }));
    expect(both.Responses?.['accounts']).toHaveLength(2);
    const byOwner = {
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': 'ann' },
    };
    expect((await docs.send(new QueryCommand({ ...T, IndexName: 'by-owner', ...byOwner }))).Items).toMatchObject([key('one')]);
    await docs.send(new DeleteCommand({ ...T, Key: key('one') }));
    expect((await docs.send(new ScanCommand(T))).Items).toEqual([key('two', 'globex')]);
  });

  it('tags tables', async () => {
    await client.send(new TagResourceCommand({ ResourceArn: ARN, Tags: [{ Key: 'team', Value: 'a' }] }));
    expect((await client.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))).Tags).toEqual([{ Key: 'team', Value: 'a' }]);
    await client.send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys: ['team'] }));
    expect((await client.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }))).Tags).toEqual([]);
  });

  it('refuses as DynamoDB does: a table that is not there, a condition that fails, an operation it lacks', async () => {
    await expect(docs.send(new GetCommand({ TableName: 'nowhere', Key: key('a') }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const failing = new PutCommand({ ...T, Item: key('x'), ConditionExpression: 'attribute_exists(id)' });
    await expect(docs.send(failing)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const ttl = { ...T, TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } };
    await expect(client.send(new UpdateTimeToLiveCommand(ttl))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  const direct = async (target: string, body: object) => {
    const request = callRequest({ service: 'DynamoDB', operation: target, body: body as JsonObject });
    const answer = await store.handle(request, { service: 'dynamodb', region: PLACE.region });
    return { ...answer, text: (answer.body as Buffer).toString() };
  };

  it('refuses operations of streams', async () => {
    const streams = callRequest({ service: 'DynamoDBStreams', operation: 'ListTables', body: {} });
    const answer = await store.handle(streams, { service: 'dynamodb', region: 'any' });
    expect([answer.status, (answer.body as Buffer).toString()]).toEqual([
      400,
      expect.stringContaining('UnknownOperationException'),
    ]);
  });

  it('answers a failure of the store itself, and goes on with the same item', async () => {
    // Dynalite compares with what is not there.
    const failing = { ConditionExpression: ':a IN (size(nothing), :a)', ExpressionAttributeValues: { ':a': { S: 'x' } } };
    const own = { ...T, Key: { tenantId: { S: 'acme' }, id: { S: 'failing' } } };
    const filter = { ...T, FilterExpression: ':a IN (size(nothing), :a)', ExpressionAttributeValues: { ':a': { S: 'x' } } };
    await put('failing');
    for (const [operation, body] of [
      ['DeleteItem', { ...own, ...failing }],
      ['Scan', filter],
      [
        'TransactWriteItems',
        {
          TransactItems: [
            { Put: { ...T, Item: { ...own.Key, n: { N: '1' } } } },
            { ConditionCheck: { ...own, Key: { ...own.Key, id: { S: 'y' } }, ...failing } },
          ],
        },
      ],
    ] as const) {
      const { status, text } = await direct(operation, body);
      expect([operation, status, text]).toEqual([operation, 500, expect.stringContaining('InternalServerError')]);
      expect(text).not.toMatch(/TypeError|node_modules/);
    }
    expect(await get('failing')).toEqual(key('failing'));
    await docs.send(new DeleteCommand({ ...T, Key: key('failing') }));
    expect(await get('failing')).toBeUndefined();
  });

  it('gives up nothing when it is closed, and answers no more', async () => {
    const other = await embeddedDynamoDb();
    await other.close();
    await other.close();
    await expect(
      other.handle(callRequest({ service: 'DynamoDB', operation: 'ListTables', body: {} }), { service: 'dynamodb', region: 'any' }),
    ).rejects.toMatchObject({
      code: 'InternalServerError',
    });
  });
});

describe('transactions', () => {
  let tests = 0;
  beforeEach(async () => {
    tenant = `tenant-${++tests}`;
    const items = [
      { n: 1, ...key('a') },
      { n: 1, things: ['x', { y: null }], ...key('b') },
    ];
    await docs.send(new BatchWriteCommand({ RequestItems: { accounts: items.map((Item) => ({ PutRequest: { Item } })) } }));
  });

  const set = (id: string, n: number, more: object = {}) => ({
    Update: { ...T, Key: key(id), UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': n }, ...more },
  });
  const ownItems = { KeyConditionExpression: 'tenantId = :t', ConsistentRead: true };
  const everything = async () =>
    (await docs.send(new QueryCommand({ ...T, ...ownItems, ExpressionAttributeValues: { ':t': tenant } }))).Items;

  it('does all parts', async () => {
    await transact([
      { Put: { ...T, Item: { ...key('new'), n: 5 }, ConditionExpression: 'attribute_not_exists(id)' } },
      set('a', 2),
      { Delete: { ...T, Key: key('b') } },
      { ConditionCheck: { ...T, Key: key('none'), ConditionExpression: 'attribute_not_exists(id)' } },
    ]);
    expect(await everything()).toEqual([
      { ...key('a'), n: 2 },
      { ...key('new'), n: 5 },
    ]);
  });

  it('fails whole, gives a reason for every part, and leaves nothing behind', async () => {
    const before = await everything();
    const failing = {
      ConditionExpression: 'n = :no',
      ExpressionAttributeValues: { ':no': 9 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const reasons = await reasonsOf(
      transact([
        { Put: { ...T, Item: { ...key('new') } } },
        { Put: { ...T, Item: { ...key('a'), other: true } } },
        { Delete: { ...T, Key: key('b'), ...failing } },
        set('c', 1),
        { ConditionCheck: { ...T, Key: key('d'), ...failing } },
        { ConditionCheck: { ...T, Key: key('e'), ConditionExpression: 'attribute_exists(id)' } },
      ]),
    );
    const failed = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
    const none = { Code: 'None' };
    expect(reasons).toEqual([
      none,
      none,
      {
        ...failed,
        Item: { tenantId: { S: tenant }, id: { S: 'b' }, n: { N: '1' }, things: { L: [{ S: 'x' }, { M: { y: { NULL: true } } }] } },
      },
      none,
      failed,
      failed,
    ]);
    expect(await everything()).toEqual(before);
    const byOwner = {
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': 'x' },
    };
    expect((await docs.send(new QueryCommand({ ...T, IndexName: 'by-owner', ...byOwner }))).Count).toBe(0);
  });

  it('checks a condition on an item without touching it', async () => {
    const before = await everything();
    const check = (n: number) => ({
      ConditionCheck: {
        ...T,
        Key: key('b'),
        ConditionExpression: 'n = :n',
        ExpressionAttributeValues: { ':n': n },
        ReturnValuesOnConditionCheckFailure: 'NONE' as const,
      },
    });
    await transact([check(1)]);
    expect(await everything()).toEqual(before);
    expect(await reasonsOf(transact([check(2)]))).toEqual([
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ]);
    expect(await everything()).toEqual(before);
  });

  it('names a part that does not fit its item', async () => {
    const wrong = { Update: { ...T, Key: key('b'), UpdateExpression: 'ADD things :n', ExpressionAttributeValues: { ':n': 1 } } };
    expect(await reasonsOf(transact([set('a', 7), wrong]))).toMatchObject([{ Code: 'None' }, { Code: 'ValidationError' }]);
    expect(await get('a')).toMatchObject({ n: 1 });
  });

  it('fails for a table that is not there, and an expression that is none', async () => {
    const nowhere = { Put: { TableName: 'nowhere', Item: key('x') } };
    await expect(transact([set('a', 7), nowhere])).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(transact([set('a', 7), set('b', 1, { ConditionExpression: 'n = = :n' })])).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(await get('a')).toMatchObject({ n: 1 });
  });

  it('takes 100 parts, and fails for 101', async () => {
    const puts = (count: number) => Array.from({ length: count }, (_, index) => ({ Put: { ...T, Item: key(`many-${index}`) } }));
    await transact(puts(100));
    expect(await everything()).toHaveLength(102);
    await expect(transact(puts(101))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(transact([])).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each<[string, () => object[]]>([
    ['two parts on one item', () => [set('a', 2), { Delete: { ...T, Key: key('a') } }]],
    ['a part of two kinds', () => [{ Put: { ...T, Item: key('x') }, Delete: { ...T, Key: key('y') } }]],
    ['a check without a condition', () => [{ ConditionCheck: { ...T, Key: key('a') } }]],
    ['an update without an expression', () => [{ Update: { ...T, Key: key('a') } }]],
    ['a key that is none', () => [{ Delete: { ...T, Key: { tenantId: 'acme' } } }]],
    ['a part without a table', () => [{ Delete: { Key: key('a') } }]],
    ['a part without an item', () => [{ Put: { ...T } }]],
  ])('fails for %s', async (_, items) => {
    const before = await everything();
    await expect(transact(items() as never)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await everything()).toEqual(before);
  });

  it('fails for a key with more than the table has', async () => {
    const more = { Delete: { ...T, Key: { ...key('a'), more: 1 } } };
    expect(await reasonsOf(transact([more]))).toMatchObject([{ Code: 'ValidationError' }]);
  });

  it('does once what is sent twice with one token, and fails for another with the same', async () => {
    const add = { Update: { ...T, Key: key('a'), UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': 1 } } };
    await Promise.all([transact([add], 'token'), transact([add], 'token')]);
    expect(await get('a')).toMatchObject({ n: 2 });
    await expect(transact([set('a', 9)], 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    await expect(transact([add], 'x'.repeat(37))).rejects.toMatchObject({ name: 'ValidationException' });
    await transact([add], 'x'.repeat(36));
    expect(await get('a')).toMatchObject({ n: 3 });
  });

  it('does what was canceled when it is sent again', async () => {
    const once = [set('a', 4, { ConditionExpression: 'n = :old', ExpressionAttributeValues: { ':n': 4, ':old': 3 } })];
    await reasonsOf(transact(once, 'again'));
    await put('a', { n: 3 });
    await transact(once, 'again');
    expect(await get('a')).toMatchObject({ n: 4 });
  });

  it('reads', async () => {
    const part = (id: string, more: object = {}) => ({ Get: { ...T, Key: key(id), ...more } });
    const { Responses: responses } = await docs.send(
      new TransactGetCommand({ TransactItems: [part('b', { ProjectionExpression: 'n' }), part('none'), part('a')] }),
    );
    expect(responses).toEqual([{ Item: { n: 1 } }, {}, { Item: { ...key('a'), n: 1 } }]);
    const reading = (items: object[]) => docs.send(new TransactGetCommand({ TransactItems: items as never }));
    await expect(reading([part('a'), part('a')])).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(reading([])).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(reading([{ Get: { TableName: 'nowhere', Key: key('a') } }])).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await reasonsOf(reading([part('a'), { Get: { ...T, Key: { ...key('b'), more: 1 } } }]))).toMatchObject([
      { Code: 'None' },
      { Code: 'ValidationError' },
    ]);
  });

  it('lets nobody see or break a half', async () => {
    const torn: unknown[] = [];
    const look = async () => {
      const items = (await everything()) ?? [];
      const [a, b] = ['a', 'b'].map((id) => items.find((item) => item['id'] === id)?.['n'] as unknown);
      if (a !== b) torn.push([a, b]);
    };
    const move = (n: number) => transact([set('a', n), set('b', n)]);
    const fail = () =>
      reasonsOf(
        transact([
          set('a', -1),
          set('b', -1),
          { ConditionCheck: { ...T, Key: key('c'), ConditionExpression: 'attribute_exists(id)' } },
        ]),
      );
    const count = async () => {
      const raise = { UpdateExpression: 'ADD hits :one', ExpressionAttributeValues: { ':one': 1 } };
      await docs.send(new UpdateCommand({ ...T, Key: key('a'), ...raise }));
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => [move(n), look(), fail(), count(), look()]).flat());
    expect(torn).toEqual([]);
    const [a, b] = [await get('a'), await get('b')];
    expect(a?.['n']).toBe(b?.['n']);
    expect(a?.['hits']).toBe(8);
  });

  it('keeps to a table that was made anew with other keys', async () => {
    const { BillingMode } = TABLE;
    const make = (name: string) =>
      client.send(
        new CreateTableCommand({
          TableName: 'other',
          BillingMode,
          AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
          KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
        }),
      );
    await make('x');
    await transact([{ Put: { TableName: 'other', Item: { x: '1' } } }]);
    await client.send(new DeleteTableCommand({ TableName: 'other' }));
    await waitUntilTableNotExists({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.01 }, { TableName: 'other' });
    await make('y');
    await transact([{ Put: { TableName: 'other', Item: { y: '1' } } }]);
    expect((await docs.send(new ScanCommand({ TableName: 'other' }))).Items).toEqual([{ y: '1' }]);
  });
});

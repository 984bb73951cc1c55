import { Readable } from 'node:stream';
import { callRequest } from '../../../../lib/sandbox/dynamodb/dynamodb-call';
import { TableKeys } from '../../../../lib/sandbox/dynamodb/table-keys';
import type { AwsAnswer, AwsRequest, Store, StoreTarget } from '../../../../lib/sandbox/http/aws-request';

const key = (name: string, type: string) => ({ AttributeName: name, KeyType: type });
const TABLE = {
  KeySchema: [key('id', 'RANGE'), key('tenantId', 'HASH')],
  GlobalSecondaryIndexes: [{ IndexName: 'global', KeySchema: [key('a', 'HASH'), key('b', 'HASH'), key('c', 'RANGE')] }],
  LocalSecondaryIndexes: [{ IndexName: 'local', KeySchema: [key('tenantId', 'HASH'), key('day', 'RANGE')] }],
};

/** A store that is asked for tables, and says what it is told to say. */
class AskedStore implements Store {
  readonly asked: [string, string][] = [];
  answer: AwsAnswer = answerOf({ Table: TABLE });

  handle(request: AwsRequest, { region }: StoreTarget): Promise<AwsAnswer> {
    const { TableName: table } = JSON.parse(request.body.toString()) as { TableName: string };
    this.asked.push([table, region]);
    return Promise.resolve(this.answer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function answerOf(body: object, status = 200): AwsAnswer {
  return { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

const MISSING = answerOf({ __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException' }, 400);

describe('TableKeys', () => {
  let store: AskedStore;
  let keys: TableKeys;
  beforeEach(() => {
    store = new AskedStore();
    keys = new TableKeys(store);
  });

  it('tells the keys of a table and its indexes', async () => {
    expect(await keys.of('notes', 'eu-central-1')).toEqual({
      partitionKey: 'tenantId',
      sortKey: 'id',
      indexes: new Map([
        ['global', { partitionKeys: ['a', 'b'] }],
        ['local', { partitionKeys: ['tenantId'] }],
      ]),
    });
    store.answer = {
      ...answerOf({}),
      body: Readable.from([Buffer.from('{"Table":{"KeySchema":'), Buffer.from(`[${JSON.stringify(key('x', 'HASH'))}]}}`)]),
    };
    expect(await keys.of('simple', 'eu-central-1')).toEqual({ partitionKey: 'x', sortKey: undefined, indexes: new Map() });
  });

  it('asks again after three seconds, as a table may be made anew behind its back', async () => {
    let now = 0;
    keys = new TableKeys(store, () => now);
    await keys.of('notes', 'eu');
    now = 2_999;
    await keys.of('notes', 'eu');
    expect(store.asked).toHaveLength(1);
    now = 3_000;
    store.answer = answerOf({ Table: { KeySchema: [key('other', 'HASH')] } });
    expect(await keys.of('notes', 'eu')).toMatchObject({ partitionKey: 'other' });
    expect(store.asked).toHaveLength(2);
  });

  it('asks once for each table and region, also if several ask at once', async () => {
    await Promise.all([keys.of('notes', 'eu'), keys.of('notes', 'eu'), keys.of('notes', 'us')]);
    await keys.of('notes', 'eu');
    expect(store.asked).toEqual([
      ['notes', 'eu'],
      ['notes', 'us'],
    ]);
  });

  it('asks again for a table that is not there, and for one that is forgotten', async () => {
    store.answer = MISSING;
    expect(await keys.of('notes', 'eu')).toBeUndefined();
    expect(await keys.of('notes', 'eu')).toBeUndefined();
    store.answer = answerOf({ Table: TABLE });
    await keys.of('notes', 'eu');
    await keys.of('notes-2', 'eu');
    keys.forget('notes');
    await keys.of('notes', 'eu');
    await keys.of('notes-2', 'eu');
    expect(store.asked.map(([table]) => table)).toEqual(['notes', 'notes', 'notes', 'notes-2', 'notes']);
  });

  it('does not keep what was asked before it was forgotten', async () => {
    store.answer = MISSING;
    const before = keys.of('notes', 'eu');
    keys.forget('notes');
    store.answer = answerOf({ Table: TABLE });
    const after = keys.of('notes', 'eu');
    expect([await before, (await after)?.partitionKey, (await keys.of('notes', 'eu'))?.partitionKey]).toEqual([
      undefined,
      'tenantId',
      'tenantId',
    ]);
    expect(store.asked).toHaveLength(2);
  });

  it.each([
    ['CreateTable', 'TableName', 'notes'],
    ['UpdateTable', 'TableName', 'arn:aws:dynamodb:eu:1:table/notes'],
    ['DeleteTable', 'TableName', 'notes'],
    ['RestoreTableFromBackup', 'TargetTableName', 'notes'],
    ['RestoreTableToPointInTime', 'TargetTableName', 'notes'],
  ])('forgets a table when %s is answered', async (operation, member, name) => {
    await keys.of('notes', 'eu');
    keys.answered(callRequest({ service: 'DynamoDB', operation, body: { [member]: name } }));
    await keys.of('notes', 'eu');
    expect(store.asked).toHaveLength(2);
  });

  it('keeps a table when other operations are answered', async () => {
    await keys.of('notes', 'eu');
    keys.answered(callRequest({ service: 'DynamoDB', operation: 'PutItem', body: { TableName: 'notes' } }));
    keys.answered({ ...callRequest({ service: 'DynamoDB', operation: 'PutItem', body: {} }), headers: {} });
    await keys.of('notes', 'eu');
    expect(store.asked).toHaveLength(1);
  });

  it('keeps 1,000 tables', async () => {
    const table = (index: number) => keys.of(`table-${index}`, 'eu');
    for (let index = 0; index < 1001; index++) await table(index);
    await table(1);
    expect(store.asked).toHaveLength(1001);
    await table(0);
    expect(store.asked).toHaveLength(1002);
  });

  it.each<[string, AwsAnswer]>([
    ['another error', answerOf({ __type: 'com.amazon.coral.service#AccessDeniedException' }, 400)],
    ['no table', answerOf({})],
    ['a table without a key', answerOf({ Table: { KeySchema: [] } })],
    ['a table with another status', answerOf({ Table: TABLE }, 500)],
  ])('fails at %s, and asks again', async (_, answer) => {
    store.answer = answer;
    await expect(keys.of('notes', 'eu')).rejects.toMatchObject({ code: 'InternalServerError', status: 500 });
    store.answer = answerOf({ Table: TABLE });
    expect((await keys.of('notes', 'eu'))?.partitionKey).toBe('tenantId');
  });
});

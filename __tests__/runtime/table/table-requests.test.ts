import fc from 'fast-check';
import type { TenantTable } from 'multi-tenant-data-access/table/tenant-table';
import { dynamoDbError, LoopbackAws, type AwsRequest } from '../../support/loopback-aws';
import { refusal } from '../../support/refusal';
import { connections, tableOf } from '../../support/table-of';

let aws: LoopbackAws;
let items: TenantTable<Record<string, unknown>>;

beforeAll(async () => {
  aws = await LoopbackAws.start();
  items = tableOf(aws.endpoint, 'acme');
});

afterAll(async () => {
  connections.retire();
  await aws.stop();
});

const answer = (body: object) => ({ status: 200, contentType: 'application/x-amz-json-1.0', body: JSON.stringify(body) });
const sent = () => aws.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('requests', () => {
  beforeEach(() => {
    aws.answerWith(answer({ Items: [], Responses: { 'tenant-data': [] } }));
  });

  const key = { tenantId: { S: 'acme' }, dataId: { S: 'a' } };
  it.each<[string, () => Promise<unknown>, object]>([
    ['get', () => items.get('a'), { TableName: 'tenant-data', Key: key }],
    [
      'get of a projection',
      () => items.get('a', { projection: ['status', 'tenantId'], consistentRead: true }),
      {
        TableName: 'tenant-data',
        Key: key,
        ConsistentRead: true,
        ProjectionExpression: '#_0, #_1',
        ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'status' },
      },
    ],
    ['put', () => items.put({ dataId: 'a', n: 1 }), { TableName: 'tenant-data', Item: { ...key, n: { N: '1' } } }],
    [
      'put with a condition',
      () =>
        items.put({ dataId: 'a' }, { condition: '#v < :v', names: { '#v': 'v' }, values: { ':v': 2 }, returnValues: 'ALL_OLD' }),
      {
        TableName: 'tenant-data',
        Item: key,
        ConditionExpression: '#v < :v',
        ExpressionAttributeNames: { '#v': 'v' },
        ExpressionAttributeValues: { ':v': { N: '2' } },
        ReturnValues: 'ALL_OLD',
      },
    ],
    [
      'update',
      () =>
        items.update(
          'a',
          { set: { x: 1, gone: undefined, y: null }, remove: ['z'], add: { n: 2 }, delete: { tags: new Set(['t']) } },
          { condition: 'x = :x', values: { ':x': 0 } },
        ),
      {
        TableName: 'tenant-data',
        Key: key,
        UpdateExpression: 'SET #_0 = :_0, #_1 = :_1 REMOVE #_2 ADD #_3 :_2 DELETE #_4 :_3',
        ConditionExpression: 'x = :x',
        ExpressionAttributeNames: { '#_0': 'x', '#_1': 'y', '#_2': 'z', '#_3': 'n', '#_4': 'tags' },
        ExpressionAttributeValues: {
          ':x': { N: '0' },
          ':_0': { N: '1' },
          ':_1': { NULL: true },
          ':_2': { N: '2' },
          ':_3': { SS: ['t'] },
        },
      },
    ],
    ['delete', () => items.delete('a'), { TableName: 'tenant-data', Key: key }],
    [
      'query',
      () => items.query({ dataId: { beginsWith: 'a' }, limit: 3, pageSize: 5, order: 'descending', consistentRead: true }).page(),
      {
        TableName: 'tenant-data',
        KeyConditionExpression: '#_0 = :_0 AND begins_with(#_1, :_1)',
        ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'dataId' },
        ExpressionAttributeValues: { ':_0': { S: 'acme' }, ':_1': { S: 'a' } },
        Limit: 3,
        ScanIndexForward: false,
        ConsistentRead: true,
      },
    ],
    [
      'query of an index, with a filter',
      () => items.query({ index: { name: 'by-n', sortKey: 'n', range: { between: [1, 2n] } }, filter: 'a = b', limit: 3 }).page(),
      {
        TableName: 'tenant-data',
        IndexName: 'by-n',
        KeyConditionExpression: '#_0 = :_0 AND #_1 BETWEEN :_1 AND :_2',
        FilterExpression: 'a = b',
        ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'n' },
        ExpressionAttributeValues: { ':_0': { S: 'acme' }, ':_1': { N: '1' }, ':_2': { N: '2' } },
      },
    ],
    [
      'batchGet',
      () => items.batchGet(['a', 'a'], { projection: ['n'], consistentRead: true }),
      {
        RequestItems: {
          'tenant-data': {
            Keys: [key],
            ConsistentRead: true,
            ProjectionExpression: '#_0, #_1, #_2',
            ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'n', '#_2': 'dataId' },
          },
        },
      },
    ],
    [
      'batchWrite',
      () => items.batchWrite({ put: [{ dataId: 'b', tenantId: undefined }], delete: ['a'] }),
      {
        RequestItems: {
          'tenant-data': [{ PutRequest: { Item: { ...key, dataId: { S: 'b' } } } }, { DeleteRequest: { Key: key } }],
        },
      },
    ],
    [
      'transactWrite',
      () =>
        items.transactWrite(
          [
            { put: { dataId: 'b' }, condition: 'attribute_not_exists(dataId)' },
            { update: 'c', add: { n: 1 }, delete: { tags: new Set(['t']) } },
            { delete: 'd', condition: 'n = :n', values: { ':n': 1 } },
            { check: 'a', condition: 'attribute_exists(dataId)' },
          ],
          { idempotencyToken: 'token' },
        ),
      {
        ClientRequestToken: expect.stringMatching(/^[\w-]{36}$/) as string,
        TransactItems: [
          {
            Put: {
              TableName: 'tenant-data',
              Item: { ...key, dataId: { S: 'b' } },
              ConditionExpression: 'attribute_not_exists(dataId)',
            },
          },
          {
            Update: {
              TableName: 'tenant-data',
              Key: { ...key, dataId: { S: 'c' } },
              UpdateExpression: 'ADD #_0 :_0 DELETE #_1 :_1',
              ExpressionAttributeNames: { '#_0': 'n', '#_1': 'tags' },
              ExpressionAttributeValues: { ':_0': { N: '1' }, ':_1': { SS: ['t'] } },
            },
          },
          {
            Delete: {
              TableName: 'tenant-data',
              Key: { ...key, dataId: { S: 'd' } },
              ConditionExpression: 'n = :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
            },
          },
          { ConditionCheck: { TableName: 'tenant-data', Key: key, ConditionExpression: 'attribute_exists(dataId)' } },
        ],
      },
    ],
  ])('%s', async (_what, send, body) => {
    await send();
    expect(sent()).toEqual([body]);
  });

  it('transactGet', async () => {
    aws.answerWith(answer({ Responses: [{ Item: { ...key, n: { N: '1' } } }, {}] }));
    expect(await items.transactGet(['a', 'b'], { projection: ['n', 'dataId'] })).toEqual([{ dataId: 'a', n: 1 }, undefined]);
    const projection = {
      ProjectionExpression: '#_0, #_1, #_2',
      ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'n', '#_2': 'dataId' },
    };
    expect(sent()).toEqual([
      {
        TransactItems: ['a', 'b'].map((dataId) => ({
          Get: { TableName: 'tenant-data', Key: { ...key, dataId: { S: dataId } }, ...projection },
        })),
      },
    ]);
  });

  it('asks for no page before the first is taken, and none after the loop is left', async () => {
    const page = (ids: string[], last?: string) => {
      const keyOf = (dataId: string) => ({ ...key, dataId: { S: dataId } });
      return answer({ Items: ids.map(keyOf), ...(last !== undefined && { LastEvaluatedKey: keyOf(last) }) });
    };
    aws.answerWith(page(['a', 'b'], 'b'), page(['c', 'd'], 'd'), page(['e']));
    const query = items.query();
    expect(aws.requests).toHaveLength(0);
    for await (const { dataId } of query) if (dataId === 'c') break;
    expect(sent().map(({ ExclusiveStartKey: start }) => start)).toEqual([undefined, { ...key, dataId: { S: 'b' } }]);

    aws.answerWith(page(['a', 'b'], 'b'), page(['c']));
    const all: unknown[] = [];
    for await (const { dataId } of items.query({ limit: 3 })) all.push(dataId);
    expect(all).toEqual(['a', 'b', 'c']);
    expect(sent().map(({ Limit: limit }) => limit)).toEqual([3, 1]);
  });
});

describe('arguments', () => {
  afterEach(() => {
    expect(aws.requests).toHaveLength(0);
  });
  beforeEach(() => {
    aws.answerWith(answer({ Items: [] }));
  });

  /** As JavaScript may call it. */
  const loose = () =>
    items as unknown as Record<
      'get' | 'put' | 'update' | 'delete' | 'batchGet' | 'batchWrite' | 'transactGet' | 'transactWrite',
      (...given: unknown[]) => Promise<unknown>
    > & { query(options: unknown): unknown };
  const item = { dataId: 'a' };
  const many = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

  it.each<[string, () => unknown, string]>([
    [
      'a condition that is misspelt',
      () => loose().put(item, { conditon: 'a = b' }),
      '"conditon" is not an option: known are condition',
    ],
    ['a table of the caller', () => loose().get('a', { TableName: 'other' }), '"TableName" is not an option: known are projection'],
    ['a key of the caller', () => loose().delete('a', { Key: { tenantId: 'globex' } }), '"Key" is not an option'],
    [
      'a key condition of the caller',
      () => loose().query({ KeyConditionExpression: 'a = b' }),
      '"KeyConditionExpression" is not an option',
    ],
    ['options that are text', () => loose().get('a', 'consistent'), 'The options must be an object, given was "consistent"'],
    ['options that are null', () => loose().put(item, null), 'The options must be an object, given was null'],
    ['options that are an array', () => loose().query([]), 'The options must be an object'],
    ['an empty condition', () => loose().put(item, { condition: '' }), "'condition' must be an expression"],
    ['a condition that is no text', () => loose().delete('a', { condition: true }), "'condition' must be an expression"],
    ['an empty filter', () => loose().query({ filter: '' }), "'filter' must be an expression"],
    ['a name without #', () => loose().put(item, { condition: 'x', names: { v: 'v' } }), "\"v\" in 'names' must begin with '#'"],
    ["a name of the package's own", () => loose().put(item, { names: { '#_0': 'v' } }), "'#_', which this package uses itself"],
    ['a name for no text', () => loose().put(item, { names: { '#v': 1 } }), '\'names\' gives 1 for "#v"'],
    ['a value without :', () => loose().query({ filter: 'x', values: { v: 1 } }), "\"v\" in 'values' must begin with ':'"],
    ["a value of the package's own", () => loose().query({ filter: 'x', values: { ':_0': 'globex' } }), "not with ':_'"],
    ['names that are a list', () => loose().put(item, { names: ['#a'] }), "'names' must be an object"],
    [
      'return values of another call',
      () => loose().put(item, { returnValues: 'ALL_NEW' }),
      "'returnValues' must be 'ALL_OLD', given was",
    ],
    ['unknown return values', () => loose().update('a', { set: { x: 1 } }, { returnValues: 'ALL' }), "'ALL_OLD' or 'ALL_NEW' or"],
    ['an item that is text', () => loose().put('item'), 'An item must be an object'],
    ['an item that is null', () => loose().put(null), 'An item must be an object, given was null'],
    ['a change of the tenant', () => loose().update('a', { set: { tenantId: 'globex' } }), "'tenantId' is a key of the item"],
    ['a change to the own tenant', () => loose().update('a', { set: { tenantId: 'acme' } }), "'tenantId' is a key of the item"],
    ['a removal of the data id', () => loose().update('a', { remove: ['dataId'] }), "'dataId' is a key of the item"],
    ['an addition to a key', () => loose().update('a', { add: { dataId: 1 } }), "'dataId' is a key of the item"],
    [
      'a deletion from a key',
      () => loose().update('a', { delete: { tenantId: new Set(['a']) } }),
      "'tenantId' is a key of the item",
    ],
    ['no change', () => loose().update('a', {}), 'There is nothing to change'],
    ['changes to nothing', () => loose().update('a', { set: { x: undefined }, remove: [] }), 'There is nothing to change'],
    ['an unknown change', () => loose().update('a', { SET: { x: 1 } }), '"SET" is not an option: known are set'],
    ['changes that are a list', () => loose().update('a', { set: [1] }), "'set' must be an object"],
    ['removals that are text', () => loose().update('a', { remove: 'abc' }), "'remove' must be an array"],
    ['an attribute without a name', () => loose().update('a', { remove: [''] }), 'is not the name of an attribute'],
    ['a projection that is text', () => loose().get('a', { projection: 'total' }), "'projection' must be an array"],
    ['a projection of no text', () => loose().get('a', { projection: [1] }), '1 is not the name of an attribute'],
    ['an order in other words', () => loose().query({ order: 'desc' }), "'order' must be 'ascending' or 'descending'"],
    ...[0, -1, 1.5, NaN, '10', null].flatMap((count): [string, () => unknown, string][] => [
      [`a limit of ${count}`, () => loose().query({ limit: count }), "'limit' must be a whole number of at least 1"],
      [`a page size of ${count}`, () => loose().query({ pageSize: count }), "'pageSize' must be a whole number of at least 1"],
    ]),
    [
      'a range of two comparisons',
      () => loose().query({ dataId: { equals: 'a', atLeast: 'b' } }),
      "The range of 'dataId' must be one of",
    ],
    ['a range of none', () => loose().query({ dataId: {} }), "The range of 'dataId' must be one of"],
    ['a range that is text', () => loose().query({ dataId: 'a' }), "'dataId' must be an object"],
    ['an unknown comparison', () => loose().query({ dataId: { contains: 'a' } }), "The range of 'dataId' must be one of equals"],
    ['a comparison with an object', () => loose().query({ dataId: { equals: { S: 'a' } } }), "no value of the sort key 'dataId'"],
    ['a comparison with null', () => loose().query({ dataId: { atMost: null } }), "null is no value of the sort key 'dataId'"],
    ['between three values', () => loose().query({ dataId: { between: ['a', 'b', 'c'] } }), "'between' takes an array of two"],
    [
      'a range beside an index',
      () => loose().query({ dataId: { equals: 'a' }, index: { name: 'by-n', sortKey: 'n' } }),
      'exclude each other',
    ],
    [
      'an index without a sort key',
      () => loose().query({ index: { name: 'by-n' } }),
      "'index' must be an object with 'name' and 'sortKey'",
    ],
    [
      'an index by the tenant',
      () => loose().query({ index: { name: 'by-n', sortKey: 'tenantId' } }),
      "'sortKey' must be the attribute",
    ],
    [
      'an index without a name',
      () => loose().query({ index: { sortKey: 'n' } }),
      "'index' must be an object with 'name' and 'sortKey'",
    ],
    ['data ids that are text', () => loose().batchGet('abc'), "'dataIds' must be an array"],
    ['the same item to put twice', () => loose().batchWrite({ put: [item, { ...item }] }), 'The item "a" is named twice'],
    ['the same item to put and delete', () => loose().batchWrite({ put: [item], delete: ['a'] }), 'The item "a" is named twice'],
    ['an unknown kind of write', () => loose().batchWrite({ update: ['a'] }), '"update" is not an option: known are put'],
    ['a transaction of nothing', () => loose().transactWrite([]), 'A transaction takes 1-100 items, given were 0'],
    ['a transaction of 101 items', () => loose().transactWrite(many(101).map((id) => ({ delete: id }))), 'given were 101'],
    ['a transaction that reads 101 items', () => loose().transactGet(many(101)), 'given were 101'],
    ['a transaction that reads an item twice', () => loose().transactGet(['a', 'b', 'a']), 'The item "a" is named twice'],
    [
      'a transaction with an item twice',
      () => loose().transactWrite([{ delete: 'a' }, { put: item }]),
      'The item "a" is named twice',
    ],
    [
      'consistent reads of a transaction',
      () => loose().transactGet(['a'], { consistentRead: true }),
      '"consistentRead" is not an option',
    ],
    [
      'two operations in one',
      () => loose().transactWrite([{ put: item, check: 'b' }]),
      '"check" is not an option: known are condition',
    ],
    ['an operation of no kind', () => loose().transactWrite([{ condition: 'a = b' }]), "An operation is an object with 'put'"],
    ['an operation that is text', () => loose().transactWrite(['a']), "An operation is an object with 'put'"],
    ['a delete of no data id', () => loose().transactWrite([{ delete: { a: 1 } }]), "An operation is an object with 'put'"],
    ['a check without a condition', () => loose().transactWrite([{ check: 'a' }]), "with a condition, 'check'"],
    ['an empty idempotency token', () => loose().transactWrite([{ delete: 'a' }], { idempotencyToken: '' }), 'is not empty'],
    [
      'an idempotency token that is no text',
      () => loose().transactWrite([{ delete: 'a' }], { idempotencyToken: 7 }),
      'given was 7',
    ],
    [
      'an index of another name than DynamoDB takes',
      () => loose().query({ index: { name: 'a/b', sortKey: 'n' } }),
      "'name' must be the name of an index",
    ],
    ['a projection of nothing', () => loose().get('a', { projection: [] }), "'projection' must be an array of one or more names"],
    ['consistent reads by a word', () => loose().get('a', { consistentRead: 'false' }), "'consistentRead' must be true or false"],
    ['no AbortSignal', () => loose().put(item, { abortSignal: 'now' }), "'abortSignal' must be an AbortSignal"],
    [
      'an undefined value',
      () => loose().put(item, { condition: 'v = :v', values: { ':v': undefined } }),
      "'values' gives a value of type undefined",
    ],
    [
      'an attribute that JavaScript takes for the prototype',
      () => loose().put(JSON.parse('{ "dataId": "a", "__proto__": { "x": 1 } }')),
      "'__proto__'",
    ],
    [
      'a change of such an attribute',
      () => loose().update('a', { set: JSON.parse('{ "__proto__": 1 }') as object }),
      "'__proto__'",
    ],
    ['a Date', () => loose().put({ ...item, at: new Date(0) }), 'give a Date as text'],
    ['a number that is none', () => loose().update('a', { set: { total: NaN } }), 'it holds a value that DynamoDB does not take'],
    ['a number beyond 2^53', () => loose().batchWrite({ put: [{ ...item, total: 2 ** 60 }] }), 'bigints, numbers within 2^53'],
    [
      'an empty Set as a value',
      () => loose().delete('a', { condition: 't = :t', values: { ':t': new Set() } }),
      'Sets that are not empty',
    ],
  ])('refuses %s', async (_what, call, message) => {
    await expect(Promise.resolve().then(call)).rejects.toThrow(refusal('request.invalid', message));
  });

  it("refuses another tenant's item wherever it stands, before anything is sent", async () => {
    const foreign = { dataId: 'z', tenantId: 'globex' };
    const mismatch = refusal('tenant.mismatch', '"globex"', "not to 'acme'");
    await expect(loose().put(foreign)).rejects.toThrow(mismatch);
    await expect(loose().batchWrite({ put: [...many(60).map((dataId) => ({ dataId })), foreign] })).rejects.toThrow(mismatch);
    await expect(loose().transactWrite([{ put: item }, { put: foreign }])).rejects.toThrow(mismatch);
  });
});

describe('options that stand in the prototype of all objects', () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>;
  const given = { condition: 'a = b', returnValues: 'ALL_OLD', filter: 'a = b', limit: 1, cursor: 'x', index: { name: 'by-x' } };

  it('are none', async () => {
    aws.answerWith(answer({ Items: [] }));
    Object.assign(prototype, given);
    try {
      await items.put({ dataId: 'a' }, { abortSignal: new AbortController().signal });
      await items.query({ order: 'descending' }).page();
    } finally {
      for (const name of Object.keys(given)) Reflect.deleteProperty(prototype, name);
    }
    const names = aws.requests.flatMap(({ body }) => Object.keys(JSON.parse(body) as object));
    expect(names.filter((name) => /Condition|Return|Filter|Limit|Start|IndexName/.test(name))).toEqual(['KeyConditionExpression']);
    expect(names).toContain('ScanIndexForward');
  });
});

describe('an idempotency token', () => {
  const tokenOf = async (table: TenantTable<Record<string, unknown>>, idempotencyToken: string): Promise<unknown> => {
    aws.answerWith(answer({}));
    await table.transactWrite([{ delete: 'a' }], { idempotencyToken });
    return (JSON.parse(aws.requests[0]?.body ?? '') as Record<string, unknown>)['ClientRequestToken'];
  };

  it('is the same for the same transaction, and another for each tenant', async () => {
    const token = await tokenOf(items, 'order#2-placed');
    expect(token).toMatch(/^[\w-]{36}$/);
    expect(await tokenOf(items, 'order#2-placed')).toBe(token);
    expect(await tokenOf(tableOf(aws.endpoint, 'globex'), 'order#2-placed')).not.toBe(token);
    expect(await tokenOf(items, 'order#3-placed')).not.toBe(token);
    expect(await tokenOf(items, '\ud800')).not.toBe(await tokenOf(items, '\ud801'));
    expect(await tokenOf(items, 'x'.repeat(100))).toMatch(/^[\w-]{36}$/);
  });

  it('fails as an argument, if it was given for other operations before', async () => {
    aws.answerWith(dynamoDbError('IdempotentParameterMismatchException'));
    const again = items.transactWrite([{ delete: 'a' }], { idempotencyToken: 'order#2-placed' });
    await expect(again).rejects.toThrow(refusal('request.invalid', "the same 'idempotencyToken' was given for other operations"));
  });
});

describe('both sides of the limits of a transaction', () => {
  it('takes 100 items', async () => {
    aws.answerWith(answer({}));
    await items.transactWrite(Array.from({ length: 100 }, (_, index) => ({ delete: `${index}` })));
    expect(aws.requests).toHaveLength(1);
  });
});

/** Every partition key that a request names, wherever it stands. */
function partitionsOf({ body }: AwsRequest): string[] {
  const named: string[] = [];
  const request = JSON.parse(body, (name, value: unknown) => {
    if (['Key', 'Item', 'ExclusiveStartKey'].includes(name)) {
      named.push(JSON.stringify((value as Record<string, unknown>)['tenantId']));
    }
    if (name === 'Keys') for (const key of value as Record<string, unknown>[]) named.push(JSON.stringify(key['tenantId']));
    return value;
  }) as Record<string, unknown>;
  const condition = request['KeyConditionExpression'];
  if (typeof condition === 'string') {
    const [, name = '', value = ''] = /^(#\w+) = (:\w+)(?: AND (?!.*\bOR\b).*)?$/.exec(condition) ?? [];
    const names = request['ExpressionAttributeNames'] as Record<string, string>;
    const values = request['ExpressionAttributeValues'] as Record<string, unknown>;
    named.push(names[name] === 'tenantId' ? JSON.stringify(values[value]) : `by ${names[name] ?? 'nothing'}`);
  }
  return named;
}

describe('whatever the caller passes', () => {
  const OWN = '{"S":"acme"}';
  const text = fc.constantFrom(
    'a',
    'globex',
    'tenantId',
    'dataId',
    '',
    '#_0',
    ':_0',
    '#_0 = :_1 OR tenantId = :t',
    'constructor',
    '__proto__',
  );
  const leaf = fc.oneof(text, fc.constantFrom<unknown>(1, 2n, null, undefined, true, new Set(['globex']), new Uint8Array([1])));
  /** A value that is another thing each time it is looked at. */
  const turncoat = (name: string) => {
    let looks = 0;
    return { get: () => (looks++ % 2 === 0 ? 'acme' : 'globex'), enumerable: true, configurable: true, name };
  };
  const asMap = {
    constructor: { name: 'Map' },
    *[Symbol.iterator]() {
      yield ['tenantId', 'globex'];
      yield ['dataId', 'a'];
    },
  };
  const names = fc.constantFrom(
    'tenantId',
    'dataId',
    'TableName',
    'Key',
    'Item',
    'KeyConditionExpression',
    'ExpressionAttributeNames',
    'ExpressionAttributeValues',
    'ExclusiveStartKey',
    'condition',
    'filter',
    'names',
    'values',
    'projection',
    'returnValues',
    'set',
    'remove',
    'add',
    'delete',
    'put',
    'update',
    'check',
    'index',
    'name',
    'sortKey',
    'range',
    'equals',
    'beginsWith',
    'between',
    'limit',
    'cursor',
    '#a',
    ':a',
    'x',
    '__proto__',
    'constructor',
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .record({
          own: fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }),
          trick: fc.constantFrom('none', 'inherited', 'turncoat', 'map'),
        })
        .map(({ own, trick }) => {
          const made: object =
            trick === 'inherited' ? (Object.create({ tenantId: 'globex', TableName: 'other', dataId: 'a' }) as object) : {};
          for (const [name, given] of own) {
            Object.defineProperty(made, name, { value: given, enumerable: true, configurable: true, writable: true });
          }
          if (trick === 'turncoat') Object.defineProperty(made, 'tenantId', turncoat('tenantId'));
          if (trick === 'map') Object.assign(made, asMap);
          return made;
        }),
    ),
  }));
  /** Often good enough to be sent. */
  const near = (good: object) =>
    fc.tuple(fc.constant(good), fc.oneof(value, fc.constant(undefined))).map(([base, more]) => {
      const made = { ...base };
      if (typeof more === 'object' && more !== null) Object.defineProperties(made, Object.getOwnPropertyDescriptors(more));
      return made;
    });
  const call = fc.oneof(
    fc.tuple(fc.constant('get'), fc.oneof(text, value), fc.oneof(fc.constant(undefined), value)),
    fc.tuple(fc.constant('put'), near({ dataId: 'a', tenantId: 'acme' }), fc.oneof(fc.constant(undefined), value)),
    fc.tuple(
      fc.constant('put'),
      near({ dataId: 'a' }),
      near({ condition: 'x', names: { '#a': 'tenantId' }, values: { ':a': 'globex' } }),
    ),
    fc.tuple(fc.constant('update'), text, near({ set: { x: 1 } })),
    fc.tuple(fc.constant('update'), fc.constant('a'), fc.record({ set: value }), near({ condition: '#_0 = :_0' })),
    fc.tuple(fc.constant('delete'), fc.oneof(text, value), near({ returnValues: 'ALL_OLD' })),
    fc.tuple(fc.constant('query'), near({ dataId: { beginsWith: 'a' } })),
    fc.tuple(fc.constant('query'), near({ filter: 'tenantId = :a', values: { ':a': 'globex' } })),
    fc.tuple(
      fc.constant('query'),
      fc.record({
        cursor: fc.oneof(
          value,
          fc.base64String().map((cursor) => Buffer.from(`S${cursor}`).toString('base64url')),
        ),
      }),
    ),
    fc.tuple(fc.constant('query'), fc.record({ index: near({ name: 'by-x', sortKey: 'x' }) })),
    fc.tuple(fc.constant('batchGet'), fc.array(text, { maxLength: 2 }), fc.oneof(fc.constant(undefined), value)),
    fc.tuple(
      fc.constant('batchWrite'),
      fc.record({ put: fc.array(near({ dataId: 'a' }), { maxLength: 2 }), delete: fc.array(text, { maxLength: 2 }) }),
    ),
    fc.tuple(fc.constant('transactGet'), fc.array(text, { maxLength: 2 }), fc.constant({})),
    fc.tuple(
      fc.constant('transactWrite'),
      fc.array(fc.oneof(near({ put: { dataId: 'b' } }), near({ update: 'c', set: { x: 1 } }), near({ delete: 'd' })), {
        maxLength: 3,
      }),
    ),
  );

  it('every request names the own tenant as partition key, and no other', async () => {
    const reached = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(call, async ([operation, ...given]) => {
        aws.answerWith(dynamoDbError('ValidationException'));
        const method = (items as unknown as Record<string, (...args: unknown[]) => unknown>)[operation];
        try {
          const called = method?.apply(items, given);
          await (operation === 'query' ? (called as { page(): Promise<unknown> }).page() : called);
        } catch {
          // Refused here, or by the server: only what was sent counts.
        }
        for (const request of aws.requests) {
          reached.set(operation, (reached.get(operation) ?? 0) + 1);
          const partitions = partitionsOf(request);
          expect(partitions.length).toBeGreaterThan(0);
          expect(partitions.filter((partition) => partition !== OWN)).toEqual([]);
          expect(request.body).not.toMatch(/"TableName":"(?!tenant-data")/);
        }
      }),
      { numRuns: 1500, seed: 20_260_801 },
    );
    // Else it would say nothing: each operation was sent, again and again.
    for (const operation of ['get', 'put', 'update', 'delete', 'query', 'batchGet', 'batchWrite', 'transactGet', 'transactWrite']) {
      expect([operation, (reached.get(operation) ?? 0) >= 10]).toEqual([operation, true]);
    }
  });
});

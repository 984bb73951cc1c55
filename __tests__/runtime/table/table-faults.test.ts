import '../../support/node-errors';
import type { TenantEvent } from 'multi-tenant-data-access';
import type { TenantTable } from 'multi-tenant-data-access/table/tenant-table';
import { type AwsAnswer, dynamoDbError, LoopbackAws, signedWith } from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';
import { connections, tableOf } from '../../support/table-of';

let aws: LoopbackAws;
let items: TenantTable<Record<string, unknown>>;
const told: TenantEvent[] = [];

beforeAll(async () => {
  aws = await LoopbackAws.start();
  items = tableOf(aws.endpoint, 'acme', told);
});

beforeEach(() => {
  told.length = 0;
});

afterAll(async () => {
  connections.retire();
  await aws.stop();
});

const answer = (body: object): AwsAnswer => ({
  status: 200,
  contentType: 'application/x-amz-json-1.0',
  body: JSON.stringify(body),
});
const keyOf = (dataId: string, tenantId = 'acme') => ({ tenantId: { S: tenantId }, dataId: { S: dataId } });
const sent = () => aws.requests.map(({ body }) => JSON.parse(body) as { RequestItems: Record<string, unknown> });
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

/** Every operation, each in one request. */
const OPERATIONS: Record<string, (signal?: AbortSignal) => Promise<unknown>> = {
  get: (abortSignal) => items.get('a', { abortSignal }),
  put: (abortSignal) => items.put({ dataId: 'a' }, { abortSignal, returnValues: 'ALL_OLD' }),
  update: (abortSignal) => items.update('a', { set: { x: 1 } }, { abortSignal, returnValues: 'ALL_NEW' }),
  delete: (abortSignal) => items.delete('a', { abortSignal, returnValues: 'ALL_OLD' }),
  query: (abortSignal) => items.query({ abortSignal }).page(),
  'query in a loop': async (abortSignal) => {
    for await (const item of items.query({ abortSignal })) expect(item).toBeDefined();
  },
  batchGet: (abortSignal) => items.batchGet(['a'], { abortSignal }),
  batchWrite: (abortSignal) => items.batchWrite({ delete: ['a'] }, { abortSignal }),
  transactGet: (abortSignal) => items.transactGet(['a'], { abortSignal }),
  transactWrite: (abortSignal) => items.transactWrite([{ delete: 'a' }], { abortSignal }),
};

describe.each(Object.entries(OPERATIONS))('%s', (_name, operation) => {
  it("fails with the service's answer as code, and tells of a refusal", async () => {
    aws.answerWith(dynamoDbError('AccessDeniedException'));
    await expect(operation()).rejects.toThrow(
      refusal('access.denied', "of tenant 'acme' in table 'tenant-data': AWS denied it", 'the session tag', 'partition key'),
    );
    expect(told).toMatchObject([{ type: 'deny', tenantId: 'acme' }]);
    expect(aws.requests.map(signedWith)).toEqual(['ASIAACME0001']);

    aws.answerWith(dynamoDbError('ProvisionedThroughputExceededException'));
    await expect(operation()).rejects.toThrow(refusal('service.throttled'));
    expect(told).toMatchObject([{ type: 'deny' }, { type: 'throttle', tenantId: 'acme' }]);

    aws.answerWith(dynamoDbError('InternalServerError', 500));
    await expect(operation()).rejects.toThrow(refusal('service.unavailable'));
  });

  it('fails when the server hangs up, or answers what cannot be read', async () => {
    aws.answerWith('hang up');
    await expect(operation()).rejects.toThrow(refusal('service.unavailable'));
    aws.answerWith({ status: 200, contentType: 'application/x-amz-json-1.0', body: '{"Item":' });
    await expect(operation()).rejects.toThrow(refusal('service.failed', 'the answer could not be read'));
  });

  it('fails when the caller aborts, before and during the request', async () => {
    aws.answerWith('silence');
    await expect(operation(AbortSignal.abort())).rejects.toThrow(refusal('request.aborted'));
    expect(aws.requests).toHaveLength(0);
    const abort = new AbortController();
    const aborted = expect(operation(abort.signal)).rejects.toThrow(refusal('request.aborted'));
    while (aws.requests.length === 0) await new Promise(setImmediate);
    abort.abort();
    await aborted;
  });
});

describe('an answer that DynamoDB does not give', () => {
  const foreign = keyOf('a', 'globex');
  it.each<[string, () => Promise<unknown>, object]>([
    ['get', () => items.get('a'), { Item: foreign }],
    ['get of an item without a tenant', () => items.get('a'), { Item: { dataId: { S: 'a' } } }],
    ['get of a projection', () => items.get('a', { projection: ['x'] }), { Item: { x: { N: '1' } } }],
    ['put', () => items.put({ dataId: 'a' }, { returnValues: 'ALL_OLD' }), { Attributes: foreign }],
    ['update', () => items.update('a', { set: { x: 1 } }, { returnValues: 'ALL_NEW' }), { Attributes: foreign }],
    [
      'update, of what changed',
      () => items.update('a', { set: { x: 1 } }, { returnValues: 'UPDATED_NEW' }),
      { Attributes: foreign },
    ],
    ['delete', () => items.delete('a', { returnValues: 'ALL_OLD' }), { Attributes: foreign }],
    ['query', () => items.query().page(), { Items: [keyOf('a'), foreign] }],
    ['query, as where to go on', () => items.query().page(), { Items: [keyOf('a')], LastEvaluatedKey: foreign }],
    ['batchGet', () => items.batchGet(['a']), { Responses: { 'tenant-data': [foreign] } }],
    ['transactGet', () => items.transactGet(['a']), { Responses: [{ Item: foreign }] }],
  ])("refuses another tenant's item from %s, and tells of it", async (_what, operation, body) => {
    aws.answerWith(answer(body));
    await expect(operation()).rejects.toThrow(refusal('tenant.mismatch', "holds what is not tenant 'acme's"));
    expect(told).toMatchObject([{ type: 'deny', tenantId: 'acme' }]);
    expect(aws.requests).toHaveLength(1);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ['query without items', () => items.query().page(), {}],
    ['batchGet without answers', () => items.batchGet(['a']), {}],
    [
      'batchGet that leaves over what was not asked',
      () => items.batchGet(['a']),
      { Responses: {}, UnprocessedKeys: { 'tenant-data': { Keys: [keyOf('b')] } } },
    ],
    [
      'batchWrite that leaves over what was not sent',
      () => items.batchWrite({ delete: ['a'] }),
      { UnprocessedItems: { 'tenant-data': [{ DeleteRequest: { Key: keyOf('b') } }] } },
    ],
    [
      'batchWrite that leaves over nothing in particular',
      () => items.batchWrite({ delete: ['a'] }),
      { UnprocessedItems: { 'tenant-data': [{}] } },
    ],
    [
      'batchWrite that leaves over items of another table',
      () => items.batchWrite({ delete: ['a'] }),
      { UnprocessedItems: { other: [{ DeleteRequest: { Key: keyOf('b') } }] } },
    ],
    [
      'batchGet that leaves over keys of another table',
      () => items.batchGet(['a']),
      { Responses: {}, UnprocessedKeys: { other: { Keys: [keyOf('b')] } } },
    ],
    ['get of a number that JavaScript cannot hold', () => items.get('a'), { Item: { ...keyOf('a'), total: { N: '1e40' } } }],
    ['get of an attribute without a value', () => items.get('a'), { Item: { ...keyOf('a'), total: {} } }],
    ['transactGet with too few answers', () => items.transactGet(['a', 'b']), { Responses: [{}] }],
    ['transactGet without answers', () => items.transactGet(['a']), {}],
  ])('fails for a %s', async (_what, operation, body) => {
    aws.answerWith(answer(body));
    await expect(operation()).rejects.toThrow(refusal('service.failed', 'the answer could not be read'));
  });
});

describe('query', () => {
  it('fails in the loop when a later page fails, after the items before it', async () => {
    aws.answerWith(answer({ Items: [keyOf('a')], LastEvaluatedKey: keyOf('a') }), dynamoDbError('ThrottlingException'));
    const seen: unknown[] = [];
    const loop = async () => {
      for await (const { dataId } of items.query()) seen.push(dataId);
    };
    await expect(loop()).rejects.toThrow(refusal('service.throttled', 'query the items'));
    expect(seen).toEqual(['a']);
  });

  it('fails when the index sorts by another attribute, as its cursor would lead nowhere', async () => {
    aws.answerWith(answer({ Items: [], LastEvaluatedKey: { ...keyOf('a'), total: { N: '1' } } }));
    const page = items.query({ index: { name: 'by-total', sortKey: 'totl' } }).page();
    await expect(page).rejects.toThrow(refusal('request.invalid', "'totl' is no key of this index"));
  });

  it('fails when a page ends where it began, and would be followed by itself', async () => {
    aws.answerWith(answer({ Items: [], LastEvaluatedKey: keyOf('a') }));
    const pages = items.query().pages();
    await pages.next();
    await expect(pages.next()).rejects.toThrow(refusal('service.failed', 'the answer could not be read'));
    expect(aws.requests).toHaveLength(2);
  });
});

describe('batchGet', () => {
  const read = (dataIds: readonly string[], left: readonly string[] = []) =>
    answer({
      Responses: { 'tenant-data': dataIds.map((dataId) => keyOf(dataId)) },
      UnprocessedKeys: left.length === 0 ? {} : { 'tenant-data': { Keys: left.map((dataId) => keyOf(dataId)) } },
    });

  it('asks again for what was left over, and only for that', async () => {
    aws.answerWith(read(['3'], ['2', '1']), read(['1'], ['2']), read(['2']));
    const { items: found, unprocessed, error } = await items.batchGet(['1', '2', '3', '4']);
    expect(found.map(({ dataId }) => dataId)).toEqual(['1', '2', '3']);
    expect([unprocessed, error]).toEqual([[], undefined]);
    expect(sent().map(({ RequestItems: asked }) => asked['tenant-data'])).toEqual([
      { Keys: ['1', '2', '3', '4'].map((id) => keyOf(id)) },
      { Keys: ['1', '2'].map((id) => keyOf(id)) },
      { Keys: [keyOf('2')] },
    ]);
    expect(told).toEqual(Array(2).fill({ type: 'throttle', tenantId: 'acme', error: undefined }));
  });

  it('tells what is unprocessed, and why, when some was read before it failed', async () => {
    aws.answerWith(read(['1'], ['2']), dynamoDbError('AccessDeniedException'));
    const result = await items.batchGet(['1', '2']);
    expect(result.items).toEqual([{ dataId: '1' }]);
    expect(result.unprocessed).toEqual(['2']);
    expect(result.error).toMatchObject({ code: 'access.denied' });
  });

  it('fails when the caller aborts while it waits to ask again, and asks no more', async () => {
    aws.answerWith(read(['1'], ['2']));
    const abort = new AbortController();
    const aborted = expect(items.batchGet(['1', '2'], { abortSignal: abort.signal })).rejects.toThrow(refusal('request.aborted'));
    while (told.length === 0) await new Promise(setImmediate);
    abort.abort();
    await aborted;
    expect(aws.requests).toHaveLength(1);
  });
});

describe('batchWrite', () => {
  it('sends again what was left over, as it was given and not as it was answered', async () => {
    const forged = { PutRequest: { Item: { ...keyOf('1', 'globex'), x: { S: 'forged' } } } };
    aws.answerWith(
      answer({ UnprocessedItems: { 'tenant-data': [forged, { DeleteRequest: { Key: keyOf('3', 'globex') } }] } }),
      answer({}),
    );
    await items.batchWrite({ put: [{ dataId: '1', x: 'own' }, { dataId: '2' }], delete: ['3'] });
    expect(sent()[1]).toEqual({
      RequestItems: {
        'tenant-data': [{ PutRequest: { Item: { ...keyOf('1'), x: { S: 'own' } } } }, { DeleteRequest: { Key: keyOf('3') } }],
      },
    });
  });

  it('tells what is unprocessed in a form that can be given again', async () => {
    aws.answerWith(
      answer({
        UnprocessedItems: { 'tenant-data': [{ PutRequest: { Item: keyOf('2') } }, { DeleteRequest: { Key: keyOf('3') } }] },
      }),
      dynamoDbError('InternalServerError', 500),
    );
    const { unprocessed, error } = await items.batchWrite({ put: [{ dataId: '1' }, { dataId: '2', x: 1 }], delete: ['3', '4'] });
    expect(unprocessed).toEqual({ put: [{ dataId: '2', x: 1 }], delete: ['3'] });
    expect(error).toMatchObject({ code: 'service.unavailable' });

    aws.answerWith(answer({}));
    expect((await items.batchWrite(unprocessed)).unprocessed).toEqual({ put: [], delete: [] });
  });

  it('begins no more requests after one failed', async () => {
    aws.answerWith(answer({}), dynamoDbError('AccessDeniedException'));
    const { unprocessed, error } = await items.batchWrite({ delete: ids(1, 250) });
    expect(error).toMatchObject({ code: 'access.denied' });
    // Four were under way, one of which was done.
    expect(aws.requests.length).toBeLessThanOrEqual(5);
    expect(unprocessed.delete).toHaveLength(225);
  });

  it('shows no item and no key in an error', async () => {
    aws.answerWith(dynamoDbError('AccessDeniedException'));
    const error = await caughtFrom(() => items.batchWrite({ put: [{ dataId: 'private', x: 'private' }] }));
    expect(error.message).not.toContain('private');
    expect(error.message).not.toContain('ASIAACME0001');
  });
});

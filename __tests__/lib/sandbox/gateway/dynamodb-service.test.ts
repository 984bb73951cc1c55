import type { Caller } from '../../../../lib/sandbox/caller';
import { DynamoDbService } from '../../../../lib/sandbox/gateway/dynamodb-service';
import type { AwsAnswer } from '../../../../lib/sandbox/http/aws-request';
import { request } from '../../../support/signed-requests';
import { ADMINISTRATOR, allow, answerOf, deny, document, FakeStore, Scene, session, TABLE, textOf } from './fakes';

const KEYS = JSON.stringify({ Table: { KeySchema: [{ AttributeName: 'tenantId', KeyType: 'HASH' }] } });
const ITEM = { TableName: 'data', Key: { tenantId: { S: 'acme' } } };
const POLICY = JSON.stringify(document(deny('dynamodb:GetItem', '*', { Principal: '*' })));

function setUp(...identity: readonly object[]) {
  const scene = new Scene(...identity);
  const store = new FakeStore();
  /** The store's answer to all but DescribeTable, which it answers always. */
  let answer: () => AwsAnswer = () => answerOf(200, '{}');
  store.answer = (asked) => (operationOf(asked.headers) === 'DescribeTable' ? answerOf(200, KEYS) : answer());
  const service = new DynamoDbService(store, scene.policies);
  return {
    scene,
    store,
    answering: (given: () => AwsAnswer) => (answer = given),
    ask: (operation: string, input: object, caller: Caller = session()) => {
      const headers = { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'x-odd': 'y' };
      return scene.serve(service, request({ headers, body: JSON.stringify(input) }), caller);
    },
    /** What was sent to the store, with the input. */
    sent: () => store.requests.map(({ headers, body }) => [operationOf(headers), JSON.parse(body.toString()) as unknown]),
  };
}

function operationOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['x-amz-target']?.split('.')[1];
}

describe('DynamoDbService', () => {
  it('sends on what is allowed, written anew and with tables by name', async () => {
    const { store, ask, sent, answering } = setUp(
      allow('dynamodb:GetItem', TABLE, { Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'acme' } } }),
    );
    answering(() => answerOf(200, '{"Item":{}}'));
    const { answer, trail } = await ask('GetItem', { ...ITEM, TableName: TABLE });
    expect(textOf(answer)).toBe('{"Item":{}}');
    expect(sent()).toEqual([
      ['DescribeTable', { TableName: 'data' }],
      ['GetItem', ITEM],
    ]);
    expect(store.requests.flatMap(({ headers }) => Object.keys(headers))).not.toContain('x-odd');
    expect(store.targets).toEqual(Array(2).fill({ service: 'dynamodb', region: 'eu-central-1' }));
    expect(trail).toMatchObject({ operation: 'dynamodb:GetItem', decision: 'allow', checks: [{ resource: TABLE }] });
  });

  it.each<[string, object, Caller, string]>([
    ['PutItem', { TableName: 'data', Item: ITEM.Key }, session(), 'AccessDeniedException'],
    ['GetItem', ITEM, { kind: 'anonymous' }, 'AccessDeniedException'],
    ['StartBulkPutItems', {}, session(), 'AccessDeniedException'],
    ['Nonsense', {}, ADMINISTRATOR, 'UnknownOperationException'],
    ['GetItem', { TableName: 1 }, ADMINISTRATOR, 'SerializationException'],
  ])('refuses or denies, and does not send on: %s of %j', async (operation, input, caller, code) => {
    const { ask, sent } = setUp(allow('dynamodb:GetItem', TABLE));
    expect((await ask(operation, input, caller)).error).toMatchObject({ code, status: 400 });
    expect(sent().filter(([name]) => name !== 'DescribeTable')).toEqual([]);
  });

  it('asks for the keys of a table anew when it may have changed, also if the store did not answer', async () => {
    const { ask, sent, answering } = setUp(allow('dynamodb:*'));
    const described = () => sent().filter(([name]) => name === 'DescribeTable').length;
    await ask('GetItem', ITEM);
    await ask('GetItem', ITEM);
    expect(described()).toBe(1);
    await ask('UpdateTable', { TableName: 'data' }, ADMINISTRATOR);
    await ask('GetItem', ITEM);
    expect(described()).toBe(2);
    answering(() => {
      throw new Error('hung up');
    });
    expect((await ask('DeleteTable', { TableName: 'data' }, ADMINISTRATOR)).error).toMatchObject({ message: 'hung up' });
    await ask('GetItem', ITEM);
    expect(described()).toBe(3);
  });

  describe('the policy of a table', () => {
    const call = (operation: string, input: object = {}) =>
      [`${operation}ResourcePolicy`, { ResourceArn: TABLE, ...input }] as const;

    it('is kept here, and holds at once', async () => {
      const { ask, sent } = setUp(allow('dynamodb:*'));
      expect((await ask(...call('Put', { Policy: POLICY }), ADMINISTRATOR)).answer?.status).toBe(200);
      expect((await ask('GetItem', ITEM)).error).toMatchObject({ code: 'AccessDeniedException' });
      expect(JSON.parse(textOf((await ask(...call('Get'))).answer))).toMatchObject({ Policy: POLICY });
      expect((await ask(...call('Delete'), ADMINISTRATOR)).answer?.status).toBe(200);
      expect((await ask('GetItem', ITEM)).answer?.status).toBe(200);
      expect(sent().filter(([name]) => String(name).endsWith('Policy'))).toEqual([]);
    });

    it.each(['Put', 'Get', 'Delete'])(
      'is none of a table that is not there: %s fails, and is denied to who may not',
      async (operation) => {
        const { scene, store, ask } = setUp();
        store.answer = () => answerOf(400, '{"__type":"x#ResourceNotFoundException"}');
        const asked = call(operation, { Policy: POLICY });
        expect((await ask(...asked, ADMINISTRATOR)).error).toMatchObject({ code: 'ResourceNotFoundException', status: 400 });
        expect((await ask(...asked)).error).toMatchObject({ code: 'AccessDeniedException' });
        expect([scene.policies.get(TABLE), store.requests.length]).toEqual([undefined, 1]);
      },
    );

    it.each([TABLE.replace('eu-central-1', 'us-east-1'), TABLE.replace(/\d{12}/, '210987654321'), `${TABLE}/stream/1`])(
      'is none of what is not here: fails with %s',
      async (ResourceArn) => {
        const { scene, ask } = setUp();
        const asked = call('Put', { Policy: POLICY, ResourceArn });
        expect((await ask(...asked, ADMINISTRATOR)).error).toMatchObject({ code: 'ResourceNotFoundException' });
        expect(scene.policies.get(ResourceArn)).toBeUndefined();
      },
    );

    it('may be deleted where there is none', async () => {
      const { answer } = await setUp().ask(...call('Delete'), ADMINISTRATOR);
      expect([answer?.status, textOf(answer)]).toEqual([200, '{"RevisionId":""}']);
    });

    it('is not changed by who may not: denies it', async () => {
      const { scene, ask } = setUp(allow('dynamodb:GetItem'));
      scene.policies.set(TABLE, POLICY);
      expect((await ask(...call('Put', { Policy: JSON.stringify(document()) }))).error).toMatchObject({
        code: 'AccessDeniedException',
      });
      expect((await ask(...call('Delete'))).error).toMatchObject({ code: 'AccessDeniedException' });
      expect(scene.policies.get(TABLE)?.text).toBe(POLICY);
    });

    it.each<[string, object, () => AwsAnswer, boolean]>([
      ['DeleteTable', { TableName: 'data' }, () => answerOf(200, '{}'), false],
      ['DeleteTable', { TableName: TABLE }, () => answerOf(200, '{}'), false],
      ['DeleteTable', { TableName: 'data' }, () => answerOf(400, '{}'), true],
      ['DeleteTable', { TableName: 'data2' }, () => answerOf(200, '{}'), true],
      ['UpdateTable', { TableName: 'data' }, () => answerOf(200, '{}'), true],
    ])('goes with the table, and only with it: %s %j (%#)', async (operation, input, given, stays) => {
      const { scene, ask, answering } = setUp();
      scene.policies.set(TABLE, POLICY);
      answering(given);
      await ask(operation, input, ADMINISTRATOR);
      expect(scene.policies.get(TABLE) !== undefined).toBe(stays);
    });

    const made = { TableName: 'data', KeySchema: [], ResourcePolicy: POLICY };

    it.each(['data', TABLE])('may come with the table, whose store is not told of it: %s', async (TableName) => {
      const { scene, ask, sent } = setUp();
      expect((await ask('CreateTable', { ...made, TableName }, ADMINISTRATOR)).answer?.status).toBe(200);
      expect(sent()).toEqual([['CreateTable', { TableName: 'data', KeySchema: [] }]]);
      expect(scene.policies.get(TABLE)?.text).toBe(POLICY);
    });

    it('is not there without one', async () => {
      const { scene, ask, sent } = setUp();
      await ask('CreateTable', { TableName: 'data' }, ADMINISTRATOR);
      expect([sent(), scene.policies.get(TABLE)]).toEqual([[['CreateTable', { TableName: 'data' }]], undefined]);
    });

    it.each([undefined, JSON.stringify(document())])(
      'is what it was before, if the table cannot be made: the store fails or says nothing, before it was %s',
      async (before) => {
        const { scene, ask, answering } = setUp();
        if (before !== undefined) scene.policies.set(TABLE, before);
        answering(() => answerOf(400, '{"__type":"x#ResourceInUseException"}'));
        expect((await ask('CreateTable', made, ADMINISTRATOR)).answer?.status).toBe(400);
        expect(scene.policies.get(TABLE)?.text).toBe(before);
        answering(() => {
          throw new Error('hung up');
        });
        expect((await ask('CreateTable', made, ADMINISTRATOR)).error).toMatchObject({ message: 'hung up' });
        expect(scene.policies.get(TABLE)?.text).toBe(before);
      },
    );

    it.each<[unknown, string]>([
      ['{', 'ValidationException'],
      ['x'.repeat(20_481), 'ValidationException'],
      [{ Version: '2012-10-17' }, 'SerializationException'],
    ])('refuses to make a table with one that cannot be kept: %#', async (ResourcePolicy, code) => {
      const { scene, ask, sent } = setUp();
      expect((await ask('CreateTable', { ...made, ResourcePolicy }, ADMINISTRATOR)).error).toMatchObject({ code, status: 400 });
      expect([sent(), scene.policies.get(TABLE)]).toEqual([[], undefined]);
    });

    it('denies a table with one to who may only make tables', async () => {
      const { scene, ask, sent } = setUp(allow('dynamodb:CreateTable'));
      expect((await ask('CreateTable', { ...made, ResourcePolicy: undefined })).answer?.status).toBe(200);
      expect((await ask('CreateTable', made)).error).toMatchObject({ code: 'AccessDeniedException' });
      expect([sent().length, scene.policies.get(TABLE)]).toEqual([1, undefined]);
    });
  });
});

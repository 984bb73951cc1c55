import fc from 'fast-check';
import { callRequest } from '../../../../lib/sandbox/dynamodb/dynamodb-call';
import { dynamoDbOperation } from '../../../../lib/sandbox/dynamodb/dynamodb-operation';
import { embeddedDynamoDb } from '../../../../lib/sandbox/dynamodb/embedded-dynamodb';
import type { JsonObject } from '../../../../lib/sandbox/dynamodb/json-body';
import { keyConditionsOf } from '../../../../lib/sandbox/dynamodb/key-condition';
import { keyText } from '../../../../lib/sandbox/dynamodb/key-value';
import { plainRequest } from '../../../../lib/sandbox/dynamodb/plain-request';
import { TableKeys } from '../../../../lib/sandbox/dynamodb/table-keys';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { Store } from '../../../../lib/sandbox/http/aws-request';

const A = { S: 'a' };
const B = { S: 'b' };
const placeholders = {
  ExpressionAttributeNames: { '#p': 'pk', '#s': 'sk', '#q': 'pk', '#0': 'pk' },
  ExpressionAttributeValues: { ':a': A, ':b': B, ':1': A },
};

function read(expression: string, more: object = {}) {
  const conditions = keyConditionsOf({ KeyConditionExpression: expression, ...placeholders, ...more });
  return Object.fromEntries([...conditions].map(([name, { operator, values }]) => [name, [operator, ...values]]));
}

/** The code with which something is refused. */
function refusalOf(doing: () => unknown): string {
  try {
    doing();
  } catch (error) {
    if (error instanceof AwsError && error.status === 400) return error.code;
    throw error;
  }
  return 'not refused';
}

describe('keyConditionsOf', () => {
  it.each([
    ['pk = :a', { pk: ['=', A] }],
    ['#p=:a', { pk: ['=', A] }],
    ['#0=:1', { pk: ['=', A] }],
    [' \t\r\n#p\n=\t:a ', { pk: ['=', A] }],
    ['(pk = :a)', { pk: ['=', A] }],
    ['((pk = :a) and (((sk > :b))))', { pk: ['=', A], sk: ['>', B] }],
    ['sk <= :b AND pk = :a', { pk: ['=', A], sk: ['<=', B] }],
    ['sk < :b aNd pk = :a', { pk: ['=', A], sk: ['<', B] }],
    ['sk between :a and :b and pk = :a', { pk: ['=', A], sk: ['between', A, B] }],
    ['pk = :a AND sk BETWEEN :a AND :b', { pk: ['=', A], sk: ['between', A, B] }],
    ['begins_with(sk, :b) AND pk = :a', { pk: ['=', A], sk: ['begins_with', B] }],
    ['begins_with ( #s , :b ) AND (pk = :a)', { pk: ['=', A], sk: ['begins_with', B] }],
    [':a = pk', { pk: ['=', A] }],
    [':a < sk and :b = pk', { pk: ['=', B], sk: ['>', A] }],
    [':a <= sk', { sk: ['>=', A] }],
    [':a > sk', { sk: ['<', A] }],
    [':a >= sk', { sk: ['<=', A] }],
    ['sk >= :a', { sk: ['>=', A] }],
    ['begins_with = :a', { begins_with: ['=', A] }],
    ['a = :a AND b = :b AND c = :a', { a: ['=', A], b: ['=', B], c: ['=', A] }],
  ])('reads %s', (expression, expected) => {
    expect(read(expression)).toEqual(expected);
  });

  it.each([
    '',
    '   ',
    'pk',
    'pk =',
    '= :a',
    'pk = pk',
    ':a = :a',
    'pk = :c',
    '#x = :a',
    '#constructor = :a',
    'pk = :constructor',
    'pk = :a AND',
    'AND pk = :a',
    'pk = :a pk = :b',
    'pk = :a, sk = :b',
    'pk = :a OR pk = :b',
    'pk = :a AND sk = :b OR pk = :b',
    'NOT pk = :a',
    'pk <> :a',
    'pk != :a',
    'pk == :a',
    'pk IN (:a, :b)',
    'pk = :a AND pk = :b',
    'pk = :a AND #p = :b',
    'pk = :a AND :b = #q',
    'pk = :a AND begins_with(pk, :a)',
    'pk BETWEEN :a OR :b',
    'pk BETWEEN :a',
    'pk BETWEEN sk AND :b',
    ':a BETWEEN pk AND :b',
    'begins_with(:a, pk)',
    'begins_with(:a, :b)',
    'begins_with(pk)',
    'begins_with(pk, :a, :b)',
    'begins_with pk, :a',
    'BEGINS_WITH(pk, :a)',
    'contains(pk, :a)',
    'size(pk) = :a',
    'pk.x = :a',
    '#p.x = :a',
    'pk[0] = :a',
    '(pk) = :a',
    'pk = (:a)',
    '(pk = :a',
    'pk = :a)',
    '()',
    "pk = 'a'",
    '"pk" = :a',
    'pk = 1',
    'pk = :a -- AND sk = :b',
    'pk = :a /* */',
    'pk = :a; pk = :b',
    'pk\u00a0= :a',
    'pk = :a\u0000',
    'pk constructor :a',
    'ｐk = :a',
  ])('refuses %s', (expression) => {
    expect(refusalOf(() => read(expression))).toBe('ValidationException');
  });

  it('takes 4,096 bytes, and refuses one more', () => {
    const expression = `pk =${' '.repeat(4096 - 6)}:a`;
    expect(read(expression)).toEqual({ pk: ['=', A] });
    expect(() => read(`${expression} `)).toThrow('maximum allowed size');
  });

  it('refuses a placeholder that stands for no text', () => {
    expect(() => read('#p = :a', { ExpressionAttributeNames: { '#p': '' } })).toThrow('is not defined');
    expect(() => read('#p = :a', { ExpressionAttributeNames: { '#p': { S: 'pk' } } })).toThrow('is not defined');
  });

  const legacy = (conditions: object) => keyConditionsOf({ KeyConditions: conditions as JsonObject });

  it('reads the older form', () => {
    const condition = (ComparisonOperator: string, ...AttributeValueList: object[]) => ({ ComparisonOperator, AttributeValueList });
    for (const [name, operator] of Object.entries({ EQ: '=', LT: '<', LE: '<=', GT: '>', GE: '>=', BEGINS_WITH: 'begins_with' })) {
      expect([...legacy({ pk: condition(name, A) })]).toEqual([['pk', { operator, values: [A] }]]);
    }
    expect([...legacy({ pk: condition('BETWEEN', A, B) })]).toEqual([['pk', { operator: 'between', values: [A, B] }]]);
  });

  it.each([
    ['NE', [A]],
    ['IN', [A, B]],
    ['NULL', []],
    ['constructor', [A]],
    ['eq', [A]],
    ['EQ', []],
    ['EQ', [A, B]],
    ['BETWEEN', [A]],
    [undefined, [A]],
  ])('refuses the older %s of %j', (ComparisonOperator, AttributeValueList) => {
    expect(refusalOf(() => legacy({ pk: { ComparisonOperator, AttributeValueList } }))).toBe('ValidationException');
  });

  it('refuses both forms, and none', () => {
    expect(() => read('pk = :a', { KeyConditions: {} })).toThrow('Can not use both');
    expect(() => keyConditionsOf({})).toThrow('must be specified');
  });
});

const PLACE = { partition: 'aws', region: 'eu-central-1', account: '123456789012' };
const TENANTS = ['acme', 'acm', 'acme#1', 'globex', '%'];
const NUMBERS = ['0', '1', '-1', '10', '0.1', '12.5', '100'];

describe('the leading key of a query', () => {
  let store: Store;
  let keys: TableKeys;
  const done = async (operation: string, body: object) => {
    const request = callRequest({ service: 'DynamoDB', operation, body: body as JsonObject });
    const answer = await store.handle(request, { service: 'dynamodb', region: PLACE.region });
    return { status: answer.status, body: JSON.parse((answer.body as Buffer).toString()) as { Items?: JsonObject[] } };
  };

  beforeAll(async () => {
    store = await embeddedDynamoDb();
    keys = new TableKeys(store);
    const attribute = (AttributeName: string, AttributeType = 'S') => ({ AttributeName, AttributeType });
    const pair = (partition: string, sort: string) => [
      { AttributeName: partition, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ];
    await done('CreateTable', {
      TableName: 'texts',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('pk'), attribute('sk')],
      KeySchema: pair('pk', 'sk'),
      GlobalSecondaryIndexes: [{ IndexName: 'turned', KeySchema: pair('sk', 'pk'), Projection: { ProjectionType: 'ALL' } }],
    });
    await done('CreateTable', {
      TableName: 'numbers',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('pk', 'N')],
      KeySchema: pair('pk', 'pk').slice(0, 1),
    });
    for (const pk of TENANTS) {
      for (const sk of TENANTS) await done('PutItem', { TableName: 'texts', Item: { pk: { S: pk }, sk: { S: sk } } });
    }
    for (const pk of NUMBERS) await done('PutItem', { TableName: 'numbers', Item: { pk: { N: pk } } });
  });

  afterAll(() => store.close());

  /** What IAM is told, and what comes back; nothing if it is refused. */
  async function leadingAndRead(body: object) {
    const raw = callRequest({ service: 'DynamoDB', operation: 'Query', body: body as JsonObject });
    const mapped = await dynamoDbOperation(raw, PLACE, keys).catch(() => undefined);
    const leading = mapped?.permissions[0]?.context?.['dynamodb:LeadingKeys'];
    if (leading === undefined) return undefined;
    const answer = await store.handle(plainRequest(raw, PLACE), { service: 'dynamodb', region: PLACE.region });
    if (answer.status !== 200) return undefined;
    const { Items: items } = JSON.parse((answer.body as Buffer).toString()) as { Items: JsonObject[] };
    return { leading, items };
  }

  const oneOf = (...values: string[]) => fc.constantFrom(...values);
  const attribute = oneOf('pk', 'sk', '#p', '#s', '#q');
  const value = oneOf(':v0', ':v1', ':v2');
  const part = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(attribute, oneOf('=', ' = '), value).map((each) => each.join('')) },
    { weight: 1, arbitrary: fc.tuple(value, oneOf('=', '<', '>='), attribute).map((each) => each.join(' ')) },
    { weight: 2, arbitrary: fc.tuple(attribute, oneOf('<', '<=', '>', '>='), value).map((each) => each.join(' ')) },
    { weight: 1, arbitrary: fc.tuple(attribute, value, value).map(([name, low, high]) => `${name} BETWEEN ${low} and ${high}`) },
    { weight: 1, arbitrary: fc.tuple(attribute, value).map(([name, start]) => `begins_with(${name}, ${start})`) },
    { weight: 1, arbitrary: fc.tuple(attribute, attribute).map((each) => each.join(' = ')) },
  );
  const wrapped = fc.tuple(part, fc.boolean()).map(([text, inside]) => (inside ? `(${text})` : text));
  const expression = fc
    .tuple(fc.array(wrapped, { minLength: 1, maxLength: 3 }), oneOf(' AND ', ' and ', ' AND ', ' OR '), fc.boolean())
    .map(([parts, joint, inside]) => (inside ? `(${parts.join(joint)})` : parts.join(joint)));

  it('is the partition that is read, whatever the condition', async () => {
    let read = 0;
    const query = fc.record({
      KeyConditionExpression: expression,
      values: fc.array(fc.constantFrom(...TENANTS), { minLength: 3, maxLength: 3 }),
      IndexName: fc.option(fc.constant('turned'), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ KeyConditionExpression, values, IndexName }) => {
        const used = (name: string) => new RegExp(`${name}\\b`).test(KeyConditionExpression);
        const names = Object.entries({ '#p': 'pk', '#s': 'sk', '#q': 'pk' }).filter(([name]) => used(name));
        const result = await leadingAndRead({
          TableName: 'texts',
          KeyConditionExpression,
          IndexName,
          ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
          ExpressionAttributeValues: Object.fromEntries(
            values.map((text, index) => [`:v${index}`, { S: text }] as const).filter(([name]) => used(name)),
          ),
        });
        const partition = IndexName === undefined ? 'pk' : 'sk';
        for (const item of result?.items ?? []) expect(item[partition]).toEqual({ S: result?.leading });
        read += result?.items.length ?? 0;
      }),
      { numRuns: 400 },
    );
    expect(read).toBeGreaterThan(40);
  });

  it('is one for all spellings of a number', async () => {
    const spelled = fc
      .tuple(fc.constantFrom(...NUMBERS), fc.nat(3), fc.nat(3), fc.integer({ min: -3, max: 3 }))
      .map(([number, before, after, exponent]) => {
        const [, sign = '', digits = ''] = /^(-?)(.*)$/.exec(number) ?? [];
        const shifted = (Number(digits) / 10 ** exponent).toFixed(6);
        return { number, text: `${sign}${'0'.repeat(before)}${shifted}${'0'.repeat(after)}e${exponent}` };
      });
    await fc.assert(
      fc.asyncProperty(spelled, async ({ number, text }) => {
        const values = { ExpressionAttributeValues: { ':n': { N: text } } };
        const result = await leadingAndRead({ TableName: 'numbers', KeyConditionExpression: 'pk = :n', ...values });
        expect(result).toEqual({ leading: number, items: [{ pk: { N: number } }] });
        expect(keyText({ N: text })).toBe(number);
      }),
      { numRuns: 100 },
    );
  });
});

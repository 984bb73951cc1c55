import { plainRequest } from '../../../../lib/sandbox/dynamodb/plain-request';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';

const PLACE = { partition: 'aws', region: 'eu-central-1', account: '123456789012' };
const arn = (table: string, region = PLACE.region, account = PLACE.account) =>
  `arn:aws:dynamodb:${region}:${account}:table/${table}`;

function requestOf(body: object | string | Buffer, operation = 'GetItem'): AwsRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = {
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'content-type': 'text/html',
    origin: 'http://elsewhere',
    cookie: 'c',
  };
  return { method: 'POST', path: '/any', query: 'X-Amz-Algorithm=a', headers, body: bytes, fromLoopback: true };
}

const plain = (body: object | string | Buffer, operation?: string) => plainRequest(requestOf(body, operation), PLACE);
const bodyOf = (body: object | string, operation?: string) => JSON.parse(plain(body, operation).body.toString()) as unknown;

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

describe('plainRequest', () => {
  it('is nothing but the operation and its body', () => {
    expect(plain({ TableName: 'notes' })).toEqual({
      method: 'POST',
      path: '/',
      query: '',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      body: Buffer.from('{"TableName":"notes"}'),
      fromLoopback: true,
    });
  });

  it('holds what was read: the last of duplicates, nothing that is null', () => {
    expect(plain('{"a":1,"\\u0061":2,"b":null,"c":{"d":null,"e":[{"f":null}]}}').body.toString()).toBe('{"a":2,"c":{"e":[{}]}}');
  });

  it('keeps values as they are', () => {
    const item = {
      s: { S: '\u0000 <&> 𝒳 \u2028' },
      n: { N: '123456789012345678901234567890' },
      m: { M: { constructor: { BOOL: false } } },
    };
    expect(bodyOf({ Item: item })).toEqual({ Item: item });
  });

  it('names tables of this account and region by their names', () => {
    const items = (table: string) => ({ [table]: { Keys: [{ TableName: { S: arn('data') } }] } });
    expect(bodyOf({ TableName: arn('notes') })).toEqual({ TableName: 'notes' });
    expect(bodyOf({ RequestItems: items(arn('notes')) })).toEqual({ RequestItems: items('notes') });
    const parts = (table: string) => ({
      TransactItems: ['Get', 'Put', 'Update', 'Delete', 'ConditionCheck'].map((kind) => ({
        [kind]: { TableName: table, Item: { TableName: { S: arn('data') } } },
      })),
    });
    expect(bodyOf(parts(arn('notes')))).toEqual(parts('notes'));
    const creation = (table: string) => ({ TableCreationParameters: { TableName: table } });
    expect(bodyOf(creation(arn('notes')))).toEqual(creation('notes'));
    expect(bodyOf({ ResourceArn: arn('notes') })).toEqual({ ResourceArn: arn('notes') });
  });

  it.each<[string, object]>([
    ['a table of another account', { TableName: arn('notes', PLACE.region, '999999999999') }],
    ['a table of another region', { TableName: arn('notes', 'us-east-1') }],
    ['a table of another partition', { TableName: arn('notes').replace('arn:aws:', 'arn:aws-cn:') }],
    ['one in a batch', { RequestItems: { [arn('notes', 'us-east-1')]: [] } }],
    ['one in a transaction', { TransactItems: [{ Put: { TableName: arn('notes', 'us-east-1') } }] }],
  ])('refuses %s, which the store cannot hold', (_, body) => {
    expect(refusalOf(() => plain(body))).toBe('ResourceNotFoundException');
  });

  it('refuses one table under two names', () => {
    expect(refusalOf(() => plain({ RequestItems: { notes: {}, [arn('notes')]: {} } }))).toBe('ValidationException');
  });

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['what is no JSON', "{'a':1}"],
    ['two values', '{}{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['null in a list', '{"a":[null]}'],
    ['a prototype', '{"Key":{"__proto__":{"tenantId":{"S":"a"}}}}'],
    ['a prototype in other letters', '{"\\u005f_proto__":{}}'],
    ['half a character', '{"a":"\\ud800"}'],
    ['half a character in a name', '{"\\udc00":1}'],
    ['what is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['a byte order mark', '\ufeff{}'],
    ['much nesting', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('refuses %s', (_, body) => {
    expect(refusalOf(() => plain(body))).toBe('SerializationException');
  });

  it('takes 80 levels within a body, and refuses one more', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(plain(nested(80)).body.toString()).toBe(nested(80));
    expect(() => plain(nested(81))).toThrow('80 levels');
  });

  it('refuses what is no request to DynamoDB', () => {
    expect(refusalOf(() => plain({}, 'Get-Item'))).toBe('UnknownOperationException');
  });
});

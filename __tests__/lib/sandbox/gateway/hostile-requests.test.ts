import { request as ask } from 'node:http';
import { type Sandbox, startSandbox } from '../../../../lib/sandbox';
import { canonicalRequest } from '../../../../lib/sandbox/signature/canonical-request';
import { parseQuery } from '../../../../lib/sandbox/signature/query-parameters';
import { sign } from '../../../../lib/sandbox/signature/sign';
import { scopeText, sha256, SigningKeys, signText } from '../../../../lib/sandbox/signature/signing-keys';
import { wholeBody } from '../../../../lib/sandbox/http/whole-body';

const TABLE = 'multi-tenant-iam-data';
const BUCKET = 'multi-tenant-iam-123456789012-eu-central-1';

interface Wish {
  readonly service: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly region?: string;
}

describe('requests of somebody who means ill', () => {
  let sandbox: Sandbox;
  let port: number;
  let acme: { accessKeyId: string; secretAccessKey: string; sessionToken: string };

  beforeAll(async () => {
    sandbox = await startSandbox();
    port = Number(new URL(sandbox.endpoint).port);
    const form = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: sandbox.roles[0] ?? '',
      RoleSessionName: 'acme',
      WebIdentityToken: await sandbox.token({ tenantId: 'acme' }),
    });
    const { text } = await send('POST', '/', FORM, form.toString());
    const element = (name: string) => new RegExp(`<${name}>([^<]+)`).exec(text)?.[1] ?? '';
    acme = {
      accessKeyId: element('AccessKeyId'),
      secretAccessKey: element('SecretAccessKey'),
      sessionToken: element('SessionToken'),
    };
  });

  afterAll(() => sandbox.close());

  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

  function send(method: string, path: string, headers: Readonly<Record<string, string>>, body = '') {
    return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const asked = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
        wholeBody({ body: answer }).then((text) => {
          resolve({ status: answer.statusCode, text: text.toString() });
        }, reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  async function signed(credentials: Parameters<typeof sign>[1]['credentials'], wish: Wish) {
    const { service, method = 'POST', path = '/', query = '', region = sandbox.region, body = '' } = wish;
    const headers = { host: `127.0.0.1:${port}`, ...wish.headers };
    const request = { method, path, query, headers, body: Buffer.from(body), fromLoopback: true };
    const { headers: sent } = await sign(request, { credentials, service, region });
    return send(method, query === '' ? path : `${path}?${query}`, sent, body);
  }

  const dynamoDb = (operation: string, input: object, region?: string): Wish => ({
    service: 'dynamodb',
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(input),
    region,
  });
  const listing: Wish = { service: 's3', method: 'GET', path: `/${BUCKET}`, query: 'list-type=2' };
  const last = () => sandbox.audit.records.at(-1);

  it.each([
    ['a name that was made to point here', (at: number) => ({ host: `evil.example:${at}` })],
    ['another site', () => ({ origin: 'http://evil.example' })],
    ['another site that reads only', () => ({ 'sec-fetch-site': 'cross-site' })],
  ])("refuses the administrator's keys, which everybody knows, from %s", async (_from, headers) => {
    expect(await signed(sandbox.administrator, listing)).toMatchObject({ status: 200 });
    expect(await signed(sandbox.administrator, { ...listing, headers: headers(port) })).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>InvalidAccessKeyId</Code>'),
    });
    expect(last()).toMatchObject({ caller: { kind: 'anonymous' }, decision: 'deny' });
  });

  it.each([
    ['sts', 200, 'GetCallerIdentityResult'],
    ['iam', 403, 'SignatureDoesNotMatch'],
    ['dynamodb', 403, 'SignatureDoesNotMatch'],
  ])('tells a signature for %s also where the name of its credential is encoded: %d', async (service, status, text) => {
    const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const { accessKeyId, secretAccessKey } = sandbox.administrator;
    const scope = { accessKeyId, date: timestamp.slice(0, 8), region: 'eu-central-1', service };
    const query = [
      'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X%2DAmz-Credential=${encodeURIComponent(`${accessKeyId}/${scopeText(scope)}`)}`,
      `X-Amz-Date=${timestamp}&X-Amz-Expires=60&X-Amz-SignedHeaders=host`,
    ].join('&');
    const headers = { host: `127.0.0.1:${port}` };
    const request = { method: 'GET', path: '/', query, headers, body: Buffer.alloc(0), fromLoopback: true };
    const canonical = canonicalRequest(request, parseQuery(query) ?? [], ['host'], sha256(''), 'query');
    const toSign = ['AWS4-HMAC-SHA256', timestamp, scopeText(scope), sha256(canonical)].join('\n');
    const signature = signText(new SigningKeys().of(secretAccessKey, scope), toSign);
    const answer = await send('GET', `/?${query}&X-Amz-Signature=${signature}`, headers);
    expect(answer).toEqual({ status, text: expect.stringContaining(text) });
  });

  it('takes a form of 1 MiB, and refuses one byte more, whoever sends it', async () => {
    expect((await send('POST', '/', FORM, `a=${'b'.repeat(1024 ** 2 - 2)}`)).text).toContain('MissingAction');
    const { status, text } = await send('POST', '/', FORM, `a=${'b'.repeat(1024 ** 2 - 1)}`);
    expect([status, text]).toEqual([413, expect.stringContaining('the sandbox takes 1 MiB')]);
  });

  it('refuses more parts of a transaction than DynamoDB takes before anybody is asked, and logs the first of many', async () => {
    const parts = (count: number, tenantId: string) =>
      Array.from({ length: count }, (_, index) => ({
        Get: { TableName: TABLE, Key: { tenantId: { S: tenantId }, dataId: { S: `${index}` } } },
      }));
    const get = (items: object[]) => signed(acme, dynamoDb('TransactGetItems', { TransactItems: items }));
    expect((await get(parts(101, 'acme'))).text).toContain('ValidationException');
    expect(last()?.checks).toEqual([]);
    expect((await get(parts(100, 'acme'))).status).toBe(200);
    expect(last()).toMatchObject({ decision: 'allow', checks: { length: 25 } });
    expect((await get([...parts(99, 'acme'), ...parts(1, 'globex')])).text).toContain('AccessDenied');
    expect(last()).toMatchObject({ decision: 'deny', checks: { length: 26 } });
    expect(last()?.checks.at(-1)?.context).toMatchObject({ 'dynamodb:LeadingKeys': ['globex'] });
  });

  it.each([
    ['BatchGetItem', { [TABLE]: { Keys: Array.from({ length: 101 }, () => ({})) } }],
    ['BatchWriteItem', { [TABLE]: Array.from({ length: 101 }, () => ({ DeleteRequest: { Key: {} } })) }],
    ['BatchGetItem', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`table-${index}`, { Keys: [] }]))],
  ])('refuses a %s of more than 100', async (operation, items) => {
    const { text } = await signed(acme, dynamoDb(operation, { RequestItems: items }));
    expect(text).toMatch(/ValidationException.*less than or equal to 100/);
  });

  it('does not repeat in its log what calls itself an action and is none', async () => {
    const denied = await signed(acme, { service: 'iam', headers: FORM, body: `Action=${'%1b'.repeat(10_000)}` });
    expect([denied.status, last()?.operation]).toEqual([403, 'iam:Unknown']);
    await signed(acme, { service: 'iam', headers: FORM, body: 'Version=2010-05-08&Action=CreateRole' });
    expect(last()?.operation).toBe('iam:CreateRole');
  });

  it.each([
    ['no text', { Version: '2012-10-17' }],
    ['no JSON', 'no JSON'],
    ['too long', `"${'x'.repeat(20_479)}"`],
  ])('refuses a table with a policy that is %s, and does not make it', async (_what, ResourcePolicy) => {
    const input = {
      TableName: 'closed',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ResourcePolicy,
    };
    expect((await signed(sandbox.administrator, dynamoDb('CreateTable', input))).status).toBe(400);
    expect((await signed(sandbox.administrator, dynamoDb('ListTables', {}))).text).toBe(`{"TableNames":["${TABLE}"]}`);
  });

  it('keeps the tables of one region from requests that are signed for another, or name it by an ARN', async () => {
    const key = { tenantId: { S: 'acme' }, dataId: { S: '1' } };
    const elsewhere = await signed(sandbox.administrator, dynamoDb('GetItem', { TableName: TABLE, Key: key }, 'us-east-1'));
    expect(elsewhere.text).toContain('ResourceNotFoundException');
    expect((await signed(sandbox.administrator, dynamoDb('ListTables', {}, 'us-east-1'))).text).toBe('{"TableNames":[]}');
    const tags = (region: string) => ({ ResourceArn: `arn:aws:dynamodb:${region}:123456789012:table/${TABLE}` });
    const ask = (region: string) => signed(sandbox.administrator, dynamoDb('ListTagsOfResource', tags(region)));
    expect((await ask('eu-central-1')).status).toBe(200);
    expect((await ask('us-east-1')).text).toContain('ResourceNotFoundException');
  });

  it('refuses to answer with a header that ends its line, or has other letters than headers have', async () => {
    const path = `/${BUCKET}/tenants/acme/a`;
    await signed(acme, { service: 's3', method: 'PUT', path, body: 'text' });
    const read = (value: string) =>
      signed(acme, { service: 's3', method: 'GET', path, query: `response-content-type=${encodeURIComponent(value)}` });
    expect(await read('text/a\tb')).toMatchObject({ status: 200, text: 'text' });
    for (const value of ['a\r\nset-cookie: b', '€']) {
      expect(await read(value)).toMatchObject({ status: 400, text: expect.stringContaining('InvalidArgument') });
    }
  });
});

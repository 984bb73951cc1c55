import { Readable } from 'node:stream';
import { bucketAccessPolicy, tableAccessPolicy, trustPolicy } from '../../../../lib/policy';
import type { NumberedRecord } from '../../../../lib/sandbox/audit/audit-log';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import type { Explanation } from '../../../../lib/sandbox/page/explanation';
import { LOCAL_HEADERS } from '../../../../lib/sandbox/page/local-only';
import { type Example, OPERATIONS, TOKENS } from '../../../../lib/sandbox/page/operations';
import type { PermissionChoice } from '../../../../lib/sandbox/page/permission-choices';
import { Page } from '../../../../lib/sandbox/page/page';
import type { Step, Trial } from '../../../../lib/sandbox/page/trial';
import { AUDIENCE, BUCKET, given, ISSUER, PROVIDER, ROLE, TABLE } from '../../../support/estates';
import { auditRecord, FakeSandbox } from './fake-sandbox';

let sandbox: FakeSandbox;
let page: Page;

beforeEach(() => {
  sandbox = new FakeSandbox();
  page = new Page(sandbox);
});

afterEach(() => {
  page.close();
});

async function ask(method: string, path: string, changes: Partial<AwsRequest> = {}): Promise<AwsAnswer | undefined> {
  const [pathname = '', query = ''] = path.split('?');
  return page.handle({ method, path: pathname, query, headers: {}, body: Buffer.alloc(0), fromLoopback: true, ...changes });
}

function textOf({ body }: AwsAnswer): string {
  return (body as Buffer).toString();
}

/** What the answers hold, each some of it. */
interface Content extends Omit<Trial, 'steps'> {
  readonly run: string;
  readonly operations: readonly object[];
  readonly tokens: readonly object[];
  readonly examples: readonly Example[];
  readonly choices: readonly PermissionChoice[];
  readonly records: readonly NumberedRecord[];
  readonly record: NumberedRecord;
  readonly explanations: readonly Explanation[];
  readonly steps: readonly [Step, Step];
}

async function json(method: string, path: string, body: unknown = null): Promise<{ status: number; content: Content }> {
  const answer = given(await ask(method, path, { body: Buffer.from(JSON.stringify(body)) }));
  expect(answer.headers).toStrictEqual({ ...LOCAL_HEADERS, 'content-type': 'application/json; charset=utf-8' });
  return { status: answer.status, content: JSON.parse(textOf(answer)) as Content };
}

const ATTEMPT = { operation: 'get-item', tenant: 'acme', role: ROLE, table: 'data', bucket: 'files', owner: 'acme', key: 'a b/ü!' };

async function tried(changes: object): Promise<Content> {
  const { status, content } = await json('POST', '/_sandbox/try', { ...ATTEMPT, ...changes });
  expect(status).toBe(200);
  return content;
}

describe('the files of the page', () => {
  it.each([
    ['/_sandbox/', 'text/html', '<!doctype html>'],
    ['/_sandbox/page.css', 'text/css', ':root'],
    ['/_sandbox/page.js', 'text/javascript', '//'],
    ['/_sandbox/icon.svg', 'image/svg+xml', '<svg'],
  ])('are served: %s', async (path, type, start) => {
    const answer = given(await ask('GET', path));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ ...LOCAL_HEADERS, 'content-type': `${type}; charset=utf-8` });
    expect(textOf(answer).startsWith(start)).toBe(true);
  });

  it('may do nothing that they do not need', async () => {
    const policy = given(await ask('GET', '/_sandbox/')).headers['content-security-policy'];
    expect(policy?.split('; ')).toStrictEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
  });

  it('refuse to be written', async () => {
    expect(await ask('POST', '/_sandbox/page.js')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await ask('POST', '/_sandbox/settings')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
    expect(await ask('GET', '/_sandbox/try')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(await ask('HEAD', '/_sandbox/audit/stream')).toMatchObject({ status: 405 });
  });

  it('leave other paths to others', async () => {
    for (const path of [
      '/_sandbox/token',
      '/_sandbox/../page.ts',
      '/_sandbox/page.ts',
      '/_sandbox/constructor',
      '/bucket/_sandbox/',
    ]) {
      expect(await ask('GET', path)).toBeUndefined();
    }
  });
});

describe('the way to the page', () => {
  const browser = { headers: { accept: 'text/html,*/*' } };

  it('is shown to browsers', async () => {
    expect(await ask('GET', '/', browser)).toMatchObject({ status: 302, headers: { location: '/_sandbox/' } });
    expect(await ask('GET', '/_sandbox')).toMatchObject({ status: 302, headers: { location: '/_sandbox/' } });
  });

  it('is not shown to clients of AWS', async () => {
    expect(await ask('GET', '/')).toBeUndefined();
    expect(await ask('POST', '/', browser)).toBeUndefined();
    expect(await ask('GET', '/?X-Amz-Signature=1', browser)).toBeUndefined();
    expect(await ask('GET', '/', { headers: { ...browser.headers, authorization: 'AWS4-HMAC-SHA256' } })).toBeUndefined();
  });
});

describe('settings', () => {
  it('tell the sandbox, the operations and examples that fit them', async () => {
    const { content } = await json('GET', '/_sandbox/settings');
    expect(content).toMatchObject({ ...sandbox.settings(), run: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(content.operations).toContainEqual({ name: 'scan', label: 'Scan table (Scan)', group: 'Table', fields: ['table'] });
    expect(content.operations).toHaveLength(Object.keys(OPERATIONS).length);
    expect(content.tokens).toHaveLength(Object.keys(TOKENS).length);
    for (const { values } of content.examples) {
      expect(Object.keys(OPERATIONS)).toContain(values['operation']);
      expect(Object.keys(TOKENS)).toContain(values['token']);
    }
  });
});

describe('permissions', () => {
  const granted = { roles: { viewer: ['read'], editor: ['read', 'write'] } } as const;
  const issuers = [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }];
  const changes = {
    trust: trustPolicy({ issuers, permissions: granted, rolePinning: true }),
    table: tableAccessPolicy({ tables: [{ tableArn: TABLE }], permissions: granted }),
    bucket: bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions: granted }),
  };
  const choices = async (role = ROLE) =>
    (await json('GET', `/_sandbox/permissions?role=${encodeURIComponent(role)}`)).content.choices;

  const asking = () => {
    page.close();
    sandbox = new FakeSandbox(undefined, changes);
    page = new Page(sandbox);
  };

  it('are offered where the policies of the role ask for them: everything, the names found there, reading, none', async () => {
    expect(await choices()).toStrictEqual([]);
    asking();
    expect(await choices()).toStrictEqual([
      { value: 'rwd/rwd', label: 'everything (rwd/rwd)' },
      { value: 'viewer', label: 'viewer' },
      { value: 'editor', label: 'editor' },
      { value: 'r--/r--', label: 'reading only (r--/r--)' },
      { value: '', label: 'none' },
    ]);
  });

  it('are not offered for a role that is not there, or not to be had', async () => {
    asking();
    for (const role of ['', 'x', `${ROLE}2`]) expect(await choices(role)).toStrictEqual([]);
    expect((await json('GET', '/_sandbox/permissions')).content.choices).toStrictEqual([]);
    sandbox.role = () => Promise.reject(new Error('gone'));
    expect(await choices()).toStrictEqual([]);
    expect((await json('GET', '/_sandbox/settings')).status).toBe(200);
  });

  it('are those of a reader in one example, and all in the others', async () => {
    const examples = async () => (await json('GET', '/_sandbox/settings')).content.examples;
    const before = (await examples()).map(({ values }) => values['permissions']);
    expect(new Set(before)).toStrictEqual(new Set([undefined]));
    asking();
    const after = await examples();
    expect(after.filter(({ values }) => values['permissions'] === 'r--/r--')).toMatchObject([
      { label: 'A reader of acme writes an own item', values: { operation: 'put-item', tenant: 'acme', owner: 'acme' } },
    ]);
    expect(after.filter(({ values }) => values['permissions'] === 'rwd/rwd')).toHaveLength(before.length);
  });

  it.each([
    ['viewer', 'get-item', 'allow'],
    ['viewer', 'put-item', 'deny'],
    ['editor', 'put-item', 'allow'],
    ['editor', 'delete-item', 'deny'],
    ['r--/r--', 'put-object', 'deny'],
    ['rwd/rwd', 'delete-item', 'allow'],
    ['', 'get-item', 'deny'],
  ])('are carried by the token, beside the pinned role: %s, %s: %s', async (permissions, operation, decision) => {
    asking();
    const { steps } = await tried({ operation, permissions });
    expect(sandbox.wishes).toStrictEqual([
      {
        tenantId: 'acme',
        ...(permissions !== '' && { tags: { permissions } }),
        claims: { 'https://aws.amazon.com/roles': [ROLE] },
      },
    ]);
    expect(steps[0].record.decision).toBe('allow');
    expect(steps[1].record.decision).toBe(decision);
  });

  it('denies a name that is not mapped, and a token without a tenant carries none', async () => {
    asking();
    const { steps } = await tried({ permissions: 'nobody' });
    expect(steps.map(({ record }) => record.decision)).toStrictEqual(['deny']);
    await tried({ permissions: 'viewer', token: 'no-tenant' });
    expect(sandbox.wishes[1]).toStrictEqual({ claims: { 'https://aws.amazon.com/roles': [ROLE] } });
  });

  it('fails, naming the field, where the policies ask for none', async () => {
    expect(await json('POST', '/_sandbox/try', { ...ATTEMPT, permissions: 'viewer' })).toStrictEqual({
      status: 400,
      content: { errors: { permissions: 'The policies of this role ask for none.' } },
    });
    expect(sandbox.requests).toHaveLength(0);
  });
});

describe('the audit log', () => {
  it('is told after a record', async () => {
    for (let count = 0; count < 3; count += 1) sandbox.audit.add(auditRecord());
    const { content } = await json('GET', '/_sandbox/audit?after=1');
    expect(content.records.map(({ sequence }) => sequence)).toStrictEqual([2, 3]);
    expect((await json('GET', '/_sandbox/audit')).content.records).toHaveLength(3);
  });

  it.each(['x', '-1', '1.5', '', '9999999999999999'])('fails for after=%s', async (after) => {
    expect((await json('GET', `/_sandbox/audit?after=${after}`)).status).toBe(400);
  });

  it('comes as a stream that ends with the sandbox', async () => {
    sandbox.audit.add(auditRecord());
    const answer = given(await ask('GET', '/_sandbox/audit/stream', { headers: { 'last-event-id': 'other.7' } }));
    expect(answer.headers).toStrictEqual({ ...LOCAL_HEADERS, 'content-type': 'text/event-stream' });
    const { content } = await json('GET', '/_sandbox/settings');
    let text = '';
    for await (const chunk of answer.body as Readable) {
      text += String(chunk);
      if (text.includes('id: ')) page.close();
    }
    expect(text).toMatch(new RegExp(`data: "${content.run}"\\n\\nid: ${content.run}\\.1\\n`));
    expect((await ask('GET', '/_sandbox/audit/stream'))?.status).toBe(503);
  });

  it('explains a record', async () => {
    await tried({ owner: 'globex' });
    const { content } = await json('GET', '/_sandbox/audit/explanation?record=2');
    expect(content.record).toMatchObject({ sequence: 2, operation: 'dynamodb:GetItem', decision: 'deny' });
    expect(content.explanations[0]?.statements[0]).toMatchObject({ sid: 'OtherItems1', decided: true });
  });

  it('explains what was denied first', async () => {
    const check = { action: 's3:GetObject', resource: '*', effect: 'allow', reason: 'allowed', context: {} } as const;
    sandbox.audit.add(
      auditRecord({ checks: [check, { ...check, action: 's3:PutObject', effect: 'unknown', reason: 'undecided' }] }),
    );
    const { content } = await json('GET', '/_sandbox/audit/explanation?record=1');
    expect(content.explanations.map(({ action }) => action)).toStrictEqual(['s3:PutObject', 's3:GetObject']);
  });

  it.each(['0', '3', '-1', 'x', ''])('fails to explain record %j', async (record) => {
    sandbox.audit.add(auditRecord());
    expect((await json('GET', `/_sandbox/audit/explanation?record=${record}`)).status).toBe(404);
  });

  it('fails to explain a record that is no longer kept', async () => {
    for (let count = 0; count < 2001; count += 1) sandbox.audit.add(auditRecord());
    expect((await json('GET', '/_sandbox/audit/explanation?record=1')).status).toBe(404);
    expect((await json('GET', '/_sandbox/audit/explanation?record=2001')).status).toBe(200);
  });
});

describe('an attempt', () => {
  it('goes through the sandbox: a token, a session, a signed request', async () => {
    const { claims, steps } = await tried({});
    expect(sandbox.wishes).toStrictEqual([{ tenantId: 'acme' }]);
    expect(claims).toHaveProperty(['https://aws.amazon.com/tags', 'principal_tags'], { tenant_id: ['acme'] });
    expect(steps.map(({ record }) => record.operation)).toStrictEqual(['sts:AssumeRoleWithWebIdentity', 'dynamodb:GetItem']);
    expect(steps[1]).toMatchObject({
      response: { status: 200, body: '{}', cut: false },
      record: { decision: 'allow', sequence: 2 },
    });
    expect(steps[1].explanations).toMatchObject([{ effect: 'allow', statements: [{ sid: 'TenantItems', decided: true }] }]);
    expect(sandbox.requests[1]?.headers['authorization']).toContain('/eu-central-1/dynamodb/aws4_request');
    expect(sandbox.requests[1]?.fromLoopback).toBe(true);
  });

  it('shows what denied it', async () => {
    const { steps } = await tried({ owner: 'globex' });
    expect(steps[1]).toMatchObject({ response: { status: 400 }, record: { decision: 'deny' } });
    const statements = steps[1].explanations[0]?.statements.map(({ sid }) => sid);
    expect(statements).toStrictEqual(['OtherItems1', 'TenantItems']);
  });

  it('shows no secret of the session, and no token', async () => {
    const content = await tried({});
    const [begin, read] = content.steps;
    expect(begin.request.body).toContain('&WebIdentityToken=(not shown)');
    expect(begin.response.body).toContain('<SecretAccessKey>(not shown)</SecretAccessKey><SessionToken>(not shown)</SessionToken>');
    expect(read.request.headers['x-amz-security-token']).toBe('(not shown)');
    expect(read.request.headers['authorization']).toMatch(/Signature=[0-9a-f]{8}…$/);
    const text = JSON.stringify(content);
    const token = new URLSearchParams(String(sandbox.requests[0]?.body)).get('WebIdentityToken') ?? '';
    for (const secret of ['very+secret', 'session+token', ...token.split('.')]) expect(text).not.toContain(secret);
  });

  it.each<[string, object, string, string, string]>([
    [
      'get-item',
      {},
      'POST /',
      'DynamoDB_20120810.GetItem',
      '{"TableName":"data","Key":{"tenantId":{"S":"acme"},"dataId":{"S":"a b/ü!"}}}',
    ],
    [
      'put-item',
      { value: 'v' },
      'POST /',
      'DynamoDB_20120810.PutItem',
      '{"TableName":"data","Item":{"tenantId":{"S":"acme"},"dataId":{"S":"a b/ü!"},"value":{"S":"v"}}}',
    ],
    [
      'delete-item',
      { key: 'k' },
      'POST /',
      'DynamoDB_20120810.DeleteItem',
      '{"TableName":"data","Key":{"tenantId":{"S":"acme"},"dataId":{"S":"k"}}}',
    ],
    [
      'query',
      {},
      'POST /',
      'DynamoDB_20120810.Query',
      '{"TableName":"data","KeyConditionExpression":"#tenant = :tenant","ExpressionAttributeNames":{"#tenant":"tenantId"},"ExpressionAttributeValues":{":tenant":{"S":"acme"}}}',
    ],
    ['scan', {}, 'POST /', 'DynamoDB_20120810.Scan', '{"TableName":"data"}'],
    ['get-object', {}, 'GET /files/tenants/acme/a%20b/%C3%BC%21', '', ''],
    ['put-object', { value: 'v' }, 'PUT /files/tenants/acme/a%20b/%C3%BC%21', '', 'v'],
    ['delete-object', { owner: '', key: '../a' }, 'DELETE /files/../a', '', ''],
    ['list-objects', { key: '' }, 'GET /files?list-type=2&prefix=tenants%2Facme%2F', '', ''],
    ['list-objects', { key: '', owner: '' }, 'GET /files?list-type=2', '', ''],
    ['list-objects', { key: '*', owner: '' }, 'GET /files?list-type=2&prefix=%2A', '', ''],
    ['get-object', { bucket: 'a/b?c' }, 'GET /a%2Fb%3Fc/tenants/acme/a%20b/%C3%BC%21', '', ''],
  ])('asks for %s %j', async (operation, changes, line, target, body) => {
    await tried({ operation, ...changes });
    const sent = given(sandbox.requests[1]);
    expect(`${sent.method} ${sent.path}${sent.query === '' ? '' : `?${sent.query}`}`).toBe(line);
    expect(sent.headers['x-amz-target'] ?? '').toBe(target);
    expect(sent.body.toString()).toBe(body);
  });

  it('begins a session only, if that is asked for', async () => {
    const { steps } = await tried({ operation: 'begin-session' });
    expect(steps).toHaveLength(1);
    expect(steps[0].record).toMatchObject({ decision: 'allow' });
  });

  it.each([
    ['other-audience', { tenantId: 'acme', audience: 'another-application' }, 'deny'],
    ['other-issuer', { tenantId: 'acme', issuerUrl: 'https://login.attacker.example' }, 'allow'],
    ['forged', { tenantId: 'acme', forged: true }, 'deny'],
    ['expired', { tenantId: 'acme', expiresInSeconds: -3600 }, 'allow'],
    ['no-tenant', {}, 'deny'],
  ])('wishes for a token: %s', async (token, wish, decision) => {
    const { steps } = await tried({ token });
    expect(sandbox.wishes).toStrictEqual([wish]);
    // This sandbox believes issuer and times.
    expect(steps[0].record.decision).toBe(decision);
    expect(steps).toHaveLength(decision === 'deny' ? 1 : 2);
  });

  it('shows 10 KB of an answer, and lets go of the rest', async () => {
    let taken = 0;
    const body = Readable.from(
      (function* () {
        for (; taken < 100; taken += 1) yield Buffer.from('ü'.repeat(1000));
      })(),
    );
    sandbox.store = () => body;
    const { steps } = await tried({});
    expect(steps[1].response).toMatchObject({ cut: true, body: 'ü'.repeat(5120) });
    expect(body.destroyed).toBe(true);
    expect(taken).toBeLessThan(30);
  });

  it.each([
    [10_240, false],
    [10_241, true],
  ])('tells whether %i bytes were cut', async (length, cut) => {
    for (const body of [Buffer.alloc(length, 'a'), Readable.from([Buffer.alloc(length, 'a')])]) {
      sandbox.store = () => body;
      expect((await tried({})).steps[1].response).toMatchObject({ cut, body: 'a'.repeat(10_240) });
    }
  });

  it('does not show what is no text', async () => {
    sandbox.store = () => Buffer.from([0xff, 0xfe, 0x00]);
    expect((await tried({})).steps[1].response.body).toBe('(no text)');
  });

  it('leaves out a character that is cut through', async () => {
    sandbox.store = () => Buffer.from(`a${'ü'.repeat(6000)}`);
    expect((await tried({})).steps[1].response.body).toBe(`a${'ü'.repeat(5119)}`);
  });

  it('fails for bad input, naming the field', async () => {
    expect(await json('POST', '/_sandbox/try', { ...ATTEMPT, tenant: '' })).toStrictEqual({
      status: 400,
      content: { errors: { tenant: 'Name the tenant that asks.' } },
    });
    expect(sandbox.requests).toHaveLength(0);
  });

  it('fails for what is too large', async () => {
    expect((await ask('POST', '/_sandbox/try', { body: Buffer.alloc(131_073, ' ') }))?.status).toBe(413);
    expect((await ask('POST', '/_sandbox/try', { body: Buffer.alloc(131_072, ' ') }))?.status).toBe(400);
  });

  it('fails in the words of the service, and without others', async () => {
    sandbox.send = () => Promise.reject(new AwsError('ServiceUnavailable', 'The upstream is gone', 503));
    const answer = { status: 500, content: { errors: { form: 'The sandbox could not carry it out: The upstream is gone' } } };
    expect(await json('POST', '/_sandbox/try', ATTEMPT)).toStrictEqual(answer);
    sandbox.send = () => Promise.reject(new Error('secret at /home/x.ts:1'));
    expect((await json('POST', '/_sandbox/try', ATTEMPT)).content).toStrictEqual({
      errors: { form: 'The sandbox could not carry it out.' },
    });
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { MultiTenantIamError } from '../../../lib/errors';
import { type AuditRecord, type Sandbox, type SandboxOptions, startSandbox } from '../../../lib/sandbox';

const TABLE = 'multi-tenant-iam-data';
const BUCKET = 'multi-tenant-iam-123456789012-eu-central-1';

/** The code of what a promise fails with, or what it gives. */
async function outcome(of: Promise<unknown>): Promise<unknown> {
  return of.catch((error: unknown) => (error instanceof MultiTenantIamError ? error.code : (error as Error).name));
}

describe('startSandbox', () => {
  let sandbox: Sandbox;
  const clients: { destroy(): void }[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox();
  });

  afterAll(async () => {
    for (const client of clients) client.destroy();
    await sandbox.close();
  });

  const last = () => sandbox.audit.records.at(-1);

  async function credentialsOf(tenantId: string) {
    const sts = new STSClient({ endpoint: sandbox.endpoint, region: sandbox.region });
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: sandbox.roles[0],
      RoleSessionName: tenantId,
      WebIdentityToken: await sandbox.token({ tenantId }),
    });
    const { Credentials: issued } = await sts.send(command);
    sts.destroy();
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      sessionToken: issued?.SessionToken,
    };
  }

  function clientsOf(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
    const config = { endpoint: sandbox.endpoint, region: sandbox.region, credentials, maxAttempts: 1 };
    const made = {
      dynamoDb: new DynamoDBClient(config),
      s3: new S3Client({ ...config, forcePathStyle: true }),
      sts: new STSClient(config),
    };
    clients.push(...Object.values(made));
    return made;
  }

  const keyOf = (tenantId: string) => ({ tenantId: { S: tenantId }, dataId: { S: '1' } });

  it('stands for what MultiTenantIam deploys without settings', () => {
    expect(sandbox).toMatchObject({
      account: '123456789012',
      region: 'eu-central-1',
      roles: ['arn:aws:iam::123456789012:role/multi-tenant-iam-tenant'],
      tables: [TABLE],
      buckets: [BUCKET],
      issuerUrl: `${sandbox.endpoint}/_sandbox/issuer`,
    });
    expect(sandbox.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('gives the runtime what it needs, its own verification of tokens included', async () => {
    const access = new TenantDataAccess(sandbox.dataAccessConfig());
    const session = await access.forTenant(await sandbox.token({ tenantId: 'acme' }), 'acme');
    await session.table().put({ dataId: 'x', n: 1 });
    expect(await session.table().get('x')).toEqual({ dataId: 'x', n: 1 });
    await session.objects().put('a.txt', 'text');
    expect((await session.objects().list().page()).objects.map(({ key }) => key)).toEqual(['a.txt']);
    expect(await outcome(access.forTenant(await sandbox.token({ tenantId: 'acme', forged: true })))).toBe('TenantDataAccessError');
    access.destroy();
  });

  it('shows plain SDK clients data and AccessDenied as AWS does, and says in the log which statement decided', async () => {
    const { dynamoDb, s3, sts } = clientsOf(await credentialsOf('acme'));
    await dynamoDb.send(new PutItemCommand({ TableName: TABLE, Item: keyOf('acme') }));
    expect((await dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: keyOf('acme') }))).Item).toEqual(keyOf('acme'));
    expect(last()).toMatchObject({
      caller: {
        kind: 'session',
        arn: expect.stringMatching(/:assumed-role\/multi-tenant-iam-tenant\/acme$/),
        tags: { tenant_id: 'acme' },
      },
      operation: 'dynamodb:GetItem',
      decision: 'allow',
      status: 200,
      checks: [{ effect: 'allow', statement: { policy: 'multi-tenant-iam-tenant-table', sid: 'TenantItems' } }],
    });
    await expect(dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: keyOf('globex') }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 400 },
      message:
        'User: arn:aws:sts::123456789012:assumed-role/multi-tenant-iam-tenant/acme is not authorized to perform: ' +
        `dynamodb:GetItem on resource: arn:aws:dynamodb:eu-central-1:123456789012:table/${TABLE} with an explicit deny in a resource-based policy`,
    });
    expect(last()).toMatchObject({
      decision: 'deny',
      errorCode: 'AccessDeniedException',
      reason: expect.stringContaining("'OtherItems1'"),
      checks: [{ context: expect.objectContaining({ 'dynamodb:LeadingKeys': ['globex'] }) }],
    });
    await expect(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'tenants/globex/a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:sts::123456789012:assumed-role/multi-tenant-iam-tenant/acme',
    });
  });

  it('does not tell that an own object is missing, as the role may list only below its prefix', async () => {
    const { s3 } = clientsOf(await credentialsOf('acme'));
    expect(await outcome(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'tenants/acme/missing' })))).toBe('AccessDenied');
    expect(last()).toMatchObject({ decision: 'deny', reason: expect.stringContaining('s3:ListBucket') });
    const admin = clientsOf(sandbox.administrator);
    expect(await outcome(admin.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'tenants/acme/missing' })))).toBe('NoSuchKey');
  });

  it('deletes what may be deleted of many objects, and names the others', async () => {
    const { s3 } = clientsOf(await credentialsOf('acme'));
    const admin = clientsOf(sandbox.administrator);
    for (const key of ['tenants/acme/1', 'tenants/globex/1']) {
      await admin.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'x' }));
    }
    const Objects = ['tenants/acme/1', 'tenants/globex/1'].map((Key) => ({ Key }));
    const answer = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    expect(answer.Deleted).toEqual([{ Key: 'tenants/acme/1' }]);
    expect(answer.Errors).toMatchObject([{ Key: 'tenants/globex/1', Code: 'AccessDenied' }]);
    expect(last()).toMatchObject({ operation: 's3:DeleteObjects', decision: 'deny', status: 200 });
    expect((await admin.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'tenants/globex/1' }))).ContentLength).toBe(1);
  });

  it('lets the administrator do everything, and says so in the log', async () => {
    const { dynamoDb, s3, sts } = clientsOf(sandbox.administrator);
    expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).toEqual([TABLE]);
    await s3.send(new CreateBucketCommand({ Bucket: 'other-bucket' }));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toEqual([BUCKET, 'other-bucket']);
    expect(last()).toMatchObject({ caller: { kind: 'administrator' }, decision: 'allow', checks: [] });
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:iam::123456789012:user/sandbox-administrator');
  });

  it('keeps the policies of buckets and tables, and enforces a change at once', async () => {
    const admin = clientsOf(sandbox.administrator);
    const { dynamoDb, s3 } = clientsOf(await credentialsOf('acme'));
    const put = new PutObjectCommand({ Bucket: BUCKET, Key: 'tenants/acme/2', Body: 'x' });
    await s3.send(put);
    const { Policy: before } = await admin.s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET }));
    const denial = (Resource: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Sid: 'Closed', Effect: 'Deny', Principal: '*', Action: '*', Resource },
      });
    await admin.s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: denial(`arn:aws:s3:::${BUCKET}/*`) }));
    expect(await outcome(s3.send(put))).toBe('AccessDenied');
    expect(last()?.checks[0]?.statement?.sid).toBe('Closed');
    await admin.s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    expect(await outcome(admin.s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET })))).toBe('NoSuchBucketPolicy');
    await s3.send(put);
    expect(await outcome(admin.s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: '{' })))).toBe('MalformedPolicy');
    await admin.s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: before }));

    const arn = `arn:aws:dynamodb:eu-central-1:123456789012:table/${TABLE}`;
    await admin.dynamoDb.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy: denial(arn) }));
    expect(await outcome(dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: keyOf('acme') })))).toBe(
      'AccessDeniedException',
    );
    expect(await outcome(dynamoDb.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy: '{}' })))).toBe(
      'AccessDeniedException',
    );
  });

  it('ends sessions when it is told to', async () => {
    const { dynamoDb, s3 } = clientsOf(await credentialsOf('acme'));
    sandbox.expireSessions();
    expect(await outcome(dynamoDb.send(new GetItemCommand({ TableName: TABLE, Key: keyOf('acme') })))).toBe(
      'ExpiredTokenException',
    );
    expect(await outcome(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'tenants/acme/2' })))).toBe('ExpiredToken');
    expect(last()).toMatchObject({ decision: 'deny', caller: { kind: 'anonymous' } });
  });

  it('refuses wrong keys, unsigned requests, unknown operations and nonsense in the words of AWS, and stays up', async () => {
    const wrong = clientsOf({ ...sandbox.administrator, secretAccessKey: 'x' });
    const nobody = clientsOf({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' });
    expect(await outcome(wrong.s3.send(new ListBucketsCommand({})))).toBe('SignatureDoesNotMatch');
    expect(await outcome(wrong.dynamoDb.send(new ListTablesCommand({})))).toBe('InvalidSignatureException');
    expect(await outcome(nobody.s3.send(new ListBucketsCommand({})))).toBe('InvalidAccessKeyId');
    expect(await outcome(nobody.dynamoDb.send(new ListTablesCommand({})))).toBe('UnrecognizedClientException');
    expect(await outcome(nobody.sts.send(new GetCallerIdentityCommand({})))).toBe('InvalidClientTokenId');
    const texts = await Promise.all(
      [
        fetch(`${sandbox.endpoint}/${BUCKET}/tenants/acme/2`),
        fetch(`${sandbox.endpoint}/`, { method: 'POST', headers: { 'x-amz-target': 'DynamoDB_20120810.Scan' }, body: '{}' }),
        fetch(`${sandbox.endpoint}/?Action=Nonsense&Version=2011-06-15`),
        fetch(`${sandbox.endpoint}/_sandbox/nothing`),
      ].map(async (sent) => (await sent).text()),
    );
    expect(texts[0]).toContain('<Code>AccessDenied</Code>');
    expect(texts[1]).toContain('MissingAuthenticationTokenException');
    expect(texts[2]).toContain('<Code>InvalidAction</Code>');
    expect(texts[3]).toBe('There is no /_sandbox/nothing here.\n');
    await clientsOf(sandbox.administrator).sts.send(new GetCallerIdentityCommand({}));
  });

  it('gives a token for one call, with a clear error for a wrong one', async () => {
    const answer = await fetch(`${sandbox.endpoint}/_sandbox/token?tenant=acme`);
    const [, claims = ''] = (await answer.text()).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: sandbox.issuerUrl,
      aud: 'my-client-id',
      'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['acme'] } },
    });
    const wrong = await fetch(`${sandbox.endpoint}/_sandbox/token?tenantt=acme`);
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("'tenantt'")]);
    const site = await fetch(`${sandbox.endpoint}/_sandbox/token?tenant=acme`, { headers: { origin: 'https://evil.example' } });
    expect(site.status).toBe(403);
  });

  it('takes a body of 128 MiB, and refuses one byte more', async () => {
    const { s3 } = clientsOf(sandbox.administrator);
    const Body = Buffer.alloc(128 * 1024 * 1024 + 1);
    expect(await outcome(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'large', Body })))).toBe('EntityTooLarge');
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'large', Body: Body.subarray(1) }));
  });
});

describe('several sandboxes', () => {
  it('run side by side, each with its own keys, sessions and data, and end without a trace', async () => {
    const listening = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = listening();
    const records: AuditRecord[] = [];
    const [one, other] = await Promise.all([startSandbox({ onRecord: (record) => records.push(record) }), startSandbox()]);
    const foreign = await other.token({ tenantId: 'acme', issuerUrl: one.issuerUrl });
    const sts = new STSClient({ endpoint: one.endpoint, region: one.region, maxAttempts: 1 });
    const assume = (token: string) =>
      sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: one.roles[0], RoleSessionName: 'me', WebIdentityToken: token }));
    expect(await outcome(assume(foreign))).toBe('InvalidIdentityTokenException');
    const { Credentials: keys } = await assume(await one.token({ tenantId: 'acme' }));
    const credentials = {
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken,
    };
    const elsewhere = new DynamoDBClient({ endpoint: other.endpoint, region: other.region, credentials, maxAttempts: 1 });
    expect(await outcome(elsewhere.send(new ListTablesCommand({})))).toBe('UnrecognizedClientException');
    expect(records.map(({ decision }) => decision)).toEqual(['deny', 'allow']);
    const text = JSON.stringify([...records, ...one.audit.records]);
    for (const secret of [foreign, credentials.secretAccessKey, credentials.sessionToken]) expect(text).not.toContain(secret);
    sts.destroy();
    elsewhere.destroy();
    await Promise.all([one.close(), other.close(), one.close()]);
    await expect(fetch(one.endpoint)).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listening()).toBeLessThanOrEqual(before);
  });
});

describe('a sandbox with permissions', () => {
  it('lets a viewer read and an editor write, in the own tenant, and nobody without permissions', async () => {
    const sandbox = await startSandbox({
      permissions: { roles: { viewer: ['read'], editor: ['read', 'write'] }, tagKey: 'scope' },
    });
    const access = new TenantDataAccess(sandbox.dataAccessConfig());
    const as = async (scope?: string) => {
      const tags: Record<string, string> = scope === undefined ? {} : { scope };
      return access.forTenant(await sandbox.token({ tenantId: 'acme', tags }));
    };
    try {
      await (await as('editor')).table().put({ dataId: 'x', n: 1 });
      expect(await (await as('viewer')).table().get('x')).toMatchObject({ n: 1 });
      expect(await (await as('rw-/---')).table().get('x')).toMatchObject({ n: 1 });
      for (const scope of ['viewer', 'r--/rwd', undefined]) {
        expect(await outcome((await as(scope)).table().put({ dataId: 'x' }))).toBe('TenantDataAccessError');
        expect(sandbox.audit.records.at(-1)).toMatchObject({ operation: 'dynamodb:PutItem', decision: 'deny' });
      }
      expect(await outcome((await as('editor')).table().delete('x'))).toBe('TenantDataAccessError');
      expect(await outcome(as('admin'))).toBe('TenantDataAccessError');
      expect(sandbox.audit.records.at(-1)).toMatchObject({ operation: 'sts:AssumeRoleWithWebIdentity', decision: 'deny' });
    } finally {
      access.destroy();
      await sandbox.close();
    }
  });
});

describe('options of the sandbox', () => {
  const trustPolicy = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Federated: 'p' }, Action: 'sts:AssumeRoleWithWebIdentity' },
  };
  const role = { role: 'app', trustPolicy, policies: {} };
  const careless = { Version: '2012-10-17', Statement: { Effect: 'Alow', Action: '*', Resource: '*' } };
  const issuerUrl = 'https://login.example.com';
  const login = { issuerUrl, clientIds: ['a'], principalTags: { tenant_id: 'tenant' } };
  const pool = { identityPoolId: 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e', logins: [login] };
  const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'claim']));

  it.each<[string, unknown, string]>([
    ['no object', null, 'the options are null, allowed is an object'],
    ['an unknown one', { prot: 1 }, "unknown option 'prot', known are port, account"],
    ['a port', { port: 70_000 }, "'port' is 70000, allowed is a whole number from 0 to 65535"],
    ['an account', { account: '1' }, '\'account\' is "1", allowed is twelve digits'],
    ['a region', { region: 'Frankfurt' }, '\'region\' is "Frankfurt"'],
    [
      'an issuer',
      { identityProviders: [{ issuerUrl: 'http://login.example.com', clientIds: ['a'] }] },
      "'identityProviders[0].issuerUrl'",
    ],
    ['a provider without clients', { identityProviders: [{ issuerUrl, clientIds: [] }] }, "'identityProviders[0].clientIds' is []"],
    [
      'the issuer of identity pools',
      { identityProviders: [{ issuerUrl: 'https://Cognito-Identity.amazonaws.com', clientIds: ['a'] }] },
      "'identityProviders[0].issuerUrl' is",
    ],
    ['a pool that is no id', { identityPools: [{ ...pool, identityPoolId: 'pool' }] }, "'identityPools[0].identityPoolId' is"],
    ['a pool without logins', { identityPools: [{ ...pool, logins: [] }] }, "'identityPools[0].logins' is []"],
    [
      'a login of an identity pool',
      { identityPools: [{ ...pool, logins: [{ ...login, issuerUrl: 'https://cognito-identity.amazonaws.com/' }] }] },
      "'identityPools[0].logins[0].issuerUrl' is",
    ],
    [
      'a login without clients',
      { identityPools: [{ ...pool, logins: [{ ...login, clientIds: [] }] }] },
      "'identityPools[0].logins[0].clientIds' is []",
    ],
    [
      'a login without a mapping',
      { identityPools: [{ ...pool, logins: [{ issuerUrl, clientIds: ['a'] }] }] },
      "'identityPools[0].logins[0].principalTags' is undefined",
    ],
    ...[{ 'a#b': 'claim' }, { a: '' }, { a: 1 }, tooMany].map((principalTags): [string, unknown, string] => [
      `a mapping ${JSON.stringify(principalTags).slice(0, 20)}`,
      { identityPools: [{ ...pool, logins: [{ ...login, principalTags }] }] },
      "'identityPools[0].logins[0].principalTags' is",
    ]),
    ['the role of a pool', { identityPools: [{ ...pool, authenticatedRole: 'a b' }] }, "'identityPools[0].authenticatedRole' is"],
    ['the flow of a pool', { identityPools: [{ ...pool, allowClassicFlow: 1 }] }, "'identityPools[0].allowClassicFlow' is 1"],
    ['a pool that comes twice', { identityPools: [pool, pool] }, "'identityPools' has"],
    [
      'the own issuer twice',
      { identityPools: [{ ...pool, logins: [1, 2].map(() => ({ clientIds: ['a'], principalTags: {} })) }] },
      "'identityPools[0].logins' has \"the sandbox's own issuer\" twice",
    ],
    ['a login that comes twice', { identityPools: [{ ...pool, logins: [login, login] }] }, "'identityPools[0].logins' has"],
    [
      'pools beside an upstream for IAM',
      { upstream: 'http://127.0.0.1:1', identityPools: [pool] },
      'are those of the upstream for IAM',
    ],
    ['permissions without roles', { permissions: {} }, "'permissions.roles' is undefined, allowed is an object of names and lists"],
    ['permissions that are no object', { permissions: ['read'] }, '\'permissions\' is ["read"], allowed is { roles:'],
    ['an unknown permission', { permissions: { roles: { viewer: ['reed'] } } }, "'roles.viewer'"],
    [
      'a permission that needs another',
      { permissions: { roles: { writer: ['table:write'] } } },
      '"table:write" needs \'table:read\'',
    ],
    ['the name of a role of users', { permissions: { roles: { 'a/b': ['read'] } } }, 'names "a/b", allowed are 1-64 characters'],
    ['a list of roles', { permissions: { roles: [] } }, "'permissions.roles' is [], allowed is an object"],
    ...['tenant_id', 'Tenant_Id', '', 'aws:x', 1].map((tagKey): [string, unknown, string] => [
      `permissions under the tag ${JSON.stringify(tagKey)}`,
      { permissions: { roles: {}, tagKey } },
      `'permissions.tagKey' is ${JSON.stringify(tagKey)}, allowed is a tag's key other than 'tenant_id'`,
    ]),
    ['a misspelt option of permissions', { permissions: { roles: {}, tag: 'x' } }, "unknown option 'permissions.tag'"],
    [
      'permissions beside roles',
      { permissions: { roles: {} }, roles: [] },
      "'permissions' goes with the default role, and 'roles' or an upstream for IAM take its place",
    ],
    [
      'permissions beside an upstream for IAM',
      { permissions: { roles: {} }, upstream: { iam: 'http://127.0.0.1:1' } },
      "'permissions' goes with the default role",
    ],
    ['a role without policies', { roles: [{ role: 'a' }] }, "'roles[0].trustPolicy' is undefined"],
    [
      'the length of sessions',
      { roles: [{ ...role, maxSessionDurationSeconds: 5 }] },
      'allowed is a whole number from 3600 to 43200',
    ],
    ['the tags of a role', { roles: [{ ...role, tags: 3 }] }, "'roles[0].tags' is 3"],
    [
      'a policy',
      { roles: [{ ...role, policies: { wide: careless } }] },
      "'roles[0].policies.wide' is no policy that can be enforced: of statement 1, its Effect",
    ],
    ['a boundary', { roles: [{ ...role, permissionsBoundary: { bar: 1 } }] }, "'roles[0].permissionsBoundary' is no policy"],
    ['a table', { tables: [{ tableName: 'a b' }] }, '\'tables[0].tableName\' is "a b"'],
    ['a misspelt option of a table', { tables: [{ tableName: 'abc', indexs: [] }] }, "unknown option 'tables[0].indexs'"],
    ['an index', { tables: [{ tableName: 'abc', indexes: [{}] }] }, "'tables[0].indexes[0].name' is undefined"],
    ['the types of keys', { tables: [{ tableName: 'abc', keyTypes: { a: 'X' } }] }, "'tables[0].keyTypes' is"],
    ['a table that comes twice', { tables: [{ tableName: 'abc' }, { tableName: 'abc' }] }, '\'tables\' has "abc" twice'],
    ['a bucket', { buckets: [{ bucketName: 'A' }] }, "'buckets[0].bucketName' is"],
    ['the policy of a bucket', { buckets: [{ bucketName: 'abc', policy: careless }] }, "'buckets[0].policy' is no policy"],
    ['an upstream', { upstream: 'moto' }, "upstream 'moto' is no URL"],
    [
      'an upstream for what has none',
      { upstream: { sqs: 'http://127.0.0.1:1' } },
      "unknown option 'upstream.sqs', known are dynamodb, s3, iam",
    ],
    ['an upstream that is no text', { upstream: { s3: 5 } }, "'upstream.s3' is 5, allowed is a URL"],
    ['roles beside an upstream for IAM', { upstream: 'http://127.0.0.1:1', roles: [] }, 'are those of the upstream for IAM'],
  ])('names what is wrong: %s', async (_, options, message) => {
    await expect(startSandbox(options as SandboxOptions)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(message),
    });
  });

  it('fails on a port that is taken, and on an upstream that is gone', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await expect(startSandbox({ port })).rejects.toMatchObject({
      code: 'sandbox.unavailable',
      message: `Port ${port} of 127.0.0.1 is taken: end what listens there, or choose another port.`,
    });
    await new Promise((closed) => server.close(closed));
    await expect(startSandbox({ upstream: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'sandbox.unavailable',
      message: expect.stringContaining(`http://127.0.0.1:${port}`),
    });
  });

  it('fails on itself as upstream', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    expect(await outcome(startSandbox({ port, upstream: { s3: `http://127.0.0.1:${port}` } }))).toBe('config.invalid');
  });

  it('stands in for any issuer, with any policies, tags, boundary and keys', async () => {
    const trustPolicy = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/login.example.com' },
        Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        Condition: { StringEquals: { 'login.example.com:aud': 'app' } },
      },
    };
    const policy = (Action: string) => ({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } });
    await using sandbox = await startSandbox({
      identityProviders: [{ issuerUrl: 'https://login.example.com', clientIds: ['app'] }],
      roles: [{ role: 'app/reader', trustPolicy, policies: { all: policy('*') }, permissionsBoundary: policy('dynamodb:GetItem') }],
      tables: [{ tableName: 'things', partitionKey: 'id', sortKey: null, keyTypes: { id: 'N' } }],
      buckets: [],
    });
    const config = sandbox.dataAccessConfig({ bucketName: 'none' });
    expect(config).toMatchObject({ roleArn: 'arn:aws:iam::123456789012:role/app/reader', tableName: 'things', bucketName: 'none' });
    expect(config).not.toHaveProperty('issuerUrl');
    expect(() => sandbox.dataAccessConfig()).toThrow("'bucketName' must be given");
    const access = new TenantDataAccess(config);
    const { docClient } = await access.forTenant(await sandbox.token({ tenantId: 'acme' }));
    const { GetCommand, PutCommand } = jest.requireActual<typeof import('@aws-sdk/lib-dynamodb')>('@aws-sdk/lib-dynamodb');
    expect((await docClient.send(new GetCommand({ TableName: 'things', Key: { id: 1 } }))).Item).toBeUndefined();
    expect(await outcome(docClient.send(new PutCommand({ TableName: 'things', Item: { id: 1 } })))).toBe('AccessDeniedException');
    expect(sandbox.audit.records.at(-1)).toMatchObject({ reason: 'dynamodb:PutItem is not within the permissions boundary' });
    access.destroy();
  });
});

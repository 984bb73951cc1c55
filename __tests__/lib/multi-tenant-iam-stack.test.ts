import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, LocalBackend, S3Backend } from 'cdktf';
import { MultiTenantIamStack } from '../../lib';
import {
  addressesOf,
  type Block,
  onlyResource,
  refusalOf,
  statementsOf,
  synthesise,
  testApp,
  warningsOf,
} from '../support/synthesis';

const ROOT = resolve(__dirname, '../..');
const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ISSUER = `cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
const PROVIDER_ARN = 'arn:aws:iam::123456789012:oidc-provider/login.example.com';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const PARTITION = '${data.aws_partition.multi_tenant_iam.partition}';
const REGION = '${data.aws_region.multi_tenant_iam.id}';
const ACCOUNT = '${data.aws_caller_identity.multi_tenant_iam.account_id}';
const TENANT = '&{aws:PrincipalTag/tenant_id}';
const x = (length: number) => 'x'.repeat(length);
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, number) => [`key-${number}`, 'value']));

function stackWith(config: object = {}): MultiTenantIamStack {
  return new MultiTenantIamStack(testApp(), 'app', config);
}

function synthesised(config: object = {}) {
  return synthesise(stackWith(config));
}

/** Values of each element of a parsed configuration, whatever its depth. */
function everyElement(parsed: unknown): [string, unknown][] {
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(parsed).flatMap(([name, value]: [string, unknown]) => [
    [name, value] as [string, unknown],
    ...everyElement(value),
  ]);
}

const CONFIGS = [
  { name: 'nothing', config: {} },
  { name: 'a user pool', config: { userPoolId: POOL, audience: 'web' } },
  { name: 'an issuer', config: { issuerUrl: 'https://login.example.com', audience: ['web', 'mobile'] } },
  { name: 'a provider', config: { identityProviderArn: PROVIDER_ARN, audience: 'web' } },
  {
    name: 'all there is',
    config: {
      userPoolId: POOL,
      identityProviderName: POOL_ISSUER,
      createIdentityProvider: false,
      audience: ['web'],
      region: 'eu-central-1',
      namePrefix: 'app',
      tags: { team: 'a' },
      table: { tableName: 'items', indexes: [{ name: 'by-date', sortKey: 'date' }], kmsKeyArn: KEY },
      bucket: { bucketName: 'objects', kmsKeyArn: KEY, expireOldVersionsAfterDays: 30 },
      tenantTagKey: 'org',
      roleName: 'everybody',
      path: '/tenants/',
      permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/boundary',
      maxSessionDurationSeconds: 7200,
    },
  },
  { name: 'a custom claim', config: { customClaim: 'custom:tenant_id' } },
  { name: 'table and bucket that exist', config: { table: { existingTableName: 'old' }, bucket: { existingBucketName: 'old' } } },
];

describe('MultiTenantIamStack with nothing', () => {
  const terraform = synthesised();

  it('has fixed addresses', () => {
    expect(addressesOf(terraform)).toEqual([
      'aws_dynamodb_resource_policy.tenant_data',
      'aws_dynamodb_table.tenant_data',
      'aws_iam_policy.tenant_bucket',
      'aws_iam_policy.tenant_table',
      'aws_iam_role.tenant',
      'aws_iam_role_policy_attachment.tenant_bucket',
      'aws_iam_role_policy_attachment.tenant_table',
      'aws_s3_bucket.tenant_data',
      'aws_s3_bucket_lifecycle_configuration.tenant_data',
      'aws_s3_bucket_ownership_controls.tenant_data',
      'aws_s3_bucket_policy.tenant_data',
      'aws_s3_bucket_public_access_block.tenant_data',
      'aws_s3_bucket_server_side_encryption_configuration.tenant_data',
      'aws_s3_bucket_versioning.tenant_data',
      'data.aws_caller_identity.multi_tenant_iam',
      'data.aws_iam_policy_document.tenant_bucket',
      'data.aws_iam_policy_document.tenant_data_bucket_policy',
      'data.aws_iam_policy_document.tenant_data_table_policy',
      'data.aws_iam_policy_document.tenant_table',
      'data.aws_iam_policy_document.tenant_trust',
      'data.aws_partition.multi_tenant_iam',
      'data.aws_region.multi_tenant_iam',
    ]);
  });

  it('leaves identity, region, names and tags to variables, each described and checked', () => {
    expect(Object.keys(terraform.variable).sort()).toEqual(['audience', 'identity_provider_arn', 'name_prefix', 'region', 'tags']);
    for (const { description, validation } of Object.values(terraform.variable)) {
      expect(description).toMatch(/\S+/);
      expect(validation).toEqual([
        { condition: expect.stringMatching(/^\$\{.+\}$/), error_message: expect.stringMatching(/ must .+\.$/) },
      ]);
    }
  });

  it('asks for identity only', () => {
    const asked = Object.entries(terraform.variable).filter(([, variable]) => !('default' in variable));
    expect(asked.map(([name]) => name).sort()).toEqual(['audience', 'identity_provider_arn']);
    expect(terraform.variable['name_prefix']?.['default']).toBe('multi-tenant-iam');
  });

  it('configures the provider by variables', () => {
    expect(terraform.provider['aws']).toEqual([{ region: '${var.region}', default_tags: [{ tags: '${var.tags}' }] }]);
  });

  it('names everything by the prefix, the bucket also by account and region', () => {
    expect(onlyResource(terraform, 'aws_iam_role')['name']).toBe('${var.name_prefix}-tenant');
    expect(onlyResource(terraform, 'aws_dynamodb_table')['name']).toBe('${var.name_prefix}-data');
    expect(onlyResource(terraform, 'aws_s3_bucket')['bucket']).toBe(`\${var.name_prefix}-${ACCOUNT}-${REGION}`);
    expect(terraform.resource['aws_iam_policy']).toMatchObject({
      tenant_table: { name: '${var.name_prefix}-tenant-table' },
      tenant_bucket: { name: '${var.name_prefix}-tenant-bucket' },
    });
  });

  it('trusts the provider of the variable under every guard', () => {
    expect(statementsOf(terraform, 'tenant_trust')).toEqual([
      {
        sid: 'TenantSession',
        effect: 'Allow',
        principals: [{ type: 'Federated', identifiers: ['${var.identity_provider_arn}'] }],
        actions: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        condition: [
          {
            test: 'StringEquals',
            variable: '${element(split(":oidc-provider/", var.identity_provider_arn), 1)}:aud',
            values: '${split(",", var.audience)}',
          },
          { test: 'StringLike', variable: 'aws:RequestTag/tenant_id', values: ['?*'] },
          { test: 'StringNotLike', variable: 'aws:RequestTag/tenant_id', values: ['*/*', '*..*', '* *'] },
          { test: 'ForAllValues:StringEquals', variable: 'aws:TagKeys', values: ['tenant_id'] },
          { test: 'Null', variable: 'aws:RequestTag/tenant_id', values: ['false'] },
          { test: 'Null', variable: 'aws:TagKeys', values: ['false'] },
        ],
      },
    ]);
  });

  it("lets a session reach its tenant's items only", () => {
    expect(statementsOf(terraform, 'tenant_table')).toEqual([
      {
        sid: 'TenantItems',
        effect: 'Allow',
        actions: ['BatchGet', 'BatchWrite', 'ConditionCheck', 'Delete', 'Get', 'Put', 'Query', 'Update'].map(
          (verb) => `dynamodb:${verb}${verb === 'Query' ? '' : 'Item'}`,
        ),
        resources: [`arn:${PARTITION}:dynamodb:${REGION}:${ACCOUNT}:table/\${var.name_prefix}-data`],
        condition: [
          { test: 'ForAllValues:StringEquals', variable: 'dynamodb:LeadingKeys', values: [TENANT] },
          { test: 'Null', variable: 'dynamodb:LeadingKeys', values: ['false'] },
        ],
      },
    ]);
  });

  it("lets a session reach its tenant's objects only", () => {
    const bucket = `arn:${PARTITION}:s3:::\${var.name_prefix}-${ACCOUNT}-${REGION}`;
    expect(statementsOf(terraform, 'tenant_bucket')).toEqual([
      {
        sid: 'TenantObjects',
        effect: 'Allow',
        actions: ['AbortMultipartUpload', 'DeleteObject', 'GetObject', 'ListMultipartUploadParts', 'PutObject'].map(
          (verb) => `s3:${verb}`,
        ),
        resources: [`${bucket}/tenants/${TENANT}/*`],
      },
      {
        sid: 'TenantListing',
        effect: 'Allow',
        actions: ['s3:ListBucket'],
        resources: [bucket],
        condition: [{ test: 'StringLike', variable: 's3:prefix', values: [`tenants/${TENANT}/*`] }],
      },
    ]);
  });

  it('locks table and bucket against the role, by its ARN made of names', () => {
    const role = `arn:${PARTITION}:iam::${ACCOUNT}:role/\${var.name_prefix}-tenant`;
    const locks = (name: string) => statementsOf(terraform, name).filter(({ sid }) => sid !== 'TlsOnly');
    expect(locks('tenant_data_table_policy').map(({ sid }) => sid)).toEqual([
      'OtherActions1',
      'NoLeadingKey1',
      'OtherItems1',
      'NoTenant1',
    ]);
    expect(locks('tenant_data_bucket_policy').map(({ sid }) => sid)).toEqual([
      'OtherObjects1',
      'BucketItself1',
      'OtherListing1',
      'NoTenant1',
    ]);
    for (const { effect, condition } of [...locks('tenant_data_table_policy'), ...locks('tenant_data_bucket_policy')]) {
      expect(effect).toBe('Deny');
      expect(condition).toContainEqual({ test: 'ArnEquals', variable: 'aws:PrincipalArn', values: [role] });
    }
  });

  it('has outputs with descriptions that wait for both attachments', () => {
    const depends_on = ['aws_iam_role_policy_attachment.tenant_table', 'aws_iam_role_policy_attachment.tenant_bucket'];
    const description: unknown = expect.stringMatching(/^[A-Z].+\.$/);
    expect(terraform.output).toEqual({
      role_arn: { value: '${aws_iam_role.tenant.arn}', description, depends_on },
      table_name: { value: '${var.name_prefix}-data', description, depends_on },
      bucket_name: { value: `\${var.name_prefix}-${ACCOUNT}-${REGION}`, description, depends_on },
      identity_provider_arn: { value: '${var.identity_provider_arn}', description, depends_on },
      region: { value: REGION, description, depends_on },
    });
  });

  it('has outputs that wait also for what is granted after it was made', () => {
    const stack = stackWith();
    stack.iam.grantAdditionalPermissions({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:::jobs' });
    const attachments = ['table', 'bucket', 'additional'].map((kind) => `aws_iam_role_policy_attachment.tenant_${kind}`);
    const { output } = synthesise(stack);
    expect(Object.values(output).map((block) => block['depends_on'])).toEqual(Array(5).fill(attachments));
  });

  it('leaves no warning', () => {
    expect(warningsOf(stackWith())).toEqual([]);
  });
});

describe('the identity of MultiTenantIamStack', () => {
  it.each([
    {
      name: 'a user pool',
      config: { userPoolId: POOL, audience: 'web' },
      issuer: POOL_ISSUER,
      made: { url: `https://${POOL_ISSUER}`, client_id_list: ['web'] },
    },
    {
      name: 'a user pool whose issuer agrees',
      config: { userPoolId: POOL, identityProviderName: POOL_ISSUER, audience: ['web', 'mobile'] },
      issuer: POOL_ISSUER,
      made: { url: `https://${POOL_ISSUER}`, client_id_list: ['web', 'mobile'] },
    },
    {
      name: 'an issuer',
      config: { issuerUrl: 'https://login.example.com/realm', audience: 'web', createIdentityProvider: true },
      issuer: 'login.example.com/realm',
      made: { url: 'https://login.example.com/realm', client_id_list: ['web'] },
    },
  ])('is a provider made for $name', ({ config, issuer, made }) => {
    const terraform = synthesised(config);
    expect(onlyResource(terraform, 'aws_iam_openid_connect_provider')).toEqual(made);
    expect(addressesOf(terraform)).toContain('aws_iam_openid_connect_provider.tenant');
    expect(onlyResource(terraform, 'aws_iam_role')['depends_on']).toEqual(['aws_iam_openid_connect_provider.tenant']);
    const arn = `arn:${PARTITION}:iam::${ACCOUNT}:oidc-provider/${issuer}`;
    expect(terraform.output['identity_provider_arn']?.['value']).toBe(arn);
    const [trust] = statementsOf(terraform, 'tenant_trust');
    expect(trust?.principals).toEqual([{ type: 'Federated', identifiers: [arn] }]);
    expect(trust?.condition?.[0]).toEqual({ test: 'StringEquals', variable: `${issuer}:aud`, values: made.client_id_list });
  });

  it.each([
    { name: 'a user pool', config: { userPoolId: POOL, audience: 'web', createIdentityProvider: false }, issuer: POOL_ISSUER },
    {
      name: 'an issuer',
      config: { issuerUrl: 'https://login.example.com', audience: 'web', createIdentityProvider: false },
      issuer: 'login.example.com',
    },
  ])('is the provider that exists for $name, if none is to be made', ({ config, issuer }) => {
    const terraform = synthesised(config);
    expect(terraform.resource['aws_iam_openid_connect_provider']).toBeUndefined();
    expect(terraform.output['identity_provider_arn']?.['value']).toBe(`arn:${PARTITION}:iam::${ACCOUNT}:oidc-provider/${issuer}`);
  });

  it('is a provider by its ARN', () => {
    const terraform = synthesised({ identityProviderArn: PROVIDER_ARN, audience: 'web' });
    expect(terraform.resource['aws_iam_openid_connect_provider']).toBeUndefined();
    expect(terraform.output['identity_provider_arn']?.['value']).toBe(PROVIDER_ARN);
    expect(statementsOf(terraform, 'tenant_trust')[0]?.condition?.[0]?.variable).toBe('login.example.com:aud');
  });

  it('asks for no identity variable once the configuration names it', () => {
    expect(Object.keys(synthesised({ userPoolId: POOL, audience: 'web' }).variable).sort()).toEqual([
      'name_prefix',
      'region',
      'tags',
    ]);
  });

  it.each([
    {
      name: "a user pool's ARN for a provider's",
      config: { identityProviderArn: `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`, audience: 'web' },
      problem: `give userPoolId '${POOL}', or the ARN of its IAM OIDC provider, arn:<partition>:iam::<account>:oidc-provider/${POOL_ISSUER}`,
    },
    {
      name: 'an issuer that contradicts the user pool',
      config: { userPoolId: POOL, identityProviderName: 'login.example.com', audience: 'web' },
      problem: `'identityProviderName' is "login.example.com", but user pool '${POOL}' has '${POOL_ISSUER}': leave it out or give that`,
    },
    ...[
      { name: 'http', issuerUrl: 'http://login.example.com', problem: 'IAM takes an issuer over https:// only' },
      { name: 'a port', issuerUrl: 'https://login.example.com:8443', problem: 'IAM takes no port in an issuer' },
      { name: 'a query', issuerUrl: 'https://login.example.com?a=b', problem: 'a query or fragment does not belong' },
      { name: 'a fragment', issuerUrl: 'https://login.example.com#a', problem: 'a query or fragment does not belong' },
      { name: 'a user', issuerUrl: 'https://me@login.example.com', problem: 'a user name or password does not belong' },
      {
        name: '256 characters',
        issuerUrl: 'https://login.example.com/'.padEnd(256, 'x'),
        problem: 'IAM takes at most 255 characters',
      },
    ].map(({ name, issuerUrl, problem }) => ({
      name: `an issuer with ${name}`,
      config: { issuerUrl, audience: 'web' },
      problem,
    })),
    {
      name: 'an empty audience',
      config: { userPoolId: POOL, audience: '' },
      problem: `'audience' is "", allowed is a client id of 1-255 characters`,
    },
    {
      name: 'no client id in the audience',
      config: { userPoolId: POOL, audience: [] },
      problem: "'audience' names 0 client ids, allowed are 1-100: without one any client of the provider could assume the role",
    },
    {
      name: '101 client ids',
      config: { identityProviderArn: PROVIDER_ARN, audience: Object.keys(tags(101)) },
      problem: "'audience' names 101 client ids, allowed are 1-100",
    },
    {
      name: 'an audience of 256 characters',
      config: { identityProviderArn: PROVIDER_ARN, audience: x(256) },
      problem: 'allowed is a client id of 1-255 characters',
    },
    {
      name: 'an audience alone',
      config: { audience: 'web' },
      problem: "one of 'userPoolId', 'issuerUrl', 'identityProviderArn' is needed to say whose tokens name the tenant",
    },
    {
      name: 'two ways at once',
      config: { userPoolId: POOL, issuerUrl: 'https://login.example.com', audience: 'web' },
      problem: "'userPoolId' and 'issuerUrl' exclude each other, give one",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^app: /);
    expect(message).toContain(problem);
  });

  it.each([
    { name: 'an issuer of 255 characters', config: { issuerUrl: 'https://login.example.com/'.padEnd(255, 'x'), audience: 'web' } },
    { name: '1 client id', config: { userPoolId: POOL, audience: ['web'] } },
    { name: '100 client ids of a short name', config: { userPoolId: POOL, audience: Object.keys(tags(100)) } },
    { name: 'an audience of 255 characters', config: { userPoolId: POOL, audience: x(255) } },
  ])('accepts $name', ({ config }) => {
    expect(() => stackWith(config)).not.toThrow();
  });
});

describe('the options of MultiTenantIamStack', () => {
  it('take the place of the variables', () => {
    const terraform = synthesised({
      userPoolId: POOL,
      audience: 'web',
      region: 'eu-central-1',
      namePrefix: 'app',
      tags: { team: 'a' },
    });
    expect(terraform.variable).toEqual({});
    expect(terraform.provider['aws']).toEqual([{ region: 'eu-central-1', default_tags: [{ tags: { team: 'a' } }] }]);
    expect(terraform.output['table_name']?.['value']).toBe('app-data');
  });

  it('reach role, table and bucket', () => {
    const { config } = CONFIGS.find(({ name }) => name === 'all there is') ?? {};
    const terraform = synthesised(config);
    expect(onlyResource(terraform, 'aws_iam_role')).toMatchObject({
      name: 'everybody',
      path: '/tenants/',
      permissions_boundary: 'arn:aws:iam::123456789012:policy/boundary',
      max_session_duration: 7200,
    });
    expect(onlyResource(terraform, 'aws_dynamodb_table')).toMatchObject({
      name: 'items',
      server_side_encryption: { kms_key_arn: KEY },
    });
    expect(onlyResource(terraform, 'aws_s3_bucket')['bucket']).toBe('objects');
    expect(statementsOf(terraform, 'tenant_table').map(({ sid }) => sid)).toEqual(['TenantItems', 'TableKey1']);
    expect(statementsOf(terraform, 'tenant_bucket').map(({ sid }) => sid)).toEqual([
      'TenantObjects',
      'TenantListing',
      'BucketKey1',
    ]);
  });

  it('turn each lock off by name', () => {
    const tableOpen = addressesOf(synthesised({ table: { lockTenantRoles: false } }));
    expect(tableOpen.filter((address) => /dynamodb_resource_policy|table_policy/.test(address))).toEqual([]);
    const bucketOpen = synthesised({ bucket: { lockTenantRoles: false } });
    expect(statementsOf(bucketOpen, 'tenant_data_bucket_policy').map(({ sid }) => sid)).toEqual(['TlsOnly']);
    expect(addressesOf(bucketOpen)).toContain('aws_dynamodb_resource_policy.tenant_data');
  });

  it.each([
    { name: 'a prefix of 2 characters', config: { namePrefix: 'ab' } },
    { name: 'a prefix of 28 characters', config: { namePrefix: x(28) } },
    { name: '50 tags', config: { tags: tags(50) } },
    { name: 'a tag key of 128 characters', config: { tags: { [x(128)]: 'a' } } },
    { name: "a tenant's tag key of 128 characters", config: { tenantTagKey: x(128) } },
    { name: '3,600 seconds', config: { maxSessionDurationSeconds: 3600 } },
    { name: '43,200 seconds', config: { maxSessionDurationSeconds: 43_200 } },
  ])('accept $name', ({ config }) => {
    expect(() => stackWith(config)).not.toThrow();
  });

  it.each([
    {
      name: 'an unknown option',
      config: { userpoolId: POOL },
      problem: "unknown option 'userpoolId', known are userPoolId,",
    },
    {
      name: 'an unknown option of the table',
      config: { table: { billingMode: 'PROVISIONED' } },
      problem: "unknown option 'table.billingMode', known are existingTableName, tableName,",
    },
    {
      name: 'an unknown option of the bucket',
      config: { bucket: { versioning: false } },
      problem: "unknown option 'bucket.versioning', known are existingBucketName, bucketName,",
    },
    {
      name: 'an option that a table that exists does not take',
      config: { table: { existingTableName: 'old', pointInTimeRecovery: false } },
      problem: "unknown option 'table.pointInTimeRecovery', known are existingTableName, tenantIndexNames, kmsKeyArn",
    },
    {
      name: 'an option that a bucket that exists does not take',
      config: { bucket: { existingBucketName: 'old', forceDestroy: true } },
      problem: "unknown option 'bucket.forceDestroy', known are existingBucketName, kmsKeyArn, bucketKeyEnabled",
    },
    {
      name: "the lock of a table that exists, whose policy is its owner's",
      config: { table: { existingTableName: 'old', lockTenantRoles: true } },
      problem: "unknown option 'table.lockTenantRoles', known are existingTableName, tenantIndexNames, kmsKeyArn",
    },
    {
      name: "the lock of a bucket that exists, whose policy is its owner's",
      config: { bucket: { existingBucketName: 'old', lockTenantRoles: true } },
      problem: "unknown option 'bucket.lockTenantRoles', known are existingBucketName, kmsKeyArn, bucketKeyEnabled",
    },
    {
      name: 'a region that is none',
      config: { region: 'Frankfurt' },
      problem: `'region' is "Frankfurt", allowed is a region`,
    },
    { name: 'a prefix of 1 character', config: { namePrefix: 'a' }, problem: `'namePrefix' is "a", allowed is 2-28` },
    {
      name: 'a prefix of 29 characters',
      config: { namePrefix: x(29) },
      problem: 'allowed is 2-28 characters of a-z 0-9 -',
    },
    { name: '51 tags', config: { tags: tags(51) }, problem: "'tags' has 51 tags, allowed are 50" },
    {
      name: 'a tag key of 129 characters',
      config: { tags: { [x(129)]: 'a' } },
      problem: 'allowed is 1-128 characters',
    },
    {
      name: "the tenant's tag key",
      config: { tags: { tenant_id: 'a' } },
      problem: "'tags' must not contain 'tenant_id'",
    },
    {
      name: "the tenant's tag key in another case",
      config: { tags: { Tenant_ID: 'a' } },
      problem: "'tags' must not contain 'Tenant_ID': as a tag of the role it would give that value to each session",
    },
    {
      name: "a tenant's tag key of one's own in another case",
      config: { tenantTagKey: 'Org', tags: { oRG: 'a' } },
      problem: "'tags' must not contain 'oRG'",
    },
    {
      name: "a tenant's tag key with forbidden characters",
      config: { tenantTagKey: 'tenant#id' },
      problem: `'tenantTagKey' is "tenant#id", allowed is 1-128 characters of letters`,
    },
    {
      name: "a tenant's tag key of 129 characters",
      config: { tenantTagKey: x(129) },
      problem: 'allowed is 1-128 characters of letters',
    },
    {
      name: "a tenant's tag key of AWS",
      config: { tenantTagKey: 'aws:tenant' },
      problem: "not starting with 'aws:'",
    },
    {
      name: '3,599 seconds',
      config: { maxSessionDurationSeconds: 3599 },
      problem: "'maxSessionDurationSeconds' is 3599, allowed is a whole number from 3600 to 43200",
    },
    {
      name: '43,201 seconds',
      config: { maxSessionDurationSeconds: 43_201 },
      problem: "'maxSessionDurationSeconds' is 43201, allowed is a whole number from 3600 to 43200",
    },
  ])('fail for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^app: /);
    expect(message).toContain(problem);
  });

  it.each<{ name: string; config: object; problem: string }>([
    { name: 'a tag key that is a number', config: { tenantTagKey: 5 }, problem: "'tenantTagKey' is 5, allowed is 1-128" },
    { name: 'tags that are text', config: { tags: 'x' }, problem: `'tags' is "x", allowed is an object` },
    { name: 'tags that are null', config: { tags: null }, problem: "'tags' is null, allowed is an object" },
    { name: 'a tag that is a number', config: { tags: { team: 5 } }, problem: "'tags.team' is 5, allowed is 0-256" },
    { name: 'a table that is null', config: { table: null }, problem: "'table' is null, allowed is an object" },
    { name: 'a table that is text', config: { table: 'x' }, problem: `'table' is "x", allowed is an object` },
    { name: 'a table that is a list', config: { table: [] }, problem: "'table' is [], allowed is an object" },
    { name: 'a bucket that is null', config: { bucket: null }, problem: "'bucket' is null, allowed is an object" },
    { name: 'a bucket that is a number', config: { bucket: 5 }, problem: "'bucket' is 5, allowed is an object" },
    {
      name: 'a Terraform name for the table',
      config: { table: { logicalId: 'x' } },
      problem: "unknown option 'table.logicalId', known are existingTableName, tableName,",
    },
    {
      name: 'a Terraform name for the bucket',
      config: { bucket: { logicalId: 'x' } },
      problem: "unknown option 'bucket.logicalId', known are existingBucketName, bucketName,",
    },
    {
      name: 'createIdentityProvider as text',
      config: { userPoolId: POOL, audience: 'web', createIdentityProvider: 'false' },
      problem: `'createIdentityProvider' is "false", allowed is true or false`,
    },
    {
      name: 'an audience that is a number',
      config: { userPoolId: POOL, audience: [5] },
      problem: "'audience' is 5, allowed is a client id",
    },
    { name: 'a region that is null', config: { region: null }, problem: "'region' is null, allowed is a region" },
    { name: 'a role name that is a list', config: { roleName: ['a'] }, problem: `'roleName' is ["a"], allowed is 1-64` },
    {
      name: 'seconds as text',
      config: { maxSessionDurationSeconds: '3600' },
      problem: `'maxSessionDurationSeconds' is "3600", allowed is a whole number`,
    },
    {
      name: 'an existing table that is a number',
      config: { table: { existingTableName: 5 } },
      problem: "'tableName' is 5, allowed is 3-255",
    },
    {
      name: 'an existing bucket that is null',
      config: { bucket: { existingBucketName: null } },
      problem: "'bucketName' is null, allowed is 3-63",
    },
    {
      name: 'index names of an existing table that are text',
      config: { table: { existingTableName: 'old', tenantIndexNames: 'by-date' } },
      problem: `'tenantIndexNames' is "by-date", allowed is a list`,
    },
  ])('fail for $name, as JSON may bring it', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^app: /);
    expect(message).toContain(problem);
  });

  it.each<{ option: string; config: object; problem: string }>([
    { option: 'indexes', config: { table: { indexes: 5 } }, problem: "'indexes' is 5, allowed is a list" },
    { option: 'indexes', config: { table: { indexes: [5] } }, problem: "'indexes' is 5, allowed is an object" },
    { option: 'indexes', config: { table: { indexes: null } }, problem: "'indexes' is null, allowed is a list" },
    {
      option: 'sortKeyType',
      config: { table: { indexes: [{ name: 'abc', sortKey: 'a', sortKeyType: 'X' }] } },
      problem: `'indexes.sortKeyType' is "X", allowed is "S" or "N" or "B"`,
    },
    {
      option: 'an unknown option',
      config: { table: { indexes: [{ name: 'abc', sortKey: 'a', hashKey: 'b' }] } },
      problem: "unknown option 'indexes.hashKey', known are name, sortKey,",
    },
    {
      option: 'deletionProtection',
      config: { table: { deletionProtection: 'no' } },
      problem: `'deletionProtection' is "no", allowed is true or false`,
    },
    { option: 'kmsKeyArn', config: { table: { kmsKeyArn: 5 } }, problem: "'kmsKeyArn' is 5, allowed is arn:" },
    {
      option: 'lockTenantRoles',
      config: { table: { lockTenantRoles: 'no' } },
      problem: `'lockTenantRoles' is "no", allowed is true or false`,
    },
    {
      option: 'lockTenantRoles',
      config: { bucket: { lockTenantRoles: 0 } },
      problem: `'lockTenantRoles' is 0, allowed is true or false`,
    },
    {
      option: 'forceDestroy',
      config: { bucket: { forceDestroy: 'yes' } },
      problem: `'forceDestroy' is "yes", allowed is true or false`,
    },
    {
      option: 'abortIncompleteUploadsAfterDays',
      config: { bucket: { abortIncompleteUploadsAfterDays: '7' } },
      problem: `'abortIncompleteUploadsAfterDays' is "7", allowed is a whole number`,
    },
  ])('fail within table and bucket for $option: $problem', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message.split(':')[0]).toBe(`app/${'table' in config ? 'table' : 'bucket'}`);
    expect(message).toContain(problem);
  });

  it.each<[unknown, string]>([
    [null, 'null'],
    ['x', '"x"'],
    [5, '5'],
    [[], '[]'],
  ])('fail if they are %j as a whole', (config, shown) => {
    const { code, message } = refusalOf(() => new MultiTenantIamStack(testApp(), 'app', config as never));
    expect([code, message]).toEqual(['config.invalid', `app: 'config' is ${shown}, allowed is an object.`]);
  });

  it('take the default names where a name is undefined', () => {
    const config = {
      namePrefix: 'shop',
      region: 'eu-central-1',
      table: { tableName: undefined },
      bucket: { bucketName: undefined },
    };
    const terraform = synthesised(config);
    expect(onlyResource(terraform, 'aws_dynamodb_table')['name']).toBe('shop-data');
    expect(onlyResource(terraform, 'aws_s3_bucket')['bucket']).toBe(`shop-${ACCOUNT}-${REGION}`);
  });

  it('fail for region, role name and audience in one error', () => {
    const { code, message } = refusalOf(() =>
      stackWith({ userPoolId: POOL, audience: ['web', 'a*'], region: 'Frankfurt', roleName: 'a b' }),
    );
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^app: 'region' is "Frankfurt".+'audience' is "a\*".+'roleName' is "a b"/);
  });

  it('fail with several problems in one error', () => {
    const { message } = refusalOf(() => stackWith({ region: 'x', namePrefix: 'A', tabel: {}, tags: { tenant_id: 'a' } }));
    expect(message).toMatch(
      /^app: unknown option 'tabel'.+'region' is "x".+'namePrefix' is "A".+'tags' must not contain 'tenant_id'/,
    );
  });
});

describe('table and bucket that exist', () => {
  const stack = stackWith({
    table: { existingTableName: 'old-table', tenantIndexNames: ['by-date'], kmsKeyArn: KEY },
    bucket: { existingBucketName: 'old-bucket', kmsKeyArn: KEY, bucketKeyEnabled: true },
  });
  const terraform = synthesise(stack);

  it('are not made', () => {
    expect(addressesOf(terraform).filter((address) => /^aws_(dynamodb|s3)/.test(address))).toEqual([]);
    expect(Object.keys(terraform.data['aws_iam_policy_document'] ?? {})).toEqual(['tenant_bucket', 'tenant_table', 'tenant_trust']);
    expect([stack.table.resource, stack.bucket.resource]).toEqual([undefined, undefined]);
  });

  it('are named by the policies and outputs all the same', () => {
    const table = `arn:${PARTITION}:dynamodb:${REGION}:${ACCOUNT}:table/old-table`;
    const bucket = `arn:${PARTITION}:s3:::old-bucket`;
    expect(statementsOf(terraform, 'tenant_table').map(({ resources }) => resources)).toEqual([
      [table, `${table}/index/by-date`],
      [KEY],
    ]);
    expect(statementsOf(terraform, 'tenant_bucket').map(({ resources }) => resources)).toEqual([
      [`${bucket}/tenants/${TENANT}/*`],
      [bucket],
      [KEY],
    ]);
    expect([terraform.output['table_name']?.['value'], terraform.output['bucket_name']?.['value']]).toEqual([
      'old-table',
      'old-bucket',
    ]);
  });
});

describe.each(CONFIGS)('a stack with $name', ({ config }) => {
  const stack = stackWith(config);
  const terraform = synthesise(stack);
  const documents = Object.entries(terraform.data['aws_iam_policy_document'] ?? {});
  const permissions = ['tenant_table', 'tenant_bucket'].flatMap((name) => statementsOf(terraform, name));

  it('has policies that are known when Terraform plans', () => {
    const text = JSON.stringify(documents);
    expect(text).not.toMatch(/aws_dynamodb_table\.|aws_s3_bucket|aws_iam_openid_connect_provider\.|aws_iam_role/);
    const references = text.match(/\$\{(?:[a-z]+\()*[a-z_]+\.[a-z_]+/g) ?? [];
    expect(references.filter((reference) => !/^\$\{(data\.aws_|var\.|(split|element)\()/.test(reference))).toEqual([]);
  });

  it('shows no IAM variable to Terraform', () => {
    const text = JSON.stringify(terraform);
    expect(text).not.toContain('${aws:');
    expect(text).not.toMatch(/\$\{[^{}"]*:(custom|PrincipalTag)/);
    expect(text).toMatch(/&\{/);
  });

  it('grants no wildcard action, no Scan, no PartiQL and no listing past the prefix', () => {
    const actions = permissions.flatMap((statement) => statement.actions ?? []);
    expect(actions.length).toBeGreaterThan(0);
    const unwanted = /[*?]|scan|partiql|ListBucketVersions|ListBucketMultipartUploads|describe|export|stream/i;
    expect(actions.filter((action) => unwanted.test(action))).toEqual([]);
    expect(permissions.filter((statement) => statement.not_actions ?? statement.not_resources)).toEqual([]);
  });

  it('has a set qualifier on tag keys and leading keys only, each where it allows with Null beside it', () => {
    for (const [name] of documents) {
      for (const { effect, condition = [] } of statementsOf(terraform, name)) {
        const qualified = condition.filter(({ test }) => test.includes(':'));
        for (const { test, variable } of qualified) {
          expect(test).toBe(effect === 'Allow' ? 'ForAllValues:StringEquals' : 'ForAnyValue:StringNotEquals');
          expect(['aws:TagKeys', 'dynamodb:LeadingKeys']).toContain(variable);
          if (effect === 'Allow') expect(condition).toContainEqual({ test: 'Null', variable, values: ['false'] });
        }
      }
    }
  });

  it('tags nothing with the key of the tenant', () => {
    const { tenantTagKey = 'tenant_id' } = config as { tenantTagKey?: string };
    const tagKeys = everyElement([terraform.resource, terraform.provider])
      .filter(([name, value]) => name.includes('tags') && typeof value === 'object')
      .flatMap(([, value]) => everyElement(value).map(([key]) => key.toLowerCase()));
    expect(tagKeys).not.toContain(tenantTagKey.toLowerCase());
  });

  it('has no managed policy inline and no other one attached', () => {
    const attached = Object.values(terraform.resource['aws_iam_role_policy_attachment'] ?? {}).map(
      (block: Block) => block['policy_arn'],
    );
    expect(attached).toEqual(['${aws_iam_policy.tenant_bucket.arn}', '${aws_iam_policy.tenant_table.arn}']);
    expect(terraform.resource['aws_iam_role_policy']).toBeUndefined();
  });
});

describe('warnings of MultiTenantIamStack', () => {
  it.each([
    { option: 'pointInTimeRecovery', config: { table: { pointInTimeRecovery: false } }, path: 'app/table' },
    { option: 'deletionProtection', config: { table: { deletionProtection: false } }, path: 'app/table' },
    { option: 'lockTenantRoles', config: { table: { lockTenantRoles: false } }, path: 'app/table' },
    { option: 'lockTenantRoles', config: { bucket: { lockTenantRoles: false } }, path: 'app/bucket' },
    { option: 'forceDestroy', config: { bucket: { forceDestroy: true } }, path: 'app/bucket' },
    { option: 'bucketKeyEnabled', config: { bucket: { bucketKeyEnabled: true, kmsKeyArn: KEY } }, path: 'app/bucket' },
    { option: 'customClaim', config: { customClaim: 'custom:tenant_id' }, path: 'app/iam' },
  ])('name $option', ({ option, config, path }) => {
    expect(warningsOf(stackWith(config))).toEqual([{ path, message: expect.stringMatching(`^${option}(:| is off:) `) }]);
  });

  it('come together', () => {
    const table = { pointInTimeRecovery: false, deletionProtection: false };
    expect(warningsOf(stackWith({ table, bucket: { forceDestroy: true }, customClaim: 'a' }))).toHaveLength(4);
  });
});

describe('what MultiTenantIamStack writes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stack-'));
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** Text of the files that an app writes. */
  function filesOf(outdir: string): { readonly stack: string; readonly manifest: string } {
    const read = (path: string) => readFileSync(join(outdir, path), 'utf8');
    expect(readdirSync(join(outdir, 'stacks'))).toEqual(['multi-tenant-iam']);
    return { stack: read('stacks/multi-tenant-iam/cdk.tf.json'), manifest: read('manifest.json') };
  }

  function written(name: string, prepare: (stack: MultiTenantIamStack) => void = () => undefined) {
    const outdir = join(directory, name);
    const app = new App({ outdir });
    prepare(new MultiTenantIamStack(app, 'multi-tenant-iam', { userPoolId: POOL, audience: 'web' }));
    app.synth();
    return filesOf(outdir);
  }

  function backendOf({ stack }: { readonly stack: string }): unknown {
    return (JSON.parse(stack) as { terraform: { backend: unknown } }).terraform.backend;
  }

  /** The program `main.ts` in a process of its own, in a directory of its own. */
  function writtenByProgram(name: string) {
    const [cwd, outdir] = [join(directory, name), join(directory, name, 'output')];
    mkdirSync(cwd);
    execFileSync(process.execPath, ['--import', require.resolve('tsx'), join(ROOT, 'main.ts')], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        CDKTF_OUTDIR: outdir,
        CDKTF_CONTEXT_JSON: JSON.stringify({ multiTenantIam: { userPoolId: POOL, audience: 'web' } }),
        TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json'),
      },
    });
    return filesOf(outdir);
  }

  it('is the same, byte for byte, in another output directory', () => {
    expect(written('first')).toEqual(written('second-and-longer'));
  });

  it('is the same, byte for byte, by another process in another working directory', () => {
    expect(writtenByProgram('here')).toEqual(writtenByProgram('over-there'));
  }, 60_000);

  it('holds no absolute path', () => {
    const { stack, manifest } = written('paths');
    for (const text of [stack, manifest]) {
      for (const path of [ROOT, process.cwd(), directory, tmpdir()]) expect(text).not.toContain(path);
      const absolute = everyElement(JSON.parse(text)).filter(
        ([, value]) => typeof value === 'string' && /^(\/|[A-Za-z]:\\)/.test(value),
      );
      expect(absolute).toEqual([]);
    }
  });

  it('keeps the state beside cdktf.out if nothing is said', () => {
    expect(backendOf(written('state'))).toEqual({ local: { path: '../../../terraform.multi-tenant-iam.tfstate' } });
  });

  it.each([
    {
      name: 'S3',
      prepare: (stack: MultiTenantIamStack) => {
        new S3Backend(stack, { bucket: 'states', key: 'app.tfstate', region: 'eu-central-1' });
      },
      backend: { s3: { bucket: 'states', key: 'app.tfstate', region: 'eu-central-1' } },
    },
    {
      name: 'local',
      prepare: (stack: MultiTenantIamStack) => {
        new LocalBackend(stack, { path: 'mine.tfstate' });
      },
      backend: { local: { path: 'mine.tfstate' } },
    },
  ])("gives way to a backend of the user's own: $name", ({ name, prepare, backend }) => {
    expect(backendOf(written(`backend-${name}`, prepare))).toEqual(backend);
  });
});

import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformStack, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { MultiTenantIam, type PolicyStatement, TenantBucket, TenantTable, tenantVariable } from '../../lib';
import {
  addressesOf,
  awsStack,
  onlyResource,
  refusalOf,
  type StatementBlock,
  statementsOf,
  synthesise,
  testApp,
  warningsOf,
} from '../support/synthesis';

const PARTITION = '${data.aws_partition.multi_tenant_iam.partition}';
const REGION = '${data.aws_region.multi_tenant_iam.id}';
const ACCOUNT = '${data.aws_caller_identity.multi_tenant_iam.account_id}';
const TABLE = `arn:${PARTITION}:dynamodb:${REGION}:${ACCOUNT}:table/`;
const BUCKET = `arn:${PARTITION}:s3:::`;
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const TENANT = tenantVariable();
const x = (length: number) => 'x'.repeat(length);

const OWN_ITEMS = {
  'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': TENANT },
  Null: { 'dynamodb:LeadingKeys': 'false' },
};

function iamIn(config: object = {}) {
  const stack = awsStack();
  const iam = new MultiTenantIam(stack, 'tenants', {
    issuerUrl: 'https://login.example.com',
    audience: 'web',
    logicalId: 'tenant',
    ...config,
  });
  return { stack, iam };
}

/** With the table `app` and the bucket `app` granted. */
function iamWithData(config: object = {}) {
  const { stack, iam } = iamIn(config);
  const table = TenantTable.fromTableName(stack, 'app');
  const bucket = TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY });
  iam.grantTable(table);
  iam.grantBucket(bucket);
  return { stack, iam, table, bucket };
}

type Data = ReturnType<typeof iamWithData>;

function allow(Action: string | string[], Resource: string | string[], Condition?: PolicyStatement['Condition']): PolicyStatement {
  return { Effect: 'Allow', Action, Resource, Condition };
}

function refused(config: object) {
  return refusalOf(() => iamIn(config));
}

describe('MultiTenantIam', () => {
  it('makes provider and role, and no policy as long as nothing is granted', () => {
    const { stack, iam } = iamIn();
    expect(addressesOf(synthesise(stack))).toEqual([
      'aws_iam_openid_connect_provider.tenant',
      'aws_iam_role.tenant',
      'data.aws_caller_identity.multi_tenant_iam',
      'data.aws_iam_policy_document.tenant_trust',
      'data.aws_partition.multi_tenant_iam',
      'data.aws_region.multi_tenant_iam',
    ]);
    expect(iam.attachments).toEqual([]);
  });

  it('names role and policies by the prefix', () => {
    const { stack } = iamWithData({ namePrefix: 'app', path: '/a/', tags: { team: 'b' } });
    const { resource } = synthesise(stack);
    expect(resource['aws_iam_role']).toMatchObject({ tenant: { name: 'app-tenant', path: '/a/', tags: { team: 'b' } } });
    expect(resource['aws_iam_policy']).toMatchObject({
      tenant_table: { name: 'app-tenant-table', path: '/a/', tags: { team: 'b' } },
      tenant_bucket: { name: 'app-tenant-bucket', path: '/a/', tags: { team: 'b' } },
    });
    expect(resource['aws_iam_openid_connect_provider']).toMatchObject({ tenant: { tags: { team: 'b' } } });
  });

  it('takes a name of its own for the role, boundary and duration', () => {
    const permissionsBoundaryArn = 'arn:aws:iam::123456789012:policy/boundary';
    const { stack } = iamIn({ roleName: 'everybody', permissionsBoundaryArn, maxSessionDurationSeconds: 43_200 });
    expect(onlyResource(synthesise(stack), 'aws_iam_role')).toMatchObject({
      name: 'everybody',
      permissions_boundary: permissionsBoundaryArn,
      max_session_duration: 43_200,
    });
  });

  it('grants table and bucket of its configuration', () => {
    const { stack, table, bucket } = iamWithData();
    const iam = new MultiTenantIam(stack, 'more', {
      issuerUrl: 'https://b.example.com',
      audience: 'web',
      table,
      bucket,
      logicalId: 'more',
    });
    expect(iam.attachments.map(({ friendlyUniqueId }) => friendlyUniqueId)).toEqual(['more_table', 'more_bucket']);
    const terraform = synthesise(stack);
    expect(statementsOf(terraform, 'more_table')).toEqual(statementsOf(terraform, 'tenant_table'));
    expect(statementsOf(terraform, 'more_bucket')).toEqual(statementsOf(terraform, 'tenant_bucket'));
  });

  it('follows the tag key in trust, table, bucket and variable', () => {
    const { stack, iam } = iamWithData({ tenantTagKey: 'Org Unit' });
    expect(iam.tenantVariable).toBe('${aws:PrincipalTag/Org Unit}');
    const { data } = synthesise(stack);
    const documents = JSON.stringify(data['aws_iam_policy_document']);
    expect(documents).not.toContain('tenant_id');
    expect(documents).toContain('aws:RequestTag/Org Unit');
    expect(documents).toContain('&{aws:PrincipalTag/Org Unit}');
  });

  it('keeps its addresses when it is wrapped in another construct', () => {
    const addresses = [true, false].map((wrapped) => {
      const stack = awsStack();
      const scope = wrapped ? new Construct(stack, 'module') : stack;
      const table = TenantTable.fromTableName(scope, 'app');
      new MultiTenantIam(scope, 'tenants', { issuerUrl: 'https://a.example.com', audience: 'web', table, logicalId: 'tenant' });
      return addressesOf(synthesise(stack));
    });
    expect(addresses[0]).toEqual(addresses[1]);
  });

  it.each([true, false])("lets a user's construct have the id multi_tenant_iam, made first %s", (first) => {
    const stack = awsStack();
    const make = () => {
      new MultiTenantIam(stack, 'multi_tenant_iam', { issuerUrl: 'https://login.example.com', audience: 'web' });
    };
    if (first) make();
    TenantTable.fromTableName(stack, 'app');
    if (!first) make();
    expect(addressesOf(synthesise(stack))).toEqual(
      expect.arrayContaining([
        'data.aws_caller_identity.multi_tenant_iam',
        'data.aws_partition.multi_tenant_iam',
        'data.aws_region.multi_tenant_iam',
      ]),
    );
  });

  it('leaves no warning by default', () => {
    expect(warningsOf(iamWithData().stack)).toEqual([]);
  });

  it.each([
    { name: 'a prefix of 2 characters', config: { namePrefix: 'ab' } },
    { name: 'a prefix of 28 characters', config: { namePrefix: x(28) } },
    { name: 'a tag key of 128 characters', config: { tenantTagKey: x(128) } },
    { name: 'a claim of 128 characters', config: { customClaim: x(128) } },
    { name: '50 tags', config: { tags: Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`key-${number}`, ''])) } },
  ])('accepts $name', ({ config }) => {
    expect(() => iamIn(config)).not.toThrow();
  });

  it.each([
    { name: 'a prefix of 1 character', config: { namePrefix: 'a' }, problem: `'namePrefix' is "a", allowed is 2-28 characters` },
    { name: 'a prefix of 29 characters', config: { namePrefix: x(29) }, problem: 'allowed is 2-28 characters' },
    { name: 'a tag key of 129 characters', config: { tenantTagKey: x(129) }, problem: 'allowed is 1-128 characters of letters' },
    { name: 'an empty tag key', config: { tenantTagKey: '' }, problem: `'tenantTagKey' is "", allowed is 1-128 characters` },
    { name: 'a tag key of AWS', config: { tenantTagKey: 'AWS:tenant' }, problem: "not starting with 'aws:'" },
    { name: 'a tag key with a wildcard', config: { tenantTagKey: 'tenant*' }, problem: `'tenantTagKey' is "tenant*"` },
    {
      name: 'a tag key that leaves the variable',
      config: { tenantTagKey: "x, 'public'" },
      problem: `'tenantTagKey' is "x, 'public'"`,
    },
    { name: 'a claim of 129 characters', config: { customClaim: x(129) }, problem: 'allowed is 1-128 characters' },
    { name: 'a claim that leaves the variable', config: { customClaim: 'a}' }, problem: `'customClaim' is "a}"` },
    {
      name: 'tag key and claim at once',
      config: { tenantTagKey: 'a', customClaim: 'b' },
      problem: "'tenantTagKey' and 'customClaim' exclude each other, give one",
    },
    {
      name: "the tenant's tag key among tags",
      config: { tags: { Tenant_Id: 'a' } },
      problem: "'tags' must not contain 'Tenant_Id'",
    },
    {
      name: "a tag key of one's own among tags",
      config: { tenantTagKey: 'org', tags: { ORG: 'a' } },
      problem: "'tags' must not contain 'ORG'",
    },
    {
      name: '51 tags',
      config: { tags: Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`key-${number}`, ''])) },
      problem: "'tags' has 51 tags, allowed are 50",
    },
    { name: 'an unknown option', config: { audiences: ['web'] }, problem: "unknown option 'audiences', known are userPoolId," },
    {
      name: 'two ways to name the identity',
      config: { userPoolId: 'eu-central-1_a' },
      problem: "'userPoolId' and 'issuerUrl' exclude",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refused(config);
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^stack\/tenants: /);
    expect(message).toContain(problem);
  });

  it.each([
    { name: 'a role name of 65 characters', config: { roleName: x(65) }, problem: "stack/tenants: 'roleName' is" },
    {
      name: 'a session that is too short',
      config: { maxSessionDurationSeconds: 3599 },
      problem: "stack/tenants: 'maxSessionDurationSeconds' is 3599",
    },
    {
      name: 'an issuer over http',
      config: { issuerUrl: 'http://a.b' },
      problem: "stack/tenants: 'issuerUrl' is",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refused(config);
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });

  it('fails with several problems in one error', () => {
    const { message } = refused({
      tenantTagKey: 'a*',
      customClaim: '',
      namePrefix: 'A',
      audience: undefined,
      tag: {},
      tags: { 'a*': '' },
    });
    for (const name of ['tenantTagKey', 'customClaim', 'namePrefix', 'audience', 'tag', 'tags']) {
      expect(message).toContain(`'${name}'`);
    }
  });
});

describe('a custom claim', () => {
  it('is compared in trust, table and bucket, and leaves a warning', () => {
    const { stack, iam } = iamWithData({ customClaim: 'custom:tenant_id' });
    const terraform = synthesise(stack);
    const variable = '&{login.example.com:custom:tenant_id}';
    expect(iam.tenantVariable).toBe('${login.example.com:custom:tenant_id}');
    expect(statementsOf(terraform, 'tenant_trust')[0]?.actions).toEqual(['sts:AssumeRoleWithWebIdentity']);
    expect(statementsOf(terraform, 'tenant_table')[0]?.condition?.[0]?.values).toEqual([variable]);
    expect(statementsOf(terraform, 'tenant_bucket')[0]?.resources).toEqual([`${BUCKET}app/tenants/${variable}/*`]);
    expect(warningsOf(stack)).toEqual([
      {
        path: 'stack/tenants',
        message: expect.stringMatching(/^customClaim: AWS has no condition key '<issuer>:custom:tenant_id'/),
      },
    ]);
  });

  it('leaves no warning if it is sub, for which AWS has a condition key', () => {
    const { stack } = iamWithData({ customClaim: 'sub' });
    expect(warningsOf(stack)).toEqual([]);
    expect(statementsOf(synthesise(stack), 'tenant_table')[0]?.condition?.[0]?.values).toEqual(['&{login.example.com:sub}']);
  });

  it('is kept from Terraform where the path of the issuer has a tilde', () => {
    const { stack } = iamWithData({ issuerUrl: 'https://login.example.com/~app', customClaim: 'tenant' });
    const terraform = synthesise(stack);
    const variable = '&{login.example.com/~app:tenant}';
    expect(statementsOf(terraform, 'tenant_table')[0]?.condition?.[0]?.values).toEqual([variable]);
    expect(statementsOf(terraform, 'tenant_bucket')[0]?.resources).toEqual([`${BUCKET}app/tenants/${variable}/*`]);
  });

  it('renders where the issuer is a Terraform expression', () => {
    const stack = awsStack();
    const identityProviderArn = new TerraformVariable(stack, 'identity_provider_arn', {}).stringValue;
    const table = TenantTable.fromTableName(stack, 'app');
    const config = { identityProviderArn, audience: 'web', customClaim: 'custom:tenant_id', table, logicalId: 'tenant' };
    new MultiTenantIam(stack, 'tenants', config);
    const terraform = synthesise(stack);
    const issuer = '${element(split(":oidc-provider/", var.identity_provider_arn), 1)}';
    expect(statementsOf(terraform, 'tenant_table')[0]?.condition?.[0]?.values).toEqual([`&{${issuer}:custom:tenant_id}`]);
    expect(statementsOf(terraform, 'tenant_trust')[0]?.condition?.map(({ variable }) => variable)).toEqual([
      `${issuer}:aud`,
      ...Array<string>(3).fill(`${issuer}:custom:tenant_id`),
    ]);
  });
});

describe('grantTable and grantBucket', () => {
  it('put all tables into one policy', () => {
    const { stack, iam } = iamIn();
    iam.grantTable(TenantTable.fromTableName(stack, 'app', { tenantIndexNames: ['by-date'] }));
    iam.grantTable(TenantTable.fromTableName(stack, 'audit'));
    const made = { tableName: 'made', indexes: [{ name: 'by-type', sortKey: 'type' }], kmsKeyArn: KEY, logicalId: 'made' };
    iam.grantTable(new TenantTable(stack, 'made', made));
    const terraform = synthesise(stack);
    const [items, key, ...others] = statementsOf(terraform, 'tenant_table');
    expect(items?.resources).toEqual([
      `${TABLE}app`,
      `${TABLE}app/index/by-date`,
      `${TABLE}audit`,
      `${TABLE}made`,
      `${TABLE}made/index/by-type`,
    ]);
    expect(key).toEqual({
      sid: 'TableKey1',
      effect: 'Allow',
      actions: ['kms:Decrypt'],
      resources: [KEY],
      condition: [
        { test: 'StringEquals', variable: 'kms:ViaService', values: ['dynamodb.eu-central-1.amazonaws.com'] },
        { test: 'StringEquals', variable: 'kms:EncryptionContext:aws:dynamodb:tableName', values: ['made'] },
      ],
    });
    expect(others).toEqual([]);
    expect(Object.keys(terraform.resource['aws_iam_policy'] ?? {})).toEqual(['tenant_table']);
  });

  it('put all buckets into one policy', () => {
    const { stack, iam } = iamIn();
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'app'));
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'archive', { kmsKeyArn: KEY }));
    iam.grantBucket(new TenantBucket(stack, 'made', { bucketName: 'made', kmsKeyArn: KEY, bucketKeyEnabled: true }));
    const terraform = synthesise(stack);
    const own = 'tenants/&{aws:PrincipalTag/tenant_id}/*';
    const viaS3 = { test: 'StringEquals', variable: 'kms:ViaService', values: ['s3.eu-central-1.amazonaws.com'] };
    const context = 'kms:EncryptionContext:aws:s3:arn';
    expect(statementsOf(terraform, 'tenant_bucket')).toMatchObject([
      { resources: [`${BUCKET}app/${own}`, `${BUCKET}archive/${own}`, `${BUCKET}made/${own}`] },
      { resources: [`${BUCKET}app`, `${BUCKET}archive`, `${BUCKET}made`] },
      { sid: 'BucketKey1', condition: [viaS3, { test: 'StringLike', variable: context, values: [`${BUCKET}archive/${own}`] }] },
      { sid: 'BucketKey2', condition: [viaS3, { test: 'StringEquals', variable: context, values: [`${BUCKET}made`] }] },
    ]);
    expect(Object.keys(terraform.resource['aws_iam_policy'] ?? {})).toEqual(['tenant_bucket']);
  });

  it('list a table or bucket once that is granted twice', () => {
    const { stack, iam, table, bucket } = iamWithData();
    iam.grantTable(table);
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantBucket(bucket);
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY }));
    const terraform = synthesise(stack);
    expect(statementsOf(terraform, 'tenant_table').map(({ resources }) => resources)).toEqual([[`${TABLE}app`]]);
    expect(statementsOf(terraform, 'tenant_bucket').map(({ resources }) => resources)).toEqual([
      [`${BUCKET}app/tenants/&{aws:PrincipalTag/tenant_id}/*`],
      [`${BUCKET}app`],
      [KEY],
    ]);
  });

  it('add the index and the key of a table that is granted again', () => {
    const { stack, iam } = iamIn();
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantTable(TenantTable.fromTableName(stack, 'app', { tenantIndexNames: ['by-date'], kmsKeyArn: KEY }));
    expect(statementsOf(synthesise(stack), 'tenant_table').map(({ resources }) => resources)).toEqual([
      [`${TABLE}app`, `${TABLE}app/index/by-date`],
      [KEY],
    ]);
  });

  it('use a key in its own region, which may be another than that of the stack', () => {
    const { stack, iam } = iamIn();
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'us-files', { kmsKeyArn: KEY.replace('eu-central-1', 'us-east-1') }));
    const [, , key] = statementsOf(synthesise(stack), 'tenant_bucket');
    expect(key?.condition).toContainEqual({
      test: 'StringEquals',
      variable: 'kms:ViaService',
      values: ['s3.us-east-1.amazonaws.com'],
    });
  });

  it('leave no warning of a bypass when they fail', () => {
    const { stack, iam } = iamIn();
    const table = TenantTable.fromTableName(stack, 'app');
    iam.grantAdditionalPermissions(allow('dynamodb:Scan', '*'), { allowIsolationBypass: true });
    iam.grantAdditionalPermissions(allow('dynamodb:Scan', table.tableArn));
    expect(
      refusalOf(() => {
        iam.grantTable(table);
      }).code,
    ).toBe('grant.breaks_isolation');
    expect(warningsOf(stack)).toEqual([]);
  });

  it('work on after one failed for its length', () => {
    const { stack, iam, table } = iamWithData();
    const names = Array.from({ length: 40 }, (_, number) => `${x(50)}-${number}`);
    const granted: string[] = [];
    const failed = refusalOf(() => {
      for (const name of names) {
        iam.grantTable(TenantTable.fromTableName(stack, `${name}-${x(200)}`));
        granted.push(name);
      }
    });
    expect(failed.code).toBe('limit.exceeded');
    iam.grantTable(TenantTable.fromTableName(stack, 'small'));
    iam.grantTable(table);
    const [items] = statementsOf(synthesise(stack), 'tenant_table');
    const many = granted.map((name) => `${TABLE}${name}-${x(200)}`);
    expect(items?.resources).toEqual([`${TABLE}app`, ...many, `${TABLE}small`]);
    expect(iam.attachments).toHaveLength(2);
  });

  it.each([
    {
      name: 'table',
      statement: allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/audit'),
      grant: ({ stack, iam }: Pick<Data, 'stack' | 'iam'>, name: string) => {
        iam.grantTable(TenantTable.fromTableName(stack, name));
      },
      policy: 'tenant_table',
      resources: [`${TABLE}app`, `${TABLE}items`],
    },
    {
      name: 'bucket',
      statement: allow('s3:GetObject', 'arn:aws:s3:::audit/*'),
      grant: ({ stack, iam }: Pick<Data, 'stack' | 'iam'>, name: string) => {
        iam.grantBucket(TenantBucket.fromBucketName(stack, name));
      },
      policy: 'tenant_bucket',
      resources: ['app', 'items'].map((name) => `${BUCKET}${name}/tenants/&{aws:PrincipalTag/tenant_id}/*`),
    },
  ])('work on after a $name failed that a statement reaches', ({ statement, grant, policy, resources }) => {
    const data = iamIn();
    data.iam.grantAdditionalPermissions(statement);
    grant(data, 'app');
    const { code } = refusalOf(() => {
      grant(data, 'audit');
    });
    expect(code).toBe('grant.breaks_isolation');
    grant(data, 'items');
    data.iam.grantAdditionalPermissions(allow('sqs:SendMessage', 'arn:aws:sqs:::a'));
    const terraform = synthesise(data.stack);
    expect(statementsOf(terraform, policy)[0]?.resources).toEqual(resources);
    expect(statementsOf(terraform, 'tenant_additional')).toHaveLength(2);
  });

  it('fail with more tables than a managed policy holds', () => {
    const { stack, iam } = iamIn();
    const { code, message } = refusalOf(() => {
      for (let number = 0; number < 40; number++) iam.grantTable(TenantTable.fromTableName(stack, `${x(250)}-${number}`));
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toMatch(/^stack\/tenants\/table_policy: the policy has at least \d+ characters, IAM takes 6144: grant less/);
  });
});

describe('grantAdditionalPermissions', () => {
  const additional = ({ stack }: { stack: Data['stack'] }) => statementsOf(synthesise(stack), 'tenant_additional');

  it.each<{ name: string; statement: (data: Data) => PolicyStatement; block: StatementBlock }>([
    {
      name: "a queue of the tenant's own",
      statement: ({ iam }) => allow('sqs:SendMessage', `arn:aws:sqs:eu-central-1:123456789012:jobs-${iam.tenantVariable}`),
      block: {
        effect: 'Allow',
        actions: ['sqs:SendMessage'],
        resources: ['arn:aws:sqs:eu-central-1:123456789012:jobs-&{aws:PrincipalTag/tenant_id}'],
      },
    },
    {
      name: "object tags under the tenant's prefix",
      statement: ({ bucket, iam }) => allow('s3:GetObjectTagging', `${bucket.bucketArn}/tenants/${iam.tenantVariable}/*`),
      block: {
        effect: 'Allow',
        actions: ['s3:GetObjectTagging'],
        resources: [`${BUCKET}app/tenants/&{aws:PrincipalTag/tenant_id}/*`],
      },
    },
    {
      name: 'items tied to the leading key',
      statement: ({ table }) => allow('dynamodb:GetItem', table.tableArn, OWN_ITEMS),
      block: {
        effect: 'Allow',
        actions: ['dynamodb:GetItem'],
        resources: [`${TABLE}app`],
        condition: [
          { test: 'ForAllValues:StringEquals', variable: 'dynamodb:LeadingKeys', values: ['&{aws:PrincipalTag/tenant_id}'] },
          { test: 'Null', variable: 'dynamodb:LeadingKeys', values: ['false'] },
        ],
      },
    },
    {
      name: 'another table by its literal ARN',
      statement: () => allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue'),
      block: {
        effect: 'Allow',
        actions: ['dynamodb:Scan'],
        resources: ['arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue'],
      },
    },
    {
      name: 'a Terraform expression',
      statement: () => allow('sns:Publish', '${aws_sns_topic.t.arn}'),
      block: { effect: 'Allow', actions: ['sns:Publish'], resources: ['${aws_sns_topic.t.arn}'] },
    },
    {
      name: 'a Deny of everything',
      statement: () => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      block: {
        effect: 'Deny',
        actions: ['*'],
        resources: ['*'],
        condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
      },
    },
  ])('accepts $name', ({ statement, block }) => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(statement(data));
    expect(additional(data)).toEqual([block]);
    expect(warningsOf(data.stack)).toEqual([]);
  });

  it('puts all statements into one policy, attached with the others', () => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions({ ...allow('sqs:SendMessage', 'arn:aws:sqs:::a'), Sid: 'A' });
    data.iam.grantAdditionalPermissions({ ...allow('sqs:SendMessage', 'arn:aws:sqs:::b'), Sid: 'B' });
    expect(additional(data).map(({ sid }) => sid)).toEqual(['A', 'B']);
    const names = ['tenant_table', 'tenant_bucket', 'tenant_additional'];
    expect(data.iam.attachments.map(({ friendlyUniqueId }) => friendlyUniqueId)).toEqual(names);
  });

  const identities = 'lets a tenant act on identities or roles';
  const toTable =
    'it reaches the tenant table: allowed there are item operations with ForAllValues:StringEquals dynamodb:LeadingKeys';
  const toBucket = "it reaches the tenant bucket: allowed there are resources under '<bucket ARN>/tenants/<tenant variable>/'";
  const breaking: readonly { name: string; statement: (data: Data) => PolicyStatement; problem: string }[] = [
    { name: '*', statement: () => allow('*', 'arn:aws:sqs:::a'), problem: `* ${identities}` },
    { name: 'iam:*', statement: () => allow('iam:*', '*'), problem: `iam:* ${identities}` },
    { name: 'iam:Pass*', statement: () => allow('iam:Pass*', '*'), problem: `iam:Pass* ${identities}` },
    { name: 'sts:AssumeRole', statement: () => allow('sts:AssumeRole', '*'), problem: `sts:AssumeRole ${identities}` },
    { name: 'STS:assumerole', statement: () => allow('STS:assumerole', '*'), problem: `STS:assumerole ${identities}` },
    {
      name: 'cognito-idp:AdminUpdateUserAttributes',
      statement: () => allow(['cognito-idp:AdminUpdateUserAttributes'], '*'),
      problem: `cognito-idp:AdminUpdateUserAttributes ${identities}`,
    },
    { name: 'dynamodb:* on *', statement: () => allow('dynamodb:*', '*'), problem: toTable },
    { name: 'dynamodb:* on the table', statement: ({ table }) => allow('dynamodb:*', table.tableArn), problem: toTable },
    {
      name: 'dynamodb:* on a literal ARN that matches',
      statement: () => allow('dynamodb:*', 'arn:aws:dynamodb:eu-central-1:123456789012:table/app'),
      problem: toTable,
    },
    { name: 'dynamodb:* on all tables', statement: () => allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/*'), problem: toTable },
    {
      name: 'Scan with leading keys',
      statement: ({ table }) => allow('dynamodb:Scan', table.tableArn, OWN_ITEMS),
      problem: toTable,
    },
    {
      name: 'GetItem without Null',
      statement: ({ table }) => allow('dynamodb:GetItem', table.tableArn, { ...OWN_ITEMS, Null: {} }),
      problem: toTable,
    },
    {
      name: 'GetItem with a default in the variable',
      statement: ({ table }) =>
        allow('dynamodb:GetItem', table.tableArn, {
          ...OWN_ITEMS,
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': "${aws:PrincipalTag/tenant_id, 'a'}" },
        }),
      problem: toTable,
    },
    { name: 's3:* on the bucket', statement: ({ bucket }) => allow('s3:*', bucket.bucketArn), problem: toBucket },
    { name: 's3:* on its objects', statement: ({ bucket }) => allow('s3:*', `${bucket.bucketArn}/*`), problem: toBucket },
    {
      name: 'the prefix without the slash',
      statement: ({ bucket }) => allow('s3:GetObject', `${bucket.bucketArn}/tenants/${TENANT}*`),
      problem: toBucket,
    },
    {
      name: 'access points',
      statement: () => allow('s3:GetObject', 'arn:aws:s3:eu-central-1:123456789012:accesspoint/app/object/*'),
      problem: toBucket,
    },
    {
      name: 'NotAction',
      statement: () => ({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
      problem: 'NotAction allows everything',
    },
    {
      name: 'NotResource',
      statement: () => ({ Effect: 'Allow', Action: 'sqs:*', NotResource: 'arn:aws:sqs:::a' }),
      problem: 'NotResource allows everything',
    },
    {
      name: 'a Terraform expression with braces for the bucket',
      statement: () => allow('s3:GetObject', 'arn:aws:s3:::${lookup({ prod = "app" }, terraform.workspace)}/*'),
      problem: toBucket,
    },
    {
      name: 'a Terraform expression with braces for the action',
      statement: () => allow('${lookup({ a = "iam:PassRole" }, "a")}', '*'),
      problem: identities,
    },
    {
      name: "a policy variable in Terraform's own escape",
      statement: () => allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/$${aws:PrincipalTag/team}'),
      problem: toTable,
    },
    {
      name: 'two branches of a directive for the key',
      statement: () => allow('kms:Decrypt', `${KEY.slice(0, -4)}%{ if true }${KEY.slice(-4)}%{ else }9%{ endif }`),
      problem: 'it reaches the key that encrypts',
    },
    {
      name: 'an unknown ARN with a tail of segments',
      statement: () => allow('s3:GetObject', '${aws_s3_bucket.b.arn}/*:*:*:*:*:*'),
      problem: toBucket,
    },
    { name: 'the key of the data', statement: () => allow('kms:Decrypt', KEY), problem: 'it reaches the key that encrypts' },
  ];

  it.each(breaking)('fails for $name', ({ statement, problem }) => {
    const data = iamWithData();
    const { code, message } = refusalOf(() => {
      data.iam.grantAdditionalPermissions({ ...statement(data), Sid: 'Mine' });
    });
    expect(code).toBe('grant.breaks_isolation');
    expect(message).toMatch(/^stack\/tenants: statement 'Mine' would break the isolation of tenants: /);
    expect(message).toContain(problem);
    expect(message).toMatch(/Narrow it, or take the risk with \{ allowIsolationBypass: true \}\.$/);
    expect(addressesOf(synthesise(data.stack))).not.toContain('aws_iam_policy.tenant_additional');
  });

  it.each(breaking)('adds $name with allowIsolationBypass, and leaves a warning', ({ statement, problem }) => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(statement(data), { allowIsolationBypass: true });
    expect(additional(data)).toHaveLength(1);
    const [warning, ...others] = warningsOf(data.stack);
    expect(warning).toEqual({ path: 'stack/tenants', message: expect.stringMatching(/^allowIsolationBypass: /) });
    expect(warning?.message).toContain(problem);
    expect(others).toEqual([]);
  });

  it("accepts the tenant's own prefix by an ARN whose partition is written out", () => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(allow('s3:GetObjectVersion', `arn:aws:s3:::app/tenants/${TENANT}/*`));
    expect(additional(data)).toHaveLength(1);
    expect(
      refusalOf(() => {
        data.iam.grantAdditionalPermissions(allow('s3:GetObjectVersion', `arn:aws:s3:::app/tenants/${TENANT}*`));
      }).code,
    ).toBe('grant.breaks_isolation');
  });

  it.each<[string, PolicyStatement]>([
    ['an action without a service', allow('i*', '*')],
    ['an empty action', allow('', '*')],
    ['a resource that is no ARN', allow('sqs:SendMessage', 'jobs')],
  ])('fails for %s', (_what, statement) => {
    const { code, message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(statement);
    });
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/allowed is '\*' or ('<service>:<action>'|an ARN)/);
  });

  it('fails for a Sid that an earlier statement has', () => {
    const { iam } = iamIn();
    iam.grantAdditionalPermissions({ ...allow('xray:PutTraceSegments', '*'), Sid: 'Own' });
    const { code, message } = refusalOf(() => {
      iam.grantAdditionalPermissions({ ...allow('xray:PutTelemetryRecords', '*'), Sid: 'Own' });
    });
    expect(code).toBe('config.invalid');
    expect(message).toContain('\'Sid\' is "Own", which an earlier statement has');
  });

  it('speaks of the statement if it has no Sid', () => {
    const { message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(allow('iam:PassRole', '*'));
    });
    expect(message).toMatch(/^stack\/tenants: the statement would break/);
  });

  it.each<{ name: string; statement: PolicyStatement; grant: (data: Pick<Data, 'stack' | 'iam'>) => void; problem: string }>([
    {
      name: 'table',
      statement: allow('dynamodb:Scan', '*'),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app'));
      },
      problem: toTable,
    },
    {
      name: 'second table',
      statement: allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/audit'),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app'));
        iam.grantTable(TenantTable.fromTableName(stack, 'audit'));
      },
      problem: toTable,
    },
    {
      name: 'bucket',
      statement: allow('s3:GetObject', 'arn:aws:s3:::app/*'),
      grant: ({ stack, iam }) => {
        iam.grantBucket(TenantBucket.fromBucketName(stack, 'app'));
      },
      problem: toBucket,
    },
    {
      name: 'key',
      statement: allow('kms:Decrypt', KEY),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app', { kmsKeyArn: KEY }));
      },
      problem: 'it reaches the key',
    },
  ])('fails when a $name is granted that a statement accepted before reaches', ({ statement, grant, problem }) => {
    const data = iamIn();
    data.iam.grantAdditionalPermissions({ ...statement, Sid: 'Earlier' });
    const { code, message } = refusalOf(() => {
      grant(data);
    });
    expect(code).toBe('grant.breaks_isolation');
    expect(message).toContain("stack/tenants: statement 'Earlier' would break the isolation of tenants");
    expect(message).toContain(problem);
  });

  it.each<{
    name: string;
    statement: PolicyStatement;
    grant: (data: Pick<Data, 'stack' | 'iam'>, name: string) => void;
    problem: string;
  }>([
    {
      name: 'table',
      statement: allow('dynamodb:Scan', '*'),
      grant: ({ stack, iam }, name) => {
        iam.grantTable(TenantTable.fromTableName(stack, name));
      },
      problem: toTable,
    },
    {
      name: 'bucket',
      statement: allow('s3:GetObject', '*'),
      grant: ({ stack, iam }, name) => {
        iam.grantBucket(TenantBucket.fromBucketName(stack, name));
      },
      problem: toBucket,
    },
  ])('warns once of allowIsolationBypass when a $name is granted later', ({ statement, grant, problem }) => {
    const data = iamIn();
    data.iam.grantAdditionalPermissions(statement, { allowIsolationBypass: true });
    expect(warningsOf(data.stack)).toEqual([]);
    grant(data, 'app');
    const warned = [{ path: 'stack/tenants', message: expect.stringContaining(`allowIsolationBypass: ${problem}`) as unknown }];
    expect(warningsOf(data.stack)).toEqual(warned);
    grant(data, 'audit');
    expect(warningsOf(data.stack)).toEqual(warned);
  });

  it('warns of each kind of data that a statement with allowIsolationBypass comes to reach', () => {
    const { stack, iam } = iamIn();
    iam.grantAdditionalPermissions(allow('*', '*'), { allowIsolationBypass: true });
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY }));
    const [first, second, third, ...others] = warningsOf(stack).map(({ message }) => message);
    expect(first).toMatch(/^allowIsolationBypass: \* lets a tenant act on identities or roles; \* lets a tenant read through/);
    expect(second).toMatch(/^allowIsolationBypass: it reaches the tenant table[^;]+$/);
    expect(third).toMatch(/^allowIsolationBypass: it reaches the tenant bucket[^;]+; it reaches the key[^;]+$/);
    expect(others).toEqual([]);
  });

  it('asks no second time about a statement that came with allowIsolationBypass', () => {
    const { stack, iam } = iamIn();
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantAdditionalPermissions(allow('dynamodb:Scan', '*'), { allowIsolationBypass: true });
    expect(() => {
      iam.grantTable(TenantTable.fromTableName(stack, 'audit'));
    }).not.toThrow();
  });

  it.each([
    { name: 'no Effect', statement: { Action: 'sqs:*', Resource: '*' }, problem: "a statement needs 'Effect', 'Allow' or 'Deny'" },
    {
      name: 'Action and NotAction',
      statement: { Effect: 'Allow', Action: 'sqs:*', NotAction: 'sns:*', Resource: '*' },
      problem: "a statement needs either 'Action' or 'NotAction'",
    },
    {
      name: 'no Resource',
      statement: { Effect: 'Deny', Action: 'sqs:*' },
      problem: "a statement needs either 'Resource' or 'NotResource'",
    },
    {
      name: 'a Principal',
      statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' },
      problem: "'Principal' is no element of a role's policy, known are Sid, Effect,",
    },
    {
      name: 'an unknown element',
      statement: { Effect: 'Allow', Actions: 'sqs:*', Action: 'sqs:*', Resource: '*' },
      problem: "'Actions' is no element of a role's policy",
    },
    {
      name: 'an empty list of actions',
      statement: { Effect: 'Allow', Action: [], Resource: '*' },
      problem: "'Action' must be a string or a list of at least one",
    },
    {
      name: 'a boolean in its condition',
      statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': true } } },
      problem: "'Condition' must be { operator: { key: value or list of values } } with strings",
    },
    {
      name: 'a space in its Sid',
      statement: { Sid: 'My jobs', Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
      problem: "'Sid' must be letters and digits",
    },
    { name: 'nothing, as it is null', statement: null, problem: "a statement is an object with 'Effect', 'Action' and 'Resource'" },
  ])('fails for a statement with $name, allowIsolationBypass or not', ({ statement, problem }) => {
    for (const allowIsolationBypass of [false, true]) {
      const { code, message } = refusalOf(() => {
        iamWithData().iam.grantAdditionalPermissions(statement as never, { allowIsolationBypass });
      });
      expect(code).toBe('config.invalid');
      expect(message).toMatch(/^stack\/tenants: /);
      expect(message).toContain(problem);
    }
  });

  it('works on after a statement failed for its length or its reach', () => {
    const data = iamWithData();
    const failures = [allow('sqs:SendMessage', `arn:aws:sqs:::${x(6144)}`), allow('iam:PassRole', '*')].map((statement) =>
      refusalOf(() => {
        data.iam.grantAdditionalPermissions(statement);
      }),
    );
    expect(failures.map(({ code }) => code)).toEqual(['limit.exceeded', 'grant.breaks_isolation']);
    data.iam.grantAdditionalPermissions(allow('sqs:SendMessage', 'arn:aws:sqs:::a'));
    data.iam.grantAdditionalPermissions(allow('sqs:SendMessage', 'arn:aws:sqs:::b'));
    expect(additional(data).map(({ resources }) => resources)).toEqual([['arn:aws:sqs:::a'], ['arn:aws:sqs:::b']]);
    expect(warningsOf(data.stack)).toEqual([]);
  });

  it('fails for more than a managed policy holds', () => {
    const { code, message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(allow('sqs:SendMessage', `arn:aws:sqs:::${x(6144)}`));
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toMatch(/^stack\/tenants\/additional_policy: the policy has at least \d+ characters, IAM takes 6144/);
  });
});

describe('a configuration that plain JavaScript got wrong', () => {
  it.each<[string, () => unknown, string]>([
    ['no configuration of MultiTenantIam', () => new MultiTenantIam(awsStack(), 'x', undefined as never), "'config' is null"],
    ['no configuration of TenantTable', () => new TenantTable(awsStack(), 'x', undefined as never), "'config' is null"],
    ['no configuration of TenantBucket', () => new TenantBucket(awsStack(), 'x', undefined as never), "'config' is null"],
    ["the stack's table setting for MultiTenantIam", () => iamIn({ table: { tableName: 'app' } }), "'table' must be a TenantTable"],
    ['a bucket by name for MultiTenantIam', () => iamIn({ bucket: 'app' }), `'bucket' is "app", allowed is an object`],
    ['the audience for the tenant', () => iamIn({ customClaim: 'aud' }), 'tells no tenants apart'],
    ['an expression as text in the path', () => iamIn({ path: '/${x}/' }), 'give a Terraform expression as a CDKTF token'],
    ['an expression as text in the audience', () => iamIn({ audience: 'c${x}' }), 'give a Terraform expression as a CDKTF token'],
    [
      'an unknown option of an existing table',
      () => TenantTable.fromTableName(awsStack(), 'app', { indexes: ['x'] } as never),
      "unknown option 'indexes'",
    ],
    [
      'an unknown option of an existing bucket',
      () => TenantBucket.fromBucketName(awsStack(), 'app', { kmsKeyARN: KEY } as never),
      "unknown option 'kmsKeyARN'",
    ],
  ])('fails for %s', (_what, make, problem) => {
    const { code, message } = refusalOf(make);
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});

describe("the AWS provider's default tags", () => {
  function stackWith(tags: Record<string, string>, tenantTagKey?: string) {
    const stack = new TerraformStack(testApp(), 'stack');
    new MultiTenantIam(stack, 'tenants', { issuerUrl: 'https://login.example.com', audience: 'web', tenantTagKey });
    new AwsProvider(stack, 'aws', { region: 'eu-central-1', defaultTags: [{ tags: { team: 'platform' } }, { tags }] });
    return stack;
  }

  it.each<[Record<string, string>, string | undefined]>([
    [{ tenant: 'acme' }, undefined],
    [{ tenant_id: 'acme' }, 'org'],
  ])('pass with %j when the tenant is in the tag %p', (tags, tenantTagKey) => {
    expect(Object.keys(synthesise(stackWith(tags, tenantTagKey)).resource)).toContain('aws_iam_role');
  });

  it.each<[Record<string, string>, string | undefined]>([
    [{ tenant_id: 'acme' }, undefined],
    [{ Tenant_ID: 'acme' }, undefined],
    [{ Org: 'acme' }, 'org'],
  ])('fail the synthesis with %j when the tenant is in the tag %p', (tags, tenantTagKey) => {
    expect(() => synthesise(stackWith(tags, tenantTagKey))).toThrow(
      `defaultTags of the AWS provider: 'tags' must not contain '${Object.keys(tags)[0]}'`,
    );
  });
});

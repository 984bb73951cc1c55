import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { Construct } from 'constructs';
import { type LockedRole, MultiTenantIam, TenantBucket, TenantTable } from '../../lib';
import { allow, BUCKET, type Data, iamIn, iamWithData, KEY, TABLE } from '../support/granted-iam';
import {
  addressesOf,
  awsStack,
  onlyResource,
  refusalOf,
  statementsOf,
  synthesise,
  testApp,
  warningsOf,
} from '../support/synthesis';

const x = (length: number) => 'x'.repeat(length);

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

describe('the locks of table and bucket', () => {
  const ROLE_ARN =
    'arn:${data.aws_partition.multi_tenant_iam.partition}:iam::${data.aws_caller_identity.multi_tenant_iam.account_id}:role';

  function madeIn(stack: TerraformStack, config: { readonly lockTenantRoles?: boolean } = {}) {
    return {
      table: new TenantTable(stack, 'table', { tableName: 'app', logicalId: 'data', ...config }),
      bucket: new TenantBucket(stack, 'bucket', { bucketName: 'app', logicalId: 'data', ...config }),
    };
  }

  /** The roles of which each of the two policies speaks, in order. */
  function lockedIn(stack: TerraformStack) {
    const terraform = synthesise(stack);
    const roles = (name: string) =>
      statementsOf(terraform, name).flatMap(({ condition = [] }) =>
        condition.filter(({ variable }) => variable === 'aws:PrincipalArn').flatMap(({ values }) => values),
      );
    return { table: roles('data_table_policy'), bucket: roles('data_bucket_policy') };
  }

  const four = (arn: string) => Array<string>(4).fill(arn);

  it('name the role that was granted them, with its path', () => {
    const { stack, iam } = iamIn({ roleName: 'everybody', path: '/tenants/' });
    const { table, bucket } = madeIn(stack);
    iam.grantTable(table);
    iam.grantBucket(bucket);
    const roles = four(`${ROLE_ARN}/tenants/everybody`);
    expect(lockedIn(stack)).toEqual({ table: roles, bucket: roles });
  });

  it('name the role once when it is granted them twice', () => {
    const { stack, iam } = iamIn();
    const { table, bucket } = madeIn(stack);
    iam.grantTable(table);
    iam.grantBucket(bucket);
    iam.grantTable(table);
    iam.grantBucket(bucket);
    const roles = four(`${ROLE_ARN}/multi-tenant-iam-tenant`);
    expect(lockedIn(stack)).toEqual({ table: roles, bucket: roles });
  });

  it('name both roles when two are granted them, each by its own tag', () => {
    const { stack, iam } = iamIn({ namePrefix: 'app' });
    const data = madeIn(stack);
    iam.grantTable(data.table);
    iam.grantBucket(data.bucket);
    new MultiTenantIam(stack, 'partners', {
      issuerUrl: 'https://partners.example.com',
      audience: 'web',
      namePrefix: 'partners',
      tenantTagKey: 'org',
      ...data,
    });
    const roles = [...four(`${ROLE_ARN}/app-tenant`), ...four(`${ROLE_ARN}/partners-tenant`)];
    expect(lockedIn(stack)).toEqual({ table: roles, bucket: roles });
    for (const name of ['data_table_policy', 'data_bucket_policy']) {
      const [first, second] = [1, 2].map((number) =>
        JSON.stringify(statementsOf(synthesise(stack), name).filter(({ sid = '' }) => sid.endsWith(String(number)))),
      );
      expect([first?.includes('aws:PrincipalTag/tenant_id'), first?.includes('aws:PrincipalTag/org')]).toEqual([true, false]);
      expect([second?.includes('aws:PrincipalTag/tenant_id'), second?.includes('aws:PrincipalTag/org')]).toEqual([false, true]);
    }
  });

  it('want the claim to be there, also of an issuer that is a Terraform expression', () => {
    const stack = awsStack();
    const identityProviderArn = new TerraformVariable(stack, 'identity_provider_arn', {}).stringValue;
    new MultiTenantIam(stack, 'tenants', { identityProviderArn, audience: 'web', customClaim: 'sub', ...madeIn(stack) });
    const variable = '${element(split(":oidc-provider/", var.identity_provider_arn), 1)}:sub';
    for (const name of ['data_table_policy', 'data_bucket_policy']) {
      const noTenant = statementsOf(synthesise(stack), name).find(({ sid }) => sid === 'NoTenant1');
      expect(noTenant?.condition).toContainEqual({ test: 'Null', variable, values: ['true'] });
    }
  });

  it('are not there where they are turned off', () => {
    const { stack, iam } = iamIn();
    const { table, bucket } = madeIn(stack, { lockTenantRoles: false });
    iam.grantTable(table);
    iam.grantBucket(bucket);
    const terraform = synthesise(stack);
    expect(terraform.resource['aws_dynamodb_resource_policy']).toBeUndefined();
    expect(statementsOf(terraform, 'data_bucket_policy').map(({ sid }) => sid)).toEqual(['TlsOnly']);
  });

  it('are not there for a table and a bucket that are only referred to', () => {
    const { resource, data } = synthesise(iamWithData().stack);
    expect([resource['aws_dynamodb_resource_policy'], resource['aws_s3_bucket_policy']]).toEqual([undefined, undefined]);
    expect(JSON.stringify(data)).not.toContain('aws:PrincipalArn');
  });

  it('do not tie the stack of table and bucket to the stack of the role', () => {
    const app = testApp();
    const [dataStack, iamStack] = ['data', 'iam'].map((name) => {
      const stack = new TerraformStack(app, name);
      new AwsProvider(stack, 'aws', { region: 'eu-central-1' });
      return stack;
    }) as [TerraformStack, TerraformStack];
    const data = madeIn(dataStack);
    new MultiTenantIam(iamStack, 'tenants', { issuerUrl: 'https://login.example.com', audience: 'web', ...data });
    const roles = four(`${ROLE_ARN}/multi-tenant-iam-tenant`);
    expect(lockedIn(dataStack)).toEqual({ table: roles, bucket: roles });
    expect(dataStack.dependsOn(iamStack)).toBe(false);
    expect(Testing.synth(dataStack)).not.toContain('terraform_remote_state');
  });

  it('fail before the grant: a table with too many roles is not granted', () => {
    const { stack, iam } = iamIn();
    const { table } = madeIn(stack);
    const many = Array.from({ length: 100 }, (_, number): LockedRole => ({ roleName: `role-${number}`, tenant: iam.tenant }));
    refusalOf(() => {
      for (const role of many) table.lockTenantRole(role);
    });
    const { code } = refusalOf(() => {
      iam.grantTable(table);
    });
    expect(code).toBe('limit.exceeded');
    expect(iam.attachments).toEqual([]);
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

import { TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { type LockedRole, TenantTable, type TenantTableConfig } from '../../lib';
import { LEADING_KEY_ACTIONS } from '../../lib/policy/table';
import { DEFAULT_TENANT_CLAIM } from '../../lib/policy/tenant-claim';
import {
  addressesOf,
  awsStack,
  type Block,
  onlyResource,
  refusalOf,
  statementsOf,
  type Synthesised,
  synthesise,
  warningsOf,
  writtenAs,
} from '../support/synthesis';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const ARN =
  'arn:${data.aws_partition.multi_tenant_iam.partition}:dynamodb:${data.aws_region.multi_tenant_iam.id}:' +
  '${data.aws_caller_identity.multi_tenant_iam.account_id}:table/';
const ROLE_ARN =
  'arn:${data.aws_partition.multi_tenant_iam.partition}:iam::${data.aws_caller_identity.multi_tenant_iam.account_id}:role';
const x = (length: number) => 'x'.repeat(length);
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, number) => [`key-${number}`, 'value']));

function synthesised(config: Partial<TenantTableConfig> = {}): Block {
  const stack = awsStack();
  new TenantTable(stack, 'table', { tableName: 'app', ...config });
  return onlyResource(synthesise(stack), 'aws_dynamodb_table');
}

function refused(config: object) {
  return refusalOf(() => new TenantTable(awsStack(), 'table', { tableName: 'app', ...config }));
}

describe('TenantTable', () => {
  it('is keyed by the tenant, on demand, encrypted, backed up and protected', () => {
    expect(synthesised()).toEqual({
      name: 'app',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'tenantId',
      range_key: 'dataId',
      attribute: [
        { name: 'tenantId', type: 'S' },
        { name: 'dataId', type: 'S' },
      ],
      server_side_encryption: { enabled: true },
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
    });
  });

  it('takes time to live, key and tags', () => {
    expect(synthesised({ timeToLiveAttribute: 'expiresAt', kmsKeyArn: KEY, tags: { team: 'a' } })).toMatchObject({
      ttl: { enabled: true, attribute_name: 'expiresAt' },
      server_side_encryption: { enabled: true, kms_key_arn: KEY },
      tags: { team: 'a' },
    });
  });

  it('keys each index by the tenant and defines each attribute once', () => {
    const indexes = [
      { name: 'by-date', sortKey: 'createdAt', sortKeyType: 'N' },
      { name: 'by-date-and-id', sortKey: 'createdAt', sortKeyType: 'N', nonKeyAttributes: ['title'] },
      { name: 'by-id', sortKey: 'dataId' },
    ] as const;
    expect(synthesised({ indexes })).toMatchObject({
      attribute: [
        { name: 'tenantId', type: 'S' },
        { name: 'dataId', type: 'S' },
        { name: 'createdAt', type: 'N' },
      ],
      global_secondary_index: [
        { name: 'by-date', hash_key: 'tenantId', range_key: 'createdAt', projection_type: 'ALL' },
        {
          name: 'by-date-and-id',
          hash_key: 'tenantId',
          range_key: 'createdAt',
          projection_type: 'INCLUDE',
          non_key_attributes: ['title'],
        },
        { name: 'by-id', hash_key: 'tenantId', range_key: 'dataId', projection_type: 'ALL' },
      ],
    });
  });

  it('grants table, indexes and key by names, which are known at plan', () => {
    const stack = awsStack();
    const table = new TenantTable(stack, 'table', {
      tableName: 'app',
      kmsKeyArn: KEY,
      indexes: [{ name: 'by-date', sortKey: 'date' }],
    });
    const { tableArn, indexArns = [], kms } = table.grant;
    expect([tableArn, ...indexArns].map((arn) => writtenAs(stack, arn))).toEqual([`${ARN}app`, `${ARN}app/index/by-date`]);
    expect(table.tableArn).toBe(tableArn);
    expect(kms).toMatchObject({ keyArn: KEY, tableName: 'app' });
    expect(kms?.region).toBe('eu-central-1');
  });

  it('keeps the address that its owner fixed when it is wrapped in another construct', () => {
    const addresses = [true, false].map((wrapped) => {
      const stack = awsStack();
      const scope = wrapped ? new Construct(stack, 'module') : stack;
      new TenantTable(scope, 'table', { tableName: 'app', logicalId: 'tenant_data' });
      return addressesOf(synthesise(stack));
    });
    expect(addresses[0]).toEqual(addresses[1]);
    expect(addresses[0]).toContain('aws_dynamodb_table.tenant_data');
  });

  it('moves with its path where nobody fixed an address', () => {
    const stack = awsStack();
    new TenantTable(new Construct(stack, 'module'), 'table', { tableName: 'app' });
    expect(addressesOf(synthesise(stack))[0]).toMatch(/^aws_dynamodb_table\.module_table_[0-9A-F]{8}$/);
  });

  it('leaves no warning by default', () => {
    const stack = awsStack();
    new TenantTable(stack, 'table', { tableName: 'app' });
    expect(warningsOf(stack)).toEqual([]);
  });

  it.each([
    { option: 'pointInTimeRecovery', rendered: { point_in_time_recovery: { enabled: false } } },
    { option: 'deletionProtection', rendered: { deletion_protection_enabled: false } },
    { option: 'lockTenantRoles', rendered: {} },
  ])('turns $option off by name and leaves a warning', ({ option, rendered }) => {
    expect(synthesised({ [option]: false })).toMatchObject(rendered);
    const stack = awsStack();
    new TenantTable(stack, 'table', { tableName: 'app', [option]: false });
    expect(warningsOf(stack)).toEqual([{ path: 'stack/table', message: expect.stringMatching(`^${option} is off: `) }]);
  });

  it.each([
    { name: 'a name of 3 characters', config: { tableName: x(3) } },
    { name: 'a name of 255 characters', config: { tableName: x(255) } },
    { name: 'an attribute of 255 characters', config: { timeToLiveAttribute: x(255) } },
    { name: 'an index name of 255 characters', config: { indexes: [{ name: x(255), sortKey: x(255) }] } },
    { name: '50 tags', config: { tags: tags(50) } },
  ])('accepts $name', ({ config }) => {
    expect(() => synthesised(config)).not.toThrow();
  });

  it.each([
    { name: 'a name of 2 characters', config: { tableName: x(2) }, problem: `'tableName' is "xx", allowed is 3-255 characters` },
    {
      name: 'a name of 256 characters',
      config: { tableName: x(256) },
      problem: 'allowed is 3-255 characters of A-Z a-z 0-9 _ . -',
    },
    { name: 'a name with a slash', config: { tableName: 'a/b' }, problem: `'tableName' is "a/b"` },
    { name: 'an attribute of 256 characters', config: { timeToLiveAttribute: x(256) }, problem: `'timeToLiveAttribute' is "xxx` },
    { name: 'a key alias', config: { kmsKeyArn: 'alias/app' }, problem: `'kmsKeyArn' is "alias/app", allowed is arn:` },
    {
      name: 'an index name of 2 characters',
      config: { indexes: [{ name: 'ab', sortKey: 's' }] },
      problem: `'indexes.name' is "ab"`,
    },
    { name: 'an empty sort key', config: { indexes: [{ name: 'abc', sortKey: '' }] }, problem: `'indexes.sortKey' is ""` },
    {
      name: 'an index sorted by its partition key',
      config: { indexes: [{ name: 'abc', sortKey: 'tenantId' }] },
      problem: "index 'abc' sorts by 'tenantId', which is its partition key already",
    },
    {
      name: 'an index twice',
      config: {
        indexes: [
          { name: 'abc', sortKey: 'a' },
          { name: 'abc', sortKey: 'b' },
        ],
      },
      problem: "'indexes' names an index twice",
    },
    {
      name: 'a sort key of two types',
      config: {
        indexes: [
          { name: 'abc', sortKey: 'a', sortKeyType: 'S' },
          { name: 'abd', sortKey: 'a', sortKeyType: 'N' },
        ],
      },
      problem: "'a' is a sort key of two types, S and N",
    },
    {
      name: "the table's sort key as a number",
      config: { indexes: [{ name: 'abc', sortKey: 'dataId', sortKeyType: 'N' }] },
      problem: "'dataId' is a sort key of two types, S and N",
    },
    { name: 'no name', config: { tableName: undefined }, problem: "'tableName' is needed: 3-255 characters" },
    { name: 'null as the name', config: { tableName: null }, problem: "'tableName' is null" },
    {
      name: 'an index without a name',
      config: { indexes: [{ sortKey: 'a' }] },
      problem: "'indexes.name' is needed: 3-255 characters",
    },
    {
      name: 'an index without a sort key',
      config: { indexes: [{ name: 'abc' }] },
      problem: "'indexes.sortKey' is needed: 1-255 characters",
    },
    {
      name: 'an unknown option of an index',
      config: { indexes: [{ name: 'abc', sortKey: 'a', hashKey: 'b' }] },
      problem: "unknown option 'indexes.hashKey', known are name, sortKey, sortKeyType, nonKeyAttributes",
    },
    {
      name: 'a sort key of an unknown type',
      config: { indexes: [{ name: 'abc', sortKey: 'a', sortKeyType: 'X' }] },
      problem: `'indexes.sortKeyType' is "X", allowed is "S" or "N" or "B"`,
    },
    {
      name: 'copied attributes that are no list',
      config: { indexes: [{ name: 'abc', sortKey: 'a', nonKeyAttributes: 'title' }] },
      problem: `'indexes.nonKeyAttributes' is "title", allowed is a list`,
    },
    {
      name: 'an empty list of copied attributes',
      config: { indexes: [{ name: 'abc', sortKey: 'a', nonKeyAttributes: [] }] },
      problem: "index 'abc' copies an empty list of 'nonKeyAttributes', leave it out to copy all",
    },
    { name: 'indexes that are no list', config: { indexes: 5 }, problem: "'indexes' is 5, allowed is a list" },
    { name: 'an index that is no object', config: { indexes: [5] }, problem: "'indexes' is 5, allowed is an object" },
    { name: 'null as an index', config: { indexes: [null] }, problem: "'indexes' is null, allowed is an object" },
    { name: 'tags that are no object', config: { tags: 'x' }, problem: `'tags' is "x", allowed is an object` },
    { name: '51 tags', config: { tags: tags(51) }, problem: "'tags' has 51 tags, allowed are 50" },
    { name: 'a tag key of AWS', config: { tags: { 'aws:a': 'b' } }, problem: `'tags' is "aws:a", allowed is` },
    { name: 'a tag value of 257 characters', config: { tags: { a: x(257) } }, problem: 'allowed is 0-256 characters' },
    {
      name: 'protection as text',
      config: { deletionProtection: 'no' },
      problem: `'deletionProtection' is "no", allowed is true or false`,
    },
    {
      name: 'lockTenantRoles as text',
      config: { lockTenantRoles: 'no' },
      problem: `'lockTenantRoles' is "no", allowed is true or false`,
    },
    {
      name: 'recovery as a number',
      config: { pointInTimeRecovery: 0 },
      problem: "'pointInTimeRecovery' is 0, allowed is true or false",
    },
    {
      name: 'an unknown option',
      config: { hashKey: 'x' },
      problem: "unknown option 'hashKey', known are tableName, indexes,",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refused(config);
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^stack\/table: /);
    expect(message).toContain(problem);
  });

  it('fails with several problems in one error', () => {
    const { message } = refused({ tableName: 'a', kmsKeyArn: 'x', ttl: 'y' });
    for (const name of ['tableName', 'kmsKeyArn', 'ttl']) expect(message).toContain(`'${name}'`);
  });

  it('fails without any option', () => {
    const { code, message } = refusalOf(() => new TenantTable(awsStack(), 't', {} as never));
    expect(code).toBe('config.invalid');
    expect(message).toBe("stack/t: 'tableName' is needed: 3-255 characters of A-Z a-z 0-9 _ . -.");
  });
});

describe('TenantTable.lockTenantRole', () => {
  const role: LockedRole = { roleName: 'app-tenant', tenant: DEFAULT_TENANT_CLAIM };
  const lockedBy = (roles: readonly LockedRole[], config: Partial<TenantTableConfig> = {}) => {
    const stack = awsStack();
    const table = new TenantTable(stack, 'table', { tableName: 'app', logicalId: 'data', ...config });
    for (const each of roles) table.lockTenantRole(each);
    return synthesise(stack);
  };
  const sidsOf = (terraform: Synthesised) => statementsOf(terraform, 'data_table_policy').map(({ sid }) => sid);
  const locks = (numbers: readonly number[]) =>
    numbers.flatMap((number) => ['OtherActions', 'NoLeadingKey', 'OtherItems', 'NoTenant'].map((name) => `${name}${number}`));

  it('makes no resource policy before there is a role', () => {
    expect(addressesOf(lockedBy([])).filter((address) => address.includes('policy'))).toEqual([]);
  });

  it('denies the role, in table and indexes, all that is not about items of its tenant', () => {
    const terraform = lockedBy([role]);
    expect(onlyResource(terraform, 'aws_dynamodb_resource_policy')).toEqual({
      resource_arn: '${aws_dynamodb_table.data.arn}',
      policy: '${data.aws_iam_policy_document.data_table_policy.minified_json}',
    });
    const denied = {
      effect: 'Deny',
      principals: [{ type: '*', identifiers: ['*'] }],
      resources: [`${ARN}app`, `${ARN}app/index/*`],
    };
    const ofRole = { test: 'ArnEquals', variable: 'aws:PrincipalArn', values: [`${ROLE_ARN}/app-tenant`] };
    const keys = { variable: 'dynamodb:LeadingKeys' };
    expect(statementsOf(terraform, 'data_table_policy')).toEqual([
      { ...denied, sid: 'OtherActions1', not_actions: LEADING_KEY_ACTIONS, condition: [ofRole] },
      {
        ...denied,
        sid: 'NoLeadingKey1',
        actions: ['dynamodb:*'],
        condition: [ofRole, { ...keys, test: 'Null', values: ['true'] }],
      },
      {
        ...denied,
        sid: 'OtherItems1',
        actions: ['dynamodb:*'],
        condition: [ofRole, { ...keys, test: 'ForAnyValue:StringNotEquals', values: ['&{aws:PrincipalTag/tenant_id}'] }],
      },
      {
        ...denied,
        sid: 'NoTenant1',
        actions: ['dynamodb:*'],
        condition: [ofRole, { test: 'Null', variable: 'aws:PrincipalTag/tenant_id', values: ['true'] }],
      },
    ]);
  });

  it('names the role by its path', () => {
    const [lock] = statementsOf(lockedBy([{ ...role, path: '/tenants/' }]), 'data_table_policy');
    expect(lock?.condition?.[0]?.values).toEqual([`${ROLE_ARN}/tenants/app-tenant`]);
  });

  it('locks several roles in one resource policy, each once', () => {
    const terraform = lockedBy([role, { ...role, roleName: 'other' }, { ...role }]);
    expect(sidsOf(terraform)).toEqual(locks([1, 2]));
    expect(Object.keys(terraform.resource['aws_dynamodb_resource_policy'] ?? {})).toEqual(['data']);
  });

  it('locks nothing where it is off', () => {
    const terraform = lockedBy([role], { lockTenantRoles: false });
    expect(addressesOf(terraform).filter((address) => address.includes('policy'))).toEqual([]);
  });

  it('fails for more roles than a resource policy holds, and keeps the document it had', () => {
    const stack = awsStack();
    const table = new TenantTable(stack, 'table', { tableName: 'app', logicalId: 'data' });
    let locked = 0;
    const { code, message } = refusalOf(() => {
      for (; locked < 100; locked++) table.lockTenantRole({ ...role, roleName: `${x(60)}${locked}` });
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toMatch(
      /^stack\/table\/resource_policy: the policy has at least \d{5} bytes, AWS takes 20480: grant it to fewer roles, or turn/,
    );
    expect(statementsOf(synthesise(stack), 'data_table_policy')).toHaveLength(4 * locked);
  });
});

describe('TenantTable.fromTableName', () => {
  it('refers to a table and makes none', () => {
    const stack = awsStack();
    const table = TenantTable.fromTableName(stack, 'app', { tenantIndexNames: ['by-date'], kmsKeyArn: KEY });
    expect(table.resource).toBeUndefined();
    expect(table).not.toHaveProperty('lockTenantRole');
    expect([table.tableArn, ...(table.grant.indexArns ?? [])].map((arn) => writtenAs(stack, arn))).toEqual([
      `${ARN}app`,
      `${ARN}app/index/by-date`,
    ]);
    expect(table.grant.kms).toMatchObject({ keyArn: KEY, tableName: 'app' });
    expect(synthesise(stack).resource).toEqual({});
  });

  it('grants neither index nor key unless they are named', () => {
    const { grant } = TenantTable.fromTableName(awsStack(), 'app');
    expect([grant.indexArns, grant.kms]).toEqual([[], undefined]);
  });

  it('takes a name that Terraform fills in', () => {
    const stack = awsStack();
    const { tableArn } = TenantTable.fromTableName(stack, new TerraformVariable(stack, 'table', {}).stringValue);
    expect(writtenAs(stack, tableArn)).toBe(`${ARN}\${var.table}`);
  });

  it('fails with several problems in one error', () => {
    const error = refusalOf(() => TenantTable.fromTableName(awsStack(), 'a', { tenantIndexNames: ['b'], kmsKeyArn: 'c' }));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toMatch(/^stack: 'tableName' is "a".*'kmsKeyArn' is "c".*'tenantIndexNames' is "b"/);
  });

  it.each([
    { name: 'no name', tableName: undefined, existing: {}, problem: "'tableName' is needed" },
    {
      name: 'index names that are no list',
      tableName: 'app',
      existing: { tenantIndexNames: 'by-date' },
      problem: `'tenantIndexNames' is "by-date", allowed is a list`,
    },
  ])('fails for $name', ({ tableName, existing, problem }) => {
    const { code, message } = refusalOf(() => TenantTable.fromTableName(awsStack(), tableName as never, existing as never));
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});

import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import fc from 'fast-check';
import { Fn, TerraformVariable } from 'cdktf';
import { MultiTenantIam, MultiTenantIamStack, type MultiTenantIamStackConfig, TenantBucket, TenantTable } from '../../../../lib';
import {
  bucketAccessPolicy,
  bucketResourcePolicy,
  tableAccessPolicy,
  tableResourcePolicy,
  type TenantClaim,
  trustPolicy,
} from '../../../../lib/policy';
import { gather } from '../../../../lib/review/estate/gather';
import { ReviewInputError } from '../../../../lib/review/plan/plan-json';
import type { ResourceInstance } from '../../../../lib/review/estate/resource';
import { readSynthesisedStack, type SynthesisedStackOptions } from '../../../../lib/review/stack/synthesised-stack';
import { canonicalPolicy } from '../../../support/canonical-policy';
import { awsStack, synthesise, testApp } from '../../../support/synthesis';

const ACCOUNT = '210987654321';
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

function stackWith(config: MultiTenantIamStackConfig) {
  return synthesise(new MultiTenantIamStack(testApp(), 'app', config));
}

function read(stack: unknown, options: Partial<SynthesisedStackOptions> = {}) {
  const { instances, ...others } = readSynthesisedStack(stack, {
    variables: {},
    account: ACCOUNT,
    region: 'eu-west-1',
    ...options,
  });
  const at = (address: string): ResourceInstance => {
    const found = instances.find((each) => each.address === address);
    if (found === undefined) throw new Error(`no ${address} among ${instances.map((each) => each.address).join(', ')}`);
    return found;
  };
  return { instances, at, ...others };
}

/** A stack of these blocks only. */
function resources(resource: object, others: object = {}) {
  return { terraform: {}, resource, ...others };
}

function documentOf({ values }: ResourceInstance, attribute: string): unknown {
  return canonicalPolicy(values[attribute]);
}

describe('readSynthesisedStack, of the stack as it is by default', () => {
  const reading = read(stackWith({}));

  it('has assumed what nobody gave', () => {
    expect(reading.assumed).toEqual([
      { name: 'audience', value: 'my-client-id' },
      { name: 'identity_provider_arn', value: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com` },
    ]);
    expect(readSynthesisedStack(stackWith({}), { variables: {} }).assumed).toEqual(
      expect.arrayContaining([
        { name: 'region', value: 'eu-central-1' },
        { name: 'account', value: '123456789012' },
        { name: 'identity_provider_arn', value: 'arn:aws:iam::123456789012:oidc-provider/login.example.com' },
      ]),
    );
  });

  it('knows everything', () => {
    expect(reading.unread).toEqual([]);
    expect(reading.instances.filter(({ unknown }) => Object.keys(unknown).length > 0)).toEqual([]);
    expect(reading.instances.map(({ address }) => address)).toEqual(
      expect.arrayContaining(['aws_iam_role.tenant', 'data.aws_iam_policy_document.tenant_trust']),
    );
  });

  it('is an estate of one role, one table and one bucket, all of it known', () => {
    const estate = gather(reading.instances);
    expect(estate).toMatchObject({
      region: 'eu-west-1',
      roles: [
        {
          address: 'aws_iam_role.tenant',
          arn: `arn:aws:iam::${ACCOUNT}:role/multi-tenant-iam-tenant`,
          trust: { document: expect.anything() },
          identity: [{ document: expect.anything() }, { document: expect.anything() }],
        },
      ],
      tables: [
        {
          arn: `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/multi-tenant-iam-data`,
          partitionKey: 'tenantId',
          policy: { document: expect.anything() },
        },
      ],
      buckets: [{ arn: `arn:aws:s3:::multi-tenant-iam-${ACCOUNT}-eu-west-1`, policy: { document: expect.anything() } }],
      gaps: [],
    });
  });
});

interface Expected {
  readonly provider?: string;
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly tenant?: TenantClaim;
  readonly table?: string;
  readonly bucket?: string;
  readonly role?: string;
  readonly indexes?: readonly string[];
  readonly kms?: { readonly bucketKeyEnabled: boolean };
  readonly existing?: boolean;
  readonly region?: string;
}

describe('readSynthesisedStack has the policies of lib/policy', () => {
  const pool = 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e';
  it.each<[string, MultiTenantIamStackConfig, Record<string, string>, Expected]>([
    ['no settings', {}, {}, {}],
    [
      'no settings, and every variable',
      {},
      {
        audience: 'web,app',
        identity_provider_arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com/a`,
        name_prefix: 'shop',
        region: 'eu-north-1',
        tags: '{ team = "platform" }',
      },
      {
        audiences: ['web', 'app'],
        issuer: 'id.example.com/a',
        table: 'shop-data',
        bucket: `shop-${ACCOUNT}-eu-north-1`,
        role: 'shop-tenant',
        region: 'eu-north-1',
      },
    ],
    ['a user pool', { userPoolId: 'eu-west-1_a1B2c3D4e', audience: 'web' }, {}, { issuer: pool, audiences: ['web'] }],
    [
      'an issuer, a path, names',
      {
        issuerUrl: 'https://id.example.com/a',
        audience: ['b', 'a'],
        path: '/tenants/',
        roleName: 'reader',
        table: { tableName: 'orders' },
        bucket: { bucketName: 'shop-files' },
        region: 'ap-south-1',
        tags: { team: 'platform' },
        tenantTagKey: 'org',
      },
      {},
      {
        issuer: 'id.example.com/a',
        audiences: ['b', 'a'],
        role: 'tenants/reader',
        table: 'orders',
        bucket: 'shop-files',
        region: 'ap-south-1',
        tenant: { kind: 'session-tag', tagKey: 'org' },
      },
    ],
    [
      'an existing provider, table and bucket',
      {
        identityProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com`,
        audience: 'web',
        table: { existingTableName: 'orders', tenantIndexNames: ['by-date'] },
        bucket: { existingBucketName: 'shop-files' },
      },
      {},
      { issuer: 'id.example.com', audiences: ['web'], table: 'orders', bucket: 'shop-files', indexes: ['by-date'], existing: true },
    ],
    [
      'a custom claim, of an issuer that is a variable',
      { customClaim: 'custom:tenant_id' },
      {},
      { tenant: { kind: 'custom-claim', issuer: 'login.example.com', claim: 'custom:tenant_id' } },
    ],
    [
      'KMS keys, an index, a boundary',
      {
        permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
        table: { kmsKeyArn: KEY, indexes: [{ name: 'by-date', sortKey: 'date' }] },
        bucket: { kmsKeyArn: KEY },
      },
      {},
      { indexes: ['by-date'], kms: { bucketKeyEnabled: false } },
    ],
    [
      'a bucket key',
      { table: { kmsKeyArn: KEY }, bucket: { kmsKeyArn: KEY, bucketKeyEnabled: true } },
      {},
      { kms: { bucketKeyEnabled: true } },
    ],
  ])('%s', (_name, config, variables, expected) => {
    const {
      region = 'eu-west-1',
      issuer = 'login.example.com',
      audiences = ['my-client-id'],
      indexes = [],
      tenant,
      kms,
    } = expected;
    const {
      table = 'multi-tenant-iam-data',
      bucket = `multi-tenant-iam-${ACCOUNT}-${region}`,
      role = 'multi-tenant-iam-tenant',
    } = expected;
    const tableArn = `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${table}`;
    const bucketArn = `arn:aws:s3:::${bucket}`;
    const locks = [{ roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, tenant }];
    const key = kms && { keyArn: KEY, region: 'eu-west-1', ...kms };

    const { at, unread, instances } = read(stackWith(config), { variables });
    expect(unread).toEqual([]);
    const identityProviderArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`;
    expect(documentOf(at('aws_iam_role.tenant'), 'assume_role_policy')).toEqual(
      canonicalPolicy(trustPolicy({ issuers: [{ identityProviderArn, issuer, audiences }], tenant })),
    );
    expect(at('aws_iam_role.tenant').values['arn']).toBe(locks[0]?.roleArn);
    expect(documentOf(at('aws_iam_policy.tenant_table'), 'policy')).toEqual(
      canonicalPolicy(
        tableAccessPolicy({
          tables: [
            { tableArn, indexArns: indexes.map((name) => `${tableArn}/index/${name}`), kms: key && { ...key, tableName: table } },
          ],
          tenant,
        }),
      ),
    );
    expect(documentOf(at('aws_iam_policy.tenant_bucket'), 'policy')).toEqual(
      canonicalPolicy(bucketAccessPolicy({ buckets: [{ bucketArn, kms: key }], tenant })),
    );
    expect(at('aws_iam_role_policy_attachment.tenant_table').values).toMatchObject({
      role: role.split('/').at(-1),
      policy_arn: at('aws_iam_policy.tenant_table').values['arn'],
    });
    if (expected.existing === true) {
      expect(instances.filter(({ type }) => /dynamodb|s3/.test(type))).toEqual([]);
      return;
    }
    expect(documentOf(at('aws_dynamodb_resource_policy.tenant_data'), 'policy')).toEqual(
      canonicalPolicy(tableResourcePolicy(tableArn, locks)),
    );
    expect(at('aws_dynamodb_resource_policy.tenant_data').values['resource_arn']).toBe(tableArn);
    expect(documentOf(at('aws_s3_bucket_policy.tenant_data'), 'policy')).toEqual(
      canonicalPolicy(bucketResourcePolicy(bucketArn, locks)),
    );
    expect(at('aws_s3_bucket_policy.tenant_data').values['bucket']).toBe(bucket);
  });
});

describe('readSynthesisedStack, of constructs in a stack of their own', () => {
  it('evaluates an issuer that is a variable', () => {
    const stack = awsStack();
    const issuer = new TerraformVariable(stack, 'issuer', { type: 'string', default: 'https://id.example.com' });
    new MultiTenantIam(stack, 'iam', { issuerUrl: issuer.stringValue, audience: 'web', logicalId: 'tenant' });
    const { at } = read(synthesise(stack));
    expect(documentOf(at('aws_iam_role.tenant'), 'assume_role_policy')).toEqual(
      canonicalPolicy(
        trustPolicy({
          issuers: [
            {
              identityProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/id.example.com`,
              issuer: 'id.example.com',
              audiences: ['web'],
            },
          ],
        }),
      ),
    );
  });

  it('does not know what a key that is to be made goes into, and says where from', () => {
    const stack = awsStack();
    const key = new KmsKey(stack, 'key', {});
    new MultiTenantIam(stack, 'iam', {
      issuerUrl: 'https://id.example.com',
      audience: 'web',
      table: new TenantTable(stack, 'table', { tableName: 'orders', kmsKeyArn: key.arn, logicalId: 'data' }),
      bucket: new TenantBucket(stack, 'bucket', { bucketName: 'shop-files', kmsKeyArn: key.arn, logicalId: 'data' }),
      logicalId: 'tenant',
    });
    const { at, unread } = read(synthesise(stack));
    expect(at('aws_iam_policy.tenant_table')).toMatchObject({
      values: { name: 'multi-tenant-iam-tenant-table', arn: `arn:aws:iam::${ACCOUNT}:policy/multi-tenant-iam-tenant-table` },
      unknown: { policy: true },
    });
    expect(at('aws_iam_policy.tenant_table').values).not.toHaveProperty('policy');
    expect(at('aws_iam_policy.tenant_table').references('policy')).toEqual(['data.aws_iam_policy_document.tenant_table.json']);
    const table = at('aws_dynamodb_table.data');
    expect(table.values['server_side_encryption']).toEqual([{ enabled: true }]);
    expect(table.unknown).toEqual({ server_side_encryption: [{ kms_key_arn: true }] });
    expect(table.references('server_side_encryption.0.kms_key_arn')).toEqual(['aws_kms_key.key.arn']);
    const encryption = at('aws_s3_bucket_server_side_encryption_configuration.data');
    const path = 'rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id';
    expect(encryption.unknown).toEqual({ rule: [{ apply_server_side_encryption_by_default: [{ kms_master_key_id: true }] }] });
    expect(encryption.references(path)).toEqual(['aws_kms_key.key.arn']);
    expect(at('aws_kms_key.key').unknown).toEqual({ id: true, key_id: true, arn: true });
    expect(unread).toContainEqual({
      name: 'aws_iam_policy.tenant_table.policy',
      because: 'aws_kms_key.key.arn is known after apply',
    });
    expect(gather(read(synthesise(stack)).instances).tables).toMatchObject([
      { name: 'orders', policy: { document: expect.anything() } },
    ]);
  });

  it('knows the ARNs and names that can be made', () => {
    const { at } = read(
      resources(
        {
          aws_iam_role: { a: { name: 'a' }, b: { name: 'b', path: '/x/' }, c: { name_prefix: 'c' } },
          aws_iam_policy: { a: { name: 'a' } },
          aws_iam_openid_connect_provider: { a: { url: 'https://id.example.com/x' } },
          aws_dynamodb_table: { a: { name: 'a' }, b: { name: 'a', region: 'eu-north-1' } },
          aws_s3_bucket: { a: { bucket: 'a' }, b: {} },
        },
        { data: { aws_s3_bucket: { a: { bucket: 'other' } }, aws_dynamodb_table: { a: { name: 'other' } } } },
      ),
    );
    const iam = `arn:aws:iam::${ACCOUNT}`;
    expect(at('aws_iam_role.a').values).toEqual({ name: 'a', id: 'a', arn: `${iam}:role/a`, tags_all: {} });
    expect(at('aws_iam_role.b').values['arn']).toBe(`${iam}:role/x/b`);
    expect(at('aws_iam_role.c').unknown).toEqual({ name: true, id: true, arn: true });
    expect(at('aws_iam_policy.a').values).toEqual({ name: 'a', id: `${iam}:policy/a`, arn: `${iam}:policy/a` });
    expect(at('aws_iam_openid_connect_provider.a').values['arn']).toBe(`${iam}:oidc-provider/id.example.com/x`);
    expect(at('aws_dynamodb_table.a').values['arn']).toBe(`arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/a`);
    expect(at('aws_dynamodb_table.b').values['arn']).toBe(`arn:aws:dynamodb:eu-north-1:${ACCOUNT}:table/a`);
    expect(at('aws_s3_bucket.a').values).toEqual({ bucket: 'a', id: 'a', arn: 'arn:aws:s3:::a' });
    expect(at('aws_s3_bucket.b').unknown).toEqual({ bucket: true, id: true, arn: true });
    expect(at('data.aws_s3_bucket.a')).toMatchObject({
      mode: 'data',
      type: 'aws_s3_bucket',
      values: { arn: 'arn:aws:s3:::other' },
    });
    expect(at('data.aws_dynamodb_table.a').values['arn']).toBe(`arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/other`);
  });
});

describe('readSynthesisedStack, where the stack lies', () => {
  const data = {
    aws_partition: { here: {} },
    aws_region: { here: {}, there: { provider: 'aws.there' }, named: { name: 'eu-south-1' } },
    aws_caller_identity: { here: {}, there: { provider: 'aws.there' }, assumed: { provider: 'aws.assumed' } },
  };
  const lying = (region: unknown, options: Partial<SynthesisedStackOptions> = {}, variable: object = {}) => {
    const there = { alias: 'there', region: 'us-east-1' };
    const assumed = { alias: 'assumed', assume_role: [{ role_arn: 'arn:aws:iam::111111111111:role/a' }] };
    const { at } = read({ data, variable, provider: { aws: [there, { region }, assumed] } }, options);
    return ['aws_partition.here', 'aws_region.here', 'aws_region.there', 'aws_region.named', 'aws_caller_identity.there'].map(
      (address) => at(`data.${address}`).values['id'],
    );
  };

  it('follows its provider, then the options', () => {
    expect(lying('cn-north-1')).toEqual(['aws-cn', 'cn-north-1', 'us-east-1', 'eu-south-1', ACCOUNT]);
    expect(lying('us-gov-west-1')[0]).toBe('aws-us-gov');
    expect(lying('us-iso-east-1')[0]).toBe('aws-iso');
    expect(lying('us-isob-east-1')[0]).toBe('aws-iso-b');
    expect(lying(null)).toEqual(['aws', 'eu-west-1', 'us-east-1', 'eu-south-1', ACCOUNT]);
    expect(lying('${module.a.region}')[1]).toBe('eu-west-1');
    expect(lying('${var.region}', {}, { region: { default: null } })[1]).toBe('eu-west-1');
    expect(lying('${var.region}', { variables: { region: 'eu-north-1' } }, { region: { default: null } })[1]).toBe('eu-north-1');
    expect(lying('eu-north-1', { partition: 'aws-cn' })[0]).toBe('aws-cn');
  });

  it('does not know the account of a provider with credentials of its own', () => {
    const { at } = read({ data, provider: { aws: [{ alias: 'assumed', profile: 'x' }] } });
    expect(at('data.aws_caller_identity.assumed').unknown).toEqual({ id: true, account_id: true });
  });
});

describe('readSynthesisedStack, of variables', () => {
  const bucketOf = (variable: object, variables: Record<string, string> = {}, bucket: unknown = '${var.a}') => {
    const { at, assumed } = read({ variable: { a: variable }, resource: { aws_s3_bucket: { a: { bucket } } } }, { variables });
    return { bucket: at('aws_s3_bucket.a').values['bucket'], assumed };
  };

  it('takes the value given, else the default, and makes up none', () => {
    expect(bucketOf({ type: 'string', default: 'b' }, { a: 'given' })).toEqual({ bucket: 'given', assumed: [] });
    expect(bucketOf({ type: 'string', default: 'b${x}' })).toEqual({ bucket: 'b${x}', assumed: [] });
    expect(bucketOf({ type: 'string' })).toEqual({ bucket: undefined, assumed: [] });
    expect(bucketOf({})).toEqual({ bucket: undefined, assumed: [] });
    expect(bucketOf({ type: 'string' }, {}, 'constant')).toEqual({ bucket: 'constant', assumed: [] });
  });

  it('says how to give the value that a policy lacks', () => {
    const policyText = '{"Statement":[{"Effect":"${var.effect}"}]}';
    const { at, unread } = read({
      variable: { effect: { type: 'string' } },
      resource: { aws_iam_policy: { p: { name: 'p', policy: policyText } } },
    });
    expect(at('aws_iam_policy.p').values).not.toHaveProperty('policy');
    expect(at('aws_iam_policy.p').unknown).toHaveProperty('policy', true);
    expect(unread).toEqual([
      { name: 'aws_iam_policy.p.policy', because: 'var.effect has no value; give it with --var effect=...' },
    ]);
  });

  it('has examples of the audience, the identity provider and the region only', () => {
    const names = ['audience', 'identity_provider_arn', 'region', 'tenant'];
    const variable = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    const { assumed } = read({ variable, resource: { aws_x: { a: { b: names.map((name) => `\${var.${name}}`) } } } });
    expect(assumed.map(({ name }) => name)).toEqual(['audience', 'identity_provider_arn', 'region']);
  });

  it('has no example but of a text, and null is a value', () => {
    expect(bucketOf({ type: 'number' })).toEqual({ bucket: undefined, assumed: [] });
    expect(bucketOf({ type: 'string', default: null })).toEqual({ bucket: null, assumed: [] });
    expect(bucketOf({ type: 'string', default: null }, {}, 'x-${var.a}')).toEqual({ bucket: undefined, assumed: [] });
  });

  it.each([
    ['string', '1', '1'],
    ['number', '1', 1],
    ['bool', 'true', true],
    ['list(string)', '["a", 1]', ['a', '1']],
    ['map(string)', '{ a = 1 }', { a: '1' }],
    ['map(list(bool))', '{ a = ["true"] }', { a: [true] }],
    ['any', '[1]', [1]],
  ])('reads a value of type %s', (type, given, value) => {
    const { at } = read({ variable: { a: { type } }, resource: { aws_x: { a: { b: '${var.a}' } } } }, { variables: { a: given } });
    expect(at('aws_x.a').values['b']).toEqual(value);
  });

  it.each([
    ['number', 'x'],
    ['bool', '1'],
    ['list(string)', '{}'],
    ['list(string)', 'a'],
    ['map(string)', '[]'],
    ['map(string)', '{ a = [] }'],
    ['map(string)', '{ a = var.b }'],
  ])('fails on one that is no %s', (type, given) => {
    expect(() => read({ terraform: {}, variable: { a: { type } } }, { variables: { a: given } })).toThrow(ReviewInputError);
  });

  it('fails on one that the stack does not declare', () => {
    expect(() => read(stackWith({ userPoolId: 'eu-west-1_a', audience: 'a' }), { variables: { audience: 'b' } })).toThrow(
      "the stack declares no variable 'audience'; it declares name_prefix, region, tags",
    );
    expect(() => read(resources({}), { variables: { constructor: 'b' } })).toThrow("'constructor'; it declares none");
  });

  it('marks what a sensitive one goes into', () => {
    const { at } = read({
      variable: { a: { sensitive: true, default: 'secret' }, b: { default: 'b' } },
      locals: { l: '${var.a}', m: '${local.m}' },
      data: { aws_iam_policy_document: { d: { statement: [{ actions: ['a:b'], resources: ['x/${local.l}'] }] } } },
      resource: {
        aws_iam_policy: {
          p: { name: '${var.b}-${local.m}', policy: '${data.aws_iam_policy_document.d.json}' },
          q: { name: '${var.b}' },
        },
      },
    });
    expect(at('data.aws_iam_policy_document.d').sensitive).toEqual({ statement: true, json: true, minified_json: true });
    expect(at('aws_iam_policy.p').sensitive).toEqual({ policy: true, id: true, arn: true });
    expect(at('aws_iam_policy.p').values['policy']).toContain('x/secret');
    expect(at('aws_iam_policy.q').sensitive).toEqual({});
  });
});

describe('readSynthesisedStack, of tags', () => {
  const role = (provider: object | undefined, tags?: unknown) => {
    const { at } = read(
      resources({ aws_iam_role: { a: { name: 'a', ...(tags !== undefined && { tags }) } } }, { provider: { aws: provider } }),
    );
    const { values, unknown } = at('aws_iam_role.a');
    return unknown['tags_all'] ?? values['tags_all'];
  };

  it('gives a role those of the provider too', () => {
    expect(role([{ default_tags: [{ tags: { team: 'a', cost: 1 } }] }], { team: 'b' })).toEqual({ team: 'b', cost: '1' });
    expect(role({ default_tags: { tags: { team: 'a' } } })).toEqual({ team: 'a' });
    expect(role(undefined)).toEqual({});
    expect(role([{ alias: 'other', default_tags: [{ tags: { team: 'a' } }] }])).toEqual({});
  });

  it.each([
    ['of the provider', { default_tags: [{ tags: '${local.none}' }] }, {}],
    ['of the role', {}, '${local.none}'],
    ['one of them', {}, { a: '${local.none}' }],
    ['one that is no text', {}, { a: [] }],
  ])('does not know them where those %s are unknown', (_name, provider, tags) => {
    expect(role([provider], tags)).toBe(true);
  });
});

describe('readSynthesisedStack, of policy documents', () => {
  const policy = (block: object, others: object = {}) => {
    const { at, unread } = read({ ...others, data: { aws_iam_policy_document: { a: block } } });
    const { json, minified_json: minified } = at('data.aws_iam_policy_document.a').values;
    if (typeof json !== 'string') return unread.find(({ name }) => name.endsWith('.json'))?.because;
    expect(JSON.parse(String(minified))).toEqual(JSON.parse(json));
    return JSON.parse(json) as unknown;
  };
  const statement = (block: object, version?: string) => {
    const document = policy({ statement: [block], ...(version !== undefined && { version }) });
    return typeof document === 'object' ? (document as { Statement: unknown[] }).Statement[0] : document;
  };
  const jsonencode = (document: object) => JSON.stringify(document).replaceAll('${', () => '$${');

  // As the data source of hashicorp/aws 5.100.0 makes them.
  it.each<[string, object, object]>([
    ['an effect by default', {}, { Effect: 'Allow' }],
    ['a sid', { sid: 'A', effect: 'Deny' }, { Sid: 'A', Effect: 'Deny' }],
    ['an empty sid', { sid: '' }, { Effect: 'Allow' }],
    [
      'variables in resources, none in actions',
      { actions: ['a:&{b}'], resources: ['&{c}', '$${d}'] },
      { Effect: 'Allow', Action: 'a:&{b}', Resource: ['${c}', '${d}'] },
    ],
    [
      'the not kinds',
      { not_actions: ['a:b'], not_resources: ['&{c}'] },
      { Effect: 'Allow', NotAction: 'a:b', NotResource: '${c}' },
    ],
    ['values that come twice', { actions: ['a:b', 'a:c', 'a:b'] }, { Effect: 'Allow', Action: ['a:b', 'a:c'] }],
    ['empty lists', { actions: [], resources: null }, { Effect: 'Allow' }],
    ['everybody', { principals: [{ type: '*', identifiers: ['*'] }] }, { Effect: 'Allow', Principal: '*' }],
    ['every principal of AWS', { principals: [{ type: 'AWS', identifiers: ['*'] }] }, { Effect: 'Allow', Principal: { AWS: '*' } }],
    ['one block without a list', { principals: { type: 'AWS', identifiers: ['a'] } }, { Effect: 'Allow', Principal: { AWS: 'a' } }],
    [
      'principals of several types',
      {
        not_principals: [
          { type: 'AWS', identifiers: ['a'] },
          { type: '*', identifiers: ['*'] },
          { type: 'AWS', identifiers: ['&{b}', 'a'] },
        ],
      },
      { Effect: 'Allow', NotPrincipal: { AWS: ['a', '${b}'], '*': '*' } },
    ],
    [
      'conditions of the same test and key',
      {
        condition: [
          { test: 'StringEquals', variable: 'a:b', values: ['x'] },
          { test: 'StringEquals', variable: 'a:b', values: ['&{y}', true] },
          { test: 'StringEquals', variable: '&{c}', values: ['z'] },
          { test: 'Null', variable: 'a:b', values: [] },
        ],
      },
      { Effect: 'Allow', Condition: { StringEquals: { 'a:b': ['x', '${y}', 'true'], '&{c}': 'z' }, Null: { 'a:b': [] } } },
    ],
  ])('makes %s', (_name, block, expected) => {
    expect(statement(block)).toEqual(expected);
  });

  it.each<[string, object, string]>([
    ['an effect there is none of', { effect: 'Maybe' }, 'an effect is Allow or Deny'],
    ['an argument there is none of', { action: ['a:b'] }, 'action of a statement is not read'],
    ['a dynamic block', { dynamic: { condition: {} } }, 'dynamic of a statement is not read'],
    ['text in the place of a list', { actions: 'a:b' }, 'what must be a list is none'],
    ['a list in the place of text', { sid: ['a'] }, 'what must be a text is none'],
    ['null in a list', { actions: [null] }, 'what must be a text is none'],
    ['text in the place of a block', { condition: 'a' }, 'a block is no object'],
    ['a condition without values', { condition: [{ test: 'Null', variable: 'a' }] }, 'what must be a list is none'],
    ['a condition without key', { condition: [{ test: 'Null', values: ['a'] }] }, 'what must be a text is none'],
    ['what is unknown', { actions: ['${local.none}'] }, 'local.none is not in the stack'],
  ])('does not know one with %s', (_name, block, because) => {
    expect(statement(block)).toBe(because);
  });

  it('does not know one with variables of a version that has none', () => {
    expect(statement({ resources: ['&{a}'] }, '2008-10-17')).toBe('policy variables need version 2012-10-17');
    expect(statement({ resources: ['a'] }, '2008-10-17')).toEqual({ Effect: 'Allow', Resource: 'a' });
  });

  it('makes one without statements', () => {
    expect(policy({})).toEqual({ Version: '2012-10-17' });
    expect(policy({ policy_id: 'x', version: '2008-10-17' })).toEqual({ Version: '2008-10-17', Id: 'x' });
  });

  it('merges others: a statement replaces the earlier one with its sid', () => {
    const allow = { Sid: 'A', Effect: 'Allow', Action: 'a:b', Resource: '${aws:x}' };
    const deny = { Sid: 'A', Effect: 'Deny', Action: 'a:b', Resource: '*' };
    const nameless = { Effect: 'Deny', Action: 'c:d', Resource: '*' };
    expect(
      policy({
        source_policy_documents: [
          jsonencode({ Version: '2008-10-17', Id: 'i', Statement: [allow, { Sid: '', ...nameless }, nameless] }),
        ],
        statement: [{ sid: 'B', actions: ['e:f'] }],
        override_policy_documents: [jsonencode({ Version: '2008-10-17', Statement: [deny] })],
      }),
    ).toEqual({
      Version: '2012-10-17',
      Id: 'i',
      Statement: [deny, nameless, nameless, { Sid: 'B', Effect: 'Allow', Action: 'e:f' }],
    });
  });

  it.each<[string, object, string]>([
    ['the same sid twice', { statement: [{ sid: 'A' }, { sid: 'A' }] }, 'two statements have the same sid'],
    [
      'the same sid in two sources',
      { source_policy_documents: Array(2).fill(jsonencode({ Statement: [{ Sid: 'A' }] })) },
      'two statements have the same sid',
    ],
    ['a source that is no JSON', { source_policy_documents: ['{'] }, 'a policy document to merge is no JSON object'],
    ['a source that is no object', { source_policy_documents: ['[]'] }, 'a policy document to merge is no JSON object'],
    [
      'a source with one statement, not in a list',
      { source_policy_documents: [jsonencode({ Statement: {} })] },
      'a policy document to merge is not as it is expected',
    ],
    [
      'a source with elements in other letters',
      { override_policy_documents: [jsonencode({ Statement: [{ effect: 'Allow' }] })] },
      'a policy document to merge is not as it is expected',
    ],
    [
      'a source with other elements',
      { override_policy_documents: [jsonencode({ Statements: [] })] },
      'a policy document to merge is not as it is expected',
    ],
    ['an argument there is none of', { source_json: '{}' }, 'argument source_json of a policy document is not read'],
  ])('does not know one with %s', (_name, block, because) => {
    expect(policy(block)).toBe(because);
  });
});

describe('readSynthesisedStack, of what it cannot evaluate', () => {
  it('poisons what it goes into, and nothing else', () => {
    const { at, unread } = read(
      resources({
        aws_iam_role: {
          a: {
            name: '${random_pet.a.id}-x',
            path: '/p/',
            managed_policy_arns: ['arn:aws:iam::aws:policy/x', '${module.m.arn}'],
            tags: { a: 'b' },
          },
        },
      }),
    );
    expect(at('aws_iam_role.a').values).toEqual({ path: '/p/', tags: { a: 'b' }, tags_all: { a: 'b' } });
    // Of a list of which an item is unknown nobody should take the others for all.
    expect(at('aws_iam_role.a').unknown).toEqual({ name: true, managed_policy_arns: true, id: true, arn: true });
    expect(unread).toContainEqual({ name: 'aws_iam_role.a.arn', because: 'random_pet.a.id is not in the stack' });
  });

  it.each(['count', 'for_each'])('takes nothing of a resource with %s for sure, as there may be none', (argument) => {
    const { at } = read(
      resources({
        aws_iam_policy: { p: { name: 'p', policy: '{}' } },
        aws_iam_role_policy_attachment: { a: { [argument]: 1, role: 'r', policy_arn: '${aws_iam_policy.p.arn}' } },
      }),
    );
    const attachment = at('aws_iam_role_policy_attachment.a');
    expect(attachment.values).toEqual({});
    expect(attachment.unknown).toEqual({ role: true, policy_arn: true });
    expect(attachment.references('policy_arn')).toEqual([]);
  });

  it('does not know blocks that are made from a dynamic one', () => {
    const { at } = read(
      resources({ aws_dynamodb_table: { a: { name: 'a', attribute: [{ name: 'x' }], dynamic: { attribute: {}, ttl: {} } } } }),
    );
    expect(at('aws_dynamodb_table.a').unknown).toEqual({ attribute: true, ttl: true });
  });

  it('ends where references go round', () => {
    const { at, unread } = read({
      locals: { a: '${local.b}', b: '${local.a}' },
      resource: {
        aws_s3_bucket: {
          a: { bucket: '${aws_s3_bucket.b.bucket}' },
          b: { bucket: '${aws_s3_bucket.a.id}' },
          c: { bucket: '${local.a}' },
        },
      },
    });
    for (const name of ['a', 'b', 'c']) expect(at(`aws_s3_bucket.${name}`).unknown['bucket']).toBe(true);
    expect(at('aws_s3_bucket.c').references('bucket')).toEqual([]);
    expect(unread).toContainEqual({ name: 'aws_s3_bucket.c.bucket', because: 'local.a refers to itself' });
  });

  it('ends where references go on and on', () => {
    const locals = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`l${index}`, `\${local.l${index + 1}}`]));
    const { at } = read({ locals, resource: { aws_s3_bucket: { a: { bucket: '${local.l0}' } } } });
    expect(at('aws_s3_bucket.a').unknown).toMatchObject({ bucket: true });
  });

  it('says that modules are not read', () => {
    expect(read(resources({}, { module: { shop: { source: './shop' } } })).unread).toEqual([
      { name: 'module.shop', because: 'modules are not read' },
    ]);
  });

  it('names what a value comes from only if it comes as it is', () => {
    const { at } = read({
      locals: { a: '${aws_iam_policy.p.arn}' },
      variable: { v: { default: 'v' } },
      resource: {
        aws_iam_policy: { p: { name_prefix: 'p' }, q: { name_prefix: 'q' } },
        aws_x: {
          x: {
            one: '${aws_iam_policy.p.arn}',
            several: ['${local.a}', '${aws_iam_policy.q.arn}', '${aws_iam_policy.p.arn}', '${var.v}'],
            part: 'x-${aws_iam_policy.p.arn}',
            picked: '${element([aws_iam_policy.p.arn, aws_iam_policy.q.arn], 0)}',
            either: '${var.v == "" ? aws_iam_policy.p.arn : aws_iam_policy.q.arn}',
            outside: ['${aws_iam_policy.p.arn}', '${module.m.arn}'],
            nested: { deep: [{ one: '${aws_iam_policy.p.arn}' }] },
          },
        },
      },
    });
    const { references } = at('aws_x.x');
    expect(references('one')).toEqual(['aws_iam_policy.p.arn']);
    expect(references('several')).toEqual(['aws_iam_policy.p.arn', 'aws_iam_policy.q.arn']);
    for (const attribute of ['part', 'picked', 'either', 'outside', 'missing', 'nested.0.deep.1']) {
      expect(references(attribute)).toEqual([]);
    }
    expect(references('nested.0.deep.0.one')).toEqual(['aws_iam_policy.p.arn']);
    expect(references('nested.deep.0.one')).toEqual(['aws_iam_policy.p.arn']);
  });

  it('has nested blocks as lists, and maps as maps', () => {
    const { at } = read(
      resources({
        aws_s3_bucket_server_side_encryption_configuration: {
          a: { bucket: 'a', rule: { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } } },
        },
        aws_s3_bucket: { a: { tags: { a: 'b' } } },
        aws_lambda_function: { a: { environment: { variables: { a: 'b' } } } },
      }),
    );
    expect(at('aws_s3_bucket_server_side_encryption_configuration.a').values['rule']).toEqual([
      { apply_server_side_encryption_by_default: [{ sse_algorithm: 'AES256' }] },
    ]);
    expect(at('aws_s3_bucket.a').values['tags']).toEqual({ a: 'b' });
    expect(at('aws_lambda_function.a').values['environment']).toEqual({ variables: { a: 'b' } });
  });
});

describe('readSynthesisedStack fails', () => {
  it.each<[string, unknown, string]>([
    ['text', 'x', 'no JSON object'],
    ['a list', [], 'no JSON object'],
    ['nothing', undefined, 'no JSON object'],
    ['another object', { format_version: '1.2', planned_values: {} }, "neither 'terraform' nor 'resource' nor 'data'"],
    ['resources that are no object', { resource: [] }, "'resource' of the stack is no object"],
    ['resources of a type that are no object', { resource: { aws_x: 1 } }, "'resource.aws_x' of the stack is no object"],
    ['a resource that is no object', { data: { aws_x: { a: [] } } }, "'data.aws_x.a' of the stack is no object"],
    ['variables that are no object', { terraform: {}, variable: 'x' }, "'variable' of the stack is no object"],
  ])('on %s', (_name, stack, message) => {
    expect(() => read(stack)).toThrow(ReviewInputError);
    expect(() => read(stack)).toThrow(message);
    expect(() => read(stack)).toThrow('give the cdk.tf.json of a stack');
  });

  it('on nothing else, whatever the JSON', () => {
    const expression = fc.constantFrom(
      '${var.a}', '${local.a}', '${aws_iam_role.a.arn}', '${aws_s3_bucket.a.tags}', '${data.aws_iam_policy_document.a.json}',
      '${jsonencode(local.a)}', '${local.a.b[0]}', 'x-${local.a}', '${', '*', 'a', '{}', '{"Statement":[{"Sid":"a"}]}',
    ); // prettier-ignore
    const leaf = fc.oneof(expression, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const names = [
      'a', 'b', 'name', 'path', 'tags', 'url', 'bucket', 'statement', 'actions', 'principals', 'identifiers', 'type', 'condition',
      'values', 'variable', 'test', 'source_policy_documents', 'version', 'count', 'dynamic', 'provider', 'default_tags', 'region',
      'default', 'sensitive', '__proto__', 'constructor', '${var.a}',
    ]; // prettier-ignore
    const key = fc.constantFrom(...names);
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(key, tie('json'), { maxKeys: 4 }),
      ),
    }));
    const types = [
      'aws_iam_role',
      'aws_iam_policy_document',
      'aws_s3_bucket',
      'aws_dynamodb_table',
      'aws_region',
      'aws_caller_identity',
    ];
    const blocks = fc.dictionary(
      fc.constantFrom(...types),
      fc.dictionary(key, fc.dictionary(key, json, { maxKeys: 6 }), { maxKeys: 2 }),
    );
    const or = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: json });
    const stack = fc.record({
      terraform: fc.constant({}),
      resource: or(blocks),
      data: or(blocks),
      locals: or(fc.dictionary(key, json)),
      variable: or(fc.dictionary(key, json)),
      provider: or(fc.record({ aws: json })),
      module: or(fc.constant({})),
    });
    let read = 0;
    fc.assert(
      fc.property(stack, fc.dictionary(key, fc.string(), { maxKeys: 1 }), (given, variables) => {
        try {
          const { instances } = readSynthesisedStack(given, { variables });
          for (const { values, unknown, references } of instances) {
            for (const name of [...Object.keys(values), ...Object.keys(unknown), 'a.0.b']) {
              expect(Array.isArray(references(name))).toBe(true);
            }
          }
          gather(instances);
          read++;
        } catch (error) {
          expect(error).toBeInstanceOf(ReviewInputError);
        }
      }),
      { seed: 20260903, numRuns: 1500 },
    );
    expect(read).toBeGreaterThan(300);
  });

  it('is not exhausted by what is nested deeply', () => {
    let json: unknown = '${var.a}';
    for (let depth = 0; depth < 1e4; depth++) json = depth % 2 === 0 ? [json] : { a: json };
    const { at } = read({
      variable: { a: { default: json } },
      resource: { aws_iam_role: { a: { name: json, tags: '${var.a}' } } },
    });
    expect(at('aws_iam_role.a').unknown).toHaveProperty('arn', true);
    expect(at('aws_iam_role.a').references('name')).toEqual([]);
  });
});

it('reads a value that CDKTF computes with functions', () => {
  const stack = awsStack();
  const domain = new TerraformVariable(stack, 'domain', { type: 'string', default: 'shop.example.com' });
  new TenantBucket(stack, 'bucket', { bucketName: Fn.replace(Fn.lower(domain.stringValue), '.', '-'), logicalId: 'data' });
  expect(read(synthesise(stack)).at('aws_s3_bucket.data').values['arn']).toBe('arn:aws:s3:::shop-example-com');
});

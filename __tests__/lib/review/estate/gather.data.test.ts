import { readPlan } from '../../../../lib/review/plan/plan';
import { ACCOUNT, after, ALLOWING, DENYING, ENVIRONMENT, factsOf, type Planned, policy, recorded } from '../plans/hand-made';

const TABLE_ARN = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/t`;
const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const TABLE = { name: 't', hash_key: 'tenantId' };

describe('data over modules, of a plan of the real Terraform', () => {
  const facts = readPlan(recorded('modules-create'));
  if (facts.kind !== 'plan') throw new Error('not a plan');
  const { tables, buckets, keys, gaps } = facts.after;
  const keyArn = (shop: string) => `arn:aws:kms:eu-central-1:${ACCOUNT}:key/module.data--${shop}--.aws_kms_key.data`;

  it('shows tables with their indexes, their key and their policy, not the one of their stream', () => {
    expect(tables).toMatchObject(
      ['books', 'toys.eu'].map((shop) => ({
        address: `module.data["${shop}"].aws_dynamodb_table.data`,
        arn: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/${shop.replace('.', '-')}-data`,
        partitionKey: 'tenantId',
        indexes: [
          { name: 'by-date', partitionKey: 'tenantId' },
          { name: 'by-status', partitionKey: 'status' },
        ],
        policy: { name: `module.data["${shop}"].aws_dynamodb_resource_policy.data`, document: { Version: '2012-10-17' } },
        kmsKeyArn: keyArn(shop),
      })),
    );
  });

  it('shows buckets with the policy and the key that reach them over their companions', () => {
    expect(buckets).toMatchObject(
      ['books', 'toys.eu'].flatMap((shop) =>
        [0, 1].map((index) => ({
          address: `module.data["${shop}"].aws_s3_bucket.data[${index}]`,
          arn: `arn:aws:s3:::${shop.replace('.', '-')}-objects-${index}`,
          policy: { name: `module.data["${shop}"].aws_s3_bucket_policy.data[${index}]` },
          kmsKeyArn: keyArn(shop),
          bucketKeyEnabled: true,
        })),
      ),
    );
  });

  it('shows keys, one of them with the policy that AWS gives it', () => {
    expect(keys.map(({ address }) => address)).toEqual(
      ['books', 'toys.eu'].flatMap((shop) => ['data', 'spare'].map((name) => `module.data["${shop}"].aws_kms_key.${name}`)),
    );
    expect(keys[0]).toMatchObject({ arn: keyArn('books'), policy: { name: 'module.data["books"].aws_kms_key.data' } });
    expect(keys[1]?.policy).toMatchObject({
      name: 'module.data["books"].aws_kms_key.spare (AWS\'s default key policy)',
      document: { Statement: [{ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*' }] },
    });
  });

  it('leaves nothing open but who may read a stream', () => {
    expect(gaps).toEqual(
      ['books', 'toys.eu'].map((shop) => ({
        name: `module.data["${shop}"].aws_dynamodb_resource_policy.stream`,
        unknown: 'it is on a stream, which is not looked at',
        concerns: {
          kind: 'table',
          arn: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/${shop.replace('.', '-')}-data`,
          grants: true,
        },
      })),
    );
  });
});

describe('a table', () => {
  const one = (table: Planned, others: Readonly<Record<string, Planned>> = {}) =>
    after({ changes: { 'aws_dynamodb_table.t': table, ...others } });

  it('has the ARN that it will have', () => {
    expect(one({ after: TABLE }).tables).toEqual([
      { address: 'aws_dynamodb_table.t', name: 't', arn: TABLE_ARN, partitionKey: 'tenantId', indexes: [] },
    ]);
    expect(one({ after: { ...TABLE, region: 'us-east-1' } }).tables[0]?.arn).toBe(TABLE_ARN.replace('eu-central-1', 'us-east-1'));
  });

  it.each([
    ['its name is known after apply', ENVIRONMENT, { name: undefined }, `eu-central-1:${ACCOUNT}:table/*`],
    ['its account or region is not known', { 'data.aws_region.me': { id: 'eu-central-1' } }, TABLE, 'eu-central-1:*:table/t'],
    [
      'its account or region is not known',
      { 'data.aws_caller_identity.me': { account_id: ACCOUNT } },
      TABLE,
      `*:${ACCOUNT}:table/t`,
    ],
  ])('is a gap: %s', (unknown, prior, values, arn) => {
    const { tables, gaps } = after({ prior, changes: { 'aws_dynamodb_table.t': { after: values } } });
    expect(tables).toEqual([]);
    expect(gaps).toEqual([{ name: 'aws_dynamodb_table.t', unknown, concerns: { kind: 'table', arn: `arn:aws:dynamodb:${arn}` } }]);
  });

  it('without a name is a gap that may allow something where its policy does', () => {
    const withPolicy = (text: string) =>
      after({
        changes: {
          'aws_dynamodb_table.t': { after: { hash_key: 'k' }, unknown: { name: true, arn: true } },
          'aws_dynamodb_resource_policy.p': { after: { policy: text }, unknown: { resource_arn: true } },
        },
        resources: [
          {
            address: 'aws_dynamodb_resource_policy.p',
            expressions: { resource_arn: { references: ['aws_dynamodb_table.t.arn', 'aws_dynamodb_table.t'] } },
          },
        ],
      }).gaps;
    const concerns = { kind: 'table', arn: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/*` };
    const gap = { name: 'aws_dynamodb_table.t', unknown: 'its name is known after apply' };
    expect(withPolicy(DENYING)).toEqual([{ ...gap, concerns }]);
    expect(withPolicy(ALLOWING)).toEqual([{ ...gap, concerns: { ...concerns, grants: true } }]);
    expect(withPolicy('{')).toEqual([{ ...gap, concerns: { ...concerns, grants: true } }]);
  });

  it.each<[string, object, object?]>([
    ['by the ARN that it will have', { resource_arn: TABLE_ARN }],
    [
      'by the ARN that it has',
      { resource_arn: 'arn:aws:dynamodb:us-east-1:999999999999:table/t' },
      { arn: 'arn:aws:dynamodb:us-east-1:999999999999:table/t' },
    ],
  ])('has its policy %s', (_, target, values = {}) => {
    const { tables } = one(
      { after: { ...TABLE, ...values } },
      { 'aws_dynamodb_resource_policy.p': { after: { ...target, policy: policy('p') } } },
    );
    expect(tables).toMatchObject([{ policy: { name: 'aws_dynamodb_resource_policy.p', document: { Id: 'p' } } }]);
    expect(tables).toHaveLength(1);
  });

  it.each([
    [DENYING, []],
    [
      ALLOWING,
      [
        {
          name: 'aws_dynamodb_resource_policy.p',
          unknown: 'it is on a stream, which is not looked at',
          concerns: { kind: 'table', arn: TABLE_ARN, grants: true },
        },
      ],
    ],
  ])('does not have the policy of its stream, which is a gap if it allows something: %s', (text, expected) => {
    const { tables, gaps } = one(
      { after: TABLE },
      { 'aws_dynamodb_resource_policy.p': { after: { resource_arn: `${TABLE_ARN}/stream/2026`, policy: text } } },
    );
    expect(tables).toHaveLength(1);
    expect(tables[0]).not.toHaveProperty('policy');
    expect(gaps).toEqual(expected);
  });

  it('may be elsewhere and have its policy here', () => {
    const { tables } = after({
      changes: { 'aws_dynamodb_resource_policy.p': { after: { resource_arn: TABLE_ARN, policy: policy('p') } } },
    });
    expect(tables).toEqual([
      {
        address: TABLE_ARN,
        name: 't',
        arn: TABLE_ARN,
        indexes: [],
        policy: expect.objectContaining({ name: 'aws_dynamodb_resource_policy.p' }),
      },
    ]);
  });

  it('cannot be told of a policy that is set on nothing known, or of two', () => {
    const open = { after: { policy: policy('p') }, unknown: { resource_arn: true } };
    const gap = { name: 'aws_dynamodb_resource_policy.p', unknown: 'what it is set on is known after apply' };
    expect(one({ after: TABLE }, { 'aws_dynamodb_resource_policy.p': open }).gaps).toEqual([
      { ...gap, concerns: { kind: 'table' } },
    ]);
    const wide = { ...open, after: { policy: ALLOWING } };
    expect(one({ after: TABLE }, { 'aws_dynamodb_resource_policy.p': wide }).gaps).toEqual([
      { ...gap, concerns: { kind: 'table', grants: true } },
    ]);
    const same = { after: { resource_arn: TABLE_ARN, policy: policy('p') } };
    const { tables } = one({ after: TABLE }, { 'aws_dynamodb_resource_policy.p': same, 'aws_dynamodb_resource_policy.q': same });
    expect(tables[0]?.policy).toEqual({
      name: 'aws_dynamodb_resource_policy.p',
      unknown: 'aws_dynamodb_resource_policy.q sets the same policy',
    });
  });

  it('has indexes by either kind of keys; one that is not known is a gap', () => {
    const global_secondary_index = [
      { name: 'a', hash_key: 'x' },
      {
        name: 'b',
        key_schema: [
          { attribute_name: 'y', key_type: 'HASH' },
          { attribute_name: 'z', key_type: 'HASH' },
          { attribute_name: 's', key_type: 'RANGE' },
        ],
      },
    ];
    expect(one({ after: { ...TABLE, global_secondary_index } }).tables[0]?.indexes).toEqual([
      { name: 'a', partitionKey: 'x' },
      { name: 'b', partitionKey: 'y + z' },
    ]);
    const gap = {
      name: 'aws_dynamodb_table.t (indexes)',
      unknown: 'an index of it is known after apply',
      concerns: { kind: 'table', arn: TABLE_ARN },
    };
    expect(one({ after: { ...TABLE, global_secondary_index: [{ name: 'c' }] } }).gaps).toEqual([gap]);
    expect(one({ after: TABLE, unknown: { global_secondary_index: true } }).gaps).toEqual([gap]);
  });

  it('has copies in other regions, each with a policy of its own', () => {
    const replica = [{ region_name: 'us-east-1', kms_key_arn: KEY_ARN }, { region_name: 'us-west-2', kms_key_arn: '' }, {}];
    const east = TABLE_ARN.replace('eu-central-1', 'us-east-1');
    const { tables } = one(
      { after: { ...TABLE, replica } },
      { 'aws_dynamodb_resource_policy.p': { after: { resource_arn: east, policy: policy('p') } } },
    );
    expect(tables).toMatchObject([
      { arn: TABLE_ARN },
      { address: 'aws_dynamodb_table.t.replica["us-east-1"]', arn: east, kmsKeyArn: KEY_ARN, policy: { document: { Id: 'p' } } },
      { arn: TABLE_ARN.replace('eu-central-1', 'us-west-2'), partitionKey: 'tenantId' },
    ]);
    expect(tables).toHaveLength(3);
    expect(tables[2]).not.toHaveProperty('kmsKeyArn');
  });

  it('has copies of which the region or the key are not known: gaps', () => {
    const gap = {
      name: 'aws_dynamodb_table.t (replicas)',
      unknown: 'a replica of it is known after apply',
      concerns: { kind: 'table', arn: TABLE_ARN.replace('eu-central-1', '*') },
    };
    expect(one({ after: TABLE, unknown: { replica: true } }).gaps).toEqual([gap]);
    expect(one({ after: { ...TABLE, replica: [{}] }, unknown: { replica: [{ region_name: true }] } }).gaps).toEqual([gap]);
    const keyLater = {
      after: { ...TABLE, replica: [{ region_name: 'us-east-1' }] },
      unknown: { replica: [{ kms_key_arn: true }] },
    };
    const keyed = (kms_key_arn: object) =>
      after({
        changes: { 'aws_dynamodb_table.t': keyLater, 'aws_kms_key.k': { after: {} } },
        resources: [{ address: 'aws_dynamodb_table.t', expressions: { replica: [{ kms_key_arn }] } }],
      }).gaps;
    expect(keyed({})).toEqual([]);
    expect(keyed({ references: ['aws_kms_key.k.arn', 'aws_kms_key.k'] })).toEqual([
      {
        name: 'aws_dynamodb_table.t.replica.0.kms_key_arn',
        unknown: 'which key it names is known after apply',
        concerns: { kind: 'key' },
      },
    ]);
  });

  it('has copies apart from it: gaps, with what their policies may allow', () => {
    const copy = { after: { global_table_arn: TABLE_ARN, region: 'us-east-1' }, unknown: { arn: true } };
    const east = TABLE_ARN.replace('eu-central-1', 'us-east-1');
    const gap = { name: 'aws_dynamodb_table_replica.r', unknown: 'replicas apart from their table are not looked at' };
    expect(one({ after: TABLE }, { 'aws_dynamodb_table_replica.r': copy }).gaps).toEqual([
      { ...gap, concerns: { kind: 'table', arn: east } },
    ]);
    const withPolicy = { 'aws_dynamodb_resource_policy.p': { after: { resource_arn: east, policy: ALLOWING } } };
    expect(one({ after: TABLE }, { 'aws_dynamodb_table_replica.r': copy, ...withPolicy }).gaps).toEqual([
      { ...gap, concerns: { kind: 'table', arn: east, grants: true } },
    ]);
    expect(after({ changes: { 'aws_dynamodb_table_replica.r': { after: {} } } }).gaps).toEqual([
      { ...gap, concerns: { kind: 'table' } },
    ]);
  });
});

describe('a bucket', () => {
  const BUCKET = { bucket: 'b' };
  const one = (
    bucket: Planned,
    others: Readonly<Record<string, Planned>> = {},
    resources: readonly Record<string, unknown>[] = [],
  ) => after({ changes: { 'aws_s3_bucket.b': bucket, ...others }, resources });

  it('has an ARN in the partition of its region', () => {
    const changes = { 'aws_s3_bucket.b': { after: BUCKET } };
    const arnIn = (id: string) => after({ prior: { 'data.aws_region.me': { id } }, changes }).buckets[0]?.arn;
    expect(arnIn('eu-central-1')).toBe('arn:aws:s3:::b');
    expect(arnIn('cn-north-1')).toBe('arn:aws-cn:s3:::b');
    expect(arnIn('us-gov-west-1')).toBe('arn:aws-us-gov:s3:::b');
    expect(after({ prior: {}, changes }).buckets[0]?.arn).toBe('arn:aws:s3:::b');
  });

  it('without a name is a gap of all names that it may get', () => {
    const named = (bucket: NonNullable<Planned['after']>, others: Readonly<Record<string, Planned>> = {}) => {
      const { buckets, gaps } = one({ after: bucket, unknown: { bucket: true } }, others, [
        {
          address: 'aws_s3_bucket_policy.p',
          expressions: { bucket: { references: ['aws_s3_bucket.b.id', 'aws_s3_bucket.b'] } },
        },
      ]);
      expect(buckets).toEqual([]);
      expect(gaps).toMatchObject([{ name: 'aws_s3_bucket.b', unknown: 'its name is known after apply' }]);
      return gaps[0]?.concerns;
    };
    expect(named({ bucket_prefix: 'b-' })).toEqual({ kind: 'bucket', arn: 'arn:aws:s3:::b-*' });
    expect(named({})).toEqual({ kind: 'bucket', arn: 'arn:aws:s3:::*' });
    const set = (text: string) => ({ 'aws_s3_bucket_policy.p': { after: { policy: text }, unknown: { bucket: true } } });
    expect(named({}, set(DENYING))).toEqual({ kind: 'bucket', arn: 'arn:aws:s3:::*' });
    expect(named({}, set(ALLOWING))).toEqual({ kind: 'bucket', arn: 'arn:aws:s3:::*', grants: true });
  });

  it('of another kind has a policy that is a gap', () => {
    const { gaps } = after({
      changes: {
        'aws_s3_directory_bucket.d': { after: {}, unknown: { bucket: true, arn: true } },
        'aws_s3_bucket_policy.p': { after: { policy: ALLOWING }, unknown: { bucket: true } },
      },
      resources: [
        {
          address: 'aws_s3_bucket_policy.p',
          expressions: { bucket: { references: ['aws_s3_directory_bucket.d.bucket', 'aws_s3_directory_bucket.d'] } },
        },
      ],
    });
    expect(gaps).toEqual([
      {
        name: 'aws_s3_bucket_policy.p',
        unknown: 'what it is set on is known after apply',
        concerns: { kind: 'bucket', grants: true },
      },
      {
        name: 'aws_s3_directory_bucket.d',
        unknown: 'directory buckets are not looked at',
        concerns: { kind: 'bucket', arn: `arn:aws:s3express:eu-central-1:${ACCOUNT}:bucket/*` },
      },
    ]);
  });

  it('has no policy where only AWS could give it one', () => {
    const { buckets, gaps } = one({ after: BUCKET, unknown: { policy: true } }, {}, [
      { address: 'aws_s3_bucket.b', expressions: {} },
    ]);
    expect(buckets).toEqual([{ address: 'aws_s3_bucket.b', name: 'b', arn: 'arn:aws:s3:::b' }]);
    expect(gaps).toEqual([]);
  });

  it('has a policy that it sets itself, known or not', () => {
    expect(one({ after: { ...BUCKET, policy: policy('own') } }).buckets[0]?.policy).toMatchObject({ document: { Id: 'own' } });
    const expressions = { policy: { references: ['aws_iam_role.r.arn', 'aws_iam_role.r'] } };
    const role = { 'aws_iam_role.r': { after: { name: 'r' } } };
    expect(
      one({ after: BUCKET, unknown: { policy: true } }, role, [{ address: 'aws_s3_bucket.b', expressions }]).buckets[0]?.policy,
    ).toEqual({ name: 'aws_s3_bucket.b.policy', unknown: 'known after apply' });
  });

  it('has its policy over any chain of companions, not over one that goes round', () => {
    const late = { after: {}, unknown: { bucket: true } };
    const from = (address: string, reference: string) => ({
      address,
      expressions: { bucket: { references: [reference, reference.replace(/\.\w+$/, '')] } },
    });
    const companions = {
      'aws_s3_bucket_policy.p': { after: { policy: policy('p') }, unknown: { bucket: true } },
      'aws_s3_bucket_versioning.v': late,
      'aws_s3_bucket_public_access_block.a': late,
    };
    const chain = [
      from('aws_s3_bucket_policy.p', 'aws_s3_bucket_versioning.v.id'),
      from('aws_s3_bucket_versioning.v', 'aws_s3_bucket_public_access_block.a.bucket'),
    ];
    expect(
      one({ after: BUCKET }, companions, [...chain, from('aws_s3_bucket_public_access_block.a', 'aws_s3_bucket.b.id')]).buckets,
    ).toMatchObject([{ policy: { name: 'aws_s3_bucket_policy.p' } }]);
    expect(
      one({ after: BUCKET }, companions, [...chain, from('aws_s3_bucket_public_access_block.a', 'aws_s3_bucket_versioning.v.id')])
        .gaps,
    ).toMatchObject([{ name: 'aws_s3_bucket_policy.p', unknown: 'what it is set on is known after apply' }]);
  });

  it('may be elsewhere and have its policy here', () => {
    const { buckets } = after({ changes: { 'aws_s3_bucket_policy.p': { after: { bucket: 'other', policy: policy('p') } } } });
    expect(buckets).toMatchObject([{ address: 'arn:aws:s3:::other', name: 'other', policy: { name: 'aws_s3_bucket_policy.p' } }]);
  });

  it('loses its policy with the resource that set it, though it still reports it', () => {
    const reported = { ...BUCKET, policy: policy('p') };
    const apart = { bucket: 'b', policy: policy('p') };
    const { before, after: then } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_s3_bucket.b': reported, 'aws_s3_bucket_policy.p': apart },
      changes: {
        'aws_s3_bucket.b': { actions: ['no-op'], before: reported, after: reported },
        'aws_s3_bucket_policy.p': { actions: ['delete'], before: apart },
      },
    });
    expect(before.buckets).toMatchObject([{ policy: { name: 'aws_s3_bucket_policy.p' } }]);
    expect(then.buckets[0]).not.toHaveProperty('policy');
    expect(after({ prior: { ...ENVIRONMENT, 'aws_s3_bucket.b': reported } }).buckets[0]?.policy).toMatchObject({
      name: 'aws_s3_bucket.b.policy',
    });
  });

  it.each([
    [KEY_ARN, KEY_ARN],
    ['11111111-2222-3333-4444-555555555555', KEY_ARN],
    ['alias/mine', KEY_ARN],
    [`arn:aws:kms:eu-central-1:${ACCOUNT}:alias/mine`, KEY_ARN],
    ['alias/theirs', `arn:aws:kms:eu-central-1:${ACCOUNT}:alias/theirs`],
    ['alias/aws/s3', undefined],
    ['', undefined],
    [null, undefined],
  ])('is encrypted with the key that is named %j', (kms_master_key_id, expected) => {
    const { buckets } = one(
      { after: BUCKET },
      {
        'aws_kms_alias.a': { after: { name: 'alias/mine', target_key_id: '11111111-2222-3333-4444-555555555555' } },
        'aws_s3_bucket_server_side_encryption_configuration.e': {
          after: {
            bucket: 'b',
            rule: [{ apply_server_side_encryption_by_default: [{ kms_master_key_id }], bucket_key_enabled: true }],
          },
        },
      },
    );
    expect(buckets[0]?.kmsKeyArn).toBe(expected);
    expect(buckets[0]?.bucketKeyEnabled).toBe(expected === undefined ? undefined : true);
  });

  it('is encrypted with a key that cannot be told: a gap', () => {
    const { gaps } = one(
      { after: BUCKET },
      {
        'aws_s3_bucket_server_side_encryption_configuration.e': {
          after: { bucket: 'b' },
          unknown: { rule: [{ apply_server_side_encryption_by_default: [{ kms_master_key_id: true }] }] },
        },
      },
    );
    expect(gaps).toMatchObject([{ unknown: 'which key it names is known after apply', concerns: { kind: 'key' } }]);
  });

  it('is encrypted with a key whose account or region cannot be told: a gap', () => {
    const encryption = {
      bucket: 'b',
      rule: [{ apply_server_side_encryption_by_default: [{ kms_master_key_id: KEY_ARN.slice(-36) }] }],
    };
    const { buckets, gaps } = after({
      prior: {},
      changes: {
        'aws_s3_bucket.b': { after: BUCKET },
        'aws_s3_bucket_server_side_encryption_configuration.e': { after: encryption },
      },
    });
    expect(buckets[0]).not.toHaveProperty('kmsKeyArn');
    expect(gaps).toMatchObject([{ unknown: 'the account or region of its key is not known', concerns: { kind: 'key' } }]);
  });
});

describe('a key', () => {
  const KEY = { arn: KEY_ARN, key_id: KEY_ARN.slice(-36) };

  it.each([
    ['its id', KEY.key_id],
    ['its ARN', KEY_ARN],
  ])('has the policy that is set apart by %s', (_, key_id) => {
    const { keys } = after({
      changes: {
        'aws_kms_key.k': { after: { ...KEY, policy: policy('own') } },
        'aws_kms_key_policy.p': { after: { key_id, policy: policy('apart') } },
      },
    });
    expect(keys).toMatchObject([{ arn: KEY_ARN, policy: { name: 'aws_kms_key_policy.p', document: { Id: 'apart' } } }]);
  });

  it('has the default policy again when the one that was set apart goes', () => {
    const reported = { ...KEY, policy: policy('apart') };
    const apart = { key_id: KEY.key_id, policy: policy('apart') };
    const { after: then } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_kms_key.k': reported, 'aws_kms_key_policy.p': apart },
      changes: {
        'aws_kms_key.k': { actions: ['no-op'], before: reported, after: reported },
        'aws_kms_key_policy.p': { actions: ['delete'], before: apart },
      },
    });
    expect(then.keys[0]?.policy).toMatchObject({ document: { Id: 'key-default-1' } });
  });

  it('may have a policy that is known after apply, by the configuration', () => {
    const changes = { 'aws_kms_key.k': { after: {}, unknown: { policy: true } }, 'aws_iam_role.r': { after: { name: 'r' } } };
    const policyOf = (expressions: object) =>
      after({ changes, resources: [{ address: 'aws_kms_key.k', expressions }] }).keys[0]?.policy;
    expect(policyOf({ policy: { references: ['aws_iam_role.r.arn', 'aws_iam_role.r'] } })).toMatchObject({
      unknown: 'known after apply',
    });
    expect(policyOf({ policy: { references: ['var.key_policy'] } })).toMatchObject({ document: { Id: 'key-default-1' } });
    expect(policyOf({})).toMatchObject({ document: { Id: 'key-default-1' } });
  });

  it('of an account that cannot be told is a gap', () => {
    expect(after({ prior: {}, changes: { 'aws_kms_key.k': { after: {} } } })).toMatchObject({
      keys: [],
      gaps: [
        {
          name: 'aws_kms_key.k',
          unknown: 'its account or region is not known',
          concerns: { kind: 'key', arn: 'arn:aws:kms:*:*:key/*' },
        },
      ],
    });
  });
});

describe('an estate over several regions or accounts', () => {
  /** Two providers, as their configuration and with what their data sources say. */
  function tablesOf(us: object, prior: Parameters<typeof after>[0]['prior'] = ENVIRONMENT) {
    const at = (address: string, provider_config_key: string) => ({ address, provider_config_key });
    const { tables, gaps, region } = after({
      prior,
      changes: { 'aws_dynamodb_table.eu': { after: TABLE }, 'aws_dynamodb_table.us': { after: TABLE } },
      rest: {
        variables: { region: { value: 'us-east-1' }, other: { value: 'x' } },
        configuration: {
          provider_config: {
            aws: { name: 'aws', expressions: { region: { constant_value: '${var.none}', references: ['var.none'] } } },
            'aws.us': { name: 'aws', alias: 'us', expressions: us },
            'module.m:aws': { name: 'aws', module_address: 'module.m' },
            random: { name: 'random' },
          },
          root_module: {
            resources: [
              at('aws_dynamodb_table.eu', 'aws'),
              at('data.aws_region.me', 'aws'),
              at('data.aws_caller_identity.me', 'aws'),
              at('aws_dynamodb_table.us', 'aws.us'),
              at('data.aws_region.us', 'aws.us'),
              at('data.aws_caller_identity.us', 'aws.us'),
            ],
          },
        },
      },
    });
    return { region, arns: tables.map(({ arn }) => arn), gaps: gaps.map(({ name }) => name) };
  }
  const US_ARN = TABLE_ARN.replace('eu-central-1', 'us-east-1');

  it.each([
    ['a constant', { region: { constant_value: 'us-east-1' } }, {}],
    ['a variable', { region: { references: ['var.region'] } }, {}],
    ['a data source', { region: { references: ['local.region'] } }, { 'data.aws_region.us': { id: 'us-east-1' } }],
  ])('has each table in the region of its provider, told by %s', (_, us, prior) => {
    expect(tablesOf(us, { ...ENVIRONMENT, ...prior })).toEqual({ region: undefined, arns: [TABLE_ARN, US_ARN], gaps: [] });
  });

  it('guesses no region', () => {
    expect(tablesOf({ region: { references: ['local.region'] } })).toEqual({
      region: undefined,
      arns: [TABLE_ARN],
      gaps: ['aws_dynamodb_table.us'],
    });
    const withoutRegion = { 'data.aws_caller_identity.me': { account_id: ACCOUNT } };
    expect(tablesOf({ region: { constant_value: 'us-east-1' } }, withoutRegion)).toMatchObject({
      arns: [US_ARN],
      gaps: ['aws_dynamodb_table.eu'],
    });
  });

  it('has each table in the account of its provider', () => {
    const us = { region: { constant_value: 'us-east-1' }, assume_role: [{ role_arn: { constant_value: 'x' } }] };
    expect(tablesOf(us)).toMatchObject({ arns: [TABLE_ARN], gaps: ['aws_dynamodb_table.us'] });
    const prior = { ...ENVIRONMENT, 'data.aws_caller_identity.us': { account_id: '999999999999' } };
    expect(tablesOf(us, prior).arns).toEqual([TABLE_ARN, US_ARN.replace(ACCOUNT, '999999999999')]);
  });
});

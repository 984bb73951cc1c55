import { bucketResourcePolicy, type PolicyStatement } from '../../../../lib/policy';
import type { PlannedChange } from '../../../../lib/review/estate/estate';
import { vanishedPolicyGuards, vanishedSettings } from '../../../../lib/review/judgement/guards';
import {
  ADMISSION,
  bucket,
  BUCKET,
  change,
  DESIGN,
  estate,
  KEY,
  known,
  less,
  role,
  ROLE,
  statements,
  table,
} from '../../../support/estates';

const ADDRESS = 'aws_iam_role.tenant';

describe('a setting that protects', () => {
  const SETTINGS: readonly [type: string, safe: object, unsafe: object, guard: string][] = [
    ['aws_dynamodb_table', { deletion_protection_enabled: true }, { deletion_protection_enabled: false }, 'deletion protection'],
    [
      'aws_dynamodb_table',
      { point_in_time_recovery: [{ enabled: true }] },
      { point_in_time_recovery: [{ enabled: false }] },
      'point-in-time recovery',
    ],
    [
      'aws_dynamodb_table',
      { point_in_time_recovery: [{ enabled: true }] },
      { point_in_time_recovery: [] },
      'point-in-time recovery',
    ],
    [
      'aws_dynamodb_table',
      { server_side_encryption: [{ enabled: true }] },
      { server_side_encryption: null },
      'encryption with a KMS key',
    ],
    [
      'aws_s3_bucket',
      { force_destroy: false },
      { force_destroy: true },
      'a bucket with objects cannot be destroyed (force_destroy)',
    ],
    [
      'aws_s3_bucket_versioning',
      { versioning_configuration: [{ status: 'Enabled' }] },
      { versioning_configuration: [{ status: 'Suspended' }] },
      'versioning',
    ],
    [
      'aws_s3_bucket_ownership_controls',
      { rule: [{ object_ownership: 'BucketOwnerEnforced' }] },
      { rule: [{ object_ownership: 'ObjectWriter' }] },
      'no ACLs (BucketOwnerEnforced)',
    ],
    ...['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].map(
      (name): [string, object, object, string] => ['aws_s3_bucket_public_access_block', { [name]: true }, { [name]: false }, name],
    ),
    ['aws_kms_key', { enable_key_rotation: true }, { enable_key_rotation: false }, 'key rotation'],
  ];
  const updated = (type: string, before: object, after: object, action: PlannedChange['action'] = 'update') =>
    vanishedSettings([change({ address: `${type}.x`, action, before: { ...before }, after: { ...after } })]);

  it.each(SETTINGS)('is missed once it is gone, and only then: %s %j -> %j', (type, safe, unsafe, guard) => {
    expect(updated(type, safe, unsafe)).toEqual([{ address: `${type}.x`, guard }]);
    expect(updated(type, safe, unsafe, 'replace')).toEqual([{ address: `${type}.x`, guard }]);
    expect(updated(type, unsafe, safe)).toEqual([]);
    expect(updated(type, safe, safe)).toEqual([]);
    expect(updated(type, unsafe, unsafe)).toEqual([]);
    expect(updated('aws_sqs_queue', safe, unsafe)).toEqual([]);
  });

  it('fails to be taken for kept where it is known after apply only', () => {
    expect(updated('aws_dynamodb_table', { deletion_protection_enabled: true }, {})).toHaveLength(1);
  });

  it('is not missed of what is new', () => {
    const created = change({ address: 'aws_dynamodb_table.x', action: 'create', after: { deletion_protection_enabled: false } });
    expect(vanishedSettings([created])).toEqual([]);
  });
});

describe('a resource that protects', () => {
  const TYPES = [
    ['aws_s3_bucket_public_access_block', 'public access block'],
    ['aws_s3_bucket_versioning', 'versioning'],
    ['aws_s3_bucket_server_side_encryption_configuration', 'encryption'],
    ['aws_s3_bucket_ownership_controls', 'ownership controls'],
    ['aws_s3_bucket_policy', 'bucket policy'],
    ['aws_dynamodb_resource_policy', 'resource policy of the table'],
  ] as const;

  it.each(TYPES)('is missed once it is destroyed or forgotten: %s', (type, guard) => {
    const gone = (action: PlannedChange['action']) => vanishedSettings([change({ address: `${type}.x`, action, before: {} })]);
    expect(gone('destroy')).toEqual([{ address: `${type}.x`, guard }]);
    expect(gone('forget')).toEqual([{ address: `${type}.x`, guard: `${guard} (no longer managed)` }]);
    for (const action of ['create', 'update', 'replace', 'no-op', 'read'] as const) expect(gone(action)).toEqual([]);
  });

  it('is no other', () => {
    const gone = [
      change({ address: 'aws_s3_bucket.x', action: 'destroy' }),
      change({ address: 'aws_sns_topic.x', action: 'forget' }),
    ];
    expect(vanishedSettings(gone)).toEqual([]);
  });
});

describe('guards of policies', () => {
  const ofRole = (document: unknown, more: object = {}) =>
    estate({ roles: [role({ identity: [{ name: 'p', document, ...more }] })], tables: [], buckets: [] });
  const vanished = (before: unknown, after: unknown) =>
    vanishedPolicyGuards(ofRole(before), ofRole(after), new Set([ADDRESS])).map(({ address, guard }) => `${address}: ${guard}`);
  const [items] = DESIGN.table.Statement as [PolicyStatement];
  const denial: PolicyStatement = { Sid: 'No', Effect: 'Deny', Action: ['s3:Put*', 's3:Delete*'], Resource: '*' };

  it('are denials', () => {
    expect(vanished(statements(items, denial), statements(items))).toEqual(['p: denial No']);
    expect(vanished(statements(items), statements(items, denial))).toEqual([]);
    expect(vanished(statements(denial), statements({ ...denial, Action: 's3:Put*' }))).toEqual(['p: denial No']);
    expect(vanished(statements({ ...denial, Sid: undefined }), statements(items))).toEqual(['p: denial number 1']);
  });

  it('are conditions of what is allowed, each by itself', () => {
    const { Condition, ...open } = items;
    expect(vanished(statements(items), statements(open))).toEqual([
      'p: condition ForAllValues:StringEquals dynamodb:LeadingKeys of statement TenantItems',
      'p: condition Null dynamodb:LeadingKeys of statement TenantItems',
    ]);
    const { Null, ...rest } = Condition ?? {};
    expect(Null).toBeDefined();
    expect(vanished(statements(items), statements({ ...items, Condition: rest }))).toEqual([
      'p: condition Null dynamodb:LeadingKeys of statement TenantItems',
    ]);
    expect(vanished(statements(open), statements(items))).toEqual([]);
  });

  it('are gone with their values, too', () => {
    const other = { ...items, Condition: { ...items.Condition, Null: { 'dynamodb:LeadingKeys': 'true' } } };
    expect(vanished(statements(items), statements(other))).toHaveLength(1);
  });

  it('are kept by statements in another order, lists in another order, one value for a list of one, and other case', () => {
    expect(vanished(statements(items, denial), statements(denial, items))).toEqual([]);
    const same = {
      Sid: 'No',
      Resource: ['*'],
      Action: ['s3:Delete*', 's3:Put*'],
      Effect: 'Deny',
    } as const;
    expect(vanished(statements(denial), statements(same))).toEqual([]);
    const recast = {
      ...items,
      Condition: {
        null: { 'dynamodb:leadingkeys': 'false' },
        'forallvalues:stringequals': { 'DynamoDB:LeadingKeys': '${aws:PrincipalTag/tenant_id}' },
      },
    };
    expect(vanished(statements(items), statements(recast))).toEqual([]);
  });

  it('are kept by statements without Sid, whatever their number, and by denials under another Sid', () => {
    const [objects, listing] = DESIGN.bucket.Statement.map((each) => ({ ...each, Sid: undefined })) as [
      PolicyStatement,
      PolicyStatement,
    ];
    const bare = { ...items, Sid: undefined };
    expect(vanished(statements(listing, bare), statements(bare, listing))).toEqual([]);
    expect(vanished(statements(objects, bare), statements(bare))).toEqual([]);
    expect(vanished(statements(denial), statements({ ...denial, Sid: 'Other' }))).toEqual([]);
  });

  it('are not missed of a grant that is taken away whole', () => {
    expect(vanished(DESIGN.bucket, less(DESIGN.bucket, 'TenantListing'))).toEqual([]);
  });

  it('are those of trust, of boundaries, of tables, buckets and keys too', () => {
    const all = new Set([ADDRESS]);
    const { Condition, ...open } = ADMISSION;
    expect(Condition).toBeDefined();
    const trust = estate({ roles: [role({ trust: known('aws_iam_role.tenant', statements(open)) })] });
    expect(vanishedPolicyGuards(estate(), trust, all).map(({ guard }) => guard)).toContain(
      'condition StringEquals login.example.com:aud of statement TenantSession',
    );
    const boundary = (document: unknown) => estate({ roles: [role({ boundary: known('b', document) })] });
    expect(vanishedPolicyGuards(boundary(statements(denial)), boundary(statements()), all)).toEqual([
      { address: 'b', guard: 'denial No' },
    ]);
    const data = estate({
      buckets: [bucket({ policy: known('aws_s3_bucket_policy.files', less(DESIGN.bucketLock, 'TlsOnly')) })],
      tables: [table({ policy: known('aws_dynamodb_resource_policy.data', less(DESIGN.tableLock, 'NoTenant1')) })],
    });
    expect(vanishedPolicyGuards(estate(), data, new Set())).toEqual([
      { address: 'aws_dynamodb_resource_policy.data', guard: 'denial NoTenant1' },
      { address: 'aws_s3_bucket_policy.files', guard: 'denial TlsOnly' },
    ]);
    const key = (document: unknown) => estate({ keys: [{ address: 'aws_kms_key.k', arn: KEY, policy: known('k', document) }] });
    expect(vanishedPolicyGuards(key(statements(denial)), key(statements()), new Set())).toEqual([
      { address: 'k', guard: 'denial No' },
    ]);
  });

  it('are those of the roles that are reviewed alone', () => {
    expect(vanishedPolicyGuards(ofRole(statements(denial)), ofRole(statements()), new Set(['aws_iam_role.other']))).toEqual([]);
  });

  it('are a boundary that is taken away, of a role that stays', () => {
    const bounded = estate({ roles: [role({ boundary: known('aws_iam_policy.b', statements()) })] });
    const all = new Set([ADDRESS]);
    expect(vanishedPolicyGuards(bounded, estate(), all)).toEqual([
      { address: ADDRESS, guard: 'permissions boundary aws_iam_policy.b' },
    ]);
    expect(vanishedPolicyGuards(bounded, estate({ roles: [] }), all)).toEqual([]);
    expect(vanishedPolicyGuards(estate(), bounded, all)).toEqual([]);
    expect(vanishedPolicyGuards(bounded, bounded, all)).toEqual([]);
  });

  it('fail to be told of policies that are not known or that are gone', () => {
    const late = estate({ roles: [role({ identity: [{ name: 'p', unknown: 'known after apply' }] })] });
    expect(vanishedPolicyGuards(ofRole(statements(denial)), late, new Set([ADDRESS]))).toEqual([]);
    expect(vanishedPolicyGuards(late, ofRole(statements(denial)), new Set([ADDRESS]))).toEqual([]);
    expect(
      vanishedPolicyGuards(ofRole(statements(denial)), estate({ roles: [role({ identity: [] })] }), new Set([ADDRESS])),
    ).toEqual([]);
  });

  it.each([
    ['before', { sensitive: true }, {}],
    ['after', {}, { sensitive: true }],
  ])('are not named of policies that are sensitive %s', (_, before, after) => {
    const secret = { ...denial, Sid: 'SecretSid', Condition: { Bool: { 'secret:key': 'true' } } };
    const found = vanishedPolicyGuards(ofRole(statements(secret), before), ofRole(statements(), after), new Set([ADDRESS]));
    expect(found).toEqual([{ address: 'p', guard: 'conditions or denials, not shown as they are sensitive' }]);
    expect(JSON.stringify(found)).not.toMatch(/secret:|SecretSid/);
    expect(vanishedPolicyGuards(ofRole(statements(secret), before), ofRole(statements(secret), after), new Set([ADDRESS]))).toEqual(
      [],
    );
  });

  it.each([null, 'text', [], { Statement: [null, 'x', []] }, { Statement: { Effect: 'Allow', Condition: 'x' } }])(
    'fail on no document, which has none: %j',
    (document) => {
      expect(vanished(document, statements())).toEqual([]);
      expect(vanished(statements(), document)).toEqual([]);
    },
  );

  it('are not missed of a lock that is made for one role more', () => {
    const more = bucketResourcePolicy(BUCKET, [{ roleArn: ROLE }, { roleArn: `${ROLE}2` }]);
    const later = estate({ buckets: [bucket({ policy: known('aws_s3_bucket_policy.files', more) })] });
    expect(vanishedPolicyGuards(estate(), later, new Set())).toEqual([]);
    expect(vanishedPolicyGuards(later, estate(), new Set()).map(({ guard }) => guard)).toEqual([
      'denial OtherObjects2',
      'denial BucketItself2',
      'denial OtherListing2',
      'denial NoTenant2',
    ]);
  });
});

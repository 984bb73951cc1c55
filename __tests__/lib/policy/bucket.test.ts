import {
  bucketAccessPolicy,
  bucketLockStatements,
  bucketResourcePolicy,
  OBJECT_ACTIONS,
  tenantObjectPrefix,
} from '../../../lib/policy/bucket';

const BUCKET = 'arn:aws:s3:::app';
const OTHER_BUCKET = 'arn:aws:s3:::archive';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const OWN_OBJECTS = 'tenants/${aws:PrincipalTag/tenant_id}/*';
const ROLE = 'arn:aws:iam::123456789012:role/tenants/app-tenant';
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/admin-tenant';
const CONTEXT = 'kms:EncryptionContext:aws:s3:arn';

function bucketKey(bucketKeyEnabled: boolean) {
  return { bucketArn: BUCKET, kms: { keyArn: KEY, region: 'eu-central-1', bucketKeyEnabled } };
}

describe('tenantObjectPrefix', () => {
  it.each([
    { tenant: undefined, prefix: 'tenants/${aws:PrincipalTag/tenant_id}/' },
    { tenant: { kind: 'session-tag', tagKey: 'org' }, prefix: 'tenants/${aws:PrincipalTag/org}/' },
    {
      tenant: { kind: 'custom-claim', issuer: 'login.example.com', claim: 'tenant' },
      prefix: 'tenants/${login.example.com:tenant}/',
    },
  ] as const)('is $prefix, with the closing slash', ({ tenant, prefix }) => {
    expect(tenantObjectPrefix(tenant)).toBe(prefix);
  });
});

describe('bucketAccessPolicy', () => {
  it('reaches the objects under the prefix, and lists them by a prefix that must be there', () => {
    expect(bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }] }).Statement).toEqual([
      { Sid: 'TenantObjects', Effect: 'Allow', Action: OBJECT_ACTIONS, Resource: [`${BUCKET}/${OWN_OBJECTS}`] },
      {
        Sid: 'TenantListing',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: [BUCKET],
        Condition: { StringLike: { 's3:prefix': [OWN_OBJECTS] } },
      },
    ]);
  });

  it('grants what an application does with current objects, and nothing else', () => {
    const named = OBJECT_ACTIONS.map((action) => action.replace('s3:', ''));
    expect(named.sort()).toEqual(['AbortMultipartUpload', 'DeleteObject', 'GetObject', 'ListMultipartUploadParts', 'PutObject']);
  });

  it.each(['*', '?', 'ListBucketVersions', 'ListBucketMultipartUploads', 'Acl', 'Policy', 'Version', 'Bypass'])(
    'grants no action with %s',
    (part) => {
      const actions = bucketAccessPolicy({ buckets: [bucketKey(false)] }).Statement.flatMap(({ Action = [] }) => Action);
      expect(actions.filter((action) => action.toLowerCase().includes(part.toLowerCase()))).toEqual([]);
    },
  );

  it.each([true, false])('has no set qualifier, no IfExists and no default value, bucket key %s', (bucketKeyEnabled) => {
    const { Statement } = bucketAccessPolicy({ buckets: [bucketKey(bucketKeyEnabled)] });
    const operators = Statement.flatMap(({ Condition = {} }) => Object.keys(Condition));
    expect(operators.filter((operator) => /^For|IfExists$|Not/.test(operator))).toEqual([]);
    expect(JSON.stringify(Statement)).not.toMatch(/\$\{[^}]*,/);
  });

  it('names all buckets in the same two statements', () => {
    const { Statement } = bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }, { bucketArn: OTHER_BUCKET }] });
    expect(Statement.map(({ Resource }) => Resource)).toEqual([
      [`${BUCKET}/${OWN_OBJECTS}`, `${OTHER_BUCKET}/${OWN_OBJECTS}`],
      [BUCKET, OTHER_BUCKET],
    ]);
  });

  it('ties the KMS key to the prefix of the tenant', () => {
    expect(bucketAccessPolicy({ buckets: [{ bucketArn: OTHER_BUCKET }, bucketKey(false)] }).Statement.slice(2)).toEqual([
      {
        Sid: 'BucketKey1',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: [KEY],
        Condition: {
          StringEquals: { 'kms:ViaService': ['s3.eu-central-1.amazonaws.com'] },
          StringLike: { [CONTEXT]: [`${BUCKET}/${OWN_OBJECTS}`] },
        },
      },
    ]);
  });

  it('ties the KMS key to the bucket where the bucket key is on', () => {
    expect(bucketAccessPolicy({ buckets: [bucketKey(true)] }).Statement[2]?.Condition).toEqual({
      StringEquals: { 'kms:ViaService': ['s3.eu-central-1.amazonaws.com'], [CONTEXT]: [BUCKET] },
    });
  });

  it('follows the tenant claim in objects, listing and key', () => {
    const { Statement } = bucketAccessPolicy({ buckets: [bucketKey(false)], tenant: { kind: 'session-tag', tagKey: 'org' } });
    expect(JSON.stringify(Statement).match(/\$\{[^}]*\}/g)).toEqual(Array(3).fill('${aws:PrincipalTag/org}'));
  });
});

describe('bucketLockStatements', () => {
  const ofRole = { ArnEquals: { 'aws:PrincipalArn': [ROLE] } };
  const denied = { Effect: 'Deny', Principal: '*' };

  it('denies the role what is not under its own prefix', () => {
    expect(bucketLockStatements({ bucketArn: BUCKET, roleArn: ROLE })).toEqual([
      {
        ...denied,
        Sid: 'OtherObjects1',
        Action: ['s3:*'],
        NotResource: [BUCKET, `${BUCKET}/${OWN_OBJECTS}`],
        Condition: ofRole,
      },
      { ...denied, Sid: 'BucketItself1', NotAction: ['s3:ListBucket'], Resource: [BUCKET], Condition: ofRole },
      {
        ...denied,
        Sid: 'OtherListing1',
        Action: ['s3:ListBucket'],
        Resource: [BUCKET],
        Condition: { ...ofRole, StringNotLike: { 's3:prefix': [OWN_OBJECTS] } },
      },
      {
        ...denied,
        Sid: 'NoTenant1',
        Action: ['s3:*'],
        Resource: [BUCKET, `${BUCKET}/*`],
        Condition: { ...ofRole, Null: { 'aws:PrincipalTag/tenant_id': ['true'] } },
      },
    ]);
  });

  it.each([
    { tenant: { kind: 'session-tag', tagKey: 'org' }, key: 'aws:PrincipalTag/org' },
    { tenant: { kind: 'custom-claim', issuer: 'login.example.com', claim: 'sub' }, key: 'login.example.com:sub' },
  ] as const)('follows the tenant claim $key in objects, listing and the key that must be there', ({ tenant, key }) => {
    const statements = bucketLockStatements({ bucketArn: BUCKET, roleArn: ROLE, tenant });
    expect(JSON.stringify(statements).match(/\$\{[^}]*\}/g)).toEqual(Array(2).fill(`\${${key}}`));
    expect(statements[3]?.Condition?.['Null']).toEqual({ [key]: ['true'] });
  });

  it('has no IfExists and no default value, which would let a session without a tenant in', () => {
    const statements = bucketLockStatements({ bucketArn: BUCKET, roleArn: ROLE });
    const operators = statements.flatMap(({ Condition = {} }) => Object.keys(Condition));
    expect(operators.filter((operator) => /^For|IfExists$/.test(operator))).toEqual([]);
    expect(JSON.stringify(statements)).not.toMatch(/\$\{[^}]*,/);
  });
});

describe('bucketResourcePolicy', () => {
  const tlsOnly = {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:*'],
    Resource: [BUCKET, `${BUCKET}/*`],
    Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
  };

  it('denies everybody the bucket and its objects without TLS', () => {
    expect(bucketResourcePolicy(BUCKET)).toEqual({ Version: '2012-10-17', Statement: [tlsOnly] });
  });

  it('holds the locks of all roles after that, each Sid once', () => {
    const { Statement } = bucketResourcePolicy(BUCKET, [{ roleArn: ROLE }, { roleArn: OTHER_ROLE }]);
    expect(Statement).toEqual([
      tlsOnly,
      ...bucketLockStatements({ bucketArn: BUCKET, roleArn: ROLE }),
      ...bucketLockStatements({ bucketArn: BUCKET, roleArn: OTHER_ROLE }, 2),
    ]);
    expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(9);
  });
});

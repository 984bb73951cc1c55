import { bucketAccessPolicy, bucketResourcePolicy, OBJECT_ACTIONS, tenantObjectPrefix } from '../../../lib/policy/bucket';

const BUCKET = 'arn:aws:s3:::app';
const OTHER_BUCKET = 'arn:aws:s3:::archive';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const OWN_OBJECTS = 'tenants/${aws:PrincipalTag/tenant_id}/*';
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

describe('bucketResourcePolicy', () => {
  it('denies everybody the bucket and its objects without TLS', () => {
    expect(bucketResourcePolicy(BUCKET)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:*'],
          Resource: [BUCKET, `${BUCKET}/*`],
          Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
        },
      ],
    });
  });
});

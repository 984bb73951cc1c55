import { OBJECT_ROOT, type Permission } from 'multi-tenant-data-access/tenancy';
import { type PolicyDocument, policyDocument, type PolicyStatement, unique } from './document';
import { denyRole, type RoleLock } from './role-lock';
import { DEFAULT_TENANT_CLAIM, type TenantClaim, tenantConditionKey, tenantVariable } from './tenant-claim';
import { bothConditions, permissionCondition, type TenantPermissions } from './tenant-permissions';

/** Operations on current objects under the tenant's prefix. Old versions, ACLs, tags and retention are not among them. */
export const OBJECT_ACTIONS = [
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:GetObject',
  's3:ListMultipartUploadParts',
  's3:PutObject',
] as const;

/** The same by what a session needs for them, where permissions count. To write over an object is to write. */
const OBJECT_PERMISSIONS: readonly {
  readonly Sid: string;
  readonly needs: readonly Permission[];
  readonly Action: readonly (typeof OBJECT_ACTIONS)[number][];
}[] = [
  { Sid: 'TenantObjectsRead', needs: ['bucket:read'], Action: ['s3:GetObject'] },
  {
    Sid: 'TenantObjectsWrite',
    needs: ['bucket:write'],
    Action: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'],
  },
  { Sid: 'TenantObjectsDelete', needs: ['bucket:delete'], Action: ['s3:DeleteObject'] },
];

/** A bucket that sessions may reach. */
export interface BucketGrant {
  readonly bucketArn: string;
  /** The customer managed key of the bucket, if it has one, with the key's region. */
  readonly kms?: {
    readonly keyArn: string;
    readonly region: string;
    /** Whether the S3 Bucket Key is on: then the encryption context names the bucket, and the key no longer tells tenants apart. */
    readonly bucketKeyEnabled: boolean;
  };
}

/** Input of `bucketAccessPolicy`. */
export interface BucketAccessPolicyInput {
  /** At least one bucket. */
  readonly buckets: readonly BucketGrant[];
  /** @default - session tag `tenant_id` */
  readonly tenant?: TenantClaim;
  /**
   * Roles and permissions that sessions must hold.
   *
   * @default - every session of the tenant may read, write and delete
   */
  readonly permissions?: TenantPermissions;
}

/** Where the session's tenant keeps its objects, with the closing slash, without which tenant `a` would read those of `ab`. */
export function tenantObjectPrefix(tenant: TenantClaim = DEFAULT_TENANT_CLAIM): string {
  return `${OBJECT_ROOT}/${tenantVariable(tenant)}/`;
}

/**
 * What a session may do in the buckets: read, write, delete and list the objects under its tenant's prefix.
 *
 * `s3:prefix` is compared with `StringLike`, which a missing prefix does not match. ListBucketMultipartUploads and
 * ListBucketVersions are not granted: the first cannot be limited to a prefix, the second shows what was deleted.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html
 */
export function bucketAccessPolicy(input: BucketAccessPolicyInput): PolicyDocument {
  const { buckets, tenant = DEFAULT_TENANT_CLAIM, permissions } = input;
  const ownObjects = `${tenantObjectPrefix(tenant)}*`;
  const bucketArns = unique(buckets.map(({ bucketArn }) => bucketArn));
  const objects = { Effect: 'Allow', Resource: bucketArns.map((bucketArn) => `${bucketArn}/${ownObjects}`) } as const;
  const statements: PolicyStatement[] =
    permissions === undefined
      ? [{ Sid: 'TenantObjects', ...objects, Action: OBJECT_ACTIONS }]
      : OBJECT_PERMISSIONS.map(({ Sid, needs, Action }) => ({
          Sid,
          ...objects,
          Action,
          Condition: permissionCondition(permissions, needs),
        }));
  const inPrefix = { StringLike: { 's3:prefix': [ownObjects] } };
  return policyDocument(
    ...statements,
    {
      Sid: 'TenantListing',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: bucketArns,
      Condition: permissions === undefined ? inPrefix : bothConditions(inPrefix, permissionCondition(permissions, ['bucket:read'])),
    },
    ...keysOf(buckets).map((key, index) => bucketKeyStatement(key, index, ownObjects)),
  );
}

type BucketKey = NonNullable<BucketGrant['kms']> & Pick<BucketGrant, 'bucketArn'>;

function keysOf(buckets: readonly BucketGrant[]): BucketKey[] {
  const keys = buckets.flatMap(({ bucketArn, kms }) => (kms === undefined ? [] : [{ bucketArn, ...kms }]));
  return [...new Map(keys.map((key) => [`${key.bucketArn} ${key.keyArn} ${String(key.bucketKeyEnabled)}`, key])).values()];
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function bucketKeyStatement(
  { bucketArn, keyArn, region, bucketKeyEnabled }: BucketKey,
  index: number,
  ownObjects: string,
): PolicyStatement {
  const context = 'kms:EncryptionContext:aws:s3:arn';
  const viaS3 = { 'kms:ViaService': [`s3.${region}.amazonaws.com`] };
  return {
    Sid: `BucketKey${index + 1}`,
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: [keyArn],
    Condition: bucketKeyEnabled
      ? { StringEquals: { ...viaS3, [context]: [bucketArn] } }
      : { StringEquals: viaS3, StringLike: { [context]: [`${bucketArn}/${ownObjects}`] } },
  };
}

/** A bucket, and the tenant role that its policy locks. */
export interface BucketLock extends RoleLock {
  readonly bucketArn: string;
}

/**
 * The second lock of a bucket: what its policy denies a tenant role, so that a later grant on the role by mistake opens nothing of
 * other tenants. What the role needs under its own prefix, parts of uploads included, is not touched.
 *
 * @param number tells the statements of several roles in one policy apart.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 */
export function bucketLockStatements(lock: BucketLock, number = 1): PolicyStatement[] {
  const { bucketArn, tenant = DEFAULT_TENANT_CLAIM } = lock;
  const ownObjects = `${tenantObjectPrefix(tenant)}*`;
  return [
    denyRole(lock, `OtherObjects${number}`, { Action: ['s3:*'], NotResource: [bucketArn, `${bucketArn}/${ownObjects}`] }),
    denyRole(lock, `BucketItself${number}`, { NotAction: ['s3:ListBucket'], Resource: [bucketArn] }),
    denyRole(lock, `OtherListing${number}`, {
      Action: ['s3:ListBucket'],
      Resource: [bucketArn],
      // Negated, so it holds for a listing without a prefix too.
      Condition: { StringNotLike: { 's3:prefix': [ownObjects] } },
    }),
    // A variable without a value may make the statements above invalid, so they are not relied on for a session without a tenant:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    denyRole(lock, `NoTenant${number}`, {
      Action: ['s3:*'],
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Null: { [tenantConditionKey(tenant)]: ['true'] } },
    }),
  ];
}

/**
 * The policy on the bucket itself: nobody reaches it without TLS, and no tenant role past its own tenant.
 *
 * @param locks the tenant roles, each once.
 */
export function bucketResourcePolicy(bucketArn: string, locks: readonly RoleLock[] = []): PolicyDocument {
  return policyDocument(
    {
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
    },
    ...locks.flatMap((lock, index) => bucketLockStatements({ ...lock, bucketArn }, index + 1)),
  );
}

import type { ContextEntries } from '../../isolation';

const GRANTS = [
  's3:x-amz-acl',
  's3:x-amz-grant-full-control',
  's3:x-amz-grant-read',
  's3:x-amz-grant-read-acp',
  's3:x-amz-grant-write',
  's3:x-amz-grant-write-acp',
];
const LISTING = ['s3:delimiter', 's3:max-keys', 's3:prefix'];
const RETENTION = ['s3:object-lock-mode', 's3:object-lock-retain-until-date'];
const LEGAL_HOLD = ['s3:object-lock-legal-hold'];
const REQUEST_TAGS = ['s3:RequestObjectTagKeys'];
const ANNOTATION_LISTING = ['s3:annotation-prefix', 's3:max-annotation-results'];
const VERSION = 's3:versionid';

/** Keys that are named as the header they come from, those of object lock without `x-amz-`. */
export const HEADER_KEYS: readonly string[] = [
  ...GRANTS,
  ...RETENTION,
  ...LEGAL_HOLD,
  's3:if-match',
  's3:if-none-match',
  's3:x-amz-metadata-directive',
  's3:x-amz-object-if-match',
  's3:x-amz-object-ownership',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-server-side-encryption-customer-algorithm',
  's3:x-amz-storage-class',
  's3:x-amz-website-redirect-location',
];

/** Keys that are named as a query parameter. */
export const QUERY_KEYS: readonly string[] = [...LISTING, ...ANNOTATION_LISTING];

/** The keys that S3 fills for an action, as the service authorization reference has them. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  CreateBucket: [...GRANTS, 's3:locationconstraint', 's3:x-amz-object-ownership'],
  DeleteObject: ['s3:if-match'],
  DeleteObjectAnnotation: ['s3:x-amz-object-if-match'],
  DeleteObjectVersionAnnotation: ['s3:x-amz-object-if-match'],
  ListBucket: LISTING,
  ListBucketVersions: LISTING,
  ListObjectAnnotations: ANNOTATION_LISTING,
  ListObjectVersionAnnotations: ANNOTATION_LISTING,
  PutBucketAcl: GRANTS,
  PutObject: [
    ...HEADER_KEYS.filter((key) => !['s3:x-amz-object-if-match', 's3:x-amz-object-ownership'].includes(key)),
    's3:ObjectCreationOperation',
    's3:x-amz-copy-source',
    ...REQUEST_TAGS,
  ],
  PutObjectAcl: [...GRANTS, 's3:x-amz-storage-class'],
  PutObjectVersionAcl: [...GRANTS, 's3:x-amz-storage-class'],
  PutObjectAnnotation: ['s3:x-amz-object-if-match'],
  PutObjectVersionAnnotation: ['s3:x-amz-object-if-match'],
  PutObjectLegalHold: LEGAL_HOLD,
  PutObjectRetention: RETENTION,
  PutObjectTagging: REQUEST_TAGS,
  PutObjectVersionTagging: REQUEST_TAGS,
};

/**
 * All keys whose absence is known: a request to a bucket by its name has no access point, and what is not understood was refused.
 * Left out, so that a condition on them stays undecided: tags of the object (`s3:ExistingObjectTag`) and of the bucket, tags of the
 * request that it does not have, the days left to a retention, and how the request was signed.
 */
const ABSENT: ContextEntries = Object.fromEntries(
  [
    ...HEADER_KEYS,
    ...QUERY_KEYS,
    ...REQUEST_TAGS,
    VERSION,
    's3:ObjectCreationOperation',
    's3:locationconstraint',
    's3:x-amz-copy-source',
    's3:x-amz-object-annotation-directive',
    's3:x-amz-bucket-namespace',
    's3:object-lock-event-hold',
    's3:object-lock-event-hold-duration-days',
    's3:AccessPointNetworkOrigin',
    's3:DataAccessPointAccount',
    's3:DataAccessPointArn',
    's3:AccessGrantsInstanceArn',
  ].map((key) => [key, undefined]),
);

/**
 * Of what a request says the part that S3 tells IAM for this action, with the account of the bucket. It is frozen, and the same object for
 * requests that say the same, so that whoever asks IAM need not read all the absent keys each time.
 */
export function contextOf(action: string, facts: ContextEntries, account: string): ContextEntries {
  const keys = KEYS[action] ?? [];
  const told = Object.entries(facts).filter(([key, value]) => value !== undefined && isTold(key, action, keys));
  const id = JSON.stringify([action, account, told]);
  const known = CONTEXTS.get(id);
  if (known !== undefined) return known;
  const context = Object.freeze({ ...ABSENT, ...Object.fromEntries(told), 's3:ResourceAccount': account });
  if (CONTEXTS.size >= MOST_CONTEXTS) CONTEXTS.clear();
  CONTEXTS.set(id, context);
  return context;
}

const CONTEXTS = new Map<string, ContextEntries>();
const MOST_CONTEXTS = 500;

function isTold(key: string, action: string, keys: readonly string[]): boolean {
  if (key === VERSION) return action.includes('Version');
  return keys.includes(key) || (key.startsWith(REQUEST_TAG) && keys.includes('s3:RequestObjectTagKeys'));
}

/** With the tag's key behind it. */
export const REQUEST_TAG = 's3:RequestObjectTag/';

import type { OperationRow, OperationRows } from './operation-row';

/**
 * Settings of a bucket: the query parameter that selects them, their name in operations and what their IAM actions are called by.
 * Removing them mostly needs the action that puts them.
 */
const SETTINGS: readonly (readonly [parameter: string, name: string, action: string, methods: string])[] = [
  ['abac', 'BucketAbac', 'BucketAbac', 'GET PUT'],
  ['accelerate', 'BucketAccelerateConfiguration', 'AccelerateConfiguration', 'GET PUT'],
  ['acl', 'BucketAcl', 'BucketAcl', 'GET PUT'],
  ['cors', 'BucketCors', 'BucketCORS', 'GET PUT DELETE'],
  ['encryption', 'BucketEncryption', 'EncryptionConfiguration', 'GET PUT DELETE'],
  ['lifecycle', 'BucketLifecycleConfiguration', 'LifecycleConfiguration', 'GET PUT'],
  ['location', 'BucketLocation', 'BucketLocation', 'GET'],
  ['logging', 'BucketLogging', 'BucketLogging', 'GET PUT'],
  ['notification', 'BucketNotificationConfiguration', 'BucketNotification', 'GET PUT'],
  ['object-lock', 'ObjectLockConfiguration', 'BucketObjectLockConfiguration', 'GET PUT'],
  ['ownershipControls', 'BucketOwnershipControls', 'BucketOwnershipControls', 'GET PUT DELETE'],
  ['policy', 'BucketPolicy', 'BucketPolicy', 'GET PUT'],
  ['policyStatus', 'BucketPolicyStatus', 'BucketPolicyStatus', 'GET'],
  ['publicAccessBlock', 'PublicAccessBlock', 'BucketPublicAccessBlock', 'GET PUT DELETE'],
  // To put it, the caller must also be allowed to pass on the role in its body, which is not modelled.
  ['replication', 'BucketReplication', 'ReplicationConfiguration', 'GET DELETE'],
  ['requestPayment', 'BucketRequestPayment', 'BucketRequestPayment', 'GET PUT'],
  ['tagging', 'BucketTagging', 'BucketTagging', 'GET PUT DELETE'],
  ['versioning', 'BucketVersioning', 'BucketVersioning', 'GET PUT'],
  ['website', 'BucketWebsite', 'BucketWebsite', 'GET PUT'],
];

/** Settings of which a bucket has several, each with an id; without it they are listed. */
const NUMBERED_SETTINGS: readonly (readonly [parameter: string, name: string, action: string])[] = [
  ['analytics', 'BucketAnalyticsConfiguration', 'AnalyticsConfiguration'],
  ['intelligent-tiering', 'BucketIntelligentTieringConfiguration', 'IntelligentTieringConfiguration'],
  ['inventory', 'BucketInventoryConfiguration', 'InventoryConfiguration'],
  ['metrics', 'BucketMetricsConfiguration', 'MetricsConfiguration'],
];

const LISTING = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export const BUCKET_OPERATIONS: OperationRows = {
  ...Object.fromEntries(SETTINGS.flatMap(([parameter, name, action, methods]) => settings(parameter, name, action, methods))),
  ...Object.fromEntries(
    NUMBERED_SETTINGS.flatMap(([parameter, name, action]): [string, OperationRow][] => [
      ...settings(parameter, name, action, 'PUT DELETE', ['id']),
      [`GET ${parameter} id`, { name: `Get${name}`, actions: [`Get${action}`], parameters: ['id'] }],
      [`GET ${parameter}`, { name: `List${name}s`, actions: [`Get${action}`], parameters: ['continuation-token'] }],
    ]),
  ),
  'DELETE lifecycle': { name: 'DeleteBucketLifecycle', actions: ['PutLifecycleConfiguration'] },
  'DELETE policy': { name: 'DeleteBucketPolicy', actions: ['DeleteBucketPolicy'] },
  'DELETE website': { name: 'DeleteBucketWebsite', actions: ['DeleteBucketWebsite'] },
  'GET metadataConfiguration': metadata('Get', ''),
  'DELETE metadataConfiguration': metadata('Delete', ''),
  'GET metadataTable': metadata('Get', 'Table'),
  'DELETE metadataTable': metadata('Delete', 'Table'),
  GET: { name: 'ListObjects', actions: ['ListBucket'], parameters: [...LISTING, 'marker'] },
  'GET list-type': {
    name: 'ListObjectsV2',
    actions: ['ListBucket'],
    parameters: [...LISTING, 'continuation-token', 'fetch-owner', 'start-after'],
  },
  'GET versions': {
    name: 'ListObjectVersions',
    actions: ['ListBucketVersions'],
    parameters: [...LISTING, 'key-marker', 'version-id-marker'],
  },
  'GET uploads': {
    name: 'ListMultipartUploads',
    actions: ['ListBucketMultipartUploads'],
    parameters: ['prefix', 'delimiter', 'max-uploads', 'key-marker', 'upload-id-marker', 'encoding-type'],
  },
  HEAD: { name: 'HeadBucket', actions: ['ListBucket'] },
  PUT: { name: 'CreateBucket', actions: ['CreateBucket'] },
  DELETE: { name: 'DeleteBucket', actions: ['DeleteBucket'] },
  // Asked for object by object: see `deletionsOf`.
  'POST delete': { name: 'DeleteObjects', actions: [] },
  // Of directory buckets, which have actions of another service.
  'GET session': { name: 'CreateSession', actions: [] },
};

export const SERVICE_OPERATIONS: OperationRows = {
  GET: {
    name: 'ListBuckets',
    actions: ['ListAllMyBuckets'],
    parameters: ['prefix', 'max-buckets', 'continuation-token', 'bucket-region'],
  },
};

function settings(
  parameter: string,
  name: string,
  action: string,
  methods: string,
  parameters: readonly string[] = [],
): [string, OperationRow][] {
  return methods.split(' ').map((method) => {
    const actions = [`${method === 'GET' ? 'Get' : 'Put'}${action}`];
    const verb = method === 'GET' ? 'Get' : method === 'PUT' ? 'Put' : 'Delete';
    return [`${method} ${parameter}`, { name: verb + name, actions, parameters }];
  });
}

function metadata(verb: 'Get' | 'Delete', table: 'Table' | ''): OperationRow {
  return { name: `${verb}BucketMetadata${table}Configuration`, actions: [`${verb}BucketMetadataTableConfiguration`] };
}

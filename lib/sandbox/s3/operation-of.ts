import { BUCKET_OPERATIONS, SERVICE_OPERATIONS } from './bucket-operations';
import { OBJECT_OPERATIONS } from './object-operations';
import type { OperationRow } from './operation-row';
import type { S3Request } from './s3-request';

/** Query parameters that select an operation. */
const SELECTORS = new Set(
  [BUCKET_OPERATIONS, OBJECT_OPERATIONS].flatMap((rows) =>
    Object.keys(rows)
      .map((key) => key.split(' ')[1] ?? '')
      .filter((selector) => selector !== 'copy' && selector !== ''),
  ),
);

const WRITES = ['PutObject', 'CopyObject', 'CreateMultipartUpload'];
const NOWHERE: readonly string[] = [];

/** Headers that ask for something more than the operation does, by their beginning, and the operations where that is modelled. */
const DEMANDS: readonly (readonly [header: string, operations: readonly string[]])[] = [
  ['x-amz-acl', [...WRITES, 'PutObjectAcl', 'PutBucketAcl', 'CreateBucket']],
  ['x-amz-grant-', [...WRITES, 'PutObjectAcl', 'PutBucketAcl', 'CreateBucket']],
  ['x-amz-tagging', WRITES],
  ['x-amz-copy-source', ['CopyObject', 'UploadPartCopy']],
  ['x-amz-metadata-directive', ['CopyObject']],
  ['x-amz-object-lock-event-hold', NOWHERE],
  ['x-amz-object-lock-', WRITES],
  ['x-amz-bypass-governance-retention', ['DeleteObject', 'DeleteObjects', 'PutObjectRetention']],
  ['x-amz-object-ownership', ['CreateBucket']],
  ['x-amz-bucket-object-lock-enabled', ['CreateBucket']],
  ['x-amz-bucket-namespace', NOWHERE],
  ['x-amz-object-annotation-directive', NOWHERE],
  ['x-amz-rename-source', NOWHERE],
  ['x-amz-write-offset-bytes', NOWHERE],
  ['x-amz-create-session-mode', NOWHERE],
  ['x-amz-s3session-token', NOWHERE],
  // Some servers take it for an order to unpack the body into many objects; of S3 only those of a Snow device do.
  ['x-amz-meta-snowball-auto-extract', NOWHERE],
  // Of S3 Control, which has the same name in signatures.
  ['x-amz-account-id', NOWHERE],
];

/**
 * The operation that a request is; none for one that is not known, that two parameters contend for, or that says more than the operation
 * takes. Names of parameters are compared with case.
 */
export function operationOf(s3: S3Request): OperationRow | undefined {
  const { bucket, key, query, method } = s3;
  if (s3.ambiguous || bucket?.endsWith('--x-s3') === true) return undefined;
  const selectors = [...query.keys()].filter((name) => SELECTORS.has(name));
  const rows = bucket === undefined ? SERVICE_OPERATIONS : key === undefined ? BUCKET_OPERATIONS : OBJECT_OPERATIONS;
  const selected = [method, ...selectors].join(' ');
  const narrowing = NARROWING.find((name) => query.has(name) && Object.hasOwn(rows, `${selected} ${name}`));
  const copies = key !== undefined && 'x-amz-copy-source' in s3.headers && Object.hasOwn(rows, `${selected} copy`);
  const name = [selected, ...(narrowing === undefined ? [] : [narrowing]), ...(copies ? ['copy'] : [])].join(' ');
  const found = Object.hasOwn(rows, name) ? rows[name] : undefined;
  return found !== undefined && isWhole(found, s3, selectors) ? found : undefined;
}

/** Query parameters that make of a listing the reading of one thing. */
const NARROWING = ['annotationName', 'id'];

/** Whether it says nothing but what the operation takes, and nothing that is empty where that has another meaning. */
function isWhole({ name, parameters = [] }: OperationRow, { query, headers }: S3Request, selectors: readonly string[]): boolean {
  if (query.get('versionId') === '' || query.get('uploadId') === '') return false;
  if (name === 'ListObjectsV2' && query.get('list-type') !== '2') return false;
  if (name.startsWith('UploadPart') && !query.has('partNumber')) return false;
  if (query.get('x-id') === 'ListDirectoryBuckets') return false;
  const taken = new Set([...parameters, ...selectors, 'x-id']);
  return (
    [...query.keys()].every((parameter) => taken.has(parameter)) &&
    Object.keys(headers).every((header) => {
      const demand = DEMANDS.find(([beginning]) => header.startsWith(beginning));
      return demand === undefined || demand[1].includes(name);
    })
  );
}

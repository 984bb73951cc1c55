import type { Permission, Place } from '../operation';
import { contextOf } from './condition-keys';
import type { S3Operation } from './s3-operation';

/** Operations that tell whether an object is there, by what they answer of one that is not. */
const TELLING = new Set(
  [
    ['GetObject', 'HeadObject', 'GetObjectAttributes', 'GetObjectAcl', 'GetObjectTagging', 'GetObjectRetention'],
    ['GetObjectLegalHold', 'GetObjectTorrent', 'GetObjectAnnotation', 'ListObjectAnnotations', 'SelectObjectContent'],
    ['CopyObject', 'UploadPartCopy'],
  ]
    .flat()
    .map((name) => `s3:${name}`),
);

/**
 * What a caller must be allowed, beside the operation, to be told that an object does not exist: S3 answers 404 for it to who may list
 * the bucket, and to others 403 as if they might not read it. It is the listing without a prefix.
 *
 * @returns `undefined` for an operation that tells nobody
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function absencePermission(operation: S3Operation, place: Place): Permission | undefined {
  const bucket = operation.source?.bucket ?? operation.bucket;
  if (bucket === undefined || !TELLING.has(operation.name)) return undefined;
  const arn = `arn:${place.partition}:s3:::${bucket}`;
  const context = contextOf('ListBucket', {}, place.account);
  return { action: 's3:ListBucket', resource: arn, owner: arn, context };
}

import { AwsError } from '../../http/aws-error';
import type { AwsAnswer } from '../../http/aws-request';
import { readCopySource } from '../copy-source';
import { invalidArgument } from '../request-facts';
import type { S3Request } from '../s3-request';
import { xmlElement } from '../xml';
import { emptyAnswer, xmlAnswer } from './answers';
import { checkWriteCondition, matches, readCondition } from './conditions';
import type { ObjectBucket } from './object-bucket';
import { objectOf } from './read-object';
import { notImplemented, preconditionFailed } from './refusals';
import { detailsOf, type ObjectDetails, storedObject, type StoredObject } from './stored-object';

export function putObject(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const { key = '', body } = s3;
  checkWriteCondition(bucket.get(key), s3);
  const object = storedObject(body, detailsOf(s3), s3);
  bucket.put(key, object);
  return emptyAnswer(200, { etag: object.etag, ...object.checksums });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copyObject(bucket: ObjectBucket, s3: S3Request, bucketOf: (name: string) => ObjectBucket): AwsAnswer {
  const { key = '' } = s3;
  const [from, isItself] = sourceOf(s3, bucket, bucketOf);
  checkWriteCondition(bucket.get(key), s3);
  const details = detailsOf(s3);
  const replaces = directive(s3, 'x-amz-metadata-directive') === 'REPLACE';
  if (isItself && !replaces) {
    throw new AwsError('InvalidRequest', 'This copy request is illegal because it copies an object to itself without changing it.');
  }
  const headers = replaces ? details.headers : from.headers;
  const object = {
    ...storedObject(from.body, { headers, tags: tagsOf(s3, from, details) }, undefined, from.etag),
    checksums: from.checksums,
  };
  bucket.put(key, object);
  return xmlAnswer(xmlElement('CopyObjectResult', copied(object)));
}

export function deleteObject(bucket: ObjectBucket, { key = '', query, headers }: S3Request): AwsAnswer {
  removeObject(bucket, key, query.get('versionId'), headers['if-match']);
  return emptyAnswer(204);
}

/** What is not there counts as deleted. @throws AwsError `PreconditionFailed`, `InvalidArgument` for a version */
export function removeObject(bucket: ObjectBucket, key: string, versionId = 'null', etag?: string): void {
  if (versionId !== 'null') throw invalidArgument('versionId', versionId);
  const current = bucket.get(key);
  if (etag !== undefined && (current === undefined || !matches(etag, current.etag))) throw preconditionFailed('If-Match');
  bucket.delete(key);
}

/** The object that a copy reads, and whether it is the one that is written. @throws AwsError `NoSuchKey`, `PreconditionFailed`, ... */
export function sourceOf(
  s3: S3Request,
  bucket: ObjectBucket,
  bucketOf: (name: string) => ObjectBucket,
): [object: StoredObject, isItself: boolean] {
  const { bucket: name, key, versionId } = readCopySource(s3.headers['x-amz-copy-source'] ?? '');
  const from = bucketOf(name);
  const object = objectOf(from, key, versionId);
  if (readCondition(object, s3, 'x-amz-copy-source-') === 'not-modified') {
    throw preconditionFailed('x-amz-copy-source-If-None-Match');
  }
  return [object, from === bucket && key === s3.key];
}

/** What is answered of an object or part that was copied. */
export function copied({ lastModified, etag }: Pick<StoredObject, 'lastModified' | 'etag'>) {
  return [xmlElement('LastModified', lastModified.toISOString()), xmlElement('ETag', etag)];
}

function directive({ headers }: S3Request, name: string): 'COPY' | 'REPLACE' | undefined {
  const value = headers[name]?.toUpperCase();
  if (value === undefined || value === 'COPY' || value === 'REPLACE') return value;
  throw invalidArgument(name, value);
}

function tagsOf(s3: S3Request, from: StoredObject, details: ObjectDetails): ObjectDetails['tags'] {
  const given = directive(s3, 'x-amz-tagging-directive');
  if (given === 'REPLACE') return details.tags;
  // S3 would ask whether the caller may read tags; nobody has, as the request did not say that there are any.
  if (given === undefined && from.tags.length > 0) {
    throw notImplemented('The source has tags: say in x-amz-tagging-directive what becomes of them.');
  }
  return from.tags;
}

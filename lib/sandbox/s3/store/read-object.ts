import type { AwsAnswer } from '../../http/aws-request';
import { invalidArgument } from '../request-facts';
import type { S3Request } from '../s3-request';
import { byteRange } from './byte-range';
import { readCondition } from './conditions';
import type { ObjectBucket } from './object-bucket';
import { noSuchKey, notImplemented } from './refusals';
import type { StoredObject } from './stored-object';

/** Headers of an answer that a request may set otherwise, as its query names them. */
const OVERRIDES = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires'];

/** The object that a request names. @throws AwsError `NoSuchKey`, `InvalidArgument` for a version, of which there are none */
export function objectOf(bucket: ObjectBucket, key = '', versionId = 'null'): StoredObject {
  if (versionId !== 'null') throw invalidArgument('versionId', versionId);
  const object = bucket.get(key);
  if (object === undefined) throw noSuchKey(key);
  return object;
}

/** GetObject and HeadObject. @throws AwsError `NoSuchKey`, `PreconditionFailed`, `InvalidRange`, `NotImplemented` */
export function readObject(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const { query, headers, method } = s3;
  const object = objectOf(bucket, s3.key, query.get('versionId'));
  if (query.has('partNumber')) throw notImplemented();
  const about = { etag: object.etag, 'last-modified': object.lastModified.toUTCString() };
  if (readCondition(object, s3) === 'not-modified') return { status: 304, headers: about, body: Buffer.alloc(0) };

  const size = object.body.length;
  const range = byteRange(headers['range'], size);
  const body = range === undefined ? object.body : object.body.subarray(range.first, range.last + 1);
  const overrides = OVERRIDES.flatMap((name) => {
    const value = query.get(`response-${name}`);
    if (value === undefined) return [];
    // Decoded, it may hold what ends a line, or no character of a header at all.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw invalidArgument(`response-${name}`, value);
    return [[name, value] as const];
  });
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...object.headers,
      // Of a part of the object they would be wrong.
      ...(headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === undefined && object.checksums),
      ...Object.fromEntries(overrides),
      ...about,
      'accept-ranges': 'bytes',
      'content-length': `${body.length}`,
      ...(range !== undefined && { 'content-range': `bytes ${range.first}-${range.last}/${size}` }),
      ...(object.tags.length > 0 && { 'x-amz-tagging-count': `${object.tags.length}` }),
    },
    body: method === 'HEAD' ? Buffer.alloc(0) : body,
  };
}

import type { S3Request } from '../s3-request';
import { noSuchKey, notImplemented, preconditionFailed } from './refusals';
import type { StoredObject } from './stored-object';

/**
 * What the conditions of a reading make of it. A match of the ETag outweighs a date.
 *
 * @param prefix of the headers: those of a copy's source have another
 * @throws AwsError `PreconditionFailed`
 * @see https://datatracker.ietf.org/doc/html/rfc9110#section-13.2.2
 */
export function readCondition({ etag, lastModified }: StoredObject, { headers }: S3Request, prefix = ''): 'read' | 'not-modified' {
  const [match, noneMatch] = [headers[`${prefix}if-match`], headers[`${prefix}if-none-match`]];
  const unmodifiedSince = timeOf(headers[`${prefix}if-unmodified-since`]);
  const modifiedSince = timeOf(headers[`${prefix}if-modified-since`]);
  if (match !== undefined && !matches(match, etag)) throw preconditionFailed('If-Match');
  if (match === undefined && unmodifiedSince !== undefined && lastModified.getTime() > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined) return matches(noneMatch, etag) ? 'not-modified' : 'read';
  return modifiedSince !== undefined && lastModified.getTime() <= modifiedSince ? 'not-modified' : 'read';
}

/**
 * @throws AwsError `PreconditionFailed`, `NoSuchKey` if what is to match is not there, `NotImplemented` for what S3 has not either
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteCondition(current: StoredObject | undefined, { headers, key = '' }: S3Request): void {
  const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
  if ((noneMatch !== undefined && noneMatch !== '*') || (match !== undefined && noneMatch !== undefined)) throw notImplemented();
  if (noneMatch !== undefined && current !== undefined) throw preconditionFailed('If-None-Match');
  if (match === undefined) return;
  if (current === undefined) throw noSuchKey(key);
  if (!matches(match, current.etag)) throw preconditionFailed('If-Match');
}

/** Whether an ETag is among those of a header; quotes may be left out. */
export function matches(header: string, etag: string): boolean {
  const unquoted = (text: string) => text.trim().replace(/^W\//, '').replaceAll('"', '');
  return header.trim() === '*' || header.split(',').some((each) => unquoted(each) === unquoted(etag));
}

function timeOf(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? undefined : time;
}

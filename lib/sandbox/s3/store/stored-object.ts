import { createHash } from 'node:crypto';
import { AwsError } from '../../http/aws-error';
import { checksumsOf } from '../checksums';
import { pairsOf, type S3Request } from '../s3-request';
import { notImplemented } from './refusals';

/** An object, never changed but replaced. */
export interface StoredObject {
  readonly body: Buffer;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** What is answered with it: content type, metadata and their like. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: Tags;
  /** By header. */
  readonly checksums: Readonly<Record<string, string>>;
}

export type Tags = readonly (readonly [key: string, value: string])[];

/** What a request says of the object it makes. */
export type ObjectDetails = Pick<StoredObject, 'headers' | 'tags'>;

const KEPT = /^(?:cache-control|content-(?:disposition|language|type)|expires|x-amz-(?:meta-.+|website-redirect-location))$/;
const STORAGE_CLASSES =
  /^(?:STANDARD|REDUCED_REDUNDANCY|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|GLACIER_IR|EXPRESS_ONEZONE)$/;
/** S3's limit for names and values of metadata together, in bytes. */
const MAX_METADATA_BYTES = 2048;
const MAX_TAGS = 10;

export function storedObject(
  body: Buffer,
  { headers, tags }: ObjectDetails,
  request?: S3Request,
  etag = etagOf(body),
): StoredObject {
  return { body, etag, lastModified: now(), headers, tags, checksums: request === undefined ? {} : checksumsOf(request) };
}

/** @throws AwsError `NotImplemented`, `InvalidStorageClass`, `MetadataTooLarge`, `InvalidTag` */
export function detailsOf({ headers }: S3Request): ObjectDetails {
  refuseUnkept(headers);
  const kept = Object.entries(headers).filter(([name]) => KEPT.test(name));
  const metadata = kept.filter(([name]) => name.startsWith('x-amz-meta-'));
  const size = metadata.reduce((sum, [name, value]) => sum + name.length - 'x-amz-meta-'.length + value.length, 0);
  if (size > MAX_METADATA_BYTES) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400, {
      Size: `${size}`,
      MaxSizeAllowed: `${MAX_METADATA_BYTES}`,
    });
  }
  const storageClass = headers['x-amz-storage-class'] ?? 'STANDARD';
  if (!STORAGE_CLASSES.test(storageClass)) {
    throw new AwsError('InvalidStorageClass', 'The storage class you specified is not valid');
  }
  const coding = (headers['content-encoding'] ?? '').split(',').map((each) => each.trim());
  // How the body travelled is no part of the object.
  const encoding = coding.filter((each) => each !== 'aws-chunked' && each !== '').join(',');
  return {
    headers: {
      'content-type': 'binary/octet-stream',
      ...Object.fromEntries(kept),
      ...(encoding !== '' && { 'content-encoding': encoding }),
      ...(storageClass !== 'STANDARD' && { 'x-amz-storage-class': storageClass }),
      ...('x-amz-server-side-encryption' in headers && { 'x-amz-server-side-encryption': 'AES256' }),
    },
    tags: checkTags(pairsOf(headers['x-amz-tagging'] ?? '')),
  };
}

/** @throws AwsError `InvalidTag` */
export function checkTags(tags: Tags): Tags {
  const sound = tags.every(([key, value]) => key !== '' && key.length <= 128 && value.length <= 256);
  if (sound && tags.length <= MAX_TAGS && new Set(tags.map(([key]) => key)).size === tags.length) return tags;
  throw new AwsError(
    'InvalidTag',
    'The tags are not valid: at most 10, of different keys of 1 to 128 and values of up to 256 characters',
  );
}

export function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

/** In HTTP a time has seconds only, and conditions compare what the client was told. */
export function now(): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000);
}

/** What would be promised and not kept is refused. */
function refuseUnkept(headers: Readonly<Record<string, string>>): void {
  const encrypted = headers['x-amz-server-side-encryption'] ?? 'AES256';
  const acl = headers['x-amz-acl'] ?? 'private';
  const unkept = Object.keys(headers).some((name) => /^x-amz-(?:grant-|object-lock-|server-side-encryption-)/.test(name));
  if (unkept || encrypted !== 'AES256' || !['private', 'bucket-owner-full-control'].includes(acl)) throw notImplemented();
}

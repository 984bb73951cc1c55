import { AwsError } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';

/** What a request to S3 says, read once: what is asked of IAM and what a store does both come from it. */
export interface S3Request {
  readonly method: string;
  /** None for what concerns no bucket, as ListBuckets. */
  readonly bucket?: string;
  /** None for what concerns no object. Never empty. */
  readonly key?: string;
  /** Decoded, but for `x-amz-*`, which are among the headers. */
  readonly query: ReadonlyMap<string, string>;
  /** Names in lower case, also of what a presigned URL carries in its query. The host is not among them: it is read. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether something is said twice, so that two readers may understand it differently. */
  readonly ambiguous: boolean;
}

/**
 * Reads a request in path style, or virtual-hosted: `<bucket>.localhost`, `<bucket>.s3.<anything>`. Keys are decoded once and never
 * normalised: `..`, `//` and a slash at the end are part of a key. A `+` is a blank, in the path too, as on S3.
 *
 * @throws AwsError `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function readS3Request(request: AwsRequest): S3Request {
  const { host = '', ...rest } = request.headers;
  const headers: Record<string, string> = rest;
  const query = new Map<string, string>();
  let ambiguous = false;
  for (const [name, value] of pairsOf(request.query)) {
    const header = name.toLowerCase();
    if (header.startsWith('x-amz-')) {
      ambiguous ||= (headers[header] ?? value) !== value;
      headers[header] = value;
    } else {
      ambiguous ||= query.has(name);
      query.set(name, value);
    }
  }
  return { method: request.method, ...addressOf(request.path, host), query, headers, body: request.body, ambiguous };
}

/** The same request in path style, written anew from what was read, so that a server behind has nothing to read differently. */
export function writeS3Request(s3: S3Request, fromLoopback: boolean): AwsRequest {
  const { method, bucket, key, query, headers, body } = s3;
  const object = key === undefined ? '' : `/${encodeKey(key)}`;
  const pairs = [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const known = Object.fromEntries(Object.entries(headers).filter(([name]) => OF_S3.test(name)));
  return { method, path: `/${bucket ?? ''}${object}`, query: pairs.join('&'), headers: known, body, fromLoopback };
}

/**
 * Headers that S3 knows. Others might tell a server behind to do something else than was asked about: to take the request for one of
 * another method, of another host or account, to delete all that begins with a key.
 */
const OF_S3 =
  /^(?:accept(?:-.+)?|access-control-request-.+|cache-control|content-(?:disposition|encoding|language|length|md5|range|type)|expect|expires|from|if-.+|origin|range|referer|user-agent|x-amz-.+)$/;

/** The same with another body, and without what the headers say of the one that came. */
export function withBody<Request extends Pick<S3Request, 'headers' | 'body'>>(request: Request, body: Buffer): Request {
  const kept = Object.entries(request.headers).filter(([name]) => !/^(?:content-md5$|x-amz-(?:sdk-)?checksum-)/.test(name));
  return { ...request, body, headers: { ...Object.fromEntries(kept), 'content-length': `${body.length}` } };
}

/** Percent-encodes all but the slashes and what a URL never changes. */
export function encodeKey(key: string): string {
  return key.split('/').map(encode).join('/');
}

/**
 * Pairs as of a form, `a=1&b=%20`; a name without a value has an empty one.
 *
 * @throws AwsError `InvalidURI` for what is no UTF-8 or wrongly encoded
 */
export function pairsOf(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [decode(name), decode(value.join('='))];
    });
}

/** @throws AwsError `InvalidURI` */
export function decode(encoded: string): string {
  try {
    if (/^[\x20-\x7e]*$/.test(encoded)) return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    // Told below.
  }
  throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
}

/** @throws AwsError `InvalidBucketName` */
export function checkBucketName(name: string): string {
  if (/^(?=.{3,63}$)[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: name });
}

/** @throws AwsError `KeyTooLongError` */
export function checkKey(key: string): string {
  const size = Buffer.byteLength(key);
  if (size <= MAX_KEY_BYTES) return key;
  throw new AwsError('KeyTooLongError', 'Your key is too long', 400, { Size: `${size}`, MaxSizeAllowed: `${MAX_KEY_BYTES}` });
}

/** S3's limit, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function addressOf(path: string, host: string): Pick<S3Request, 'bucket' | 'key'> {
  if (!path.startsWith('/')) throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  const hosted = bucketOfHost(host.toLowerCase());
  if (hosted === undefined && path === '/') return {};
  const [inPath = '', ...segments] = path.slice(1).split('/');
  const bucket = hosted ?? decode(inPath);
  const key = decode(hosted === undefined ? segments.join('/') : path.slice(1));
  return { bucket: checkBucketName(bucket), key: key === '' ? undefined : checkKey(key) };
}

function bucketOfHost(host: string): string | undefined {
  if (/^s3[.-]/.test(host)) return undefined;
  return /^(.+)\.s3\./.exec(host)?.[1] ?? /^(.+)\.localhost(?::\d+)?$/.exec(host)?.[1];
}

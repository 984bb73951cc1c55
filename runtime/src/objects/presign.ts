import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { countOf, type OptionRules, readOptions } from '../call-options';
import { TenantDataAccessError } from '../errors';
import { HEADER, headerInput, OBJECT_HEADERS, type ObjectHeaders } from './object-headers';
import { MAX_PUT_BYTES, NO_OBJECT, type WriteConditions } from './put-object';
import type { TenantBucket } from './tenant-bucket';

/** How long a presigned URL is to work. */
export interface PresignOptions {
  /**
   * Life of the URL in seconds, 1 to 604,800. It never outlives the session's credentials.
   *
   * @default 900
   */
  readonly expiresInSeconds?: number | undefined;
}

/** What a presigned GET answers with. */
export interface PresignGetOptions extends PresignOptions {
  /** @default - the object's own `contentDisposition` */
  readonly responseContentDisposition?: string | undefined;
  /** @default - the object's own `contentType` */
  readonly responseContentType?: string | undefined;
}

/** What a presigned PUT may write. All of it is signed: S3 refuses an upload that differs. */
export interface PresignPutOptions extends PresignOptions, ObjectHeaders, Pick<WriteConditions, 'ifNoneMatch'> {
  /**
   * Bytes of the content, 0 to 5 GiB. Without it the holder of the URL may send any number up to that.
   *
   * @default - any length
   */
  readonly contentLength?: number | undefined;
}

/** A URL that lets its holder do one thing with one object: treat it as a password. */
export interface PresignedUrl {
  readonly url: string;
  /** When it ends. */
  readonly expiration: Date;
  /** Its life from now on. */
  readonly expiresInSeconds: number;
  /** Whether the session's credentials end before the life that was asked for. */
  readonly cappedBySession: boolean;
}

/** A URL to upload with, by `PUT`. */
export interface PresignedPut extends PresignedUrl {
  /** What must be sent with the content, exactly so; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

const DEFAULT_SECONDS = 900;
/** S3's limit. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const MAX_SECONDS = 604_800;

const PRESIGN_OPTIONS: OptionRules<PresignOptions> = { expiresInSeconds: countOf(1, MAX_SECONDS) };
const PRESIGN_GET_OPTIONS: OptionRules<PresignGetOptions> = {
  ...PRESIGN_OPTIONS,
  responseContentDisposition: HEADER,
  responseContentType: HEADER,
};
const PRESIGN_PUT_OPTIONS: OptionRules<PresignPutOptions> = {
  ...PRESIGN_OPTIONS,
  ...OBJECT_HEADERS,
  ifNoneMatch: NO_OBJECT,
  contentLength: countOf(0, MAX_PUT_BYTES),
};

export async function presignGet(bucket: TenantBucket, key: string, given: PresignGetOptions | undefined): Promise<PresignedUrl> {
  const options = readOptions(given, PRESIGN_GET_OPTIONS);
  const command = new GetObjectCommand({
    ...bucket.address(key),
    ResponseContentDisposition: options.responseContentDisposition,
    ResponseContentType: options.responseContentType,
  });
  return presign(bucket, key, options, (client, life) => getSignedUrl(client, command, life));
}

export async function presignPut(bucket: TenantBucket, key: string, given: PresignPutOptions | undefined): Promise<PresignedPut> {
  const options = readOptions(given, PRESIGN_PUT_OPTIONS);
  const command = new PutObjectCommand({
    ...bucket.address(key),
    ...headerInput(options),
    IfNoneMatch: options.ifNoneMatch,
    ContentLength: options.contentLength,
  });
  const headers = headersOf(options);
  const names = new Set(Object.keys(headers));
  const url = await presign(bucket, key, options, (client, life) =>
    getSignedUrl(client, command, { ...life, signableHeaders: new Set([...names, 'host']), unhoistableHeaders: names }),
  );
  return { ...url, headers };
}

/** As the command sends them. */
function headersOf(options: PresignPutOptions): Record<string, string> {
  const headers: [name: string, value: string | undefined][] = [
    ['content-type', options.contentType],
    ['cache-control', options.cacheControl],
    ['content-disposition', options.contentDisposition],
    ['content-encoding', options.contentEncoding],
    ['content-length', options.contentLength?.toString()],
    ['if-none-match', options.ifNoneMatch],
    ...Object.entries(options.metadata ?? {}).map(([name, value]): [string, string] => [`x-amz-meta-${name}`, value]),
  ];
  return Object.fromEntries(headers.filter((header): header is [string, string] => header[1] !== undefined));
}

async function presign(
  bucket: TenantBucket,
  key: string,
  { expiresInSeconds: wanted = DEFAULT_SECONDS }: PresignOptions,
  sign: (client: S3Client, life: { signingDate: Date; expiresIn: number }) => Promise<string>,
): Promise<PresignedUrl> {
  // The credentials that sign are those whose end caps the life, whatever is renewed meanwhile.
  const { credentials } = await bucket.signing.grant();
  // A signature's date has whole seconds.
  const signedAt = Math.floor(Date.now() / 1000) * 1000;
  const left = Math.floor((credentials.expiration.getTime() - signedAt) / 1000);
  if (left < 1) {
    throw new TenantDataAccessError(
      'credentials.expired',
      `Could not presign a URL of ${bucket.named(key)}: the session ends at ${credentials.expiration.toISOString()}, open a new one.`,
    );
  }
  const expiresInSeconds = Math.min(wanted, left);
  const url = await bucket.attempt(
    () => `presign a URL of ${bucket.named(key)}`,
    () => sign(bucket.clients.presigningClient(credentials), { signingDate: new Date(signedAt), expiresIn: expiresInSeconds }),
  );
  return { url, expiration: new Date(signedAt + expiresInSeconds * 1000), expiresInSeconds, cappedBySession: left < wanted };
}

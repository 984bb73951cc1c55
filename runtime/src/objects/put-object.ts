import { PassThrough } from 'node:stream';
import { types } from 'node:util';
import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { ABORT_SIGNAL, type Abortable, countOf, oneOf, type OptionRules, readOptions } from '../call-options';
import { invalidRequest, quote } from '../errors';
import { HEADER, headerInput, OBJECT_HEADERS, type ObjectHeaders } from './object-headers';
import { isStream, type ObjectStream, sourceFailure, sourceStream } from './source-stream';
import type { TenantBucket } from './tenant-bucket';

/** When to write. Both fail with `condition.failed`, or with `transaction.conflict` when another write is under way. */
export interface WriteConditions {
  /**
   * `*`: only if there is no object of this key.
   *
   * @default - an object that is there is replaced
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  readonly ifNoneMatch?: '*' | undefined;
  /**
   * Only if the object that is there has this ETag, quotes included. Not together with `ifNoneMatch`.
   *
   * @default - an object that is there is replaced
   */
  readonly ifMatch?: string | undefined;
}

/** How to write an object. */
export interface PutOptions extends ObjectHeaders, WriteConditions, Abortable {
  /**
   * Bytes of the content, needed for a stream: 0 to 5 GiB.
   *
   * @default - the length of the text or bytes
   */
  readonly contentLength?: number | undefined;
}

/** What was written. */
export interface WrittenObject {
  /** Identifies the content, quotes included, as `ifMatch` takes it. */
  readonly etag: string | undefined;
}

/** S3's limit for one request. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** S3 takes no other value when it writes. */
export const NO_OBJECT = oneOf('*');

export const WRITE_CONDITIONS: OptionRules<WriteConditions> = { ifNoneMatch: NO_OBJECT, ifMatch: HEADER };

export const PUT_OPTIONS: OptionRules<PutOptions> = {
  ...OBJECT_HEADERS,
  ...WRITE_CONDITIONS,
  contentLength: countOf(0, MAX_PUT_BYTES),
  abortSignal: ABORT_SIGNAL,
};

/** As the SDK's commands take them. */
export function conditionInput({ ifNoneMatch, ifMatch }: WriteConditions) {
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw invalidRequest("'ifNoneMatch' and 'ifMatch' exclude each other: the object is to be new, or to be the one you read.");
  }
  return { IfNoneMatch: ifNoneMatch, IfMatch: ifMatch };
}

export async function putObject(
  bucket: TenantBucket,
  key: string,
  body: unknown,
  given: PutOptions | undefined,
): Promise<WrittenObject> {
  const options = readOptions(given, PUT_OPTIONS);
  const input = { ...bucket.address(key), ...headerInput(options), ...conditionInput(options) };
  const doing = () => `put ${bucket.named(key)}`;
  if (isStream(body)) return putStream(bucket, input, body, options, doing);

  const content = wholeContent(body, options.contentLength);
  const { abortSignal } = options;
  const command = new PutObjectCommand({ ...input, Body: content });
  const { ETag } = await bucket.attempt(doing, () => bucket.s3Client.send(command, { abortSignal }));
  return { etag: ETag };
}

/** Text as UTF-8, or bytes. @throws TenantDataAccessError `request.invalid` */
export function wholeContent(body: unknown, contentLength: number | undefined): Uint8Array {
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  if (!types.isUint8Array(content)) {
    throw invalidRequest(`The content of an object is a string, a Uint8Array or a stream, given was ${quote(body)}.`);
  }
  if (contentLength !== undefined && contentLength !== content.length) {
    throw invalidRequest(`'contentLength' is ${contentLength}, but the content has ${content.length} bytes: leave it out.`);
  }
  return content;
}

async function putStream(
  bucket: TenantBucket,
  input: PutObjectCommandInput,
  body: ObjectStream,
  { contentLength, abortSignal }: PutOptions,
  doing: () => string,
): Promise<WrittenObject> {
  if (contentLength === undefined) {
    throw invalidRequest("'put' sends a stream in one request, so it needs its 'contentLength': give it, or use 'upload'.");
  }
  const stream = sourceStream(body, { contentLength, abortSignal });
  // What the SDK is given never fails: an error of its body would be handled by nobody, and end the process.
  const sent = stream.pipe(new PassThrough());
  const request = new AbortController();
  const abort = () => {
    request.abort();
  };
  stream.once('error', abort);
  abortSignal?.addEventListener('abort', abort, { once: true });
  const command = new PutObjectCommand({ ...input, Body: sent, ContentLength: contentLength });
  try {
    const { ETag } = await bucket.attempt(doing, async () => {
      try {
        return await bucket.s3Client.send(command, { abortSignal: request.signal });
      } catch (error) {
        throw sourceFailure(stream, error, { abortSignal }, doing());
      }
    });
    return { etag: ETag };
  } finally {
    abortSignal?.removeEventListener('abort', abort);
    stream.destroy();
    sent.destroy();
    // A service that refuses before it has read all would keep the connection.
    abort();
  }
}

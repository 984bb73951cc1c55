import { AbortMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ABORT_SIGNAL, countOf, type OptionRule, type OptionRules, readOptions } from '../call-options';
import { headerInput, OBJECT_HEADERS } from './object-headers';
import { conditionInput, type PutOptions, wholeContent, WRITE_CONDITIONS, type WrittenObject } from './put-object';
import { isStream, sourceFailure, sourceStream } from './source-stream';
import type { TenantBucket } from './tenant-bucket';

/** How far an upload has come. */
export interface UploadProgress {
  readonly loadedBytes: number;
  /** Undefined for a stream without `contentLength`. */
  readonly totalBytes: number | undefined;
}

/** How to upload an object. */
export interface UploadOptions extends PutOptions {
  /**
   * Bytes of the content, up to 10,000 parts: it sets the size of the parts, and a stream that has more or less fails.
   *
   * @default - the length of the text or bytes; of a stream not known
   */
  readonly contentLength?: number | undefined;
  /**
   * Bytes of one part, 5 MiB to 5 GiB. About `concurrency` + 1 of them are in memory.
   *
   * @default - 5 MiB, or a 10,000th of `contentLength` if that is more; so a stream of unknown length may hold 48 GiB
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
   */
  readonly partSizeBytes?: number | undefined;
  /**
   * Parts sent at a time, 1 to 50. They share the sockets of all requests.
   *
   * @default 4
   */
  readonly concurrency?: number | undefined;
  /**
   * Told after each part. What it throws is ignored.
   *
   * @default - nobody is told
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

const MAX_PARTS = 10_000;
const MIN_PART_BYTES = 5 * 1024 ** 2;
const MAX_PART_BYTES = 5 * 1024 ** 3;

const CALLBACK: OptionRule<NonNullable<UploadOptions['onProgress']>> = {
  allowed: 'a function',
  read: (value) => (typeof value === 'function' ? (value as NonNullable<UploadOptions['onProgress']>) : undefined),
};
const UPLOAD_OPTIONS: OptionRules<UploadOptions> = {
  ...OBJECT_HEADERS,
  ...WRITE_CONDITIONS,
  contentLength: countOf(0, MAX_PARTS * MAX_PART_BYTES),
  partSizeBytes: countOf(MIN_PART_BYTES, MAX_PART_BYTES),
  concurrency: countOf(1, 50),
  onProgress: CALLBACK,
  abortSignal: ABORT_SIGNAL,
};

export async function uploadObject(
  bucket: TenantBucket,
  key: string,
  body: unknown,
  given: UploadOptions | undefined,
): Promise<WrittenObject> {
  const options = readOptions(given, UPLOAD_OPTIONS);
  const { abortSignal, concurrency } = options;
  const params = { ...bucket.address(key), ...headerInput(options), ...conditionInput(options) };
  const doing = () => `upload ${bucket.named(key)}`;
  const content = isStream(body) ? undefined : wholeContent(body, options.contentLength);
  const totalBytes = content?.length ?? options.contentLength;
  const partSize = options.partSizeBytes ?? Math.max(MIN_PART_BYTES, Math.ceil((totalBytes ?? 0) / MAX_PARTS));
  const tooLong = [partSize * MAX_PARTS, `it may have ${MAX_PARTS} parts of ${partSize} bytes, raise 'partSizeBytes'`] as const;
  const stream = isStream(body)
    ? sourceStream(body, { contentLength: options.contentLength, most: tooLong, abortSignal })
    : undefined;

  let refused: unknown;
  const upload = new Upload({
    client: uploadClient(bucket.s3Client, abortSignal, (error) => {
      refused ??= error;
      // `Upload` reads on to the end, which may never come.
      stream?.destroy();
    }),
    params: { ...params, Body: stream ?? content },
    partSize,
    ...(concurrency !== undefined && { queueSize: concurrency }),
  });
  upload.on('httpUploadProgress', ({ loaded = 0 }) => {
    try {
      options.onProgress?.({ loadedBytes: loaded, totalBytes });
    } catch {
      // A broken listener is no reason to fail the upload.
    }
  });
  const send = async () => {
    try {
      return await upload.done();
    } catch (error) {
      throw refused ?? (stream === undefined ? error : sourceFailure(stream, error, { abortSignal }, doing()));
    }
  };
  const answer = await bucket.attempt(doing, send).finally(() => stream?.destroy());
  return { etag: 'ETag' in answer ? answer.ETag : undefined };
}

/**
 * The client as `Upload` is to use it: an abort ends the requests under way, but not the removal of the parts that arrived; and when
 * those cannot be removed, that does not hide why the upload failed.
 */
function uploadClient(client: S3Client, abortSignal: AbortSignal | undefined, onFailure: (error: unknown) => void): S3Client {
  const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    if (command instanceof AbortMultipartUploadCommand) return client.send(command).catch(() => undefined);
    try {
      return await client.send(command, { abortSignal });
    } catch (error) {
      onFailure(error);
      throw error;
    }
  };
  return new Proxy(client, { get: (target, name): unknown => (name === 'send' ? send : Reflect.get(target, name)) });
}

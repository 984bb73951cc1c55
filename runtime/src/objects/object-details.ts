import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';

/** What S3 tells of an object beside its content. */
export interface ObjectDetails {
  /** Bytes of the content; of a range those in it. Undefined if the service does not say. */
  readonly contentLength: number | undefined;
  /** Which bytes of how many a range holds: `bytes 0-99/1234`. Undefined for the whole object. */
  readonly contentRange: string | undefined;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  readonly contentDisposition: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Identifies the content, quotes included, as `ifMatch` takes it. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  /** Names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Details out of an answer. Neither the bucket nor the tenant's prefix is in them. */
export function objectDetails(answer: GetObjectCommandOutput | HeadObjectCommandOutput): ObjectDetails {
  return {
    contentLength: answer.ContentLength,
    contentRange: answer.ContentRange,
    contentType: answer.ContentType,
    cacheControl: answer.CacheControl,
    contentDisposition: answer.ContentDisposition,
    contentEncoding: answer.ContentEncoding,
    etag: answer.ETag,
    lastModified: answer.LastModified,
    metadata: answer.Metadata ?? {},
  };
}

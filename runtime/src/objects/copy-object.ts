import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { ABORT_SIGNAL, type Abortable, type OptionRules, readOptions } from '../call-options';
import { headerInput, OBJECT_HEADERS, type ObjectHeaders } from './object-headers';
import { conditionInput, WRITE_CONDITIONS, type WriteConditions, type WrittenObject } from './put-object';
import type { TenantBucket } from './tenant-bucket';

/** How to copy an object. */
export interface CopyOptions extends ObjectHeaders, WriteConditions, Abortable {}

const COPY_OPTIONS: OptionRules<CopyOptions> = { ...OBJECT_HEADERS, ...WRITE_CONDITIONS, abortSignal: ABORT_SIGNAL };

export async function copyObject(
  bucket: TenantBucket,
  from: string,
  to: string,
  options: CopyOptions | undefined,
): Promise<WrittenObject> {
  const checked = readOptions(options, COPY_OPTIONS);
  const { abortSignal } = checked;
  const input = {
    ...bucket.address(to),
    ...headerInput(checked),
    ...conditionInput(checked),
    CopySource: copySource(bucket.bucketName, bucket.address(from).Key),
    MetadataDirective: Object.keys(checked).some((name) => name in OBJECT_HEADERS) ? ('REPLACE' as const) : ('COPY' as const),
  };
  const { CopyObjectResult } = await bucket.attemptRead(
    from,
    () => `copy ${bucket.named(from)} to ${bucket.named(to)}`,
    () => bucket.s3Client.send(new CopyObjectCommand(input), { abortSignal }),
    abortSignal,
  );
  return { etag: CopyObjectResult?.ETag };
}

/**
 * The header `x-amz-copy-source` for a key: S3 decodes it, so all that is not a plain letter is encoded, the `+` too.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function copySource(bucketName: string, key: string): string {
  return `${bucketName}/${key.split('/').map(encode).join('/')}`;
}

function encode(segment: string): string {
  const upper = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(segment).replace(/[!'()*]/g, upper);
}

import { AwsError } from '../http/aws-error';
import { checkBucketName, checkKey, decode, encodeKey } from './s3-request';

/** The object that a copy reads. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/**
 * Reads the header `x-amz-copy-source`: `[/]<bucket>/<key>[?versionId=<id>]`, decoded once, also when the slashes are encoded too.
 * ARNs of access points are refused.
 *
 * @throws AwsError `InvalidArgument`, `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export function readCopySource(header: string): CopySource {
  const [encoded = '', version, ...others] = header.split('?');
  const [, id] = /^versionId=([^&]+)$/.exec(version ?? '') ?? [];
  const [, bucket, key] = /^\/?([^/]*)\/(.+)$/s.exec(decode(encoded)) ?? [];
  if (bucket === undefined || key === undefined || others.length > 0 || (version !== undefined && id === undefined)) {
    const argument = { ArgumentName: 'x-amz-copy-source', ArgumentValue: header };
    throw new AwsError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      400,
      argument,
    );
  }
  return { bucket: checkBucketName(bucket), key: checkKey(key), versionId: id === undefined ? undefined : decode(id) };
}

/** The header anew, so that a server behind reads the same object. */
export function writeCopySource({ bucket, key, versionId }: CopySource): string {
  return `/${bucket}/${encodeKey(key)}${versionId === undefined ? '' : `?versionId=${encodeKey(versionId)}`}`;
}

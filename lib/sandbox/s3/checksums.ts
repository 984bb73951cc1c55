import type { S3Request } from './s3-request';

/** The checksums that a request gives of its body, by header. They were verified when the request was authenticated. */
export function checksumsOf({ headers }: Pick<S3Request, 'headers'>): Readonly<Record<string, string>> {
  const given = Object.entries(headers).filter(([name]) => /^x-amz-checksum-(?:crc32c?|crc64nvme|sha1|sha256)$/.test(name));
  return Object.fromEntries(given);
}

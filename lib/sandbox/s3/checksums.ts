import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../http/aws-error';
import type { S3Request } from './s3-request';

/** Checksums that are verified here, by their header. Of the others S3 knows they are kept, but not looked into. */
const ALGORITHMS: Readonly<Record<string, (body: Buffer) => string>> = {
  'x-amz-checksum-crc32': (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum.toString('base64');
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest('base64'),
};

/** @throws AwsError `BadDigest` if the body is not the one that a header gives a checksum of */
export function checkIntegrity({ headers, body }: Pick<S3Request, 'headers' | 'body'>): void {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [header, sumOf] of Object.entries(ALGORITHMS)) {
    const sum = headers[header];
    if (sum !== undefined && sum !== sumOf(body)) {
      throw new AwsError(
        'BadDigest',
        `The ${header.slice('x-amz-checksum-'.length)} you specified did not match the calculated checksum.`,
      );
    }
  }
}

/** The checksums that a request gives of its body, by header. */
export function checksumsOf({ headers }: Pick<S3Request, 'headers'>): Readonly<Record<string, string>> {
  const given = Object.entries(headers).filter(([name]) => /^x-amz-checksum-(?:crc32c?|crc64nvme|sha1|sha256)$/.test(name));
  return Object.fromEntries(given);
}

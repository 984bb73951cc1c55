import { createHash } from 'node:crypto';
import type { AwsRequest } from '../http/aws-request';
import { crc32, crc32c, crc64nvme } from './cyclic-redundancy';
import { refuseBody } from './refusals';

const digest =
  (algorithm: string) =>
  (data: Buffer): Buffer =>
    createHash(algorithm).update(data).digest();

/** Checksums that are verified here, by the end of `x-amz-checksum-<algorithm>`. */
const ALGORITHMS: ReadonlyMap<string, (data: Buffer) => Buffer> = new Map([
  ['crc32', crc32],
  ['crc32c', crc32c],
  ['crc64nvme', crc64nvme],
  ['md5', digest('md5')],
  ['sha1', digest('sha1')],
  ['sha256', digest('sha256')],
  ['sha512', digest('sha512')],
]);

const PREFIX = 'x-amz-checksum-';
/** Headers that begin alike and hold no checksum. */
const OTHERS: ReadonlySet<string> = new Set(['algorithm', 'mode', 'type'].map((end) => PREFIX + end));

/** Whether a header holds a checksum, known here or not. */
export function isChecksumHeader(name: string): boolean {
  return name.startsWith(PREFIX) && !OTHERS.has(name);
}

/** Whether a header holds a checksum that can be verified. */
export function isKnownChecksum(name: string): boolean {
  return name.startsWith(PREFIX) && ALGORITHMS.has(name.slice(PREFIX.length));
}

/**
 * Compares a body with the checksums that its headers hold, `content-md5` among them.
 *
 * @throws AwsError if one does not match, is malformed or not known, or there are several of the same kind
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function verifyChecksums(headers: AwsRequest['headers'], body: Buffer): void {
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    const given = fromBase64(md5);
    if (given?.length !== 16) throw refuseBody('digestMalformed', 'The header content-md5 is not an MD5 in base64.');
    if (!digest('md5')(body).equals(given)) throw mismatch('content-md5');
  }
  let earlier: string | undefined;
  for (const name in headers) {
    if (!isChecksumHeader(name)) continue;
    if (earlier !== undefined) throw refuseBody('checksumMalformed', 'A request has one x-amz-checksum- header at most.');
    earlier = name;
    const algorithm = ALGORITHMS.get(name.slice(PREFIX.length));
    if (algorithm === undefined) throw refuseBody('checksumUnsupported', `The checksum ${name} cannot be verified here.`);
    const expected = algorithm(body);
    const given = fromBase64(headers[name] ?? '');
    if (given?.length !== expected.length) {
      throw refuseBody('checksumMalformed', `The header ${name} is not such a checksum in base64.`);
    }
    if (!expected.equals(given)) throw mismatch(name);
  }
}

function mismatch(name: string): Error {
  return refuseBody('digestWrong', `The body does not match the checksum in ${name}.`);
}

/** Node decodes whatever it is given. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

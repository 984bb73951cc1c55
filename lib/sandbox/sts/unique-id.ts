import { createHash, randomBytes } from 'node:crypto';

/** Letters and digits of which AWS makes unique ids. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * A new id of a temporary access key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function newAccessKeyId(): string {
  return `ASIA${lettersOf(randomBytes(16))}`;
}

/** The unique id of a role; the same one for the same ARN. */
export function roleId(arn: string): string {
  return `AROA${lettersOf(createHash('sha256').update(arn).digest().subarray(0, 17))}`;
}

function lettersOf(bytes: Buffer): string {
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

import type { Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { refuseBody, refuseUnsupported } from './refusals';
import { sha256 } from './signing-keys';

/** What a request says of its body, and how the body is to be read. */
export interface PayloadHash {
  /** The last line of the canonical request. */
  readonly value: string;
  /** `verified` and `unsigned` bodies are as they came; the others are in chunks. */
  readonly kind: 'verified' | 'hashed' | 'unsigned' | 'signed chunks' | 'signed chunks, trailer' | 'unsigned chunks, trailer';
}

const KINDS: Readonly<Record<string, PayloadHash['kind']>> = {
  // AWS takes the unsigned ones over TLS only. Here plain HTTP that does not leave the machine stands for it.
  'UNSIGNED-PAYLOAD': 'unsigned',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': 'unsigned chunks, trailer',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': 'signed chunks',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': 'signed chunks, trailer',
};

/**
 * What S3 is told of the body by `x-amz-content-sha256`. Other services hash the body themselves, whatever the header says.
 *
 * @param by how the request is signed; a presigned URL does not know the body, and one that is not signed need not tell
 * @throws AwsError if S3 is told nothing, or what is not supported
 */
export function payloadHashOf(
  { headers, body }: AwsRequest,
  hashInQuery: string | undefined,
  by: 'header' | 'presigned' | 'unsigned',
  protocol: Protocol,
): PayloadHash {
  if (protocol !== 's3') return { value: sha256(body), kind: 'verified' };
  const value = headers['x-amz-content-sha256'] ?? hashInQuery ?? (by === 'header' ? undefined : 'UNSIGNED-PAYLOAD');
  if (value === undefined) throw refuseBody('hashMissing', 'The header x-amz-content-sha256 is missing.');
  if (/^[0-9a-f]{64}$/.test(value)) return { value, kind: 'hashed' };
  if (value.startsWith('STREAMING-AWS4-ECDSA-')) throw refuseUnsupported('A signature by a public key', protocol);
  const kind = Object.hasOwn(KINDS, value) ? KINDS[value] : undefined;
  if (kind === undefined) {
    throw refuseBody('hashMalformed', 'x-amz-content-sha256 is neither a SHA-256 in lower case nor a value known for one.', {
      ArgumentName: 'x-amz-content-sha256',
    });
  }
  if (by === 'presigned' && kind.includes('chunks')) {
    throw refuseBody('streamingMisplaced', 'The body of a presigned URL does not come in signed or trailed chunks.');
  }
  if (by === 'unsigned' && kind.startsWith('signed')) {
    throw refuseBody('streamingMisplaced', 'The chunks of a body are not signed where the request is not.');
  }
  return { value, kind };
}

import type { AwsRequest } from '../http/aws-request';
import { decodeChunks } from './aws-chunked';
import { isChecksumHeader, isKnownChecksum, verifyChecksums } from './checksums';
import type { ChunkSignatures } from './chunk-signatures';
import type { PayloadHash } from './payload-hash';
import { refuseBody } from './refusals';
import { sha256 } from './signing-keys';

/** A body that is what its headers say. */
export interface VerifiedBody {
  readonly body: Buffer;
  /** Checksums that came behind the body, by header. */
  readonly trailer: Readonly<Record<string, string>>;
}

/**
 * Takes the body of a request to S3 out of its chunks and compares it with all that was said of it.
 *
 * @param signatures of the chunks, where the request is signed
 * @throws AwsError if it is not what was said, or too little was said
 */
export function readS3Body(
  request: AwsRequest,
  { kind, value }: PayloadHash,
  signatures: ChunkSignatures | undefined,
): VerifiedBody {
  if (kind === 'hashed') assertHash(request.body, value);
  const inChunks = kind.includes('chunks');
  const read = inChunks ? readChunks(request, kind, signatures) : readPlain(request);
  const headers = inChunks ? { ...request.headers, ...read.trailer } : request.headers;
  if (!isCompletion(request)) verifyChecksums(headers, read.body);
  return read;
}

function readPlain({ headers, body }: AwsRequest): VerifiedBody {
  // A store would take the chunks for a part of the object.
  if (isAwsChunked(headers)) {
    throw refuseBody(
      'streamingMisplaced',
      'The content encoding aws-chunked goes with an x-amz-content-sha256 that begins with STREAMING-.',
    );
  }
  return { body, trailer: {} };
}

function readChunks(
  { headers, body }: AwsRequest,
  kind: PayloadHash['kind'],
  signatures: ChunkSignatures | undefined,
): VerifiedBody {
  const length = headers['x-amz-decoded-content-length'];
  if (length === undefined) throw refuseBody('lengthMissing', 'A body in chunks needs the header x-amz-decoded-content-length.');
  if (!/^\d{1,15}$/.test(length)) {
    throw refuseBody('lengthMalformed', 'The header x-amz-decoded-content-length is not a number of bytes.');
  }
  const trailerName = kind.endsWith('trailer') ? trailerOf(headers) : undefined;
  const decoded = decodeChunks(body, {
    decodedLength: Number(length),
    signatures: kind.startsWith('signed') ? signatures : undefined,
    trailerName,
  });
  const trailer = trailerName === undefined || decoded.trailer === undefined ? {} : { [trailerName]: decoded.trailer };
  return { body: decoded.body, trailer };
}

/** S3 takes checksums only behind a body, and one only. */
function trailerOf(headers: AwsRequest['headers']): string {
  const name = headers['x-amz-trailer']?.trim().toLowerCase();
  if (name === undefined) throw refuseBody('trailerMalformed', 'The header x-amz-trailer is missing.');
  if (!isKnownChecksum(name)) {
    throw refuseBody('trailerUnsupported', 'The header x-amz-trailer does not name one checksum known here.');
  }
  if (Object.keys(headers).some(isChecksumHeader)) {
    throw refuseBody('checksumMalformed', 'A request has one x-amz-checksum- header at most, before or behind the body.');
  }
  return name;
}

function assertHash(body: Buffer, given: string): void {
  const computed = sha256(body);
  if (computed === given) return;
  throw refuseBody('hashWrong', 'The body does not match the header x-amz-content-sha256.', {
    ClientComputedContentSHA256: given,
    S3ComputedContentSHA256: computed,
  });
}

/** Whether the body is said to be in chunks. */
function isAwsChunked(headers: AwsRequest['headers']): boolean {
  return /(?:^|,)[ \t]*aws-chunked[ \t]*(?:,|$)/i.test(headers['content-encoding'] ?? '');
}

/** The checksum that CompleteMultipartUpload is told is that of the object, not of this body. */
function isCompletion({ method, query }: AwsRequest): boolean {
  return method === 'POST' && /(?:^|&)uploadId=/.test(query);
}

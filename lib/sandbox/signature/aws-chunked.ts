import type { AwsError } from '../http/aws-error';
import type { ChunkSignatures } from './chunk-signatures';
import { refuseBody } from './refusals';

/** Of all chunks but the last, in bytes. */
const SMALLEST_CHUNK = 8192;
/** A size of eight digits, the signature, and some to spare. */
const LONGEST_LINE = 256;

/** A body taken out of its chunks. */
export interface DecodedBody {
  readonly body: Buffer;
  /** Value of the trailing header. */
  readonly trailer: string | undefined;
}

/** What the headers say of a body in chunks. */
export interface ChunkedBody {
  /** Bytes without the chunks around them. */
  readonly decodedLength: number;
  /** Verifies each chunk; `undefined` if they must not be signed. */
  readonly signatures: ChunkSignatures | undefined;
  /** The header that follows the last chunk, lower case; `undefined` if none may. */
  readonly trailerName: string | undefined;
}

/**
 * Takes a body of the content encoding `aws-chunked` apart.
 *
 * @throws AwsError if it is malformed, too short or too long, or a signature is wrong
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeChunks(encoded: Buffer, { decodedLength, signatures, trailerName }: ChunkedBody): DecodedBody {
  const lines = new Lines(encoded);
  const chunks: Buffer[] = [];
  let length = 0;
  for (let last: Buffer | undefined; ;) {
    const [, digits = '', signature] = /^([0-9A-Fa-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(lines.next()) ?? [];
    if (digits === '' || (signature === undefined) !== (signatures === undefined)) throw malformed();
    const size = parseInt(digits, 16);
    if (size > 0 && last !== undefined && last.length < SMALLEST_CHUNK) {
      const message = `All chunks but the last have ${SMALLEST_CHUNK} bytes or more.`;
      throw refuseBody('chunkTooSmall', message, { Chunk: String(chunks.length), BadChunkSize: String(last.length) });
    }
    const chunk = lines.bytes(size);
    if (signature !== undefined) signatures?.verifyChunk(chunk, signature);
    if (size === 0) break;
    if (lines.next() !== '') throw malformed();
    chunks.push(chunk);
    length += size;
    last = chunk;
  }
  const trailer = trailerName === undefined ? undefined : readTrailer(lines, trailerName, signatures);
  if (lines.next() !== '' || !lines.ended) throw malformed();
  if (length !== decodedLength) {
    throw refuseBody('incomplete', 'The body has not as many bytes as x-amz-decoded-content-length says.');
  }
  const [only] = chunks;
  return { body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length), trailer };
}

/** One header, and where the chunks are signed its signature. */
function readTrailer(lines: Lines, expectedName: string, signatures: ChunkSignatures | undefined): string {
  const [name, value] = headerOf(lines.next());
  if (name !== expectedName) throw malformedTrailer();
  if (signatures !== undefined) {
    const [signatureName, signature] = headerOf(lines.next());
    if (signatureName !== 'x-amz-trailer-signature') throw malformedTrailer();
    signatures.verifyTrailer(`${name}:${value}\n`, signature);
  }
  return value;
}

function headerOf(line: string): readonly [name: string, value: string] {
  const [, name, value] = /^([\w-]+):[ \t]*([^\s]+)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw malformedTrailer();
  return [name.toLowerCase(), value];
}

/** Lines that end in CR LF, and bytes of known length between them. */
class Lines {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#position === this.#bytes.length;
  }

  next(): string {
    const end = this.#bytes.subarray(this.#position, this.#position + LONGEST_LINE).indexOf('\r\n');
    if (end < 0) throw malformed();
    const line = this.#bytes.toString('latin1', this.#position, this.#position + end);
    this.#position += end + 2;
    return line;
  }

  bytes(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw malformed();
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }
}

function malformed(): AwsError {
  return refuseBody('incomplete', 'The body ends before its last chunk, or its chunks are malformed.');
}

function malformedTrailer(): AwsError {
  return refuseBody(
    'trailerMalformed',
    'What follows the last chunk is not the header that x-amz-trailer names, with its signature.',
  );
}

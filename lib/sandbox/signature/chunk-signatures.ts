import { refuse } from './refusals';
import { sameSecret, sha256, signText } from './signing-keys';

const EMPTY_HASH = sha256('');

/** Signatures of the chunks of one body: each covers the one before it, the first that of the request. */
export class ChunkSignatures {
  readonly #key: Buffer;
  readonly #timeAndScope: string;
  #previous: string;

  /** @param requestSignature verified */
  constructor(key: Buffer, timestamp: string, scope: string, requestSignature: string) {
    this.#key = key;
    this.#timeAndScope = `${timestamp}\n${scope}`;
    this.#previous = requestSignature;
  }

  /** @throws AwsError if the signature is not that of the next chunk */
  verifyChunk(data: Buffer, signature: string): void {
    this.#verify('PAYLOAD', `${EMPTY_HASH}\n${sha256(data)}`, signature, 'chunk');
  }

  /**
   * @param lines `<name>:<value>\n` of each trailing header
   * @throws AwsError if the signature is not that of the trailer
   */
  verifyTrailer(lines: string, signature: string): void {
    this.#verify('TRAILER', sha256(lines), signature, 'trailer');
  }

  #verify(kind: string, hashes: string, signature: string, what: string): void {
    const expected = signText(this.#key, `AWS4-HMAC-SHA256-${kind}\n${this.#timeAndScope}\n${this.#previous}\n${hashes}`);
    if (!sameSecret(expected, signature)) {
      throw refuse('signatureWrong', 's3', `The signature of a ${what} of the body does not match.`);
    }
    this.#previous = expected;
  }
}

import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { types } from 'node:util';
import { invalidRequest, quote, TenantDataAccessError } from '../errors';

/** A stream of content: a Readable, a web ReadableStream, or what else gives strings and bytes one after the other. */
export type ObjectStream = Readable | AsyncIterable<string | Uint8Array>;

/** What a stream of content may hold. */
export interface SourceLimits {
  /** Bytes that it must hold, if that is known. */
  readonly contentLength: number | undefined;
  /** Bytes that it may hold, and why no more. */
  readonly most?: readonly [bytes: number, because: string];
  readonly abortSignal: AbortSignal | undefined;
}

export function isStream(body: unknown): body is ObjectStream {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/**
 * The caller's stream, measured. Whatever ends it early ends this one with an error, which the SDK's stream handling alone would not
 * notice; and when this one is destroyed, the caller's is too.
 *
 * @throws TenantDataAccessError `request.invalid` for a stream that was read before
 */
export function sourceStream(source: ObjectStream, limits: SourceLimits): Transform {
  const { contentLength = Infinity, most = [Infinity, ''], abortSignal } = limits;
  if (source instanceof Readable && (source.readableEnded || source.destroyed)) {
    throw invalidRequest('The stream given as content was read or destroyed before: nothing of it is left.');
  }
  let bytes = 0;
  const measured = new Transform({
    writableObjectMode: true, // else a chunk that is neither is thrown at nobody
    transform(chunk: unknown, _encoding, done) {
      const content = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (!types.isUint8Array(content)) {
        done(invalidRequest(`The stream given as content holds ${quote(content)}: it is to hold strings or bytes.`));
        return;
      }
      bytes += content.length;
      if (bytes > contentLength) {
        done(invalidRequest(`The stream given as content has more than its 'contentLength' of ${contentLength} bytes.`));
      } else if (bytes > most[0]) {
        done(invalidRequest(`The stream given as content has more than ${most[0]} bytes: ${most[1]}.`));
      } else {
        done(null, content);
      }
    },
    flush(done) {
      const isWhole = contentLength === Infinity || bytes === contentLength;
      done(
        isWhole
          ? null
          : invalidRequest(`The stream given as content ended after ${bytes} bytes, its 'contentLength' is ${contentLength}.`),
      );
    },
  });
  // Its error is asked for by `sourceFailure`.
  measured.on('error', () => undefined);
  pipeline(source, measured, { ...(abortSignal && { signal: abortSignal }) }).catch(() => undefined);
  return measured;
}

/** Why a request failed: its source, if that broke before; else what the SDK says. */
export function sourceFailure(stream: Readable, error: unknown, limits: Pick<SourceLimits, 'abortSignal'>, doing: string): unknown {
  const { errored } = stream;
  if (errored === null || limits.abortSignal?.aborted === true || errored instanceof TenantDataAccessError) return errored ?? error;
  const message = `Could not ${doing}: the stream given as content ended in an error (see 'cause').`;
  return new TenantDataAccessError('request.aborted', message, { cause: errored });
}

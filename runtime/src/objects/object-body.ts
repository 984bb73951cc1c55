import { PassThrough, pipeline, type Readable } from 'node:stream';
import { invalidRequest, TenantDataAccessError } from '../errors';
import type { ObjectDetails } from './object-details';

/** An object with its content, which is read once: by `body`, `text()` or `bytes()`. */
export interface TenantObject extends ObjectDetails {
  /**
   * The content as a stream. Read it to its end or `destroy()` it, else its connection is not free for others. It ends in a coded
   * error when the content does not come whole: `service.unavailable`, or `request.aborted`.
   */
  readonly body: Readable;
  /**
   * The whole content as UTF-8 text, in memory.
   *
   * @throws TenantDataAccessError as `body`, or `request.invalid` when the content was read before
   */
  text(): Promise<string>;
  /**
   * The whole content in memory.
   *
   * @throws TenantDataAccessError as `body`, or `request.invalid` when the content was read before
   */
  bytes(): Promise<Uint8Array>;
}

/** @param what names the object, for the errors of its content */
export function withBody(details: ObjectDetails, source: Readable, what: string, abortSignal?: AbortSignal): TenantObject {
  const body = codedBody(source, what, abortSignal);
  return {
    ...details,
    body,
    text: async () => Buffer.from(await wholeOf(body, what)).toString('utf8'),
    bytes: () => wholeOf(body, what),
  };
}

/** The service's stream, with coded errors; what ends one of both ends the other. */
function codedBody(source: Readable, what: string, abortSignal: AbortSignal | undefined): Readable {
  const body = new PassThrough();
  const aborted = () => body.destroy(cutShort(what, true));
  abortSignal?.addEventListener('abort', aborted, { once: true });
  const broken = (cause?: Error) => body.destroy(cutShort(what, abortSignal?.aborted === true, cause));
  source.once('error', broken);
  source.once('close', () => {
    if (!source.readableEnded) broken();
  });
  pipeline(source, body, () => abortSignal?.removeEventListener('abort', aborted));
  // An error waits for the reader, who may come later, and does not end the process before.
  body.on('error', () => undefined);
  return body;
}

function cutShort(what: string, isAborted: boolean, cause?: Error): TenantDataAccessError {
  return isAborted
    ? new TenantDataAccessError('request.aborted', `Could not read ${what} to its end: it was aborted by the caller.`, { cause })
    : new TenantDataAccessError(
        'service.unavailable',
        `Could not read ${what} to its end: its content did not come whole, try again.`,
        { cause },
      );
}

async function wholeOf(body: Readable, what: string): Promise<Uint8Array> {
  if (body.errored instanceof TenantDataAccessError) throw body.errored;
  if (body.readableDidRead || body.destroyed) throw invalidRequest(`The content of ${what} was read before: get the object again.`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk as Uint8Array);
  // Memory of its own: that of a small Buffer is shared with others.
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.length;
  }
  return whole;
}

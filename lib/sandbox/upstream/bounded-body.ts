import type { AwsAnswer } from '../http/aws-request';

/** Answers are a few kilobytes; one that never ends must not fill the memory. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Reads the answer of an upstream, up to a limit.
 *
 * @throws RangeError if it is longer; whatever the stream fails with if it breaks off
 */
export async function boundedBody({ body }: AwsAnswer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

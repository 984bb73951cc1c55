import type { AwsAnswer } from './aws-request';

/** The body of an answer, read to its end. */
export async function wholeBody({ body }: Pick<AwsAnswer, 'body'>): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

import type { AwsAnswer } from '../http/aws-request';

/** Writes an answer in the JSON 1.1 protocol. */
export function jsonAnswer(content: object): AwsAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(content)) };
}

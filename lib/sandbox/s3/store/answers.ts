import type { AwsAnswer } from '../../http/aws-request';
import { writeXml, type XmlElement } from '../xml';

export function xmlAnswer(root: XmlElement, headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  const body = writeXml(root);
  return { status: 200, headers: { 'content-type': 'application/xml', 'content-length': `${body.length}`, ...headers }, body };
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  // An answer of 204 has no length.
  return { status, headers: status === 200 ? { 'content-length': '0', ...headers } : headers, body: Buffer.alloc(0) };
}

import { randomUUID } from 'node:crypto';
import { escapeXml } from '../http/aws-error';
import type { AwsAnswer } from '../http/aws-request';

/** Elements of an answer by name; one that is `undefined` is left out. */
export interface Elements {
  readonly [name: string]: string | number | Elements | undefined;
}

/** Writes a result in the XML of the query protocol. */
export function stsAnswer(action: string, result: Elements): AwsAnswer {
  const requestId = randomUUID();
  const body = elements({ [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } });
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: Buffer.from(`<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${body}</${action}Response>`),
  };
}

function elements(of: Elements): string {
  const written = Object.entries(of).map(([name, value]) => {
    if (value === undefined) return '';
    return `<${name}>${typeof value === 'object' ? elements(value) : escapeXml(String(value))}</${name}>`;
  });
  return written.join('');
}

import type { AwsError, Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { refuse, refuseUnsigned, refuseUnsupported } from './refusals';
import { parseDateHeader, parseTimestamp, type SigningTime } from './request-time';
import type { SignatureClaim } from './signature-claim';
import { readSignature } from './signature-parts';
import { ALGORITHM } from './signing-keys';

/**
 * Reads `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`.
 *
 * @throws AwsError if it is malformed, of another kind, or the request has no date
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function headerClaim(header: string, { headers }: AwsRequest, protocol: Protocol): SignatureClaim {
  const malformed = (what: string): AwsError =>
    refuse('headerMalformed', protocol, `The authorization header is malformed: ${what}.`);
  const [algorithm = ''] = header.split(' ', 1);
  if (algorithm !== ALGORITHM) {
    if (algorithm.startsWith('AWS')) throw refuseUnsupported('This kind of signature', protocol);
    throw malformed(`it does not begin with ${ALGORITHM}`);
  }
  const parts = new Map<string, string>();
  for (const part of header.slice(algorithm.length).split(',')) {
    const [, name, value] = /^ *(Credential|SignedHeaders|Signature)=([^ ]+) *$/.exec(part) ?? [];
    if (name === undefined || value === undefined || parts.has(name)) {
      throw malformed('it takes Credential, SignedHeaders and Signature, each once');
    }
    parts.set(name, value);
  }
  const time = signingTime(headers, protocol);
  const signature = readSignature((name) => parts.get(name) ?? '', time, protocol, malformed);
  // Every x-amz- header must be signed anyway.
  if (headers['x-amz-date'] === undefined && !signature.signedHeaders.includes('date')) throw refuseUnsigned(['date'], protocol);
  return { by: 'header', time, sessionToken: headers['x-amz-security-token'], ...signature };
}

function signingTime(headers: AwsRequest['headers'], protocol: Protocol): SigningTime {
  const amzDate = headers['x-amz-date'];
  const date = headers['date'];
  if (amzDate === undefined && date === undefined) {
    throw refuse('dateMissing', protocol, 'A signed request needs a header x-amz-date or date.');
  }
  const time = amzDate === undefined ? parseDateHeader(date ?? '') : parseTimestamp(amzDate);
  if (time === undefined) throw refuse('dateMissing', protocol, 'The date of the request is not of the form 20260131T120000Z.');
  return time;
}

import type { AwsError, Protocol } from '../http/aws-error';
import type { QueryParameter } from './query-parameters';
import { refuse, refuseUnsupported } from './refusals';
import { parseTimestamp } from './request-time';
import type { SignatureClaim } from './signature-claim';
import { readSignature } from './signature-parts';
import { ALGORITHM } from './signing-keys';

const NEEDED = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].map((name) => `X-Amz-${name}`);
const PARAMETERS: ReadonlySet<string> = new Set([...NEEDED, 'X-Amz-Content-Sha256', 'X-Amz-Security-Token']);
const IN_LOWER_CASE: ReadonlySet<string> = new Set([...PARAMETERS].map((name) => name.toLowerCase()));

/** A week, as AWS has it. */
const LONGEST_SECONDS = 604_800;

/** Whether a parameter takes part in the authentication of a presigned URL, also one that is written in the wrong case. */
export function isAuthenticationParameter(name: string): boolean {
  return IN_LOWER_CASE.has(name.toLowerCase());
}

/**
 * Reads the `X-Amz-` parameters of a presigned URL.
 *
 * @throws AwsError if one is missing, comes twice or is malformed
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function queryClaim(parameters: readonly QueryParameter[], protocol: Protocol): SignatureClaim {
  const malformed = (what: string): AwsError =>
    refuse('queryMalformed', protocol, `The query of a presigned URL is malformed: ${what}.`);
  const values = new Map<string, string>();
  for (const { name, value } of parameters) {
    if (!PARAMETERS.has(name)) throw malformed('a parameter of the signature is not written in the right case');
    if (values.has(name)) throw malformed(`it has ${name} twice`);
    values.set(name, value);
  }
  for (const name of NEEDED) {
    if (!values.has(name)) throw malformed(`it has no ${name}`);
  }
  if (values.get('X-Amz-Algorithm') !== ALGORITHM) throw refuseUnsupported('This X-Amz-Algorithm', protocol);
  const time = parseTimestamp(values.get('X-Amz-Date') ?? '');
  if (time === undefined) throw malformed('X-Amz-Date is not of the form 20260131T120000Z');
  const expires = values.get('X-Amz-Expires') ?? '';
  const expiresSeconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (expiresSeconds < 1 || expiresSeconds > LONGEST_SECONDS) {
    throw malformed(`X-Amz-Expires is not 1 to ${LONGEST_SECONDS} seconds`);
  }
  const signature = readSignature((name) => values.get(`X-Amz-${name}`) ?? '', time, protocol, malformed);
  return { by: 'presigned', time, expiresSeconds, sessionToken: values.get('X-Amz-Security-Token'), ...signature };
}

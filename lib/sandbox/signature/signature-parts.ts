import type { AwsError, Protocol } from '../http/aws-error';
import { parseCredential } from './credential-scope';
import { refuse } from './refusals';
import type { SigningTime } from './request-time';
import type { SignatureClaim } from './signature-claim';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const SIGNATURE = /^[0-9a-f]{64}$/;

/**
 * Reads the three parts that a header and a presigned URL have alike.
 *
 * @param malformed what to throw, by what is wrong
 */
export function readSignature(
  part: (name: 'Credential' | 'SignedHeaders' | 'Signature') => string,
  time: SigningTime,
  protocol: Protocol,
  malformed: (what: string) => AwsError,
): Pick<SignatureClaim, 'scope' | 'signedHeaders' | 'signature'> {
  const scope = parseCredential(part('Credential'));
  if (scope === undefined) throw malformed('its credential is not <access key id>/<date>/<region>/<service>/aws4_request');
  const signedHeaders = part('SignedHeaders').split(';');
  if (!signedHeaders.every((name, index) => TOKEN.test(name) && (signedHeaders[index - 1] ?? '') < name)) {
    throw malformed('its signed headers are not names in lower case, sorted, separated by semicolons');
  }
  const signature = part('Signature');
  if (!SIGNATURE.test(signature)) throw malformed('its signature is not 64 hexadecimal digits in lower case');
  if ((scope.service === 's3') !== (protocol === 's3')) throw malformed('its credential is for another service');
  if (scope.date !== time.timestamp.slice(0, 8)) {
    const what = 'its credential is for another day than the date of the request';
    // S3 says that the credential is wrong, the others that the signature is.
    throw protocol === 's3' ? malformed(what) : refuse('signatureWrong', protocol, `The signature does not match: ${what}.`);
  }
  return { scope, signedHeaders, signature };
}

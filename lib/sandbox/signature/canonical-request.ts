import type { Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { decodePercent, encodePercent } from './percent-encoding';
import { canonicalQuery, type QueryParameter } from './query-parameters';
import { refuse, refuseUnsigned } from './refusals';

/**
 * A request as it is signed, one character a byte.
 *
 * @throws AwsError if a header is not signed that must be, or one is signed that is not there
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(
  { method, path, headers }: AwsRequest,
  parameters: readonly QueryParameter[],
  signedHeaders: readonly string[],
  payloadHash: string,
  protocol: Protocol,
): string {
  const canonicalPath = protocol === 's3' ? canonicalS3Path(path) : normalPath(path);
  if (canonicalPath === undefined) throw refuse('uriMalformed', protocol, 'The path of the request is not properly encoded.');
  assertSigned(headers, signedHeaders, protocol);
  let lines = '';
  for (const name of signedHeaders) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (value === undefined) {
      throw refuse('signatureWrong', protocol, `The signature does not match: the header ${name} is signed, but was not sent.`);
    }
    lines += `${name}:${fold(value)}\n`;
  }
  const query = parameters.length === 0 ? '' : canonicalQuery(parameters);
  return `${method}\n${canonicalPath}\n${query}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** The path of an object: decoded once and encoded anew, as keys may hold empty segments and dots. */
export function canonicalS3Path(path: string): string | undefined {
  if (!/[^A-Za-z0-9\-._~/]/.test(path)) return path;
  const decoded = decodePercent(path);
  return decoded === undefined ? undefined : encodeSegments(decoded);
}

/** The path of any other service: without dots and empty segments, and encoded once more than it came. */
function normalPath(path: string): string {
  if (path === '/') return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return encodeSegments(`/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`);
}

function encodeSegments(path: string): string {
  return encodePercent(path).replace(/%2F/g, '/');
}

/** Only what HTTP takes for white space: other bytes may be a part of a letter. */
function fold(value: string): string {
  return /^[ \t]|[ \t]$|[ \t]{2}|\t/.test(value) ? value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '') : value;
}

/** Whoever holds a signed request must not be able to make another one of it by a header. */
function assertSigned(headers: AwsRequest['headers'], signedHeaders: readonly string[], protocol: Protocol): void {
  if (!signedHeaders.includes('host')) throw refuseUnsigned(['host'], protocol);
  let missing: string[] | undefined;
  for (const name in headers) {
    if (!name.startsWith('x-amz-') && !(name === 'content-md5' && protocol === 's3')) continue;
    // Its value is the last line of what is signed, so S3 does not ask for the header too.
    if (name === 'x-amz-content-sha256' && protocol === 's3') continue;
    if (!signedHeaders.includes(name)) (missing ??= []).push(name);
  }
  if (missing !== undefined) throw refuseUnsigned(missing, protocol);
}

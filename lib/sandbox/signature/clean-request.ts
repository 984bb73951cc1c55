import type { Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { isChecksumHeader } from './checksums';
import type { VerifiedBody } from './payload-body';
import { isAuthenticationParameter } from './presigned-query';
import type { QueryParameter } from './query-parameters';
import { refuseBody } from './refusals';

/** Headers of the signature, of the chunks and of the connection: the request is read whole and is signed anew for the next server. */
export const DROPPED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-security-token',
  'x-amz-trailer',
]);

/**
 * What is left of a request when its signature has been verified: what it asks for, and the body as the client meant it.
 *
 * A query may hold headers of S3, as presigned URLs have them. They become headers, so that nobody after this can overlook one, but for
 * checksums: S3 does not look at those in a query, and SDKs write the checksum of an empty body there.
 *
 * @throws AwsError if the query has a header of S3 twice, one that was sent too, or one that can be no header
 */
export function cleanRequest(
  request: AwsRequest,
  parameters: readonly QueryParameter[],
  { body, trailer }: VerifiedBody,
  protocol: Protocol,
): AwsRequest {
  const headers: Record<string, string> = {};
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined && !DROPPED_HEADERS.has(name)) headers[name] = value;
  }
  Object.assign(headers, trailer);
  if (body.length > 0 || headers['content-length'] !== undefined) headers['content-length'] = String(body.length);
  if (protocol !== 's3') return { ...request, query: withoutSignature(request.query, parameters), headers, body };
  withoutChunks(headers);
  const query = parameters.filter(({ name, value }) => !movedToHeader(name, value, headers));
  return { ...request, query: withoutSignature(request.query, query), headers, body };
}

/** The rest as it came, but with spaces as `%20`: some who read a query take a plus sign as it is. */
function withoutSignature(raw: string, parameters: readonly QueryParameter[]): string {
  if (raw === '') return raw;
  const rest = parameters.filter(({ name }) => !isAuthenticationParameter(name)).map((parameter) => parameter.raw);
  return rest.join('&').replace(/\+/g, '%20');
}

function movedToHeader(name: string, value: string, headers: Record<string, string>): boolean {
  const header = name.toLowerCase();
  if (!header.startsWith('x-amz-') || isAuthenticationParameter(name)) return false;
  if (isChecksumHeader(header) || header === 'x-amz-sdk-checksum-algorithm' || DROPPED_HEADERS.has(header)) return true;
  const wrong = (what: string): Error =>
    refuseBody('parameterWrong', `A header of S3 in the query ${what}.`, { ArgumentName: header });
  if (headers[header] !== undefined) throw wrong('comes twice, or in the headers too');
  // Encoded, it may hold what ends a line.
  if (!/^[a-z0-9._-]+$/.test(header) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw wrong('has a character that no header has');
  headers[header] = value;
  return true;
}

function withoutChunks(headers: Record<string, string>): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return;
  const rest = encoding.split(',').filter((coding) => coding.trim().toLowerCase() !== 'aws-chunked');
  if (rest.length === 0) delete headers['content-encoding'];
  else headers['content-encoding'] = rest.join(',').trim();
}

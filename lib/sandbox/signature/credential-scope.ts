import type { AwsRequest } from '../http/aws-request';

/** What the credential of a signature names: whose key, and for which day, region and service it is derived. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `20260131` */
  readonly date: string;
  readonly region: string;
  /** `dynamodb`, `s3`, `sts`, ... */
  readonly service: string;
}

const CREDENTIAL = /^([A-Za-z0-9_]{1,128})\/(\d{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/;

/** @param credential `<access key id>/<date>/<region>/<service>/aws4_request` */
export function parseCredential(credential: string): CredentialScope | undefined {
  const [, accessKeyId, date, region, service] = CREDENTIAL.exec(credential) ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, date, region, service };
}

const IN_HEADER = /^AWS4-HMAC-SHA256 (?:.*[ ,])?Credential=([^\s,]+)/;
const IN_QUERY = /(?:^|&)X-Amz-Credential=([^&]+)/;

/**
 * What a request says it is signed for, to tell the service it is meant for. Nothing of it is verified.
 *
 * @returns `undefined` for a request that is not signed, or not as it should be
 */
export function scopeOf(request: AwsRequest): CredentialScope | undefined {
  const header = request.headers['authorization'];
  if (header !== undefined) return parseCredential(IN_HEADER.exec(header)?.[1] ?? '');
  if (request.query === '') return undefined;
  // The slashes come encoded; nothing else in a credential may.
  return parseCredential((IN_QUERY.exec(request.query)?.[1] ?? '').replace(/%2f/gi, '/'));
}

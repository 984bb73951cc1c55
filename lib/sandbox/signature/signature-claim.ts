import type { Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { headerClaim } from './authorization-header';
import type { CredentialScope } from './credential-scope';
import { isAuthenticationParameter, queryClaim } from './presigned-query';
import type { QueryParameter } from './query-parameters';
import { refuse, refuseUnsupported } from './refusals';
import type { SigningTime } from './request-time';

/** What a signed request says of its signature. Nothing of it is verified but its form. */
export interface SignatureClaim {
  readonly by: 'header' | 'presigned';
  readonly scope: CredentialScope;
  readonly time: SigningTime;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits in lower case. */
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Of a presigned URL: how long it holds, in seconds. */
  readonly expiresSeconds?: number;
}

/**
 * Reads how a request is signed.
 *
 * @returns `undefined` for a request that is not signed
 * @throws AwsError if it is signed in a way that is malformed, ambiguous, or not AWS4-HMAC-SHA256
 */
export function claimOf(
  request: AwsRequest,
  parameters: readonly QueryParameter[],
  protocol: Protocol,
): SignatureClaim | undefined {
  const header = request.headers['authorization'];
  const inQuery = parameters.filter(({ name }) => isAuthenticationParameter(name));
  if (isVersion2(request, parameters, protocol)) throw refuseUnsupported('Signature version 2', protocol);
  if (header === undefined) return inQuery.length === 0 ? undefined : queryClaim(inQuery, protocol);
  if (inQuery.length === 0) return headerClaim(header, request, protocol);
  throw refuse('twoMechanisms', protocol, 'The request is authenticated both by its authorization header and by its query.');
}

/** S3 takes it in the query, STS and IAM in the query or in the form. */
function isVersion2({ headers, body }: AwsRequest, parameters: readonly QueryParameter[], protocol: Protocol): boolean {
  if (parameters.some(({ name }) => name === 'AWSAccessKeyId' || name === 'SignatureVersion')) return true;
  const inForm = protocol === 'query' && headers['authorization'] === undefined;
  return inForm && /(?:^|&)(?:AWSAccessKeyId|SignatureVersion)=/.test(body.toString('latin1'));
}

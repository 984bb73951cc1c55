import { AwsError, type Protocol } from '../http/aws-error';

type Refusal = readonly [code: string, status: number];

/**
 * What each service answers to a request that it cannot authenticate: DynamoDB and all others in JSON always by 400, STS and IAM mostly by 403, S3 by words of
 * its own.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const AUTHENTICATION = {
  missing: {
    json: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
    s3: ['AccessDenied', 403],
  },
  /** The authorization header is not what it should be. */
  headerMalformed: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
  /** The parameters of a presigned URL are not what they should be. */
  queryMalformed: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AuthorizationQueryParametersError', 400],
  },
  /** Signature version 2, signatures by a public key, and whatever else is not AWS4-HMAC-SHA256. */
  unsupported: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['InvalidRequest', 400],
  },
  twoMechanisms: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['InvalidArgument', 400],
  },
  dateMissing: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AccessDenied', 403],
  },
  /** Also a key of a session that comes without its token. */
  keyUnknown: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    s3: ['InvalidAccessKeyId', 403],
  },
  tokenWrong: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    s3: ['InvalidToken', 400],
  },
  sessionExpired: {
    json: ['ExpiredTokenException', 400],
    query: ['ExpiredToken', 403],
    s3: ['ExpiredToken', 400],
  },
  clockSkewed: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['RequestTimeTooSkewed', 403],
  },
  /** A presigned URL outside its time. */
  urlExpired: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['AccessDenied', 403],
  },
  headersUnsigned: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['AccessDenied', 403],
  },
  uriMalformed: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['InvalidURI', 400],
  },
  signatureWrong: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['SignatureDoesNotMatch', 403],
  },
} as const satisfies Record<string, Readonly<Record<Exclude<Protocol, 'json-1.1'>, Refusal>>>;

/** What S3 answers to a body that is not what its headers say. */
const BODY = {
  hashMissing: ['InvalidRequest', 400],
  hashMalformed: ['InvalidArgument', 400],
  hashWrong: ['XAmzContentSHA256Mismatch', 400],
  streamingMisplaced: ['InvalidRequest', 400],
  lengthMissing: ['MissingContentLength', 411],
  lengthMalformed: ['InvalidArgument', 400],
  incomplete: ['IncompleteBody', 400],
  chunkTooSmall: ['InvalidChunkSizeError', 403],
  trailerMalformed: ['MalformedTrailerError', 400],
  trailerUnsupported: ['InvalidRequest', 400],
  checksumMalformed: ['InvalidRequest', 400],
  checksumUnsupported: ['NotImplemented', 501],
  digestMalformed: ['InvalidDigest', 400],
  digestWrong: ['BadDigest', 400],
  parameterWrong: ['InvalidArgument', 400],
} as const satisfies Record<string, Refusal>;

/** Why a signature does not hold. */
export type AuthenticationRefusal = keyof typeof AUTHENTICATION;
/** Why a body, or a header in the query, is not taken. */
export type BodyRefusal = keyof typeof BODY;

/** Why a request is not authenticated, in the words of the service. */
export function refuse(
  reason: AuthenticationRefusal,
  protocol: Protocol,
  message: string,
  details?: Readonly<Record<string, string>>,
): AwsError {
  const [code, status] = AUTHENTICATION[reason][protocol === 'json-1.1' ? 'json' : protocol];
  return new AwsError(code, message, status, protocol === 's3' ? details : undefined);
}

/** Why the body of a request to S3 is not taken. */
export function refuseBody(reason: BodyRefusal, message: string, details?: Readonly<Record<string, string>>): AwsError {
  const [code, status] = BODY[reason];
  return new AwsError(code, message, status, details);
}

/** Headers that change what a request does, and that anyone on its way could have added. */
export function refuseUnsigned(names: readonly string[], protocol: Protocol): AwsError {
  const list = names.join(', ');
  return refuse('headersUnsigned', protocol, `The request has headers that must be signed and are not: ${list}.`, {
    HeadersNotSigned: list,
  });
}

/** A signature that is not AWS4-HMAC-SHA256. */
export function refuseUnsupported(what: string, protocol: Protocol): AwsError {
  return refuse('unsupported', protocol, `${what} is not supported here: sign with AWS4-HMAC-SHA256.`);
}

import type { ContextEntries } from '../../isolation';
import type { AwsError, Protocol } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { canonicalRequest } from './canonical-request';
import { ChunkSignatures } from './chunk-signatures';
import { cleanRequest } from './clean-request';
import { readS3Body, type VerifiedBody } from './payload-body';
import { type PayloadHash, payloadHashOf } from './payload-hash';
import { parseQuery } from './query-parameters';
import { refuse } from './refusals';
import { assertInTime } from './request-time';
import { claimOf, type SignatureClaim } from './signature-claim';
import { ALGORITHM, sameSecret, scopeText, sha256, SigningKeys, signText } from './signing-keys';

/** What a signature is verified against. */
export interface SecretKey {
  readonly secretAccessKey: string;
  /**
   * The token that was issued with the key; requests must have the very same.
   *
   * @default - a key without a session: requests must have no token
   */
  readonly sessionToken?: string;
  /**
   * Milliseconds since 1970.
   *
   * @default - it does not expire
   */
  readonly expiresAt?: number;
}

/** By what and for whom a request is verified. */
export interface AuthenticationOptions {
  /** The key of an id, `undefined` if there is none. */
  readonly keyOf: (accessKeyId: string) => SecretKey | undefined;
  readonly protocol: Protocol;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Who has sent a request, and the request without what proved it. */
export type Authenticated =
  | { readonly kind: 'anonymous'; readonly request: AwsRequest }
  | {
      readonly kind: 'signed';
      readonly accessKeyId: string;
      readonly region: string;
      /** `dynamodb`, `s3`, `sts`, ... */
      readonly service: string;
      readonly by: 'header' | 'presigned';
      readonly request: AwsRequest;
      /** Condition keys that tell of the signature; S3 alone has them. */
      readonly context: ContextEntries;
    };

/**
 * Verifies the signature of a request, as AWS does, and that its body is what was signed.
 *
 * A request that is not signed at all is anonymous, but to DynamoDB and those like it, which take none.
 *
 * @throws AwsError in the words of the service, if the request is signed and its signature does not hold, or its body is another
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function authenticate(request: AwsRequest, { keyOf, protocol, now }: AuthenticationOptions): Authenticated {
  const parameters = parseQuery(request.query);
  if (parameters === undefined) throw refuse('uriMalformed', protocol, 'The query of the request is not properly encoded.');
  const claim = claimOf(request, parameters, protocol);
  const hashInQuery = parameters.find(({ name }) => name === 'X-Amz-Content-Sha256')?.value;
  const payload = payloadHashOf(request, hashInQuery, claim?.by ?? 'unsigned', protocol);
  if (claim === undefined) {
    if (protocol === 'json') throw missingAuthentication(protocol);
    return { kind: 'anonymous', request: cleanRequest(request, parameters, readBody(request, payload, undefined), protocol) };
  }
  const { scope, time, by } = claim;
  const { secretAccessKey } = keyInUse(claim, keyOf(scope.accessKeyId), protocol, now);
  assertInTime(claim, protocol, now);
  const canonical = canonicalRequest(request, parameters, claim.signedHeaders, payload.value, protocol);
  const key = signingKeys.of(secretAccessKey, scope);
  const expected = signText(key, `${ALGORITHM}\n${time.timestamp}\n${scopeText(scope)}\n${sha256(canonical)}`);
  if (!sameSecret(expected, claim.signature)) {
    const message =
      'The signature does not match the request: the secret key is another, or the request was changed after signing.';
    throw refuse('signatureWrong', protocol, message);
  }
  const chunks = new ChunkSignatures(key, time.timestamp, scopeText(scope), expected);
  return {
    kind: 'signed',
    accessKeyId: scope.accessKeyId,
    region: scope.region,
    service: scope.service,
    by,
    request: cleanRequest(request, parameters, readBody(request, payload, chunks), protocol),
    context: protocol === 's3' ? s3Context(request, claim, now) : {},
  };
}

const signingKeys = new SigningKeys();

/** What a service says to a request that is not signed where it must be. */
export function missingAuthentication(protocol: Protocol): AwsError {
  return refuse('missing', protocol, 'The request is not signed.');
}

function keyInUse(claim: SignatureClaim, key: SecretKey | undefined, protocol: Protocol, now: number): SecretKey {
  const { sessionToken } = claim;
  if (key === undefined || (key.sessionToken !== undefined && sessionToken === undefined)) {
    throw refuse('keyUnknown', protocol, 'There is no such access key, or it belongs to a session whose token is missing.');
  }
  if (sessionToken !== undefined && (key.sessionToken === undefined || !sameSecret(key.sessionToken, sessionToken))) {
    throw refuse('tokenWrong', protocol, 'The session token of the request does not belong to its access key.');
  }
  if (key.expiresAt !== undefined && key.expiresAt <= now) {
    throw refuse('sessionExpired', protocol, 'The session of the access key has expired.');
  }
  return key;
}

function readBody(request: AwsRequest, payload: PayloadHash, chunks: ChunkSignatures | undefined): VerifiedBody {
  // The hash of the body is a part of what other services verify; nothing more is said of it.
  return payload.kind === 'verified' ? { body: request.body, trailer: {} } : readS3Body(request, payload, chunks);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html */
function s3Context({ headers }: AwsRequest, { by, time }: SignatureClaim, now: number): ContextEntries {
  return {
    's3:authType': by === 'header' ? 'REST-HEADER' : 'REST-QUERY-STRING',
    's3:signatureversion': ALGORITHM,
    's3:signatureAge': by === 'header' ? undefined : String(Math.max(0, now - time.milliseconds)),
    's3:x-amz-content-sha256': headers['x-amz-content-sha256'],
  };
}

import { randomUUID } from 'node:crypto';
import type { AwsAnswer } from './aws-request';

/**
 * How a service writes its errors: DynamoDB in JSON, Cognito Identity in JSON of another version, S3 in XML, STS and IAM in the XML of the
 * query protocol.
 */
export type Protocol = 'json' | 'json-1.1' | 's3' | 'query';

/** A refusal in the words of a service. The message goes to the client: no secret, no token. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    /** `AccessDenied`, `ValidationException`, ... as the service calls it. */
    readonly code: string,
    message: string,
    /** HTTP status. */
    readonly status = 400,
    /** Further elements of the answer, as S3 has them: `{ ArgumentName: 'prefix' }` */
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Writes an error as a service does. The answer to HEAD has no body. */
export function errorAnswer(error: AwsError, protocol: Protocol, method = 'POST', requestId: string = randomUUID()): AwsAnswer {
  const body = method === 'HEAD' ? '' : BODIES[protocol](error, requestId);
  return {
    status: error.status,
    headers: { 'content-type': TYPES[protocol], [requestIdHeader(protocol)]: requestId },
    body: Buffer.from(body),
  };
}

/** The header by which a service tells the id of a request. */
export function requestIdHeader(protocol: Protocol): string {
  return protocol === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid';
}

const TYPES: Readonly<Record<Protocol, string>> = {
  json: 'application/x-amz-json-1.0',
  'json-1.1': 'application/x-amz-json-1.1',
  s3: 'application/xml',
  query: 'text/xml',
};

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

const BODIES: Readonly<Record<Protocol, (error: AwsError, requestId: string) => string>> = {
  json: ({ code, message, details }) => {
    const space =
      code === 'ValidationException' || CORAL.has(code) ? 'com.amazon.coral.service' : 'com.amazonaws.dynamodb.v20120810';
    // DynamoDB writes `message`, but for errors of authentication `Message`; clients read both.
    return JSON.stringify({ __type: `${space}#${code}`, message, ...details });
  },
  'json-1.1': ({ code, message }) => JSON.stringify({ __type: code, message }),
  s3: ({ code, message, details }, requestId) => {
    const further = Object.entries(details).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
    return `${HEAD}<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${further.join('')}<RequestId>${requestId}</RequestId></Error>`;
  },
  query: ({ code, message, status }, requestId) => {
    const type = status >= 500 ? 'Receiver' : 'Sender';
    return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  },
};

/** Errors that do not come from DynamoDB itself, but from what stands before each service. */
const CORAL = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
]);

/** Text in XML; what XML cannot hold becomes a question mark. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

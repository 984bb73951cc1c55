import { AwsError } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import { type JsonObject, readJson } from './json-body';

/** A request to DynamoDB, read. */
export interface DynamoDbCall {
  /** `DynamoDB`, or `DynamoDBStreams` for what reads streams. */
  readonly service: 'DynamoDB' | 'DynamoDBStreams';
  /** `GetItem` */
  readonly operation: string;
  readonly body: JsonObject;
}

/** What was read, so that a request is read once by all who look at it on its way. */
const READ = new WeakMap<AwsRequest, DynamoDbCall>();

const TARGET = /^(DynamoDB|DynamoDBStreams)_20120810\.([A-Za-z]+)$/;

/**
 * Reads the operation out of the header `X-Amz-Target`, and the body.
 *
 * @throws AwsError `UnknownOperationException` for a target of another kind, `SerializationException` for a body that is not clear
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export function readCall(request: AwsRequest): DynamoDbCall {
  const known = READ.get(request);
  if (known !== undefined) return known;
  const target = targetOf(request);
  if (target === undefined || request.method !== 'POST') throw unknownOperation();
  const call = { ...target, body: readJson(request.body) };
  READ.set(request, call);
  return call;
}

/** The operation that a request names; undefined if it names none. */
export function targetOf({ headers }: AwsRequest): Omit<DynamoDbCall, 'body'> | undefined {
  const [, service, operation] = TARGET.exec(headers['x-amz-target'] ?? '') ?? [];
  if (operation === undefined || (service !== 'DynamoDB' && service !== 'DynamoDBStreams')) return undefined;
  return { service, operation };
}

/** A request to DynamoDB with nothing in it but an operation and its body. */
export function callRequest(call: DynamoDbCall): AwsRequest {
  const { service, operation, body } = call;
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${service}_20120810.${operation}` },
    body: Buffer.from(JSON.stringify(body)),
    fromLoopback: true,
  };
  READ.set(request, call);
  return request;
}

export function unknownOperation(): AwsError {
  return new AwsError('UnknownOperationException', 'The operation is not known.');
}

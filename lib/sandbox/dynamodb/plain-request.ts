import { AwsError } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';
import type { Place } from '../operation';
import { callRequest, readCall } from './dynamodb-call';
import { invalid, isObject, type JsonObject, type JsonValue } from './json-body';
import { tableAddress } from './table-address';

/**
 * The request as a store is to get it: written anew from what was authorised, so that no store reads more or other things out of it, and
 * with tables by their names. Nothing but the operation is left of its headers.
 *
 * @throws AwsError as `dynamoDbOperation` does; `ResourceNotFoundException` for a table of another account or region, which a store could
 *   take for its own of the same name
 */
export function plainRequest(request: AwsRequest, place: Place): AwsRequest {
  const call = readCall(request);
  return callRequest({ ...call, body: byName(call.body, place) });
}

/** Within these a request names tables; values of items are left alone. */
const PARTS = new Set(['TransactItems', 'Get', 'Put', 'Update', 'Delete', 'ConditionCheck', 'TableCreationParameters']);

/** Members that name a table, or what belongs to one, by ARN only. */
const ARNS = new Set(['ResourceArn', 'TableArn', 'SourceTableArn', 'StreamArn', 'BackupArn', 'ExportArn', 'ImportArn']);

/** A store may look at nothing but the name in an ARN, whatever account and region was asked about. */
function assertHere(arn: string, { partition, region, account }: Place): void {
  if (!arn.startsWith(`arn:${partition}:dynamodb:${region}:${account}:`)) throw notFound();
}

function byName(body: JsonObject, place: Place): JsonObject {
  const members = Object.entries(body).map(([member, value]) => {
    if (member === 'TableName' && typeof value === 'string') return [member, localName(value, place)] as const;
    if (ARNS.has(member) && typeof value === 'string') assertHere(value, place);
    if (member === 'RequestItems' && isObject(value)) return [member, tablesByName(value, place)] as const;
    return [member, PARTS.has(member) ? partByName(value, place) : value] as const;
  });
  return Object.fromEntries(members);
}

function partByName(part: JsonValue | undefined, place: Place): JsonValue | undefined {
  if (Array.isArray(part)) return part.map((each: JsonValue) => (isObject(each) ? byName(each, place) : each));
  return isObject(part) ? byName(part, place) : part;
}

function tablesByName(items: JsonObject, place: Place): JsonObject {
  const copy = new Map<string, JsonValue | undefined>();
  for (const [table, requests] of Object.entries(items)) {
    const name = localName(table, place);
    if (copy.has(name)) throw invalid('RequestItems names a table more than once.');
    copy.set(name, requests);
  }
  return Object.fromEntries(copy);
}

function localName(text: string, place: Place): string {
  const { name, here } = tableAddress(text, place);
  if (!here) throw notFound();
  return name;
}

function notFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'Requested resource not found');
}

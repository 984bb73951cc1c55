import type { Place } from '../operation';
import { invalid, type JsonObject, textOf } from './json-body';

/** A table that a request names. */
export interface TableAddress {
  readonly arn: string;
  readonly name: string;
  /** Whether it belongs to the account and region of the request, so that the store behind may hold it. */
  readonly here: boolean;
}

const NAME = /^[A-Za-z0-9_.-]{3,255}$/;
const TABLE_ARN = /^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/([^/]+)$/;
const RESOURCE_ARN = /^(arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/([^/]+))(?:\/[a-z]+\/[A-Za-z0-9_.:-]+)?$/;

/**
 * Reads a table's name, or its ARN, which every operation takes in place of the name.
 *
 * @throws AwsError `ValidationException` if it is neither; a name may not lead elsewhere by a slash or a star
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function tableAddress(text: string, { partition, region, account }: Place): TableAddress {
  const name = TABLE_ARN.exec(text)?.[1] ?? text;
  if (!NAME.test(name)) throw invalid('A table name has 3 to 255 characters a-z, A-Z, 0-9, _, - and .');
  const own = `arn:${partition}:dynamodb:${region}:${account}:table/${name}`;
  return { arn: name === text ? own : text, name, here: name === text || own === text };
}

/** @throws AwsError `ValidationException` if there is no such member, or it names no table */
export function tableOf(parent: JsonObject, place: Place, member = 'TableName'): TableAddress {
  const text = textOf(parent, member);
  if (text === undefined) throw invalid(`${member} must not be null.`);
  return tableAddress(text, place);
}

/** ARN of an index. @throws AwsError `ValidationException` */
export function indexArn(table: TableAddress, index: string): string {
  if (!NAME.test(index)) throw invalid('An index name has 3 to 255 characters a-z, A-Z, 0-9, _, - and .');
  return `${table.arn}/index/${index}`;
}

/**
 * ARN of a table, or of what belongs to one: a stream, a backup, an export, an import.
 *
 * @throws AwsError `ValidationException`
 */
export function resourceArn(parent: JsonObject, member: string): { readonly arn: string; readonly table: string } {
  const arn = textOf(parent, member);
  const [, table, name] = RESOURCE_ARN.exec(arn ?? '') ?? [];
  if (arn === undefined || table === undefined || !NAME.test(name ?? '')) {
    throw invalid(`${member} must be the ARN of a table or of what belongs to one.`);
  }
  return { arn, table };
}

import type { ContextEntries } from '../../isolation';
import type { Permission, Place } from '../operation';
import { ENCLOSING_OPERATION, FULL_TABLE_SCAN, RETURN_CONSUMED_CAPACITY, RETURN_VALUES, SELECT } from './item-context';
import { atMost, type Mapping } from './item-operations';
import { invalid, type JsonObject, objectsOf, textOf } from './json-body';
import { type PartiqlStatement, partiqlStatement } from './partiql-statement';
import { indexArn, tableAddress } from './table-address';

/** DynamoDB's limit for a transaction; a batch has a lower one, which is the store's matter. */
const MOST_STATEMENTS = 100;

/** One statement. */
export const executeStatement: Mapping = (body, place) => permissionsOf(body, [body], place);

/**
 * Several statements, each with its own permission. Only the transaction is an enclosing operation.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
 */
export function executeStatements(member: string, enclosing?: string): Mapping {
  return (body, place) => {
    const statements = atMost(MOST_STATEMENTS, objectsOf(body, member) ?? [], member);
    if (statements.length === 0) throw invalid(`${member} must not be empty.`);
    return permissionsOf(body, statements, place, enclosing);
  };
}

/** None at all if there is any statement that is not understood. */
function permissionsOf(body: JsonObject, parts: readonly JsonObject[], place: Place, enclosing?: string): readonly Permission[] {
  const permissions = parts.map((part) => {
    const statement = partiqlStatement(textOf(part, 'Statement') ?? '');
    return statement && permissionOf(statement, body, part, place, enclosing);
  });
  return permissions.every((each) => each !== undefined) ? permissions : [];
}

function permissionOf(
  statement: PartiqlStatement,
  body: JsonObject,
  part: JsonObject,
  place: Place,
  enclosing?: string,
): Permission {
  const table = tableAddress(statement.table, place);
  return {
    action: `dynamodb:${statement.action}`,
    resource: statement.index === undefined ? table.arn : indexArn(table, statement.index),
    owner: table.arn,
    context: {
      [RETURN_CONSUMED_CAPACITY]: textOf(body, 'ReturnConsumedCapacity'),
      [ENCLOSING_OPERATION]: enclosing,
      ...whatItTells(statement, part),
    },
  };
}

/** Which keys and attributes a statement reaches is not worked out, so conditions on them stay undecided, as does a scan unless it is plain. */
function whatItTells({ action, hasCondition, returns }: PartiqlStatement, part: JsonObject): ContextEntries {
  if (action === 'PartiQLSelect') return { [RETURN_VALUES]: undefined, ...(!hasCondition && { [FULL_TABLE_SCAN]: 'true' }) };
  const silent = !returns && part['ReturnValuesOnConditionCheckFailure'] === undefined;
  return { [SELECT]: undefined, [FULL_TABLE_SCAN]: undefined, ...(silent && { [RETURN_VALUES]: undefined }) };
}

import { ABORT_SIGNAL, type Abortable, oneOf, type OptionRules, readOptions } from '../call-options';
import { EXPRESSION } from './option-rules';
import { type ExpressionParameters, PARAMETERS, Placeholders } from './placeholders';
import type { StoredItem } from './tenant-item';
import type { TenantPartition } from './tenant-partition';
import { type AnyChanges, CHANGES, updateExpression } from './update-expression';

/** A condition on the item as it is before the write. */
export interface ConditionOptions extends ExpressionParameters {
  /**
   * What must hold, else nothing is written and the call throws `condition.failed`: `attribute_not_exists(dataId)`.
   *
   * @default - the write is unconditional
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
   */
  readonly condition?: string | undefined;
}

/** Options of one write. */
export interface WriteOptions<Returned extends string> extends ConditionOptions, Abortable {
  /**
   * What to give back: the item as it was (`ALL_OLD`) or is (`ALL_NEW`), or of it what was changed.
   *
   * @default - nothing
   */
  readonly returnValues?: Returned | undefined;
}

/** What an update can give back. */
export type UpdateReturn = 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';

export const CONDITION: OptionRules<ConditionOptions> = { condition: EXPRESSION, ...PARAMETERS };
const WRITE = { ...CONDITION, abortSignal: ABORT_SIGNAL };
/** Of a put or a delete. */
export const REPLACE: OptionRules<WriteOptions<'ALL_OLD'>> = { ...WRITE, returnValues: oneOf('ALL_OLD') };
export const UPDATE: OptionRules<WriteOptions<UpdateReturn>> = {
  ...WRITE,
  returnValues: oneOf('ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'),
};

type Parameters = Placeholders['parameters'];

/** What each kind of write has in common, alone and in a transaction. */
interface Conditional extends Parameters {
  readonly TableName: string;
  readonly ConditionExpression?: string | undefined;
}

export function putRequest(
  { tableName }: TenantPartition,
  stored: StoredItem,
  options: ConditionOptions,
): Conditional & { Item: Record<string, unknown> } {
  return { TableName: tableName, Item: stored, ...conditionOf(options) };
}

/** Of a delete, and of a check in a transaction. */
export function keyRequest(
  partition: TenantPartition,
  dataId: string,
  options: ConditionOptions,
): Conditional & { Key: Record<string, string> } {
  return { TableName: partition.tableName, Key: partition.key(dataId), ...conditionOf(options) };
}

export function updateRequest(
  partition: TenantPartition,
  dataId: string,
  changes: AnyChanges,
  options: ConditionOptions,
): Conditional & { Key: Record<string, string>; UpdateExpression: string } {
  const placeholders = new Placeholders(options);
  const expression = updateExpression(readOptions(changes, CHANGES, 'The changes'), placeholders);
  return {
    TableName: partition.tableName,
    Key: partition.key(dataId),
    UpdateExpression: expression,
    ...conditional(options, placeholders),
  };
}

/** Most writes have none, and then make nothing. */
function conditionOf(options: ConditionOptions): Omit<Conditional, 'TableName'> {
  const { condition, names, values } = options;
  if (condition === undefined && names === undefined && values === undefined) return {};
  return conditional(options, new Placeholders(options));
}

function conditional({ condition }: ConditionOptions, placeholders: Placeholders): Omit<Conditional, 'TableName'> {
  return { ...(condition !== undefined && { ConditionExpression: condition }), ...placeholders.parameters };
}

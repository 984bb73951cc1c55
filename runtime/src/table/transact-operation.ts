import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { isRecord, type OptionRules, readOptions } from '../call-options';
import { invalidRequest, quote } from '../errors';
import { DATA_ID, RECORD } from './option-rules';
import type { NewItem } from './tenant-item';
import type { TenantPartition } from './tenant-partition';
import { type AnyChanges, CHANGES, type ItemChanges } from './update-expression';
import { CONDITION, type ConditionOptions, keyRequest, putRequest, updateRequest } from './write-requests';

/** One operation of a transaction: a put, an update, a delete, or a condition on an item that is not written. */
export type TransactWrite<Item> =
  | (ConditionOptions & { readonly put: NewItem<Item>; readonly update?: never; readonly delete?: never; readonly check?: never })
  | (ConditionOptions & ItemChanges<Item> & { readonly update: string; readonly put?: never; readonly check?: never })
  | (ConditionOptions & { readonly delete: string; readonly put?: never; readonly update?: never; readonly check?: never })
  | (ConditionOptions & {
      readonly check: string;
      readonly condition: string;
      readonly put?: never;
      readonly update?: never;
      readonly delete?: never;
    });

/** An operation on an item of any type. */
export interface AnyOperation extends ConditionOptions, Omit<AnyChanges, 'delete'> {
  readonly put?: object | undefined;
  readonly update?: string | undefined;
  /** Of an update the sets to take from, alone a data id. */
  readonly delete?: object | string | undefined;
  readonly check?: string | undefined;
}

interface Operation {
  readonly dataId: string;
  readonly request: NonNullable<TransactWriteCommandInput['TransactItems']>[number];
}

/** What an operation of one kind takes. */
type Of<Kind extends keyof AnyOperation> = ConditionOptions & Pick<AnyOperation, Kind>;

const PUT: OptionRules<Of<'put'>> = { ...CONDITION, put: RECORD };
const UPDATE: OptionRules<Of<'update' | keyof AnyChanges>> = { ...CONDITION, ...CHANGES, update: DATA_ID };
const DELETE: OptionRules<Of<'delete'>> = { ...CONDITION, delete: DATA_ID };
const CHECK: OptionRules<Of<'check'>> = { ...CONDITION, check: DATA_ID };

/** @throws TenantDataAccessError `request.invalid`, `tenant.invalid` or `tenant.mismatch` */
export function operationOf(partition: TenantPartition, given: AnyOperation): Operation {
  const operation: AnyOperation = isRecord(given) ? { ...given } : {};
  const { put, update, delete: removed, check, condition } = operation;
  if (put !== undefined) {
    const stored = partition.toStore(put);
    return { dataId: stored.dataId, request: { Put: putRequest(partition, stored, readOptions(operation, PUT)) } };
  }
  if (update !== undefined) {
    const options = readOptions(operation, UPDATE);
    const { set, remove, add, delete: taken } = options;
    const changes = { set, remove, add, delete: taken as object | undefined };
    return { dataId: update, request: { Update: updateRequest(partition, update, changes, options) } };
  }
  if (typeof removed === 'string') {
    return { dataId: removed, request: { Delete: keyRequest(partition, removed, readOptions(operation, DELETE)) } };
  }
  if (check === undefined || condition === undefined) {
    throw invalidRequest(
      `An operation is an object with 'put', 'update', 'delete' or, with a condition, 'check'; given was ${quote(given)}.`,
    );
  }
  const request = keyRequest(partition, check, readOptions(operation, CHECK));
  return { dataId: check, request: { ConditionCheck: { ...request, ConditionExpression: condition } } };
}

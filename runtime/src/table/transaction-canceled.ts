import { IdempotentParameterMismatchException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { invalidRequest, quote, TenantDataAccessError, type TenantDataAccessErrorCode } from '../errors';
import { fromServiceError } from '../service-errors';
import { DENIED_BECAUSE } from './tenant-partition';

/** Why one operation of a transaction was not done. */
export interface CanceledOperation {
  /** Its place in the list, from 0. */
  readonly position: number;
  readonly dataId: string;
  /** As DynamoDB names it: `ConditionalCheckFailed`, `TransactionConflict`, `ThrottlingError`, ... */
  readonly reason: string;
}

/**
 * A transaction of which nothing was done. Its code is `condition.failed` if any condition does not hold, else `transaction.conflict`,
 * `service.throttled` or `service.failed`.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export class TransactionCanceledError extends TenantDataAccessError {
  constructor(
    code: TenantDataAccessErrorCode,
    message: string,
    /** The operations that canceled it. Those that only share its fate are not among them. */
    readonly canceledBy: readonly CanceledOperation[],
    options?: { readonly cause?: unknown },
  ) {
    super(code, message, options);
  }
}

/** What decides the code, if it is among the reasons: else the first of them does. */
const DECISIVE: readonly string[] = ['ConditionalCheckFailed', 'TransactionConflict'];
const MOST_NAMED = 5;

/** What the SDK threw, with its code if it is a canceled transaction. */
export function codedCancellation(error: unknown, doing: string, dataIds: readonly string[]): unknown {
  if (error instanceof IdempotentParameterMismatchException) {
    return invalidRequest(`Could not ${doing}: the same 'idempotencyToken' was given for other operations before.`);
  }
  if (!(error instanceof TransactionCanceledException)) return error;
  const canceledBy = (error.CancellationReasons ?? []).flatMap(({ Code: reason }, position) => {
    const dataId = dataIds[position];
    return reason === undefined || reason === 'None' || !/^\w{1,64}$/.test(reason) || dataId === undefined
      ? []
      : { position, dataId, reason };
  });
  const reasons = canceledBy.map(({ reason }) => reason);
  const name = DECISIVE.find((reason) => reasons.includes(reason)) ?? reasons[0];
  if (name === undefined) return error;

  const of = canceledBy.filter(({ reason }) => reason === name);
  const named = of.slice(0, MOST_NAMED).map(({ position, dataId }) => `${position} (${quote(dataId)})`);
  const more = of.length > MOST_NAMED ? ` and ${of.length - MOST_NAMED} more` : '';
  // As if the operation had failed alone. The SDK's error holds items.
  const { $metadata, $fault } = error;
  const alone = Object.assign(new Error('The transaction was canceled.'), { name, $metadata, $fault });
  const { code, message, cause } = fromServiceError(alone, {
    doing: `${doing}, canceled by ${named.join(', ')}${more}`,
    expired: 'credentials.expired',
    deniedBecause: DENIED_BECAUSE,
  });
  return new TransactionCanceledError(code, message, canceledBy, { cause });
}

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isRecord } from '../call-options';
import { invalidRequest, quote, TenantDataAccessError } from '../errors';
import type { SigningSession } from '../session/signing-session';
import { itemKey, PARTITION_KEY, parseTenantId, SORT_KEY } from '../tenancy';
import { type StoredItem, UNREADABLE_NAME, without } from './tenant-item';

/** One tenant's partition of a table. Every request goes out under its key, and no other tenant's item comes in. */
export class TenantPartition {
  constructor(
    readonly signing: SigningSession,
    readonly docClient: DynamoDBDocumentClient,
    readonly tableName: string,
  ) {}

  /** @throws TenantDataAccessError `tenant.invalid` */
  key(dataId: string): { tenantId: string; dataId: string } {
    return itemKey(this.signing.tenantId, dataId);
  }

  /**
   * A copy of an item, with the tenant key.
   *
   * @throws TenantDataAccessError `request.invalid`, `tenant.invalid`, and `tenant.mismatch` if it is another tenant's
   */
  toStore(item: object): StoredItem & { readonly dataId: string } {
    if (!isRecord(item)) throw invalidRequest(`An item must be an object, given was ${quote(item)}.`);
    const copy = { ...item };
    if (Object.hasOwn(copy, UNREADABLE_NAME)) throw invalidRequest(`An item cannot hold an attribute '${UNREADABLE_NAME}'.`);
    const owner = copy[PARTITION_KEY];
    if (owner !== undefined && parseTenantId(owner) !== this.signing.tenantId) {
      throw new TenantDataAccessError(
        'tenant.mismatch',
        `The item belongs to tenant ${quote(owner)}, not to '${this.signing.tenantId}': leave '${PARTITION_KEY}' out.`,
      );
    }
    return { ...copy, ...this.key(copy[SORT_KEY] as string) };
  }

  /**
   * Sends a request, and codes its error.
   *
   * @param doing completes "Could not ..."; the tenant and the table are added
   * @throws TenantDataAccessError
   */
  attempt<Answer>(doing: () => string, send: () => Promise<Answer>): Promise<Answer> {
    return this.signing.attempt(
      () => ({ doing: this.inPlace(doing()), deniedBecause: DENIED_BECAUSE }),
      () =>
        send().catch((error: unknown) => {
          if (isMarshalling(error, UNMARSHALLABLE)) throw invalidRequest(`Could not ${this.inPlace(doing())}: ${MARSHALLED}`);
          throw isMarshalling(error, UNREADABLE) ? this.unreadable(doing()) : error;
        }),
    );
  }

  /**
   * An answered item without the tenant key.
   *
   * @param hidden further attributes to leave out, that were read for this package alone
   * @throws TenantDataAccessError `tenant.mismatch`, should it be another tenant's
   */
  received(item: StoredItem, hidden: readonly string[] = []): Record<string, unknown> {
    assertReceived(item, this.signing.tenantId, this.tableName);
    return without(item, [PARTITION_KEY, ...hidden]);
  }

  /** What an answer that is not as DynamoDB gives it ends in. */
  unreadable(doing: string): TenantDataAccessError {
    return new TenantDataAccessError('service.failed', `Could not ${this.inPlace(doing)}: the answer could not be read.`);
  }

  /** What is done, with the tenant and the table it is done to. */
  inPlace(doing: string): string {
    return `${doing} of tenant '${this.signing.tenantId}' in table '${this.tableName}'`;
  }
}

export const DENIED_BECAUSE =
  'AWS denied it: the role must be granted this action on the table or index, the session tag must be the partition key, and where ' +
  "permissions are mapped the token's must allow it";

const MARSHALLED =
  'it holds a value that DynamoDB does not take. Allowed are text, booleans, null, bytes, bigints, numbers within 2^53, arrays, plain ' +
  'objects and Sets that are not empty: give a Date as text.';

/** What the DocumentClient says of values that it cannot send, and of those that it cannot read, such as `1e40`. */
const UNMARSHALLABLE = /^(Unsupported type|Special numeric|Number \S+ is |Pass a non-empty|Only Number Set)/;
const UNREADABLE = /can't be converted|^No value defined/;

/** It throws plain errors, told by their messages alone; those of the service have a `$fault`. */
function isMarshalling(error: unknown, saying: RegExp): boolean {
  return error instanceof Error && !('$fault' in error) && saying.test(error.message);
}

/** Fails closed: whatever stands between here and the table, another tenant's item goes no further. */
export function assertReceived(item: StoredItem, tenantId: string, tableName: string): void {
  if (item[PARTITION_KEY] !== tenantId) {
    throw new TenantDataAccessError(
      'tenant.mismatch',
      `The answer for table '${tableName}' holds what is not tenant '${tenantId}'s: it was dropped.`,
    );
  }
}

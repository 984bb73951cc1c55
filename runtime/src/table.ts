/**
 * Tenant-scoped access to a table alone: nothing of S3 is loaded.
 *
 * @example
 * ```ts
 * import { TenantTableAccess } from 'multi-tenant-data-access/table';
 * ```
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { checkConfig, type SessionConfig, type TableConfig } from './config';
import type { SigningSession } from './session/signing-session';
import { TenantAccess } from './session/tenant-access';
import { TableSession } from './table/table-session';
import type { Keyed } from './table/tenant-item';
import type { TenantTable } from './table/tenant-table';

/** A session of one tenant that reaches its items. */
export class TenantTableSession {
  /** The tenant that the session is bound to. */
  readonly tenantId: string;
  readonly #signing: SigningSession;
  readonly #table: TableSession;

  /** Only `forTenant` makes one. */
  constructor(signing: SigningSession, config: TableConfig) {
    this.tenantId = signing.tenantId;
    this.#signing = signing;
    this.#table = new TableSession(signing, config);
  }

  /** When the credentials in use end. Those of a token function are renewed before. */
  get expiration(): Date {
    return this.#signing.expiration;
  }

  /** A plain document client that signs for this tenant; AWS denies it all that is not the tenant's. */
  get docClient(): DynamoDBDocumentClient {
    return this.#table.docClient;
  }

  /**
   * The tenant's items, of the type given.
   *
   * @param tableName of several tables, which. Default: that of the configuration.
   * @throws TenantDataAccessError `request.invalid`
   */
  table<Item extends Keyed<Item> = Record<string, unknown>>(tableName?: string): TenantTable<Item> {
    return this.#table.table<Item>(tableName);
  }
}

/** Configuration of `TenantTableAccess`. */
export interface TenantTableAccessConfig extends SessionConfig, TableConfig {}

/** `TenantDataAccess` for applications that use no objects. */
export class TenantTableAccess extends TenantAccess<TenantTableSession> {
  /** @throws TenantDataAccessError `config.invalid`, naming every option that does not fit */
  constructor(config: TenantTableAccessConfig) {
    const checked = checkConfig(config, { table: true, objects: false });
    super(checked, (signing) => new TenantTableSession(signing, checked));
  }
}

export type { SessionConfig, TableConfig } from './config';
export { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';
export type { TenantEvent } from './session/events';
export type { TokenSource } from './session/tenant-access';
export type { BatchGetResult } from './table/batch-get';
export type { BatchWriteResult, BatchWrites } from './table/batch-write';
export type { ItemQuery, QueryPage } from './table/item-query';
export type { IndexRange, QueryOptions } from './table/query-options';
export type { ReadOptions } from './table/read-options';
export type { SortKeyRange, SortKeyValue } from './table/sort-key-range';
export type { NewItem, TenantItem } from './table/tenant-item';
export type { TenantTable } from './table/tenant-table';
export type { TransactWrite } from './table/transact-operation';
export { TransactionCanceledError, type CanceledOperation } from './table/transaction-canceled';
export type { TransactWriteOptions } from './table/transaction';
export type { ItemChanges } from './table/update-expression';
export type { ConditionOptions, WriteOptions } from './table/write-requests';
export type { TokenIssuer } from './token/issuer';

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isTableName, TABLE_NAMES, type TableConfig } from '../config';
import { invalidRequest, quote } from '../errors';
import type { SigningSession } from '../session/signing-session';
import { documentClient } from './document-client';
import type { Keyed } from './tenant-item';
import { TenantTable } from './tenant-table';

/** The part of a session that reaches the tenant's items. Its client is made when it is first used, and kept. */
export class TableSession {
  readonly #signing: SigningSession;
  readonly #config: TableConfig;
  #docClient: DynamoDBDocumentClient | undefined;

  constructor(signing: SigningSession, config: TableConfig) {
    this.#signing = signing;
    this.#config = config;
  }

  get docClient(): DynamoDBDocumentClient {
    this.#docClient ??= documentClient(this.#signing, this.#signing.client, this.#config.dynamoDbConfig);
    return this.#docClient;
  }

  table<Item extends Keyed<Item>>(tableName: string = this.#config.tableName): TenantTable<Item> {
    if (!isTableName(tableName)) {
      throw invalidRequest(`${quote(tableName)} is not the name of a table: allowed are ${TABLE_NAMES}.`);
    }
    return new TenantTable<Item>(this.#signing, this.docClient, tableName);
  }
}

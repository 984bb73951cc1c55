import { AwsError } from '../http/aws-error';
import type { AwsRequest, Store } from '../http/aws-request';
import { wholeBody } from '../http/whole-body';
import { callRequest, readCall, targetOf } from './dynamodb-call';
import { type JsonObject, objectOf, objectsOf, readJson, textOf } from './json-body';

/** Names of a table's key attributes. */
export interface TableSchema {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: ReadonlyMap<string, IndexSchema>;
}

/** Names of an index's partition key attributes: one, or up to four of a global index. */
export interface IndexSchema {
  readonly partitionKeys: readonly string[];
}

/**
 * How long keys are taken for those of the table. Changes that go through the sandbox are seen at once; this is for a table that somebody
 * makes anew, with other keys, behind its back.
 */
const KEPT_MILLISECONDS = 3_000;

interface KnownKeys {
  readonly asked: Promise<TableSchema | undefined>;
  readonly until: number;
}

/** Tables whose keys are kept at a time. */
const MAX_TABLES = 1000;

/** What gives a table keys or takes them away, with the member that names it. */
const CHANGES: ReadonlyMap<string, string> = new Map([
  ['CreateTable', 'TableName'],
  ['UpdateTable', 'TableName'],
  ['DeleteTable', 'TableName'],
  ['RestoreTableFromBackup', 'TargetTableName'],
  ['RestoreTableToPointInTime', 'TargetTableName'],
]);

/** Which attributes are the keys of tables, asked of the store that holds them. */
export class TableKeys {
  readonly #store: Store;
  readonly #known = new Map<string, KnownKeys>();
  readonly #now: () => number;

  /** @param now a clock that never goes back, in milliseconds; another one only for tests */
  constructor(store: Store, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  /**
   * @returns undefined if the store has no such table
   * @throws AwsError `InternalServerError` if the store does not say
   */
  of(tableName: string, region: string): Promise<TableSchema | undefined> {
    const id = `${tableName}/${region}`;
    const known = this.#known.get(id);
    const now = this.#now();
    if (known !== undefined && now < known.until) return known.asked;
    const asked = this.#describe(tableName, region);
    const [oldest] = this.#known.keys();
    if (known === undefined && this.#known.size >= MAX_TABLES && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(id, { asked, until: now + KEPT_MILLISECONDS });
    const forget = () => {
      if (this.#known.get(id)?.asked === asked) this.#known.delete(id);
    };
    // A table that is not there may be made any time.
    asked.then((schema) => {
      if (schema === undefined) forget();
    }, forget);
    return asked;
  }

  /** Has the store asked anew, also if it is just being asked. */
  forget(tableName: string): void {
    for (const id of this.#known.keys()) {
      if (id.startsWith(`${tableName}/`)) this.#known.delete(id);
    }
  }

  /** To be told of every request that the store has answered: forgets a table that has been changed by it. */
  answered(request: AwsRequest): void {
    const member = CHANGES.get(targetOf(request)?.operation ?? '');
    if (member === undefined) return;
    const name = textOf(readCall(request).body, member) ?? '';
    this.forget(name.slice(name.lastIndexOf('/') + 1));
  }

  async #describe(tableName: string, region: string): Promise<TableSchema | undefined> {
    const request = callRequest({ service: 'DynamoDB', operation: 'DescribeTable', body: { TableName: tableName } });
    const described = await this.#store.handle(request, { service: 'dynamodb', region });
    const answer = readJson(await wholeBody(described));
    const table = objectOf(answer, 'Table');
    if (described.status === 200 && table !== undefined) return schemaOf(table);
    if (textOf(answer, '__type')?.endsWith('#ResourceNotFoundException') === true) return undefined;
    throw unclear();
  }
}

function schemaOf(table: JsonObject): TableSchema {
  const [partitionKey] = keysOf(table, 'HASH');
  const [sortKey] = keysOf(table, 'RANGE');
  if (partitionKey === undefined) throw unclear();
  const indexes = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'].flatMap((member) => objectsOf(table, member) ?? []);
  return {
    partitionKey,
    sortKey,
    indexes: new Map(indexes.map((index) => [textOf(index, 'IndexName') ?? '', { partitionKeys: keysOf(index, 'HASH') }])),
  };
}

function keysOf(described: JsonObject, type: 'HASH' | 'RANGE'): readonly string[] {
  const elements = objectsOf(described, 'KeySchema') ?? [];
  return elements.filter((element) => element['KeyType'] === type).flatMap((element) => textOf(element, 'AttributeName') ?? []);
}

function unclear(): AwsError {
  return new AwsError('InternalServerError', 'The store does not tell the keys of the table.', 500);
}

import { AwsError, errorAnswer } from '../http/aws-error';
import type { AwsAnswer, AwsRequest, Store, StoreTarget } from '../http/aws-request';
import type { Place } from '../operation';
import { readCall, targetOf, unknownOperation } from './dynamodb-call';
import { DynaliteEngine } from './dynalite-engine';
import { type JsonObject, textOf } from './json-body';
import { StoreGate } from './store-gate';
import { TableKeys } from './table-keys';
import { Transactions } from './transactions';

/**
 * Opens a DynamoDB in this process, in memory and without a socket: dynalite, and the transactions that it lacks. Operations that neither
 * of them knows are answered with `UnknownOperationException`. Each region has tables of its own.
 *
 * @param place whose ARNs its tables get in descriptions. @default - those that dynalite makes, of account 000000000000
 * @throws Error with code `MODULE_NOT_FOUND` if dynalite, an optional dependency, is not installed
 * @see https://github.com/architect/dynalite
 */
export function embeddedDynamoDb(place?: Pick<Place, 'partition' | 'account'>): Promise<Store> {
  return new Promise((opened) => {
    const regions = new Map<string, EmbeddedDynamoDb>();
    // Answers for all regions where no table was ever made, so that naming regions fills no memory.
    const empty = new EmbeddedDynamoDb(new DynaliteEngine(), place);
    const storeOf = (request: AwsRequest, region: string): EmbeddedDynamoDb => {
      const known = regions.get(region);
      if (known !== undefined || targetOf(request)?.operation !== 'CreateTable') return known ?? empty;
      const made = new EmbeddedDynamoDb(new DynaliteEngine(), place);
      regions.set(region, made);
      return made;
    };
    opened({
      handle: (request, target) => storeOf(request, target.region).handle(request, target),
      close: async () => {
        for (const store of [empty, ...regions.values()]) await store.close();
      },
    });
  });
}

/** What answers with a table's ARN, and nothing of its items. */
const DESCRIBING = new Set(['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable']);
const TAGGING = new Set(['TagResource', 'UntagResource', 'ListTagsOfResource']);

const HEADERS = { 'content-type': 'application/x-amz-json-1.0' };

/** The tables of one region. */
class EmbeddedDynamoDb implements Store {
  readonly #engine: DynaliteEngine;
  readonly #place: Pick<Place, 'partition' | 'account'> | undefined;
  readonly #gate = new StoreGate();
  readonly #keys: TableKeys;
  readonly #transactions: Transactions;
  #isClosed = false;

  constructor(engine: DynaliteEngine, place: Pick<Place, 'partition' | 'account'> | undefined) {
    this.#engine = engine;
    this.#place = place;
    // Asked within a transaction, which is past the gate.
    this.#keys = new TableKeys({
      handle: (request) => this.#forward('DescribeTable', readCall(request).body),
      close: () => Promise.resolve(),
    });
    this.#transactions = new Transactions(engine, this.#keys);
  }

  async handle(request: AwsRequest, target: StoreTarget): Promise<AwsAnswer> {
    if (this.#isClosed) throw new AwsError('InternalServerError', 'The store is closed.', 500);
    try {
      const { service, operation, body } = readCall(request);
      if (service !== 'DynamoDB') throw unknownOperation();
      if (operation === 'TransactWriteItems') return await this.#gate.alone(() => this.#transactions.write(body, target.region));
      if (operation === 'TransactGetItems') return await this.#gate.alone(() => this.#transactions.get(body, target.region));
      const answer = await this.#gate.together(() => this.#forward(operation, body));
      this.#keys.answered(request);
      return this.#told(operation, answer, target);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, 'json');
      throw error;
    }
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  async #forward(operation: string, body: JsonObject): Promise<AwsAnswer & { readonly body: Buffer }> {
    // Dynalite takes ARNs of one partition only, and looks at nothing but the table's name in them.
    const arn = TAGGING.has(operation) ? textOf(body, 'ResourceArn') : undefined;
    const input = arn === undefined ? body : { ...body, ResourceArn: arn.replace(/^arn:[^:]*:/, 'arn:aws:') };
    const { status, body: answer } = await this.#engine.ask(operation, input);
    return { status, headers: HEADERS, body: answer };
  }

  /** The answer with the ARNs that tables have here. */
  #told(operation: string, answer: AwsAnswer & { readonly body: Buffer }, { region }: StoreTarget): AwsAnswer {
    if (this.#place === undefined || !DESCRIBING.has(operation)) return answer;
    const { partition, account } = this.#place;
    const text = answer.body.toString('utf8').replace(MADE_ARN, `"arn:${partition}:dynamodb:${region}:${account}:table/`);
    return { ...answer, body: Buffer.from(text) };
  }
}

const MADE_ARN = /"arn:aws:dynamodb:[^:"]*:[0-9]*:table\//g;

import { AwsError } from '../http/aws-error';
import type { AwsAnswer } from '../http/aws-request';
import type { DynaliteEngine } from './dynalite-engine';
import { invalid, type JsonObject, type JsonValue, objectOf, textOf } from './json-body';
import { keyText } from './key-value';
import { RequestTokens } from './request-tokens';
import type { TableKeys } from './table-keys';
import { keyOf, type TransactionPart, transactionParts } from './transaction-request';

/** Why a part canceled its transaction; of a part that did not, `None`. */
interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: JsonObject;
}

const NO_REASON: CancellationReason = { Code: 'None' };

/** A part with the key of its item. */
interface KeyedPart extends TransactionPart {
  readonly key: JsonObject;
}

/** What a part leads to: it may be taken back, or it is the reason to take all back. */
type Outcome = { readonly undo: () => Promise<void> } | { readonly reason: CancellationReason };

/** What is wrong with a request whatever is stored. */
const WRONG_REQUEST = /^(?:Invalid \w+Expression|ExpressionAttribute|Value provided in|Can ?not use both|\d+ validation error)/;

/**
 * Transactions on a store that has none: each part is done as the operation that it stands for, which checks its condition; if any part
 * fails, those that are done are taken back. Whoever calls must let nobody else into the store meanwhile.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
export class Transactions {
  readonly #engine: DynaliteEngine;
  readonly #keys: TableKeys;
  readonly #tokens = new RequestTokens();

  constructor(engine: DynaliteEngine, keys: TableKeys) {
    this.#engine = engine;
    this.#keys = keys;
  }

  /** TransactWriteItems. @throws AwsError what makes the whole request fail, but for the cancellation, which is an answer */
  async write(body: JsonObject, region: string): Promise<AwsAnswer> {
    const parts = await this.#keyed(transactionParts(body, ['Put', 'Update', 'Delete', 'ConditionCheck']), region);
    const token = textOf(body, 'ClientRequestToken');
    const what = body['TransactItems'] ?? [];
    if (this.#tokens.wasDone(token, what)) return answer(200, {});
    const outcomes: Outcome[] = [];
    const undo = async () => {
      for (const outcome of outcomes) if ('undo' in outcome) await outcome.undo();
    };
    try {
      for (const part of parts) outcomes.push(await this.#write(part));
    } catch (error) {
      await undo();
      throw error;
    }
    if (outcomes.every((outcome) => 'undo' in outcome)) {
      this.#tokens.remember(token, what);
      return answer(200, {});
    }
    await undo();
    return canceled(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : NO_REASON)));
  }

  /** TransactGetItems. @throws AwsError as above */
  async get(body: JsonObject, region: string): Promise<AwsAnswer> {
    const parts = await this.#keyed(transactionParts(body, ['Get']), region);
    const responses: JsonObject[] = [];
    const reasons: CancellationReason[] = [];
    for (const { table, input } of parts) {
      const read = await this.#ask('GetItem', { TableName: table, ...picked(input, READ_MEMBERS) });
      responses.push('failed' in read ? {} : picked(read.body, ['Item']));
      reasons.push('failed' in read ? reasonOf(read.failed) : NO_REASON);
    }
    return reasons.every((reason) => reason === NO_REASON) ? answer(200, { Responses: responses }) : canceled(reasons);
  }

  async #keyed(parts: readonly TransactionPart[], region: string): Promise<readonly KeyedPart[]> {
    const seen = new Set<string>();
    const keyed: KeyedPart[] = [];
    for (const part of parts) {
      const schema = await this.#keys.of(part.table, region);
      if (schema === undefined) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
      const key = keyOf(part, schema);
      const item = JSON.stringify([part.table, ...Object.values(key).map((value) => keyText(value))]);
      if (seen.has(item)) throw invalid('Transaction request cannot include multiple operations on one item');
      seen.add(item);
      keyed.push({ ...part, key });
    }
    return keyed;
  }

  async #write(part: KeyedPart): Promise<Outcome> {
    const { kind, table, key, input } = part;
    const common = { TableName: table, ...picked(input, WRITE_MEMBERS), ReturnValues: 'ALL_OLD' };
    if (kind === 'ConditionCheck') return this.#check(part);
    const done = await this.#ask(
      `${kind}Item`,
      kind === 'Put' ? { ...common, ...picked(input, ['Item']) } : { ...common, ...picked(input, ['Key', 'UpdateExpression']) },
    );
    if ('failed' in done) return { reason: await this.#reason(part, done.failed) };
    const old = objectOf(done.body, 'Attributes');
    return {
      undo: async () => {
        const undone = await (old === undefined
          ? this.#ask('DeleteItem', { TableName: table, Key: key })
          : this.#ask('PutItem', { TableName: table, Item: old }));
        if ('failed' in undone) throw new AwsError('InternalServerError', 'The transaction could not be taken back.', 500);
      },
    };
  }

  /** A write that leaves all as it is: of an item itself, of nothing a deletion. */
  async #check(part: KeyedPart): Promise<Outcome> {
    const { table, key, input } = part;
    const item = await this.#item(part);
    const condition = { TableName: table, ...picked(input, WRITE_MEMBERS) };
    const checked = await (item === undefined
      ? this.#ask('DeleteItem', { ...condition, Key: key })
      : this.#ask('PutItem', { ...condition, Item: item }));
    return 'failed' in checked ? { reason: await this.#reason(part, checked.failed) } : { undo: () => Promise.resolve() };
  }

  async #reason(part: KeyedPart, error: AwsError): Promise<CancellationReason> {
    const reason = reasonOf(error);
    const wanted = part.input['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD' && reason.Code === 'ConditionalCheckFailed';
    const item = wanted ? await this.#item(part) : undefined;
    return item === undefined ? reason : { ...reason, Item: item };
  }

  async #item({ table, key }: KeyedPart): Promise<JsonObject | undefined> {
    const read = await this.#ask('GetItem', { TableName: table, Key: key, ConsistentRead: true });
    if ('failed' in read) throw read.failed;
    return objectOf(read.body, 'Item');
  }

  async #ask(operation: string, input: JsonObject): Promise<{ readonly body: JsonObject } | { readonly failed: AwsError }> {
    const { status, body } = await this.#engine.read(operation, input);
    if (status === 200) return { body };
    const code = textOf(body, '__type')?.replace(/^.*#/, '') ?? 'InternalServerError';
    return { failed: new AwsError(code, textOf(body, 'message') ?? textOf(body, 'Message') ?? '', status) };
  }
}

const READ_MEMBERS = ['Key', 'ProjectionExpression', 'ExpressionAttributeNames'];
const WRITE_MEMBERS = ['ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];

function picked(from: JsonObject, members: readonly string[]): Record<string, JsonValue | undefined> {
  return Object.fromEntries(members.map((member) => [member, from[member]]));
}

/** @throws AwsError the error itself, if it is not about the state of an item */
function reasonOf(error: AwsError): CancellationReason {
  if (error.code === 'ConditionalCheckFailedException') return { Code: 'ConditionalCheckFailed', Message: error.message };
  if (error.code === 'ValidationException' && !WRONG_REQUEST.test(error.message)) {
    return { Code: 'ValidationError', Message: error.message };
  }
  throw error;
}

function canceled(reasons: readonly CancellationReason[]): AwsAnswer {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return answer(400, {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    CancellationReasons: reasons,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  });
}

function answer(status: number, body: object): AwsAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)) };
}

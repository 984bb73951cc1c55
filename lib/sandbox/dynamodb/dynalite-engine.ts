import { createRequire } from 'node:module';
import { AwsError } from '../http/aws-error';
import { guardedStore } from './dynalite-guard';
import { type JsonObject, readJson } from './json-body';

/** What dynalite throws or hands back when it means to refuse a request. */
interface DynaliteRefusal {
  readonly statusCode: number;
  readonly body: object;
}

type Action = (store: object, data: object, done: (error: unknown, answer: object) => void) => void;

interface Validations {
  checkTypes(data: object, types: object): object;
  checkValidations(data: object, types: object, custom: unknown, store: object): void;
}

/** An answer of dynalite. */
export interface DynaliteAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Operations that dynalite knows. */
const OPERATIONS = new Set([
  ...[
    'BatchGetItem',
    'BatchWriteItem',
    'CreateTable',
    'DeleteItem',
    'DeleteTable',
    'DescribeTable',
    'DescribeTimeToLive',
    'GetItem',
  ],
  ...['ListTables', 'ListTagsOfResource', 'PutItem', 'Query', 'Scan', 'TagResource', 'UntagResource', 'UpdateItem', 'UpdateTable'],
]);

/**
 * Dynalite in this process, without its server: a request is checked and done as the server does, but a failure within it is answered,
 * where the server ends the process.
 */
export class DynaliteEngine {
  // It comes without types.
  readonly #load = createRequire(__filename) as (path: string) => unknown;
  readonly #validations: Validations;
  readonly #store: object;

  /** Loads dynalite, which is an optional dependency. @throws Error with code `MODULE_NOT_FOUND` if it is not installed */
  constructor() {
    const { create } = this.#load('dynalite/db') as { create: (options: object) => object };
    this.#validations = this.#load('dynalite/validations') as Validations;
    this.#store = create({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  }

  /**
   * Has a request done. Refusals are answers, too.
   *
   * @throws AwsError `UnknownOperationException`; `InternalServerError` if dynalite fails at it
   */
  ask(operation: string, body: JsonObject): Promise<DynaliteAnswer> {
    if (!OPERATIONS.has(operation)) {
      const mend = 'start the sandbox before one that has, --upstream dynamodb=URL.';
      throw new AwsError('UnknownOperationException', `The DynamoDB in the sandbox does not have ${operation}: ${mend}`);
    }
    const name = operation.charAt(0).toLowerCase() + operation.slice(1);
    const { types, custom } = this.#load(`dynalite/validations/${name}`) as { types: object; custom: unknown };
    const action = this.#load(`dynalite/actions/${name}`) as Action;
    return new Promise((resolve, reject) => {
      const answered = (status: number, answer: object) => {
        resolve({ status, body: Buffer.from(JSON.stringify(answer)) });
      };
      const failed = (error: unknown) => {
        if (isRefusal(error)) answered(error.statusCode, error.body);
        else reject(new AwsError('InternalServerError', 'The embedded store failed at this request.', 500));
      };
      try {
        // It changes what it is given.
        const data = this.#validations.checkTypes(JSON.parse(JSON.stringify(body)) as object, types);
        this.#validations.checkValidations(data, types, custom, this.#store);
        action(guardedStore(this.#store, failed), data, (error, answer) => {
          if (error == null) answered(200, answer);
          else failed(error);
        });
      } catch (error) {
        failed(error);
      }
    });
  }

  /** As above, with the answer read. */
  async read(operation: string, body: JsonObject): Promise<{ readonly status: number; readonly body: JsonObject }> {
    const answer = await this.ask(operation, body);
    return { status: answer.status, body: readJson(answer.body) };
  }
}

function isRefusal(error: unknown): error is DynaliteRefusal {
  return error instanceof Error && 'statusCode' in error && 'body' in error;
}

import { createHash } from 'node:crypto';
import { AwsError } from '../http/aws-error';
import { invalid, isObject, type JsonValue } from './json-body';

/** How long a transaction is remembered: ten minutes. */
const KEPT_MILLISECONDS = 600_000;
const MAX_LENGTH = 36;
/** Transactions remembered at a time; then the oldest is forgotten before its time. */
const MAX_TOKENS = 10_000;

/**
 * Which transactions were done, so that one that is sent again is not done again.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems-idempotency
 */
export class RequestTokens {
  readonly #done = new Map<string, { readonly digest: string; readonly until: number }>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Whether this was done before.
   *
   * @throws AwsError `IdempotentParameterMismatchException` if something else was, `ValidationException` for a token of wrong length
   */
  wasDone(token: string | undefined, what: JsonValue): boolean {
    if (token === undefined) return false;
    if (token.length < 1 || token.length > MAX_LENGTH) {
      throw invalid(`1 validation error detected: 'clientRequestToken' must have 1 to ${MAX_LENGTH} characters`);
    }
    const done = this.#done.get(token);
    if (done === undefined || done.until <= this.#now()) return false;
    if (done.digest === digestOf(what)) return true;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'A request with the same ClientRequestToken had other parameters within the last ten minutes.',
    );
  }

  remember(token: string | undefined, what: JsonValue): void {
    if (token === undefined) return;
    const now = this.#now();
    for (const [known, { until }] of this.#done) {
      if (until > now && this.#done.size < MAX_TOKENS) break;
      this.#done.delete(known);
    }
    this.#done.delete(token);
    this.#done.set(token, { digest: digestOf(what), until: now + KEPT_MILLISECONDS });
  }
}

/** The same in whatever order members are written. */
function digestOf(what: JsonValue): string {
  const sorted = JSON.stringify(what, (_name, value: JsonValue) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
  return createHash('sha256').update(sorted).digest('base64');
}

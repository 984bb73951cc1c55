import type { OptionRules } from '../call-options';
import { invalidRequest, quote } from '../errors';
import { PARTITION_KEY } from '../tenancy';
import { UNREADABLE_NAME } from './tenant-item';
import { RECORD } from './option-rules';

/** What the placeholders in an expression of the caller stand for. Those that begin with `#_` and `:_` are this package's own. */
export interface ExpressionParameters {
  /**
   * Attribute names: `{ '#status': 'status' }`.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
   */
  readonly names?: Readonly<Record<`#${string}`, string>> | undefined;
  /**
   * Values, as the DocumentClient marshals them: `{ ':min': 10 }`. None may be `undefined`.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html
   */
  readonly values?: Readonly<Record<`:${string}`, unknown>> | undefined;
}

export const PARAMETERS: OptionRules<ExpressionParameters> = { names: RECORD, values: RECORD };

/** The names and values of one request's expressions: those of the caller, and those that this package puts in. */
export class Placeholders {
  readonly #names: Record<string, string>;
  readonly #values: Record<string, unknown>;
  readonly #ownNames = new Map<string, string>();
  #ownValues = 0;

  /** @throws TenantDataAccessError `request.invalid` */
  constructor({ names, values }: ExpressionParameters = {}) {
    this.#names = placeholders<string>('names', '#', names, (name) => typeof name === 'string');
    // DynamoDB is not told of one that is undefined, and refuses the expression without saying why.
    this.#values = placeholders('values', ':', values, (value) => value !== undefined);
  }

  /** The placeholder of an attribute's name. */
  name(attribute: string): string {
    const known = this.#ownNames.get(attribute);
    if (known !== undefined) return known;
    if (typeof attribute !== 'string' || attribute === '' || attribute === UNREADABLE_NAME) {
      throw invalidRequest(
        `${quote(attribute)} is not the name of an attribute: give a string of at least one character, not '${UNREADABLE_NAME}'.`,
      );
    }
    const placeholder = `#_${this.#ownNames.size}`;
    this.#ownNames.set(attribute, placeholder);
    this.#names[placeholder] = attribute;
    return placeholder;
  }

  /** The placeholder of a value. */
  value(value: unknown): string {
    const placeholder = `:_${this.#ownValues++}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  /** A projection of these attributes. The tenant key is always read, so that the answer can be checked. */
  projection(attributes: readonly string[]): string {
    return [...new Set([PARTITION_KEY, ...attributes])].map((attribute) => this.name(attribute)).join(', ');
  }

  /** To be spread into a request, once all its expressions are made. */
  get parameters(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: Record<string, unknown> } {
    return {
      ...(Object.keys(this.#names).length > 0 && { ExpressionAttributeNames: this.#names }),
      ...(Object.keys(this.#values).length > 0 && { ExpressionAttributeValues: this.#values }),
    };
  }
}

/** The part of a request that projects these attributes. */
export function projectionOf(attributes: readonly string[]) {
  const placeholders = new Placeholders();
  return { ProjectionExpression: placeholders.projection(attributes), ...placeholders.parameters };
}

function placeholders<Value>(
  option: string,
  sign: '#' | ':',
  given: Readonly<Record<string, Value>> = {},
  isUsable: (value: unknown) => boolean,
): Record<string, Value> {
  const own = { ...given };
  for (const [placeholder, value] of Object.entries(own)) {
    if (!placeholder.startsWith(sign) || placeholder.startsWith(`${sign}_`)) {
      throw invalidRequest(
        `${quote(placeholder)} in '${option}' must begin with '${sign}', and not with '${sign}_', which this package uses itself.`,
      );
    }
    if (!isUsable(value)) throw invalidRequest(`'${option}' gives ${quote(value)} for ${quote(placeholder)}.`);
  }
  return own;
}

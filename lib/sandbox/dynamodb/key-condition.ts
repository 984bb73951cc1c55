import type { AwsError } from '../http/aws-error';
import { attributeNamed, type Token, tokensOf } from './expression-tokens';
import { invalid, type JsonObject, type JsonValue, listOf, objectOf, textOf } from './json-body';

/** What a query asks of one key attribute. */
export interface KeyCondition {
  readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'between' | 'begins_with';
  /** Two for `between`, else one. */
  readonly values: readonly JsonValue[];
}

/** Conditions by attribute; there is one for each at most. */
export type KeyConditions = ReadonlyMap<string, KeyCondition>;

const MEMBER = 'KeyConditionExpression';
/** Comparisons, and how they read with the value first. */
const COMPARISONS = new Map<string, readonly [KeyCondition['operator'], KeyCondition['operator']]>([
  ['=', ['=', '=']],
  ['<', ['<', '>']],
  ['<=', ['<=', '>=']],
  ['>', ['>', '<']],
  ['>=', ['>=', '<=']],
]);
const LEGACY = new Map<string | undefined, KeyCondition['operator']>([
  ['EQ', '='],
  ['LT', '<'],
  ['LE', '<='],
  ['GT', '>'],
  ['GE', '>='],
  ['BETWEEN', 'between'],
  ['BEGINS_WITH', 'begins_with'],
]);

/**
 * What a query asks of the keys, by its expression or by the older `KeyConditions`.
 *
 * @throws AwsError `ValidationException` if it gives both or none, or what it gives is no conjunction of conditions on distinct attributes
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
export function keyConditionsOf(query: JsonObject): KeyConditions {
  const expression = textOf(query, MEMBER);
  const legacy = objectOf(query, 'KeyConditions');
  if (expression !== undefined && legacy !== undefined) {
    throw invalid('Can not use both expression and non-expression parameters in the same request: KeyConditions');
  }
  if (expression !== undefined) return new KeyConditionParser(expression, query).parse();
  if (legacy === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  return new Map(Object.keys(legacy).map((name) => [name, legacyCondition(objectOf(legacy, name) ?? {})]));
}

function legacyCondition(condition: JsonObject): KeyCondition {
  const operator = LEGACY.get(textOf(condition, 'ComparisonOperator'));
  const values = listOf(condition, 'AttributeValueList') ?? [];
  if (operator === undefined) throw invalid('Attempted conditional constraint is not an indexable operation');
  if (values.length !== (operator === 'between' ? 2 : 1)) {
    throw invalid('One or more parameter values were invalid: Invalid number of argument(s) for the ComparisonOperator');
  }
  return { operator, values };
}

type Operand = { readonly attribute: string } | { readonly value: JsonValue };

/** Reads `condition { AND condition }`, where a condition may be one in parentheses. */
class KeyConditionParser {
  readonly #tokens: readonly Token[];
  readonly #names: JsonObject | undefined;
  readonly #values: JsonObject | undefined;
  readonly #conditions = new Map<string, KeyCondition>();
  #at = 0;

  constructor(expression: string, query: JsonObject) {
    this.#tokens = tokensOf(expression, MEMBER);
    this.#names = objectOf(query, 'ExpressionAttributeNames');
    this.#values = objectOf(query, 'ExpressionAttributeValues');
  }

  parse(): KeyConditions {
    this.#conjunction();
    if (this.#next().kind !== 'end') throw syntax();
    return this.#conditions;
  }

  #conjunction(): void {
    this.#condition();
    while (this.#takes('and')) this.#condition();
  }

  #condition(): void {
    // A parenthesis around an operand is no condition in parentheses; nor does DynamoDB take it.
    if (this.#takes('(')) {
      this.#conjunction();
      this.#expect(')');
      return;
    }
    if (this.#tokens[this.#at]?.text === 'begins_with' && this.#tokens[this.#at + 1]?.text === '(') {
      this.#at += 2;
      const subject = this.#operand();
      this.#expect(',');
      this.#add(subject, 'begins_with', [this.#operand()]);
      this.#expect(')');
      return;
    }
    this.#comparison(this.#operand());
  }

  #comparison(left: Operand): void {
    if (this.#takes('between')) {
      const lower = this.#operand();
      this.#expect('and');
      this.#add(left, 'between', [lower, this.#operand()]);
      return;
    }
    const comparison = COMPARISONS.get(this.#next().text);
    if (comparison === undefined) throw syntax();
    const right = this.#operand();
    if ('value' in left) this.#add(right, comparison[1], [left]);
    else this.#add(left, comparison[0], [right]);
  }

  #operand(): Operand {
    const { kind, text } = this.#next();
    if (kind === 'name') return { attribute: attributeNamed(text, this.#names, MEMBER) };
    if (kind === 'word') return { attribute: text };
    const value = kind === 'value' ? this.#values?.[text] : undefined;
    if (kind !== 'value') throw syntax();
    if (value === undefined) {
      throw invalid(`Invalid ${MEMBER}: An expression attribute value used in expression is not defined; attribute value: ${text}`);
    }
    return { value };
  }

  #add(subject: Operand, operator: KeyCondition['operator'], operands: readonly Operand[]): void {
    const values = operands.map((operand) => {
      if ('attribute' in operand) throw invalid(`Invalid ${MEMBER}: Multiple attribute names used in one condition`);
      return operand.value;
    });
    if ('value' in subject) throw invalid(`Invalid ${MEMBER}: No key attribute specified`);
    if (this.#conditions.has(subject.attribute)) throw invalid(`${MEMBER}s must only contain one condition per key`);
    this.#conditions.set(subject.attribute, { operator, values });
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    const taken = (token?.kind === 'word' || token?.kind === 'symbol') && token.text.toLowerCase() === text;
    if (taken) this.#at++;
    return taken;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw syntax();
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? { kind: 'end', text: '' };
  }
}

function syntax(): AwsError {
  return invalid(`Invalid ${MEMBER}: Syntax error`);
}

import { invalid, type JsonObject } from './json-body';

/** A piece of an expression, as it is written. */
export interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end';
  readonly text: string;
}

const TOKEN = /[ \t\r\n]*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<=|>=|<>|[=<>(),.[\]+-]))/y;
const KINDS = ['word', 'name', 'value', 'number', 'symbol'] as const;

/** Bytes of an expression, by DynamoDB's limits. */
const MAX_LENGTH = 4096;

/**
 * Takes an expression apart: words, `#names`, `:values`, numbers and symbols.
 *
 * @throws AwsError `ValidationException` for any other character, for an empty expression and for one that is too long
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
 */
export function tokensOf(expression: string, member: string): readonly Token[] {
  if (Buffer.byteLength(expression) > MAX_LENGTH) {
    throw invalid(`Invalid ${member}: Expression size has exceeded the maximum allowed size; of ${MAX_LENGTH} bytes`);
  }
  const tokens: Token[] = [];
  const text = expression.replace(/[ \t\r\n]+$/, '');
  if (text === '') throw invalid(`Invalid ${member}: The expression can not be empty;`);
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) throw invalid(`Invalid ${member}: Syntax error`);
    const group = KINDS.findIndex((_, index) => found[index + 1] !== undefined);
    tokens.push({ kind: KINDS[group] ?? 'symbol', text: found[group + 1] ?? '' });
  }
  return tokens;
}

/** The attribute that a `#name` stands for. @throws AwsError `ValidationException` if it stands for none */
export function attributeNamed(placeholder: string, names: JsonObject | undefined, member: string): string {
  const name = names?.[placeholder];
  if (typeof name !== 'string' || name === '') {
    throw invalid(
      `Invalid ${member}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
    );
  }
  return name;
}

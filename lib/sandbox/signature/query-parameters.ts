import { decodePercent, encodePercent } from './percent-encoding';

/** A parameter of a query. */
export interface QueryParameter {
  /** As it came. */
  readonly raw: string;
  /** Decoded, one character a byte. */
  readonly name: string;
  /** Decoded, one character a byte; empty also where there is no equals sign. */
  readonly value: string;
}

/**
 * Takes a query apart. A plus sign is a space, as AWS and the stores take it.
 *
 * @returns `undefined` where a percent sign is not followed by two hexadecimal digits
 */
export function parseQuery(query: string): readonly QueryParameter[] | undefined {
  const parameters: QueryParameter[] = [];
  if (query === '') return parameters;
  for (const raw of query.split('&')) {
    if (raw === '') continue;
    const equals = raw.indexOf('=');
    const name = decodePart(equals < 0 ? raw : raw.slice(0, equals));
    const value = equals < 0 ? '' : decodePart(raw.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    parameters.push({ raw, name, value });
  }
  return parameters;
}

/** The query as it is signed: sorted by name, then by value, as they are encoded; all but the signature itself. */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return parameters
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ name, value }) => [encodePercent(name), encodePercent(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => inOrder(name, otherName) || inOrder(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code unit: the order of a locale is another one. */
function inOrder(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function decodePart(text: string): string | undefined {
  return decodePercent(text.includes('+') ? text.replace(/\+/g, ' ') : text);
}

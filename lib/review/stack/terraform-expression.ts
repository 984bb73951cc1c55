/**
 * A small, total evaluator for the Terraform expressions that CDKTF writes into JSON strings: templates, references, literals, index
 * and attribute access, a few functions. Whatever else there is gives `Unknown`, never a wrong value and never an exception.
 *
 * @see https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 */
import { FUNCTIONS } from './terraform-functions';
import { MAX_DEPTH, type Node, parse, type Parser, type Reference } from './terraform-parser';
import { asText, firstUnknown, isList, isObject, numberText, type TerraformValue, textsOf, Unknown } from './terraform-value';

export type { Reference } from './terraform-parser';
export { asText, firstUnknown, isList, isObject, type TerraformObject, type TerraformValue, Unknown } from './terraform-value';

/** Gives the value that a reference stands for; what follows in the expression, an index for example, is not its business. */
export type Resolve = (reference: Reference) => TerraformValue;

/** Evaluates a string of Terraform's JSON syntax. One that is a single `${...}` keeps the type of that expression. */
export function evaluateTemplate(text: string, resolve: Resolve): TerraformValue {
  return evaluateText(text, (parser) => parser.wholeTemplate(), resolve);
}

/** Evaluates an expression as it stands in HCL, without `${}` around it. */
export function evaluateExpression(text: string, resolve: Resolve): TerraformValue {
  return evaluateText(text, (parser) => parser.wholeExpression(), resolve);
}

/**
 * Evaluates a value of Terraform's JSON syntax with all the templates in it.
 *
 * @param resolve left out, strings are literal, as in the default of a variable.
 */
export function evaluateJson(json: unknown, resolve?: Resolve, depth = 0): TerraformValue {
  const evaluated = (text: string) => (resolve === undefined ? text.normalize() : evaluateTemplate(text, resolve));
  if (depth > MAX_DEPTH) return new Unknown('nested too deeply');
  if (typeof json === 'string') return evaluated(json);
  if (json === null || typeof json === 'boolean') return json;
  if (typeof json === 'number') return numberText(json) === undefined ? new Unknown(`number ${json}`) : json;
  if (Array.isArray(json)) return json.map((item) => evaluateJson(item, resolve, depth + 1));
  if (typeof json !== 'object') return new Unknown('no JSON');
  const entries: (readonly [string, TerraformValue])[] = [];
  for (const [name, item] of Object.entries(json)) {
    const key = evaluated(name);
    if (key instanceof Unknown) return key;
    if (typeof key !== 'string') return new Unknown(`key ${excerpt(name)}`);
    entries.push([key, evaluateJson(item, resolve, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

/** A reference that occurs in a value. */
export interface Occurrence {
  readonly reference: Reference;
  /** What it gives is the value, or one in a list of values: not a part of a text, nor changed by a function or picked from by an index. */
  readonly direct: boolean;
}

/** All references in a value of Terraform's JSON syntax, in their order; undefined if an expression in it cannot be read. */
export function referencesIn(json: unknown, depth = 0): readonly Occurrence[] | undefined {
  if (typeof json === 'string') {
    const node = parse(json, (parser) => parser.wholeTemplate());
    return node && occurrencesIn(node, true);
  }
  if (typeof json !== 'object' || json === null) return [];
  if (depth > MAX_DEPTH) return undefined;
  const parts = Array.isArray(json) ? (json as unknown[]) : Object.entries(json).flat();
  const found = parts.map((part) => referencesIn(part, depth + 1));
  return found.every((references) => references !== undefined) ? found.flat() : undefined;
}

function evaluateText(text: string, read: (parser: Parser) => Node, resolve: Resolve): TerraformValue {
  const node = parse(text, read);
  return node === undefined ? new Unknown(`cannot be evaluated: ${excerpt(text)}`) : evaluate(node, resolve);
}

function evaluate(node: Node, resolve: Resolve): TerraformValue {
  const evaluateAll = (items: readonly Node[]) => items.map((item) => evaluate(item, resolve));
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'template':
      return concatenated(evaluateAll(node.items));
    case 'list':
      return evaluateAll(node.items);
    case 'object': {
      const keys = evaluateAll(node.entries.map(([key]) => key));
      const unknown = firstUnknown(keys);
      const texts = textsOf(keys);
      if (unknown !== undefined || texts === undefined) return unknown ?? new Unknown('a key is no text');
      return Object.fromEntries(node.entries.map(([, value], at) => [texts[at] ?? '', evaluate(value, resolve)]));
    }
    case 'call': {
      const values = evaluateAll(node.items);
      return firstUnknown(values) ?? FUNCTIONS.get(node.name)?.(...values) ?? new Unknown(`${node.name}(...)`);
    }
    case 'index':
      return select(evaluate(node.of, resolve), evaluate(node.key, resolve));
    case 'reference': {
      const { names } = node;
      const root = names.slice(0, rootLength(names));
      if (root.length < rootLength(names)) return new Unknown(names.join('.'));
      return names.slice(root.length).reduce<TerraformValue>(select, resolve(root));
    }
  }
}

/** Values one after the other, as a template joins them. */
export function concatenated(values: readonly TerraformValue[]): TerraformValue {
  const texts = textsOf(values);
  return firstUnknown(values) ?? texts?.join('').normalize() ?? new Unknown('no text in a template');
}

function select(value: TerraformValue, key: TerraformValue): TerraformValue {
  if (value instanceof Unknown) return value;
  if (key instanceof Unknown) return key;
  const missing = new Unknown(`nothing at ${excerpt(JSON.stringify(key))}`);
  if (isList(value)) {
    const index = typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : key;
    return typeof index === 'number' ? (value[index] ?? missing) : missing;
  }
  const name = asText(key);
  return isObject(value) && name !== undefined && Object.hasOwn(value, name) ? (value[name] ?? null) : missing;
}

/** How many names the beginning of a reference has. */
function rootLength([first]: Reference): number {
  if (first === 'var' || first === 'local') return 2;
  return first === 'data' ? 4 : 3;
}

function occurrencesIn(node: Node, direct: boolean): Occurrence[] {
  switch (node.kind) {
    case 'literal':
      return [];
    case 'list':
      return node.items.flatMap((item) => occurrencesIn(item, direct));
    case 'object':
      return node.entries.flat().flatMap((item) => occurrencesIn(item, direct));
    case 'index':
      return [node.of, node.key].flatMap((item) => occurrencesIn(item, false));
    case 'reference': {
      const reference = node.names.slice(0, rootLength(node.names));
      return [{ reference, direct: direct && reference.length === node.names.length }];
    }
    default:
      return node.items.flatMap((item) => occurrencesIn(item, false));
  }
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

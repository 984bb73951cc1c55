/**
 * A small, total evaluator for the Terraform expressions that CDKTF writes into JSON strings: templates, references, literals, index
 * and attribute access, a few functions. Whatever else there is gives `Unknown`, never a wrong value and never an exception.
 *
 * @see https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 */

/** The place of a value that cannot be told without Terraform. */
export class Unknown {
  constructor(
    /** Why, for people. */
    readonly reason: string,
  ) {}
}

/** A value as Terraform has them; lists, tuples and sets are lists here, maps and objects are objects. Parts of it may be unknown. */
export type TerraformValue = null | boolean | number | string | Unknown | readonly TerraformValue[] | TerraformObject;

export interface TerraformObject {
  readonly [key: string]: TerraformValue;
}

/** What a reference begins with: `var.x`, `local.x`, `data.type.name.attribute`, `type.name.attribute`, as its names. */
export type Reference = readonly string[];

/** Gives the value that a reference stands for; what follows in the expression, an index for example, is not its business. */
export type Resolve = (reference: Reference) => TerraformValue;

type Node =
  | { readonly kind: 'literal'; readonly value: TerraformValue }
  | { readonly kind: 'template' | 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'call'; readonly name: string; readonly items: readonly Node[] }
  | { readonly kind: 'index'; readonly of: Node; readonly key: Node }
  | { readonly kind: 'reference'; readonly names: Reference };

/** Deepest nesting that is read, so that no input exhausts the stack. */
const MAX_DEPTH = 40;
/** Longest list that is read in an expression. */
const MAX_ITEMS = 1000;

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

/** The first part of a value that is unknown. */
export function firstUnknown(value: TerraformValue): Unknown | undefined {
  if (value instanceof Unknown) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const items: readonly TerraformValue[] = isList(value) ? value : Object.values(value);
  return items.map(firstUnknown).find((unknown) => unknown !== undefined);
}

/** How Terraform writes a string, number or boolean into a text; undefined of anything else. */
export function asText(value: TerraformValue): string | undefined {
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
}

export function isObject(value: TerraformValue | undefined): value is TerraformObject {
  return typeof value === 'object' && value !== null && !(value instanceof Unknown) && !isList(value);
}

export function isList(value: TerraformValue | undefined): value is readonly TerraformValue[] {
  return Array.isArray(value);
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

type Apply = (...args: readonly TerraformValue[]) => TerraformValue | undefined;

/** Functions, given values without unknown parts. Undefined where Terraform refuses the arguments, or where it is not sure what it does. */
const FUNCTIONS = new Map<string, Apply>(
  Object.entries({
    split: ofTexts(2, (separator = '', text = '') => (separator === '' ? Array.from(text) : text.split(separator))),
    replace: ofTexts(3, (text = '', part = '', by = '') =>
      part === '' || /^\/.*\/$/s.test(part) ? undefined : text.split(part).join(by),
    ),
    trimprefix: ofTexts(2, (text = '', prefix = '') => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
    trimsuffix: ofTexts(2, (text = '', end = '') => (text.endsWith(end) ? text.slice(0, text.length - end.length) : text)),
    lower: ofTexts(1, (text = '') => (isAscii(text) ? text.toLowerCase() : undefined)),
    upper: ofTexts(1, (text = '') => (isAscii(text) ? text.toUpperCase() : undefined)),
    tostring: ofTexts(1, (text) => text),
    join: (separator, ...lists) => {
      const texts = lists.map((list) => (isList(list) ? textsOf(list) : undefined));
      const known = typeof separator === 'string' && lists.length > 0 && texts.every((list) => list !== undefined);
      return known ? texts.flat().join(separator) : undefined;
    },
    concat: (...lists) => (lists.length > 0 && lists.every(isList) ? lists.flat() : undefined),
    merge: (...objects) => (objects.every(isObject) ? Object.fromEntries(objects.flatMap(Object.entries)) : undefined),
    element: ofCount(2, (list, index) =>
      isList(list) && typeof index === 'number' && Number.isInteger(index) && index >= 0 ? list[index % list.length] : undefined,
    ),
    tolist: ofCount(1, (list) => (isList(list) && isUniform(list) ? list : undefined)),
    toset: ofCount(1, (list) =>
      isList(list) && list.every((item) => typeof item === 'string') ? sorted([...new Set(list)]) : undefined,
    ),
    keys: ofCount(1, (object) => (isObject(object) ? sorted(Object.keys(object)) : undefined)),
    length: ofCount(1, (value) => {
      if (isObject(value)) return Object.keys(value).length;
      return isList(value) || (typeof value === 'string' && isAscii(value)) ? value.length : undefined;
    }),
    jsonencode: ofCount(1, (value = null) => jsonOf(value)),
  }),
);

function ofCount(count: number, apply: Apply): Apply {
  return (...args) => (args.length === count ? apply(...args) : undefined);
}

function ofTexts(count: number, apply: (...texts: readonly string[]) => TerraformValue | undefined): Apply {
  return ofCount(count, (...args) => {
    const texts = textsOf(args);
    return texts && apply(...texts);
  });
}

function textsOf(values: readonly TerraformValue[]): string[] | undefined {
  const texts = values.map(asText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** Whether a list needs no conversion to be one type's. */
function isUniform(list: readonly TerraformValue[]): boolean {
  return ['string', 'number', 'boolean'].some((type) => list.every((item) => typeof item === type));
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

/** As Terraform sorts: by the bytes of UTF-8. */
function sorted(texts: readonly string[]): string[] {
  return [...texts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function jsonOf(value: TerraformValue): string {
  const ordered = (_key: string, item: TerraformValue) =>
    isObject(item) ? Object.fromEntries(sorted(Object.keys(item)).map((key) => [key, item[key]])) : item;
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, ordered).replace(/[<>&\u2028\u2029]/g, escape);
}

/** As Terraform writes it; undefined where JavaScript's number may not be Terraform's. */
function numberText(value: number): string | undefined {
  const text = String(value);
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? text : undefined;
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

class Unreadable extends Error {}

function parse(text: string, read: (parser: Parser) => Node): Node | undefined {
  try {
    return read(new Parser(text));
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Reads what CDKTF writes of HCL's expression language; refuses the rest: operators, conditions, `for`, splats, directives. */
class Parser {
  #at = 0;
  #depth = 0;

  constructor(private readonly text: string) {}

  wholeTemplate(): Node {
    return this.#template('');
  }

  wholeExpression(): Node {
    const node = this.#expression();
    if (this.#at < this.text.length) throw new Unreadable();
    return node;
  }

  /** Up to the closing quote, or to the end of the text. Backslashes mean something between quotes only. */
  #template(quote: '' | '"'): Node {
    const items: Node[] = [];
    const literal = (value: string) => items.push({ kind: 'literal', value: value.normalize() });
    const plain = quote === '' ? /[^$%]+/y : /[^$%"\\\r\n]+/y;
    for (let done = false; !done;) {
      const marker = this.#take(/(\$+|%+)(\{?)/y);
      if (marker !== undefined) {
        const [whole, signs, brace] = marker;
        if (brace === '') literal(whole);
        else if (signs === '$') items.push(this.#interpolation());
        else if (signs === '$$' || signs === '%%') literal(whole.slice(1));
        else throw new Unreadable(); // A directive, or more signs than Terraform's escape has.
      } else {
        const run = this.#take(plain)?.[0] ?? (quote === '' ? undefined : this.#escape());
        if (run !== undefined) literal(run);
        else done = true;
      }
    }
    if (quote === '' ? this.#at < this.text.length : this.#take(/"/y) === undefined) throw new Unreadable();
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'template', items };
  }

  #interpolation(): Node {
    const node = this.#expression();
    this.#expect(/\}/y);
    return node;
  }

  #escape(): string | undefined {
    const sequence = this.#take(/\\(?:([nrt"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/y);
    if (sequence === undefined) return undefined;
    const [, letter, short, long] = sequence;
    if (letter !== undefined) return { n: '\n', r: '\r', t: '\t' }[letter] ?? letter;
    const code = parseInt(short ?? long ?? '', 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new Unreadable();
    return String.fromCodePoint(code);
  }

  /** With the white space around it. */
  #expression(): Node {
    if (++this.#depth > MAX_DEPTH) throw new Unreadable();
    this.#take(/\s+/y);
    let node = this.#primary();
    for (let [more, steps] = [true, 0]; more; steps++) {
      if (steps > MAX_DEPTH) throw new Unreadable();
      const name = this.#take(/\.([A-Za-z_][\w-]*|\d+)/y)?.[1];
      if (name !== undefined) {
        node = { kind: 'index', of: node, key: { kind: 'literal', value: name } };
      } else if (this.#take(/\[/y) !== undefined) {
        node = { kind: 'index', of: node, key: this.#expression() };
        this.#expect(/\]/y);
      } else {
        more = false;
      }
    }
    this.#take(/\s+/y);
    this.#depth--;
    return node;
  }

  #primary(): Node {
    if (this.#take(/"/y) !== undefined) return this.#template('"');
    if (this.#take(/\(/y) !== undefined) {
      const node = this.#expression();
      this.#expect(/\)/y);
      return node;
    }
    if (this.#take(/\[/y) !== undefined) return { kind: 'list', items: this.#sequence(/\]/y, () => this.#expression()) };
    if (this.#take(/\{/y) !== undefined) return { kind: 'object', entries: this.#sequence(/\}/y, () => this.#entry()) };
    const number = this.#take(/-?\d+(?:\.\d+)?/y)?.[0];
    if (number !== undefined) {
      if (numberText(Number(number)) === undefined) throw new Unreadable();
      return { kind: 'literal', value: Number(number) };
    }
    const word = this.#take(/[A-Za-z_][\w-]*/y)?.[0];
    if (word === undefined) throw new Unreadable();
    if (this.#take(/\(/y) !== undefined) {
      return { kind: 'call', name: word, items: this.#sequence(/\)/y, () => this.#expression()) };
    }
    if (CONSTANTS.has(word)) return { kind: 'literal', value: CONSTANTS.get(word) ?? null };
    const names = [word];
    for (let name = word as string | undefined; name !== undefined;) {
      name = this.#take(/\.([A-Za-z_][\w-]*)/y)?.[1];
      if (name !== undefined) names.push(name);
    }
    return { kind: 'reference', names };
  }

  #entry(): readonly [Node, Node] {
    this.#take(/\s+/y);
    const word = this.#take(/[A-Za-z_][\w-]*(?=\s*[=:])/y)?.[0];
    const key: Node = word === undefined ? this.#expression() : { kind: 'literal', value: word };
    this.#expect(/\s*(?:=(?![=>])|:)/y);
    return [key, this.#expression()];
  }

  /** Items with commas between them and perhaps one behind them, up to the end. */
  #sequence<T>(end: RegExp, item: () => T): T[] {
    const items: T[] = [];
    this.#take(/\s+/y);
    while (this.#take(end) === undefined) {
      items.push(item());
      if (items.length > MAX_ITEMS) throw new Unreadable();
      this.#take(/\s+/y);
      if (this.#take(/,\s*/y) === undefined) {
        this.#expect(end);
        break;
      }
    }
    return items;
  }

  #expect(pattern: RegExp): void {
    if (this.#take(pattern) === undefined) throw new Unreadable();
  }

  /** What a sticky pattern matches here. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

const CONSTANTS = new Map<string, TerraformValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

import { numberText, type TerraformValue } from './terraform-value';

/** What a reference begins with: `var.x`, `local.x`, `data.type.name.attribute`, `type.name.attribute`, as its names. */
export type Reference = readonly string[];

/** An expression, read. */
export type Node =
  | { readonly kind: 'literal'; readonly value: TerraformValue }
  | { readonly kind: 'template' | 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'call'; readonly name: string; readonly items: readonly Node[] }
  | { readonly kind: 'index'; readonly of: Node; readonly key: Node }
  | { readonly kind: 'reference'; readonly names: Reference };

/** Deepest nesting that is read, so that no input exhausts the stack. */
export const MAX_DEPTH = 40;
/** Longest list that is read in an expression. */
const MAX_ITEMS = 1000;

class Unreadable extends Error {}

/** Undefined if it cannot be read. */
export function parse(text: string, read: (parser: Parser) => Node): Node | undefined {
  try {
    return read(new Parser(text));
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Reads what CDKTF writes of HCL's expression language; refuses the rest: operators, conditions, `for`, splats, directives. */
export class Parser {
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

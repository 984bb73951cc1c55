import type { RequestContext } from './request';
import type { Truth } from './truth';

/** A piece of a pattern: text to be found as it is, a wildcard, or a policy variable. */
type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'many' }
  | { readonly kind: 'one' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

/** What pieces are once their variables are filled in; `undefined` when a variable has no value. */
type Filled = readonly (string | typeof MANY | typeof ONE)[];

const MANY = Symbol('*');
const ONE = Symbol('?');
const ARN_SEGMENTS = 6;

/** How the characters of a pattern are read. */
export interface PatternSyntax {
  /** Whether `*` and `?` are wildcards; `*` and `?` from a variable or from `${*}`, `${?}` never are. */
  readonly wildcards: boolean;
  /** Whether `${...}` is a variable: in policies of version 2012-10-17, in Resource and in string and ARN conditions. */
  readonly variables: boolean;
  /** @default false - letters are compared with case */
  readonly ignoreCase?: boolean;
}

/**
 * A string of a policy that values are compared with.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export class Pattern {
  readonly #pieces: readonly Piece[] | undefined;
  readonly #filled: Filled | undefined;
  readonly #cache = new Map<string, Filled>();
  readonly #keys: readonly string[];
  readonly #ignoreCase: boolean;

  constructor(
    readonly text: string,
    syntax: PatternSyntax,
  ) {
    this.#ignoreCase = syntax.ignoreCase === true;
    this.#pieces = piecesOf(text, syntax);
    this.#keys = this.#pieces?.flatMap((piece) => (piece.kind === 'variable' ? [piece.key] : [])) ?? [];
    this.#filled = this.#pieces !== undefined && this.#keys.length === 0 ? this.#fillIn([]) : undefined;
  }

  /** Whether the braces of variables are written as IAM takes them. */
  get isWellFormed(): boolean {
    return this.#pieces !== undefined;
  }

  /** Whether it has policy variables. */
  get hasVariables(): boolean {
    return this.#keys.length > 0;
  }

  /** Whether a variable has no value, or may have none. */
  isUnresolved(context: RequestContext): boolean {
    return (this.#pieces ?? []).some(
      (piece) => piece.kind === 'variable' && piece.fallback === undefined && typeof context.get(piece.key) === 'string',
    );
  }

  /**
   * Whether the value is what the pattern describes. A variable without a value matches nothing; one of a key that is not modelled, or
   * that has several values, leaves it open.
   */
  matches(value: string, context: RequestContext): Truth {
    const filled = this.#filled ?? this.#fill(context);
    if (filled === 'absent') return 'no';
    const given = this.#ignoreCase ? value.toLowerCase() : value;
    if (filled !== 'unknown') return glob(filled, given) ? 'yes' : 'no';
    return this.#pieces === undefined || glob(this.#fillIn('any'), given) ? 'unknown' : 'no';
  }

  #fill(context: RequestContext): Filled | 'absent' | 'unknown' {
    if (this.#pieces === undefined) return 'unknown';
    let unknown = false;
    const values: string[] = [];
    for (const piece of this.#pieces) {
      if (piece.kind !== 'variable') continue;
      const entry = context.get(piece.key);
      if (entry === 'absent') {
        if (piece.fallback === undefined) return 'absent';
        values.push(piece.fallback);
      } else if (entry === 'unmodelled' || entry.length > 1) {
        unknown = true;
      } else {
        values.push(entry[0] ?? '');
      }
    }
    if (unknown) return 'unknown';
    const id = values.join('\u0000');
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    if (this.#cache.size > CACHE_SIZE) this.#cache.clear();
    const filled = this.#fillIn(values);
    this.#cache.set(id, filled);
    return filled;
  }

  /** Puts values in the place of variables, or anything at all. */
  #fillIn(values: readonly string[] | 'any'): Filled {
    const cased = (text: string) => (this.#ignoreCase ? text.toLowerCase() : text);
    let next = 0;
    return (this.#pieces ?? []).map((piece) => {
      if (piece.kind === 'text') return cased(piece.text);
      if (piece.kind === 'variable') return values === 'any' ? MANY : cased(values[next++] ?? '');
      return piece.kind === 'many' ? MANY : ONE;
    });
  }
}

const CACHE_SIZE = 1000;

/**
 * A pattern of ARNs, as Resource has them. Wildcards stay within a segment, the parts between colons. Where only a reading in which they
 * reach over colons would match, it is unknown which one AWS takes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export class ArnPattern {
  readonly #whole: Pattern;
  /** `undefined` when no wildcard could reach over a colon. */
  readonly #segments: readonly Pattern[] | undefined;
  readonly #isArn: boolean;
  readonly #startsWithVariable: boolean;

  constructor(
    readonly text: string,
    syntax: PatternSyntax,
  ) {
    this.#whole = new Pattern(text, syntax);
    const segments = segmentsOf(text);
    this.#startsWithVariable = syntax.variables && segments.slice(0, ARN_SEGMENTS - 1).some((segment) => segment.includes('${'));
    this.#isArn = segments.length === ARN_SEGMENTS;
    const reaching = segments.slice(0, ARN_SEGMENTS - 1).some((segment) => /[*?]|\$\{/.test(segment));
    this.#segments = reaching ? segments.map((segment) => new Pattern(segment, syntax)) : undefined;
  }

  /** Whether variables are written as IAM takes them in Resource: behind the fifth colon only. */
  get isWellFormed(): boolean {
    return this.#whole.isWellFormed && !this.#startsWithVariable;
  }

  isUnresolved(context: RequestContext): boolean {
    return this.#whole.isUnresolved(context);
  }

  matches(arn: string, context: RequestContext): Truth {
    if (this.text === '*') return 'yes';
    const whole = this.#whole.matches(arn, context);
    if (whole === 'no') return 'no';
    if (!this.#isArn) return 'unknown';
    if (this.#segments === undefined) return whole;
    const given = arnSegments(arn);
    let result: Truth = 'yes';
    for (const [index, segment] of this.#segments.entries()) {
      const match = segment.matches(given[index] ?? '', context);
      if (match === 'no') return 'unknown';
      if (match === 'unknown') result = 'unknown';
    }
    return result;
  }

  /** As the ARN operators compare: segment by segment, and what is no ARN matches nothing. */
  matchesSegments(arn: string, context: RequestContext): Truth {
    if (!this.#isArn) return 'unknown';
    if (arnSegments(arn).length !== ARN_SEGMENTS) return 'no';
    const match = this.matches(arn, context);
    return match === 'unknown' && !this.#whole.hasVariables ? 'no' : match;
  }
}

/**
 * An ARN of fewer than six segments as identity policies complete it, with a star for each that is missing.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function completeArn(arn: string): string {
  const missing = ARN_SEGMENTS - segmentsOf(arn).length;
  return arn.startsWith('arn:') && missing > 0 ? arn + ':*'.repeat(missing) : arn;
}

/** The parts of an ARN between its first five colons. */
export function arnSegments(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= ARN_SEGMENTS ? parts : [...parts.slice(0, ARN_SEGMENTS - 1), parts.slice(ARN_SEGMENTS - 1).join(':')];
}

/** The same of a pattern: colons within a variable do not count. */
function segmentsOf(arn: string): string[] {
  const segments = [''];
  let depth = 0;
  for (let index = 0; index < arn.length; index++) {
    const char = arn[index] ?? '';
    if (char === '$' && arn[index + 1] === '{') depth++;
    else if (char === '}' && depth > 0) depth--;
    if (char === ':' && depth === 0 && segments.length < ARN_SEGMENTS) segments.push('');
    else segments.push((segments.pop() ?? '') + char);
  }
  return segments;
}

/** `${key}`, `${key, 'default'}` or an escape; a key has no spaces, quotes or braces. */
const VARIABLE = /^\$\{(?:([*?$])|([\w.:/=+@-][\w.:/=+@ -]{0,255}?)(?:\s*,\s*'([^']*)')?)\}/;

/** `undefined` if a variable is not written as IAM takes it. */
function piecesOf(text: string, { wildcards, variables }: PatternSyntax): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') pieces.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (let index = 0; index < text.length; index++) {
    const char = text[index] ?? '';
    if (variables && char === '$' && text[index + 1] === '{') {
      const found = VARIABLE.exec(text.slice(index));
      if (found === null) return undefined;
      const [whole, escaped, key, fallback] = found;
      if (escaped !== undefined) {
        literal += escaped;
      } else {
        flush();
        pieces.push({ kind: 'variable', key: (key ?? '').toLowerCase(), fallback });
      }
      index += whole.length - 1;
    } else if (wildcards && (char === '*' || char === '?')) {
      flush();
      pieces.push({ kind: char === '*' ? 'many' : 'one' });
    } else {
      literal += char;
    }
  }
  flush();
  return pieces;
}

/** Whether the value is what the pieces describe: on failure the last `*` takes one character more. */
function glob(pieces: Filled, value: string): boolean {
  let piece = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (;;) {
    const current = pieces[piece];
    if (current === undefined && at === value.length) return true;
    if (current === MANY) {
      star = piece++;
      starAt = at;
      if (piece === pieces.length) return true;
      continue;
    }
    if (current === ONE && at < value.length) {
      piece++;
      at++;
      continue;
    }
    if (typeof current === 'string' && value.startsWith(current, at)) {
      piece++;
      at += current.length;
      continue;
    }
    if (star < 0 || starAt >= value.length) return false;
    piece = star + 1;
    at = ++starAt;
  }
}

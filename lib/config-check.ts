import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { MultiTenantIamError } from './errors';
import type { Limit } from './policy/limits';

/**
 * Collects all that is wrong with a construct's configuration, so that one error names it all. Values that Terraform fills in later
 * are not judged here.
 */
export class ConfigCheck {
  readonly #problems: string[] = [];

  constructor(private readonly scope: Construct) {}

  /** Options that the construct does not know: misspelt, or of another construct. */
  onlyKnown(config: object, known: Readonly<Record<string, true>>, prefix = ''): this {
    for (const [name, value] of Object.entries(config)) {
      if (value === undefined || Object.hasOwn(known, name)) continue;
      this.problem(`unknown option '${prefix}${name}', known are ${Object.keys(known).join(', ')}`);
    }
    return this;
  }

  /** An option that must be there: a string within the limit. */
  needs(name: string, value: unknown, limit: Limit): this {
    return value === undefined ? this.problem(`'${name}' is needed: ${limit.allowed}`) : this.fits(name, value, limit);
  }

  /** An option that may be left out must be a string within the limit. */
  fits(name: string, value: unknown, limit: Limit): this {
    if (value === undefined || Token.isUnresolved(value)) return this;
    if (typeof value !== 'string' || !limit.fits(value)) {
      return this.problem(`'${name}' is ${show(value)}, allowed is ${limit.allowed}`);
    }
    if (/[$%]\{/.test(value)) {
      this.problem(`'${name}' is ${show(value)}: give a Terraform expression as a CDKTF token, not as text`);
    }
    return this;
  }

  /** An option that may be left out must be a whole number within the bounds. */
  within(name: string, value: unknown, bounds: { readonly min: number; readonly max: number }): this {
    if (value === undefined || Token.isUnresolved(value)) return this;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < bounds.min || value > bounds.max) {
      this.problem(`'${name}' is ${show(value)}, allowed is a whole number from ${bounds.min} to ${bounds.max}`);
    }
    return this;
  }

  /** An option that may be left out must be one of these values. */
  oneOf(name: string, value: unknown, allowed: readonly unknown[]): this {
    if (value === undefined || Token.isUnresolved(value) || allowed.includes(value)) return this;
    return this.problem(`'${name}' is ${show(value)}, allowed is ${allowed.map(show).join(' or ')}`);
  }

  /** An option that may be left out must be an object with options of its own. */
  object(name: string, value: unknown): value is object {
    if (value === undefined) return false;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true;
    this.problem(`'${name}' is ${show(value)}, allowed is an object`);
    return false;
  }

  /** An option that may be left out must be a list. */
  list(name: string, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (value !== undefined && !Token.isUnresolved(value)) this.problem(`'${name}' is ${show(value)}, allowed is a list`);
    return [];
  }

  /** Options of which at most one may be given. */
  atMostOne(config: object, names: readonly string[]): this {
    const given = names.filter((name) => (config as Readonly<Record<string, unknown>>)[name] !== undefined);
    if (given.length > 1) this.problem(`${given.map((name) => `'${name}'`).join(' and ')} exclude each other, give one`);
    return this;
  }

  /** A part with options of its own: what is wrong there is said with the part's name. */
  part(name: string, check: (part: ConfigCheck) => void): this {
    const part = new ConfigCheck(this.scope);
    check(part);
    for (const problem of part.problems) this.problem(`${name}: ${problem}`);
    return this;
  }

  problem(text: string | undefined): this {
    if (text !== undefined) this.#problems.push(text);
    return this;
  }

  /** What was wrong so far. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** @throws MultiTenantIamError `config.invalid`, if anything was wrong */
  orThrow(): void {
    if (this.#problems.length === 0) return;
    throw new MultiTenantIamError('config.invalid', `${this.scope.node.path}: ${this.#problems.join('; ')}.`);
  }
}

/**
 * Refuses a configuration that is no object, before anything reads from it.
 *
 * @throws MultiTenantIamError `config.invalid`
 */
export function assertConfig(scope: Construct, config: unknown): void {
  const check = new ConfigCheck(scope);
  if (!check.object('config', config ?? null)) check.orThrow();
}

/** A given value, for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : `a value of type ${typeof value}`;
}

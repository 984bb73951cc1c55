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
  onlyKnown(config: object, known: Readonly<Record<string, true>>): this {
    for (const name of Object.keys(config)) {
      if (!Object.hasOwn(known, name)) this.problem(`unknown option '${name}', known are ${Object.keys(known).join(', ')}`);
    }
    return this;
  }

  /** An option that may be left out must be a string within the limit. */
  fits(name: string, value: unknown, limit: Limit): this {
    if (value === undefined || Token.isUnresolved(value)) return this;
    if (typeof value !== 'string' || !limit.fits(value)) this.problem(`'${name}' is ${show(value)}, allowed is ${limit.allowed}`);
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

  /** Options of which at most one may be given. */
  atMostOne(config: object, names: readonly string[]): this {
    const given = names.filter((name) => (config as Readonly<Record<string, unknown>>)[name] !== undefined);
    if (given.length > 1) this.problem(`${given.map((name) => `'${name}'`).join(' and ')} exclude each other, give one`);
    return this;
  }

  problem(text: string | undefined): this {
    if (text !== undefined) this.#problems.push(text);
    return this;
  }

  /** @throws MultiTenantIamError `config.invalid`, if anything was wrong */
  orThrow(): void {
    if (this.#problems.length === 0) return;
    throw new MultiTenantIamError('config.invalid', `${this.scope.node.path}: ${this.#problems.join('; ')}.`);
  }
}

/** A given value, for a message. */
export function show(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? `[${value.map(show).join(', ')}]`
      : value === null
        ? 'null'
        : `a value of type ${typeof value}`;
}

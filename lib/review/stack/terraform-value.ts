/** Values as Terraform has them. */

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

/** The texts of values that are none but such. */
export function textsOf(values: readonly TerraformValue[]): string[] | undefined {
  const texts = values.map(asText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** As Terraform writes it; undefined where JavaScript's number may not be Terraform's. */
export function numberText(value: number): string | undefined {
  const text = String(value);
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? text : undefined;
}

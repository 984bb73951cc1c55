/** Values of a synthesised stack: as a plan has them, and as variables take them. */
import { type JsonObject } from '../plan/review-input';
import { ReviewInputError } from '../plan/review-input';
import {
  asText,
  evaluateExpression,
  firstUnknown,
  isList,
  isObject as isTerraformObject,
  type TerraformObject,
  type TerraformValue,
  Unknown,
} from './terraform-expression';

/** Types of which nested blocks are known apart from maps. */
export const HAS_BLOCKS = /^aws_(?:iam|dynamodb|s3[a-z]*|kms|cognito)_/;
const MAPS = /^(?:tags|tags_all|metadata|context|principal_tags|encryption_context_\w+)$/;

/** Nested blocks as lists, also those that are written as one object. */
export function withBlocksAsLists(name: string, value: TerraformValue): TerraformValue {
  if (isList(value)) return value.map((item) => (isTerraformObject(item) ? blockWithLists(item) : item));
  return isTerraformObject(value) && !MAPS.test(name) ? [blockWithLists(value)] : value;
}

function blockWithLists(block: TerraformObject): TerraformObject {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, withBlocksAsLists(name, value)]));
}

/** The value without its unknown parts; a list that lacks an item is unknown as a whole. */
export function knownPart(value: TerraformValue): unknown {
  if (isUnknown(value)) return undefined;
  if (isList(value)) return value.map(knownPart);
  return isTerraformObject(value) ? definedOf(Object.entries(value).map(([name, item]) => [name, knownPart(item)])) : value;
}

/** The shape of a value with `true` at its unknown parts; undefined if it has none. */
export function unknownPart(value: TerraformValue): unknown {
  if (isUnknown(value)) return true;
  if (firstUnknown(value) === undefined) return undefined;
  if (isList(value)) return value.map((item) => unknownPart(item) ?? false);
  return isTerraformObject(value) ? definedOf(Object.entries(value).map(([name, item]) => [name, unknownPart(item)])) : undefined;
}

function isUnknown(value: TerraformValue): boolean {
  return value instanceof Unknown || (isList(value) && value.some(isUnknown));
}

export function definedOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

export function givenValue(name: string, type: unknown, given: string): TerraformValue {
  const expected = typeof type === 'string' ? type : 'string';
  const isText = ['string', 'number', 'bool'].includes(expected);
  const nothing = () => new Unknown('a variable cannot refer to anything');
  const value = converted(expected, isText ? given.normalize() : evaluateExpression(given, nothing));
  if (firstUnknown(value) === undefined) return value;
  throw new ReviewInputError(`variable '${name}' takes ${expected}, which the value given is not, or cannot be read as`);
}

/** A value as a variable of a type takes it; types of objects are not looked into. */
export function converted(type: unknown, value: TerraformValue): TerraformValue {
  if (value === null || value instanceof Unknown || typeof type !== 'string') return value;
  const [, collection, of] = /^(list|map)\((.*)\)$/s.exec(type) ?? [];
  const wrong = new Unknown(`no ${type}`);
  if (collection === 'map') {
    if (!isTerraformObject(value)) return wrong;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(of, item)]));
  }
  if (collection === 'list') return isList(value) ? value.map((item) => converted(of, item)) : wrong;
  if (!['string', 'number', 'bool'].includes(type)) return value;
  const text = asText(value);
  if (type === 'string') return text ?? wrong;
  if (type === 'bool') return text === 'true' || text === 'false' ? text === 'true' : wrong;
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : wrong;
}

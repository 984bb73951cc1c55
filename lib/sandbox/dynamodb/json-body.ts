import { isUtf8 } from 'node:buffer';
import { AwsError } from '../http/aws-error';

/** What a body holds, without any `null`: DynamoDB takes a member that is null as one that is not there. */
export type JsonValue = string | number | boolean | JsonObject | readonly JsonValue[];

/** It has no prototype, so that a name that comes with a request finds what the request holds and nothing else. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** Levels of a body: 32 of an attribute's value, two levels of JSON each, and what stands around them. */
const MAX_DEPTH = 80;

const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads a body once for all who look at it. What two readers could take for different things is refused: text that is not Unicode, and
 * the name `__proto__`, which some write into an object's prototype.
 *
 * @throws AwsError `SerializationException`
 */
export function readJson(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw malformed('The body is not JSON.');
  }
  const read = plain(value, 0);
  if (!isObject(read)) throw malformed('The body is not a JSON object.');
  return read;
}

function plain(value: unknown, depth: number): JsonValue | undefined {
  if (depth > MAX_DEPTH) throw malformed(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  if (value === null) return undefined;
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    return value.map((member) => {
      const read = plain(member, depth + 1);
      if (read === undefined) throw malformed('A list holds null.');
      return read;
    });
  }
  const copy = Object.create(null) as Record<string, JsonValue | undefined>;
  for (const [name, member] of Object.entries(value as object)) {
    if (name === '__proto__') throw malformed('The name __proto__ is not taken.');
    const read = plain(member, depth + 1);
    if (read !== undefined) copy[text(name)] = read;
  }
  return copy;
}

function text(value: string): string {
  if (UNPAIRED_SURROGATE.test(value)) throw malformed('The body holds text that is not Unicode.');
  return value;
}

export function malformed(message: string): AwsError {
  return new AwsError('SerializationException', message);
}

/** A request that is well-formed and makes no sense. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value);
}

/** @throws AwsError `SerializationException` if the member is no text */
export function textOf(parent: JsonObject, member: string): string | undefined {
  const value = parent[member];
  if (value !== undefined && typeof value !== 'string') throw malformed(`${member} is not a text.`);
  return value;
}

/** @throws AwsError `SerializationException` if the member is no object */
export function objectOf(parent: JsonObject, member: string): JsonObject | undefined {
  const value = parent[member];
  if (value !== undefined && !isObject(value)) throw malformed(`${member} is not a structure.`);
  return value;
}

/** @throws AwsError `SerializationException` if the member is no list */
export function listOf(parent: JsonObject, member: string): readonly JsonValue[] | undefined {
  const value = parent[member];
  if (value !== undefined && !Array.isArray(value)) throw malformed(`${member} is not a list.`);
  return value as readonly JsonValue[] | undefined;
}

/** @throws AwsError `SerializationException` if the member is no list of objects */
export function objectsOf(parent: JsonObject, member: string): readonly JsonObject[] | undefined {
  const list = listOf(parent, member);
  if (list?.every(isObject) === false) throw malformed(`${member} holds what is not a structure.`);
  return list;
}

/** @throws AwsError `SerializationException` if the member is no list of texts */
export function textsOf(parent: JsonObject, member: string): readonly string[] | undefined {
  const list = listOf(parent, member);
  if (list?.every((each) => typeof each === 'string') === false) throw malformed(`${member} holds what is not a text.`);
  return list;
}

/** The one member of a structure that is a choice, as `{ Put: ... }` of a transaction. @throws AwsError */
export function choiceOf<Name extends string>(choice: JsonObject, names: readonly Name[], what: string): [Name, JsonObject] {
  const [name, ...others] = Object.keys(choice);
  const known = names.find((each) => each === name);
  const chosen = known && objectOf(choice, known);
  if (known === undefined || chosen === undefined || others.length > 0) {
    throw invalid(`${what} must hold exactly one of ${names.join(', ')}.`);
  }
  return [known, chosen];
}

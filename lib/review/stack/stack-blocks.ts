/** The blocks of a synthesised stack, as its JSON has them. */
import { computedOf } from './computed-attributes';
import { exampleAttributes } from './stack-examples';
import { isObject, type JsonObject, own, ReviewInputError } from '../plan/review-input';

/** How to mend an input that is no such stack. */
export const MEND = 'give the cdk.tf.json of a stack that `npm start` or `cdktf synth` wrote';

/** Arguments that Terraform itself takes. */
export const META_ARGUMENTS = [
  '//',
  'count',
  'for_each',
  'provider',
  'depends_on',
  'lifecycle',
  'connection',
  'provisioner',
  'dynamic',
];

/** A resource or data source. */
export interface Block {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly body: JsonObject;
}

/** An object of the stack, empty if there is none. */
export function section(stack: JsonObject, name: string, path = ''): JsonObject {
  const value = own(stack, name) ?? {};
  if (!isObject(value)) throw new ReviewInputError(`'${path}${name}' of the stack is no object; ${MEND}`);
  return value;
}

export function blocksOf(stack: JsonObject, kind: 'resource' | 'data'): Block[] {
  const types = section(stack, kind);
  return Object.keys(types).flatMap((type) => {
    const named = section(types, type, `${kind}.`);
    return Object.keys(named).map((name) => ({
      address: `${kind === 'data' ? 'data.' : ''}${type}.${name}`,
      mode: kind === 'data' ? 'data' : 'managed',
      type,
      body: section(named, name, `${kind}.${type}.`),
    }));
  });
}

export function attributesOf(block: Block): string[] {
  const examples = block.mode === 'managed' ? exampleAttributes(block.type) : [];
  const names = [...Object.keys(block.body), ...dynamicLabels(block.body), ...computedOf(block).keys(), ...examples];
  return [...new Set(names)].filter((name) => !META_ARGUMENTS.includes(name));
}

export function dynamicLabels(body: JsonObject): string[] {
  return listed(body['dynamic']).filter(isObject).flatMap(Object.keys);
}

/** Blocks, of which one may be written without a list. */
export function listed(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** What stands at a path such as `rule.0.name`; a single block may be written without a list. */
export function at(json: unknown, path: readonly string[]): unknown {
  return path.reduce((value, step) => (step === '0' && isObject(value) ? value : own(value, step)), json);
}

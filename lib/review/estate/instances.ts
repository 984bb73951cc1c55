import { own } from '../plan/review-input';
import type { ResourceInstance } from './resource';

/** The instances of one moment, to be found by type and address. */
export class Instances {
  readonly #byAddress = new Map<string, ResourceInstance>();
  readonly #byType = new Map<string, ResourceInstance[]>();

  constructor(instances: Iterable<ResourceInstance>) {
    for (const instance of instances) {
      this.#byAddress.set(instance.address, instance);
      const key = instance.mode === 'data' ? `data.${instance.type}` : instance.type;
      const alike = this.#byType.get(key);
      if (alike === undefined) this.#byType.set(key, [instance]);
      else alike.push(instance);
    }
  }

  [Symbol.iterator](): Iterator<ResourceInstance> {
    return this.#byAddress.values();
  }

  /** @param types `aws_iam_role`, of data sources `data.aws_iam_policy` */
  of(...types: readonly string[]): readonly ResourceInstance[] {
    return types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  at(address: string): ResourceInstance | undefined {
    return this.#byAddress.get(address);
  }

  /**
   * The text of an attribute or, where that is known after apply only, the instance that it names; undefined if neither can be told.
   * A name that is passed on from one instance to the next is followed to where it comes from.
   *
   * @param path of the attribute: `bucket`, or `rule.0.kms_master_key_id`
   */
  named(instance: ResourceInstance, path: string): Named | undefined {
    let [holder, attribute] = [instance, path];
    for (let hops = 0; hops < MAX_HOPS; hops++) {
      const text = attributeAt(holder, attribute);
      if (typeof text === 'string' && text !== '') return { text };
      const [only, ...others] = holder.references(attribute);
      if (only === undefined || others.length > 0) return undefined;
      const target = this.#target(only);
      if (target === undefined) return undefined;
      const handsOn = HANDS_ON.find(([type]) => type.test(target.instance.type))?.[1] ?? [];
      const taken = target.attribute === 'id' ? handsOn[0] : (target.attribute ?? attribute);
      if (taken === undefined || !handsOn.includes(taken)) return target;
      [holder, attribute] = [target.instance, taken];
    }
    return undefined;
  }

  /** By `aws_iam_policy.a.arn` or `aws_iam_policy.a`. */
  #target(reference: string): { instance: ResourceInstance; attribute?: string } | undefined {
    const exact = this.at(reference);
    if (exact !== undefined) return { instance: exact };
    const dot = reference.lastIndexOf('.');
    const instance = this.at(reference.slice(0, dot));
    return instance && { instance, attribute: reference.slice(dot + 1) };
  }
}

/** A name that is known, or the instance whose name it will be. */
export type Named =
  | { readonly text: string; readonly instance?: undefined }
  /** `attribute` is what is taken of the instance, where that is known. */
  | { readonly instance: ResourceInstance; readonly attribute?: string; readonly text?: undefined };

/** A chain longer than that is a circle. */
const MAX_HOPS = 16;

/** Types that hand on what others are named by; the first attribute is what their `id` holds, too. */
const HANDS_ON: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^aws_s3_bucket_/, ['bucket']],
  [/^aws_iam_role_policy_attachment$/, ['role', 'policy_arn']],
  [/^aws_iam_role_policy$/, ['role']],
  [/^aws_iam_policy_attachment$/, ['policy_arn']],
  [/^aws_dynamodb_resource_policy$/, ['resource_arn']],
  [/^aws_kms_key_policy$/, ['key_id']],
];

/** A value that is known, of a nested block by a path. */
export function attributeAt({ values }: ResourceInstance, path: string): unknown {
  return path.split('.').reduce<unknown>(own, values);
}

/** Whether a value, or one that it lies in, is known after apply only. */
export function isUnknownAt({ unknown }: Pick<ResourceInstance, 'unknown'>, path: string): boolean {
  let mask: unknown = unknown;
  for (const step of path.split('.')) {
    mask = own(mask, step);
    if (mask === undefined || mask === null || mask === false) return false;
    if (typeof mask !== 'object') return true;
  }
  return false;
}

/** The text of an attribute; undefined if there is none or an empty one. */
export function textOf({ values }: ResourceInstance, attribute: string): string | undefined {
  const text = own(values, attribute);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The texts of an attribute that is a list; what is no text is left out. */
export function textsOf({ values }: ResourceInstance, attribute: string): string[] {
  const texts = own(values, attribute);
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
}

/** The nested blocks of an attribute. */
export function blocksOf(holder: unknown, attribute: string): readonly unknown[] {
  const blocks = own(holder, attribute);
  return Array.isArray(blocks) ? (blocks as unknown[]) : [];
}

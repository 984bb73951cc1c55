import { type PlannedChange, SENSITIVE } from '../estate/estate';
import type { ResourceChange } from './plan-json';
import { isObject, type JsonObject, own } from './review-input';
import { isWatched } from '../estate/watched-types';

/** Deeper than any attribute of AWS; below it nothing is shown. */
const MAX_DEPTH = 32;

/** What Terraform plans for its resources, without what it marks as sensitive. */
export function plannedChanges(changes: readonly ResourceChange[]): PlannedChange[] {
  return changes
    .filter(({ mode }) => mode === 'managed')
    .map((change) => {
      // Of types that nobody asks for the attributes are left out, so that a big plan need not be kept in memory.
      const [before, after] = isWatched(change.type) ? [change.before, change.after] : [];
      return {
        address: instanceAddress(change),
        ...(change.previousAddress !== undefined && { previousAddress: change.previousAddress }),
        type: change.type,
        action: change.action,
        replacedBecause: change.replacePaths.map(attributePath),
        before: before && withoutSensitive(before, eitherMask(change.beforeSensitive, change.afterSensitive)),
        after: after && withoutSensitive(after, eitherMask(change.beforeSensitive, change.afterSensitive)),
      };
    });
}

/** The address; of an old object that waits to be destroyed with a mark, as its successor has the same. */
export function instanceAddress({ address, deposed }: { readonly address: string; readonly deposed?: string }): string {
  return deposed === undefined ? address : `${address} (deposed ${deposed})`;
}

/** Whether a mask of Terraform's marks a value as a whole. What is no mask marks it, to be on the safe side. */
export function marksAll(mask: unknown): boolean {
  return !(mask === undefined || mask === null || mask === false || typeof mask === 'object');
}

/** A mask that marks what either marks: a value that is sensitive on one side of a change is so on the other. */
export function eitherMask(one: unknown, other: unknown, depth = 0): unknown {
  if (marksAll(one) || marksAll(other) || depth === MAX_DEPTH) return true;
  if (typeof one !== 'object' || one === null) return other;
  if (typeof other !== 'object' || other === null) return one;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...keys].map((key) => [key, eitherMask(own(one, key), own(other, key), depth + 1)]));
}

function attributePath(path: unknown): string {
  return (Array.isArray(path) ? path : [path]).filter((step) => typeof step === 'string' || typeof step === 'number').join('.');
}

function withoutSensitive(values: JsonObject, mask: unknown): JsonObject {
  if (marksAll(mask)) return Object.fromEntries(Object.keys(values).map((key) => [key, SENSITIVE]));
  return masked(values, mask, 0) as JsonObject;
}

/** The value itself where nothing of it is marked; copies only along the marks. */
function masked(value: unknown, mask: unknown, depth: number): unknown {
  if (marksAll(mask)) return SENSITIVE;
  if (typeof mask !== 'object' || mask === null || typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return SENSITIVE;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    return items.map((item, index) => masked(item, own(mask, String(index)), depth + 1));
  }
  if (!isObject(value) || Object.keys(mask).length === 0) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, own(mask, key), depth + 1)]));
}

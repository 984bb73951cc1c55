import { type PlannedChange, SENSITIVE } from './estate';
import type { ResourceChange } from './plan-json';
import { isObject, type JsonObject, own } from './review-input';
import { isWatched } from './watched-types';

/** What Terraform plans for its resources, without what it marks as sensitive. */
export function plannedChanges(changes: readonly ResourceChange[]): PlannedChange[] {
  return changes
    .filter(({ mode }) => mode === 'managed')
    .map((change) => {
      // Of types that nobody asks for the attributes are left out, so that a big plan need not be kept in memory.
      const [before, after] = isWatched(change.type) ? [change.before, change.after] : [];
      return {
        address: instanceAddress(change),
        type: change.type,
        action: change.action,
        replacedBecause: change.replacePaths.map(attributePath),
        before: before && withoutSensitive(before, change.beforeSensitive),
        after: after && withoutSensitive(after, change.afterSensitive),
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

function attributePath(path: unknown): string {
  return (Array.isArray(path) ? path : [path]).filter((step) => typeof step === 'string' || typeof step === 'number').join('.');
}

/** Deeper than any attribute of AWS; below it nothing is shown. */
const MAX_DEPTH = 32;

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

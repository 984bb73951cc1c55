/** A policy document with every value as a sorted list, so that two ways of writing the same policy compare as equal. */
export function canonicalPolicy(policy: unknown): unknown {
  return canonical(typeof policy === 'string' ? (JSON.parse(policy) as unknown) : policy);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.every(isObject) ? value.map(canonical) : value.map(String).sort();
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonical(item)]));
  return [String(value)];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Text that somebody gives to be reviewed: parsed, or refused in a way that says how to mend it. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The input is not what can be reviewed. The message says what was given, what is expected and how to get it. */
export class ReviewInputError extends Error {
  override readonly name = 'ReviewInputError';
  /** Stable code to branch on. */
  readonly code = 'review.input';
}

export const MEND = 'expected is the output of `terraform show -json tfplan` or, for what is deployed, of `terraform show -json`';

/** A property of its own, so that neither `constructor` nor a key named `__proto__` misleads. */
export function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The JSON object that a text holds.
 *
 * @throws ReviewInputError
 */
export function parseObject(text: string): JsonObject {
  const start = text.slice(0, 4096).trimStart();
  if (start === '' && text.trim() === '') throw new ReviewInputError(`the input is empty; ${MEND}`);
  if (start.startsWith('PK')) {
    throw new ReviewInputError(
      'this is a plan file as Terraform keeps it, not JSON; write it as JSON by `terraform show -json tfplan > plan.json`',
    );
  }
  if (text.startsWith('\uFFFD') || start.includes('\u0000')) {
    throw new ReviewInputError(`the input is not UTF-8 (PowerShell's \`>\` writes UTF-16); ${MEND}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    throw new ReviewInputError(`${notJson(start)}; ${MEND}`);
  }
  if (!isObject(parsed)) throw new ReviewInputError(`the input is JSON, but not an object; ${MEND}`);
  return parsed;
}

function notJson(start: string): string {
  if (start.startsWith('{"@level"')) return 'these are the messages of `terraform plan -json`, not the plan';
  if (start.startsWith('{')) return 'the input is no JSON, or only a part of it';
  if (/Terraform (?:used|will perform)|No changes\.|OpenTofu (?:used|will perform)/.test(start)) {
    return 'this is a plan for people to read, not JSON; write it by `terraform plan -out tfplan && terraform show -json tfplan > plan.json`';
  }
  return 'the input is not JSON';
}

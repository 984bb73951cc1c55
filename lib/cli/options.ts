import { readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Review, ReviewOptions } from '../review';

/** Something is wrong with how a command was called; the message says what, and what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options that say what the reviewer cannot find out by itself. */
export const SUBJECT_OPTIONS = {
  'tenant-tag': { type: 'string' },
  'table-key': { type: 'string' },
  prefix: { type: 'string' },
  'identity-provider': { type: 'string', multiple: true },
  shared: { type: 'string', multiple: true },
  policy: { type: 'string', multiple: true },
  'one-lock': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies Options;

/** How they are explained. */
export const SUBJECT_HELP = `  --tenant-tag KEY        session tag that carries the tenant     [what the role's policies read]
  --table-key TEMPLATE    partition key of a tenant's items       [what the policies compare, else {tenant}]
  --prefix TEMPLATE       prefix of a tenant's objects            [what the policies grant, else tenants/{tenant}/]
  --identity-provider ARN a further provider that is meant to name tenants; may be repeated
                                                                   [the first that the role trusts]
  --shared ARN            a table or bucket that is meant for all tenants and holds nothing of one; may be repeated
  --policy ARN=FILE       a policy that is not there, as JSON: of a bucket, table or key, or a managed policy;
                          ARN=none says that a bucket, table or key has none; may be repeated
  --one-lock              an attack that only the policy of the table or bucket stops counts as stopped`;

type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>>;

/** Parses arguments, refusing what is not known. */
export function parseArguments<const T extends Options>(args: readonly string[], options: T): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}; see --help`);
  }
}

/** What the options say to the reviewer. */
export function subjectOptions(values: {
  readonly 'tenant-tag'?: string;
  readonly 'table-key'?: string;
  readonly prefix?: string;
  readonly 'identity-provider'?: readonly string[];
  readonly shared?: readonly string[];
  readonly policy?: readonly string[];
  readonly 'one-lock'?: boolean;
}): ReviewOptions {
  return {
    tenantTag: values['tenant-tag'],
    tableKey: template('table-key', values['table-key'], /\{tenant\}(?!\*)/, 'TENANT#{tenant}'),
    prefix: template('prefix', values.prefix, /\{tenant\}[^*?]/, 'tenants/{tenant}/'),
    identityProviders: values['identity-provider'],
    shared: values.shared,
    policies: new Map((values.policy ?? []).map(givenPolicy)),
    oneLock: values['one-lock'],
  };
}

function template(name: string, value: string | undefined, shape: RegExp, example: string): string | undefined {
  if (value === undefined || (value.split('{tenant}').length === 2 && shape.test(value))) return value;
  throw new UsageError(
    `--${name} is '${value}', it must have {tenant} in it once, in the place of the tenant's id, and what ends it behind: ${example}`,
  );
}

/** Says of policies that were given which of them nothing asked for. */
export function warnOfUnused({ policies }: ReviewOptions, { roles }: Review): void {
  const asked = new Set(
    roles.flatMap(({ subject, policies: { identity, boundary } }) => [
      ...[...subject.tables, ...subject.buckets].map(({ arn }) => arn),
      ...subject.keyArns,
      ...[...identity, ...(boundary ? [boundary] : [])].map(({ name }) => name),
    ]),
  );
  for (const arn of policies?.keys() ?? []) {
    if (!asked.has(arn)) process.stderr.write(`multi-tenant-iam: --policy ${arn}: nothing that is judged has that ARN\n`);
  }
}

function givenPolicy(given: string): [arn: string, document: unknown] {
  const at = given.indexOf('=');
  const [arn, file] = [given.slice(0, at), given.slice(at + 1)];
  if (at < 0 || !arn.startsWith('arn:') || file === '') {
    throw new UsageError(`--policy is '${given}', it must be ARN=FILE with a file of JSON, or ARN=none`);
  }
  return [arn, file === 'none' ? undefined : parseJson(readText(file), file)];
}

/** @throws UsageError that names the file */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw new UsageError(`${file} cannot be read: ${why}`);
  }
}

export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file} is no JSON`);
  }
}

import { existsSync } from 'node:fs';
import { DEFAULT_TENANT_CLAIM, type TenantClaim } from '../policy';
import type { SandboxOptions } from '../sandbox';
import { colours } from './colours';
import { parseJson, readText, UsageError } from './options';
import { stackEstate } from './stack-estate';
import { synthesise, synthesisedFiles } from './synthesis';

/** What it stands for: a stack, unless IAM is elsewhere or the default was asked for. */
export function sandboxEstate(
  stack: string | undefined,
  variables: Readonly<Record<string, string>>,
  upstream: SandboxOptions['upstream'],
): { readonly options: SandboxOptions; readonly tenant: TenantClaim } {
  const deployed = typeof upstream === 'string' || upstream?.iam !== undefined;
  if (deployed && stack !== undefined) {
    throw new UsageError('--stack and an upstream for IAM exclude each other: policies come from one place');
  }
  if (deployed || stack === 'none' || (stack === undefined && !existsSync('cdktf.json'))) {
    if (Object.keys(variables).length > 0) throw new UsageError('--var is of a stack, and none is used here');
    return { options: {}, tenant: DEFAULT_TENANT_CLAIM };
  }
  const { options, tenant, assumed, unread } = stackEstate(parseStack(stack), variables);
  for (const { name, value } of assumed) process.stdout.write(`assumed ${name} = ${value}\n`);
  for (const { name, because } of unread) process.stdout.write(`${colours.yellow('not enforced')} ${name}: ${because}\n`);
  return { options, tenant };
}

function parseStack(file: string | undefined): unknown {
  if (file !== undefined) return parseJson(readText(file), file);
  const [first, ...others] = synthesisedNow();
  if (first === undefined) throw new UsageError(`the app of cdktf.json wrote no stack; ${WITHOUT}`);
  if (others.length > 0) {
    const files = [first, ...others].join(', ');
    throw new UsageError(`the app of cdktf.json wrote several stacks, choose one by --stack: ${files}`);
  }
  return parseJson(readText(first), first);
}

const WITHOUT = '--stack none does without it';

/** The app's own words go to standard error, as in \`prove\`. */
function synthesisedNow(): string[] {
  try {
    if (synthesise(['ignore', 2, 2]) === 0) return synthesisedFiles().map(({ file }) => file);
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} ${WITHOUT}`);
  }
  throw new UsageError(`the app of cdktf.json failed, see above; ${WITHOUT}`);
}

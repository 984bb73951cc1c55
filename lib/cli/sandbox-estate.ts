import { existsSync } from 'node:fs';
import { DEFAULT_TENANT_CLAIM } from '../policy';
import type { SandboxOptions } from '../sandbox';
import { colours } from './colours';
import { parseJson, readText, UsageError } from './options';
import { type AskedTenant, NoTenantRoleError, type StackEstate, stackEstate } from './stack-estate';
import { synthesise, synthesisedFiles } from './synthesis';

/** What it stands for: a stack, unless IAM is elsewhere or the default was asked for. */
export function sandboxEstate(
  stack: string | undefined,
  variables: Readonly<Record<string, string>>,
  upstream: SandboxOptions['upstream'],
): { readonly options: SandboxOptions; readonly tenant: AskedTenant } {
  const deployed = typeof upstream === 'string' || upstream?.iam !== undefined;
  if (deployed && stack !== undefined) {
    throw new UsageError('--stack and an upstream for IAM exclude each other: policies come from one place');
  }
  if (deployed || stack === 'none' || (stack === undefined && !existsSync('cdktf.json'))) {
    if (Object.keys(variables).length > 0) throw new UsageError('--var is of a stack, and none is used here');
    return { options: {}, tenant: DEFAULT_TENANT_CLAIM };
  }
  const { options, tenant, assumed, unread } =
    stack === undefined ? onlyEstate(variables) : stackEstate(parseJson(readText(stack), stack), variables);
  for (const { name, value } of assumed) process.stdout.write(`assumed ${name} = ${value}\n`);
  for (const { name, because } of unread) process.stdout.write(`${colours.yellow('not enforced')} ${name}: ${because}\n`);
  return { options, tenant };
}

/** The one stack of the app that has a tenant role. */
function onlyEstate(variables: Readonly<Record<string, string>>): StackEstate {
  const files = synthesisedNow();
  const estates = files.flatMap((file) => {
    try {
      return [{ file, estate: stackEstate(parseJson(readText(file), file), variables) }];
    } catch (error) {
      if (error instanceof NoTenantRoleError && files.length > 1) return [];
      throw error;
    }
  });
  const [first, ...others] = estates;
  if (first === undefined) {
    const what = files.length === 0 ? 'wrote no stack' : 'wrote no stack with a tenant role';
    throw new UsageError(`the app of cdktf.json ${what}; ${WITHOUT}`);
  }
  if (others.length > 0) {
    const several = estates.map(({ file }) => file).join(', ');
    throw new UsageError(`the app of cdktf.json wrote several stacks, choose one by --stack: ${several}`);
  }
  return first.estate;
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

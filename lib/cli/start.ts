/**
 * `npm start`: synthesises the app of `cdktf.json`, prints what it would deploy, and rehearses it on a local AWS that enforces its policies.
 * Needs Node only.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from '../sandbox';
import { colours } from './colours';
import { UsageError } from './options';
import { rehearse } from './rehearsal';
import { rehearsalReport } from './rehearsal-report';
import { NoTenantRoleError, type StackEstate, stackEstate } from './stack-estate';
import { assumedLogins, rehearsalOptions } from './stack-pools';
import { summarise, type SynthesisedStack } from './stack-summary';
import { readJson, synthesise, type SynthesisedFile, synthesisedFiles } from './synthesis';

const HELP = `Usage: npm start [-- --help]

Synthesises the stack that cdktf.json describes, with the settings under its context.multiTenantIam, and prints what would be
deployed: resources, who may assume the tenant role, what a tenant may do, variables, outputs. Writes Terraform code to cdktf.out.
Then rehearses it: on a local AWS that enforces the stack's policies two tenants use their own data, and attack each other's.

Exit codes: 0 all is as it must be; 1 the settings are wrong, synthesis failed, a tenant cannot use its own data, or an attack got
through; 2 it cannot be rehearsed, or wrong usage.
`;

// What is told here is not when to update Node. The SDK reads this when its first client is made.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h', default: false } } });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  try {
    const exitCode = synthesise('inherit');
    if (exitCode !== 0) return exitCode;
    const codes: (number | undefined)[] = [];
    for (const stack of synthesisedFiles()) {
      const synthesised = readJson(stack.file);
      printStack(stack, synthesised as SynthesisedStack);
      codes.push(await printRehearsal(synthesised));
    }
    print('', 'Next: npx multi-tenant-iam prove, npx multi-tenant-iam sandbox, npx cdktf diff, npx cdktf deploy; see `cat help`.');
    return worstOf(codes);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** Of what the stacks were rehearsed with. Where none has a tenant role, it cannot be told. */
function worstOf(codes: readonly (number | undefined)[]): number {
  if (codes.includes(1)) return 1;
  const rehearsed = codes.filter((code) => code !== undefined);
  return codes.length > 0 && rehearsed.length === 0 ? 2 : Math.max(0, ...rehearsed);
}

function printStack({ name, file, warnings }: SynthesisedFile, stack: SynthesisedStack): void {
  print(colours.bold(`Stack ${name}`));
  for (const { heading, lines } of summarise(stack)) {
    print('', colours.bold(heading), ...lines.map((line) => `  ${line}`));
  }
  for (const message of warnings) print('', `${colours.yellow('warning')} ${message}`);
  print('', `Terraform code: ${relative('.', file)}`);
}

/** @returns 0 if all was as it must be, 1 if not, 2 if it cannot be told; undefined if there is nothing to rehearse */
async function printRehearsal(stack: unknown): Promise<number | undefined> {
  const estate = estateOf(stack);
  if (estate instanceof UsageError) return notRehearsed(estate);
  const sandbox = await startSandbox(rehearsalOptions(estate));
  try {
    const { lines, asItMustBe } = rehearsalReport(await rehearse(sandbox, estate.tenant));
    print('', colours.bold('Rehearsal on a local AWS that enforces these policies'), ...lines);
    for (const { name, value } of assumedLogins(estate.options.identityPools)) print(`assumed ${name} = ${value}`);
    for (const { name, because } of estate.unread) print(`${colours.yellow('not enforced')} ${name}: ${because}`);
    return asItMustBe ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return notRehearsed(error);
  } finally {
    await sandbox.close();
  }
}

function notRehearsed(why: UsageError): number | undefined {
  print('', `${colours.yellow('not rehearsed')} ${why.message}`);
  return why instanceof NoTenantRoleError ? undefined : 2;
}

/** @returns or why not: what cannot be rehearsed can be deployed all the same. */
function estateOf(stack: unknown): StackEstate | UsageError {
  try {
    return stackEstate(stack);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

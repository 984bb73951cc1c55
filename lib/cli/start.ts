/** `npm start`: synthesises the app of `cdktf.json` and prints what it would deploy. Needs Node only. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import colors from 'picocolors';
import { summarise, type SynthesisedStack } from './stack-summary';

const OUT = 'cdktf.out';

const HELP = `Usage: npm start [-- --help]

Synthesises the stack that cdktf.json describes, with the settings under its context.multiTenantIam, and prints what would be
deployed: resources, who may assume the tenant role, what a tenant may do, variables, outputs. Writes Terraform code to ${OUT}.

Exit codes: 0 synthesised, 1 the settings are wrong or synthesis failed, 2 wrong usage.
`;

interface Manifest {
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly synthesizedStackPath: string;
        readonly annotations: readonly { readonly level: string; readonly message: string }[];
      }
    >
  >;
}

function main(args: readonly string[]): number {
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
    const exitCode = synthesise();
    if (exitCode === 0) printStacks();
    return exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** Runs the app as CDKTF's own command line does. */
function synthesise(): number {
  const { app, context = {} } = readJson('cdktf.json') as { readonly app: string; readonly context?: object };
  const env = { ...process.env, CDKTF_OUTDIR: OUT, CDKTF_CONTEXT_JSON: JSON.stringify(context) };
  return spawnSync(app, { shell: true, stdio: 'inherit', env }).status ?? 1;
}

function printStacks(): void {
  for (const [name, stack] of Object.entries((readJson(join(OUT, 'manifest.json')) as Manifest).stacks)) {
    const file = join(OUT, stack.synthesizedStackPath);
    print(colors.bold(`Stack ${name}`));
    for (const { heading, lines } of summarise(readJson(file) as SynthesisedStack)) {
      print('', colors.bold(heading), ...lines.map((line) => `  ${line}`));
    }
    for (const { message } of stack.annotations) print('', `${colors.yellow('warning')} ${message}`);
    print('', `Terraform code: ${relative('.', file)}`);
  }
  print('', 'Next: npx cdktf diff, npx cdktf deploy; see `cat help`.');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

process.exitCode = main(process.argv.slice(2));

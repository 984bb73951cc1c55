/** `npm start`: synthesises the app of `cdktf.json` and prints what it would deploy. Needs Node only. */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { colours } from './colours';
import { summarise, type SynthesisedStack } from './stack-summary';
import { readJson, synthesise, synthesisedFiles } from './synthesis';

const HELP = `Usage: npm start [-- --help]

Synthesises the stack that cdktf.json describes, with the settings under its context.multiTenantIam, and prints what would be
deployed: resources, who may assume the tenant role, what a tenant may do, variables, outputs. Writes Terraform code to cdktf.out.

Exit codes: 0 synthesised, 1 the settings are wrong or synthesis failed, 2 wrong usage.
`;

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
    const exitCode = synthesise('inherit');
    if (exitCode === 0) printStacks();
    return exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function printStacks(): void {
  for (const { name, file, warnings } of synthesisedFiles()) {
    print(colours.bold(`Stack ${name}`));
    for (const { heading, lines } of summarise(readJson(file) as SynthesisedStack)) {
      print('', colours.bold(heading), ...lines.map((line) => `  ${line}`));
    }
    for (const message of warnings) print('', `${colours.yellow('warning')} ${message}`);
    print('', `Terraform code: ${relative('.', file)}`);
  }
  print('', 'Next: npx multi-tenant-iam prove, npx cdktf diff, npx cdktf deploy; see `cat help`.');
}

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

process.exitCode = main(process.argv.slice(2));

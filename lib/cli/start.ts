/**
 * `npm start`: synthesises the app of `cdktf.json`, prints what it would deploy, and rehearses it on a local AWS that enforces its policies.
 * Needs Node only.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from '../sandbox';
import { colours } from './colours';
import { rehearse, type RehearsalRow } from './rehearsal';
import { stackEstate } from './stack-estate';
import { summarise, type SynthesisedStack } from './stack-summary';
import { readJson, synthesise, type SynthesisedFile, synthesisedFiles } from './synthesis';

const HELP = `Usage: npm start [-- --help]

Synthesises the stack that cdktf.json describes, with the settings under its context.multiTenantIam, and prints what would be
deployed: resources, who may assume the tenant role, what a tenant may do, variables, outputs. Writes Terraform code to cdktf.out.
Then rehearses it: on a local AWS that enforces the stack's policies two tenants use their own data, and attack each other's.

Exit codes: 0 all is as it must be; 1 the settings are wrong, synthesis failed, a tenant cannot use its own data, or an attack got
through; 2 wrong usage.
`;

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
    const codes: number[] = [];
    for (const stack of synthesisedFiles()) {
      const synthesised = readJson(stack.file);
      printStack(stack, synthesised as SynthesisedStack);
      codes.push(await printRehearsal(synthesised));
    }
    print('', 'Next: npx multi-tenant-iam prove, npx multi-tenant-iam sandbox, npx cdktf diff, npx cdktf deploy; see `cat help`.');
    return Math.max(0, ...codes);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function printStack({ name, file, warnings }: SynthesisedFile, stack: SynthesisedStack): void {
  print(colours.bold(`Stack ${name}`));
  for (const { heading, lines } of summarise(stack)) {
    print('', colours.bold(heading), ...lines.map((line) => `  ${line}`));
  }
  for (const message of warnings) print('', `${colours.yellow('warning')} ${message}`);
  print('', `Terraform code: ${relative('.', file)}`);
}

/** @returns 0 if all was as it must be, else 1 */
async function printRehearsal(stack: unknown): Promise<number> {
  const { options } = stackEstate(stack);
  const sandbox = await startSandbox(options);
  try {
    const rows = await rehearse(sandbox);
    print('', colours.bold('Rehearsal on a local AWS that enforces these policies'));
    for (const [wanted, heading] of [['allowed', 'Own data'] as const, ['denied', 'Attacks on the other tenant'] as const]) {
      print(
        '',
        ...matrix(
          heading,
          rows.filter((row) => row.wanted === wanted),
        ),
      );
    }
    const wrong = rows.filter(({ wanted, outcomes }) => outcomes.some(({ result }) => result !== wanted));
    const tried = rows.length - wrong.length;
    print(
      '',
      wrong.length === 0
        ? colours.green(`All ${tried} as it must be: tenants use their own data, and nothing of the other's.`)
        : colours.red(`Not as it must be: ${wrong.map(({ name }) => name).join(', ')}.`),
    );
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await sandbox.close();
  }
}

/** A line for each thing that was done, a column for each tenant, and why it ended so for the first of them. */
function matrix(heading: string, rows: readonly RehearsalRow[]): string[] {
  const width = Math.max(heading.length, ...rows.map(({ name }) => name.length + 2)) + 2;
  const tenants = rows[0]?.outcomes.map(({ tenant }) => tenant.padEnd(9)) ?? [];
  return [
    `${colours.bold(heading.padEnd(width))}${tenants.join('')}`,
    ...rows.map(({ name, wanted, outcomes }) => {
      const cells = outcomes.map(({ result }) => (result === wanted ? colours.green : colours.red)(result.padEnd(9)));
      const telling = outcomes.find(({ result }) => result !== wanted) ?? outcomes[0];
      return `${`  ${name}`.padEnd(width)}${cells.join('')}${colours.dim(telling?.reason ?? '')}`.trimEnd();
    }),
  ];
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

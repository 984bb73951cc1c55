#!/usr/bin/env node
/** The command `multi-tenant-iam`: picks what to do, and turns every refusal into one line and an exit code. */
import { printable, ReviewInputError } from '../review';
import { checkToken } from './check-token';
import { UsageError } from './options';
import { prove } from './prove';
import { review } from './review';
import { sandbox } from './sandbox';
import { token } from './token';
import { version } from './version';

const HELP = `Usage: multi-tenant-iam <command> [options]

Does tenant A reach tenant B's data? Answered offline, from policies alone, with a witness; and tried out, on a local AWS.

Commands:
  prove         attack the synthesised stack of this project
  review        attack what a Terraform plan or state would leave behind
  sandbox       a local AWS that enforces: STS, DynamoDB and S3 with the policies of this project
  token         print a token of a running sandbox
  check-token   would AWS take this token? What is wrong with it, and the mend

  multi-tenant-iam <command> --help    options of a command
  multi-tenant-iam --version

Exit codes: 0 isolation holds, 1 it is broken (review: or data is destroyed), 2 it cannot be told, or wrong usage or input;
those of sandbox, token and check-token: see there.
`;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  prove,
  review,
  sandbox,
  token,
  'check-token': checkToken,
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`'${name}' is no command, known are ${Object.keys(COMMANDS).join(', ')}; see --help`);
  }
  return command(args);
}

/** A reader that has seen enough, such as \`head\`, is no failure. */
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(`multi-tenant-iam: the report cannot be written: ${message}\n`);
  process.exitCode = 2;
});

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode ??= exitCode;
  },
  (error: unknown) => {
    const expected = error instanceof UsageError || error instanceof ReviewInputError;
    const message = printable(error instanceof Error ? error.message : String(error));
    process.stderr.write(`multi-tenant-iam: ${expected ? '' : 'unexpected failure, please report it: '}${message}\n`);
    process.exitCode = 2;
  },
);

import { attack, type AttackResult, awsActions } from '../isolation';
import {
  chosenTags,
  exitCodeOf,
  gather,
  jsonReport,
  mayTakeTokens,
  readSynthesisedStack,
  review,
  type Review,
  textReport,
} from '../review';
import { colours } from './colours';
import {
  parseArguments,
  parseJson,
  readText,
  SUBJECT_HELP,
  SUBJECT_OPTIONS,
  subjectOptions,
  UsageError,
  warnOfUnused,
} from './options';
import { synthesise, synthesisedFiles } from './synthesis';

const HELP = `Usage: multi-tenant-iam prove [options] [cdk.tf.json ...]

Attacks the synthesised stack: every action of DynamoDB, S3, STS, IAM and KMS, as tenants whose ids resemble each other, as
sessions without a tenant, with forged tokens. Prints what a tenant may do on its own data, how many attacks were tried and
denied, and of each that got through a witness with the statement that let it. Needs no Terraform and no AWS account.

Without a file it runs the app of cdktf.json first and proves its stacks with a role that takes tokens. Values that are known on
deployment only get an example: --var sets them.

  --var NAME=VALUE        value of a Terraform variable; may be repeated
${SUBJECT_HELP}
  --json                  for programs
  -h, --help

Exit codes: 0 isolation holds and tenants reach their own data, 1 not so, 2 it cannot be told, or wrong usage or input.
`;

const OPTIONS = {
  ...SUBJECT_OPTIONS,
  var: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
} as const;

interface ProvedStack {
  readonly name: string;
  readonly review: Review;
  /** What the policies of tables and buckets deny by themselves, by role. */
  readonly secondLocks: readonly { readonly address: string; readonly result: AttackResult }[];
  readonly assumed: readonly { readonly name: string; readonly value: string }[];
  readonly unread: readonly { readonly name: string; readonly because: string }[];
}

/** @returns exit code */
export async function prove(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = subjectOptions(values);
  const variables = Object.fromEntries((values.var ?? []).map(variable));
  const files = positionals.length > 0 ? positionals.map((file) => ({ name: file, file })) : synthesisedNow();
  const actions = await awsActions();
  const read = files.map(({ name, file }) => ({ name, ...readSynthesisedStack(parseJson(readText(file), file), { variables }) }));
  const withRoles = positionals.length > 0 ? read : read.filter(mayHaveTenants);
  const proved = withRoles.length > 0 ? withRoles : read;
  const skipped = read.filter((each) => !proved.includes(each)).map(({ name }) => name);
  const stacks = proved.map(({ name, instances, outputs, assumed, unread }): ProvedStack => {
    const facts = { kind: 'state', now: gather(instances, { outputs }) } as const;
    const reviewed = review(facts, actions, { ...options, synthesised: true }, 'stack');
    warnOfUnused(options, reviewed);
    const secondLocks = reviewed.roles.map(({ address, subject, policies }) => ({
      address,
      result: attack(subject, policies, actions, { locks: 'data' }),
    }));
    return { name, review: reviewed, secondLocks, assumed, unread };
  });
  const lines = values.json
    ? [JSON.stringify(jsonOf(stacks, skipped), undefined, 2)]
    : [...stacks.flatMap(textOf), ...skipped.map(skippedLine)];
  process.stdout.write(`${lines.join('\n')}\n`);
  const codes = stacks.map(exitCode);
  return codes.includes(1) ? 1 : Math.max(...codes);
}

type ReadStack = ReturnType<typeof readSynthesisedStack>;

/**
 * A stack of the app that holds no role for tokens, such as the one with the user pool, proves nothing and need not, unless people may
 * write there what decides.
 */
function mayHaveTenants({ instances, unread }: ReadStack): boolean {
  const estate = gather(instances);
  const { roles, gaps } = estate;
  if (chosenTags(estate, []).length > 0) return true;
  const unclear = unread.some(({ name }) => name.startsWith('module.')) || gaps.some(({ concerns }) => concerns?.kind === 'role');
  return unclear || roles.some(mayTakeTokens);
}

function skippedLine(name: string): string {
  return `Stack ${name}: no tenant role, nothing to prove`;
}

function variable(given: string): [name: string, value: string] {
  const at = given.indexOf('=');
  if (at < 1) throw new UsageError(`--var is '${given}', it must be NAME=VALUE`);
  return [given.slice(0, at), given.slice(at + 1)];
}

/** The app's own words go to standard error, so that standard output stays the report. */
function synthesisedNow(): { readonly name: string; readonly file: string }[] {
  try {
    if (synthesise(['ignore', 2, 2]) === 0) return synthesisedFiles();
  } catch (error) {
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)} Run it in a project with a cdktf.json, or give a cdk.tf.json.`,
    );
  }
  throw new UsageError('the app of cdktf.json failed, see above');
}

/** A proof that only holds because tenants reach nothing is none. */
function exitCode({ review: reviewed, unread }: ProvedStack): number {
  const locked = reviewed.roles.some(({ own }) => own.some(({ effect }) => effect === 'deny'));
  const code = locked ? 1 : exitCodeOf(reviewed);
  // What a module holds may grant whatever it likes.
  return code === 0 && unread.some(({ name }) => name.startsWith('module.')) ? 2 : code;
}

function textOf({ name, review: reviewed, secondLocks, assumed, unread }: ProvedStack): string[] {
  const locks = secondLocks.map(({ address, result }) => {
    const kept = `${result.denied.toLocaleString('en-US')} of ${result.tried.toLocaleString('en-US')} attacks denied`;
    return `  ${address}, given dynamodb:* and s3:* on the data: ${kept}`;
  });
  return [
    colours.bold(`Stack ${name}`),
    ...textReport(reviewed, colours),
    ...(locks.length === 0 ? [] : ['', colours.bold('The second lock alone, the policies of table and bucket'), ...locks]),
    ...(assumed.length === 0 ? [] : ['', colours.bold('Assumed')]),
    ...assumed.map((each) => `  ${each.name} = ${each.value}`),
    ...(unread.length === 0 ? [] : ['', colours.bold('Not read')]),
    ...unread.map((each) => `  ${each.name}: ${each.because}`),
    '',
  ];
}

function jsonOf(stacks: readonly ProvedStack[], skipped: readonly string[]): object {
  return {
    schemaVersion: 1,
    ...(skipped.length > 0 && { skipped }),
    stacks: stacks.map((stack) => ({
      ...jsonReport(stack.review, stack.name),
      exitCode: exitCode(stack),
      secondLocks: stack.secondLocks.map(({ address, result: { tried, denied, groups } }) => ({ address, tried, denied, groups })),
      assumed: stack.assumed,
      unread: stack.unread,
    })),
  };
}

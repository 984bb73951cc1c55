import { text } from 'node:stream/consumers';
import { awsActions } from '../isolation';
import { exitCodeOf, jsonReport, markdownReport, readPlan, review as judge, textReport } from '../review';
import { colours } from './colours';
import { parseArguments, readText, SUBJECT_HELP, SUBJECT_OPTIONS, subjectOptions, UsageError, warnOfUnused } from './options';

const HELP = `Usage: multi-tenant-iam review [options] [plan.json]

Reviews a Terraform plan, or a state, for isolation between tenants: terraform show -json tfplan | multi-tenant-iam review
Says first what destroys data, then which attacks become possible, each with a witness and the statement that lets it, what a
tenant can no longer do on its own data, which guards vanish, and the other changes. What is not known is never a pass.

  --plan FILE             output of terraform show -json; - is standard input    [standard input]
  --format FORMAT         text, markdown (a pull request comment) or json        [text]
  --label NAME            tells stacks apart that comment on one pull request    [terraform]
  --allow-destroy ADDRESS a destruction or replacement that is wanted; may be repeated
${SUBJECT_HELP}
  -h, --help

Exit codes: 0 isolation holds and nothing is destroyed, 1 not so, 2 it cannot be told, or wrong usage or input.
`;

const OPTIONS = {
  ...SUBJECT_OPTIONS,
  plan: { type: 'string' },
  format: { type: 'string', default: 'text' },
  label: { type: 'string', default: 'terraform' },
  'allow-destroy': { type: 'string', multiple: true },
} as const;

const FORMATS = ['text', 'markdown', 'json'];

/** @returns exit code */
export async function review(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!FORMATS.includes(values.format)) throw new UsageError(`--format is '${values.format}', allowed are ${FORMATS.join(', ')}`);
  const options = { ...subjectOptions(values), allowDestroy: values['allow-destroy'] };
  const facts = readPlan(await inputOf(values.plan, positionals));
  const reviewed = judge(facts, await awsActions(), options);
  warnOfUnused(options, reviewed);
  const unmatched = (options.allowDestroy ?? []).filter((address) => !reviewed.destroyed.some((each) => each.address === address));
  for (const address of unmatched) {
    process.stderr.write(`multi-tenant-iam: --allow-destroy ${address}: nothing of that address is destroyed\n`);
  }
  switch (values.format) {
    case 'markdown':
      process.stdout.write(markdownReport(reviewed, values.label));
      break;
    case 'json':
      process.stdout.write(`${JSON.stringify(jsonReport(reviewed, values.label), undefined, 2)}\n`);
      break;
    default:
      process.stdout.write(`${textReport(reviewed, colours).join('\n')}\n`);
  }
  return exitCodeOf(reviewed);
}

async function inputOf(plan: string | undefined, positionals: readonly string[]): Promise<string> {
  const files = [...(plan === undefined ? [] : [plan]), ...positionals];
  if (files.length > 1) throw new UsageError(`one plan at a time, given were ${files.join(' and ')}`);
  const [file = '-'] = files;
  if (file !== '-') return readText(file);
  if (process.stdin.isTTY) {
    throw new UsageError('no plan: give --plan FILE, or the output of terraform show -json on standard input');
  }
  return text(process.stdin).catch((error: unknown) => {
    throw new UsageError(`standard input cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/**
 * `npm run bench`, second part: what a decision costs over the attack set, the whole proof, and the review of a plan with 2,000 resources,
 * in fresh processes of the built command. Times are of this machine; so that they can be compared, each stands beside that of a Node.js
 * process that does nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'cdktf';
import { MultiTenantIamStack } from '../../lib';
import { attack, awsActions, type AwsAction, decide } from '../../lib/isolation';
import { attacksOn } from '../../lib/isolation/proof';
import { readPlan, review } from '../../lib/review';

const ROUNDS = 5;
const RESOURCES = 2000;
const ROOT = resolve(__dirname, '../..');
const COMMAND = join(ROOT, 'dist/cli/multi-tenant-iam.js');
const PLAN = join(ROOT, '__tests__/lib/review/plans/default-update.json');

/** Prints the most memory that the process ever held, in MB, as the last line of standard error. */
const MEASURED = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+Math.round(process.resourceUsage().maxRSS/1024)))`;

interface Cost {
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly code: number | null;
}

function costOf(args: readonly string[]): Cost {
  const start = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', MEASURED, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { milliseconds: performance.now() - start, megabytes: Number(stderr.split('\n').at(-1)), code: status };
}

function medianCost(args: readonly string[]): Cost {
  const costs = Array.from({ length: ROUNDS }, () => costOf(args)).sort((a, b) => a.milliseconds - b.milliseconds);
  return costs[Math.floor(ROUNDS / 2)] ?? costOf(args);
}

function benchDecisions(actions: readonly AwsAction[]): void {
  const [role] = review(readPlan(readFileSync(PLAN, 'utf8')), actions).roles;
  if (role === undefined) throw new Error('the plan has no tenant role');
  const { subject, policies } = role;
  const requests = [...attacksOn(subject, policies.trust, actions)].flatMap((each) => each.requests);
  const all = { identity: policies.identity, resource: [...policies.resources.values(), policies.trust] };
  const once = () => {
    const start = performance.now();
    for (const request of requests) decide(request, all);
    return ((performance.now() - start) * 1000) / requests.length;
  };
  once();
  const times = Array.from({ length: ROUNDS }, once).sort((a, b) => a - b);
  print('Decisions over the attack set, every policy asked each time');
  print(`  ${requests.length} requests  ${times[Math.floor(ROUNDS / 2)]?.toFixed(1) ?? ''} µs a decision   (aim: 20 or less)`);
  const start = performance.now();
  const { tried } = attack(subject, policies, actions, { locks: 'role' });
  print(`  ${tried} attacks made and tried  ${(performance.now() - start).toFixed(0)} ms`);
}

interface Plan {
  resource_changes: object[];
  prior_state: { values: { root_module: { resources: object[] } } };
}

/** The plan of the default stack among others of a larger estate: tables, buckets, roles with policies, and what is none of these. */
function largePlan(): string {
  const plan = JSON.parse(readFileSync(PLAN, 'utf8')) as Plan;
  const { resources } = plan.prior_state.values.root_module;
  const statement = {
    Effect: 'Allow',
    Action: ['logs:PutLogEvents', 'sqs:SendMessage'],
    Resource: 'arn:aws:sqs:eu-central-1:123456789012:jobs',
  };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trusted = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } };
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [trusted] });
  const kinds: ((name: string) => [type: string, values: object])[] = [
    (name) => [
      'aws_dynamodb_table',
      { name, arn: `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`, hash_key: 'id', tags: { a: 'b' } },
    ],
    (name) => ['aws_s3_bucket', { bucket: name, id: name, arn: `arn:aws:s3:::${name}`, policy: '', tags: { a: 'b' } }],
    (name) => ['aws_iam_role', { name, arn: `arn:aws:iam::123456789012:role/${name}`, assume_role_policy: trust, path: '/' }],
    (name) => ['aws_iam_policy', { name, arn: `arn:aws:iam::123456789012:policy/${name}`, policy, path: '/' }],
    (name) => ['aws_iam_role_policy_attachment', { role: name, policy_arn: `arn:aws:iam::123456789012:policy/${name}` }],
    (name) => ['aws_lambda_function', { function_name: name, handler: 'index.handler', environment: [{ variables: { A: name } }] }],
    (name) => ['aws_sqs_queue', { name, visibility_timeout_seconds: 30, tags: { a: 'b' } }],
    (name) => ['aws_cloudwatch_log_group', { name: `/aws/lambda/${name}`, retention_in_days: 30 }],
  ];
  for (let number = plan.resource_changes.length; number < RESOURCES; number++) {
    const group = Math.floor(number / kinds.length);
    const [type, values] = kinds[number % kinds.length]?.(`other-${group}`) ?? ['aws_sqs_queue', {}];
    const address = `module.other[${group % 20}].${type}.number_${group}`;
    const parts = { address, module_address: `module.other[${group % 20}]`, mode: 'managed', type, name: `number_${group}` };
    plan.resource_changes.push({ ...parts, change: { actions: ['no-op'], before: values, after: values, after_unknown: {} } });
    resources.push({ ...parts, values });
  }
  return JSON.stringify(plan);
}

async function main(): Promise<void> {
  benchDecisions(await awsActions());
  const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-bench-'));
  const app = new App({ outdir: folder });
  new MultiTenantIamStack(app, 'bench', { issuerUrl: 'https://login.example.com', audience: 'my-client-id' });
  app.synth();
  const large = join(folder, 'plan.json');
  const text = largePlan();
  writeFileSync(large, text);
  const nothing = medianCost(['-e', '']);
  const proof = medianCost([COMMAND, 'prove', join(folder, 'stacks/bench/cdk.tf.json')]);
  const reviewed = medianCost([COMMAND, 'review', '--plan', large]);
  rmSync(folder, { recursive: true });
  if (proof.code !== 0 || reviewed.code !== 0) {
    throw new Error(`prove ended with ${proof.code ?? ''}, review with ${reviewed.code ?? ''}`);
  }
  const row = (name: string, { milliseconds, megabytes }: Cost, aim: string) => {
    print(`  ${name.padEnd(34)} ${milliseconds.toFixed(0).padStart(5)} ms  ${String(megabytes).padStart(4)} MB  ${aim}`);
  };
  print('Whole processes, median');
  row('node that does nothing', nothing, '');
  row('prove, default stack', proof, '(aim: under 2,000 ms)');
  row(`review, ${RESOURCES} resources, ${(text.length / 1e6).toFixed(1)} MB`, reviewed, '(aim: under 2,000 ms, 300 MB)');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

void main();

import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { MultiTenantIamError } from '../errors';
import { printable } from '../review';
import { type AuditRecord, type Sandbox, type SandboxOptions, type SandboxUpstreams, startSandbox } from '../sandbox';
import { colours } from './colours';
import { parseArguments, parseJson, readText, UsageError } from './options';
import { DEFAULT_PORT } from './sandbox-port';
import { stackEstate } from './stack-estate';
import { synthesise, synthesisedFiles } from './synthesis';

const HELP = `Usage: multi-tenant-iam sandbox [options]

A local AWS that enforces: an OIDC issuer, STS, DynamoDB and S3 on 127.0.0.1, in one process. Tokens begin sessions as the trust
policy says, every request is checked for its signature and decided by the policies. In a project with a cdktf.json these are the
ones of its stack; elsewhere the ones that MultiTenantIam makes. With an upstream for IAM they are the ones deployed there.

  --port N                TCP port on 127.0.0.1; 0 takes a free one                 [${DEFAULT_PORT}]
  --stack FILE            a cdk.tf.json to take the policies from; none: the default ones
                                                                     [the stack of cdktf.json, if there is one]
  --var NAME=VALUE        value of a Terraform variable of the stack; may be repeated
  --upstream URL          server that takes what is allowed, for all services: moto, for example. Roles and policies are then
                          those of its IAM: run terraform apply through the sandbox
  --upstream SERVICE=URL  the same for one service: dynamodb, s3 or iam; may be repeated
  --log FILE              write the audit log there too, one JSON line a request
  -h, --help

A page to look at is served under /_sandbox/. Tokens: multi-tenant-iam token --tenant acme

Exit codes: 0 ended by Ctrl-C, 2 wrong usage, or it cannot start.
`;

const OPTIONS = {
  port: { type: 'string', default: String(DEFAULT_PORT) },
  stack: { type: 'string' },
  var: { type: 'string', multiple: true },
  upstream: { type: 'string', multiple: true },
  log: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @returns exit code, once it has ended */
export async function sandbox(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [unexpected] = positionals;
  if (unexpected !== undefined) throw new UsageError(`'${unexpected}' is not expected here; see --help`);
  const port = portOf(values.port);
  const upstream = upstreamsOf(values.upstream ?? []);
  const estate = estateOf(values.stack, Object.fromEntries((values.var ?? []).map(pair)), upstream);
  const log = values.log === undefined ? undefined : await logTo(values.log);
  const started = await start({
    ...estate,
    port,
    upstream,
    onRecord: (record) => {
      log?.write(`${JSON.stringify(record)}\n`);
      process.stdout.write(`${lineOf(record)}\n`);
    },
  });
  process.stdout.write(`${welcome(started).join('\n')}\n\n`);
  await untilInterrupted();
  await started.close();
  if (log !== undefined) await new Promise((ended) => log.end(ended));
  return 0;
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  try {
    return await startSandbox(options);
  } catch (error) {
    if (error instanceof MultiTenantIamError) throw new UsageError(error.message);
    throw error;
  }
}

function portOf(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new UsageError(`--port is '${given}', allowed is a whole number from 0 to 65535`);
}

function pair(given: string): [name: string, value: string] {
  const at = given.indexOf('=');
  if (at < 1) throw new UsageError(`--var is '${given}', it must be NAME=VALUE`);
  return [given.slice(0, at), given.slice(at + 1)];
}

const SERVICES = ['dynamodb', 's3', 'iam'];

function upstreamsOf(given: readonly string[]): SandboxOptions['upstream'] {
  const pairs = given.map((each): [string | undefined, string] => {
    const [, service, url] = /^([a-z0-9]+)=(.*)$/.exec(each) ?? [];
    return service === undefined ? [undefined, each] : [service, url ?? ''];
  });
  const whole = pairs.find(([service]) => service === undefined);
  if (whole !== undefined) {
    if (pairs.length > 1) throw new UsageError('--upstream URL is for all services and stands alone');
    return whole[1];
  }
  const unknown = pairs.find(([service]) => service === undefined || !SERVICES.includes(service));
  if (unknown !== undefined) throw new UsageError(`--upstream names '${unknown[0] ?? ''}', allowed are ${SERVICES.join(', ')}`);
  return pairs.length === 0 ? undefined : (Object.fromEntries(pairs) as SandboxUpstreams);
}

/** What it stands for: a stack, unless IAM is elsewhere or the default was asked for. */
function estateOf(
  stack: string | undefined,
  variables: Readonly<Record<string, string>>,
  upstream: SandboxOptions['upstream'],
): SandboxOptions {
  const deployed = typeof upstream === 'string' || upstream?.iam !== undefined;
  if (deployed) {
    if (stack !== undefined) {
      throw new UsageError('--stack and an upstream for IAM exclude each other: policies come from one place');
    }
    return {};
  }
  if (stack === 'none' || (stack === undefined && !existsSync('cdktf.json'))) return {};
  const { options, assumed } = stackEstate(parseStack(stack), variables);
  for (const { name, value } of assumed) process.stdout.write(`assumed ${name} = ${value}\n`);
  return options;
}

function parseStack(file: string | undefined): unknown {
  if (file !== undefined) return parseJson(readText(file), file);
  if (synthesise(['ignore', 2, 2]) !== 0) {
    throw new UsageError('the app of cdktf.json failed, see above; --stack none does without it');
  }
  const [first, ...others] = synthesisedFiles();
  if (first === undefined) throw new UsageError('the app of cdktf.json wrote no stack; --stack none does without it');
  if (others.length > 0) {
    const files = [first, ...others].map((each) => each.file).join(', ');
    throw new UsageError(`the app of cdktf.json wrote several stacks, choose one by --stack: ${files}`);
  }
  return parseJson(readText(first.file), first.file);
}

/** Opened at once, so that a wrong path is told before anything runs. */
async function logTo(file: string): Promise<WriteStream> {
  const stream = createWriteStream(file, { flags: 'a' });
  await new Promise<void>((opened, failed) => {
    stream.once('open', () => {
      opened();
    });
    stream.once('error', ({ code }: NodeJS.ErrnoException) => {
      failed(new UsageError(`--log is '${file}', it cannot be written: ${String(code)}`));
    });
  });
  return stream;
}

function welcome({ endpoint, issuerUrl, region, roles, tables, buckets, administrator }: Sandbox): string[] {
  const rows: [string, string][] = [
    ['page', `${endpoint}/_sandbox/`],
    ['issuer', issuerUrl],
    ['token', `npx multi-tenant-iam token --tenant acme${portHint(endpoint)}`],
    ...roles.map((arn): [string, string] => ['role', arn]),
    ...tables.map((name): [string, string] => ['table', name]),
    ...buckets.map((name): [string, string] => ['bucket', name]),
  ];
  return [
    colours.bold(`A local AWS on ${endpoint} (Ctrl-C ends it)`),
    ...rows.map(([label, value]) => `  ${label.padEnd(8)}${value}`),
    '',
    'As administrator, for Terraform and set-up; the keys are worth nothing elsewhere:',
    `  export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=${region}`,
    `  export AWS_ACCESS_KEY_ID=${administrator.accessKeyId} AWS_SECRET_ACCESS_KEY=${administrator.secretAccessKey}`,
  ];
}

function portHint(endpoint: string): string {
  const { port } = new URL(endpoint);
  return port === String(DEFAULT_PORT) ? '' : ` --port ${port}`;
}

const MARKS = { allow: colours.green('allow'), deny: colours.red('deny '), error: colours.yellow('error') };

/** A record for people: when, what came of it, who, what, why. */
function lineOf({ time, decision, caller, operation, reason, status, milliseconds }: AuditRecord): string {
  const tags = Object.entries(caller.tags ?? {}).map(([name, value]) => `${name}=${value}`);
  const who = [caller.kind, ...tags].join(' ');
  const cost = colours.dim(`${status} ${milliseconds.toFixed(1)} ms`);
  // Keys and tags come from whoever asks.
  return `${colours.dim(time.slice(11, 23))} ${MARKS[decision]} ${printable(`${who}: ${operation} (${reason})`)} ${cost}`;
}

/** Ctrl-C, or the end that a process manager asks for. */
async function untilInterrupted(): Promise<void> {
  await new Promise<void>((ended) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        ended();
      });
    }
  });
}

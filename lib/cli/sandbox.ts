import { createWriteStream, type WriteStream } from 'node:fs';
import { MultiTenantIamError } from '../errors';
import { type Sandbox, type SandboxOptions, type SandboxUpstreams, startSandbox } from '../sandbox';
import { parseArguments, UsageError } from './options';
import { sandboxEstate } from './sandbox-estate';
import { lineOf, welcome } from './sandbox-lines';
import { DEFAULT_PORT } from './sandbox-port';

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

A page to look at is served under /_sandbox/. Tokens: multi-tenant-iam token --tenant acme; what else those
of the stack must say, it prints.

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
  const { options, tenant } = sandboxEstate(values.stack, Object.fromEntries((values.var ?? []).map(pair)), upstream);
  const log = values.log === undefined ? undefined : await logTo(values.log);
  const started = await start({
    ...options,
    port,
    upstream,
    onRecord: (record) => {
      log?.write(`${JSON.stringify(record)}\n`);
      process.stdout.write(`${lineOf(record)}\n`);
    },
  });
  // Listened to before the welcome, upon which somebody may end it at once.
  const interrupted = untilInterrupted();
  process.stdout.write(`${welcome(started, tenant, options.identityPools).join('\n')}\n\n`);
  await interrupted;
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
  const names = pairs.map(([service = '']) => service);
  const unknown = names.find((service) => !SERVICES.includes(service));
  if (unknown !== undefined) throw new UsageError(`--upstream names '${unknown}', allowed are ${SERVICES.join(', ')}`);
  const twice = names.find((service, index) => names.indexOf(service) !== index);
  if (twice !== undefined) throw new UsageError(`--upstream names '${twice}' twice, one server for each service`);
  return pairs.length === 0 ? undefined : (Object.fromEntries(pairs) as SandboxUpstreams);
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
  // A disk that fills up is no reason to end what is rehearsed.
  stream.once('error', ({ code }: NodeJS.ErrnoException) => {
    process.stderr.write(`multi-tenant-iam: --log ${file} ends here, it cannot be written: ${String(code)}\n`);
  });
  return stream;
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

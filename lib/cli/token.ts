import { parseArguments, UsageError } from './options';
import { DEFAULT_PORT } from './sandbox-port';

const HELP = `Usage: multi-tenant-iam token --tenant ID [options]

Prints a token of a running sandbox, for a tenant of any name.

  --tenant ID             what the token's session tag says
  --subject NAME          the user                                    [user-1]
  --audience ID           client id                                   [the first that the identity provider takes]
  --issuer URL            in whose name                               [the first identity provider]
  --expires-in SECONDS    until the token expires                     [3600]
  --port N                of the sandbox                              [${DEFAULT_PORT}]
  -h, --help

  aws sts assume-role-with-web-identity --role-session-name me --role-arn ARN \\
    --web-identity-token "$(npx multi-tenant-iam token --tenant acme)"

Exit codes: 0 printed, 2 wrong usage, or no sandbox answers.
`;

const OPTIONS = {
  tenant: { type: 'string' },
  subject: { type: 'string' },
  audience: { type: 'string' },
  issuer: { type: 'string' },
  'expires-in': { type: 'string' },
  port: { type: 'string', default: String(DEFAULT_PORT) },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** @returns exit code */
export async function token(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [unexpected] = positionals;
  if (unexpected !== undefined) {
    throw new UsageError(`'${unexpected}' is not expected here: give the tenant by --tenant; see --help`);
  }
  const { tenant, subject, audience, issuer, 'expires-in': expiresIn, port } = values;
  if (tenant === undefined) throw new UsageError('--tenant is missing: whose token is wanted? See --help');
  if (!/^\d{1,5}$/.test(port)) throw new UsageError(`--port is '${port}', allowed is a whole number from 1 to 65535`);
  const query = new URLSearchParams({ tenant });
  for (const [name, value] of Object.entries({ subject, audience, issuer, 'expires-in': expiresIn })) {
    if (value !== undefined) query.set(name, value);
  }
  const answer = await ask(`http://127.0.0.1:${port}/_sandbox/token?${query.toString()}`, port);
  const text = await answer.text();
  if (!answer.ok) throw new UsageError(text.trim());
  process.stdout.write(`${text.trim()}\n`);
  return 0;
}

async function ask(url: string, port: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS), redirect: 'error' });
  } catch {
    throw new UsageError(`no sandbox answers on port ${port}: start one by 'npx multi-tenant-iam sandbox', or say which by --port`);
  }
}

const TIMEOUT_MILLISECONDS = 10_000;

import { parseArguments, UsageError } from './options';
import { DEFAULT_PORT } from './sandbox-port';

const HELP = `Usage: multi-tenant-iam token --tenant ID [options]

Prints a token of a running sandbox, for a tenant of any name.

  --tenant ID             what the token's session tag says; without it the token has no such tag, and needs --subject or --claim
  --tag-key KEY           key of that tag                             [tenant_id]
  --permissions VALUE     what the user may do: the name of a role, or such as rw-/r--, in a second tag
                                                                      [no such tag]
  --permissions-tag KEY   key of that tag                             [permissions]
  --claim NAME=VALUE      a further claim; a value that begins with [ or { is JSON; may be repeated
  --subject NAME          the user                                    [user-1]
  --audience ID           client id                                   [the first that the identity provider takes]
  --issuer URL            in whose name                               [the first identity provider]
  --expires-in SECONDS    until the token expires                     [3600]
  --port N                of the sandbox                              [${DEFAULT_PORT}]
  -h, --help

  aws sts assume-role-with-web-identity --role-session-name me --role-arn ARN \\
    --web-identity-token "$(npx multi-tenant-iam token --tenant acme)"

  npx multi-tenant-iam token --tenant acme > token.jwt    for AWS_WEB_IDENTITY_TOKEN_FILE, with AWS_ROLE_ARN
  npx multi-tenant-iam token --tenant acme --permissions viewer
  npx multi-tenant-iam token --claim custom:tenant_id=acme    the login of an identity pool
  npx multi-tenant-iam token --tenant acme --claim 'https://aws.amazon.com/roles=["ARN"]'    for that role only

Exit codes: 0 printed, 2 wrong usage, or no sandbox answers.
`;

const OPTIONS = {
  tenant: { type: 'string' },
  'tag-key': { type: 'string' },
  permissions: { type: 'string' },
  'permissions-tag': { type: 'string' },
  claim: { type: 'string', multiple: true },
  subject: { type: 'string' },
  audience: { type: 'string' },
  issuer: { type: 'string' },
  'expires-in': { type: 'string' },
  port: { type: 'string', default: String(DEFAULT_PORT) },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Options that the sandbox takes by the same names. */
const SINGLE = ['tenant', 'tag-key', 'permissions', 'permissions-tag', 'subject', 'audience', 'issuer', 'expires-in'] as const;

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
  const { port, tenant, subject, claim = [] } = values;
  if (tenant === undefined && subject === undefined && claim.length === 0) {
    throw new UsageError('--tenant is missing: whose token is wanted? See --help');
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`--port is '${port}', allowed is a whole number from 1 to 65535`);
  }
  const query = new URLSearchParams();
  for (const name of SINGLE) {
    const value = values[name];
    if (value !== undefined) query.set(name, value);
  }
  for (const [name, value] of claim.map(claimOf)) {
    if (query.has(`claim.${name}`)) throw new UsageError(`--claim names '${name}' twice`);
    query.set(`claim.${name}`, value);
  }
  const answer = await ask(`http://127.0.0.1:${port}/_sandbox/token?${query.toString()}`, port);
  const text = await answer.text().catch(() => '');
  if (answer.status === 400) throw new UsageError(text.trim());
  if (answer.status === 431) throw new UsageError('the options are longer than a request may be: give less by --claim');
  if (!answer.ok || !TOKEN.test(text)) {
    throw new UsageError(`what answers on port ${port} gives no token, so it is no sandbox: say which by --port`);
  }
  // A file for AWS_WEB_IDENTITY_TOKEN_FILE must hold the token and nothing else: the AWS command line sends what is in it.
  process.stdout.write(process.stdout.isTTY ? `${text.trim()}\n` : text.trim());
  return 0;
}

function claimOf(given: string): [name: string, value: string] {
  const at = given.indexOf('=');
  if (at < 1) throw new UsageError(`--claim is '${given}', it must be NAME=VALUE`);
  return [given.slice(0, at), given.slice(at + 1)];
}

async function ask(url: string, port: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS), redirect: 'error' });
  } catch {
    throw new UsageError(`no sandbox answers on port ${port}: start one by 'npx multi-tenant-iam sandbox', or say which by --port`);
  }
}

/** A signed JWT. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+\s*$/;

const TIMEOUT_MILLISECONDS = 10_000;

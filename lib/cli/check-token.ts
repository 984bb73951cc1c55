import { DEFAULT_PERMISSIONS_TAG_KEY, DEFAULT_TENANT_TAG_KEY, isTenantTagKey } from 'multi-tenant-data-access/tenancy';
import { issuerUrlProblem, isUserPoolId, userPoolIssuer } from '../policy/issuer';
import { isLoopback } from '../sandbox/http/loopback';
import { parseArguments, readText, UsageError } from './options';
import { tokenFindings, type TokenExpectations } from './token-check/check';
import { shown, unchecked } from './token-check/finding';
import { exitCodeOf, jsonReport, textReport } from './token-check/report';
import { signatureFinding } from './token-check/token-signature';

const HELP = `Usage: multi-tenant-iam check-token [options] [FILE]

Says line by line what STS, and the trust policy that this project makes, will look at in a token, and mends what is wrong.
The token comes from FILE or standard input, never from the command line, where other users of the machine see it. It is not
sent anywhere, and neither it nor its signature is printed.

  --issuer URL            issuerUrl of the settings: the token's iss, exactly
  --user-pool ID          the same of a Cognito user pool
  --audience ID           client id that the settings take; may be repeated
  --tenant-tag KEY        key of the tenant's session tag             [${DEFAULT_TENANT_TAG_KEY}]
  --permissions-tag KEY   key of the tag for role or permissions      [${DEFAULT_PERMISSIONS_TAG_KEY}]
  --tenant-claim NAME     the token goes to an identity pool, which makes the tenant's tag of this claim
  --permissions-claim NAME  and that of the permissions of this one
  --role ARN              rolePinning: the token must list this role
  --verify                fetch the keys of the issuer and verify the signature; needs --issuer or --user-pool
  --json                  for programs
  -h, --help

  npx multi-tenant-iam check-token --issuer https://login.example.com --audience my-client-id token.jwt
  npx multi-tenant-iam token --tenant acme | npx multi-tenant-iam check-token --issuer http://127.0.0.1:4580

Exit codes: 0 it would be taken, as far as it was looked at, 1 it would be refused, 2 wrong usage, or it cannot be told.
`;

const OPTIONS = {
  issuer: { type: 'string' },
  'user-pool': { type: 'string' },
  audience: { type: 'string', multiple: true },
  'tenant-tag': { type: 'string', default: DEFAULT_TENANT_TAG_KEY },
  'permissions-tag': { type: 'string', default: DEFAULT_PERMISSIONS_TAG_KEY },
  'tenant-claim': { type: 'string' },
  'permissions-claim': { type: 'string' },
  role: { type: 'string' },
  verify: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parseArguments<typeof OPTIONS>>['values'];

/** More than any token has. */
const MOST_BYTES = 1_000_000;

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/** @returns exit code */
export async function checkToken(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const expectations = expectationsOf(values);
  const { issuerUrl } = expectations;
  if (values.verify && issuerUrl === undefined) {
    throw new UsageError('--verify needs --issuer or --user-pool: whom a token names itself proves nothing');
  }
  const { parts, findings } = tokenFindings(await read(positionals), expectations, new Date());
  const signature =
    parts === undefined
      ? []
      : [values.verify ? await signatureFinding(parts, issuerUrl ?? '') : unchecked('signature', 'not verified', '--verify')];
  const all = [...findings, ...signature];
  const lines = values.json ? [JSON.stringify(jsonReport(all), undefined, 2)] : textReport(all);
  process.stdout.write(`${lines.join('\n')}\n`);
  return exitCodeOf(all);
}

function expectationsOf(values: Values): TokenExpectations {
  const { issuer, 'user-pool': userPool, 'tenant-tag': tenantTag, 'permissions-tag': permissionsTag, role } = values;
  if (issuer !== undefined && userPool !== undefined) throw new UsageError('--issuer and --user-pool exclude each other, give one');
  if (userPool !== undefined && !isUserPoolId(userPool)) throw refused('user-pool', userPool, '<region>_<id>, not an ARN');
  const problem = issuer === undefined || isForSandbox(issuer) ? undefined : issuerUrlProblem(issuer);
  if (issuer !== undefined && problem !== undefined) throw new UsageError(`--issuer is ${shown(issuer)}: ${problem}`);
  for (const [name, key] of Object.entries({ 'tenant-tag': tenantTag, 'permissions-tag': permissionsTag })) {
    if (!isTenantTagKey(key)) {
      throw refused(name, key, "1-128 characters of letters, digits, spaces and _ . : / = + - @, not 'aws:'");
    }
  }
  if (tenantTag.toLowerCase() === permissionsTag.toLowerCase()) {
    throw refused('permissions-tag', permissionsTag, "another key than the tenant's");
  }
  if (role !== undefined && !ROLE_ARN.test(role)) throw refused('role', role, 'arn:<partition>:iam::<account>:role/<name>');
  if (values['permissions-claim'] !== undefined && values['tenant-claim'] === undefined) {
    throw new UsageError('--permissions-claim needs --tenant-claim: both are what an identity pool maps');
  }
  if (values['tenant-claim'] !== undefined && role !== undefined) {
    throw new UsageError('--role and --tenant-claim exclude each other: tokens of an identity pool list no roles');
  }
  return {
    issuerUrl: userPool === undefined ? issuer : `https://${userPoolIssuer(userPool)}`,
    audiences: values.audience ?? [],
    tenantTag,
    permissionsTag,
    tenantClaim: values['tenant-claim'],
    permissionsClaim: values['permissions-claim'],
    roleArn: role,
  };
}

function refused(name: string, given: string, allowed: string): UsageError {
  return new UsageError(`--${name} is ${shown(given)}, allowed is ${allowed}`);
}

function isForSandbox(url: string): boolean {
  return /^http:\/\/[^?#\s@]+$/.test(url) && URL.canParse(url) && isLoopback(new URL(url).hostname);
}

async function read([file, ...others]: readonly string[]): Promise<string> {
  // Said before anything else: a token in the list of processes is a token given away.
  if ([file, ...others].some((each) => each?.includes('eyJ'))) {
    throw new UsageError('give a FILE, or pipe the token in: on the command line other users of this machine see it');
  }
  if (others.length > 0) throw new UsageError('one FILE at a time; see --help');
  if (file !== undefined && file !== '-') return readText(file);
  if (process.stdin.isTTY) {
    throw new UsageError('no FILE is given and nothing is piped in: npx multi-tenant-iam check-token token.jwt');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw new UsageError(`standard input has more than ${MOST_BYTES} bytes, which is no token`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

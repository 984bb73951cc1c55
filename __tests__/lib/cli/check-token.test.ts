import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { checkToken } from '../../../lib/cli/check-token';
import { UsageError } from '../../../lib/cli/options';
import { json, LoopbackIssuer, SigningKey } from '../../support/issuer';
import '../../support/node-errors';
import { tenantToken } from '../../support/tokens';

const ISSUER = ['--issuer', 'https://login.example.com'];
const ROLE = 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-token-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(token: string): string {
  const file = join(folder, 'token.jwt');
  writeFileSync(file, token);
  return file;
}

/** Runs the command in this process. @returns exit code and standard output, or what it fails with */
async function run(...args: string[]): Promise<{ code?: number; stdout: string; failure?: string }> {
  let stdout = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    return { code: await checkToken(args), stdout };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout, failure: error.message };
  } finally {
    write.mockRestore();
  }
}

/** Runs it with this as its standard input. */
async function piped(input: string | Readable | { isTTY: true }, ...args: string[]): ReturnType<typeof run> {
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    value: typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input,
  });
  try {
    return await run(...args);
  } finally {
    Object.defineProperty(process, 'stdin', stdin);
  }
}

describe('multi-tenant-iam check-token', () => {
  it('says line by line what it finds in the token of a file, and ends with 0', async () => {
    const { code, stdout } = await run(...ISSUER, '--audience', 'my-client-id', fileOf(`${tenantToken('acme')}\n`));
    expect(code).toBe(0);
    expect(stdout.replace(/(until).*/, '$1').replace(/of \d+/, 'of N'))
      .toBe(`ok      form            a signed JSON Web Token of N characters
ok      header          signed by 'RS256', key 'test'
ok      issuer          'https://login.example.com'
ok      audience        'my-client-id'
ok      time            until
ok      tags            nested: 'tenant_id'
ok      tenant          'acme'
note    permissions     no tag 'permissions': where the settings have 'permissions' the session may do nothing
skipped signature       not verified
                        give: --verify

It would be taken (not looked at: signature).
`);
  });

  it('says what is wrong and how to mend it, and ends with 1', async () => {
    const { code, stdout } = await run('--audience', 'other', fileOf(tenantToken('a/b')));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^wrong {3}audience {8}'my-client-id', not 'other'\n {24}mend: .*add this one to audience$/m);
    expect(stdout).toMatch(/\n\nIt would be refused: audience, tenant \(not looked at: issuer, signature\)\.\n$/);
  });

  it.each([[[]], [['-']]])('reads standard input: %j', async (args) => {
    expect((await piped(tenantToken('acme'), ...ISSUER, ...args)).code).toBe(0);
    expect((await piped('', ...ISSUER, ...args)).code).toBe(1);
  });

  it('gives programs the same', async () => {
    const { code, stdout } = await run('--json', '--role', ROLE, fileOf(tenantToken('acme')));
    const report = JSON.parse(stdout) as { findings: { name: string; state: string; mend?: string }[] };
    expect(code).toBe(1);
    expect(report).toMatchObject({ schemaVersion: 1, verdict: 'refused', exitCode: 1 });
    expect(report.findings.find(({ name }) => name === 'roles')).toMatchObject({
      state: 'wrong',
      mend: expect.stringContaining(ROLE),
    });
  });

  it('knows the issuer of a user pool', async () => {
    const iss = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e';
    const file = fileOf(tenantToken('acme', { iss, token_use: 'id' }));
    expect((await run('--user-pool', 'eu-central-1_a1B2c3D4e', file)).code).toBe(0);
    expect((await run('--user-pool', 'eu-central-1_zzzzzzzzz', file)).code).toBe(1);
  });

  it('looks at what an identity pool would make of the claims', async () => {
    const claims = { 'https://aws.amazon.com/tags': undefined, 'custom:tenant_id': 'acme', 'custom:role': 'viewer' };
    const file = fileOf(tenantToken('acme', claims));
    const { code, stdout } = await run('--tenant-claim', 'custom:tenant_id', '--permissions-claim', 'custom:role', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^skipped permissions {5}role 'viewer'; the settings must name it/m);
    expect((await run(file)).code).toBe(1);
  });

  it.each<[name: string, args: () => string[], message: RegExp]>([
    [
      'the token as an argument',
      () => [tenantToken('acme')],
      /^give a FILE, or pipe the token in: on the command line other users/,
    ],
    ['the token behind a file', () => ['x', tenantToken('acme')], /^give a FILE/],
    ['the token as an issuer', () => ['--issuer', tenantToken('acme')], /^--issuer is a string of \d+ characters: /],
    [
      'the token as a pool',
      () => ['--user-pool', tenantToken('acme')],
      /^--user-pool is a string of \d+ characters, allowed is <region>/,
    ],
    ['two files', () => ['a', 'b'], /^one FILE at a time/],
    ['a file that is not there', () => [join(folder, 'none')], /none cannot be read: there is no such file$/],
    ['a folder', () => [folder], /cannot be read: it is a folder$/],
    ['an unknown option', () => ['--loud'], /^Unknown option '--loud'.*see --help$/],
    ['two issuers', () => [...ISSUER, '--user-pool', 'eu-central-1_a'], /exclude each other/],
    ['an issuer over http', () => ['--issuer', 'http://login.example.com'], /IAM takes an issuer over https/],
    ['an issuer with a port', () => ['--issuer', 'https://login.example.com:8443'], /no port/],
    ['an issuer with a password', () => ['--issuer', 'http://a:b@127.0.0.1'], /over https/],
    ['a pool by its ARN', () => ['--user-pool', 'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/x'], /not an ARN/],
    ['a key that is none', () => ['--tenant-tag', 'a*'], /^--tenant-tag is 'a\*', allowed/],
    ['one key for both', () => ['--permissions-tag', 'Tenant_ID'], /another key than the tenant's/],
    ['a role that is none', () => ['--role', 'tenant'], /^--role is 'tenant', allowed is arn:/],
    ['half of a mapping', () => ['--permissions-claim', 'custom:role'], /needs --tenant-claim/],
    ['pinning of an identity pool', () => ['--tenant-claim', 't', '--role', ROLE], /tokens of an identity pool list no roles/],
    ['verification of nobody', () => ['--verify'], /^--verify needs --issuer or --user-pool/],
  ])('fails on %s, and prints nothing', async (_, args, message) => {
    const { code, stdout, failure } = await run(...args());
    expect({ code, stdout }).toEqual({ code: undefined, stdout: '' });
    expect(failure).toMatch(message);
    expect(failure).not.toContain('eyJ');
  });

  it('fails on a terminal, with a hint, instead of waiting for somebody to type a token', async () => {
    expect((await piped({ isTTY: true })).failure).toMatch(/nothing is piped in: npx multi-tenant-iam check-token token.jwt$/);
  });

  it('fails on more than a megabyte', async () => {
    expect((await piped('a'.repeat(1_000_001))).failure).toMatch(/more than 1000000 bytes/);
    expect((await piped('a'.repeat(1_000_000))).code).toBe(1);
  });

  it('prints its help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    const options = 'issuer user-pool audience tenant-tag permissions-tag tenant-claim permissions-claim role verify json';
    for (const option of options.split(' ')) expect(stdout).toContain(`  --${option} `);
  });

  describe('--verify', () => {
    let issuer: LoopbackIssuer;
    const key = new SigningKey('first');

    beforeAll(async () => {
      issuer = await LoopbackIssuer.start();
      issuer.keys.push(key);
    });

    afterAll(() => issuer.stop());

    beforeEach(() => {
      issuer.behave();
    });

    const verify = (token: string) => run('--verify', '--issuer', issuer.url, fileOf(token));

    it('takes what the issuer signed', async () => {
      const { code, stdout } = await verify(key.token(issuer.claims()));
      expect(code).toBe(0);
      expect(stdout).toContain(`verified with the keys that ${issuer.url}/.well-known/openid-configuration names`);
    });

    it.each<[name: string, token: () => string, says: RegExp]>([
      ['a signature of another key', () => new SigningKey('first').token(issuer.claims()), /it is not that of its issuer/],
      ['a key that is none of the issuer', () => new SigningKey('other').token(issuer.claims()), /none that the issuer publishes/],
      ["an algorithm that is not the key's", () => key.token(issuer.claims(), { alg: 'RS256' }), /does not fit the issuer's/],
    ])('refuses %s', async (_, token, says) => {
      const { code, stdout } = await verify(token());
      expect(code).toBe(1);
      expect(stdout).toMatch(says);
      expect(stdout).not.toContain('eyJ');
    });

    it.each<[name: string, behaviour: () => Parameters<LoopbackIssuer['misbehave']>[0], says: RegExp]>([
      [
        'names another issuer',
        () => ({ configuration: json({ issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/jwks.json` }) }),
        /another issuer/,
      ],
      ['has no configuration', () => ({ configuration: { ...json({}), status: 404 } }), /HTTP status 404/],
      ['has no list of keys', () => ({ jwks: json({ keys: 'first' }) }), /no JSON Web Key Set/],
    ])('refuses the tokens of an issuer that %s', async (_, behaviour, says) => {
      issuer.misbehave(behaviour());
      const { code, stdout } = await verify(key.token(issuer.claims()));
      expect(code).toBe(1);
      expect(stdout).toMatch(says);
    });

    it('cannot tell while the issuer does not answer, and ends with 2', async () => {
      issuer.misbehave({ jwks: 'hang up' });
      const { code, stdout } = await verify(key.token(issuer.claims()));
      expect(code).toBe(2);
      expect(stdout).toMatch(/It cannot be told: signature \(not looked at: audience\)\.\n$/);
    });

    it('asks nobody whom only the token names', async () => {
      const { code, stdout } = await run('--verify', ...ISSUER, fileOf(key.token(issuer.claims())));
      expect(code).toBe(1);
      expect(stdout).toContain("not verified, as the token is not of 'https://login.example.com'");
      expect(issuer.asked).toEqual([]);
    });
  });
});

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../../lib/cli/options';
import { token } from '../../../lib/cli/token';
import { type Sandbox, startSandbox } from '../../../lib/sandbox';
import '../../support/node-errors';

/** Runs the command in this process. @returns exit code and standard output, or what it fails with */
async function run(...args: string[]): Promise<{ code?: number; stdout: string; failure?: string }> {
  let stdout = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    return { code: await token(args), stdout };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout, failure: error.message };
  } finally {
    write.mockRestore();
  }
}

describe('multi-tenant-iam token', () => {
  let sandbox: Sandbox;
  let port: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    ({ port } = new URL(sandbox.endpoint));
  });

  afterAll(() => sandbox.close());

  const claimsOf = (jwt: string) =>
    JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  it('prints a token and nothing else, as the sandbox makes it for a tenant', async () => {
    const { code, stdout } = await run('--tenant', 'acme', '--port', port);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const { iat, exp, ...claims } = claimsOf(stdout);
    expect(Number(exp) - Number(iat)).toBe(3600);
    expect(claims).toMatchObject({
      iss: sandbox.issuerUrl,
      aud: 'my-client-id',
      sub: 'user-1',
      'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['acme'] } },
    });
  });

  it('says in it what the options say', async () => {
    const options = [
      '--tag-key',
      'team',
      '--subject',
      'ann',
      '--audience',
      'x',
      '--issuer',
      'https://a.example',
      '--expires-in',
      '60',
    ];
    const { iat, exp, ...claims } = claimsOf((await run('--tenant', 'a b&c', '--port', port, ...options)).stdout);
    expect(Number(exp) - Number(iat)).toBe(60);
    expect(claims).toMatchObject({
      iss: 'https://a.example',
      aud: 'x',
      sub: 'ann',
      'https://aws.amazon.com/tags': { principal_tags: { team: ['a b&c'] } },
    });
    const user = claimsOf((await run('--subject', 'ann', '--port', port)).stdout);
    expect([user['sub'], 'https://aws.amazon.com/tags' in user]).toEqual(['ann', false]);
  });

  it('says in it what the user may do, and any other claim, for a tenant or a login of an identity pool', async () => {
    const made = async (...args: string[]) => claimsOf((await run('--port', port, ...args)).stdout);
    expect(await made('--tenant', 'acme', '--permissions', 'rw-/r--')).toMatchObject({
      'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['acme'], permissions: ['rw-/r--'] } },
    });
    const scoped = await made('--tenant', 'acme', '--permissions', 'viewer', '--permissions-tag', 'scope');
    expect(scoped).toMatchObject({
      'https://aws.amazon.com/tags': {
        principal_tags: { tenant_id: ['acme'], scope: ['viewer'] },
        transitive_tag_keys: ['tenant_id'],
      },
    });
    const roles = `https://aws.amazon.com/roles=${JSON.stringify(sandbox.roles)}`;
    const pinned = await made('--tenant', 'acme', '--claim', roles, '--claim', 'a=b=c');
    expect(pinned).toMatchObject({ 'https://aws.amazon.com/roles': sandbox.roles, a: 'b=c' });
    const login = await made('--claim', 'custom:tenant_id=acme', '--claim', 'sub=ann');
    expect(login).toMatchObject({ 'custom:tenant_id': 'acme', sub: 'ann', aud: 'my-client-id' });
    expect(login).not.toHaveProperty(['https://aws.amazon.com/tags']);
  });

  it.each<[name: string, args: () => string[], message: RegExp]>([
    ['a claim without a value', () => ['--claim', 'a'], /^--claim is 'a', it must be NAME=VALUE$/],
    ['a claim without a name', () => ['--claim', '=a'], /^--claim is '=a', it must be NAME=VALUE$/],
    ['a claim that comes twice', () => ['--claim', 'a=1', '--claim', 'a=2'], /^--claim names 'a' twice$/],
    ['a claim that is half JSON', () => ['--port', port, '--claim', 'a=[1'], /'claim\.a' begins as JSON does, and is none/],
    ['a claim longer than a request', () => ['--port', port, '--claim', `a=${'x'.repeat(20_000)}`], /^the options are longer than/],
    ['permissions alone', () => ['--permissions', 'viewer'], /^--tenant is missing/],
    [
      'a tag of permissions alone',
      () => ['--tenant', 'acme', '--port', port, '--permissions-tag', 'scope'],
      /'permissions-tag' says where 'permissions' go, which are missing/,
    ],
    ['no tenant', () => [], /^--tenant is missing: whose token is wanted\? See --help$/],
    ['a tenant as an argument', () => ['acme'], /^'acme' is not expected here: give the tenant by --tenant; see --help$/],
    ['an unknown option', () => ['--tenant', 'acme', '--loud'], /^Unknown option '--loud'.*see --help$/],
    [
      'seconds that are no number',
      () => ['--tenant', 'a', '--port', port, '--expires-in', '1h'],
      /'expires-in' must be a whole number/,
    ],
    [
      'a port that is none',
      () => ['--tenant', 'acme', '--port', 'x'],
      /^--port is 'x', allowed is a whole number from 1 to 65535$/,
    ],
    ['port 0', () => ['--tenant', 'acme', '--port', '0'], /^--port is '0', allowed/],
    ['a port above the last', () => ['--tenant', 'acme', '--port', '65536'], /^--port is '65536', allowed/],
    [
      'a port where nothing listens',
      () => ['--tenant', 'acme', '--port', '1'],
      /^no sandbox answers on port 1: start one by 'npx /,
    ],
  ])('fails on %s, and prints nothing', async (_, args, message) => {
    const { code, stdout, failure } = await run(...args());
    expect({ code, stdout }).toEqual({ code: undefined, stdout: '' });
    expect(failure).toMatch(message);
  });

  it.each<[name: string, answer: RequestListener]>([
    ['says something else', (_, response) => response.end('<h1>Welcome</h1>')],
    ['knows nothing of it', (_, response) => response.writeHead(404).end('not\nfound')],
    ['sends us elsewhere', (_, response) => response.writeHead(302, { location: `${sandbox.endpoint}/_sandbox/token` }).end()],
    [
      'ends in the middle',
      (_, response) => response.writeHead(200, { 'content-length': 50 }).write('a.b', () => response.destroy()),
    ],
  ])('fails where another server listens that %s', async (_, answer) => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const other = String((server.address() as AddressInfo).port);
    const { stdout, failure } = await run('--tenant', 'acme', '--port', other);
    server.closeAllConnections();
    server.close();
    expect(stdout).toBe('');
    expect(failure).toMatch(new RegExp(`^(what answers on port ${other} gives no token|no sandbox answers on port ${other})`));
  });

  it('prints its help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const option of [
      'tenant',
      'tag-key',
      'permissions',
      'permissions-tag',
      'claim',
      'subject',
      'audience',
      'issuer',
      'expires-in',
      'port',
    ]) {
      expect(stdout).toContain(`  --${option} `);
    }
  });
});

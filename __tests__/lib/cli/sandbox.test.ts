import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { UsageError } from '../../../lib/cli/options';
import { sandbox } from '../../../lib/cli/sandbox';
import { ReviewInputError } from '../../../lib/review';
import { sign } from '../../../lib/sandbox/signature/sign';
import { SandboxProcess, sandboxCommand } from '../../support/sandbox-process';
import { careful, SMALL, smallStack, smallTrust, writeSmallApp } from '../../support/small-stack';
import { PLAIN, run } from '../../support/terraform';
import '../../support/node-errors';

const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-sandbox-'));
const processes: SandboxProcess[] = [];

async function start(...args: readonly string[]): Promise<SandboxProcess> {
  return startIn(folder, ...args);
}

async function startIn(cwd: string, ...args: readonly string[]): Promise<SandboxProcess> {
  const started = await SandboxProcess.start(cwd, ...args);
  processes.push(started);
  return started;
}

function command(...args: readonly string[]) {
  return run(process.execPath, [sandboxCommand(), ...args], { cwd: folder, env: { ...PLAIN, NO_COLOR: '1' } });
}

/** A session begun as any client may. @returns STS's answer */
async function assume(endpoint: string, role: string, token: string): Promise<string> {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: 'me',
    WebIdentityToken: token,
  };
  return (await fetch(endpoint, { method: 'POST', body: new URLSearchParams(form) })).text();
}

/** Puts an object as administrator. */
async function put(server: SandboxProcess, path: string): Promise<Response> {
  const { host } = new URL(server.endpoint);
  const request = { method: 'PUT', path, query: '', headers: { host }, body: Buffer.from('text'), fromLoopback: true };
  const credentials = {
    accessKeyId: server.exported('AWS_ACCESS_KEY_ID'),
    secretAccessKey: server.exported('AWS_SECRET_ACCESS_KEY'),
  };
  const { headers } = await sign(request, { credentials, service: 's3', region: server.exported('AWS_REGION') });
  return fetch(`${server.endpoint}${path}`, { method: 'PUT', headers, body: request.body });
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

afterAll(() => {
  for (const each of processes) each.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe('multi-tenant-iam sandbox', () => {
  it('says where all is, gives tokens, tells of each request, and ends by Ctrl-C while connections are open', async () => {
    const log = join(folder, 'log.jsonl');
    writeFileSync(log, '{"sequence":0}\n');
    const server = await start('--log', log);
    const { endpoint, port } = server;
    expect(server.stdout.startsWith(`A local AWS on ${endpoint} (Ctrl-C ends it)\n`)).toBe(true);
    expect(['page', 'issuer', 'token', 'role', 'table', 'bucket'].map((label) => server.told(label))).toEqual([
      `${endpoint}/_sandbox/`,
      `${endpoint}/_sandbox/issuer`,
      `npx multi-tenant-iam token --tenant acme --port ${port}`,
      'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant',
      'multi-tenant-iam-data',
      'multi-tenant-iam-123456789012-eu-central-1',
    ]);
    expect([server.exported('AWS_ENDPOINT_URL'), server.exported('AWS_REGION')]).toEqual([endpoint, 'eu-central-1']);
    const page = await fetch(`${endpoint}/_sandbox/`);
    expect([page.status, (await page.text()).startsWith('<!doctype html>')]).toEqual([200, true]);
    const discovery = await fetch(`${endpoint}/_sandbox/issuer/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ issuer: server.told('issuer') });

    const token = await command(...(server.told('token') ?? '').split(' ').slice(2));
    expect(token).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    const session = await assume(endpoint, server.told('role') ?? '', token.stdout.trim());
    const [, secret = '', sessionToken = ''] = ['SecretAccessKey', 'SessionToken'].reduce<string[]>(
      (found, name) => [...found, new RegExp(`<${name}>([^<]+)`).exec(session)?.[1] ?? ''],
      [''],
    );
    expect([secret.length, sessionToken.length]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(Math.min(secret.length, sessionToken.length)).toBeGreaterThan(20);
    expect((await put(server, `/${server.told('bucket') ?? ''}/\u001b`.replace('\u001b', '%1B'))).status).toBe(200);

    // Connections that stay: one idle, and one that reads the audit log.
    const agent = new Agent({ keepAlive: true });
    const idle = await asked(`${endpoint}/some-bucket/key`, agent);
    expect(idle.statusCode).toBe(403);
    idle.resume();
    const stream = await asked(`${endpoint}/_sandbox/audit/stream`, agent);
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    stream.on('error', () => undefined).resume();
    await server.says(/deny {2}anonymous: s3:GetObject/);

    const asking = Date.now();
    expect(await server.end('SIGINT')).toBe(0);
    expect(Date.now() - asking).toBeLessThan(3000);
    agent.destroy();
    expect(server.stderr).toBe('');

    const lines = server.stdout.trimEnd().split('\n').slice(-3);
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} allow \S+.*: sts:AssumeRoleWithWebIdentity role\/multi-tenant-iam-tenant \(.*'TenantSession'.*\) 200 \d+\.\d ms$/,
      ),
      expect.stringMatching(/ allow administrator: s3:PutObject \S+.* \(.*\) 200 /),
      expect.stringMatching(/ deny {2}anonymous: s3:GetObject some-bucket\/key \(nothing allows s3:GetObject\) 403 /),
    ]);
    const written = readFileSync(log, 'utf8');
    expect(written.endsWith('}\n')).toBe(true);
    const records = written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    // What was there stays.
    expect(records.map(({ sequence, operation, decision }) => [sequence, operation, decision])).toEqual([
      [0, undefined, undefined],
      [1, 'sts:AssumeRoleWithWebIdentity', 'allow'],
      [2, 's3:PutObject', 'allow'],
      [3, 's3:GetObject', 'deny'],
    ]);
    for (const told of [written, lines.join('\n')]) {
      for (const hidden of [token.stdout.trim(), secret, sessionToken, server.exported('AWS_SECRET_ACCESS_KEY')]) {
        expect(told).not.toContain(hidden);
      }
    }
  });

  it('stands for a file, sends what is allowed to an upstream, outlives a full disk, and ends when a process manager asks', async () => {
    const paths: (string | undefined)[] = [];
    const upstream: Server = createServer((request, response) => {
      paths.push(request.url);
      void buffer(request).then(() => response.setHeader('etag', '"x"').end());
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    try {
      const stack = file('stack.tf.json', JSON.stringify(smallStack(careful('team'), smallTrust('team'))));
      const args = ['--stack', stack, '--var', 'audience=given=client', '--upstream', `s3=${url}`];
      const server = await start(...args, ...(process.platform === 'linux' ? ['--log', '/dev/full'] : []));
      expect([server.told('role'), server.told('table')]).toEqual([SMALL.role, SMALL.table]);
      const hint = server.told('token') ?? '';
      expect(hint).toMatch(/^npx multi-tenant-iam token --tenant acme --tag-key team --port \d+$/);
      const { stdout: token } = await command(...hint.split(' ').slice(2), '--expires-in', '60');
      expect(claimsOf(token)).toMatchObject({
        iss: `https://${SMALL.issuer}`,
        aud: 'given=client',
        'https://aws.amazon.com/tags': { principal_tags: { team: ['acme'] } },
      });
      expect(await assume(server.endpoint, SMALL.role, token.trim())).toContain('<SecretAccessKey>');
      expect((await put(server, `/${SMALL.bucket}/a`)).status).toBe(200);
      expect(paths).toEqual([`/${SMALL.bucket}/a`]);
      if (process.platform === 'linux') {
        await server.says(/^multi-tenant-iam: --log \/dev\/full ends here, it cannot be written: ENOSPC\n$/);
        expect((await put(server, `/${SMALL.bucket}/b`)).status).toBe(200);
      }
      expect(await server.end('SIGTERM')).toBe(0);
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  });

  it('stands for the stack of cdktf.json, whose app speaks to standard error, or for the default without it', async () => {
    const project = join(folder, 'project');
    mkdirSync(project);
    writeSmallApp(project, { small: smallStack() });
    const [own, without] = await Promise.all([startIn(project), startIn(project, '--stack', 'none')]);
    expect(own.stdout).toMatch(/^assumed account = 123456789012\nA local AWS on/);
    expect(own.stderr).toBe('the app speaks\n');
    expect(own.told('role')).toBe(SMALL.role);
    expect(without.stderr).toBe('');
    expect(without.told('role')).toBe('arn:aws:iam::123456789012:role/multi-tenant-iam-tenant');
    expect(await Promise.all([own.end('SIGTERM'), without.end('SIGINT')])).toEqual([0, 0]);
  });

  it('fails with exit code 2 and one line when its port is taken, before anything is served', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const [taken, unread] = await Promise.all([
      command('sandbox', '--port', String(port)),
      command('sandbox', '--stack', 'missing.tf.json'),
    ]);
    other.close();
    const stderr = `multi-tenant-iam: Port ${port} of 127.0.0.1 is taken: end what listens there, or choose another port.\n`;
    expect(taken).toEqual({ code: 2, stdout: '', stderr });
    expect(unread).toEqual({
      code: 2,
      stdout: '',
      stderr: 'multi-tenant-iam: missing.tf.json cannot be read: there is no such file\n',
    });
  });
});

describe('the options of multi-tenant-iam sandbox', () => {
  const stack = () => file('small.tf.json', JSON.stringify(smallStack()));
  const moto = 'http://127.0.0.1:1';

  it.each<[name: string, args: () => string[], message: RegExp]>([
    ['a port that is none', () => ['--port', 'x'], /^--port is 'x', allowed is a whole number from 0 to 65535$/],
    ['a port above the last', () => ['--port', '65536'], /^--port is '65536', allowed/],
    ['a port below the first', () => ['--port=-1'], /^--port is '-1', allowed/],
    ['an unknown option', () => ['--loud'], /^Unknown option '--loud'.*see --help$/],
    ['an argument', () => ['acme'], /^'acme' is not expected here; see --help$/],
    ['an upstream that is no URL', () => ['--upstream', 'y'], /^The sandbox cannot start: .*'?y'?/],
    ['an upstream for no service', () => ['--upstream', 'sqs=http://x'], /^--upstream names 'sqs', allowed are dynamodb, s3, iam$/],
    ['an upstream for all beside another', () => ['--upstream', moto, '--upstream', `s3=${moto}`], /stands alone$/],
    ['two upstreams for all', () => ['--upstream', moto, '--upstream', moto], /stands alone$/],
    ['two upstreams for a service', () => ['--upstream', `s3=${moto}`, '--upstream', `s3=${moto}`], /^--upstream names 's3' twice/],
    ['a stack beside an upstream for IAM', () => ['--stack', 'none', '--upstream', moto], /exclude each other/],
    ['the same for IAM alone', () => ['--stack', stack(), '--upstream', `iam=${moto}`], /exclude each other/],
    ['an upstream that is gone', () => ['--port', '0', '--upstream', moto], /^The upstream cannot be asked for its account: /],
    ['a variable without a value', () => ['--stack', stack(), '--var', 'audience'], /^--var is 'audience', it must be NAME=VALUE$/],
    [
      'a variable that is not declared',
      () => ['--stack', stack(), '--var', 'x=1'],
      /declares no variable 'x'; it declares audience$/,
    ],
    ['a variable without a stack', () => ['--stack', 'none', '--var', 'x=1'], /^--var is of a stack, and none is used here$/],
    ['a stack that is no JSON', () => ['--stack', file('text.tf.json', '{')], /text\.tf\.json is no JSON$/],
    ['a stack that is none', () => ['--stack', file('none.tf.json', '{}')], /it is no synthesised stack/],
    ['a log that is a folder', () => ['--stack', 'none', '--log', folder], /^--log is '.*', it cannot be written: EISDIR$/],
    ['a log in no folder', () => ['--stack', 'none', '--log', join(folder, 'no', 'log')], /it cannot be written: ENOENT$/],
  ])('fails on %s', async (_, args, message) => {
    const failure: unknown = await sandbox(args()).catch((error: unknown) => error);
    expect(failure instanceof UsageError || failure instanceof ReviewInputError).toBe(true);
    const { message: told } = failure as Error;
    expect(told).toMatch(message);
    expect(told).not.toContain('\n');
  });

  it('fails where the app of cdktf.json writes several stacks or none, fails, or is no app, and says what to do', async () => {
    const project = mkdtempSync(join(folder, 'app-'));
    const before = process.cwd();
    const told = async () => sandbox([]).then(String, (error: unknown) => (error as Error).message);
    const failures: string[] = [];
    process.chdir(project);
    try {
      for (const app of ['exit 3', 'true', undefined]) {
        writeFileSync('cdktf.json', JSON.stringify({ app }));
        failures.push(await told());
      }
      mkdirSync('cdktf.out');
      writeFileSync('cdktf.json', JSON.stringify({ app: 'true' }));
      writeFileSync('cdktf.out/manifest.json', JSON.stringify({ stacks: {} }));
      failures.push(await told());
      const users = smallStack(careful(), undefined, { aws_iam_role: {} });
      const apps: Record<string, object>[] = [{ a: smallStack(), users, b: smallStack() }, { users, more: users }, { users }];
      for (const written of apps) {
        writeSmallApp(project, written);
        failures.push(await told());
      }
    } finally {
      process.chdir(before);
    }
    expect(failures).toEqual([
      'the app of cdktf.json failed, see above; --stack none does without it',
      expect.stringMatching(/^cdktf\.out\/manifest\.json cannot be read: .* --stack none does without it$/),
      "cdktf.json has no 'app', the command that synthesises. --stack none does without it",
      'the app of cdktf.json wrote no stack; --stack none does without it',
      'the app of cdktf.json wrote several stacks, choose one by --stack: cdktf.out/a.tf.json, cdktf.out/b.tf.json',
      'the app of cdktf.json wrote no stack with a tenant role; --stack none does without it',
      'the stack has no role that takes web identity tokens, so there is nothing to rehearse',
    ]);
  });
});

async function asked(url: string, agent: Agent): Promise<IncomingMessage> {
  const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  return answer;
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

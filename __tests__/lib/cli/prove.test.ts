import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSmallApp } from '../../support/small-stack';
import { command, CdktfProject, multiTenantIam, ROOT, run } from '../../support/terraform';

// Each test starts a TypeScript program, some of which start another.
jest.setTimeout(60_000);

interface Stack {
  resource: Record<string, Record<string, Record<string, unknown>>>;
  data: { aws_iam_policy_document: Record<string, { statement: { sid: string; actions?: string[]; condition?: object[] }[] }> };
}

const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-prove-'));
const project = new CdktfProject('http://127.0.0.1:1');
let synthesised: string;

/** The stack with something changed, as a file. */
function changed(name: string, change: (stack: Stack) => void): string {
  const stack = JSON.parse(synthesised) as Stack;
  change(stack);
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(stack));
  return path;
}

/** Statements by their Sid, whichever policy they stand in. */
function statementsOf(stack: Stack, sid: string) {
  const found = Object.values(stack.data.aws_iam_policy_document).flatMap(({ statement }) =>
    statement.filter((each) => each.sid === sid),
  );
  if (found.length === 0) throw new Error(`there is no statement ${sid}`);
  return found;
}

beforeAll(async () => {
  await project.synthesise({}, 'json');
  synthesised = readFileSync(join(project.stackFolder, 'cdk.tf.json'), 'utf8');
});

afterAll(() => {
  project.remove();
  rmSync(folder, { recursive: true });
});

describe('multi-tenant-iam prove', () => {
  it('proves the app of cdktf.json, with more than ten thousand attacks', async () => {
    project.configure({});
    const command = [
      join(ROOT, 'node_modules/.bin/tsx'),
      '--tsconfig',
      join(ROOT, 'tsconfig.json'),
      join(ROOT, 'lib/cli/multi-tenant-iam.ts'),
    ];
    const { code, stdout } = await run(command[0] ?? '', [...command.slice(1), 'prove'], { cwd: project.folder });
    expect(code).toBe(0);
    const [, tried = ''] = /^Tenant isolation holds as synthesised: ([\d,]+) attacks tried, none allowed$/m.exec(stdout) ?? [];
    expect(Number(tried.replaceAll(',', ''))).toBeGreaterThan(10_000);
    expect(stdout).toMatch(/^Stack multi-tenant-iam\n/);
    expect(stdout).toMatch(/given dynamodb:\* and s3:\* on the data: ([\d,]+) of \1 attacks denied\n/);
    expect(stdout).toMatch(/\nAssumed\n(?: {2}\w+ = .*\n)* {2}identity_provider_arn = arn:aws:iam::/);
    expect(stdout).not.toContain('\u001b');
  });

  it('proves files that are given, as JSON, with the values that are given', async () => {
    const path = changed('a.tf.json', () => undefined);
    const pool = 'arn:aws:iam::210987654321:oidc-provider/login.shop.example';
    const { code, stdout, stderr } = await multiTenantIam(
      'prove',
      path,
      path,
      '--json',
      '--var',
      `identity_provider_arn=${pool}`,
      '--var',
      'audience=a=b',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout) as { schemaVersion: number; stacks: Record<string, unknown>[] };
    expect(report.schemaVersion).toBe(1);
    expect(report.stacks).toHaveLength(2);
    expect(report.stacks[0]).toMatchObject({
      label: path,
      kind: 'stack',
      isolation: 'holds',
      exitCode: 0,
      roles: [{ identityProvider: pool, attacks: { leaks: [] } }],
      secondLocks: [{ address: 'aws_iam_role.tenant' }],
      unread: [],
    });
    const [{ tried, denied }] = report.stacks[0]?.['secondLocks'] as [{ tried: number; denied: number }];
    expect(denied).toBe(tried);
    const assumed = (report.stacks[0]?.['assumed'] as { name: string }[]).map(({ name }) => name);
    expect(assumed).toEqual(expect.arrayContaining(['account', 'region']));
    expect(assumed).not.toContain('audience');
  });

  it('fails where a grant is too wide, with a witness and the statement that let it', async () => {
    const path = changed('wide.tf.json', (stack) => {
      for (const statement of statementsOf(stack, 'TenantItems')) Object.assign(statement, { condition: [] });
    });
    const strict = await multiTenantIam('prove', path);
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('Tenant isolation is broken as synthesised');
    expect(strict.stdout).toMatch(
      /witness {2}tenant 'a': dynamodb:GetItem on \S+ with dynamodb:LeadingKeys = 'ab'\n {4}because {2}allowed by statement TenantItems/,
    );
  });

  it('fails where tenants do not reach their own data, though every attack is denied', async () => {
    const path = changed('closed.tf.json', (stack) => {
      for (const statement of statementsOf(stack, 'TenantObjects')) Object.assign(statement, { actions: ['s3:GetObjectTorrent'] });
    });
    const { code, stdout } = await multiTenantIam('prove', path);
    expect(code).toBe(1);
    expect(stdout).toMatch(/may not: AbortMultipartUpload, DeleteObject, GetObject, ListMultipartUploadParts, PutObject/);
  });

  it('fails with the worst of several stacks', async () => {
    const [good, bad, empty] = [
      changed('good.tf.json', () => undefined),
      changed('bad.tf.json', (stack) => {
        for (const statement of statementsOf(stack, 'TenantListing')) Object.assign(statement, { condition: [] });
      }),
      changed('empty.tf.json', (stack) => {
        stack.resource = { aws_sqs_queue: { x: { name: 'x' } } };
      }),
    ];
    const [broken, unknown] = await Promise.all([multiTenantIam('prove', good, empty, bad), multiTenantIam('prove', empty, good)]);
    expect(broken.code).toBe(1);
    expect(unknown.code).toBe(2);
    expect(unknown.stdout).toContain('tenant role: no role was found');
  });

  it('leaves out a stack of the app that has no tenant role, and fails where none has one', async () => {
    const users = { terraform: {}, resource: { aws_cognito_user_pool: { users: { name: 'users' } } } };
    const prove = async (name: string, stacks: Record<string, object>) => {
      const cwd = join(folder, name);
      mkdirSync(cwd);
      writeSmallApp(cwd, stacks);
      return run(process.execPath, [command(), 'prove'], { cwd });
    };
    const tenants = JSON.parse(synthesised) as object;
    const pool = { name: 'users', schema: [{ name: 'tenant_id', attribute_data_type: 'String', mutable: true }] };
    const client = {
      name: 'app',
      user_pool_id: '${aws_cognito_user_pool.users.id}',
      write_attributes: ['email', 'custom:tenant_id'],
    };
    const careless = {
      terraform: {},
      resource: { aws_cognito_user_pool: { users: pool }, aws_cognito_user_pool_client: { app: client } },
    };
    const [both, none, chosen] = await Promise.all([
      prove('both', { app: tenants, 'app-users': users }),
      prove('none', { users }),
      prove('chosen', { app: tenants, 'app-users': careless }),
    ]);
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/\nStack app-users: no tenant role, nothing to prove\n$/);
    expect(none.code).toBe(2);
    expect(none.stdout).toContain('tenant role: no role was found');
    expect(chosen.code).toBe(1);
    expect(chosen.stdout).toContain('people may write custom:tenant_id');
  });

  it('fails on wrong input and usage, in one line', async () => {
    const path = changed('plain.tf.json', () => undefined);
    const text = join(folder, 'text.tf.json');
    writeFileSync(text, '{"resource":');
    const cases: [string[], RegExp][] = [
      [[path, '--var', 'nope=1'], /the stack declares no variable 'nope'; it declares audience, /],
      [[path, '--var', 'nope'], /--var is 'nope', it must be NAME=VALUE/],
      [[text], /text\.tf\.json is no JSON/],
      [[join(ROOT, 'package.json')], /it is no synthesised stack; give the cdk\.tf\.json/],
    ];
    const runs = await Promise.all(cases.map(([args]) => multiTenantIam('prove', ...args)));
    runs.forEach(({ code, stdout, stderr }, index) => {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^multi-tenant-iam: [^\n]+\n$/);
      expect(stderr).toMatch(cases[index]?.[1] ?? /^$/);
    });
  });

  it('fails where there is no app, or where the app fails, and says so', async () => {
    const command = [
      join(ROOT, 'node_modules/.bin/tsx'),
      '--tsconfig',
      join(ROOT, 'tsconfig.json'),
      join(ROOT, 'lib/cli/multi-tenant-iam.ts'),
      'prove',
    ];
    const prove = (cwd: string) => run(command[0] ?? '', command.slice(1), { cwd });
    project.configure({ issuerUrl: 'http://login.example.com', audience: 'x' });
    const [without, failing] = await Promise.all([prove(folder), prove(project.folder)]);
    expect([without.code, failing.code]).toEqual([2, 2]);
    expect(without.stderr).toContain('cdktf.json cannot be read');
    expect(without.stderr).toContain('or give a cdk.tf.json');
    expect(failing.stderr).toContain('config.invalid');
    expect(failing.stderr).toContain('multi-tenant-iam: the app of cdktf.json failed, see above\n');
    for (const { stdout, stderr } of [without, failing]) {
      expect(stdout).toBe('');
      expect(stderr).not.toMatch(/^\s+at |unexpected failure/m);
    }
  });
});

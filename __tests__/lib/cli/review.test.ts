import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, multiTenantIam, PLAIN, ROOT, type Run } from '../../support/terraform';
import { recorded } from '../review/plans/hand-made';

// Each test starts a TypeScript program.
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-review-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A file of that many megabytes: a beginning, what is repeated, an end. */
function bigFile(name: string, megabytes: number, start: string, repeated: (index: number) => string, end: string): string {
  const path = join(folder, name);
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, start);
  for (let written = 0, index = 0; written < megabytes * 1024 * 1024; index++) written += writeSync(descriptor, repeated(index));
  writeSync(descriptor, end);
  closeSync(descriptor);
  return path;
}

/** With standard input, given in pieces, some time apart. */
function withInput(pieces: readonly string[], ...args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [command(), 'review', ...args], { cwd: ROOT, env: PLAIN });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (data: Buffer) => out.push(data.toString()));
    child.stderr.on('data', (data: Buffer) => err.push(data.toString()));
    child.on('close', (code) => {
      done({ code: code ?? -1, stdout: out.join(''), stderr: err.join('') });
    });
    child.stdin.on('error', () => undefined);
    pieces.forEach((piece, index) => setTimeout(() => child.stdin.write(piece), index * 1200));
    setTimeout(() => child.stdin.end(), (pieces.length - 1) * 1200 + 10);
  });
}

/** In one line, and nothing else. */
function expectRefusal({ code, stdout, stderr }: Run, message: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^multi-tenant-iam: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/unexpected failure|^\s+at /m);
}

const CREATE = file('create.json', recorded('default-create'));

describe('multi-tenant-iam review', () => {
  it('holds of the plan that creates this stack, as text', async () => {
    const { code, stdout, stderr } = await multiTenantIam('review', CREATE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Tenant isolation holds after this plan: 1\d,\d{3} attacks tried, none allowed\n/);
    expect(stdout).toContain('  create   aws_dynamodb_table.tenant_data\n');
    expect(stdout).not.toContain('\u001b');
  });

  it('holds as markdown with the label, and as JSON', async () => {
    const [markdown, json] = await Promise.all([
      multiTenantIam('review', '--plan', CREATE, '--format', 'markdown', '--label', 'eu/production'),
      multiTenantIam('review', '--plan', CREATE, '--format', 'json', '--label', 'eu/production'),
    ]);
    expect([markdown.code, json.code]).toEqual([0, 0]);
    expect(markdown.stdout).toMatch(/^<!-- multi-tenant-iam review: eu\/production -->\n\n### ✅ /);
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, label: 'eu/production', isolation: 'holds', exitCode: 0 });
  });

  it('reads standard input, as fast or slow as it comes, the same as a file', async () => {
    const text = recorded('default-state');
    const [whole, slow, named] = await Promise.all([
      withInput([text]),
      withInput(['', text.slice(0, 1000), text.slice(1000)], '--plan', '-'),
      multiTenantIam('review', '--plan', file('state.json', text)),
    ]);
    expect(whole.stdout).toMatch(/^Tenant isolation holds as deployed/);
    expect(slow).toEqual(whole);
    expect(named).toEqual(whole);
  });

  it('fails if data is destroyed, unless that is wanted, and says of a wish that comes to nothing', async () => {
    const plan = JSON.parse(recorded('default-create')) as {
      resource_changes: { address: string; change: { actions: string[]; before: unknown; after: unknown } }[];
    };
    const tables = plan.resource_changes.filter(({ address }) => address === 'aws_dynamodb_table.tenant_data');
    for (const { change } of tables) Object.assign(change, { actions: ['delete', 'create'], before: change.after });
    const path = file('replace.json', JSON.stringify(plan));
    const [refused, wanted] = await Promise.all([
      multiTenantIam('review', path),
      multiTenantIam('review', path, '--allow-destroy', 'aws_dynamodb_table.tenant_data', '--allow-destroy', 'aws_s3_bucket.other'),
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('  aws_dynamodb_table.tenant_data is replaced, what it holds is lost\n');
    expect([wanted.code, wanted.stderr]).toEqual([
      0,
      'multi-tenant-iam: --allow-destroy aws_s3_bucket.other: nothing of that address is destroyed\n',
    ]);
    expect(wanted.stdout).toContain('what it holds is lost, as wanted');
  });

  it('fails on input that is nothing to review, in one line that says how to mend it', async () => {
    const cases: [args: string[], message: RegExp][] = [
      [[join(folder, 'missing.json')], /missing\.json cannot be read: there is no such file/],
      [[folder], /cannot be read: it is a folder/],
      [[file('empty.json', '')], /the input is empty; expected is the output of `terraform show -json/],
      [[file('cut.json', recorded('default-create').slice(0, 50_000))], /no JSON, or only a part of it/],
      [[join(ROOT, 'package.json')], /multi-tenant-iam: .*terraform show -json/],
      [[file('tfplan', Buffer.from('PK\u0003\u0004\u0000\u0000binary'))], /a plan file as Terraform keeps it/],
      [
        [file('people.txt', 'Terraform used the selected providers to generate the following plan.\n')],
        /a plan for people to read/,
      ],
      [[CREATE, '--policy', `arn:aws:s3:::x=${file('policy.json', '{')}`], /policy\.json is no JSON/],
    ];
    // Some at once, so that none waits for long.
    for (let index = 0; index < cases.length; index += 5) {
      const some = cases.slice(index, index + 5);
      const runs = await Promise.all(some.map(([args]) => multiTenantIam('review', ...args)));
      runs.forEach((run, at) => {
        expectRefusal(run, some[at]?.[1] ?? /^$/);
      });
    }
    expectRefusal(await withInput(['']), /the input is empty/);
  });

  it('takes policies that are not in the plan, and what it is told of keys and prefixes', async () => {
    const plan = JSON.parse(recorded('default-state')) as { values: { root_module: { resources: { type: string }[] } } };
    const { root_module: root } = plan.values;
    root.resources = root.resources.filter(({ type }) => type !== 'aws_s3_bucket' && type !== 'aws_s3_bucket_policy');
    const path = file('without-bucket.json', JSON.stringify(plan));
    const open = await multiTenantIam('review', path, '--format', 'json');
    const { roles } = JSON.parse(open.stdout) as { roles: { buckets: { arn: string }[] }[] };
    const arn = roles[0]?.buckets[0]?.arn ?? '';
    expect(open.code).toBe(2);
    const policy = file(
      'bucket-policy.json',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `${arn}/*` },
      }),
    );
    const [none, given, told] = await Promise.all([
      multiTenantIam('review', path, '--policy', `${arn}=none`),
      multiTenantIam('review', path, '--policy', `${arn}=${policy}`),
      multiTenantIam(
        'review',
        path,
        '--policy',
        `${arn}=none`,
        '--prefix',
        'files/{tenant}/',
        '--table-key',
        'T#{tenant}',
        '--format',
        'json',
      ),
    ]);
    expect(none.code).toBe(0);
    expect(given.code).toBe(1);
    expect(given.stdout).toContain(`allowed by statement number 1 of ${arn}`);
    expect(JSON.parse(told.stdout)).toMatchObject({
      roles: [
        { tables: [{ keys: ['T#{tenant}', '{tenant}'] }], buckets: [{ prefixes: ['files/{tenant}/', 'tenants/{tenant}/'] }] },
      ],
    });
  });

  it('fails on 50 MB of no plan, and reviews a plan of 50 MB, in seconds', async () => {
    const noise = bigFile('noise.json', 50, '', (index) => `line ${index} of something else entirely\n`, '');
    const { resource_changes: changes, ...rest } = JSON.parse(recorded('default-create')) as { resource_changes: unknown[] };
    const queue = (index: number) =>
      `,${JSON.stringify({ address: `aws_sqs_queue.q${index}`, mode: 'managed', type: 'aws_sqs_queue', name: `q${index}`, change: { actions: ['create'], before: null, after: { name: 'x'.repeat(500) }, after_unknown: {} } })}`;
    const start = `${JSON.stringify(rest).slice(0, -1)},"resource_changes":[${changes.map((change) => JSON.stringify(change)).join()}`;
    const plan = bigFile('plan.json', 50, start, queue, ']}');
    const began = Date.now();
    const runs = [await multiTenantIam('review', noise), await multiTenantIam('review', plan)] as const;
    const [first, second] = runs;
    expectRefusal(first, /the input is not JSON/);
    expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/ {2}and [\d,]+ more\n$/);
    expect(Date.now() - began).toBeLessThan(30_000);
  });

  it('ends well where a reader has seen enough', async () => {
    const piped = `${[process.execPath, command(), 'review', '--format', 'json', CREATE].map((part) => `'${part}'`).join(' ')} | head -1; exit "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', piped], { cwd: ROOT, env: PLAIN });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on('data', (data: Buffer) => out.push(data.toString()));
    child.stderr.on('data', (data: Buffer) => err.push(data.toString()));
    const code = await new Promise((done) => child.on('close', done));
    expect({ code, out: out.join(''), err: err.join('') }).toEqual({ code: 0, out: '{\n', err: '' });
  });
});

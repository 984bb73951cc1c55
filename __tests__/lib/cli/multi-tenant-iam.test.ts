import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { multiTenantIam, ROOT } from '../../support/terraform';

// Each test starts a TypeScript program.
jest.setTimeout(60_000);

describe('multi-tenant-iam', () => {
  it('says what it does, and each command what its options are', async () => {
    const [whole, prove, review, sandbox, token, checkToken] = await Promise.all([
      multiTenantIam('--help'),
      multiTenantIam('prove', '--help'),
      multiTenantIam('review', '-h'),
      multiTenantIam('sandbox', '--help'),
      multiTenantIam('token', '-h'),
      multiTenantIam('check-token', '-h'),
    ]);
    for (const { code, stderr } of [whole, prove, review, sandbox, token, checkToken]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect(whole.stdout).toContain('Usage: multi-tenant-iam <command>');
    expect(whole.stdout).toMatch(/^ {2}prove .*\n {2}review .*\n {2}sandbox .*\n {2}token .*\n {2}check-token /m);
    expect(prove.stdout).toContain('Usage: multi-tenant-iam prove');
    for (const option of ['--var', '--json', '--tenant-tag', '--table-key', '--prefix', '--policy', '--one-lock']) {
      expect(prove.stdout).toContain(`  ${option}`);
    }
    expect(review.stdout).toContain('Usage: multi-tenant-iam review');
    for (const option of ['--plan', '--format', '--label', '--allow-destroy', '--tenant-tag', '--policy', '--one-lock']) {
      expect(review.stdout).toContain(`  ${option}`);
    }
    expect(sandbox.stdout).toContain('Usage: multi-tenant-iam sandbox');
    for (const option of ['--port', '--stack', '--var', '--upstream', '--log', '-h']) {
      expect(sandbox.stdout).toContain(`  ${option}`);
    }
    expect(sandbox.stdout).toContain('Exit codes: 0 ended by Ctrl-C, 2 wrong usage, or it cannot start.');
    expect(token.stdout).toContain('Usage: multi-tenant-iam token --tenant ID');
    expect(token.stdout).toContain('Exit codes: 0 printed, 2 wrong usage, or no sandbox answers.');
    expect(checkToken.stdout).toContain('Usage: multi-tenant-iam check-token [options] [FILE]');
    for (const { stdout } of [sandbox, token, checkToken]) {
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(132);
    }
    for (const { stdout } of [whole, prove, review]) expect(stdout).toMatch(/Exit codes: 0 isolation holds/);
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await multiTenantIam('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('fails without a command, with its help', async () => {
    const { code, stdout, stderr } = await multiTenantIam();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: multi-tenant-iam <command>');
  });

  it('fails on what it does not know, in one line', async () => {
    const cases: [string[], RegExp][] = [
      [
        ['destroy'],
        /^multi-tenant-iam: 'destroy' is no command, known are prove, review, sandbox, token, check-token; see --help\n$/,
      ],
      [['review', '--loud'], /^multi-tenant-iam: Unknown option '--loud'.*see --help\n$/],
      [['sandbox', '--port', 'x'], /^multi-tenant-iam: --port is 'x', allowed is a whole number from 0 to 65535\n$/],
      [['token', '--tenant', 'acme', '--port', '1'], /^multi-tenant-iam: no sandbox answers on port 1: start one by /],
      [['review', '--format', 'yaml', 'x'], /^multi-tenant-iam: --format is 'yaml', allowed are text, markdown, json\n$/],
      [['review', 'a.json', '--plan', 'b.json'], /^multi-tenant-iam: one plan at a time, given were b\.json and a\.json\n$/],
    ];
    const runs = await Promise.all(cases.map(([args]) => multiTenantIam(...args)));
    runs.forEach(({ code, stdout, stderr }, index) => {
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(cases[index]?.[1] ?? /^$/);
      expect(stderr.trimEnd()).not.toContain('\n');
    });
  });
});

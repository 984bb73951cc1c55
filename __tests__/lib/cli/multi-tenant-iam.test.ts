import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { multiTenantIam, ROOT } from '../../support/terraform';

// Each test starts a TypeScript program.
jest.setTimeout(60_000);

describe('multi-tenant-iam', () => {
  it('says what it does, and each command what its options are', async () => {
    const [whole, prove, review] = await Promise.all([
      multiTenantIam('--help'),
      multiTenantIam('prove', '--help'),
      multiTenantIam('review', '-h'),
    ]);
    for (const { code, stderr } of [whole, prove, review]) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(whole.stdout).toContain('Usage: multi-tenant-iam <command>');
    expect(whole.stdout).toMatch(/^ {2}prove .*\n {2}review /m);
    expect(prove.stdout).toContain('Usage: multi-tenant-iam prove');
    for (const option of ['--var', '--json', '--tenant-tag', '--table-key', '--prefix', '--policy', '--one-lock']) {
      expect(prove.stdout).toContain(`  ${option}`);
    }
    expect(review.stdout).toContain('Usage: multi-tenant-iam review');
    for (const option of ['--plan', '--format', '--label', '--allow-destroy', '--tenant-tag', '--policy', '--one-lock']) {
      expect(review.stdout).toContain(`  ${option}`);
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
      [['destroy'], /^multi-tenant-iam: 'destroy' is no command, known are prove and review; see --help\n$/],
      [['review', '--loud'], /^multi-tenant-iam: Unknown option '--loud'.*see --help\n$/],
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

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const PROVIDER = join('registry.terraform.io', 'hashicorp', 'aws', '5.100.0');

/** The real programs that end-to-end suites run. */
export type Program = 'terraform' | 'moto_server' | 'aws' | 'chromium' | 'the AWS provider 5.100.0';

/**
 * A suite that needs real programs. Where one is missing the suite is skipped, with a line that says what is missing; with `CI=true`
 * it fails.
 */
export function describeWithPrograms(name: string, programs: readonly Program[], suite: () => void): void {
  const missing = programs.filter((program) => !isHere(program));
  if (missing.length === 0) {
    describe(name, suite);
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('has the programs it needs', () => {
        throw new Error(`missing: ${missing.join(', ')}`);
      });
    });
  } else {
    // Not by console.warn, which jest leaves out for a suite that is skipped as a whole.
    process.stderr.write(`skipped: ${name} (missing: ${missing.join(', ')})\n`);
    describe.skip(name, suite);
  }
}

function isHere(program: Program): boolean {
  if (program === 'the AWS provider 5.100.0') return providerMirror() !== undefined;
  return pathOf(program) !== undefined;
}

/** Where a program lies, as the shell would find it. */
export function pathOf(program: Program): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

let mirror: string | undefined;
let searched = false;

/**
 * The unpacked filesystem mirror that holds the AWS provider: named by TERRAFORM_PROVIDER_MIRROR, in one of the folders Terraform
 * looks into by itself, or anywhere near the root of this machine.
 */
export function providerMirror(): string | undefined {
  if (!searched) {
    searched = true;
    mirror = usualMirrors().find((folder) => existsSync(join(folder, PROVIDER))) ?? mirrorOnDisk();
  }
  return mirror;
}

function usualMirrors(): string[] {
  const dataDirs = (process.env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter);
  return [
    ...(process.env['TERRAFORM_PROVIDER_MIRROR'] ? [process.env['TERRAFORM_PROVIDER_MIRROR']] : []),
    join(homedir(), '.terraform.d', 'plugins'),
    join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'terraform', 'plugins'),
    ...dataDirs.map((folder) => join(folder, 'terraform', 'plugins')),
  ];
}

function mirrorOnDisk(): string | undefined {
  const systems = ['/proc', '/sys', '/dev', '/run'].flatMap((path) => ['-path', path, '-o']);
  const skipped = [
    '(',
    ...systems,
    '-name',
    'node_modules',
    '-o',
    '-name',
    '.terraform',
    '-o',
    '-name',
    'plugin-cache',
    ')',
    '-prune',
  ];
  const wanted = ['-type', 'd', '-path', `*/${PROVIDER}`, '-print', '-quit'];
  const { stdout } = spawnSync('find', ['/', '-maxdepth', '8', ...skipped, '-o', ...wanted], { encoding: 'utf8' });
  const folder = stdout.split('\n')[0] ?? '';
  return folder === '' ? undefined : folder.slice(0, -PROVIDER.length - 1);
}

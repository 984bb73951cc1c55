import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM_TIMEOUT_MS, ROOT, run, runOrThrow } from '../support/terraform';
import { tenantToken } from '../support/tokens';

const STACK = `
import { App } from 'cdktf';
import { MultiTenantIamStack, tenantVariable } from 'multi-tenant-iam';
import { trustPolicy } from 'multi-tenant-iam/policy';

const app = new App({ outdir: process.argv[2] ?? 'out' });
const stack = new MultiTenantIamStack(app, 'packed', { issuerUrl: 'https://login.example.com', audience: 'my-client-id' });
const resource: string = 'arn:aws:sqs:eu-central-1:123456789012:jobs-' + tenantVariable();
stack.iam.grantAdditionalPermissions({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: resource });
app.synth();
console.log(typeof trustPolicy);
`;

const APPLICATION = `
import { TenantDataAccess, TenantDataAccessError } from 'multi-tenant-data-access';
import { parseTenantId } from 'multi-tenant-data-access/tenancy';

const access = new TenantDataAccess({
  roleArn: 'arn:aws:iam::123456789012:role/tenant', tableName: 'data', bucketName: 'files', region: 'eu-central-1',
});
access.assumeTenantRole(process.argv[2] ?? '', parseTenantId('globex')).catch((error: unknown) => {
  console.log(error instanceof TenantDataAccessError ? error.code : error);
});
`;

/** The TypeScript examples of a page. */
function examples(page: string): string[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

describe('the packed packages, installed into an empty project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-packed-'));
  const pages = { readme: examples('README.md'), runtime: examples('runtime/README.md') };

  beforeAll(async () => {
    const packing = [
      'pack',
      '--silent',
      '--workspace',
      'multi-tenant-data-access',
      '--include-workspace-root',
      '--pack-destination',
      folder,
    ];
    await runOrThrow('npm', packing, { cwd: ROOT });
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    const compilers = ['typescript', '@types/node'].map((name) => `${name}@${installedVersion(name)}`);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await runOrThrow('npm', ['install', '--prefer-offline', ...tarballs.map((file) => `./${file}`), ...compilers], { cwd: folder });
    const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, types: ['node'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.cts', '*.mts'] }));
    for (const extension of ['cts', 'mts']) {
      writeFileSync(join(folder, `stack.${extension}`), STACK);
      writeFileSync(join(folder, `application.${extension}`), APPLICATION);
      for (const [page, codes] of Object.entries(pages)) {
        codes.forEach((code, index) => {
          writeFileSync(join(folder, `${page}-${index}.${extension}`), code);
        });
      }
    }
  }, PROGRAM_TIMEOUT_MS);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'compiles a stack, an application and every example of the READMEs, as CommonJS and as ES modules',
    async () => {
      expect([pages.readme.length, pages.runtime.length]).toEqual([3, 1]);
      const { code, stdout } = await run(join(folder, 'node_modules', '.bin', 'tsc'), ['-p', '.'], { cwd: folder });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    "compiles in a project made by CDKTF's template, which resolves modules as Node.js 10 did",
    async () => {
      const template = join(ROOT, 'node_modules', '@cdktf', 'cli-core', 'templates', 'typescript', 'tsconfig.json');
      const { compilerOptions } = JSON.parse(readFileSync(template, 'utf8')) as { compilerOptions: object };
      const options = { ...compilerOptions, moduleResolution: 'node10', ignoreDeprecations: '6.0', types: ['node'], noEmit: true };
      writeFileSync(
        join(folder, 'tsconfig.template.json'),
        JSON.stringify({ compilerOptions: options, files: ['main.ts', 'app.ts'] }),
      );
      writeFileSync(join(folder, 'main.ts'), STACK);
      writeFileSync(join(folder, 'app.ts'), APPLICATION);
      const { code, stdout } = await run(join(folder, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.template.json'], {
        cwd: folder,
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    },
    PROGRAM_TIMEOUT_MS,
  );

  it.each(['cjs', 'mjs'])('synthesises the stack from %s', async (extension) => {
    const out = `out-${extension}`;
    expect(await runOrThrow('node', [`stack.${extension}`, out], { cwd: folder })).toBe('function\n');
    const stack = JSON.parse(readFileSync(join(folder, out, 'stacks', 'packed', 'cdk.tf.json'), 'utf8')) as { resource: object };
    expect(Object.keys(stack.resource)).toContain('aws_iam_openid_connect_provider');
  });

  it('proves the isolation of the stack with the command of the package', async () => {
    const command = join(folder, 'node_modules', '.bin', 'multi-tenant-iam');
    const { code, stdout } = await run(command, ['prove', join('out-cjs', 'stacks', 'packed', 'cdk.tf.json')], {
      cwd: folder,
    });
    expect(stdout).toMatch(/\nTenant isolation holds as synthesised: 1\d,\d{3} attacks tried, none allowed\n/);
    expect(code).toBe(0);
  });

  it.each(['cjs', 'mjs'])("fails to assume the role with another tenant's token from %s", async (extension) => {
    expect(await runOrThrow('node', [`application.${extension}`, tenantToken('acme')], { cwd: folder })).toBe('tenant.mismatch\n');
  });

  it('does not load the AWS SDK or CDKTF for the policies alone', async () => {
    const script = `require('multi-tenant-iam/policy'); console.log(Object.keys(require.cache).filter((file) => /@aws-sdk|cdktf/.test(file)).length)`;
    expect(await runOrThrow('node', ['-e', script], { cwd: folder })).toBe('0\n');
  });
});

function installedVersion(name: string): string {
  return (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}

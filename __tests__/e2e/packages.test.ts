import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
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
import { TenantObjectAccess } from 'multi-tenant-data-access/objects';
import { TenantTableAccess } from 'multi-tenant-data-access/table';
import { parseTenantId } from 'multi-tenant-data-access/tenancy';

const config = { roleArn: 'arn:aws:iam::123456789012:role/tenant', region: 'eu-central-1' };
const wholly = new TenantDataAccess({ ...config, tableName: 'data', bucketName: 'files' });
const table = new TenantTableAccess({ ...config, tableName: 'data' });
const objects = new TenantObjectAccess({ ...config, bucketName: 'files' });

for (const access of [wholly, table, objects]) {
  access.forTenant(process.argv[2] ?? '', parseTenantId('globex')).catch((error: unknown) => {
    console.log(error instanceof TenantDataAccessError ? error.code : error);
  });
}
`;

/** A Lambda function as it is deployed: one file, without node_modules. */
const FUNCTION = `
import { tenantHandler } from 'multi-tenant-data-access/lambda';
import { TenantTableAccess } from 'multi-tenant-data-access/table';

const access = new TenantTableAccess({ roleArn: 'arn:aws:iam::123456789012:role/tenant', tableName: 'data', region: 'eu-central-1' });
export const handler = tenantHandler(access, async (session) => session.table().get('order#1'), { logger: { warn() {}, error() {} } });
`;

/** A test of an application's own, on the sandbox. */
const SANDBOX = `
import { TenantDataAccess } from 'multi-tenant-data-access';
import { type AuditRecord, startSandbox } from 'multi-tenant-iam/sandbox';

async function main(): Promise<void> {
  const told: AuditRecord['decision'][] = [];
  const sandbox = await startSandbox({ onRecord: ({ decision }) => told.push(decision) });
  const access = new TenantDataAccess(sandbox.dataAccessConfig());
  const session = await access.forTenant(await sandbox.token({ tenantId: 'acme' }), 'acme');
  await session.table().put({ dataId: 'order#1', amount: 1 });
  await session.objects().put('a.txt', 'text');
  const page = await fetch(sandbox.endpoint + '/_sandbox/');
  const script = await fetch(sandbox.endpoint + '/_sandbox/page.js');
  console.log(page.status, script.status, (await session.table().get('order#1'))?.['amount'], told.join(' '));
  access.destroy();
  await sandbox.close();
}
main().catch((error: unknown) => console.log(error));
`;

/** Loads the constructs, and says what they load of the sandbox; then starts one. */
const WITHOUT_OPTIONAL = `
require('multi-tenant-iam');
console.log(Object.keys(require.cache).filter((file) => /dynalite|fast-xml-parser|aws-jwt-verify|signature-v4|@aws-sdk/.test(file)).length);
require('multi-tenant-iam/sandbox').startSandbox().then(
  () => console.log('started'),
  ({ code, message }) => console.log(code, message),
);
`;

/** Makes the table and the bucket that the README speaks of, and calls each function that it shows, in order. */
const README_RUN = `
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { TenantDataAccess } from 'multi-tenant-data-access';

const [endpoint, token, ...files] = process.argv.slice(2);
const region = 'eu-central-1';
const tableName = 'multi-tenant-iam-data';
const bucketName = 'multi-tenant-iam-123456789012-eu-central-1';
const admin = { region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
await new DynamoDBClient(admin).send(new CreateTableCommand({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'tenantId', AttributeType: 'S' },
    { AttributeName: 'dataId', AttributeType: 'S' },
    { AttributeName: 'amount', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'tenantId', KeyType: 'HASH' }, { AttributeName: 'dataId', KeyType: 'RANGE' }],
  GlobalSecondaryIndexes: [{
    IndexName: 'by-amount',
    KeySchema: [{ AttributeName: 'tenantId', KeyType: 'HASH' }, { AttributeName: 'amount', KeyType: 'RANGE' }],
    Projection: { ProjectionType: 'ALL' },
  }],
}));
await new S3Client({ ...admin, forcePathStyle: true }).send(new CreateBucketCommand({
  Bucket: bucketName, CreateBucketConfiguration: { LocationConstraint: region },
}));
const access = new TenantDataAccess({
  roleArn: 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant', tableName, bucketName, region,
  stsConfig: { endpoint }, dynamoDbConfig: { endpoint }, s3Config: { endpoint, forcePathStyle: true },
});
const session = await access.forTenant(token, 'acme');
const seed = session.table();
await seed.batchWrite({ put: [{ dataId: 'stock#a-1', amount: 3 }, { dataId: 'customer#1' }] });

const shown = Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));
await shown.items(session);
await seed.put({ dataId: 'order#1', amount: 12.5, version: 1 });
await shown.queries(session);
await shown.many(session);
const stock = await seed.get('stock#a-1');
if (stock.amount !== 2) throw new Error('the transaction of the README left ' + JSON.stringify(stock));
await shown.objects(session);
await session.objects().put('receipts/1.txt', 'again');
await shown.links(session);
const photo = await (await session.objects().get('inbox/photo.jpg')).text();
if (photo !== 'the photo') throw new Error('the presigned upload of the README left ' + photo);
await shown.plain(access, token);
access.destroy();
console.log('items queries many objects links plain');
`;

/** What an application installs beside the packages, in the versions that are here. */
const BESIDE = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sts',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/lib-storage',
  '@aws-sdk/s3-request-presigner',
  '@types/express',
  '@types/node',
  'esbuild',
  'express',
  'fastify',
  'typescript',
];

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
    await runOrThrow('npm', ['run', 'build', '--silent'], { cwd: ROOT });
    // The build once, not before each of the two.
    await runOrThrow('npm', [...packing, '--ignore-scripts'], { cwd: ROOT });
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    const beside = BESIDE.map((name) => `${name}@${installedVersion(name)}`);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await runOrThrow(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs.map((file) => `./${file}`), ...beside],
      { cwd: folder },
    );
    const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true, types: ['node'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.cts', '*.mts'] }));
    for (const extension of ['cts', 'mts']) {
      writeFileSync(join(folder, `stack.${extension}`), STACK);
      writeFileSync(join(folder, `application.${extension}`), APPLICATION);
      writeFileSync(join(folder, `sandbox.${extension}`), SANDBOX);
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
      expect([pages.readme.length, pages.runtime.length]).toEqual([4, 12]);
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
        JSON.stringify({ compilerOptions: options, files: ['main.ts', 'app.ts', 'local.ts'] }),
      );
      writeFileSync(join(folder, 'local.ts'), SANDBOX);
      writeFileSync(join(folder, 'main.ts'), STACK);
      writeFileSync(join(folder, 'app.ts'), APPLICATION);
      const { code, stdout } = await run(join(folder, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.template.json'], {
        cwd: folder,
      });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    'compiles where a bundler resolves modules',
    async () => {
      const compilerOptions = { module: 'esnext', moduleResolution: 'bundler', target: 'es2022', strict: true, noEmit: true };
      const options = { ...compilerOptions, skipLibCheck: true, types: ['node'] };
      writeFileSync(
        join(folder, 'tsconfig.bundler.json'),
        JSON.stringify({ compilerOptions: options, files: ['stack.mts', 'sandbox.mts'] }),
      );
      const tsc = join(folder, 'node_modules', '.bin', 'tsc');
      const { code, stdout } = await run(tsc, ['-p', 'tsconfig.bundler.json'], { cwd: folder });
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    },
    PROGRAM_TIMEOUT_MS,
  );

  describeWithPrograms('against AWS as moto serves it', ['moto_server'], () => {
    let moto: Moto;

    beforeAll(async () => {
      moto = await startMoto();
    }, PROGRAM_TIMEOUT_MS);

    afterAll(async () => {
      await moto.stop();
    });

    it('runs the operations that the README of the runtime shows', async () => {
      const blocks = pages.runtime.flatMap((code, index) =>
        /export async function (items|objects|plain)/.test(code) ? [index] : [],
      );
      writeFileSync(join(folder, 'film.mp4'), Buffer.alloc(6_000_000));
      writeFileSync(join(folder, 'readme.mjs'), README_RUN);
      const files = blocks.map((index) => `./runtime-${index}.mjs`);
      const printed = await runOrThrow('node', ['readme.mjs', moto.endpoint, tenantToken('acme'), ...files], { cwd: folder });
      expect(printed.trim().split('\n').at(-1)).toBe('items queries many objects links plain');
    });
  });

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

  it.each(['cjs', 'mjs'])('runs a sandbox, with its page, from %s, and ends by itself', async (extension) => {
    const { stdout } = await run('node', [`sandbox.${extension}`], { cwd: folder });
    expect(stdout).toBe('200 200 1 allow allow allow allow\n');
  });

  it('has the sandbox in the command of the package', async () => {
    const command = join(folder, 'node_modules', '.bin', 'multi-tenant-iam');
    const { code, stdout } = await run(command, ['sandbox', '--help'], { cwd: folder });
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'Usage: multi-tenant-iam sandbox [options]']);
  });

  it('loads nothing of the sandbox with the constructs, and fails to start one without the optional packages, saying the mend', async () => {
    const dynalite = join(folder, 'node_modules', 'dynalite');
    renameSync(dynalite, `${dynalite}-away`);
    try {
      const { stdout } = await run('node', ['-e', WITHOUT_OPTIONAL], { cwd: folder });
      const mend = 'The sandbox needs the optional package dynalite: install it, or install without --omit=optional.';
      expect(stdout).toBe(`0\nsandbox.unavailable ${mend}\n`);
    } finally {
      renameSync(`${dynalite}-away`, dynalite);
    }
  });

  it.each(['cjs', 'mjs'])("fails to open a session with another tenant's token from %s", async (extension) => {
    const printed = await runOrThrow('node', [`application.${extension}`, tenantToken('acme')], { cwd: folder });
    expect(printed).toBe('tenant.mismatch\n'.repeat(3));
  });

  it.each([
    ['CommonJS', ['--format=cjs']],
    ['ES modules, without what is not used', ['--format=esm', '--main-fields=module,main', '--splitting']],
  ])('bundles a Lambda function as %s', async (_, format) => {
    const out = `bundle-${format.length}`;
    const esbuild = join(folder, 'node_modules', '.bin', 'esbuild');
    writeFileSync(join(folder, 'function.ts'), FUNCTION);
    const esm = format.includes('--format=esm');
    const banner = `--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
    const options = ['--bundle', '--platform=node', `--outdir=${out}`, ...(esm ? ['--out-extension:.js=.mjs', banner] : [])];
    await runOrThrow(esbuild, ['function.ts', ...options, ...format, '--log-level=error'], { cwd: folder });
    const alone = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-function-'));
    cpSync(join(folder, out), alone, { recursive: true });
    const call = `import(process.argv[1]).then(async ({ handler, default: cjs }) => {
      const answer = await (handler ?? cjs.handler)({ headers: { authorization: 'Bearer ${tenantToken('acme').slice(0, 40)}' } }, {});
      console.log(answer.statusCode, JSON.parse(answer.body).code);
    })`;
    const printed = await runOrThrow('node', ['-e', call, join(alone, `function.${esm ? 'mjs' : 'js'}`)], { cwd: alone });
    rmSync(alone, { recursive: true });
    expect(printed).toBe('401 token.malformed\n');
  });

  it.each([
    ['table', /client-s3|lib-storage|s3-request-presigner/],
    ['objects', /dynamodb/],
    ['lambda', /@aws-sdk|@smithy/],
    ['middleware', /@aws-sdk|@smithy/],
    ['tenancy', /@aws-sdk|@smithy/],
  ])('does not load what %s alone does not use', async (part, unused) => {
    const script = `require('multi-tenant-data-access/${part}'); console.log(Object.keys(require.cache).join('\\n'))`;
    const loaded = (await runOrThrow('node', ['-e', script], { cwd: folder })).split('\n');
    expect(loaded.filter((file) => unused.test(file))).toEqual([]);
    expect(loaded.some((file) => file.includes(join('multi-tenant-data-access', 'dist')))).toBe(true);
  });

  it('does not load the AWS SDK or CDKTF for the policies alone', async () => {
    const script = `require('multi-tenant-iam/policy'); console.log(Object.keys(require.cache).filter((file) => /@aws-sdk|cdktf/.test(file)).length)`;
    expect(await runOrThrow('node', ['-e', script], { cwd: folder })).toBe('0\n');
  });
});

function installedVersion(name: string): string {
  return (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { Testing } from 'cdktf';
import { bundled, lambdaCode, zipped } from '../../lib/lambda-code';
import { PLAIN_SETTINGS, SETTINGS, signIn } from '../runtime/cognito/sign-ins';
import { userRecords } from '../support/user-records';
import { awsStack } from '../support/synthesis';

const ENTRY = 'multi-tenant-data-access/cognito';
const ROLE_ARNS = ['arn:aws:iam::123456789012:role/app-tenant'];
/** Loads a function's code and calls its handler with each event, as Lambda's runtime does. */
const LAMBDA = `
  const { handler } = require(process.argv[1] + '/index');
  const events = JSON.parse(require('node:fs').readFileSync(process.argv[1] + '/events.json', 'utf8'));
  (async () => {
    const answers = [];
    for (const event of events) {
      answers.push(await handler(event, { functionName: 'app-token' }).then((answer) => ({ answer }), ({ name, message }) => ({ name, message })));
    }
    process.stdout.write(JSON.stringify(answers));
  })();
`;

const folder = mkdtempSync(join(tmpdir(), 'lambda-code-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly message?: string;
  readonly answer?: {
    readonly response: {
      readonly claimsAndScopeOverrideDetails: {
        readonly idTokenGeneration: { readonly claimsToAddOrOverride: Record<string, unknown> };
      };
    };
  };
}

/** What the function answers, its zip unpacked into a folder of its own. */
function called(
  zip: Uint8Array,
  events: readonly object[],
  settings: string = JSON.stringify(SETTINGS),
): { answers: Answer[]; log: string } {
  const task = mkdtempSync(join(folder, 'task-'));
  for (const [name, contents] of Object.entries(unzipSync(zip))) writeFileSync(join(task, name), contents);
  writeFileSync(join(task, 'events.json'), JSON.stringify(events));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', LAMBDA, '--', task], {
    cwd: task,
    env: { TOKEN_TRIGGER_SETTINGS: settings },
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  expect(status).toBe(0);
  return { answers: JSON.parse(stdout) as Answer[], log: stderr };
}

describe('the code of the token trigger', () => {
  const zip = zipped('index.js', bundled(ENTRY));

  it('is one small readable file without a path of this machine', () => {
    const files = unzipSync(zip);
    expect(Object.keys(files)).toEqual(['index.js']);
    const text = Buffer.from(files['index.js'] ?? []).toString('utf8');
    expect(text.length).toBeLessThan(20_000);
    expect(text).toContain('parseTenantId');
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/require\("(?!node:)/);
  });

  it('is the same, byte for byte, in another working directory, time zone and at another time', () => {
    const script = join(folder, 'elsewhere', 'bundle.ts');
    mkdirSync(join(script, '..'));
    writeFileSync(
      script,
      `import { bundled, zipped } from ${JSON.stringify(join(process.cwd(), 'lib/lambda-code.ts'))};
       process.stdout.write(Buffer.from(zipped('index.js', bundled('${ENTRY}'))).toString('base64'));`,
    );
    const tsx = join(process.cwd(), 'node_modules/.bin/tsx');
    const other = execFileSync(tsx, ['--tsconfig', join(process.cwd(), 'tsconfig.json'), script], {
      cwd: join(script, '..'),
      env: { ...process.env, TZ: 'Pacific/Kiritimati' },
      encoding: 'utf8',
    });
    expect(other).toBe(Buffer.from(zip).toString('base64'));
  });

  it('is written beside the stack, under its hash', () => {
    const stack = awsStack();
    const { path, hash } = lambdaCode(stack, 'code', ENTRY);
    const outdir = Testing.fullSynth(stack);
    const written = readFileSync(join(outdir, 'stacks/stack', path));
    expect(written.equals(Buffer.from(zip))).toBe(true);
    expect(hash).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(existsSync(join(outdir, 'stacks/stack', path))).toBe(true);
    rmSync(outdir, { recursive: true, force: true });
  });

  it('gives 200 users the tenant of their record, and no token to those whose record is hostile', () => {
    const records = userRecords(100);
    const { answers, log } = called(
      zip,
      records.map(({ event }) => event),
    );
    const tagged = answers.map(
      ({ answer }) =>
        answer?.response.claimsAndScopeOverrideDetails.idTokenGeneration.claimsToAddOrOverride['https://aws.amazon.com/tags'],
    );
    expect(tagged).toEqual(
      records.map(({ tags }) => tags && { principal_tags: tags, transitive_tag_keys: ['tenant_id', 'permissions'] }),
    );
    expect(new Set(records.flatMap(({ tags }) => tags?.['tenant_id'] ?? [])).size).toBeGreaterThan(50);
    expect(log.trim().split('\n')).toHaveLength(100);
  });

  it('lists the role that is pinned', () => {
    const settings = JSON.stringify({ ...PLAIN_SETTINGS, roleArns: ROLE_ARNS });
    const [first] = called(zip, [signIn()], settings).answers;
    expect(first?.answer?.response.claimsAndScopeOverrideDetails.idTokenGeneration.claimsToAddOrOverride).toMatchObject({
      'https://aws.amazon.com/roles': ROLE_ARNS,
    });
  });

  it.each(['', '{', '{}', '{"tenantAttribute":"custom:tenant_id","tenantTagKey":"aws:x"}'])(
    'refuses everybody with the settings %j, and says why in its log only',
    (settings) => {
      const { answers, log } = called(zip, [signIn()], settings);
      expect(answers[0]?.answer).toBeUndefined();
      expect(answers[0]?.message).toContain('not configured properly');
      expect(log).toContain('config.invalid');
    },
  );
});

describe('bundled', () => {
  it('fails for a module that is not there', () => {
    expect(() => bundled('multi-tenant-data-access/nothing')).toThrow(/Could not resolve/);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { providerMirror } from './programs';

/** How long a step of the real programs may take on a busy machine; alone most take seconds, an apply a minute. */
export const PROGRAM_TIMEOUT_MS = 5 * 60_000;

export const ROOT = resolve(__dirname, '../..');

/** The account of every moto server. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** This project's app, run from any folder. */
const APP = [join(ROOT, 'node_modules', '.bin', 'tsx'), '--tsconfig', join(ROOT, 'tsconfig.json'), join(ROOT, 'main.ts')];

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without FORCE_COLOR, by which Jest asks the programs that it starts for colours. */
export const PLAIN: NodeJS.ProcessEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'FORCE_COLOR'));

/** Runs a program to its end, whatever its exit code. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  return new Promise((done) => {
    execFile(program, args, { env: PLAIN, ...options, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr });
    });
  });
}

/** Runs a program that must succeed. */
export async function runOrThrow(...[program, args, options]: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`);
  }
  return stdout;
}

let compiled: string | undefined;

/**
 * This project's command line, to be run by Node.js. Compiled once for each worker of Jest: doing so at each run would take longer than
 * most runs.
 */
export function command(): string {
  if (compiled === undefined) {
    compiled = join(ROOT, 'node_modules', '.cache', `multi-tenant-iam-${process.env['JEST_WORKER_ID'] ?? '1'}.cjs`);
    const entryPoints = [join(ROOT, 'lib', 'cli', 'multi-tenant-iam.ts')];
    buildSync({ entryPoints, outfile: compiled, bundle: true, packages: 'external', platform: 'node', logLevel: 'error' });
  }
  return compiled;
}

/** Runs this project's command line. */
export function multiTenantIam(...args: readonly string[]): Promise<Run> {
  return run(process.execPath, [command(), ...args], { cwd: ROOT });
}

/** A folder of its own with a `cdktf.json` for this project's `main.ts`, run by the real CDKTF and Terraform against one endpoint. */
export class CdktfProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-'));
  readonly env: NodeJS.ProcessEnv;
  /** The stack that Terraform is run in. */
  stack = 'multi-tenant-iam';

  /** @param keys what the endpoint takes */
  constructor(endpoint: string, keys = { accessKeyId: 'test', secretAccessKey: 'test' }) {
    const cliConfig = join(this.folder, 'terraform.rc');
    writeFileSync(cliConfig, `provider_installation {\n  filesystem_mirror {\n    path = "${providerMirror() ?? ''}"\n  }\n}\n`);
    this.env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: cliConfig,
      CHECKPOINT_DISABLE: '1',
      // The AWS provider builds a large schema at each start and ends soon: collecting less garbage saves a fifth of its processor time.
      GOGC: '400',
      // Suites that run at once would race on the plugin cache that CDKTF's command line shares.
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Sets what `main.ts` reads as its settings. */
  configure(settings: object): void {
    const context = { multiTenantIam: settings };
    writeFileSync(
      join(this.folder, 'cdktf.json'),
      JSON.stringify({ language: 'typescript', app: APP.join(' '), sendCrashReports: 'false', context }),
    );
  }

  /** Runs `main.ts` alone, as CDKTF's command line would, in a fraction of its time. HCL comes unformatted. */
  async synthesise(settings: object, format: 'json' | 'hcl'): Promise<void> {
    const [tsx = '', ...args] = APP;
    const env = { ...this.env, CDKTF_OUTDIR: 'cdktf.out', CDKTF_CONTEXT_JSON: JSON.stringify({ multiTenantIam: settings }) };
    await runOrThrow(tsx, args, { cwd: this.folder, env: format === 'hcl' ? { ...env, SYNTH_HCL_OUTPUT: 'true' } : env });
    this.pointProviderAtLocalAws();
  }

  get stackFolder(): string {
    return join(this.folder, 'cdktf.out', 'stacks', this.stack);
  }

  /** The same project, with Terraform run in another of its stacks. */
  inStack(stack: string): CdktfProject {
    const other = Object.create(this) as CdktfProject;
    other.stack = stack;
    return other;
  }

  /** The real CDKTF command line. */
  cdktf(...args: readonly string[]): Promise<string> {
    return runOrThrow(join(ROOT, 'node_modules', '.bin', 'cdktf'), args, { cwd: this.folder, env: { ...this.env, CI: 'true' } });
  }

  /** Beside the stack: what only a local AWS needs. */
  pointProviderAtLocalAws(): void {
    writeFileSync(
      join(this.stackFolder, 'local_override.tf'),
      'provider "aws" {\n  s3_use_path_style = true\n  max_retries       = 2\n}\n',
    );
  }

  terraform(...args: readonly string[]): Promise<string> {
    return runOrThrow('terraform', args, { cwd: this.stackFolder, env: this.env });
  }

  tryTerraform(...args: readonly string[]): Promise<Run> {
    return run('terraform', args, { cwd: this.stackFolder, env: this.env });
  }

  /** This project's review of a saved plan, or of the state. */
  async review(plan: string | undefined, ...args: readonly string[]): Promise<Run> {
    const shown = join(this.folder, 'shown.json');
    writeFileSync(shown, await this.terraform('show', '-json', ...(plan === undefined ? [] : [plan])));
    return multiTenantIam('review', '--plan', shown, ...args);
  }

  /** An answer of the AWS command line, as JSON. */
  async aws(...args: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await runOrThrow('aws', [...args, '--output', 'json'], { env: this.env })) as Record<string, unknown>;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

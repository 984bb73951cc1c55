import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetType, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { MultiTenantIamError } from './errors';

/** A Lambda function's code, in a zip file beside the synthesised stack. */
export interface LambdaCode {
  /** Path of the zip file, relative to the stack's folder, where Terraform runs. */
  readonly path: string;
  /** SHA-256 of the zip file, in base64, as Lambda tells it. */
  readonly hash: string;
}

/** Version of Node.js that the functions run on. */
export const LAMBDA_NODE = 22;

/**
 * Bundles a function of this project for Lambda. The same source gives the same zip, byte for byte, on every machine and at any time, so
 * that a plan shows a change of the code only where there is one.
 *
 * @param entryPoint import path of a module that exports `handler`
 * @throws MultiTenantIamError `config.invalid` if the bundler is not installed
 */
export function lambdaCode(scope: Construct, id: string, entryPoint: string): LambdaCode {
  const zip = zipped('index.js', bundled(entryPoint));
  const hash = createHash('sha256').update(zip).digest();
  const folder = temporaryFolder();
  const path = join(folder, 'function.zip');
  writeFileSync(path, zip);
  const asset = new TerraformAsset(scope, id, { path, type: AssetType.FILE, assetHash: hash.toString('hex').slice(0, 32) });
  return { path: asset.path, hash: hash.toString('base64') };
}

const folders: string[] = [];

/** A folder that only this user reads, and that is gone when the process is. */
function temporaryFolder(): string {
  if (folders.length === 0) {
    process.once('exit', () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'lambda-code-'));
  folders.push(folder);
  return folder;
}

/** One readable file: names stay, so that a reviewer can read what runs; comments, which hold paths, go. */
export function bundled(entryPoint: string): Uint8Array {
  const { buildSync } = optional('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    stdin: { contents: `export { handler } from '${entryPoint}';`, resolveDir: __dirname, sourcefile: 'index.ts' },
    bundle: true,
    platform: 'node',
    target: `node${LAMBDA_NODE}`,
    format: 'cjs',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    minifyWhitespace: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`No bundle of ${entryPoint} was made.`);
  return bundle.contents;
}

/** A zip file of one file, without the time at which it was made. */
export function zipped(name: string, contents: Uint8Array): Uint8Array {
  const { zipSync } = optional('fflate') as typeof import('fflate');
  // The year, month and day that the format begins with, wherever this machine stands.
  const mtime = new Date(1980, 0, 1);
  return zipSync({ [name]: [contents, { mtime, os: UNIX, attrs: READABLE_FILE << 16 }] }, { level: 9 });
}

const UNIX = 3;
const READABLE_FILE = 0o100644;

/** Loaded when a function is bundled only: most stacks have none. */
function optional(name: string): unknown {
  try {
    return createRequire(__filename)(name);
  } catch (cause) {
    throw new MultiTenantIamError(
      'config.invalid',
      `To bundle a Lambda function, ${name} must be installed: npm install ${name}.`,
      {
        cause,
      },
    );
  }
}

/** Runs the app of `cdktf.json` as CDKTF's own command line does, and reads what it wrote. */
import { spawnSync, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the app writes to. */
const OUT = 'cdktf.out';

/** A stack that was synthesised. */
export interface SynthesisedFile {
  readonly name: string;
  /** Path of its `cdk.tf.json`. */
  readonly file: string;
  /** What the app warned of. */
  readonly warnings: readonly string[];
}

interface Manifest {
  readonly stacks: Readonly<
    Record<string, { readonly synthesizedStackPath: string; readonly annotations: readonly { readonly message: string }[] }>
  >;
}

/** Runs the app. What it prints goes where `stdio` says. @returns its exit code */
export function synthesise(stdio: StdioOptions): number {
  const { app, context = {} } = readJson('cdktf.json') as { readonly app?: unknown; readonly context?: object };
  if (typeof app !== 'string') throw new Error("cdktf.json has no 'app', the command that synthesises.");
  const env = { ...process.env, CDKTF_OUTDIR: OUT, CDKTF_CONTEXT_JSON: JSON.stringify(context) };
  return spawnSync(app, { shell: true, stdio, env }).status ?? 1;
}

/** The stacks that the app wrote. */
export function synthesisedFiles(): SynthesisedFile[] {
  const { stacks } = readJson(join(OUT, 'manifest.json')) as Manifest;
  return Object.entries(stacks).map(([name, { synthesizedStackPath, annotations }]) => ({
    name,
    file: join(OUT, synthesizedStackPath),
    warnings: annotations.map(({ message }) => message),
  }));
}

/** @throws Error that names the file */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

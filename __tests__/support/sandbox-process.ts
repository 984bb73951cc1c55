import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command, PLAIN, ROOT } from './terraform';

/** `multi-tenant-iam sandbox` as a process of its own. */
export class SandboxProcess {
  stdout = '';
  stderr = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Starts it on a free port, and waits until it says where it is. */
  static async start(cwd: string, ...args: readonly string[]): Promise<SandboxProcess> {
    const options = { cwd, env: { ...PLAIN, NO_COLOR: '1' } };
    const child = spawn(process.execPath, [sandboxCommand(), 'sandbox', '--port', '0', ...args], options);
    const started = new SandboxProcess(child);
    try {
      await started.says(/AWS_SECRET_ACCESS_KEY/);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return started;
  }

  get endpoint(): string {
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.stdout)?.[0] ?? '';
  }

  get port(): string {
    return new URL(this.endpoint).port;
  }

  /** What it told of itself in the welcome: `page`, `role`, ... */
  told(label: string): string | undefined {
    return new RegExp(`^  ${label} +(.*)$`, 'm').exec(this.stdout)?.[1];
  }

  /** A variable that it tells to export. */
  exported(name: string): string {
    return new RegExp(`\\b${name}=(\\S+)`).exec(this.stdout)?.[1] ?? '';
  }

  /** Waits for something in standard output, or in standard error. */
  async says(pattern: RegExp): Promise<void> {
    const until = Date.now() + 20_000;
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (Date.now() > until || this.child.exitCode !== null) {
        throw new Error(`The sandbox did not say ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  /** @returns the exit code, or the signal that it died of */
  async end(signal: 'SIGINT' | 'SIGTERM'): Promise<number | string | null> {
    const ended = once(this.child, 'close') as Promise<[number | null, string | null]>;
    this.child.kill(signal);
    const [code, by] = await ended;
    return code ?? by;
  }

  /** After a test that failed. */
  kill(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }
}

/** The compiled command, with the files of the page beside it as they are in the package. */
export function sandboxCommand(): string {
  const compiled = command();
  const page = join(dirname(compiled), 'browser');
  try {
    if (!existsSync(page)) symlinkSync(join(ROOT, 'lib', 'sandbox', 'page', 'browser'), page, 'dir');
  } catch (error) {
    // Another worker was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return compiled;
}

/**
 * `npm run bench`: what synthesis of the full stack costs over an empty stack that imports the same provider, in fresh processes that
 * run in turn, and how many resources a plan has for how many tenants. Ratios of one run; the milliseconds are of this machine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Testing } from 'cdktf';
import { objectPrefix } from 'multi-tenant-data-access/tenancy';
import { roleSessionName } from '../../runtime/src/session/session-name';
import { MultiTenantIamStack } from '../../lib';

const ROUNDS = 15;
const AIM = 1.3;
const CONFIG = { issuerUrl: 'https://login.example.com', audience: 'my-client-id' };
const DIST = resolve(__dirname, '../../dist');

/** The bindings of the AWS provider that this package loads, so that both programs load them. */
const BINDINGS = [
  ...new Set(
    readdirSync(DIST)
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => bindingsOf(join(DIST, file))),
  ),
];

/** Both import CDKTF and the same bindings; they differ in what this package adds: its own code and the resources. */
const PROGRAMS = {
  empty: `
    const { App, TerraformStack } = require('cdktf');
    const { AwsProvider } = require('@cdktf/provider-aws/lib/provider');
    for (const binding of ${JSON.stringify(BINDINGS)}) require(binding);
    const app = new App({ outdir: process.argv[1] });
    new AwsProvider(new TerraformStack(app, 'bench'), 'aws', { region: 'eu-central-1' });
    app.synth();`,
  full: `
    const { App } = require('cdktf');
    const { MultiTenantIamStack } = require(${JSON.stringify(DIST)});
    const app = new App({ outdir: process.argv[1] });
    new MultiTenantIamStack(app, 'bench', { region: 'eu-central-1', ...${JSON.stringify(CONFIG)} });
    app.synth();`,
};

function bindingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/require\("(@cdktf\/provider-aws\/[^"]+)"\)/g)].map(([, binding = '']) => binding);
}

function milliseconds(program: keyof typeof PROGRAMS, outdir: string): number {
  const timed = `const start = performance.now();${PROGRAMS[program]};console.log(performance.now() - start);`;
  return Number(execFileSync(process.execPath, ['-e', timed, outdir], { encoding: 'utf8' }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function benchSynthesis(): void {
  const outdir = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-bench-'));
  const times: Record<keyof typeof PROGRAMS, number[]> = { empty: [], full: [] };
  milliseconds('empty', outdir);
  milliseconds('full', outdir);
  for (let round = 0; round < ROUNDS; round++) {
    times.empty.push(milliseconds('empty', outdir));
    times.full.push(milliseconds('full', outdir));
  }
  rmSync(outdir, { recursive: true });
  const ratio = median(times.full.map((full, round) => full / (times.empty[round] ?? NaN)));
  print('Synthesis, imports included, median of fresh processes in turn');
  print(`  empty stack  ${median(times.empty).toFixed(0)} ms`);
  print(`  full stack   ${median(times.full).toFixed(0)} ms`);
  print(`  ratio        ${ratio.toFixed(2)}   (aim: ${AIM} or less)`);
}

/** The stack takes no list of tenants; what grows with them is what the token and the data name, so that is made for each. */
function benchTenants(): void {
  print('Resources planned, by number of tenants');
  for (const tenants of [1, 1000, 1_000_000]) {
    const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'multi-tenant-iam-bench-')) });
    const stack = new MultiTenantIamStack(app, 'bench', CONFIG);
    const names = new Set<string>();
    for (let tenant = 0; tenant < tenants; tenant++) {
      names.add(`${objectPrefix(`tenant-${tenant}`)} ${roleSessionName(`tenant-${tenant}`)}`);
    }
    const { resource } = JSON.parse(Testing.synth(stack)) as { resource: Record<string, object> };
    const resources = Object.values(resource).reduce((count, named) => count + Object.keys(named).length, 0);
    print(`  ${String(tenants).padStart(9)} tenants  ${resources} resources, ${names.size} prefixes and session names`);
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

benchSynthesis();
benchTenants();

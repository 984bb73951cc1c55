import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { marker } from '../lib/review';
import { ROOT } from './support/terraform';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<string, { readonly permissions: Readonly<Record<string, string>>; readonly steps: readonly Step[] }>
  >;
}

const FOLDER = join(ROOT, '.github', 'workflows');

const WORKFLOWS: [name: string, text: string][] = [
  ...readdirSync(FOLDER).map((file): [string, string] => [file, readFileSync(join(FOLDER, file), 'utf8')]),
  ...[...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']): [string, string] => ['the one of the README', text],
  ),
];

it('are there, the README has one', () => {
  expect(WORKFLOWS.map(([name]) => name)).toEqual(['isolation-review.yml', 'the one of the README']);
});

describe.each(WORKFLOWS)('the workflow %s', (_name, text) => {
  const { on, permissions, jobs } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('pins every action to a commit, with its version beside it', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.length).toBeGreaterThan(2);
    for (const action of used) expect(action).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
    expect(text.match(/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm)).toHaveLength(used.length);
  });

  it('has no permission but what a job names, and none to write where the code of the pull request runs', () => {
    expect(permissions).toEqual({});
    expect(Object.keys(on)).toEqual(['pull_request']);
    expect(jobs['review']?.permissions['contents']).toBe('read');
    expect(
      Object.entries(jobs['review']?.permissions ?? {}).filter(([name, level]) => level === 'write' && name !== 'id-token'),
    ).toEqual([]);
    expect(jobs['comment']?.permissions).toEqual({ 'pull-requests': 'write' });
    expect(jobs['comment']?.steps.flatMap(({ uses }) => uses ?? [])).toEqual([]);
  });

  it('puts nothing of the pull request into a script, and its scripts parse', () => {
    for (const { run } of steps) {
      if (run === undefined) continue;
      expect(run).not.toContain('${{');
      execFileSync('bash', ['-n'], { input: run });
    }
  });

  it('looks for the marker that the report begins with', () => {
    const label = / --label (\S+)/.exec(text)?.[1] ?? '';
    expect(label).not.toBe('');
    expect(steps.map(({ env }) => env?.['MARKER']).filter(Boolean)).toEqual([`<!-- ${marker(label)} -->`]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  parseArguments,
  parseJson,
  readText,
  SUBJECT_HELP,
  SUBJECT_OPTIONS,
  subjectOptions,
  UsageError,
} from '../../../lib/cli/options';

const folder = mkdtempSync(join(tmpdir(), 'multi-tenant-iam-options-'));
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const refused = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
};

describe('options', () => {
  it('are each explained in the help', () => {
    for (const name of Object.keys(SUBJECT_OPTIONS)) if (name !== 'help') expect(SUBJECT_HELP).toContain(`--${name}`);
  });

  it('have defaults', () => {
    const { values, positionals } = parseArguments(['plan.json'], SUBJECT_OPTIONS);
    expect(positionals).toEqual(['plan.json']);
    expect(subjectOptions(values)).toEqual({
      tenantTag: undefined,
      tableKey: undefined,
      prefix: undefined,
      policies: new Map(),
      oneLock: false,
    });
  });

  it('are told to the reviewer', () => {
    const policy = file('policy=1.json', '{"Version":"2012-10-17"}');
    const { values } = parseArguments(
      [
        '--tenant-tag',
        'org',
        '--table-key=T#{tenant}',
        '--prefix',
        '{tenant}/',
        '--policy',
        'arn:aws:s3:::x=none',
        '--policy',
        `arn:aws:s3:::y=${policy}`,
        '--one-lock',
      ],
      SUBJECT_OPTIONS,
    );
    expect(subjectOptions(values)).toEqual({
      tenantTag: 'org',
      tableKey: 'T#{tenant}',
      prefix: '{tenant}/',
      policies: new Map<string, unknown>([
        ['arn:aws:s3:::x', undefined],
        ['arn:aws:s3:::y', { Version: '2012-10-17' }],
      ]),
      oneLock: true,
    });
    const several = parseArguments(
      ['--identity-provider', 'a', '--identity-provider', 'b', '--shared', 'c'],
      SUBJECT_OPTIONS,
    ).values;
    expect(subjectOptions(several)).toMatchObject({ identityProviders: ['a', 'b'], shared: ['c'] });
  });

  it.each([['--nope'], ['--prefix'], ['--one-lock=yes'], ['-x']])('fail if they are not known or not complete: %s', (...args) => {
    expect(refused(() => parseArguments(args, SUBJECT_OPTIONS))).toMatch(/; see --help$/);
  });

  it.each([
    ['table-key', 'T#tenant'],
    ['table-key', '{tenant}#{tenant}'],
    ['prefix', 'tenants/'],
    ['prefix', ''],
    ['prefix', 'tenants/{tenant}'],
    ['prefix', 'tenants/{tenant}*'],
    ['table-key', '{tenant}*'],
  ])('fail without the tenant’s place, once: --%s %s', (name, value) => {
    expect(refused(() => subjectOptions({ [name]: value }))).toBe(
      `--${name} is '${value}', it must have {tenant} in it once, in the place of the tenant's id, and what ends it behind: ${name === 'prefix' ? 'tenants/{tenant}/' : 'TENANT#{tenant}'}`,
    );
  });

  it.each(['arn:aws:s3:::x', 'x=none', '=none', 'arn:aws:s3:::x=', ''])('fail if a policy is not ARN=FILE: %j', (given) => {
    expect(refused(() => subjectOptions({ policy: [given] }))).toBe(
      `--policy is '${given}', it must be ARN=FILE with a file of JSON, or ARN=none`,
    );
  });

  it('fail if a policy is no JSON, or not there', () => {
    const broken = file('broken.json', '{');
    expect(refused(() => subjectOptions({ policy: [`arn:aws:s3:::x=${broken}`] }))).toBe(`${broken} is no JSON`);
    const missing = join(folder, 'missing.json');
    expect(refused(() => subjectOptions({ policy: [`arn:aws:s3:::x=${missing}`] }))).toBe(
      `${missing} cannot be read: there is no such file`,
    );
  });
});

describe('files', () => {
  it('are read as text and as JSON', () => {
    expect(readText(file('text', 'ä'))).toBe('ä');
    expect(parseJson('[1]', 'x')).toEqual([1]);
  });

  it('fail to be read where there is a folder', () => {
    expect(refused(() => readText(folder))).toBe(`${folder} cannot be read: it is a folder`);
    expect(refused(() => readText('a\u0000b'))).toContain('cannot be read: ERR_INVALID_ARG_VALUE');
  });
});

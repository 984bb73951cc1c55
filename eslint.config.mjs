import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** A room may not import what stands above it. */
function forbids(files, patterns, message) {
  return {
    files,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex, message })) }] },
  };
}

const AWS_BARREL = '^@cdktf/provider-aws$';

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '**/cdktf.out', '**/*.js', '**/*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      curly: ['error', 'multi-line', 'consistent'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/dot-notation': 'off', // left to the compiler, which knows index signatures
    },
  },
  {
    files: ['lib/**', 'main.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: AWS_BARREL, message: 'Import the resource by its own path: the barrel costs seconds and half a gigabyte.' },
            { regex: '/cli/', message: 'Nothing imports the command line.' },
          ],
        },
      ],
    },
  },
  forbids(
    ['lib/policy/**'],
    ['^cdktf$', '^@cdktf/', '^constructs$', '^\\.\\./(?!policy)(?!errors)'],
    'lib/policy is plain TypeScript: no cdktf, nothing above it.',
  ),
  forbids(
    ['lib/isolation/**'],
    [
      '^cdktf$',
      '^@cdktf/',
      '^constructs$',
      '^node:(?!net$)',
      '/(?:review|sandbox|cli)/',
      '^(?:\\.\\./)+[\\w-]+$(?<!/(?:subject|proof|decider))',
    ],
    'lib/isolation is pure: no cdktf, no I/O, nothing above it.',
  ),
  forbids(
    ['lib/review/**'],
    ['^cdktf$', '^@cdktf/', '^constructs$', '^node:', '/(?:sandbox|cli)/', '^(?:\\.\\./)+(?!isolation$)[\\w-]+$'],
    'lib/review is pure: no cdktf, no I/O, nothing above it.',
  ),
  forbids(
    ['lib/sandbox/**'],
    ['^cdktf$', '^@cdktf/', '^constructs$', '^@aws-sdk/', '/(?:review|cli)/', '^(?:\\.\\./)+(?:review|index)$'],
    'lib/sandbox stands on lib/isolation and lib/policy; it speaks to AWS clients and is none.',
  ),
  forbids(
    ['runtime/**'],
    ['lib/', '^cdktf$', '^@cdktf/', '^constructs$', '^multi-tenant-iam'],
    'The runtime imports nothing of the infrastructure.',
  ),
  {
    files: ['__tests__/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off', // parsed JSON of plans, stacks and answers
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // what the types alone must refuse
    },
  },
);

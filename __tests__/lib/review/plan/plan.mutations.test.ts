import fc from 'fast-check';
import { readPlan } from '../../../../lib/review/plan/plan';
import { ReviewInputError } from '../../../../lib/review/plan/plan-json';
import { ENVIRONMENT, planJson, recorded } from '../plans/hand-made';

const FIXTURES = ['default-create', 'default-update', 'default-state', 'modules-create'] as const;
type Container = Record<string, unknown> | unknown[];

/** Facts, or the refusal; anything else that is thrown fails the test. */
function outcomeOf(text: string): 'facts' | 'refused' {
  try {
    readPlan(text);
    return 'facts';
  } catch (error) {
    if (error instanceof ReviewInputError && !error.message.includes('\n')) return 'refused';
    throw error;
  }
}

/** All objects and lists in a document. */
function containersIn(document: unknown): Container[] {
  const found: Container[] = [];
  const open: unknown[] = [document];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    found.push(node as Container);
    open.push(...(Object.values(node) as unknown[]));
  }
  return found;
}

/** Takes away or replaces one thing; the choices are read modulo what there is. */
function mutate(document: unknown, [where, which, value]: readonly [number, number, unknown]): void {
  const containers = containersIn(document).filter((each) => Object.keys(each).length > 0);
  const container = containers[where % containers.length];
  if (container === undefined) return;
  const keys = Object.keys(container);
  const key = keys[which % keys.length] ?? '';
  if (value === undefined) Reflect.deleteProperty(container, key);
  else Reflect.set(container, key, value);
}

const values = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(
    null,
    true,
    false,
    0,
    '',
    '[',
    '{}',
    'module.',
    'var.x',
    'each.value',
    'aws_iam_policy.',
    'data.x',
    [],
    {},
    [null],
    [{}],
    {
      constructor: 1,
    },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(), values), { minLength: 1, maxLength: 4 });

describe('readPlan', () => {
  it.each(FIXTURES)('throws nothing but the refusal, whatever is changed in %s', (name) => {
    const text = recorded(name);
    fc.assert(
      fc.property(mutations, (all) => {
        const document: unknown = JSON.parse(text);
        for (const each of all) mutate(document, each);
        outcomeOf(JSON.stringify(document));
      }),
      { seed: 20, numRuns: 250 },
    );
  });

  it.each(FIXTURES)('throws nothing but the refusal, wherever %s is cut off', (name) => {
    const text = recorded(name).trimEnd();
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), (end) => {
        expect(outcomeOf(text.slice(0, end))).toBe('refused');
      }),
      { seed: 20, numRuns: 100 },
    );
  });

  it('throws nothing but the refusal for any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(outcomeOf(text)).toBe('refused');
      }),
      { seed: 20, numRuns: 500 },
    );
  });

  const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
  const text = JSON.stringify(
    planJson({
      prior: { ...ENVIRONMENT, 'aws_iam_role.r': { name: 'r', tags: 'DEEP', inline_policy: 'DEEP' } },
      changes: {
        'aws_iam_role.r': {
          after: { name: 'r', inline_policy: 'DEEP', tags: 'DEEP' },
          unknown: { tags: 'DEEP' },
          sensitive: { tags: 'DEEP' },
        },
        'aws_s3_bucket.b': { after: { bucket: 'b', policy: 'DEEP' }, unknown: { policy: 'DEEP' }, sensitive: 'DEEP' },
      },
      resources: [{ address: 'aws_iam_role.r', expressions: 'DEEP' }],
      rest: {
        configuration: { provider_config: { aws: { name: 'aws', expressions: { assume_role: 'DEEP' } } }, root_module: 'DEEP' },
      },
    }),
  );

  it('takes any depth of nesting', () => {
    expect(outcomeOf(text.replaceAll('"DEEP"', deep))).toBe('facts');
    expect(outcomeOf(text.replaceAll('DEEP', 'x'))).toBe('facts');
    expect(outcomeOf(deep)).toBe('refused');
  });

  it('takes modules in modules, calls of modules that go round, and keys that name parts of the language', () => {
    const modules = `${'{"child_modules":['.repeat(20_000)}{}${']}'.repeat(20_000)}`;
    expect(outcomeOf(`{"format_version":"1.0","values":{"root_module":${modules}}}`)).toBe('facts');
    const hostile = text
      .replaceAll('"DEEP"', '{"__proto__":{"references":["var.constructor"]},"constructor":true}')
      .replace('"address":"aws_iam_role.r"', '"address":"module.constructor.module.__proto__.aws_iam_role.r"');
    expect(outcomeOf(hostile)).toBe('facts');
    expect(Object.hasOwn(Object.prototype, 'references')).toBe(false);
  });
});

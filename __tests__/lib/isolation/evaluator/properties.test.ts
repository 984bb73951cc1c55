import fc from 'fast-check';
import {
  type AccessRequest,
  compilePolicy,
  type ContextEntries,
  decide,
  type Decision,
  explain,
  type PolicyKind,
  type PolicySet,
  RequestContext,
  type RequestPrincipal,
} from '../../../../lib/isolation';
import { ArnPattern, Pattern } from '../../../../lib/isolation/evaluator/pattern';

/** Repeatable: the same cases on each run. */
const PARAMETERS = { seed: 20_260_301, numRuns: 1000 };

/** Least number of times that each answer must have come out, so that a property is not kept by empty cases. */
const OFTEN = 50;

type Effect = Decision['effect'];
type Element = Record<string, unknown>;
type Sides = Readonly<
  Record<'identity' | 'resource', readonly Element[][]> & Record<'boundary' | 'session', readonly Element[][] | undefined>
>;
type Side = keyof Sides;

const RANK: Readonly<Record<Effect, number>> = { deny: 0, unknown: 1, allow: 2 };

const TENANT = 'aws:PrincipalTag/tenant_id';
const KEYS = [TENANT, 'aws:TagKeys', 's3:prefix', 'aws:SecureTransport'];
const VALUES = ['a', 'b', 'a/x', '*', '', 'true', '1', 'arn:aws:s3:::a', '10.0.0.1', '2026-03-01'];
const ROLE = 'arn:aws:iam::111122223333:role/tenant';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/tenant/alice';
const USER = 'arn:aws:iam::111122223333:user/bob';
const CALLER: RequestPrincipal = { kind: 'role-session', roleArn: ROLE, sessionArn: SESSION, account: '111122223333' };
const PRINCIPALS: readonly RequestPrincipal[] = [
  CALLER,
  { kind: 'user', arn: USER, account: '111122223333' },
  { kind: 'account-root', account: '111122223333' },
  { kind: 'web-identity', provider: 'example.com' },
  { kind: 'service', name: 'ecs.amazonaws.com' },
  { kind: 'anonymous' },
];

const someOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const oneOrMore = <T>(each: fc.Arbitrary<T>) => fc.oneof(each, fc.array(each, { minLength: 1, maxLength: 3 }));

const wanted = fc.oneof(
  { weight: 6, arbitrary: someOf<unknown>(...VALUES) },
  {
    weight: 4,
    arbitrary: someOf<unknown>('a*', '?', '${aws:PrincipalTag/tenant_id}', '${aws:PrincipalTag/tenant_id}/*', 'arn:aws:s3:::*'),
  },
  { weight: 1, arbitrary: someOf<unknown>('${', '${*}', "${aws:PrincipalTag/team, 'a'}", true, 1, '10.0.0.0/8') },
);

const operator = fc
  .tuple(
    someOf('', '', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.oneof(
      {
        weight: 8,
        arbitrary: someOf('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase', 'Null'),
      },
      {
        weight: 3,
        arbitrary: someOf('Bool', 'NumericLessThan', 'DateNotEquals', 'IpAddress', 'NotIpAddress', 'ArnLike', 'ArnNotEquals'),
      },
      { weight: 1, arbitrary: someOf('StringIs', '', 'BinaryEquals') },
    ),
    someOf('', '', '', 'IfExists'),
  )
  .map((parts) => parts.join(''));

const condition = fc.dictionary(operator, fc.dictionary(someOf(...KEYS), oneOrMore(wanted), { minKeys: 1, maxKeys: 2 }), {
  maxKeys: 2,
});

const action = oneOrMore(someOf('*', 's3:*', 's3:GetObject', 's3:Get*', 'S3:PUTOBJECT', 'dynamodb:*'));
const notResource = oneOrMore(
  someOf('*', 'arn:aws:s3:::data/${aws:PrincipalTag/tenant_id}', 'arn:aws:s3:::data/*', 'arn:aws:s3:::data/a', 'arn:aws:s3:::d*'),
);
const resource = oneOrMore(
  someOf('*', 'arn:aws:s3:::data/*', 'arn:aws:s3:::data/a', 'arn:aws:s3:::data/${aws:PrincipalTag/tenant_id}', 'arn:aws:s3:::d*'),
);
const named = fc.oneof(
  fc.constant<unknown>('*'),
  fc.record({ AWS: oneOrMore(someOf('*', ROLE, SESSION, USER, '111122223333', 'arn:aws:iam::444455556666:root')) }),
  fc.record({ Federated: someOf('example.com', 'example.org') }),
  fc.record({ Service: someOf('ecs.amazonaws.com', 'ec2.amazonaws.com') }),
  fc.record({ AWS: someOf('arn:aws:iam::111122223333:role/*', 'AROA') }),
);

/** One of two elements, most often the first. */
const either = (name: string, value: fc.Arbitrary<unknown>, negatedName: string, negated: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 9, arbitrary: value.map((each): Element => ({ [name]: each })) },
    { weight: 1, arbitrary: negated.map((each): Element => ({ [negatedName]: each })) },
  );

const conditional = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Element>({}) },
  { weight: 1, arbitrary: condition.map((Condition): Element => ({ Condition })) },
);

const joined = (...parts: fc.Arbitrary<Element>[]) =>
  fc.tuple(...parts).map((elements): Element => Object.assign({}, ...elements) as Element);

function statement(effects: readonly string[], side: Side): fc.Arbitrary<Element> {
  const principal = side === 'resource' ? [either('Principal', named, 'NotPrincipal', named)] : [];
  return joined(
    someOf(...effects).map((Effect) => ({ Effect })),
    either('Action', action, 'NotAction', action),
    either('Resource', resource, 'NotResource', notResource),
    conditional,
    ...principal,
  );
}

const statements = (side: Side) =>
  fc.array(statement(['Allow', 'Allow', 'Allow', 'Allow', 'Allow', 'Deny'], side), { minLength: 1, maxLength: 3 });
const documents = (side: Side) => fc.array(statements(side), { maxLength: 2 });

const perhaps = (side: Side) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.array(statements(side), { minLength: 1, maxLength: 2 }) },
  );

const sides: fc.Arbitrary<Sides> = fc.record({
  identity: documents('identity'),
  boundary: perhaps('boundary'),
  session: perhaps('session'),
  resource: documents('resource'),
});

const given = fc.oneof(
  { weight: 4, arbitrary: someOf<string | readonly string[] | undefined>(...VALUES) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.array(someOf(...VALUES), { minLength: 2, maxLength: 3 }) },
);
const entries: fc.Arbitrary<ContextEntries> = fc.dictionary(someOf(...KEYS), given);

const request: fc.Arbitrary<AccessRequest> = fc.record({
  principal: fc.oneof({ weight: 3, arbitrary: fc.constant(CALLER) }, { weight: 2, arbitrary: someOf(...PRINCIPALS) }),
  action: someOf('s3:GetObject', 's3:PutObject', 'dynamodb:Query'),
  resource: someOf('arn:aws:s3:::data/a', 'arn:aws:s3:::data/b', 'arn:aws:s3:::a', '*'),
  resourceAccount: someOf(undefined, undefined, undefined, '444455556666'),
  context: fc.oneof(
    { weight: 1, arbitrary: entries.map((each) => RequestContext.closed(each)) },
    { weight: 1, arbitrary: entries.map((each) => RequestContext.open(each)) },
  ),
});

function policySet({ identity, boundary, session, resource: ofResource }: Sides): PolicySet {
  const compiled = (kind: 'identity' | 'resource', policies: readonly Element[][]) =>
    policies.map((each, index) => compilePolicy(`${kind} ${index}`, { Version: '2012-10-17', Statement: each }, kind));
  return {
    identity: compiled('identity', identity),
    boundary: boundary && compiled('identity', boundary),
    session: session && compiled('identity', session),
    resource: compiled('resource', ofResource),
  };
}

const answer = (asked: AccessRequest, policies: Sides): Effect => decide(asked, policySet(policies)).effect;

/** The same with one policy more on a side that has policies. */
function adding(policies: Sides, side: Side, added: Element): Sides {
  const before = policies[side];
  return before === undefined ? policies : { ...policies, [side]: [...before, [added]] };
}

/** Counts answers and, in the end, asks for enough of each. */
class Tally {
  readonly #counts: Record<Effect, number> = { allow: 0, deny: 0, unknown: 0 };

  count(effect: Effect): Effect {
    this.#counts[effect]++;
    return effect;
  }

  expectEach(): void {
    expect(Math.min(...Object.values(this.#counts))).toBeGreaterThan(OFTEN);
  }
}

const sideAndStatement = (effect: string) =>
  someOf<Side>('identity', 'resource', 'boundary', 'session').chain((side) =>
    fc.tuple(fc.constant(side), statement([effect], side)),
  );

describe('any policy', () => {
  test('gets an answer', () => {
    const tally = new Tally();
    fc.assert(
      fc.property(request, sides, (asked, policies) => {
        const set = policySet(policies);
        tally.count(decide(asked, set).effect);
        const all = [policies.identity, policies.boundary ?? [], policies.session ?? [], policies.resource].flat(2);
        expect(explain(asked, set)).toHaveLength(all.length);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });

  test('gets the answer of its shape, whatever JSON it is', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const base = { Effect: 'Allow', Action: '*', Resource: '*' };
    const shaped = fc.oneof(
      json,
      json.map((Statement) => ({ Version: '2012-10-17', Statement })),
      json.map((Version) => ({ Version, Statement: base })),
      json.map((each) => ({ Version: '2012-10-17', Statement: [each] })),
      ...['Effect', 'Action', 'Resource', 'Principal', 'NotPrincipal', 'Condition', 'Sid'].map((name) =>
        json.map((each) => ({ Version: '2012-10-17', Statement: [{ ...base, [name]: each }] })),
      ),
      fc
        .tuple(operator, json)
        .map(([name, each]) => ({ Version: '2012-10-17', Statement: { ...base, Condition: { [name]: each } } })),
      fc.tuple(operator, fc.string(), json).map(([name, key, each]) => ({
        Version: '2012-10-17',
        Statement: { ...base, Condition: { [name]: { [key]: each } } },
      })),
      fc.tuple(operator, fc.string(), fc.string()).map(([name, key, each]) => ({
        Version: '2012-10-17',
        Statement: { ...base, Resource: each, Condition: { [name]: { [key]: [each, `\${${each}}`] } } },
      })),
    );
    fc.assert(
      fc.property(request, shaped, someOf<PolicyKind>('identity', 'resource', 'trust'), (asked, document, kind) => {
        const policy = compilePolicy('any', document, kind);
        const set = kind === 'identity' ? { identity: [policy], boundary: [policy], session: [policy] } : { resource: [policy] };

        expect(['allow', 'deny', 'unknown']).toContain(decide(asked, set).effect);
        expect(explain(asked, set).every(({ matched }) => ['yes', 'no', 'unknown'].includes(matched))).toBe(true);
      }),
      { ...PARAMETERS, numRuns: 3000 },
    );
  });

  test('gets an answer for any texts of a request', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(
        sides,
        fc.dictionary(fc.oneof(someOf(...KEYS), texts), fc.array(texts)),
        texts,
        texts,
        (policies, context, a, r) => {
          const asked = {
            principal: CALLER,
            action: a,
            resource: r,
            context: RequestContext.closed(context),
          };

          expect(['allow', 'deny', 'unknown']).toContain(answer(asked, policies));
        },
      ),
      { ...PARAMETERS, numRuns: 500 },
    );
  });
});

describe('a statement more', () => {
  test('that denies never grants', () => {
    const tally = new Tally();
    fc.assert(
      fc.property(request, sides, sideAndStatement('Deny'), (asked, policies, [side, added]) => {
        const before = tally.count(answer(asked, policies));

        expect(RANK[answer(asked, adding(policies, side, added))]).toBeLessThanOrEqual(RANK[before]);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });

  test('that allows never denies', () => {
    const tally = new Tally();
    fc.assert(
      fc.property(request, sides, sideAndStatement('Allow'), (asked, policies, [side, added]) => {
        const before = tally.count(answer(asked, policies));

        expect(RANK[answer(asked, adding(policies, side, added))]).toBeGreaterThanOrEqual(RANK[before]);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });

  test('that denies everything leaves nothing', () => {
    fc.assert(
      fc.property(request, sides, (asked, policies) => {
        const added = { Effect: 'Deny', Action: '*', Resource: '*' };

        expect(answer(asked, adding(policies, 'identity', added))).toBe('deny');
        expect(answer(asked, adding(policies, 'resource', { ...added, Principal: '*' }))).toBe('deny');
      }),
      PARAMETERS,
    );
  });
});

describe('a boundary or a session policy', () => {
  test('never grants', () => {
    const tally = new Tally();
    fc.assert(
      fc.property(request, sides, statements('boundary'), someOf<Side>('boundary', 'session'), (asked, policies, added, side) => {
        const without = tally.count(answer(asked, { ...policies, [side]: undefined }));

        expect(RANK[answer(asked, { ...policies, [side]: [added] })]).toBeLessThanOrEqual(RANK[without]);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });
});

describe('order', () => {
  test('of statements and of policies means nothing', () => {
    const tally = new Tally();
    const shuffled = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
      fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });
    const reordered = (policies: readonly Element[][]): fc.Arbitrary<Element[][]> =>
      shuffled(policies).chain((order) => fc.tuple(...order.map((each) => shuffled(each))));
    const pairs = sides.chain((policies) =>
      fc
        .record({
          identity: reordered(policies.identity),
          boundary: policies.boundary === undefined ? fc.constant(undefined) : reordered(policies.boundary),
          session: policies.session === undefined ? fc.constant(undefined) : reordered(policies.session),
          resource: reordered(policies.resource),
        })
        .map((other): [Sides, Sides] => [policies, other]),
    );
    fc.assert(
      fc.property(request, pairs, (asked, [policies, other]) => {
        expect(answer(asked, other)).toBe(tally.count(answer(asked, policies)));
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });
});

describe('case', () => {
  const upper = (value: unknown): unknown => (Array.isArray(value) ? value.map(upper) : String(value).toUpperCase());
  const upperKeys = (record: object) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key.toUpperCase(), value]));

  /** Actions and condition keys in capitals; values and ARNs as they are. */
  function inCapitals(each: Element): Element {
    return Object.fromEntries(
      Object.entries(each).map(([name, value]) => {
        if (name === 'Action' || name === 'NotAction') return [name, upper(value)];
        if (name !== 'Condition') return [name, value];
        return [
          name,
          Object.fromEntries(Object.entries(value as object).map(([operation, keys]) => [operation, upperKeys(keys as Element)])),
        ];
      }),
    );
  }

  test('of actions and of condition keys means nothing', () => {
    const tally = new Tally();
    const all = (policies: readonly Element[][] | undefined) => policies?.map((each) => each.map(inCapitals));
    fc.assert(
      fc.property(request, entries, sides, (asked, context, policies) => {
        const small = { ...asked, context: RequestContext.closed(context) };
        const large = {
          ...asked,
          action: asked.action.toUpperCase(),
          context: RequestContext.closed(upperKeys(context)),
        };
        const capitals = {
          identity: all(policies.identity) ?? [],
          boundary: all(policies.boundary),
          session: all(policies.session),
          resource: all(policies.resource) ?? [],
        };
        const effect = tally.count(answer(small, policies));

        expect(answer(large, policies)).toBe(effect);
        expect(answer(small, capitals)).toBe(effect);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });
});

describe('what is not understood', () => {
  const strange = fc.oneof(
    someOf('StringIs', 'ForEachValue:StringEquals', 'NullIfExists', 'Equals').map((name) => ({
      Condition: { [name]: { [TENANT]: 'a' } },
    })),
    someOf('Resources', 'action', 'Note').map((name) => ({ [name]: '*' })),
    fc.constant({ Condition: { StringLike: { [TENANT]: '${' } } }),
  );

  test('fails to allow and to deny by itself', () => {
    const known = fc.tuple(statement(['Allow'], 'identity'), statement(['Allow'], 'resource'), strange);
    fc.assert(
      fc.property(request, known, (asked, [ofIdentity, ofResource, odd]) => {
        fc.pre(asked.principal.kind !== 'account-root'); // which needs no statement
        const allowing = {
          identity: [[{ ...ofIdentity, ...odd }]],
          resource: [[{ ...ofResource, ...odd }]],
          boundary: undefined,
          session: undefined,
        };
        const all = { Effect: 'Allow', Action: '*', Resource: '*' };
        const denying = {
          ...allowing,
          identity: [[all, { ...ofIdentity, ...odd, Effect: 'Deny' }]],
          resource: [[{ ...all, Principal: '*' }]],
        };
        const context = asked.context.with({ [TENANT]: 'a' });

        expect(answer({ ...asked, context }, allowing)).not.toBe('allow');
        expect(decide({ ...asked, context }, policySet(denying)).reason).not.toBe('explicit-deny');
      }),
      PARAMETERS,
    );
  });

  test('is settled in the way that was known, whatever the rest of the context turns out to be', () => {
    const tally = new Tally();
    fc.assert(
      fc.property(request, sides, entries, entries, (asked, policies, known, rest) => {
        const open = tally.count(answer({ ...asked, context: RequestContext.open(known) }, policies));
        const closed = answer({ ...asked, context: RequestContext.closed({ ...rest, ...known }) }, policies);

        if (open !== 'unknown') expect(closed).toBe(open);
      }),
      PARAMETERS,
    );
    tally.expectEach();
  });
});

describe('a pattern', () => {
  const NOTHING = RequestContext.closed();
  const character = fc.oneof(
    { weight: 4, arbitrary: someOf('a', 'b') },
    { weight: 1, arbitrary: someOf('.', '\\', '/', ':', '^') },
  );
  const text = fc.array(character, { maxLength: 10 }).map((parts) => parts.join(''));
  const pattern = fc
    .array(fc.oneof({ weight: 3, arbitrary: character }, { weight: 2, arbitrary: someOf('*', '?') }), { maxLength: 8 })
    .map((parts) => parts.join(''));
  const escaped = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const expression = (wild: string) =>
    new RegExp(
      `^${wild
        .split('')
        .map((char) => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char)))
        .join('')}$`,
      's',
    );

  test('matches what the regular expression matches', () => {
    const found = { yes: 0, no: 0, unknown: 0 };
    fc.assert(
      fc.property(pattern, text, (wild, value) => {
        const truth = new Pattern(wild, { wildcards: true, variables: false }).matches(value, NOTHING);
        found[truth]++;

        expect(truth).toBe(expression(wild).test(value) ? 'yes' : 'no');
      }),
      { ...PARAMETERS, numRuns: 5000 },
    );
    expect(found.unknown).toBe(0);
    expect(Math.min(found.yes, found.no)).toBeGreaterThan(OFTEN);
  });

  test('takes the value of a variable as it is', () => {
    fc.assert(
      fc.property(pattern, pattern, pattern, text, (before, value, behind, candidate) => {
        const context = RequestContext.closed({ [TENANT]: value });
        const made = new Pattern(`${before}\${${TENANT}}${behind}`, { wildcards: true, variables: true });
        const same = new RegExp(expression(before).source.slice(0, -1) + escaped(value) + expression(behind).source.slice(1), 's');

        expect(made.matches(candidate, context)).toBe(same.test(candidate) ? 'yes' : 'no');
        expect(made.matches(before + value + behind, context)).toBe('yes');
      }),
      PARAMETERS,
    );
  });

  test('without wildcards matches itself alone', () => {
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        const truth = new Pattern(left, { wildcards: false, variables: false }).matches(right, NOTHING);

        expect(truth).toBe(left === right ? 'yes' : 'no');
      }),
      PARAMETERS,
    );
  });

  test('of ARNs never says more than the segments do', () => {
    const segment = someOf('', 'a', 'b', '*', 'a*', '?', 'a:b');
    const arn = fc.tuple(someOf('aws', 'b'), someOf('s3', 'a'), someOf('', 'a'), someOf('', 'b'), someOf('a', 'ab', 'a:b', 'b/a'));
    fc.assert(
      fc.property(fc.tuple(segment, segment, segment, segment, segment), arn, (wild, parts) => {
        const made = new ArnPattern(['arn', ...wild].join(':'), { wildcards: true, variables: false });
        const candidate = ['arn', ...parts].join(':');
        const whole = expression(['arn', ...wild].join(':')).test(candidate);

        if (made.matches(candidate, NOTHING) === 'yes') expect(whole).toBe(true);
        if (!whole) expect(made.matches(candidate, NOTHING)).toBe('no');
        if (wild.every((each) => !each.includes(':'))) {
          const bySegment = wild.every((each, index) => expression(each).test(parts[index] ?? ''));
          expect(made.matchesSegments(candidate, NOTHING)).toBe(bySegment ? 'yes' : 'no');
        }
      }),
      PARAMETERS,
    );
  });
});

import { ATTACK_GROUPS, type AttackRequest, type Leak, RequestContext } from '../../../../lib/isolation';
import type { Review, RoleReview } from '../../../../lib/review/judgement/verdict';
import {
  count,
  destructionOf,
  headline,
  leakTitle,
  lockOf,
  number,
  openReasons,
  reasonOf,
  statementName,
  sureLeaks,
  witnessLines,
} from '../../../../lib/review/report/wording';
import { ISSUER, PROVIDER, ROLE, TABLE } from '../../../support/estates';

const session = { name: "tenant 'a'" } as Leak['witness']['session'];
const sessionPrincipal = { kind: 'role-session', roleArn: ROLE, sessionArn: `${ROLE}/s`, account: '1' } as const;

function request(changes: Partial<AttackRequest>): AttackRequest {
  return { principal: sessionPrincipal, action: 'iam:PassRole', resource: '*', context: RequestContext.open(), ...changes };
}

function leak(changes: Partial<Leak>, ...requests: AttackRequest[]): Leak {
  return {
    group: 'other-items',
    effect: 'allow',
    witness: { group: 'other-items', session, requests, demandsDenial: true, behindSecondLock: true },
    decision: { effect: 'allow', reason: 'allowed' },
    withAllLocks: 'allow',
    count: 1,
    ...changes,
  };
}

const review = (changes: Partial<Review>) =>
  ({ kind: 'plan', isolation: 'holds', destroyed: [], roles: [{ attacks: { tried: 12_345 } }], ...changes }) as unknown as Review;

describe('the headline', () => {
  it.each<[Partial<Review>, string]>([
    [{}, 'Tenant isolation holds after this plan: 12,345 attacks tried, none allowed'],
    [{ kind: 'state' }, 'Tenant isolation holds as deployed: 12,345 attacks tried, none allowed'],
    [{ kind: 'stack', isolation: 'broken' }, 'Tenant isolation is broken as synthesised'],
    [{ isolation: 'unknown' }, 'Whether tenant isolation holds after this plan cannot be told'],
  ])('says of %j: %s', (changes, said) => {
    expect(headline(review(changes))).toBe(said);
  });

  it('counts what is destroyed against wish, in each case', () => {
    const destroyed = [false, false, true].map((allowed) => ({ address: 'x', action: 'destroy' as const, because: [], allowed }));
    for (const isolation of ['holds', 'broken', 'unknown'] as const) {
      expect(headline(review({ isolation, destroyed }))).toMatch(/, 2 resources with data destroyed or replaced$/);
    }
    expect(headline(review({ destroyed: destroyed.slice(2) }))).not.toContain('destroyed');
  });
});

it.each([
  [{ action: 'destroy', because: [], allowed: false }, 'x is destroyed'],
  [{ action: 'replace', because: ['name'], allowed: false }, 'x is replaced, what it holds is lost (forced by name)'],
  [
    { action: 'replace', because: ['name', 'attribute.0.type'], allowed: true },
    'x is replaced, what it holds is lost (forced by name, attribute.0.type), as wanted',
  ],
] as const)('says of a destruction %j: %s', (changes, said) => {
  expect(destructionOf({ address: 'x', ...changes })).toBe(said);
});

describe('a leak', () => {
  it('is new, as before, or neither where there was no before', () => {
    const title = `${ATTACK_GROUPS['other-items']}: 1 attack gets through`;
    expect(leakTitle(leak({}))).toBe(title);
    expect(leakTitle(leak({ before: 'deny' }))).toBe(`new: ${title}`);
    expect(leakTitle(leak({ before: 'allow' }))).toBe(`as before: ${title}`);
    expect(leakTitle(leak({ count: 1200 }))).toBe(`${ATTACK_GROUPS['other-items']}: 1,200 attacks get through`);
  });

  it('has a witness in one line a request', () => {
    const own = request({
      action: 'dynamodb:GetItem',
      resource: TABLE,
      context: RequestContext.open({ 'dynamodb:LeadingKeys': ['a'] }),
    });
    const none = request({
      action: 'dynamodb:Scan',
      resource: TABLE,
      context: RequestContext.open({ 'dynamodb:LeadingKeys': undefined }),
    });
    expect(witnessLines(leak({}, own, none))).toEqual([
      `tenant 'a': dynamodb:GetItem on ${TABLE} with dynamodb:LeadingKeys = 'a'`,
      `tenant 'a': dynamodb:Scan on ${TABLE} with no dynamodb:LeadingKeys`,
    ]);
  });

  it('says what tells it apart: keys, prefixes, services, tags, and not what is the same of all', () => {
    const context = {
      's3:prefix': [''],
      'kms:ViaService': ['s3.eu-central-1.amazonaws.com'],
      'aws:SecureTransport': 'true',
      [`${ISSUER}:aud`]: ['client'],
    };
    expect(witnessLines(leak({}, request({ action: 's3:ListBucket', context: RequestContext.open(context) })))).toEqual([
      "tenant 'a': s3:ListBucket on * with s3:prefix = '', kms:ViaService = 's3.eu-central-1.amazonaws.com'",
    ]);
    expect(
      witnessLines(leak({}, request({ action: 's3:ListBucket', context: RequestContext.open({ 's3:prefix': undefined }) }))),
    ).toEqual(["tenant 'a': s3:ListBucket on * with no s3:prefix"]);
  });

  it('says of a token its audience and tags, or that it has none', () => {
    const principal = { kind: 'web-identity', provider: PROVIDER } as const;
    const tokened = (aud: string[] | undefined) =>
      witnessLines({
        ...leak({}),
        witness: {
          ...leak({}).witness,
          session: undefined,
          requests: [
            request({
              principal,
              action: 'sts:AssumeRoleWithWebIdentity',
              resource: ROLE,
              context: RequestContext.open({ [`${ISSUER}:aud`]: aud, 'aws:RequestTag/tenant_id': ['a'] }),
            }),
          ],
        },
      });
    const [given] = tokened(['other']);
    expect(given).toContain(`token of ${PROVIDER}: sts:AssumeRoleWithWebIdentity on ${ROLE} with `);
    expect(given).toContain(`${ISSUER}:aud = 'other'`);
    expect(given).toContain("aws:RequestTag/tenant_id = 'a'");
    expect(tokened(undefined)[0]).toContain(`no ${ISSUER}:aud`);
  });

  it.each<[AttackRequest['principal'], string]>([
    [{ kind: 'anonymous' }, 'anybody'],
    [{ kind: 'account-root', account: '111122223333' }, 'root of account 111122223333'],
    [{ kind: 'user', arn: 'arn:aws:iam::1:user/me', account: '1' }, 'arn:aws:iam::1:user/me'],
    [sessionPrincipal, ROLE],
    [{ kind: 'service', name: 'ec2.amazonaws.com' }, 'ec2.amazonaws.com'],
    [{ kind: 'saml', provider: 'arn:saml' }, 'token of arn:saml'],
  ])('says who without a session: %j', (principal, who) => {
    const found = leak({}, request({ principal }));
    expect(witnessLines({ ...found, witness: { ...found.witness, session: undefined } })).toEqual([`${who}: iam:PassRole on *`]);
  });

  it('cuts long values', () => {
    const context = RequestContext.open({ 's3:prefix': ['x'.repeat(500)] });
    const [line] = witnessLines(leak({}, request({ action: 's3:ListBucket', context })));
    expect(line?.length).toBeLessThan(120);
    expect(line).toContain("...'");
  });

  it('says whether the second lock holds', () => {
    expect(lockOf(leak({ withAllLocks: 'deny' }))).toContain('still denies it');
    expect(lockOf(leak({ withAllLocks: 'allow' }))).toBeUndefined();
    expect(lockOf(leak({ withAllLocks: 'unknown' }))).toBeUndefined();
  });
});

describe('a reason', () => {
  it('names the statement by its Sid, by its number, or the policy alone', () => {
    expect(statementName({ policy: 'p', index: 0, sid: 'Wide' })).toBe('statement Wide of p');
    expect(statementName({ policy: 'p', index: 2 })).toBe('statement number 3 of p');
    expect(statementName({ policy: 'p', index: -1 })).toBe('p');
  });

  it.each([
    [{ effect: 'allow', reason: 'allowed', statement: { policy: 'p', index: 0 } }, 'allowed by statement number 1 of p'],
    [
      { effect: 'unknown', reason: 'undecided', statement: { policy: 'p', index: -1 }, because: 'known after apply' },
      'p: known after apply',
    ],
    [
      { effect: 'unknown', reason: 'undecided', statement: { policy: 'p', index: 0, sid: 'S' } },
      'statement S of p: it is not known',
    ],
    [{ effect: 'deny', reason: 'no-allow' }, 'no statement decides it'],
  ] as const)('of %j: %s', (decision, said) => {
    expect(reasonOf(decision)).toBe(said);
  });

  it('that keeps attacks from being judged is said once, with all that hang on it', () => {
    const open = (because: string, many: number) =>
      leak({
        effect: 'unknown',
        count: many,
        decision: { effect: 'unknown', reason: 'undecided', statement: { policy: 'p', index: -1 }, because },
      });
    const role = { attacks: { leaks: [leak({}), open('x', 2), open('y', 3), open('x', 5)] } } as unknown as RoleReview;
    expect(openReasons(role).map(({ reason, hanging }) => [reason, hanging])).toEqual([
      ['p: x', 7],
      ['p: y', 3],
    ]);
    expect(openReasons(role)[0]?.first.count).toBe(2);
    expect(sureLeaks(role)).toHaveLength(1);
  });
});

it('counts in words, with a comma at each thousand', () => {
  expect([count(0, 'attack'), count(1, 'attack'), count(12_345, 'attack')]).toEqual(['0 attacks', '1 attack', '12,345 attacks']);
  expect(number(1_234_567)).toBe('1,234,567');
});

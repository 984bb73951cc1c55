import {
  attack,
  type AttackResult,
  type AwsAction,
  compilePolicy,
  type Leak,
  type Locks,
  type SubjectPolicies,
  unknownPolicy,
} from '../../../lib/isolation';
import type { PolicyStatement } from '../../../lib/policy';
import {
  ACCOUNT,
  ADMISSION,
  actions as readActions,
  AUDIENCE,
  BUCKET,
  DESIGN,
  fewActions,
  ISSUER,
  less,
  plus,
  policies,
  type PolicyChanges,
  PROVIDER,
  ROLE,
  statements,
  subject,
  TABLE,
  WIDE,
} from '../../support/estates';

let actions: readonly AwsAction[];
let few: readonly AwsAction[];
beforeAll(async () => {
  actions = await readActions();
  few = await fewActions();
});

/** Without an index that somebody else leads, against which the second lock does not hold. */
const SUBJECT = subject({ tables: [{ arn: TABLE, keys: ['{tenant}'], indexes: [{ name: 'by-date', tenantLed: true }] }] });

const tried = (changes: PolicyChanges = {}, locks: Locks = 'all', before?: SubjectPolicies): AttackResult =>
  attack(SUBJECT, policies(changes), actions, { locks, before });

/** By few actions, where it is not about what can be done. */
const triedFew = (changes: PolicyChanges = {}, locks: Locks = 'all', before?: SubjectPolicies): AttackResult =>
  attack(SUBJECT, policies(changes), few, { locks, before });

const groupsOf = (leaks: readonly Leak[]) => [...new Set(leaks.map(({ group }) => group))];

const said = ({ witness: { session, requests } }: Leak) =>
  `${session?.name ?? 'nobody'}: ${requests.map(({ action, resource }) => `${action} ${resource}`).join(', ')}`;

describe('the design', () => {
  it.each<[Locks, number]>([
    ['all', 12_000],
    ['role', 12_000],
    ['data', 10_000],
  ])('denies every attack with the locks: %s', (locks, atLeast) => {
    const { leaks, tried: all, denied, groups } = tried({}, locks);
    expect(leaks).toEqual([]);
    expect(denied).toBe(all);
    expect(all).toBeGreaterThan(atLeast);
    expect(groups.every((group) => group.tried === group.denied && group.allowed + group.unknown === 0)).toBe(true);
  });

  it('is asked of all policies unless it is said of which', () => {
    expect(attack(SUBJECT, policies(), actions)).toEqual(tried({}, 'all'));
  });

  it('is held by the data alone only against what the data has a say in', () => {
    expect(tried({}, 'data').groups.map(({ group }) => group)).toEqual([
      'other-items',
      'mixed-items',
      'no-key',
      'odd-keys',
      'table-itself',
      'other-objects',
      'odd-objects',
      'listing',
      'bucket-itself',
      'no-tenant',
    ]);
  });
});

describe('a role that is too wide', () => {
  const changes = { more: [statements(WIDE)] };

  it('is found by the role’s lock, while with both locks every attack is denied', () => {
    const { leaks } = tried(changes, 'role');
    expect(leaks.length).toBeGreaterThan(0);
    expect(leaks.every(({ effect, withAllLocks }) => effect === 'allow' && withAllLocks === 'deny')).toBe(true);
    const single = leaks.filter(({ witness }) => witness.requests.length === 1);
    expect(single.every(({ decision }) => decision.statement?.sid === 'Wide')).toBe(true);
    expect(tried(changes, 'all').leaks).toEqual([]);
  });

  it('is found by both once the second lock is gone', () => {
    const open = { ...changes, tableLock: undefined, bucketLock: undefined };
    for (const locks of ['all', 'role'] as const) {
      const { leaks } = tried(open, locks);
      expect(groupsOf(leaks)).toEqual(expect.arrayContaining(['other-items', 'mixed-items', 'no-key', 'other-objects', 'listing']));
      expect(leaks.every(({ withAllLocks }) => withAllLocks === 'allow')).toBe(true);
    }
  });

  it('adds up: what gets through and what is denied is all that was tried', () => {
    const result = tried(changes, 'role');
    const sum = (of: (group: AttackResult['groups'][number]) => number) =>
      result.groups.reduce((total, each) => total + of(each), 0);
    expect(sum((group) => group.tried)).toBe(result.tried);
    expect(sum((group) => group.denied)).toBe(result.denied);
    expect(sum((group) => group.denied + group.allowed + group.unknown)).toBe(result.tried);
    expect(result.leaks.reduce((total, { count }) => total + count, 0)).toBe(result.tried - result.denied);
  });

  it('is told by group and statement, each with how often and a witness', () => {
    const more = [statements(WIDE), statements({ Sid: 'Iam', Effect: 'Allow', Action: 'iam:*', Resource: '*' })];
    const { leaks } = tried({ more }, 'role');
    const items = leaks.filter(({ group }) => group === 'other-items');
    expect(items).toHaveLength(1);
    expect(items[0]?.count).toBe(tried({}, 'role').groups.find(({ group }) => group === 'other-items')?.tried);
    expect(leaks.find(({ group }) => group === 'identities')?.decision.statement).toMatchObject({ sid: 'Iam', policy: 'more 2' });
    for (const { witness, group, decision } of leaks) {
      expect(witness.group).toBe(group);
      expect(decision.effect).toBe('allow');
    }
  });

  it('is one thing where one action alone is too much', () => {
    const more = [statements({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE })];
    const { leaks } = tried({ more }, 'role');
    expect(leaks.map(said)).toEqual([`tenant 'a': dynamodb:Scan ${TABLE}`]);
    expect(leaks[0]).toMatchObject({ group: 'no-key', count: 1, effect: 'allow', withAllLocks: 'deny' });
  });

  it.each<[string, PolicyStatement, string]>([
    ['streams', { Effect: 'Allow', Action: 'dynamodb:GetRecords', Resource: `${TABLE}/stream/*` }, 'table-itself'],
    ['backups', { Effect: 'Allow', Action: 'dynamodb:RestoreTableFromBackup', Resource: '*' }, 'table-itself'],
    ['other tables', { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*' }, 'other-tables'],
    ['other buckets', { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::*' }, 'other-buckets'],
    ['old versions', { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: `${BUCKET}/*` }, 'other-objects'],
    ['versions listed', { Effect: 'Allow', Action: 's3:ListBucketVersions', Resource: BUCKET }, 'listing'],
    ['uploads listed', { Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: BUCKET }, 'listing'],
    ['the bucket policy', { Effect: 'Allow', Action: 's3:PutBucketPolicy', Resource: BUCKET }, 'bucket-itself'],
    ['its own role', { Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource: ROLE }, 'identities'],
    ['other roles', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }, 'sessions'],
    ['keys', { Effect: 'Allow', Action: 'kms:*', Resource: '*' }, 'keys'],
  ])('is found by what it can do with %s', (_, statement, group) => {
    expect(groupsOf(tried({ more: [statements(statement)] }, 'role').leaks)).toContain(group);
  });

  it('is let be where it shows settings only', () => {
    const more = [
      statements({
        Effect: 'Allow',
        Action: ['dynamodb:Describe*', 'dynamodb:List*', 's3:GetBucket*', 'iam:List*', 'kms:Describe*'],
        Resource: '*',
      }),
    ];
    expect(tried({ more }, 'role').leaks).toEqual([]);
  });
});

describe('the second lock, with a role that has everything', () => {
  const removed = (lock: 'tableLock' | 'bucketLock', sid: string) => tried({ [lock]: less(DESIGN[lock], sid) }, 'data').leaks;

  it.each<['tableLock' | 'bucketLock', string, readonly string[]]>([
    ['tableLock', 'OtherActions1', ['no-key']],
    ['tableLock', 'OtherItems1', ['other-items', 'mixed-items', 'odd-keys']],
    ['bucketLock', 'OtherObjects1', ['other-objects', 'odd-objects']],
    ['bucketLock', 'BucketItself1', ['bucket-itself']],
    ['bucketLock', 'OtherListing1', ['listing']],
  ])('leaks without its statement: %s %s', (lock, sid, groups) => {
    expect(groupsOf(removed(lock, sid))).toEqual(expect.arrayContaining([...groups]));
    expect(removed(lock, sid).every(({ effect }) => effect === 'allow')).toBe(true);
  });

  it('leaks single items without a key, without the statement against that', () => {
    const leaks = removed('tableLock', 'NoLeadingKey1');
    expect(leaks.map(({ witness }) => witness.requests[0]?.context.get('dynamodb:leadingkeys'))).toEqual(leaks.map(() => 'absent'));
    expect(leaks.map(said)[0]).toMatch(/^tenant 'a': dynamodb:/);
  });

  it('leaks by an index that somebody else leads, where a key is called like the tenant', () => {
    const { leaks } = attack(subject(), policies(), actions, { locks: 'data' });
    expect(groupsOf(leaks)).toEqual(['indexes']);
    expect(attack(subject(), policies(), actions).leaks).toEqual([]);
  });

  it('leaks to no tenant without any statement that speaks of it', () => {
    const open = { ...ADMISSION, Condition: { StringEquals: { [`${ISSUER}:aud`]: [AUDIENCE] } } };
    const lock = less(less(DESIGN.bucketLock, 'NoTenant1'), 'OtherObjects1');
    const { leaks } = tried({ trust: statements(open), bucketLock: lock }, 'data');
    expect(leaks.some(({ group, witness }) => group === 'no-tenant' && witness.session?.tenant === undefined)).toBe(true);
  });

  it.each(['tableLock', 'bucketLock'] as const)('leaks everything of its kind without the whole: %s', (lock) => {
    const found = groupsOf(tried({ [lock]: undefined }, 'data').leaks);
    expect(found).toContain(lock === 'tableLock' ? 'other-items' : 'other-objects');
    expect(found).not.toContain(lock === 'tableLock' ? 'other-objects' : 'other-items');
  });

  it('leaks if it is made for another role', () => {
    const text = JSON.stringify(DESIGN.bucketLock).replaceAll(ROLE, `${ROLE}-old`);
    expect(groupsOf(tried({ bucketLock: JSON.parse(text) }, 'data').leaks)).toContain('other-objects');
  });
});

describe('what is not known', () => {
  it('fails to be denied: a policy of the role', () => {
    const given = { ...policies(), identity: [...policies().identity, unknownPolicy('aws_iam_policy.late', 'known after apply')] };
    const { leaks, denied, tried: all } = attack(SUBJECT, given, actions, { locks: 'role' });
    expect(leaks.length).toBeGreaterThan(0);
    expect(denied).toBeLessThan(all);
    for (const { effect, decision } of leaks) {
      expect(effect).toBe('unknown');
      expect(decision).toMatchObject({ because: 'known after apply', statement: { policy: 'aws_iam_policy.late', index: -1 } });
    }
  });

  it('fails to be denied: the trust policy', () => {
    const given = { ...policies(), trust: unknownPolicy('trust', 'known after apply') };
    const { leaks } = attack(SUBJECT, given, actions);
    expect(groupsOf(leaks)).toEqual(expect.arrayContaining(['tokens', 'principals']));
    expect(leaks.every(({ effect }) => effect === 'unknown')).toBe(true);
  });

  it('fails to be denied by a denial that may not hold', () => {
    const denial = statements({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'unheard:of': 'true' } } });
    const { leaks } = tried({ more: [statements(WIDE), denial] }, 'role');
    expect(leaks.every(({ effect }) => effect === 'unknown')).toBe(true);
    expect(leaks[0]?.decision).toMatchObject({ because: 'Bool unheard:of', statement: { policy: 'more 2' } });
  });

  it('comes after what gets through for sure', () => {
    const open = { ...WIDE, Condition: { Bool: { 'unheard:of': 'true' } } };
    const sure: PolicyStatement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
    const effects = tried({ more: [statements(open), statements(sure)] }, 'role').leaks.map(({ effect }) => effect);
    expect(effects).toContain('allow');
    expect(effects.lastIndexOf('allow')).toBeLessThan(effects.indexOf('unknown'));
  });
});

describe('the trust policy', () => {
  const key = 'aws:RequestTag/tenant_id';
  /** Its statement with a condition changed; `undefined` takes it away. */
  const guarded = (...changes: [operator: string, key: string, values?: readonly string[]][]): PolicyChanges => {
    const condition: Record<string, Record<string, readonly string[]>> = structuredClone(ADMISSION.Condition) as never;
    for (const [operator, name, values] of changes) {
      const rest = Object.fromEntries(Object.entries(condition[operator] ?? {}).filter(([each]) => each !== name));
      condition[operator] = values === undefined ? rest : { ...rest, [name]: values };
    }
    return { trust: statements({ ...ADMISSION, Condition: condition }) };
  };
  const tokens = (changes: PolicyChanges) =>
    triedFew(changes).leaks.filter(({ group }) => group === 'tokens' || group === 'no-tenant');
  const context = (leak: Leak | undefined, name: string) => leak?.witness.requests[0]?.context.get(name.toLowerCase());

  it('leaks to other clients without the audience', () => {
    const [leak, ...rest] = tokens(guarded(['StringEquals', `${ISSUER}:aud`]));
    expect(rest).toEqual([]);
    expect(context(leak, `${ISSUER}:aud`)).not.toEqual([AUDIENCE]);
    expect(leak?.count).toBeGreaterThan(4);
  });

  it('leaks to other clients with a wildcard in the audience', () => {
    const [leak] = tokens(guarded(['StringEquals', `${ISSUER}:aud`], ['StringLike', `${ISSUER}:aud`, ['my-client*']]));
    expect(context(leak, `${ISSUER}:aud`)).toEqual([`${AUDIENCE}x`]);
  });

  it('leaks to the empty tenant where any is taken', () => {
    const [leak] = tokens(guarded(['StringLike', key, ['*']])).filter(({ group }) => group === 'tokens');
    expect(context(leak, key)).toEqual(['']);
  });

  it.each([
    ['a slash', ['*..*', '* *'], '/'],
    ['two dots', ['*/*', '* *'], '..'],
    ['a space', ['*/*', '*..*'], ' '],
  ])('leaks to tenants with %s where it does not refuse them', (_, refused, part) => {
    const leaks = tokens(guarded(['StringNotLike', key, refused]));
    expect(leaks.length).toBeGreaterThan(0);
    for (const leak of leaks.filter(({ group }) => group === 'tokens')) {
      const [value] = context(leak, key) ?? [];
      expect(value).toContain(part);
    }
  });

  it('leaks to sessions with further tags where it does not look at their keys', () => {
    const [leak] = tokens(guarded(['ForAllValues:StringEquals', 'aws:TagKeys']));
    expect(context(leak, 'aws:TagKeys')).toEqual(['tenant_id', 'some-other-tag']);
  });

  it('leaks to no tenant without all that asks for one', () => {
    const asking = [
      ['StringLike', key],
      ['Null', key],
      ['Null', 'aws:TagKeys'],
    ] as const;
    const absent = (changes: PolicyChanges) =>
      tokens(changes).some((leak) => leak.group === 'tokens' && context(leak, key) === 'absent');
    expect(absent(guarded(...asking.map(([operator, name]): [string, string] => [operator, name])))).toBe(true);
    for (const [operator, name] of asking) expect(absent(guarded([operator, name]))).toBe(false);
  });

  it.each<[string, PolicyStatement['Principal'], string]>([
    ['its own account', { AWS: ACCOUNT }, 'sts:AssumeRole'],
    ['another account', { AWS: 'arn:aws:iam::999999999999:root' }, 'sts:AssumeRole'],
    ['a user', { AWS: `arn:aws:iam::${ACCOUNT}:user/me` }, 'sts:AssumeRole'],
    ['a role', { AWS: `arn:aws:iam::${ACCOUNT}:role/admin` }, 'sts:AssumeRole'],
    ['a service that nobody thought of', { Service: 'batch.amazonaws.com' }, 'sts:AssumeRole'],
    ['a SAML provider', { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/corp` }, 'sts:AssumeRoleWithSAML'],
    ['another web identity', { Federated: 'accounts.google.com' }, 'sts:AssumeRoleWithWebIdentity'],
    ['everybody', '*', 'sts:AssumeRole'],
  ])('leaks to %s', (_, Principal, Action) => {
    const trust = plus(DESIGN.trust, { Effect: 'Allow', Principal, Action: [Action, 'sts:TagSession'] });
    const leaks = triedFew({ trust }).leaks.filter(({ group }) => group === 'principals' || group === 'tokens');
    expect(leaks.length).toBeGreaterThan(0);
    expect(leaks[0]?.decision.effect).toBe('allow');
  });

  it('says who gets in', () => {
    const admin = `arn:aws:iam::${ACCOUNT}:role/admin`;
    const trust = plus(DESIGN.trust, { Effect: 'Allow', Principal: { AWS: admin }, Action: 'sts:AssumeRole' });
    expect(triedFew({ trust }).leaks.map(({ witness }) => witness.requests[0]?.principal)).toEqual([
      expect.objectContaining({ kind: 'role-session', roleArn: admin }),
    ]);
  });

  it('is no leak where it denies whom another statement admits', () => {
    const trust = plus(
      DESIGN.trust,
      { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:*' },
      { Effect: 'Deny', Principal: { AWS: ACCOUNT }, Action: 'sts:*' },
    );
    expect(triedFew({ trust }).leaks).toEqual([]);
  });

  it('of another provider alone leaks nothing to that one, whose tokens have other keys', () => {
    const trust = JSON.parse(JSON.stringify(DESIGN.trust).replace(PROVIDER, `${PROVIDER}-old`)) as unknown;
    expect(triedFew({ trust }).leaks).toEqual([]);
  });
});

describe('before and after', () => {
  it('tells what is new from what was so', () => {
    const scan = statements({ Sid: 'Scan', Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE });
    const copy = statements({ Sid: 'Copy', Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` });
    const { leaks } = triedFew({ more: [scan, copy] }, 'role', policies({ more: [scan] }));
    const befores = (sid: string) =>
      new Set(leaks.filter(({ decision }) => decision.statement?.sid === sid).map(({ before }) => before));
    expect(befores('Scan')).toEqual(new Set(['allow']));
    expect(befores('Copy')).toEqual(new Set(['deny']));
    expect(triedFew({ more: [scan] }, 'role').leaks.map(({ before }) => before)).toEqual([undefined]);
  });

  it('asks the earlier policies with the same locks', () => {
    const more = [statements(WIDE)];
    expect(new Set(triedFew({ more }, 'role', policies({ more })).leaks.map(({ before }) => before))).toEqual(new Set(['allow']));
    const wider = { more, tableLock: undefined };
    expect(new Set(triedFew(wider, 'all', policies({ more })).leaks.map(({ before }) => before))).toEqual(new Set(['deny']));
  });

  it('parts a leak of which some was so before', () => {
    const reader = statements({ Sid: 'Read', Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` });
    const all = statements({ Sid: 'All', Effect: 'Allow', Action: 's3:*', Resource: `${BUCKET}/*` });
    const objects = triedFew({ more: [all] }, 'role', policies({ more: [reader] })).leaks.filter(
      ({ group }) => group === 'odd-objects',
    );
    expect(objects.map(({ before }) => before).sort()).toEqual(['allow', 'deny']);
  });

  it('knows that it was not known before', () => {
    const earlier = { ...policies(), identity: [unknownPolicy('late', 'known after apply')] };
    const { leaks } = triedFew({ more: [statements(WIDE)] }, 'role', earlier);
    expect(new Set(leaks.map(({ before }) => before))).toEqual(new Set(['unknown']));
  });
});

it('attacks with a policy on a key as the key’s owner has it', () => {
  const key = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
  const of = subject({ keyArns: [key] });
  const open = compilePolicy(
    'key',
    statements({ Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'kms:Decrypt', Resource: '*' }),
    'resource',
  );
  const { leaks } = attack(of, { ...policies(), resources: new Map([[key, open]]) }, actions);
  expect(groupsOf(leaks)).toEqual(['keys']);
  expect(leaks[0]?.decision.statement).toMatchObject({ policy: 'key' });
});

import { type Attack, type AttackRequest, compilePolicy, type SubjectPolicies, unknownPolicy } from '../../../lib/isolation';
import { requester } from '../../../lib/isolation/attacks/attack';
import { Decider, type Locks } from '../../../lib/isolation/decider';
import { illFormedSessions, tenantSession } from '../../../lib/isolation/attacks/session';
import type { Conditions } from '../../../lib/policy';
import {
  ACCOUNT,
  ADMISSION,
  BUCKET,
  DESIGN,
  KEY,
  policies,
  type PolicyChanges,
  ROLE,
  statements,
  subject,
  TABLE,
  WIDE,
} from '../../support/estates';

const LEADING_KEYS = 'dynamodb:LeadingKeys';
const ask = requester(subject(), tenantSession(subject(), 'a'));
const OWN = ask('dynamodb:GetItem', TABLE, TABLE, { [LEADING_KEYS]: ['a'] });
const FOREIGN = ask('dynamodb:GetItem', TABLE, TABLE, { [LEADING_KEYS]: ['b'] });
const SCAN = ask('dynamodb:Scan', TABLE, TABLE);
const FOREIGN_OBJECT = ask('s3:GetObject', `${BUCKET}/tenants/b/doc`, BUCKET);

function decided(changes: PolicyChanges | SubjectPolicies, locks: Locks, ...requests: AttackRequest[]) {
  const given = 'identity' in changes ? changes : policies(changes);
  return new Decider(subject(), given, locks).all(requests);
}

/** What comes of a request with all policies, with the role's alone and with the data's alone. */
function effects(changes: PolicyChanges | SubjectPolicies, request: AttackRequest): string {
  return (['all', 'role', 'data'] as const).map((locks) => decided(changes, locks, request).effect).join(' ');
}

describe('the locks', () => {
  it('of the design let through what is the own, and nothing else', () => {
    expect(effects({}, OWN)).toBe('allow allow allow');
    expect(effects({}, FOREIGN)).toBe('deny deny deny');
    expect(effects({}, SCAN)).toBe('deny deny deny');
    expect(effects({}, FOREIGN_OBJECT)).toBe('deny deny deny');
  });

  it('show a role that is too wide with the role’s alone, and that the other still holds with all', () => {
    expect(effects({ more: [statements(WIDE)] }, SCAN)).toBe('deny allow deny');
    expect(effects({ more: [statements(WIDE)], tableLock: undefined }, SCAN)).toBe('allow allow allow');
  });

  it('show data without a policy with the data’s alone', () => {
    expect(effects({ tableLock: undefined }, SCAN)).toBe('deny deny allow');
    expect(effects({ bucketLock: undefined }, FOREIGN_OBJECT)).toBe('deny deny allow');
    expect(effects({ tableLock: undefined }, FOREIGN_OBJECT)).toBe('deny deny deny');
  });

  it('show a grant by the policy of the data, denials of it beside', () => {
    const grant = { Effect: 'Allow', Principal: { AWS: ROLE }, Action: 's3:*', Resource: `${BUCKET}/*` } as const;
    expect(effects({ bucketLock: statements(grant) }, FOREIGN_OBJECT)).toBe('allow allow allow');
    expect(effects({ bucketLock: statements(grant, ...DESIGN.bucketLock.Statement) }, FOREIGN_OBJECT)).toBe('deny allow deny');
  });

  it('leave the boundary out with the data’s alone', () => {
    const boundary = statements({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
    expect(effects({ boundary, more: [statements(WIDE)], tableLock: undefined }, SCAN)).toBe('deny deny allow');
  });

  it('keep the role’s own denials with all', () => {
    const denial = statements({ Effect: 'Deny', Action: 'dynamodb:Scan', Resource: '*' });
    expect(effects({ more: [statements(WIDE), denial], tableLock: undefined }, SCAN)).toBe('deny deny deny');
  });

  it('keep what keys deny with the role’s alone', () => {
    const decrypt = { ...ask('kms:Decrypt', KEY, KEY), owner: KEY };
    const wide = statements({ Effect: 'Allow', Action: 'kms:*', Resource: '*' });
    const denying = statements({ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' });
    const given: SubjectPolicies = {
      ...policies({ more: [wide] }),
      resources: new Map([[KEY, compilePolicy('key', denying, 'resource')]]),
    };
    expect(effects(given, decrypt)).toBe('deny deny deny');
    expect(effects({ more: [wide] }, decrypt)).toBe('allow allow allow');
  });
});

describe('what is not known', () => {
  it.each([
    ['a policy of the role', { ...policies(), identity: [...policies().identity, unknownPolicy('x', 'known after apply')] }, SCAN],
    ['a policy that is no document', policies({ more: ['no document'] }), SCAN],
    [
      'the policy of the table',
      { ...policies({ more: [statements(WIDE)] }), resources: new Map([[TABLE, unknownPolicy('t', 'not in the plan')]]) },
      SCAN,
    ],
    [
      'the boundary',
      { ...policies({ more: [statements(WIDE)], tableLock: undefined }), boundary: unknownPolicy('b', 'known after apply') },
      SCAN,
    ],
  ])('fails to be judged: %s', (_, given, request) => {
    expect(decided(given, 'role', request)).toMatchObject({ effect: 'unknown', reason: 'undecided' });
  });

  it('fails to be judged by a condition key that nobody thought of', () => {
    const more = [statements({ ...WIDE, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })];
    expect(decided({ more }, 'role', SCAN)).toMatchObject({ effect: 'unknown', because: 'IpAddress aws:SourceIp' });
  });

  it('does not matter where something else denies for sure', () => {
    const given = { ...policies(), identity: [unknownPolicy('x', 'known after apply')] };
    expect(decided(given, 'all', SCAN).effect).toBe('deny');
  });
});

describe('several requests', () => {
  const wide = { more: [statements(WIDE)], tableLock: undefined, bucketLock: undefined };

  it('get through only together', () => {
    expect(decided({}, 'all', OWN, FOREIGN).effect).toBe('deny');
    expect(decided({}, 'all', FOREIGN, OWN).effect).toBe('deny');
    expect(decided(wide, 'all', OWN, FOREIGN).effect).toBe('allow');
    expect(decided(wide, 'all', OWN, FOREIGN).statement).toMatchObject({ sid: 'Wide' });
  });

  it('are not known if one of them is not', () => {
    const open = { more: [statements({ ...WIDE, Condition: { Bool: { 'unheard:of': 'true' } } })] };
    expect(decided(open, 'role', OWN, FOREIGN).effect).toBe('unknown');
    expect(decided(open, 'role', FOREIGN, OWN).effect).toBe('unknown');
    expect(decided(open, 'role', FOREIGN, ask('iam:PassRole', ROLE)).effect).toBe('deny');
  });

  it('fail without any', () => {
    expect(decided(wide, 'all').effect).toBe('deny');
  });
});

describe('a session', () => {
  const attackBy = (tenant: string | undefined): Attack => {
    const session = illFormedSessions(subject()).find((each) => each.tenant === tenant);
    if (session === undefined) throw new Error('no such session');
    const requests = [requester(subject(), session)('dynamodb:Scan', TABLE, TABLE)];
    return { group: 'no-tenant', session, requests, demandsDenial: true, behindSecondLock: true };
  };
  const attempt = (changes: PolicyChanges, attack: Attack) => new Decider(subject(), policies(changes), 'role').attempt(attack);
  const trust = (Condition: Conditions) => statements({ ...ADMISSION, Condition });

  it('that may not begin reaches nothing, however wide the role is', () => {
    expect(attempt({ more: [statements(WIDE)] }, attackBy('a/b'))).toMatchObject({ effect: 'deny', reason: 'no-allow' });
    expect(attempt({ more: [statements(WIDE)] }, attackBy(undefined)).effect).toBe('deny');
  });

  it('that may begin reaches what the role is granted', () => {
    const open = trust({ StringEquals: { 'login.example.com:aud': 'my-client-id' } });
    expect(attempt({ more: [statements(WIDE)], trust: open }, attackBy('a/b')).effect).toBe('allow');
    expect(attempt({ trust: open }, attackBy('a/b')).effect).toBe('deny');
  });

  it('of which it is not known whether it begins fails to be judged', () => {
    const open = trust({ StringEquals: { 'login.example.com:azp': 'x' } });
    expect(attempt({ more: [statements(WIDE)], trust: open }, attackBy('a/b')).effect).toBe('unknown');
  });

  it('of a well-formed tenant is taken to exist', () => {
    const attack: Attack = { ...attackBy('a/b'), session: tenantSession(subject(), 'a'), requests: [SCAN] };
    expect(attempt({ more: [statements(WIDE)], trust: statements() }, attack).effect).toBe('allow');
  });
});

describe('taking on a role', () => {
  const assume = ask('sts:AssumeRole', ROLE, ROLE);
  const other = ask('sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/any`);
  const may = statements({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });

  it('of the own account needs a grant of the role, as others may let the account in', () => {
    expect(decided({}, 'all', other).effect).toBe('deny');
    expect(decided({ more: [may] }, 'all', other).effect).toBe('allow');
  });

  it('of its own needs its trust policy too', () => {
    expect(decided({ more: [may] }, 'all', assume).effect).toBe('deny');
    const trust = statements({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
    expect(decided({ more: [may], trust }, 'all', assume).effect).toBe('allow');
    expect(decided({ trust }, 'all', assume).effect).toBe('deny');
  });

  it('by others takes their own policies for wide open', () => {
    const stranger: AttackRequest = {
      ...assume,
      principal: { kind: 'user', arn: `arn:aws:iam::${ACCOUNT}:user/any`, account: ACCOUNT },
    };
    const trust = statements({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
    expect(decided({}, 'all', stranger).effect).toBe('deny');
    expect(decided({ trust }, 'all', stranger).effect).toBe('allow');
  });
});

describe('a key', () => {
  it('whose policy nobody names leaves the decision to the role', () => {
    const decrypt = ask('kms:Decrypt', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/other`);
    expect(decided({}, 'all', decrypt).effect).toBe('deny');
    expect(decided({ more: [statements({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' })] }, 'all', decrypt).effect).toBe(
      'allow',
    );
  });
});

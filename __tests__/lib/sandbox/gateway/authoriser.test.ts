import { type ContextEntries, type Decision } from '../../../../lib/isolation';
import type { Permission } from '../../../../lib/sandbox/operation';
import type { RoleSession } from '../../../../lib/sandbox/sts/sessions';
import { allow, ANONYMOUS, BUCKET, deny, policy, ROLE, Scene, session, SESSION, TABLE } from './fakes';

const GET: Permission = { action: 'dynamodb:GetItem', resource: TABLE, owner: TABLE };
const everybody = { Principal: '*' };

interface Case {
  readonly identity?: readonly object[];
  readonly boundary?: readonly object[];
  /** Statements of each session policy. */
  readonly session?: readonly (readonly object[])[];
  /** Policy of the table. */
  readonly lock?: readonly object[];
  readonly gone?: boolean;
  readonly permission?: Permission;
}

function sceneOf({ identity = [], boundary, lock, gone = false }: Case): Scene {
  const scene = new Scene(...identity);
  if (scene.estate.held !== undefined && boundary !== undefined) {
    scene.estate.held = { ...scene.estate.held, boundary: policy('bounds', ...boundary) };
  }
  if (gone) scene.estate.held = undefined;
  if (lock !== undefined) scene.lock(TABLE, ...lock);
  return scene;
}

/** Effect and reason for the session of the role. */
async function decided(of: Case): Promise<string> {
  const limits: Partial<RoleSession> | undefined = of.session && {
    policies: of.session.map((each, index) => policy(`limit ${index}`, ...each)),
  };
  const { decision } = await sceneOf(of).authoriser.decide(session(limits), of.permission ?? GET, {});
  return `${decision.effect} ${decision.reason}`;
}

const ALL = allow('*');
const OTHER = allow('dynamodb:PutItem');

describe('Authoriser', () => {
  it.each<[string, Case, Decision['effect'], Decision['reason']]>([
    ['its role allows', { identity: [ALL] }, 'allow', 'allowed'],
    ['its role allows something else', { identity: [OTHER] }, 'deny', 'no-allow'],
    ['its role denies', { identity: [ALL, deny('dynamodb:GetItem')] }, 'deny', 'explicit-deny'],
    ['the boundary allows too', { identity: [ALL], boundary: [ALL] }, 'allow', 'allowed'],
    ['the boundary does not allow', { identity: [ALL], boundary: [OTHER] }, 'deny', 'boundary'],
    ['the boundary alone allows', { boundary: [ALL] }, 'deny', 'no-allow'],
    ['the session policy allows too', { identity: [ALL], session: [[ALL]] }, 'allow', 'allowed'],
    ['the session policy allows something else', { identity: [ALL], session: [[OTHER]] }, 'deny', 'session-policy'],
    ['one of two session policies allows', { identity: [ALL], session: [[OTHER], [ALL]] }, 'allow', 'allowed'],
    ['the session policy denies', { identity: [ALL], session: [[ALL, deny('*')]] }, 'deny', 'explicit-deny'],
    ['the session policy alone allows', { session: [[ALL]] }, 'deny', 'no-allow'],
    ['session policies are none at all', { identity: [ALL], session: [] }, 'deny', 'session-policy'],
    ['the table allows its role', { lock: [allow('*', '*', { Principal: { AWS: ROLE } })] }, 'allow', 'allowed'],
    ['the table allows another', { lock: [allow('*', '*', { Principal: { AWS: `${ROLE}2` } })] }, 'deny', 'no-allow'],
    ['the table denies everybody', { identity: [ALL], lock: [deny('*', '*', everybody)] }, 'deny', 'explicit-deny'],
    [
      'the table allows, the session policy does not',
      { session: [[OTHER]], lock: [allow('*', '*', { Principal: { AWS: ROLE } })] },
      'deny',
      'session-policy',
    ],
    [
      'it asks about a table whose policy has no say',
      { identity: [ALL], lock: [deny('*', '*', everybody)], permission: { ...GET, owner: undefined } },
      'allow',
      'allowed',
    ],
    [
      'it asks about another table',
      { identity: [ALL], lock: [deny('*', '*', everybody)], permission: { ...GET, owner: `${TABLE}2` } },
      'allow',
      'allowed',
    ],
    [
      'it hangs on what is not known',
      { identity: [allow('*', '*', { Condition: { StringEquals: { 'ec2:Region': 'x' } } })] },
      'unknown',
      'undecided',
    ],
    [
      'the table is of another account, which says nothing',
      { identity: [ALL], permission: { ...GET, resource: TABLE.replace('123456789012', '111122223333') } },
      'deny',
      'resource-policy',
    ],
  ])('allows or denies a session: %s', async (_, of, effect, reason) => {
    expect(await decided(of)).toBe(`${effect} ${reason}`);
  });

  it.each([
    ['the session', { AWS: SESSION }],
    ['the role', { AWS: ROLE }],
    ['the account', { AWS: '123456789012' }],
    ['everybody', '*'],
  ])('denies the session of a role that is gone, also what the policy of a table grants to %s', async (_, Principal) => {
    const lock = [allow('*', '*', { Principal })];
    expect(await decided({ identity: [ALL], lock })).toBe('allow allowed');
    expect(await decided({ gone: true, lock })).toBe('deny explicit-deny');
    expect(await decided({ gone: true, lock, session: [[ALL]] })).toBe('deny explicit-deny');
  });

  it('sees a change of the role, and a role that goes, in the middle of a session', async () => {
    const scene = new Scene();
    const caller = session();
    const effect = async () => (await scene.authoriser.decide(caller, GET, {})).decision.effect;
    expect(await effect()).toBe('deny');
    scene.estate.held = { identity: [policy('own', ALL)] };
    expect(await effect()).toBe('allow');
    scene.estate.held = undefined;
    expect(await effect()).toBe('deny');
    expect(scene.estate.asked).toEqual([ROLE, ROLE, ROLE]);
  });

  it.each([
    ['grants it to everybody', [allow('*', '*', everybody)], 'allow'],
    ['grants it to the role', [allow('*', '*', { Principal: { AWS: ROLE } })], 'deny'],
    ['grants and denies it', [allow('*', '*', everybody), deny('*', '*', everybody)], 'deny'],
    ['says nothing', [], 'deny'],
  ])('asks for somebody without a session only what the policy of the table says: it %s', async (_, lock, effect) => {
    const scene = sceneOf({ identity: [ALL], lock });
    expect((await scene.authoriser.decide(ANONYMOUS, GET, {})).decision.effect).toBe(effect);
    expect(scene.estate.asked).toEqual([]);
  });

  /** Whether a condition holds, asked of a role that may do everything under it. */
  async function holds(
    Condition: object,
    {
      context,
      circumstances = {},
      permission = {},
    }: { context?: ContextEntries; circumstances?: ContextEntries; permission?: Partial<Permission> } = {},
  ): Promise<Decision['effect']> {
    const { authoriser } = new Scene(allow('*', '*', { Condition }));
    const caller = session(context && { context });
    return (await authoriser.decide(caller, { ...GET, ...permission }, circumstances)).decision.effect;
  }

  it.each([
    ['aws:CalledVia', 'aws:MultiFactorAuthAge', 'aws:MultiFactorAuthPresent', 'aws:PrincipalOrgID', 'aws:PrincipalOrgPaths'],
    ['aws:PrincipalServiceName', 'aws:Referer', 'aws:SourceAccount', 'aws:SourceArn', 'aws:SourceOrgID', 'aws:SourceVpc'],
    ['aws:SourceVpce', 'aws:VpcSourceIp', 'aws:username', 'kms:ViaService', 'aws:PrincipalTag/role', 'AWS:PrincipalTag/Other'],
  ])('knows that requests have no %s, %s, %s, %s, %s, %s', async (...keys) => {
    for (const key of keys.filter((each) => typeof each === 'string')) {
      expect([key, await holds({ Null: { [key]: 'true' } })]).toEqual([key, 'allow']);
      expect([key, await holds({ Null: { [key]: 'false' } })]).toEqual([key, 'deny']);
    }
  });

  it('knows the tags of the session, the circumstances and the keys of the permission, the last one first', async () => {
    const tag = (tenant: string) => ({ StringEquals: { 'aws:PrincipalTag/tenant_id': tenant } });
    expect([await holds(tag('acme')), await holds(tag('globex'))]).toEqual(['allow', 'deny']);
    const region = (value: string) => ({ StringEquals: { 'aws:RequestedRegion': value } });
    const circumstances = { 'aws:RequestedRegion': 'a' };
    expect([await holds(region('a'), { circumstances }), await holds(region('b'), { circumstances })]).toEqual(['allow', 'deny']);
    const context = { 'aws:RequestedRegion': 'b' };
    expect(await holds(region('a'), { context, circumstances })).toBe('allow');
    expect(await holds(region('b'), { circumstances, permission: { context } })).toBe('allow');
    expect(await holds(region('a'), { circumstances, permission: { context: { 'aws:RequestedRegion': undefined } } })).toBe('deny');
  });

  it.each([
    ['table', TABLE, '123456789012'],
    ['bucket, whose ARN names no account', BUCKET, '123456789012'],
    ['nothing', '*', '123456789012'],
  ])('knows the account of a %s', async (_, resource, account) => {
    const permission = { action: 'a:B', resource };
    expect(await holds({ StringEquals: { 'aws:ResourceAccount': account } }, { permission })).toBe('allow');
    expect(await holds({ StringNotEquals: { 'aws:ResourceAccount': account } }, { permission })).toBe('deny');
  });

  it('knows the account of what is in another account', async () => {
    const scene = new Scene(allow('*'));
    const foreign = { action: 'dynamodb:GetItem', resource: TABLE.replace('123456789012', '111122223333') };
    const { request } = await scene.authoriser.decide(session(), foreign, {});
    expect(request.resourceAccount).toBe('111122223333');
    expect(request.context.toJSON()).toMatchObject({ 'aws:ResourceAccount': ['111122223333'] });
  });

  it('mixes neither sessions nor requests of one session', async () => {
    const { authoriser } = new Scene(allow('*'));
    const callers = ['acme', 'globex'].map((tenant) => session({ context: { 'aws:PrincipalTag/tenant_id': tenant } }));
    const seen: unknown[] = [];
    for (const circumstances of [{ 'aws:UserAgent': 'first' }, {}]) {
      for (const caller of [...callers, ANONYMOUS]) {
        const { request } = await authoriser.decide(caller, GET, circumstances);
        const { 'aws:PrincipalTag/tenant_id': tenant, 'aws:UserAgent': agent } = request.context.toJSON();
        seen.push([tenant?.[0], agent?.[0]]);
      }
    }
    expect(seen).toEqual([
      ['acme', 'first'],
      ['globex', 'first'],
      [undefined, 'first'],
      ['acme', undefined],
      ['globex', undefined],
      [undefined, undefined],
    ]);
  });
});

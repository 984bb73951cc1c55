import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import { ADMINISTRATOR, allow, ANONYMOUS, BUCKET, deny, Scene, session, TABLE } from './fakes';

const GET = { action: 'dynamodb:GetItem', resource: TABLE, owner: TABLE };
const PUT = { action: 'dynamodb:PutItem', resource: TABLE, owner: TABLE };
/** A key that no request to the sandbox is known to have, or not to have. */
const OPEN = { Condition: { StringEquals: { 'ec2:Region': 'x' } } };

describe('Authority', () => {
  it.each<[Protocol, string, number]>([
    ['json', 'AccessDeniedException', 400],
    ['s3', 'AccessDenied', 403],
    ['query', 'AccessDenied', 403],
  ])('denies an operation without permissions to everybody but the administrator: %s', async (protocol, code, status) => {
    const scene = new Scene(allow('*'));
    scene.lock(TABLE, allow('*', '*', { Principal: '*' }));
    for (const caller of [session(), ANONYMOUS]) {
      const { trail, authority } = scene.authority(caller, protocol);
      await expect(authority.demand({ name: 's3:Odd', permissions: [] })).rejects.toMatchObject({ code, status });
      expect(trail).toMatchObject({ operation: 's3:Odd', decision: 'deny', reason: expect.stringContaining('s3:Odd'), checks: [] });
    }
    const { trail, authority } = scene.authority(ADMINISTRATOR, protocol);
    await authority.demand({ name: 's3:Odd', permissions: [] });
    expect(trail).toMatchObject({ operation: 's3:Odd', decision: 'allow', checks: [] });
  });

  it('asks nothing about the administrator', async () => {
    const scene = new Scene(deny('*'));
    scene.lock(TABLE, deny('*', '*', { Principal: '*' }));
    const { trail, authority } = scene.authority(ADMINISTRATOR, 'json');
    await authority.demand({ name: 'dynamodb:GetItem', permissions: [GET] });
    expect(await authority.allows(GET)).toBe(true);
    expect([trail.checks, scene.estate.asked]).toEqual([[], []]);
  });

  it.each<[string, object[], 'allow' | 'deny', string[]]>([
    ['all are allowed', [allow('dynamodb:*')], 'allow', ['allow', 'allow']],
    ['the first is not', [allow('dynamodb:PutItem')], 'deny', ['deny']],
    ['the last is not', [allow('dynamodb:GetItem')], 'deny', ['allow', 'deny']],
    ['the first is left open', [allow('dynamodb:GetItem', '*', OPEN), allow('dynamodb:PutItem')], 'deny', ['unknown']],
    ['the last is left open', [allow('dynamodb:*'), deny('dynamodb:PutItem', '*', OPEN)], 'deny', ['allow', 'unknown']],
  ])('allows an operation only if all that it needs is allowed, else denies it: %s', async (_, identity, decision, effects) => {
    const { trail, authority } = new Scene(...identity).authority(session(), 'json');
    const demanded = authority.demand({ name: 'dynamodb:Both', permissions: [GET, PUT] });
    if (decision === 'allow') await demanded;
    else await expect(demanded).rejects.toMatchObject({ code: 'AccessDeniedException', status: 400 });
    expect(trail).toMatchObject({ operation: 'dynamodb:Both', decision });
    expect(trail.checks.map(({ effect }) => effect)).toEqual(effects);
  });

  it.each([
    ['allowed', [allow('s3:ListBucket')], true],
    ['denied', [], false],
    ['left open, which denies it', [allow('s3:ListBucket', '*', OPEN)], false],
  ])('tells whether one permission is allowed: %s', async (_, identity, expected) => {
    const { trail, authority } = new Scene(...identity).authority(session(), 's3');
    expect(await authority.allows({ action: 's3:ListBucket', resource: BUCKET, owner: BUCKET })).toBe(expected);
    expect([trail.checks.length, trail.decision, trail.operation]).toEqual([1, 'error', 'asked']);
  });

  it('tells the first that was allowed, and of all others the last that was not', async () => {
    const { trail, authority } = new Scene(allow(['a:One', 'a:Two'])).authority(session(), 'json');
    const reasons: unknown[] = [];
    for (const action of ['a:One', 'a:Two', 'a:Three', 'a:One', 'a:Four']) {
      await authority.allows({ action, resource: '*' });
      reasons.push(/a:\w+/.exec(trail.reason ?? '')?.[0]);
    }
    expect(reasons).toEqual(['a:One', 'a:One', 'a:Three', 'a:Three', 'a:Four']);
  });

  it.each([ADMINISTRATOR, session()])('tells the first 25 resources that it was asked about, each once: %#', async (caller) => {
    const { trail, authority } = new Scene(allow('a:B')).authority(caller, 'json');
    const demand = (...resources: readonly string[]) =>
      authority.demand({ name: 'a:B', permissions: resources.map((resource) => ({ action: 'a:B', resource })) });
    await demand('first', 'second', 'first');
    await demand('third', 'second');
    expect(trail.resources).toEqual(['first', 'second', 'third']);
    await demand(...Array.from({ length: 30 }, (_, index) => `${index}`));
    expect([trail.resources.length, trail.resources[0], trail.resources[24]]).toEqual([25, 'first', '21']);
  });

  it('logs 25 that were allowed and 25 that were not, and none of those behind', async () => {
    const { trail, authority } = new Scene(allow('a:Yes')).authority(session(), 'json');
    const counts = () => ['allow', 'deny'].map((effect) => trail.checks.filter((check) => check.effect === effect).length);
    const ask = async (action: string, times: number) => {
      for (let index = 0; index < times; index++) await authority.allows({ action, resource: `${index}` });
    };
    await ask('a:Yes', 25);
    expect(counts()).toEqual([25, 0]);
    await ask('a:Yes', 1);
    await ask('a:No', 25);
    expect(counts()).toEqual([25, 25]);
    await ask('a:No', 1);
    expect(counts()).toEqual([25, 25]);
    expect(await authority.allows({ action: 'a:No', resource: 'last' })).toBe(false);
  });
});

import { decide } from '../../../../lib/isolation';
import {
  assumeRequests,
  attackingSessions,
  illFormedSessions,
  oversizedSession,
  permittedSession,
  type TenantSession,
  tenantSession,
  tenantsOf,
} from '../../../../lib/isolation/attacks/session';
import { parseTenantId } from 'multi-tenant-data-access/tenancy';
import { BUCKET, NOTHING_NAMED, ISSUER, policies, PROVIDER, ROLE, subject } from '../../../support/estates';

const TAG = 'aws:principaltag/tenant_id';
const CLAIM = subject({ tenant: { kind: 'custom-claim', issuer: ISSUER, claim: 'tenant_id' } });

/** Whether the design's trust policy lets a session begin. */
function begins({ begin }: TenantSession): boolean {
  return begin.some((requests) =>
    requests.every((request) => decide(request, { resource: [policies().trust] }).effect === 'allow'),
  );
}

describe('tenants that attack and are attacked', () => {
  it('have ids that the runtime takes, and begin a session', () => {
    for (const tenant of tenantsOf(subject()).victims) {
      expect(parseTenantId(tenant)).toBe(tenant);
      expect(begins(tenantSession(subject(), tenant))).toBe(true);
    }
  });

  it('are victims of each other, one the beginning of the other, one different in case only', () => {
    const { attackers, victims } = tenantsOf(subject());
    expect(victims).toEqual(expect.arrayContaining([...attackers]));
    const [first] = attackers;
    expect(attackers.every((tenant) => tenant.startsWith(first))).toBe(true);
    expect(victims).toContain(first.toUpperCase());
    expect(new Set(victims).size).toBe(victims.length);
  });

  it('are those too that policies speak of, and ids that hold what ends them in a key', () => {
    const named = { ...NOTHING_NAMED, tenants: ['acme', 'org-*'] };
    expect(tenantsOf(subject({ named })).attackers).toEqual(expect.arrayContaining(['a', 'acme', 'org-x']));
    const dashed = subject({ buckets: [{ arn: BUCKET, prefixes: ['{tenant}-files/'] }] });
    expect(tenantsOf(dashed).victims).toContain('a-filesb');
  });

  it('are of the shape that the trust policy takes', () => {
    const { attackers, victims } = tenantsOf(subject({ tenantShape: 'org_*' }));
    expect(attackers[0]).toBe('org_a');
    expect(victims.every((tenant) => tenant.startsWith('org_'))).toBe(true);
    const fixed = tenantsOf(subject({ tenantShape: '????' })).victims;
    expect(fixed.every((tenant) => tenant.length === 4)).toBe(true);
    expect(new Set(fixed).size).toBeGreaterThan(4);
  });
});

describe('the sessions that attack', () => {
  const other = { provider: PROVIDER, issuer: ISSUER, context: { [`${ISSUER}:aud`]: 'admin' } };
  const of = subject({ otherTokens: [other], named: { ...NOTHING_NAMED, sessionNames: ['root'] } });

  it('are those of every tenant, and of one without TLS, with other tokens and under names that policies speak of', () => {
    const sessions = attackingSessions(of);
    expect(new Set(sessions.map(({ tenant }) => tenant))).toEqual(new Set(tenantsOf(of).attackers));
    expect(sessions.some(({ context }) => context.get('aws:securetransport')[0] === 'false')).toBe(true);
    expect(sessions.some(({ context }) => context.get(`${ISSUER}:aud`)[0] === 'admin')).toBe(true);
    expect(sessions.map(({ sessionName }) => sessionName)).toContain('root');
    expect(new Set(sessions.map(({ name }) => name)).size).toBe(sessions.length);
  });

  it('begin with one token or another', () => {
    expect(tenantSession(of, 'a').begin.map(([request]) => request?.context.get(`${ISSUER}:aud`))).toEqual([
      ['my-client-id'],
      ['admin'],
    ]);
  });
});

describe('a session of a tenant', () => {
  it('has its tenant as principal tag, or as claim, and the token’s keys', () => {
    expect(tenantSession(subject(), 'a')).toMatchObject({ name: "tenant 'a'", tenant: 'a', illFormed: false });
    expect(tenantSession(subject(), 'a').context.get(TAG)).toEqual(['a']);
    expect(tenantSession(subject(), 'a').context.get(`${ISSUER}:aud`)).toEqual(['my-client-id']);
    expect(tenantSession(CLAIM, 'a').context.get(`${ISSUER}:tenant_id`)).toEqual(['a']);
    expect(tenantSession(CLAIM, 'a').context.get(TAG)).toBe('unmodelled');
  });

  it('knows what is absent until an attack sets it, and leaves open what nobody thought of', () => {
    const { context } = tenantSession(subject(), 'a');
    for (const key of ['dynamodb:leadingkeys', 's3:prefix', 'kms:viaservice', 'aws:multifactorauthpresent', 'aws:tagkeys']) {
      expect([key, context.get(key)]).toEqual([key, 'absent']);
    }
    // Which user it is, is anybody's guess.
    for (const key of [`${ISSUER}:sub`, 'aws:sourceip', 'aws:sourcevpce', 'aws:principaltag/role', 'aws:resourcetag/owner']) {
      expect([key, context.get(key)]).toEqual([key, 'unmodelled']);
    }
  });

  it('is the session of a role', () => {
    const { context } = tenantSession(subject(), 'a');
    expect(context.get('aws:principalarn')).toEqual([ROLE]);
    expect(context.get('aws:principaltype')).toEqual(['AssumedRole']);
    expect(context.get('aws:federatedprovider')).toEqual([PROVIDER]);
  });
});

describe('a session that is no tenant', () => {
  it('has no tag, an empty, or one with a slash, two dots or a space', () => {
    const values = illFormedSessions(subject()).map(({ tenant }) => tenant);
    expect(values).toEqual(expect.arrayContaining([undefined, '', 'a/b', 'a/', '/', '..', 'a..b', 'a b', ' ']));
    expect(new Set(illFormedSessions(subject()).map(({ name }) => name)).size).toBe(values.length);
  });

  it('tells an empty tag from none', () => {
    const of = (tenant: string | undefined) =>
      illFormedSessions(subject())
        .find((session) => session.tenant === tenant)
        ?.context.get(TAG);
    expect(of('')).toEqual(['']);
    expect(of(undefined)).toBe('absent');
  });

  it('fails to begin under the design’s trust policy', () => {
    for (const session of illFormedSessions(subject())) {
      expect([session.name, begins(session)]).toEqual([session.name, false]);
      expect(session.illFormed).toBe(true);
    }
  });

  it('has the longest tag there is, which may begin', () => {
    const session = oversizedSession(subject());
    expect(session.tenant).toHaveLength(256);
    expect(begins(session)).toBe(true);
    expect(() => parseTenantId(session.tenant ?? '')).toThrow();
    expect(session.illFormed).toBe(false);
  });
});

describe('the requests for a session', () => {
  it('are to assume the role and to tag the session', () => {
    const requests = assumeRequests(subject(), { tenant: 'a' });
    expect(requests.map(({ action, resource, principal }) => [action, resource, principal])).toEqual([
      ['sts:AssumeRoleWithWebIdentity', ROLE, { kind: 'web-identity', provider: PROVIDER }],
      ['sts:TagSession', ROLE, { kind: 'web-identity', provider: PROVIDER }],
    ]);
    expect(requests[0]?.context.get('aws:requesttag/tenant_id')).toEqual(['a']);
    expect(requests[0]?.context.get('aws:tagkeys')).toEqual(['tenant_id']);
  });

  it.each([
    ['without a tenant', subject(), undefined],
    ['with the tenant in a claim', CLAIM, 'a'],
  ])('do not tag the session %s', (_, of, tenant) => {
    const requests = assumeRequests(of, { tenant });
    expect(requests.map(({ action }) => action)).toEqual(['sts:AssumeRoleWithWebIdentity']);
    expect(requests[0]?.context.get('aws:tagkeys')).toBe('absent');
  });

  it('take changes of the tags, the provider and the context', () => {
    const [request] = assumeRequests(subject(), {
      tenant: 'a',
      tagKeys: ['tenant_id', 'role'],
      provider: 'accounts.google.com',
      context: { [`${ISSUER}:aud`]: undefined },
    });
    expect(request?.principal).toEqual({ kind: 'web-identity', provider: 'accounts.google.com' });
    expect(request?.context.get('aws:tagkeys')).toEqual(['tenant_id', 'role']);
    expect(request?.context.get(`${ISSUER}:aud`)).toBe('absent');
  });

  it('bring no claims of another issuer than their own', () => {
    const other = { provider: 'cognito-identity.amazonaws.com', issuer: 'other', context: { 'other:aud': 'x' } };
    const of = subject({ otherTokens: [other] });
    const [first] = assumeRequests(of, { tenant: 'a' });
    expect([first?.context.get(`${ISSUER}:aud`), first?.context.get('other:aud')]).toEqual([['my-client-id'], 'absent']);
    const [second] = assumeRequests(of, { tenant: 'a', ...other });
    expect([second?.context.get(`${ISSUER}:aud`), second?.context.get('other:aud')]).toEqual(['absent', ['x']]);
  });
});

describe('the permissions of a token', () => {
  const permissions = { tagKey: 'scope', roles: { viewer: 'r--/r--' }, guarded: true, named: ['viewer'], undeclared: [] };
  const of = subject({ permissions });
  const tagsOf = (changes: Parameters<typeof assumeRequests>[1]) => {
    const context = assumeRequests(of, changes)[0]?.context;
    return [context?.get('aws:requesttag/scope'), context?.get('aws:tagkeys')];
  };

  it('are all there are, unless others are given, or other tags', () => {
    expect(tagsOf({ tenant: 'a' })).toEqual([['rwd/rwd'], ['tenant_id', 'scope']]);
    expect(tagsOf({ tenant: 'a', permissions: 'viewer' })).toEqual([['viewer'], ['tenant_id', 'scope']]);
    expect(tagsOf({ tenant: 'a', permissions: undefined })).toEqual(['absent', ['tenant_id']]);
    expect(tagsOf({ tenant: 'a', tagKeys: ['tenant_id', 'x'] })).toEqual(['absent', ['tenant_id', 'x']]);
    expect(tagsOf({ tenant: undefined })).toEqual([['rwd/rwd'], ['scope']]);
  });

  it('are all there are in the sessions of tenants, and what is said in others', () => {
    expect(tenantSession(of, 'a').context.get('aws:principaltag/scope')).toEqual(['rwd/rwd']);
    expect(permittedSession(of, undefined).context.get('aws:principaltag/scope')).toBe('absent');
    expect(permittedSession(of, '').context.get('aws:principaltag/scope')).toEqual(['']);
  });
});

describe('a role with tags of its own', () => {
  const permissions = { tagKey: 'permissions', roles: {}, guarded: true, named: [], undeclared: [] };
  const tagged = subject({ permissions, roleTags: { Tenant_ID: 'b', PERMISSIONS: 'rwd/rwd' } });

  it('gives them to sessions that bring none, and to no other', () => {
    const tag = 'aws:principaltag/permissions';
    expect(permittedSession(tagged, undefined).context.get(tag)).toEqual(['rwd/rwd']);
    expect(permittedSession(tagged, 'r--/---').context.get(tag)).toEqual(['r--/---']);
    const values = illFormedSessions(tagged).map(({ context }) => context.get(TAG));
    expect(values.slice(0, 2)).toEqual([['b'], ['']]);
    expect(tenantSession(tagged, 'a').context.get(TAG)).toEqual(['a']);
  });
});

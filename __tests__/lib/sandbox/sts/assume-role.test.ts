import { compilePolicy } from '../../../../lib/isolation';
import type { TokenOptions } from '../../../../lib/sandbox/issuer/token-options';
import { unsigned } from '../../../support/issuer';
import {
  ACCOUNT,
  alsoStating,
  ASSUME,
  CLIENT,
  codeIn,
  formRequest,
  LOGIN,
  PlainEstate,
  providerOf,
  ROLE,
  roleOf,
  StsFixture,
} from './sts-fixture';

const OPEN = alsoStating({ Effect: 'Deny', Principal: '*', Action: 'sts:Nothing' });
const STATEMENT = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [STATEMENT] });

let fixture: StsFixture;

beforeAll(async () => {
  fixture = await StsFixture.create();
});

beforeEach(() => {
  Object.assign(fixture.estate, new PlainEstate());
  fixture.ahead = 0;
});

async function codeOf(parameters: Readonly<Record<string, string>>): Promise<string | undefined> {
  const { body } = await fixture.assume(await fixture.token(), parameters);
  return codeIn(body);
}

function sessionIn(body: string) {
  const issued = fixture.sessions.find(/<AccessKeyId>(\w+)</.exec(body)?.[1] ?? '');
  if (issued === undefined) throw new Error(`no session: ${body}`);
  return issued.session;
}

describe('parameters', () => {
  const ARN = `${ACCOUNT}policy/p`;
  const arns = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`PolicyArns.member.${index + 1}.arn`, ARN]));

  it.each([
    ['the shortest session', { DurationSeconds: '900' }],
    ['the longest one of the role', { DurationSeconds: '7200' }],
    ['the shortest name', { RoleSessionName: 'ab' }],
    ['the longest name', { RoleSessionName: 'a'.repeat(64) }],
    ['a name with all that it may have', { RoleSessionName: 'A_z0+=,.@-' }],
    ['a session policy', { Policy: POLICY }],
    [
      'one with a condition without quotes',
      { Policy: POLICY.replace('"*"', '"*","Condition":{"Bool":{"aws:SecureTransport":true}}') },
    ],
    ['one of 2,048 characters', { Policy: POLICY.padEnd(2048, ' ') }],
    ['ten managed policies', arns(10)],
    ['an empty list', { PolicyArns: '' }],
    ['what the action does not know', { Tags: 'x', 'Tags.member.1.Key': 'tenant_id', Foo: 'bar' }],
  ])('are taken: %s', async (_name, parameters) => {
    fixture.estate.managed = { [ARN]: JSON.parse(POLICY) as object };
    expect(await codeOf(parameters)).toBeUndefined();
  });

  it.each([
    ['a session that is too short', { DurationSeconds: '899' }, 'ValidationError'],
    ['one longer than the role has', { DurationSeconds: '7201' }, 'ValidationError'],
    ['one longer than any', { DurationSeconds: '43201' }, 'ValidationError'],
    ['a duration that is no number', { DurationSeconds: '9e2' }, 'ValidationError'],
    ['an empty one', { DurationSeconds: '' }, 'ValidationError'],
    ['a name that is too short', { RoleSessionName: 'a' }, 'ValidationError'],
    ['one that is too long', { RoleSessionName: 'a'.repeat(65) }, 'ValidationError'],
    ['one with a slash', { RoleSessionName: 'a/b' }, 'ValidationError'],
    ['one with a line break', { RoleSessionName: 'ab\n' }, 'ValidationError'],
    ['a short token', { WebIdentityToken: 'abc' }, 'ValidationError'],
    ['a long token', { WebIdentityToken: 'a'.repeat(20_001) }, 'ValidationError'],
    ['the longest token, which is none', { WebIdentityToken: 'a'.repeat(20_000) }, 'InvalidIdentityToken'],
    ['a short ARN', { RoleArn: 'arn:aws:iam::1:role' }, 'ValidationError'],
    ['an ARN of a user', { RoleArn: `${ACCOUNT}user/tenant-access` }, 'ValidationError'],
    ['an ARN of a session', { RoleArn: 'arn:aws:sts::123456789012:assumed-role/tenant-access/a' }, 'ValidationError'],
    ['a role of another account', { RoleArn: ROLE.replace('123456789012', '210987654321') }, 'InvalidIdentityToken'],
    ['a role of another partition', { RoleArn: ROLE.replace('arn:aws:', 'arn:aws-cn:') }, 'InvalidIdentityToken'],
    ['ProviderId', { ProviderId: 'www.amazon.com' }, 'InvalidIdentityToken'],
    ['an empty policy', { Policy: '' }, 'ValidationError'],
    ['a policy of 2,049 characters', { Policy: POLICY.padEnd(2049, ' ') }, 'ValidationError'],
    ['a policy with characters that it cannot have', { Policy: POLICY.replace('*', '\u0100') }, 'ValidationError'],
    ['a policy that is no JSON', { Policy: 'none' }, 'MalformedPolicyDocument'],
    ['a policy that is a list', { Policy: '[]' }, 'MalformedPolicyDocument'],
    ['a policy without statements', { Policy: '{"Version":"2012-10-17","Statement":[]}' }, 'MalformedPolicyDocument'],
    ['a policy of no known version', { Policy: POLICY.replace('2012', '2013') }, 'MalformedPolicyDocument'],
    ['a policy with a foreign element', { Policy: POLICY.replace('"Version"', '"X":1,"Version"') }, 'MalformedPolicyDocument'],
    ['a policy with a principal', { Policy: POLICY.replace('"Effect"', '"Principal":"*","Effect"') }, 'MalformedPolicyDocument'],
    ['a policy without effect', { Policy: POLICY.replace('"Allow"', '"Maybe"') }, 'MalformedPolicyDocument'],
    ['eleven managed policies', arns(11), 'ValidationError'],
    ['a managed policy that is not there', { 'PolicyArns.member.1.arn': `${ARN}q` }, 'ValidationError'],
    ['a list that is not written as one', { 'PolicyArns.1.arn': ARN }, 'ValidationError'],
    ['a member that is not known', { 'PolicyArns.member.1.Arn': ARN }, 'ValidationError'],
    ['a list that is a text', { PolicyArns: ARN }, 'ValidationError'],
    ['policies of more than 2,048 characters together', { Policy: POLICY.padEnd(2030, ' '), ...arns(1) }, 'ValidationError'],
  ])('are refused: %s', async (_name, parameters, code) => {
    fixture.estate.managed = { [ARN]: JSON.parse(POLICY) as object };
    expect(await codeOf(parameters)).toBe(code);
    expect(fixture.trail.decision).toBe(code === 'InvalidIdentityToken' ? 'deny' : 'error');
  });

  it.each(['RoleArn', 'RoleSessionName', 'WebIdentityToken'])('are refused without %s', async (name) => {
    const { [name]: left, ...others } = { ...ASSUME, WebIdentityToken: await fixture.token() } as Record<string, string>;
    expect(left).toBeDefined();
    const { status, body } = await fixture.ask(others);
    expect([status, codeIn(body)]).toEqual([400, 'ValidationError']);
    expect(body).toContain('1 validation error detected');
  });

  it('are refused with all that is wrong, and no value of them', async () => {
    const { body } = await fixture.ask({ ...ASSUME, RoleSessionName: '/', WebIdentityToken: 'xyz' });
    expect(body).toContain('3 validation errors detected');
    expect(body).not.toContain('xyz');
  });

  it('are refused when one stands twice', async () => {
    const form = new URLSearchParams({ ...ASSUME, WebIdentityToken: await fixture.token() });
    form.append('RoleArn', `${ROLE}2`);
    expect(codeIn((await fixture.ask(form.toString())).body)).toBe('ValidationError');
  });

  it('are read from the query of a GET too', async () => {
    const query = new URLSearchParams({ ...ASSUME, WebIdentityToken: await fixture.token() }).toString();
    const { status } = await fixture.answer({ ...formRequest({}), method: 'GET', query });
    expect(status).toBe(200);
  });

  it.each([
    [{ Version: '2011-06-15' }, 'MissingAction'],
    [{ Action: 'GetCallerIdentity' }, 'InvalidAction'],
    [{ Action: 'GetCallerIdentity', Version: '2010-05-08' }, 'InvalidAction'],
    [{ Action: 'AssumeRoleWithWebIdentity ', Version: '2011-06-15' }, 'InvalidAction'],
    [{ Action: 'constructor', Version: '2011-06-15' }, 'InvalidAction'],
    [{ Action: 'AssumeRole', Version: '2011-06-15' }, 'MissingAuthenticationToken'],
    [{ Action: 'AssumeRoleWithSAML', Version: '2011-06-15' }, 'AccessDenied'],
    [{}, 'MissingAction'],
  ] as const)('are refused of the form %j', async (form, code) => {
    expect(codeIn((await fixture.ask(form)).body)).toBe(code);
  });

  it('of actions that the sandbox does not serve are refused to the administrator, too', async () => {
    for (const action of ['AssumeRole', 'GetSessionToken', 'GetFederationToken', 'DecodeAuthorizationMessage']) {
      const { status, body } = await fixture.ask({ Action: action, Version: '2011-06-15' }, { kind: 'administrator' });
      expect([status, codeIn(body)]).toEqual([400, 'InvalidAction']);
      expect(body).toContain(`The sandbox does not serve sts:${action}`);
    }
  });
});

describe('tokens', () => {
  it.each([
    ['signed by RS256', { algorithm: 'RS256' }],
    ['with flattened tags', { tagForm: 'flattened' }],
    ['whose party counts, not their audience', { audience: 'other', claims: { azp: CLIENT } }],
    ['of several audiences for one party', { audience: ['other', 'third'], claims: { azp: CLIENT } }],
    ['without a name of the user', { subject: '' }],
    ['that are for this role', { claims: { 'https://aws.amazon.com/roles': [`${ROLE}2`, ROLE] } }],
  ] as [string, TokenOptions][])('are taken: %s', async (_name, options) => {
    expect(codeIn((await fixture.assume(await fixture.token(options))).body)).toBeUndefined();
  });

  it.each([
    ['of several audiences', { audience: [CLIENT, 'other'] }, 'InvalidIdentityToken'],
    ['for another party', { claims: { azp: 'other' } }, 'InvalidIdentityToken'],
    ['for no party', { claims: { azp: '' } }, 'InvalidIdentityToken'],
    ['of the issuer without scheme', { issuerUrl: 'login.example.com' }, 'InvalidIdentityToken'],
    ['of the issuer over http', { issuerUrl: 'http://login.example.com' }, 'InvalidIdentityToken'],
    ['of the issuer with a slash', { issuerUrl: `${LOGIN}/` }, 'InvalidIdentityToken'],
    ['of an issuer that begins alike', { issuerUrl: `${LOGIN}.evil.example` }, 'InvalidIdentityToken'],
    ['of an issuer in capitals', { issuerUrl: 'https://LOGIN.example.com' }, 'InvalidIdentityToken'],
    ['of nobody', { claims: { iss: undefined } }, 'InvalidIdentityToken'],
    ['that begin later', { notBeforeSeconds: 400 }, 'InvalidIdentityToken'],
    ['that have expired', { expiresInSeconds: -1 }, 'ExpiredTokenException'],
    ['without an end', { claims: { exp: undefined } }, 'InvalidIdentityToken'],
    ['for another role', { claims: { 'https://aws.amazon.com/roles': [`${ROLE}2`] } }, 'InvalidIdentityToken'],
    ['for roles by pattern', { claims: { 'https://aws.amazon.com/roles': [`${ACCOUNT}role/*`] } }, 'InvalidIdentityToken'],
    ['for no role', { claims: { 'https://aws.amazon.com/roles': [] } }, 'InvalidIdentityToken'],
    [
      'with tags of two values',
      { claims: { 'https://aws.amazon.com/tags': { principal_tags: { tenant_id: ['a', 'b'] } } } },
      'InvalidIdentityToken',
    ],
    ['with a tenant that no tag can hold', { tenantId: 'a*' }, 'ValidationError'],
  ] as [string, TokenOptions, string][])('are refused: %s', async (_name, options, code) => {
    const { body } = await fixture.assume(await fixture.token(options));
    expect(codeIn(body)).toBe(code);
    expect(fixture.trail.checks).toEqual([]);
  });

  it('are refused when time has passed them by', async () => {
    const token = await fixture.token({ expiresInSeconds: 60 });
    fixture.ahead = 59_000;
    expect(codeIn((await fixture.assume(token)).body)).toBeUndefined();
    fixture.ahead = 61_000;
    expect(codeIn((await fixture.assume(token)).body)).toBe('ExpiredTokenException');
  });

  it.each([
    ['no algorithm', { alg: 'none' }],
    ['a secret', { alg: 'HS256' }],
    ['another algorithm than the key has', { alg: 'RS256' }],
    ['another curve', { alg: 'ES384' }],
    ['no key', { alg: 'ES256', kid: undefined }],
    ['a critical extension', { alg: 'ES256', crit: ['b64'] }],
  ])('are refused whose header names %s', async (_name, change) => {
    const [header = '', , signature = ''] = (await fixture.token()).split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const now = Math.floor(Date.now() / 1000);
    const content = unsigned({ kid, ...change }, { iss: LOGIN, aud: CLIENT, sub: 'u', iat: now, exp: now + 60 });
    for (const end of [signature, '', 'AAAA']) {
      const { body } = await fixture.assume(`${content}.${end}`);
      expect(codeIn(body)).toBe('InvalidIdentityToken');
    }
  });

  it('are refused when anything of them was changed', async () => {
    const [header = '', claims = '', signature = ''] = (await fixture.token()).split('.');
    const tampered = Buffer.from(Buffer.from(claims, 'base64url').toString().replace('acme', 'evil')).toString('base64url');
    for (const token of [
      `${header}.${tampered}.${signature}`,
      `${header}.${claims}.${signature.slice(4)}`,
      `${header}.${claims}.`,
      `${header}.${claims}`,
    ]) {
      const { status, body } = await fixture.assume(token);
      expect([status, codeIn(body)]).toEqual([400, 'InvalidIdentityToken']);
      expect(body).not.toContain(claims);
      expect(JSON.stringify(fixture.trail)).not.toContain(signature.slice(4));
    }
  });

  it('are refused of an own issuer with a key that it has not, without asking anybody', async () => {
    fixture.estate.known = [providerOf('127.0.0.1:1/_sandbox/issuer')];
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: fixture.issuer.url, aud: CLIENT, sub: 'u', iat: now, exp: now + 60 };
    const { body } = await fixture.assume(`${unsigned({ alg: 'ES256', kid: 'other' }, claims)}.AAAA`);
    expect(body).toContain('key is none of its issuer');
  });
});

describe('the decision', () => {
  it('is in the log, with every condition key that was known', async () => {
    const { status } = await fixture.assume(await fixture.token({ claims: { amr: ['pwd'], email: 'u@example.com' } }));
    expect(status).toBe(200);
    const { trail } = fixture;
    expect(trail).toMatchObject({
      operation: 'sts:AssumeRoleWithWebIdentity',
      decision: 'allow',
      caller: { kind: 'token', tags: { tenant_id: 'acme' } },
      reason: "sts:AssumeRoleWithWebIdentity is allowed by 'TenantSession' of trust policy",
    });
    expect(trail.checks.map(({ action, resource, effect }) => [action, resource, effect])).toEqual([
      ['sts:AssumeRoleWithWebIdentity', ROLE, 'allow'],
      ['sts:TagSession', ROLE, 'allow'],
    ]);
    expect(trail.checks[0]?.context).toMatchObject({
      'aws:FederatedProvider': [providerOf('login.example.com').arn],
      'aws:RequestTag/tenant_id': ['acme'],
      'aws:TagKeys': ['tenant_id'],
      'sts:TransitiveTagKeys': ['tenant_id'],
      'sts:RoleSessionName': ['user-1'],
      'sts:RoleAuthorizedByIdp': ['false'],
      'login.example.com:aud': [CLIENT],
      'login.example.com:oaud': [CLIENT],
      'login.example.com:sub': ['user-1'],
      'login.example.com:amr': ['pwd'],
      'login.example.com:email': ['u@example.com'],
      'aws:RequestedRegion': ['eu-central-1'],
      'aws:SecureTransport': ['true'],
      'aws:SourceIp': ['127.0.0.1'],
      'aws:UserAgent': ['tests/1'],
      'aws:ResourceAccount': ['123456789012'],
    });
  });

  it.each([
    ['no tenant', { tenantId: undefined }, 'StringLike aws:RequestTag/tenant_id'],
    ['an empty tenant', { tenantId: '' }, 'StringLike aws:RequestTag/tenant_id'],
    ['a tenant with a slash', { tenantId: 'a/b' }, 'StringNotLike aws:RequestTag/tenant_id'],
    ['a tenant with two dots', { tenantId: 'a..b' }, 'StringNotLike aws:RequestTag/tenant_id'],
    ['another tag too', { tags: { plan: 'x' } }, 'ForAllValues:StringEquals aws:TagKeys'],
    ['a tag that objects have by nature', { tags: { constructor: 'x' } }, 'ForAllValues:StringEquals aws:TagKeys'],
    ['another tag alone', { tenantId: undefined, tags: { plan: 'x' } }, 'StringLike aws:RequestTag/tenant_id'],
  ] as [string, TokenOptions, string][])('denies, and says why: %s', async (_name, options, because) => {
    const { status, body } = await fixture.assume(await fixture.token(options));
    expect([status, codeIn(body)]).toEqual([403, 'AccessDenied']);
    expect(body).toContain('<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>');
    const [check] = fixture.trail.checks;
    expect(check).toMatchObject({
      effect: 'deny',
      reason: 'no-allow',
      because: `${because} of 'TenantSession' of trust policy does not match`,
    });
    expect(fixture.trail).toMatchObject({ decision: 'deny', reason: expect.stringContaining(because) as string });
  });

  const deny = (condition: object) => alsoStating({ Effect: 'Deny', Principal: '*', Action: 'sts:*', Condition: condition });
  const ONE = 'sts:AssumeRoleWithWebIdentity';
  const none = { Effect: 'Deny', Principal: '*', Action: 'sts:Nothing' };

  it.each([
    ['an action of all, as the token has tags', alsoStating(none, ONE), {}, 'deny'],
    ['the one action, as it has none', alsoStating(none, ONE), { tenantId: undefined }, 'allow'],
    [
      'tags, but not the source identity that it brings',
      alsoStating(none, [ONE, 'sts:TagSession']),
      { claims: { 'https://aws.amazon.com/source_identity': 'me' } },
      'deny',
    ],
    ['a role of its tag', deny({ StringNotEquals: { 'aws:ResourceTag/team': 'x' } }), {}, 'allow'],
    ['a role not of its tag', deny({ StringEquals: { 'iam:ResourceTag/Team': 'x' } }), {}, 'deny'],
    [
      'its second factor',
      deny({ 'ForAllValues:StringNotEquals': { 'login.example.com:amr': 'mfa' } }),
      { claims: { amr: ['mfa'] } },
      'allow',
    ],
    [
      'its first factor',
      deny({ 'ForAllValues:StringNotEquals': { 'login.example.com:amr': 'mfa' } }),
      { claims: { amr: ['pwd'] } },
      'deny',
    ],
    [
      'a token that names the role',
      deny({ Bool: { 'sts:RoleAuthorizedByIdp': 'false' } }),
      { claims: { 'https://aws.amazon.com/roles': [ROLE] } },
      'allow',
    ],
    ['one that names none', deny({ Bool: { 'sts:RoleAuthorizedByIdp': 'false' } }), {}, 'deny'],
    [
      'its audience, which its party hides',
      deny({ StringEquals: { 'login.example.com:oaud': 'other' } }),
      { audience: 'other', claims: { azp: CLIENT } },
      'deny',
    ],
    ['a duration, which is no key of these', deny({ NumericGreaterThan: { 'sts:DurationSeconds': '3600' } }), {}, 'unknown'],
    ['a claim that is no key', deny({ StringEquals: { 'login.example.com:role': 'x' } }), {}, 'unknown'],
    ['a session of another name', deny({ StringNotLike: { 'sts:RoleSessionName': 'user-*' } }), {}, 'allow'],
    ['this machine', deny({ NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }), {}, 'allow'],
    ['an organisation', deny({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } }), {}, 'deny'],
    ['a tag that is missing', deny({ Null: { 'aws:RequestTag/plan': 'true' } }), {}, 'deny'],
    ['a tag in another case', deny({ StringEquals: { 'aws:requesttag/TENANT_ID': 'acme' } }), {}, 'deny'],
    ['an older time', deny({ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }), {}, 'deny'],
  ] as [string, object, TokenOptions, string][])('knows %s', async (_name, trust, options, effect) => {
    fixture.estate.roles = [roleOf('login.example.com', { trust, tags: { team: 'x' } })];
    const { body } = await fixture.assume(await fixture.token(options));
    expect(codeIn(body)).toBe(effect === 'allow' ? undefined : 'AccessDenied');
    expect(fixture.trail.checks.at(-1)?.effect).toBe(effect);
    expect(fixture.trail.decision).toBe(effect === 'allow' ? 'allow' : 'deny');
  });

  it('denies a role that is not there as one that does not trust, and logs the difference', async () => {
    fixture.estate.roles = [];
    const { status, body } = await fixture.assume(await fixture.token());
    expect([status, codeIn(body)]).toEqual([403, 'AccessDenied']);
    expect(fixture.trail).toMatchObject({ decision: 'deny', reason: `there is no role ${ROLE}`, checks: [] });
  });

  it('denies before it tells what a session may be', async () => {
    const token = await fixture.token({ tenantId: 'a/b' });
    const further: Record<string, string> = { DurationSeconds: '43200', 'PolicyArns.member.1.arn': `${ACCOUNT}policy/none` };
    for (const [name, value] of Object.entries(further)) {
      expect(codeIn((await fixture.assume(token, { [name]: value })).body)).toBe('AccessDenied');
    }
  });
});

describe('the session', () => {
  const IDENTITY = {
    Version: '2012-10-17',
    Statement: { ...STATEMENT, Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/Plan, "x"}/*' },
  };

  it('knows itself by the keys that its requests will have', async () => {
    const role = roleOf('login.example.com', { trust: OPEN, tags: { Tenant_Id: 'role', team: 'x' } });
    fixture.estate.roles = [role];
    const claims = { amr: ['pwd'], azp: CLIENT, 'https://aws.amazon.com/source_identity': 'me' };
    const { body } = await fixture.assume(await fixture.token({ audience: 'other', claims }), { DurationSeconds: '900' });
    const session = sessionIn(body);
    expect(session.principal).toEqual({
      kind: 'role-session',
      roleArn: ROLE,
      sessionArn: 'arn:aws:sts::123456789012:assumed-role/tenant-access/user-1',
      account: '123456789012',
    });
    expect(session.tags).toEqual({ tenant_id: 'acme' });
    const tags = Object.entries(session.context).filter(([key]) => key.startsWith('aws:PrincipalTag/'));
    expect(tags).toEqual([
      ['aws:PrincipalTag/tenant_id', 'acme'],
      ['aws:PrincipalTag/team', 'x'],
    ]);
    expect(session.context).toMatchObject({
      'aws:PrincipalArn': ROLE,
      'aws:PrincipalAccount': '123456789012',
      'aws:PrincipalType': 'AssumedRole',
      'aws:FederatedProvider': providerOf('login.example.com').arn,
      'aws:SourceIdentity': 'me',
      'aws:userid': expect.stringMatching(/^AROA[A-Z2-7]{17}:user-1$/) as string,
      'login.example.com:aud': CLIENT,
      'login.example.com:sub': 'user-1',
      'login.example.com:amr': ['pwd'],
    });
    for (const key of [
      'login.example.com:oaud',
      'login.example.com:email',
      'sts:RoleSessionName',
      'aws:MultiFactorAuthPresent',
      'aws:username',
    ]) {
      expect(Object.keys(session.context)).toContain(key);
      expect(session.context[key]).toBeUndefined();
    }
    expect(session.expiresAt - Date.parse(String(session.context['aws:TokenIssueTime']))).toBe(900_000);
    expect(session.policies).toBeUndefined();
    expect(body).toContain('<SourceIdentity>me</SourceIdentity>');
  });

  it('is limited by all session policies', async () => {
    const arn = `${ACCOUNT}policy/p`;
    fixture.estate.managed = { [arn]: IDENTITY };
    fixture.estate.roles = [roleOf('login.example.com', { identity: [compilePolicy('own', { ...IDENTITY }, 'identity')] })];
    const { body } = await fixture.assume(await fixture.token(), { Policy: POLICY, 'PolicyArns.member.1.arn': arn });
    const session = sessionIn(body);
    expect(session.policies?.map(({ name }) => name)).toEqual(['session policy', arn]);
  });

  it('is refused if it is too long, and the log says that and what was decided', async () => {
    await fixture.assume(await fixture.token(), { DurationSeconds: '7201' });
    expect(fixture.trail).toMatchObject({ decision: 'error', reason: expect.stringContaining('MaxSessionDuration') as string });
    expect(fixture.trail.checks.map(({ effect }) => effect)).toEqual(['allow', 'allow']);
  });

  it('may outlive its token', async () => {
    const { body } = await fixture.assume(await fixture.token({ expiresInSeconds: 60 }), { DurationSeconds: '7200' });
    expect(sessionIn(body).expiresAt).toBeGreaterThan(Date.now() + 7_000_000);
  });

  it('is never the same twice, the id of its role always', async () => {
    const token = await fixture.token();
    const bodies = [(await fixture.assume(token)).body, (await fixture.assume(token)).body];
    const ids = (name: string) => new Set(bodies.map((body) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1]));
    expect(ids('AccessKeyId').size).toBe(2);
    expect(ids('SessionToken').size).toBe(2);
    expect(ids('AssumedRoleId').size).toBe(1);
  });

  it('escapes what a token says in the answer', async () => {
    const { body } = await fixture.assume(await fixture.token({ subject: '<a>&"' }));
    expect(body).toContain('<SubjectFromWebIdentityToken>&lt;a&gt;&amp;&quot;</SubjectFromWebIdentityToken>');
  });
});

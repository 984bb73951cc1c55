import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  ExpiredTokenException,
  GetCallerIdentityCommand,
  IDPCommunicationErrorException,
  InvalidIdentityTokenException,
  MalformedPolicyDocumentException,
  PackedPolicyTooLargeException,
  STSClient,
  STSServiceException,
} from '@aws-sdk/client-sts';
import { LOGIN, providerOf, ROLE, roleOf, StsFixture } from './sts-fixture';

const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' } });

let fixture: StsFixture;
let client: STSClient;

beforeAll(async () => {
  fixture = await StsFixture.create();
  const endpoint = await fixture.listen();
  const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local' };
  client = new STSClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await fixture.close();
});

beforeEach(() => {
  fixture.caller = { kind: 'anonymous' };
});

async function assume(token: string, changes: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  const input = { RoleArn: ROLE, RoleSessionName: 'user-1', WebIdentityToken: token, ...changes };
  return client.send(new AssumeRoleWithWebIdentityCommand(input));
}

async function failure(attempt: Promise<unknown>): Promise<STSServiceException> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof STSServiceException) return error;
  throw new Error(`no error of STS: ${String(error)}`);
}

describe('AssumeRoleWithWebIdentity, as the SDK sees it', () => {
  it('hands out credentials that say whose they are', async () => {
    const before = Date.now();
    const answer = await assume(await fixture.token({ audience: ['my-client-id'] }), { Policy: POLICY });
    const { Credentials: credentials } = answer;
    const issued = fixture.sessions.find(credentials?.AccessKeyId ?? '');
    expect(credentials).toMatchObject({
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) as string,
      SecretAccessKey: issued?.secretAccessKey,
      SessionToken: issued?.sessionToken,
      Expiration: new Date(issued?.session.expiresAt ?? 0),
    });
    const lifetime = (credentials?.Expiration?.getTime() ?? 0) - before;
    expect(Math.round(lifetime / 60_000)).toBe(60);
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'user-1',
      Audience: 'my-client-id',
      Provider: providerOf('login.example.com').arn,
      AssumedRoleUser: {
        Arn: 'arn:aws:sts::123456789012:assumed-role/tenant-access/user-1',
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:user-1$/) as string,
      },
    });
    expect(answer).toMatchObject({
      PackedPolicySize: answer.SessionTokenUtilization,
      SessionTokenSize: issued?.sessionToken.length,
    });
    expect(answer.SourceIdentity).toBeUndefined();
    expect(answer.SessionTokenUtilization).toBeGreaterThan(0);
    expect(answer.SessionTokenUtilization).toBeLessThan(20);
    expect(issued?.session.policies).toHaveLength(1);
  });

  it('says who a session is, and the administrator', async () => {
    const { Credentials: credentials, AssumedRoleUser: user } = await assume(await fixture.token());
    const accessKeyId = credentials?.AccessKeyId ?? '';
    const issued = fixture.sessions.find(accessKeyId);
    if (issued === undefined) throw new Error('no session');
    fixture.caller = { kind: 'session', session: issued.session, accessKeyId };
    expect(await client.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: '123456789012',
      Arn: user?.Arn,
      UserId: user?.AssumedRoleId,
    });
    expect(await failure(client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'other' })))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('is not authorized to perform: sts:AssumeRole') as string,
    });
    expect(fixture.trail).toMatchObject({ decision: 'deny', reason: 'the sandbox allows sts:AssumeRole to nobody' });
    fixture.caller = { kind: 'administrator' };
    expect(await client.send(new GetCallerIdentityCommand())).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/sandbox-administrator',
    });
    expect(fixture.trail.decision).toBe('allow');
  });

  it('refuses to say who somebody is who has not signed', async () => {
    expect(await failure(client.send(new GetCallerIdentityCommand()))).toMatchObject({
      name: 'MissingAuthenticationToken',
      $metadata: { httpStatusCode: 403 },
    });
    expect(fixture.trail.decision).toBe('deny');
  });

  const forged = async () => fixture.issuer.tokenWithWrongSignature({ issuerUrl: LOGIN, audience: 'my-client-id' });
  const REFUSED: readonly (readonly [
    string,
    () => Promise<string>,
    Partial<AssumeRoleWithWebIdentityCommandInput>,
    abstract new (...args: never[]) => STSServiceException,
    string,
  ])[] = [
    ['a forged token', forged, {}, InvalidIdentityTokenException, 'its signature is not that of its issuer'],
    ['an expired one', async () => fixture.token({ expiresInSeconds: 0 }), {}, ExpiredTokenException, 'Token expired: current'],
    [
      'one of another audience',
      async () => fixture.token({ audience: 'x' }),
      {},
      InvalidIdentityTokenException,
      'Incorrect token audience',
    ],
    [
      'one of an issuer that is no provider',
      async () => fixture.token({ issuerUrl: 'https://other.example.com' }),
      {},
      InvalidIdentityTokenException,
      'No OpenIDConnect provider found in your account for https://other.example.com',
    ],
    ['no token at all', () => Promise.resolve('none'), {}, InvalidIdentityTokenException, 'not a valid JWT'],
    ['a broken session policy', async () => fixture.token(), { Policy: '{' }, MalformedPolicyDocumentException, 'no JSON'],
    [
      'a role that is not there',
      async () => fixture.token(),
      { RoleArn: `${ROLE}2` },
      STSServiceException,
      'Not authorized to perform',
    ],
    [
      'a long session',
      async () => fixture.token(),
      { DurationSeconds: 7201 },
      STSServiceException,
      'exceeds the MaxSessionDuration',
    ],
  ];

  it.each(REFUSED)('refuses %s', async (_name, token, changes, kind, message) => {
    const error = await failure(assume(await token(), changes));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(fixture.trail.reason).not.toBeUndefined();
    expect(fixture.trail.decision).not.toBe('allow');
  });

  it('refuses what is too large packed, once the role is allowed', async () => {
    const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { Federated: '*' }, Action: 'sts:*' } };
    fixture.estate.roles.push(roleOf('login.example.com', { arn: `${ROLE}-open`, trust }));
    const tags = Object.fromEntries(noise(20).map((value, index) => [`k${index}`, value]));
    const error = await failure(assume(await fixture.token({ tags }), { RoleArn: `${ROLE}-open` }));
    expect(error).toBeInstanceOf(PackedPolicyTooLargeException);
    expect(fixture.trail.decision).toBe('error');
  });

  it('refuses, with an error that is worth another try, when the issuer cannot be reached', async () => {
    fixture.estate.known.push(providerOf('127.0.0.1:9'));
    const token = (await fixture.token({ issuerUrl: 'http://127.0.0.1:9' })).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'theirs' })).toString('base64url');
    const error = await failure(assume([header, ...token.slice(1)].join('.')));
    expect(error).toBeInstanceOf(IDPCommunicationErrorException);
    expect(error.$retryable).toBeDefined();
    expect(fixture.trail.decision).toBe('error');
  });
});

/** Values of tags that cannot be packed. */
function noise(count: number): string[] {
  let seed = 1;
  const letter = () => String.fromCharCode(97 + ((seed = (seed * 48_271) % 2_147_483_647) % 26));
  return Array.from({ length: count }, () => Array.from({ length: 256 }, letter).join(''));
}

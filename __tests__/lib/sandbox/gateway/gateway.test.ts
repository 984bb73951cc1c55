import { AuditLog } from '../../../../lib/sandbox/audit/audit-log';
import { Gateway, type Service, type ServiceRequest } from '../../../../lib/sandbox/gateway/gateway';
import { AwsError, type Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { Sessions } from '../../../../lib/sandbox/sts/sessions';
import { KEYS, NOW, presigned, request, signed } from '../../../support/signed-requests';
import { allow, answerOf, PLACE, roleSession, Scene, SESSION, textOf } from './fakes';

const PROTOCOLS: Readonly<Record<string, Protocol>> = { dynamodb: 'json', s3: 's3' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const TARGET = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };

/** A gateway whose services do what they are told, and keep what reaches them. */
function setUp(serve: (asked: ServiceRequest) => AwsAnswer | Promise<AwsAnswer> = () => answerOf(200, 'done')) {
  const reached: ServiceRequest[] = [];
  const names: string[] = [];
  const audit = new AuditLog();
  const sessions = new Sessions();
  const scene = new Scene(allow('s3:GetObject'));
  const gateway = new Gateway({
    ...PLACE,
    administrator: KEYS,
    sessions,
    authoriser: scene.authoriser,
    audit,
    clock: () => NOW,
    serviceNamed: (name): Service => {
      names.push(name);
      return {
        protocol: PROTOCOLS[name] ?? 'query',
        serve: async (asked) => {
          reached.push(asked);
          return serve(asked);
        },
      };
    },
  });
  return {
    gateway,
    reached,
    names,
    audit,
    sessions,
    ask: (asked: AwsRequest, tooLarge?: boolean) => gateway.handle(asked, tooLarge),
  };
}

const get = (parts: Parameters<typeof request>[0] = {}) => request({ method: 'GET', path: '/files/a', ...parts });
const throwing = (error: unknown) => () => {
  throw error;
};

describe('Gateway', () => {
  describe('who asks', () => {
    it.each<[string, Parameters<typeof request>[0]]>([
      ['another machine', { fromLoopback: false }],
      ['a name that was made to point here', { headers: { host: 'evil.example' } }],
      ['another site', { headers: { origin: 'http://evil.example' } }],
    ])("is the administrator by the administrator's keys, which are refused from %s", async (_, parts) => {
      for (const sign of [signed, presigned]) {
        const { ask, reached } = setUp();
        const good = await ask(sign(get(), { service: 's3' }));
        expect(good).toMatchObject({ answer: { status: 200 }, record: { caller: { kind: 'administrator' } } });
        const bad = await ask(sign(get(parts), { service: 's3' }));
        expect(bad).toMatchObject({
          answer: { status: 403 },
          record: { caller: { kind: 'anonymous' }, decision: 'deny', errorCode: 'InvalidAccessKeyId' },
        });
        expect(reached.map(({ authority }) => authority.caller.kind)).toEqual(['administrator']);
      }
    });

    it('is a session by the keys of one, from wherever', async () => {
      const { ask, reached, sessions } = setUp();
      const issued = sessions.issue(roleSession(), NOW);
      const { record } = await ask(
        signed(get({ fromLoopback: false, headers: { host: 'sandbox' } }), { ...issued, service: 's3' }),
      );
      expect(record.caller).toEqual({ kind: 'session', arn: SESSION, tags: { tenant_id: 'acme' } });
      expect(reached[0]?.authority.caller).toEqual({ kind: 'session', session: issued.session, accessKeyId: issued.accessKeyId });
      expect(reached[0]?.request.headers).not.toHaveProperty('authorization');
    });

    it.each<[string, Parameters<typeof signed>[1], number, string]>([
      ['a wrong secret', { secretAccessKey: 'x' }, 0, 'SignatureDoesNotMatch'],
      ['no token', { sessionToken: undefined }, 0, 'InvalidAccessKeyId'],
      ['a wrong token', { sessionToken: 'x' }, 0, 'InvalidToken'],
      ['an unknown key', { accessKeyId: 'ASIAIOSFODNN7EXAMPLE' }, 0, 'InvalidAccessKeyId'],
      ['the session has expired', {}, 1, 'ExpiredToken'],
    ])('is refused, and no service is asked: %s', async (_, signing, expiredFor, code) => {
      const { ask, reached, sessions } = setUp();
      const issued = sessions.issue(roleSession({ expiresAt: expiredFor === 0 ? NOW + 1 : NOW }), NOW);
      const { answer, record } = await ask(signed(get(), { ...issued, ...signing, service: 's3' }));
      expect(textOf(answer)).toContain(`<Code>${code}</Code>`);
      expect(record).toMatchObject({ caller: { kind: 'anonymous' }, decision: 'deny', errorCode: code, status: answer.status });
      expect(reached).toEqual([]);
    });

    it('is nobody without a signature; DynamoDB refuses them at once', async () => {
      const { ask, reached } = setUp();
      expect((await ask(get())).record.caller).toEqual({ kind: 'anonymous' });
      expect((await ask(request({ headers: FORM }))).record.caller).toEqual({ kind: 'anonymous' });
      expect(reached.map(({ authority }) => authority.caller.kind)).toEqual(['anonymous', 'anonymous']);
      const { record } = await ask(request({ headers: TARGET, body: '{}' }));
      expect(record).toMatchObject({ decision: 'deny', errorCode: 'MissingAuthenticationTokenException', status: 400 });
      expect(reached).toHaveLength(2);
    });
  });

  it.each<[string, string, AwsRequest]>([
    ['sqs', 'what it is signed for', signed(request({ headers: TARGET }), { service: 'sqs' })],
    ['dynamodb', 'what its query is signed for', presigned(request({ headers: FORM }), { service: 'dynamodb' })],
    ['dynamodb', 'its target', request({ headers: TARGET })],
    ['dynamodb', 'its target', request({ headers: { 'x-amz-target': 'DynamoDBStreams_20120810.GetRecords' } })],
    ['sts', 'a form', request({ headers: FORM })],
    ['sts', 'a query', request({ method: 'GET', query: 'Version=1&Action=GetCallerIdentity' })],
    ['s3', 'nothing', request({ method: 'GET' })],
    ['s3', 'a form for a bucket', request({ headers: FORM, path: '/files' })],
    ['s3', 'a query that names no action', request({ method: 'GET', query: 'xAction=a' })],
    ['s3', 'a target of another service', request({ headers: { 'x-amz-target': 'AmazonSQS.SendMessage' } })],
  ])('takes a request for one of %s by %s', async (name, _, asked) => {
    const { ask, names } = setUp();
    await ask(asked);
    expect(names).toEqual([name]);
  });

  it('takes the region from the signature, else its own, and knows the circumstances', async () => {
    const { ask, reached } = setUp(async ({ authority }) => {
      await authority.demand({ name: 's3:GetObject', permissions: [{ action: 's3:GetObject', resource: 'arn:aws:s3:::files/a' }] });
      return answerOf(200);
    });
    const headers = { 'user-agent': 'me' };
    const { record: ofNobody } = await ask(get({ headers }));
    expect(ofNobody.checks[0]?.context).toMatchObject({
      'aws:RequestedRegion': ['eu-central-1'],
      'aws:UserAgent': ['me'],
      'aws:SourceIp': ['127.0.0.1'],
      'aws:SecureTransport': ['true'],
      'aws:EpochTime': [`${NOW / 1000}`],
    });
    expect(ofNobody.checks[0]?.context).not.toHaveProperty('s3:authType');
    const {
      ask: askAgain,
      reached: again,
      sessions,
    } = setUp(async ({ authority }) => {
      await authority.demand({ name: 's3:GetObject', permissions: [{ action: 's3:GetObject', resource: 'arn:aws:s3:::files/a' }] });
      return answerOf(200);
    });
    const issued = sessions.issue(roleSession(), NOW);
    const { record } = await askAgain(signed(get({ headers }), { ...issued, service: 's3', region: 'us-east-1' }));
    expect(record).toMatchObject({ decision: 'allow', operation: 's3:GetObject' });
    expect(record.checks[0]?.context).toMatchObject({ 'aws:RequestedRegion': ['us-east-1'], 's3:authType': ['REST-HEADER'] });
    expect([reached[0]?.place, again[0]?.place]).toEqual([PLACE, { ...PLACE, region: 'us-east-1' }]);
  });

  describe('what it answers and records', () => {
    it.each([
      ['s3', get(), 'x-amz-request-id'],
      ['query', request({ headers: FORM }), 'x-amzn-requestid'],
      ['json', signed(request({ headers: TARGET, body: '{}' })), 'x-amzn-requestid'],
    ])('names the request by the same id: %s', async (_, asked, header) => {
      const { ask, audit } = setUp(() => answerOf(201, 'done', { etag: '"e"', [header]: 'of the store' }));
      const { answer, record } = await ask(asked);
      expect(answer).toEqual({ status: 201, headers: { etag: '"e"', [header]: record.requestId }, body: Buffer.from('done') });
      expect(record).toMatchObject({ sequence: 1, time: '2026-01-31T12:00:00.000Z', status: 201 });
      expect(record).not.toHaveProperty('errorCode');
      expect(record.milliseconds).toBeGreaterThanOrEqual(0);
      expect(audit.records).toEqual([record]);
      expect((await ask(asked)).record.requestId).not.toBe(record.requestId);
    });

    it('gives a reason for all that the administrator does', async () => {
      const { ask } = setUp(async ({ authority }) => {
        await authority.demand({ name: 's3:GetObject', permissions: [] });
        return answerOf(200);
      });
      const { record } = await ask(signed(get(), { service: 's3' }));
      expect(record).toMatchObject({
        decision: 'allow',
        reason: expect.stringMatching(/administrator/),
        operation: 's3:GetObject',
      });
    });

    it('answers the error of a service in its words, and records it', async () => {
      const { ask } = setUp(throwing(new AwsError('NoSuchThing', 'It <is> not there', 404, { Thing: 'a' })));
      const { answer, record } = await ask(get());
      expect(answer.status).toBe(404);
      for (const part of ['<Code>NoSuchThing</Code>', 'It &lt;is&gt; not there', '<Thing>a</Thing>', record.requestId]) {
        expect(textOf(answer)).toContain(part);
      }
      expect(record).toMatchObject({ decision: 'error', errorCode: 'NoSuchThing', status: 404, reason: 'It <is> not there' });
      expect((await ask(get({ method: 'HEAD' }))).answer).toMatchObject({ status: 404, body: Buffer.alloc(0) });
    });

    it.each<[string, unknown, AwsRequest]>([
      ['s3', new TypeError('hush: secret'), get()],
      ['query', new Error('secret'), request({ headers: FORM })],
      [
        'json',
        Object.assign(new Error('secret'), { code: 'secret', status: 418 }),
        signed(request({ headers: TARGET, body: '{}' })),
      ],
      ['what is no error', 'secret', get()],
    ])('fails without a word of what nobody expected, to the client and in the log: %s', async (_, error, asked) => {
      const { ask } = setUp(throwing(error));
      const { answer, record } = await ask(asked);
      expect(answer.status).toBe(500);
      expect(textOf(answer)).toContain('InternalFailure');
      expect(record).toMatchObject({ decision: 'error', errorCode: 'InternalFailure', status: 500 });
      expect(`${textOf(answer)}${JSON.stringify(record)}`).not.toContain('secret');
    });

    it('fails as an error also where it was allowed before', async () => {
      const { ask } = setUp(({ trail }) => {
        trail.decision = 'allow';
        throw new Error('secret');
      });
      expect((await ask(get())).record).toMatchObject({ decision: 'error' });
    });

    it('repeats nothing in the log that only calls itself an action', async () => {
      const { ask } = setUp(throwing(new AwsError('X', 'x')));
      const operation = async (body: string) => (await ask(request({ headers: FORM, body }))).record.operation;
      expect(await operation('Action=GetCallerIdentity')).toBe('sts:GetCallerIdentity');
      expect(await operation(`Action=%1b${'x'.repeat(999)}`)).toBe('sts:Unknown');
      expect((await ask(get())).record.operation).toBe('s3:GET');
    });
  });

  it.each<[string, number, AwsRequest, string]>([
    ['DynamoDB', 16 * 1024 ** 2, request({ headers: TARGET }), 'RequestEntityTooLarge'],
    ['STS', 1024 ** 2, request({ headers: FORM }), 'RequestEntityTooLarge'],
  ])('takes a body for %s of %d bytes, and refuses one byte more', async (_, bytes, asked, code) => {
    const { ask, reached } = setUp();
    const body = Buffer.alloc(bytes + 1);
    const { record } = await ask({ ...asked, body });
    expect([record.errorCode, record.status, record.decision, reached.length]).toEqual([code, 413, 'error', 0]);
    expect((await ask({ ...asked, body: body.subarray(1) })).record.errorCode).not.toBe(code);
  });

  it('refuses a body that the server did not read to its end, whoever asks', async () => {
    const { ask, reached } = setUp();
    expect((await ask(signed(get(), { service: 's3' }), true)).record).toMatchObject({ errorCode: 'EntityTooLarge', status: 400 });
    expect((await ask(signed(request(), { service: 'iam' }), true)).record).toMatchObject({ status: 413 });
    expect(reached).toEqual([]);
  });
});

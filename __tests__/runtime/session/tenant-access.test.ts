import '../../support/node-errors';
import crypto from 'node:crypto';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess, type TenantDataAccessConfig, type TenantEvent, type TenantSession } from 'multi-tenant-data-access';
import { checkConfig } from 'multi-tenant-data-access/config';
import { tenantS3Client } from 'multi-tenant-data-access/objects/s3-client';
import type { SigningSession } from 'multi-tenant-data-access/session/signing-session';
import { TenantAccess } from 'multi-tenant-data-access/session/tenant-access';
import { documentClient } from 'multi-tenant-data-access/table/document-client';
import { AMBIENT_KEYS, setAmbientCredentials } from '../../support/ambient-credentials';
import { letPass, startClock, stopClock } from '../../support/fake-date';
import {
  allIsWell,
  type AwsAnswer,
  type AwsRequest,
  dynamoDbError,
  dynamoDbPage,
  issuedKeys,
  LoopbackAws,
  loopbackConfig,
  signedWith,
  stsAnswer,
  stsError,
  stsIssues,
  tokenSentToSts,
} from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';
import { tenantToken } from '../../support/tokens';

const HOUR = 3_600_000;
const TOKEN = tenantToken('acme');
const GET_OBJECT = new GetObjectCommand({ Bucket: 'tenant-files', Key: 'tenants/acme/a' });
/** Tokens of acme's users, each another. */
const TOKENS = Array.from({ length: 5 }, (_, user) =>
  tenantToken('acme', { sub: `user-${user}`, exp: Date.now() / 1000 + 36_000 }),
);

let aws: LoopbackAws;
const opened: TenantDataAccess[] = [];
const events: TenantEvent[] = [];

beforeAll(async () => {
  setAmbientCredentials();
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  events.length = 0;
  aws.answerBy(allIsWell());
});

afterEach(() => {
  startClock();
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await aws.stop();
});

function accessWith(config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const onEvent = (event: TenantEvent) => void events.push(event);
  const access = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), onEvent, ...config });
  opened.push(access);
  return access;
}

const tokensSentToSts = () => aws.requests.map(tokenSentToSts).filter((token) => token !== undefined);

const ask = ({ docClient, tenantId }: TenantSession) =>
  docClient.send(new GetCommand({ TableName: 'tenant-data', Key: { tenantId, dataId: '1' } }));

/** Sends a request for the session, and tells which key signed it. */
async function keyOf(session: TenantSession): Promise<string | undefined> {
  await ask(session);
  const last = aws.requests.at(-1);
  return last && signedWith(last);
}

describe('the credentials of a token', () => {
  it('are asked for once, when a thousand ask at the same time', async () => {
    const access = accessWith();
    const sessions = await Promise.all(Array.from({ length: 1000 }, () => access.forTenant(TOKEN, 'acme')));
    expect(tokensSentToSts()).toEqual([TOKEN]);
    expect(new Set(sessions).size).toBe(1);
    expect(await access.forTenant(TOKEN)).toBe(sessions[0]);
    expect(tokensSentToSts()).toEqual([TOKEN]);
  });

  it('are shared by sessions and the lower-level calls', async () => {
    const access = accessWith();
    const session = await access.forTenant(TOKEN);
    const { accessKeyId } = await access.assumeTenantRole(TOKEN, 'acme');
    expect(await keyOf(session)).toBe(accessKeyId);
    expect(tokensSentToSts()).toHaveLength(1);
  });

  it('are the own ones of each user of a tenant', async () => {
    const access = accessWith();
    const sessions = await Promise.all(TOKENS.map((token) => access.forTenant(token, 'acme')));
    const keys: unknown[] = [];
    for (const session of [...sessions, ...sessions]) keys.push(await keyOf(session));

    expect(keys.map((key) => /user-\d/.exec(String(key))?.[0])).toEqual(
      [0, 1, 2, 3, 4, 0, 1, 2, 3, 4].map((user) => `user-${user}`),
    );
    expect(tokensSentToSts()).toEqual(TOKENS);
  });

  it('are the own ones of each token of a user', async () => {
    const access = accessWith();
    const keys = [];
    for (const jti of ['1', '2']) keys.push(await keyOf(await access.forTenant(tenantToken('acme', { jti }))));
    expect(keys).toEqual(['ASIA.acme.user-1.0', 'ASIA.acme.user-1.1']);
  });

  it('are not those of another instance', async () => {
    await accessWith().forTenant(TOKEN);
    await accessWith().forTenant(TOKEN);
    expect(tokensSentToSts()).toHaveLength(2);
  });

  it('fails for a token that has expired since, though its credentials are valid', async () => {
    stopClock();
    const access = accessWith();
    const token = tenantToken('acme', { exp: Math.floor(Date.now() / 1000) + 600 });
    const session = await access.forTenant(token);
    letPass(599_000);
    expect(await access.forTenant(token)).toBe(session);
    letPass(1000);
    await expect(access.forTenant(token)).rejects.toThrow(refusal('token.expired'));
    expect(events).toContainEqual({ type: 'evict', tenantId: 'acme', reason: 'ended' });
    // Who holds the session goes on until its credentials end.
    expect(await keyOf(session)).toBe('ASIA.acme.user-1.0');
    expect(tokensSentToSts()).toHaveLength(1);
  });

  it('fails once and works the next time: a failure is not kept', async () => {
    const access = accessWith();
    aws.answerWith(stsError('AccessDenied', 403), stsIssues(issuedKeys('acme')));
    const failed = await Promise.allSettled(Array.from({ length: 10 }, () => access.forTenant(TOKEN)));
    expect(failed.map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
    expect(aws.requests).toHaveLength(1);
    expect((await access.forTenant(TOKEN)).tenantId).toBe('acme');
  });
});

/**
 * A handler that answers each request where it would go out, signed: some at once, some later. HTTP would take longer than all else,
 * and has no say in who signs.
 */
function answersInProcess(seen: AwsRequest[]): TenantDataAccessConfig['requestHandler'] {
  const answer = allIsWell();
  const handle = async ({ body, ...rest }: Omit<AwsRequest, 'body'> & { body: string | Uint8Array }) => {
    const request = { ...rest, body: typeof body === 'string' ? body : new TextDecoder().decode(body) };
    seen.push(request);
    for (let turns = seen.length % 3; turns > 0; turns--) await new Promise(setImmediate);
    const answered = answer(request);
    if (typeof answered === 'string') throw new Error('There is no socket here.');
    const response = { statusCode: answered.status, headers: { 'content-type': answered.contentType } };
    return { response: { ...response, body: Readable.from([answered.body]) } };
  };
  return { handle } as object as TenantDataAccessConfig['requestHandler'];
}

describe('another tenant', () => {
  it('fails beside sound callers of the same token, before and after it was traded', async () => {
    const access = accessWith();
    const wanted = Array.from({ length: 30 }, (_, index) => ['acme', 'globex', 'Acme'][index % 3]);
    for (let turn = 0; turn < 2; turn++) {
      const answers = await Promise.allSettled(wanted.map((tenantId) => access.forTenant(TOKEN, tenantId)));
      answers.forEach((answer, index) => {
        if (wanted[index] === 'acme') expect(answer).toMatchObject({ status: 'fulfilled', value: { tenantId: 'acme' } });
        else expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'tenant.mismatch' } });
      });
    }
    expect(tokensSentToSts()).toEqual([TOKEN]);
  });

  it.each(['', 'acme/', '*', 7, null, {}])('fails for %p, which is no tenant, although the token is kept', async (tenantId) => {
    const access = accessWith();
    await access.forTenant(TOKEN);
    await expect(access.forTenant(TOKEN, tenantId as string)).rejects.toThrow(refusal('tenant.invalid'));
  });

  it('fails for none where the lower-level call wants one', async () => {
    const assumed = accessWith().assumeTenantRole(TOKEN, undefined as never);
    await expect(assumed).rejects.toThrow(refusal('tenant.invalid'));
    expect(aws.requests).toHaveLength(0);
  });

  it.each([
    ['of a token', TOKEN],
    ['of a function', () => TOKEN],
  ])('cannot be put into a session %s, which the next caller may get too', async (_what, token) => {
    const session = await accessWith().forTenant(token);
    expect(Reflect.set(session, 'tenantId', 'globex')).toBe(false);
    expect(Reflect.defineProperty(session, 'docClient', { value: {} })).toBe(false);
    expect(session.tenantId).toBe('acme');
  });

  it('fails for a text that is too long for a token before anything is made of it', async () => {
    const access = accessWith();
    const hashed = jest.spyOn(crypto, 'createHash');
    await expect(access.forTenant('x'.repeat(20_001))).rejects.toThrow(refusal('token.malformed', '20001 characters'));
    expect(access.forget('x'.repeat(20_001))).toBe(false);
    expect(hashed).not.toHaveBeenCalled();
    hashed.mockRestore();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['a list with the token in it', [TOKEN]],
    ['the token with a space behind', `${TOKEN} `],
    ['the token with a padding', `${TOKEN}=`],
    ['the token with half a character', `${TOKEN}\ud800`],
    ['an object that turns into the token', { toString: () => TOKEN, length: TOKEN.length }],
  ])('fails for %s in place of a token, although the token is kept', async (_what, token) => {
    const access = accessWith();
    await access.forTenant(TOKEN);
    await expect(access.forTenant(token as string)).rejects.toThrow(refusal('token.malformed'));
    expect(access.forget(token as string)).toBe(false);
    expect(tokensSentToSts()).toHaveLength(1);
  });

  it('never has a request signed with its keys, in 10,000 of two tenants in turn, while the keys change', async () => {
    stopClock();
    const seen: AwsRequest[] = [];
    const access = accessWith({ requestHandler: answersInProcess(seen) });
    const exp = Math.floor(Date.now() / 1000) + 36_000;
    const mine = { acme: tenantToken('acme', { exp }), globex: tenantToken('globex', { exp }) };
    const held = { acme: await access.forTenant(() => mine.acme), globex: await access.forTenant(() => mine.globex) };
    const readOf = (tenantId: string) =>
      new GetItemCommand({ TableName: 'tenant-data', Key: { tenantId: { S: tenantId }, dataId: { S: '1' } } });
    const reads = { acme: readOf('acme'), globex: readOf('globex') };
    const inTurn = async (worker: number) => {
      for (let turn = 0; turn < 500; turn++) {
        const tenantId = (worker + turn) % 2 === 0 ? 'acme' : 'globex';
        const { docClient } = turn % 4 < 2 ? await access.forTenant(mine[tenantId], tenantId) : held[tenantId];
        await docClient.send(reads[tenantId]);
        if (worker === 0 && turn % 20 === 0) letPass(HOUR / 3);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, worker) => inTurn(worker)));

    const signed = seen.filter((request) => tokenSentToSts(request) === undefined);
    const askedFor = ({ body }: AwsRequest) => (JSON.parse(body) as { Key: { tenantId: { S: string } } }).Key.tenantId.S;
    const pairs = signed.map((request) => {
      const token = String(request.headers['x-amz-security-token']);
      return `${askedFor(request)} ${String(signedWith(request)).replace(/\d+$/, 'n')} ${token}`;
    });
    expect(signed).toHaveLength(10_000);
    expect([...new Set(pairs)].sort()).toEqual([
      'acme ASIA.acme.user-1.n session-token-of-acme',
      'globex ASIA.globex.user-1.n session-token-of-globex',
    ]);
    // In eight hours and twenty minutes, each of the two sessions was renewed every hour.
    const assumed = seen.length - signed.length;
    expect(new Set(signed.map(signedWith)).size).toBe(assumed);
    expect(assumed).toBeGreaterThan(2 * 6);
    expect(assumed).toBeLessThan(2 * 12);
    // Seconds when the machine is idle; it signs 10,000 times.
  }, 180_000);
});

describe('the bound of the cache', () => {
  it('is kept, and the session that was used longest ago goes first', async () => {
    const access = accessWith({ maxSessions: 2 });
    const [a = '', b = '', c = ''] = TOKENS;
    const first = await access.forTenant(a);
    await access.forTenant(b);
    await access.forTenant(a);
    await access.forTenant(c);
    expect(events.filter(({ type }) => type === 'evict')).toEqual([{ type: 'evict', tenantId: 'acme', reason: 'capacity' }]);

    expect(await access.forTenant(a)).toBe(first);
    await access.forTenant(c);
    expect(tokensSentToSts()).toEqual([a, b, c]);
    await access.forTenant(b);
    expect(tokensSentToSts()).toEqual([a, b, c, b]);
  });

  it('leaves sessions and clients that are held at work', async () => {
    stopClock();
    const access = accessWith({ maxSessions: 1 });
    const [a = '', b = ''] = TOKENS;
    const held = await access.forTenant(a);
    const clients = access.createTenantClients(await access.assumeTenantRole(a, 'acme'));
    await access.forTenant(b);
    expect(events).toContainEqual({ type: 'evict', tenantId: 'acme', reason: 'capacity' });
    expect(await keyOf(held)).toBe('ASIA.acme.user-0.0');
    expect(await access.queryTenantData(clients.docClient, 'acme')).toEqual([]);
    letPass(HOUR + 1);
    expect(await keyOf(held)).toBe('ASIA.acme.user-0.2');
  });

  it('drops what has ended before what is still of use', async () => {
    stopClock();
    const access = accessWith({ maxSessions: 3 });
    const exp = Math.floor(Date.now() / 1000) + 60;
    await access.forTenant(tenantToken('acme', { exp }));
    await access.forTenant(tenantToken('acme', { exp, jti: '2' }));
    letPass(HOUR + 1);
    await access.forTenant(TOKENS[0] ?? '');
    expect(events.filter(({ type }) => type === 'evict')).toEqual(
      Array(2).fill({ type: 'evict', tenantId: 'acme', reason: 'ended' }),
    );
  });
});

describe('forget', () => {
  it('has STS asked again, and tells whether there was anything', async () => {
    const access = accessWith();
    const held = await access.forTenant(TOKEN);
    expect([access.forget(TOKEN), access.forget(TOKEN), access.forget('')]).toEqual([true, false, false]);
    expect(events.at(-1)).toEqual({ type: 'evict', tenantId: 'acme', reason: 'forgotten' });
    expect(await keyOf(held)).toBe('ASIA.acme.user-1.0');
    expect(await keyOf(await access.forTenant(TOKEN))).toBe('ASIA.acme.user-1.1');
  });

  it('has nothing kept of what was under way', async () => {
    const access = accessWith();
    const underWay = access.forTenant(TOKEN);
    await new Promise(setImmediate);
    expect([access.forget(TOKEN), access.forget(TOKEN)]).toEqual([true, false]);
    const session = await underWay;
    expect(await access.forTenant(TOKEN)).not.toBe(session);
    expect(tokensSentToSts()).toHaveLength(2);
  });

  it('drops what is under way too', async () => {
    const access = accessWith();
    const underWay = access.forTenant(TOKEN);
    await new Promise(setImmediate);
    expect(access.forget(TOKEN)).toBe(true);
    const anew = access.forTenant(TOKEN);
    const [before, after] = await Promise.all([underWay, anew]);
    expect(before).not.toBe(after);
    expect(await access.forTenant(TOKEN)).toBe(after);
    expect(tokensSentToSts()).toHaveLength(2);
  });
});

describe("a session's plain clients", () => {
  it('sign with the keys of the tenant, whatever the environment holds', async () => {
    const { docClient, s3Client, expiration } = await accessWith().forTenant(TOKEN);
    await docClient.send(new GetCommand({ TableName: 'tenant-data', Key: { tenantId: 'acme', dataId: '1' } }));
    await (await s3Client.send(GET_OBJECT)).Body?.transformToString();
    expect(aws.requests.slice(1).map(signedWith)).toEqual(['ASIA.acme.user-1.0', 'ASIA.acme.user-1.0']);
    expect(expiration.getTime()).toBeGreaterThan(Date.now() + HOUR - 60_000);
    for (const key of Object.values(AMBIENT_KEYS)) expect(JSON.stringify(aws.requests)).not.toContain(key);
  });

  it('are made once', async () => {
    const session = await accessWith().forTenant(TOKEN);
    expect(session.docClient).toBe(session.docClient);
    expect(session.s3Client).toBe(session.s3Client);
  });

  it('take no settings that are changed after the access was made', async () => {
    const dynamoDbConfig = { ...loopbackConfig(aws.endpoint).dynamoDbConfig };
    const access = accessWith({ dynamoDbConfig });
    Object.assign(dynamoDbConfig, { credentials: issuedKeys('globex'), endpoint: 'http://127.0.0.1:1' });
    expect(await keyOf(await access.forTenant(TOKEN))).toBe('ASIA.acme.user-1.0');
  });
});

describe('a session', () => {
  it('shows no secret, before it is used and after', async () => {
    const session = await accessWith().forTenant(() => TOKEN);
    const { secretAccessKey, sessionToken } = issuedKeys('acme');
    const secrets = [TOKEN, ...TOKEN.split('.'), secretAccessKey, sessionToken, 'ASIA.acme'];
    for (let turn = 0; turn < 2; turn++) {
      const shown = [session, Object.entries(session), session.docClient, session.s3Client].map((each) =>
        inspect(each, { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity }),
      );
      expect(secrets.filter((secret) => (shown.join() + JSON.stringify(session)).includes(secret))).toEqual([]);
      await ask(session);
    }
    expect(JSON.stringify(session)).toBe('{"tenantId":"acme"}');
  });
});

describe('onEvent', () => {
  it('is told of what STS was asked, and how long it took', async () => {
    const access = accessWith();
    await access.forTenant(TOKEN);
    await access.forTenant(TOKEN);
    const durationMilliseconds = expect.any(Number) as unknown;
    expect(events).toEqual([{ type: 'assume', tenantId: 'acme', durationMilliseconds, error: undefined }]);
  });

  it('is told once of each request that is refused', async () => {
    const access = accessWith();
    await caughtFrom(() => access.forTenant(TOKEN, 'globex'));
    await caughtFrom(() => access.forTenant(() => TOKEN, 'globex'));
    await caughtFrom(() => access.assumeTenantRole('no token', 'acme'));
    await caughtFrom(() => access.forTenant(tenantToken('acme/globex')));
    expect(events).toEqual([
      { type: 'deny', tenantId: 'globex', error: refusal('tenant.mismatch') },
      { type: 'deny', tenantId: 'globex', error: refusal('tenant.mismatch') },
      { type: 'deny', tenantId: 'acme', error: refusal('token.malformed') },
      { type: 'deny', tenantId: undefined, error: refusal('tenant.invalid') },
    ]);
  });

  it('is told of each request that STS denies or throttles, and once of the attempt', async () => {
    const access = accessWith();
    const durationMilliseconds = expect.any(Number) as unknown;
    for (const [answer, type, code] of [
      [stsError('AccessDenied', 403), 'deny', 'access.denied'],
      [stsError('Throttling'), 'throttle', 'service.throttled'],
    ] as const) {
      events.length = 0;
      aws.answerWith(answer);
      await Promise.allSettled([access.forTenant(TOKEN, 'acme'), access.forTenant(TOKEN)]);
      expect(events).toEqual([
        { type: 'assume', tenantId: 'acme', durationMilliseconds, error: refusal(code) },
        { type, tenantId: 'acme', error: refusal(code) },
        { type, tenantId: undefined, error: refusal(code) },
      ]);
    }
  });

  it('is not told of a refusal where an outage or a wrong call is the reason', async () => {
    const access = accessWith();
    aws.answerWith('hang up');
    await caughtFrom(() => access.forTenant(TOKEN));
    await caughtFrom(() => access.forTenant(TOKEN, 'no tenant'));
    await caughtFrom(() => access.forTenant(() => Promise.reject(new Error('no token'))));
    expect(events.map(({ type }) => type)).toEqual(['assume']);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken listener'))],
    ['answers what is no promise', () => ({ then: 'never' })],
    [
      'answers a promise that throws',
      () => ({
        then() {
          throw new Error('broken promise');
        },
      }),
    ],
  ])('fails nothing when it %s', async (_what, onEvent) => {
    const access = accessWith({ onEvent: onEvent });
    expect((await access.forTenant(TOKEN)).tenantId).toBe('acme');
    expect(access.forget(TOKEN)).toBe(true);
    await expect(access.forTenant(TOKEN, 'globex')).rejects.toThrow(refusal('tenant.mismatch'));
    await new Promise(setImmediate);
  });

  it('is told no secret', async () => {
    const access = accessWith({ maxSessions: 1 });
    await access.forTenant(TOKEN);
    await access.forTenant(TOKENS[0] ?? '');
    access.forget(TOKENS[0] ?? '');
    await caughtFrom(() => access.forTenant(TOKEN.slice(0, -10), TOKEN.slice(-10).replace(/\W/g, 'x')));
    for (const answer of [
      stsError('ValidationError', 400, `the token '${TOKEN}' is wrong`),
      stsAnswer({}),
      stsError('Throttling'),
    ]) {
      aws.answerWith(answer);
      await caughtFrom(() => access.forTenant(TOKEN));
    }
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['assume', 'evict', 'deny', 'throttle']));
    const shown = inspect(events, { depth: Infinity, showHidden: true, maxStringLength: Infinity }) + JSON.stringify(events);
    const { secretAccessKey, sessionToken } = issuedKeys('acme');
    const secrets = [...TOKEN.split('.'), ...(TOKENS[0] ?? '').split('.'), secretAccessKey, sessionToken, 'ASIA.acme'];
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe('a fault of DynamoDB or S3', () => {
  /** Hands out what signs, as the operations of a session use it. */
  class BareAccess extends TenantAccess<SigningSession> {
    constructor(config: TenantDataAccessConfig) {
      super(checkConfig(config, { table: true, objects: true }), (signing) => signing);
    }
  }

  const s3Error = (code: string, status: number): AwsAnswer => ({
    status,
    contentType: 'application/xml',
    body: `<Error><Code>${code}</Code><Message>as the service puts it</Message></Error>`,
  });

  it.each<[string, string, AwsAnswer, string, string[]]>([
    ['DynamoDB', 'an expired token', dynamoDbError('ExpiredTokenException'), 'credentials.expired', []],
    ['DynamoDB', 'a denial', dynamoDbError('AccessDeniedException'), 'access.denied', ['deny']],
    ['DynamoDB', 'throttling', dynamoDbError('ThrottlingException'), 'service.throttled', ['throttle']],
    ['DynamoDB', 'a failure', dynamoDbError('InternalServerError', 500), 'service.unavailable', []],
    ['DynamoDB', 'another error', dynamoDbError('ValidationException'), 'service.failed', []],
    ['DynamoDB', 'a connection that ends', 'hang up', 'service.unavailable', []],
    ['S3', 'an expired token', s3Error('ExpiredToken', 400), 'credentials.expired', []],
    ['S3', 'a denial', s3Error('AccessDenied', 403), 'access.denied', ['deny']],
    ['S3', 'throttling', s3Error('SlowDown', 503), 'service.throttled', ['throttle']],
    ['S3', 'a failure', s3Error('InternalError', 500), 'service.unavailable', []],
    ['S3', 'a bucket that does not exist', s3Error('NoSuchBucket', 404), 'service.failed', []],
    ['S3', 'a connection that ends', 'hang up', 'service.unavailable', []],
  ])('fails in %s on %s, and is told of if it is a refusal', async (service, _what, answer, code, told) => {
    const config = { ...loopbackConfig(aws.endpoint), onEvent: (event: TenantEvent) => void events.push(event) };
    const access = new BareAccess(config);
    const signing = await access.forTenant(TOKEN);
    const dynamoDb = documentClient(signing, signing.client, config.dynamoDbConfig);
    const s3 = tenantS3Client(signing, signing.client, config.s3Config);
    events.length = 0;
    aws.answerWith(answer);
    const attempt = signing.attempt<unknown>(
      () => ({ doing: 'read', deniedBecause: 'the policy says so' }),
      () => (service === 'S3' ? s3.send(GET_OBJECT) : dynamoDb.send(new GetCommand({ TableName: 'tenant-data', Key: {} }))),
    );
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining('Could not read: ') as unknown });
    expect(aws.requests.map(signedWith)).toEqual(['ASIA.acme.user-1.0']);
    expect(events.map(({ type, tenantId }) => `${type} ${String(tenantId)}`)).toEqual(told.map((type) => `${type} acme`));
    access.destroy();
  });

  it('leaves the session at work', async () => {
    const session = await accessWith().forTenant(TOKEN);
    aws.answerWith(dynamoDbError('AccessDeniedException'), 'hang up', dynamoDbPage([]));
    await expect(ask(session)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(ask(session)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await keyOf(session)).toBe('ASIA.acme.user-1.0');
  });
});

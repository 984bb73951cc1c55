import '../../support/node-errors';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess, type TenantDataAccessConfig, type TenantEvent, type TenantSession } from 'multi-tenant-data-access';
import { letPass, startClock, stopClock } from '../../support/fake-date';
import {
  allIsWell,
  type AwsAnswer,
  dynamoDbPage,
  LoopbackAws,
  loopbackConfig,
  signedWith,
  stsError,
  tokenSentToSts,
} from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';
import { tenantToken } from '../../support/tokens';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When sessions of an hour are renewed here, where chance always takes the latest time; to the SDK, five minutes are not yet less. */
const DUE = 55 * MINUTE + 1;

let aws: LoopbackAws;
let answer: (request: Parameters<ReturnType<typeof allIsWell>>[0]) => AwsAnswer;
let tokens = 0;
const opened: TenantDataAccess[] = [];
const events: TenantEvent[] = [];
const unhandled: unknown[] = [];

beforeAll(async () => {
  process.on('unhandledRejection', (error) => unhandled.push(error));
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  stopClock();
  jest.spyOn(Math, 'random').mockReturnValue(0);
  events.length = 0;
  answer = allIsWell();
  aws.answerBy((request) => answer(request));
});

afterEach(() => {
  jest.restoreAllMocks();
  startClock();
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await aws.stop();
  // What STS never answered ends now.
  await new Promise((tick) => setTimeout(tick, 20));
});

function accessWith(config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const onEvent = (event: TenantEvent) => void events.push(event);
  const access = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), onEvent, ...config });
  opened.push(access);
  return access;
}

/** A token that was never there before; it lives for ten hours. */
function newToken(claims: Record<string, unknown> = {}, tenantId = 'acme'): string {
  return tenantToken(tenantId, { jti: String(tokens++), exp: Math.floor((Date.now() + 10 * HOUR) / 1000), ...claims });
}

function ask({ docClient, tenantId }: TenantSession) {
  return docClient.send(new GetCommand({ TableName: 'tenant-data', Key: { tenantId, dataId: '1' } }));
}

/** Sends a request for the session, and tells by the number of its key how many sessions STS had issued before. */
async function keyOf(session: TenantSession): Promise<number> {
  await ask(session);
  const signed = aws.requests.filter((request) => tokenSentToSts(request) === undefined).at(-1);
  return Number(signed && signedWith(signed)?.split('.').at(-1));
}

const tokensSentToSts = () => aws.requests.map(tokenSentToSts).filter((token) => token !== undefined);

/** Waits for what goes on in the background. */
async function untilTold(type: TenantEvent['type'], times: number): Promise<void> {
  const told = () => events.filter((event) => event.type === type).length;
  for (let waits = 0; waits < 1000 && told() < times; waits++) await new Promise((tick) => setTimeout(tick, 1));
  expect(told()).toBe(times);
  await new Promise(setImmediate);
}

/** STS answers this from now on, all others as before. */
function stsAnswers(fault: AwsAnswer): void {
  answer = (request) => (tokenSentToSts(request) === undefined ? dynamoDbPage([]) : fault);
}

describe('a session of a token function', () => {
  it('is renewed ahead of its end with a new token, and no request waits for it', async () => {
    const session = await accessWith().forTenant(() => newToken());
    const { docClient, expiration } = session;
    letPass(DUE - 2);
    expect([await keyOf(session), tokensSentToSts().length]).toEqual([0, 1]);

    letPass(2);
    expect(await keyOf(session)).toBe(0);
    await untilTold('refresh', 1);
    expect(await keyOf(session)).toBe(1);
    expect(new Set(tokensSentToSts()).size).toBe(2);
    expect(session.expiration.getTime()).toBe(expiration.getTime() + DUE);
    expect(session.docClient).toBe(docClient);
  });

  it('is renewed as early as chance has it, by a client that was in use before', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const session = await accessWith().forTenant(() => newToken());
    letPass(50 * MINUTE);
    expect(await keyOf(session)).toBe(0);
    letPass(MINUTE);
    expect(await keyOf(session)).toBe(0);
    await untilTold('refresh', 1);
    expect(await keyOf(session)).toBe(1);
  });

  it('goes on for a day with one client', async () => {
    const session = await accessWith().forTenant(() => newToken());
    const used = new Set<number>();
    for (let minutes = 8; minutes <= 24 * 60; minutes += 8) {
      letPass(8 * MINUTE);
      used.add(await keyOf(session));
      // Seven times eight minutes: it is due, and this request did not wait.
      if (minutes % 56 === 0) await untilTold('refresh', minutes / 56);
    }
    expect([...used]).toEqual(Array.from({ length: 26 }, (_, key) => key));
    expect(tokensSentToSts()).toHaveLength(26);
  });

  it('is renewed once for many requests, before its end and after', async () => {
    const session = await accessWith().forTenant(() => newToken());
    letPass(DUE);
    await Promise.all(Array.from({ length: 50 }, () => ask(session)));
    await untilTold('refresh', 1);
    letPass(HOUR);
    await Promise.all(Array.from({ length: 50 }, () => ask(session)));
    expect(await keyOf(session)).toBe(2);
    expect(tokensSentToSts()).toHaveLength(3);
  });

  it('is renewed with the same token, if that is all there is', async () => {
    const token = newToken();
    const session = await accessWith().forTenant(() => token);
    letPass(DUE);
    await ask(session);
    await untilTold('refresh', 1);
    expect(await keyOf(session)).toBe(1);
    expect(tokensSentToSts()).toEqual([token, token]);
  });

  it('shares what its tokens earn', async () => {
    const access = accessWith();
    const token = newToken();
    const first = await access.forTenant(() => token);
    const second = await access.forTenant(async () => Promise.resolve(token));
    expect([await keyOf(first), await keyOf(second)]).toEqual([0, 0]);
    expect(second).not.toBe(first);
  });
});

describe('a renewal that fails', () => {
  /** Requests, one after the other, that all must be signed with the first key. */
  async function askTenTimes(session: TenantSession): Promise<void> {
    for (let requests = 0; requests < 10; requests++) expect(await keyOf(session)).toBe(0);
    await new Promise((tick) => setTimeout(tick, 5));
  }

  it.each<[string, AwsAnswer]>([
    ['an outage', stsError('InternalFailure', 500)],
    ['throttling', stsError('Throttling')],
    ['a denial', stsError('AccessDenied', 403)],
    ['a connection that ends', 'hang up'],
    ['an answer that cannot be read', { status: 200, contentType: 'text/xml', body: '<html>' }],
  ])('fails no request as long as the credentials are valid, and is tried again with back-off: %s', async (_what, fault) => {
    const session = await accessWith().forTenant(() => newToken());
    letPass(DUE);
    stsAnswers(fault);
    aws.requests.length = 0;
    for (const [index, pause] of [1000, 2000, 4000].entries()) {
      await askTenTimes(session);
      expect(tokensSentToSts()).toHaveLength(index + 1);
      letPass(pause - 1);
      await askTenTimes(session);
      expect(tokensSentToSts()).toHaveLength(index + 1);
      letPass(1);
    }

    answer = allIsWell();
    await askTenTimes(session);
    expect(tokensSentToSts()).toHaveLength(4);
    expect(session.expiration.getTime()).toBe(Date.now() + HOUR);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['gives an expired token', () => newToken({ exp: 1 })],
    ['gives no text', () => ({})],
    ["gives another tenant's token", () => newToken({}, 'globex')],
    ["gives another user's token", () => newToken({ sub: 'user-2' })],
  ])('fails no request as long as the credentials are valid: the function %s', async (_what, next) => {
    let source: () => unknown = () => newToken();
    const session = await accessWith().forTenant(() => source() as string);
    source = next;
    letPass(DUE);
    await askTenTimes(session);
    expect(events.filter((event) => event.type === 'refresh' && event.error !== undefined)).toHaveLength(1);
    letPass(HOUR - DUE - 1);
    await askTenTimes(session);
  });

  it('delays no request when STS is silent', async () => {
    const session = await accessWith().forTenant(() => newToken());
    letPass(DUE);
    stsAnswers('silence');
    aws.requests.length = 0;
    await askTenTimes(session);
    expect(tokensSentToSts()).toHaveLength(1);
  });

  it('is told of once', async () => {
    const session = await accessWith().forTenant(() => newToken());
    letPass(DUE);
    stsAnswers(stsError('AccessDenied', 403));
    events.length = 0;
    await askTenTimes(session);
    const durationMilliseconds = expect.any(Number) as unknown;
    expect(events).toEqual([{ type: 'refresh', tenantId: 'acme', durationMilliseconds, error: refusal('access.denied') }]);
  });
});

describe('after the end', () => {
  it.each<[string, () => unknown, string, string | undefined]>([
    [
      'throws',
      () => {
        throw new Error('no token');
      },
      'credentials.expired',
      'token.unavailable',
    ],
    ['rejects', () => Promise.reject(new Error('no token')), 'credentials.expired', 'token.unavailable'],
    ['gives an expired token', () => newToken({ exp: 1 }), 'credentials.expired', 'token.expired'],
    ['gives no token', () => undefined, 'credentials.expired', 'token.malformed'],
    ['gives no JWT', () => 'no token', 'credentials.expired', 'token.malformed'],
    [
      'gives a token without a tenant',
      () => newToken({ 'https://aws.amazon.com/tags': undefined }),
      'credentials.expired',
      'token.tenant_missing',
    ],
    ["gives another tenant's token", () => newToken({}, 'globex'), 'tenant.mismatch', undefined],
    ["gives another user's token", () => newToken({ sub: 'user-2' }), 'token.subject_changed', undefined],
    ["gives another issuer's token", () => newToken({ iss: 'https://example.org' }), 'token.subject_changed', undefined],
    ['gives a token that names no user', () => newToken({ sub: undefined }), 'token.subject_changed', undefined],
  ])('fails when the function %s, and works again with a proper token', async (_what, next, code, cause) => {
    let source: () => unknown = () => newToken();
    const session = await accessWith().forTenant(() => source() as string);
    const proper = source;
    source = next;
    letPass(HOUR);
    const error = await caughtFrom(() => ask(session));
    expect(error.code).toBe(code);
    if (cause !== undefined) {
      expect(error.message).toMatch(/^The session of tenant 'acme' ended at .*Z, and no valid new token came\.$/);
      expect(error.cause).toMatchObject({ code: cause });
    }
    const signed = aws.requests.filter((request) => tokenSentToSts(request) === undefined);
    expect(signed).toHaveLength(0);

    source = proper;
    await expect(ask(session)).rejects.toMatchObject({ code });
    letPass(1000);
    expect(await keyOf(session)).toBeGreaterThan(0);
  });

  it('fails for two tokens that name no user: they could be of two', async () => {
    const session = await accessWith().forTenant(() => newToken({ sub: undefined }));
    letPass(HOUR);
    await expect(ask(session)).rejects.toMatchObject({ code: 'token.subject_changed' });
  });

  it("never sends another tenant's token to STS", async () => {
    const own = newToken();
    let token = own;
    const session = await accessWith().forTenant(() => token);
    token = newToken({}, 'globex');
    letPass(HOUR);
    await caughtFrom(() => ask(session));
    expect(tokensSentToSts()).toEqual([own]);
  });

  it.each<[string, AwsAnswer, string]>([
    ['an outage', stsError('InternalFailure', 500), 'service.unavailable'],
    ['throttling', stsError('Throttling'), 'service.throttled'],
    ['a denial', stsError('AccessDenied', 403), 'access.denied'],
    ['a connection that ends', 'hang up', 'service.unavailable'],
    ['no credentials', { status: 200, contentType: 'text/xml', body: '' }, 'service.failed'],
    ['a rejected token', stsError('InvalidIdentityToken'), 'credentials.expired'],
  ])('fails with what STS says, asks it at most once a second, and works again: %s', async (_what, fault, code) => {
    // The SDK tries again what has failed for a while, three times in all.
    const { dynamoDbConfig, ...config } = loopbackConfig(aws.endpoint);
    const session = await accessWith({ ...config, dynamoDbConfig: { ...dynamoDbConfig, maxAttempts: 3 } }).forTenant(() =>
      newToken(),
    );
    letPass(HOUR);
    stsAnswers(fault);
    aws.requests.length = 0;
    for (let turn = 1; turn <= 2; turn++) {
      for (let requests = 0; requests < 2; requests++) await expect(ask(session)).rejects.toMatchObject({ code });
      expect(aws.requests).toHaveLength(turn);
      letPass(1000);
    }
    answer = allIsWell();
    expect(await keyOf(session)).toBe(0);
    expect(session.expiration.getTime()).toBe(Date.now() + HOUR);
  });

  it('is tried in time after a failure, although the clock was put back meanwhile', async () => {
    let source = () => newToken();
    const session = await accessWith().forTenant(() => source());
    const working = source;
    source = () => '';
    letPass(5 * HOUR);
    await expect(ask(session)).rejects.toMatchObject({ code: 'credentials.expired' });
    letPass(-5 * HOUR);
    expect(await keyOf(session)).toBe(0);
    source = working;
    letPass(HOUR);
    expect(await keyOf(session)).toBe(1);
  });

  it('ends in an error when the function never answers, and is tried again', async () => {
    const never = new Promise<string>(() => undefined);
    let next: () => string | Promise<string> = () => newToken();
    const session = await accessWith().forTenant(() => next());
    next = () => never;
    letPass(HOUR);
    const waits = jest.spyOn(globalThis, 'setTimeout').mockImplementation((run) => setImmediate(run) as never);
    const refused = await caughtFrom(() => ask(session));
    expect(waits).toHaveBeenCalledWith(expect.any(Function), 30_000);
    waits.mockRestore();
    expect(refused).toMatchObject({ code: 'credentials.expired', cause: { code: 'token.unavailable' } });
    next = () => newToken();
    letPass(1000);
    expect(await keyOf(session)).toBe(1);
  });

  it('is tried at once, however long the last pause was to be', async () => {
    const session = await accessWith().forTenant(() => newToken());
    letPass(DUE);
    stsAnswers('hang up');
    for (let seconds = 0; seconds < 5 * 60; seconds += 10) {
      await ask(session);
      await new Promise((tick) => setTimeout(tick, 2));
      if (seconds < 290) letPass(10_000);
    }
    answer = allIsWell();
    aws.requests.length = 0;
    letPass(10_000);
    expect(await keyOf(session)).toBe(0);
    expect(tokensSentToSts()).toHaveLength(1);
  });
});

describe('a session of a plain token', () => {
  it('is renewed with the same token, as long as that is valid', async () => {
    const token = newToken();
    const session = await accessWith().forTenant(token);
    letPass(DUE);
    expect(await keyOf(session)).toBe(0);
    await untilTold('refresh', 1);
    expect(await keyOf(session)).toBe(1);
    letPass(HOUR);
    expect(await keyOf(session)).toBe(2);
    expect(tokensSentToSts()).toEqual([token, token, token]);
  });

  it('fails after its end when the token has expired too, without a call to STS', async () => {
    const session = await accessWith().forTenant(newToken({ exp: Math.floor((Date.now() + 30 * MINUTE) / 1000) }));
    letPass(HOUR - 1);
    expect(await keyOf(session)).toBe(0);
    letPass(1);
    await expect(ask(session)).rejects.toMatchObject({
      code: 'credentials.expired',
      message: expect.stringMatching(
        /^The session of tenant 'acme' ended at .*Z, and its token has expired too: open a session/,
      ) as unknown,
    });
    expect(tokensSentToSts()).toHaveLength(1);
  });
});

describe('assumeTenantRole', () => {
  it('gives the same credentials until they are about to end, and then waits for the next', async () => {
    const access = accessWith();
    const token = newToken();
    const keys: string[] = [];
    for (const pause of [0, DUE - 2, 1, DUE, 2 * HOUR]) {
      letPass(pause);
      keys.push((await access.assumeTenantRole(token, 'acme')).accessKeyId);
    }
    expect(keys.map((key) => key.split('.').at(-1))).toEqual(['0', '0', '1', '2', '3']);
  });

  it('gives those that are still valid when STS fails, and asks it with back-off', async () => {
    const access = accessWith();
    const token = newToken();
    const { accessKeyId } = await access.assumeTenantRole(token, 'acme');
    letPass(DUE);
    stsAnswers(stsError('InternalFailure', 500));
    aws.requests.length = 0;
    for (let calls = 0; calls < 5; calls++) expect((await access.assumeTenantRole(token, 'acme')).accessKeyId).toBe(accessKeyId);
    expect(aws.requests).toHaveLength(1);
    letPass(5 * MINUTE);
    await expect(access.assumeTenantRole(token, 'acme')).rejects.toThrow(refusal('service.unavailable'));
  });
});

it('leaves no rejection without a handler', async () => {
  await new Promise(setImmediate);
  expect(unhandled).toEqual([]);
});

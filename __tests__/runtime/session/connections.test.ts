import '../../support/node-errors';
import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:http';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess, type TenantDataAccessConfig, type TenantSession } from 'multi-tenant-data-access';
import { allIsWell, LoopbackAws, loopbackConfig, tokenSentToSts } from '../../support/loopback-aws';
import { refusal } from '../../support/refusal';
import { tenantToken } from '../../support/tokens';

const TOKENS = Array.from({ length: 20 }, (_, tenant) => tenantToken(`tenant-${tenant}`));
const [TOKEN = ''] = TOKENS;
const CLOSED = { code: 'session.closed' };

let aws: LoopbackAws;
const opened: TenantDataAccess[] = [];
const warnings: string[] = [];
const warned = ({ name }: Error) => void warnings.push(name);

beforeAll(async () => {
  process.on('warning', warned);
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  aws.answerBy(allIsWell());
});

afterEach(async () => {
  for (const each of opened.splice(0)) each.destroy();
  expect(await aws.settledConnections(0)).toBe(0);
});

afterAll(async () => {
  process.off('warning', warned);
  await aws.stop();
});

function accessWith(config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const access = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), ...config });
  opened.push(access);
  return access;
}

const GET = new GetCommand({ TableName: 'tenant-data', Key: { tenantId: 'tenant-0', dataId: '1' } });
const GET_OBJECT = new GetObjectCommand({ Bucket: 'tenant-files', Key: 'tenants/tenant-0/a' });

const read = ({ docClient }: TenantSession, abortSignal?: AbortSignal) => docClient.send(GET, { abortSignal });

async function download({ s3Client }: TenantSession): Promise<string | undefined> {
  return (await s3Client.send(GET_OBJECT)).Body?.transformToString();
}

/** Holds back all answers but those of STS until it is called. @returns how to let them go */
function holdAnswers(): () => boolean {
  const answer = allIsWell();
  const gate = new EventEmitter();
  const held = once(gate, 'open');
  aws.answerBy(async (request) => {
    if (tokenSentToSts(request) === undefined) await held;
    return answer(request);
  });
  return () => gate.emit('open');
}

async function untilAsked(requests: number): Promise<void> {
  while (aws.requests.length < requests) await new Promise((tick) => setTimeout(tick, 1));
}

describe('the sockets', () => {
  it('are shared by all tenants and services', async () => {
    const access = accessWith();
    for (const token of TOKENS) {
      const session = await access.forTenant(token);
      await read(session);
      await download(session);
    }
    expect(aws.requests).toHaveLength(60);
    expect(aws.mostConnections).toBe(1);
  });

  it.each([
    ['as many as are asked for', { httpAgent: { maxSockets: 3 } }, 3],
    ['50', undefined, 50],
  ])('are at most %s, however many requests there are', async (_what, requestHandler, most) => {
    const access = accessWith({ requestHandler });
    const sessions = await Promise.all(TOKENS.map((token) => access.forTenant(token)));
    await Promise.all(sessions.flatMap((session) => Array.from({ length: 10 }, () => read(session))));
    expect(aws.requests).toHaveLength(220);
    expect(aws.mostConnections).toBe(most);
  });

  it('carry many requests of one abortSignal', async () => {
    const session = await accessWith().forTenant(TOKEN);
    const { signal } = new AbortController();
    for (let requests = 0; requests < 50; requests++) await read(session, signal);
    expect(aws.mostConnections).toBe(1);
  });

  it('outlive a client that is destroyed', async () => {
    const access = accessWith();
    const [mine, others] = [await access.forTenant(TOKEN), await access.forTenant(TOKENS[1] ?? '')];
    await read(mine);
    mine.docClient.destroy();
    mine.s3Client.destroy();
    await read(others);
    await read(mine);
    expect(aws.mostConnections).toBe(1);
    expect(await aws.openConnections()).toBe(1);
  });

  it('of a handler that the caller made are left to the caller', async () => {
    const httpAgent = new Agent({ keepAlive: true });
    const access = accessWith({ requestHandler: { httpAgent } });
    await read(await access.forTenant(TOKEN));
    access.destroy();
    await new Promise((tick) => setTimeout(tick, 20));
    expect(await aws.openConnections()).toBe(1);
    httpAgent.destroy();
  });
});

describe('destroy', () => {
  it('closes idle sockets', async () => {
    const access = accessWith();
    const session = await access.forTenant(TOKEN);
    await Promise.all(Array.from({ length: 5 }, () => read(session)));
    expect(await aws.openConnections()).toBe(5);
    access.destroy();
    access.destroy();
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it.each([
    ['with sockets of their own', undefined],
    ['that wait for a socket', { httpAgent: { maxSockets: 1 } }],
  ])('lets requests under way be answered, %s, and leaves no socket', async (_what, requestHandler) => {
    const access = accessWith({ requestHandler });
    const session = await access.forTenant(TOKEN);
    const letGo = holdAnswers();
    const underWay = [read(session), read(session), download(session), read(session)];
    await untilAsked(requestHandler === undefined ? 4 : 1);
    await new Promise(setImmediate);
    access.destroy();
    letGo();
    const answers = await Promise.all(underWay);
    expect(answers).toHaveLength(4);
    expect(aws.requests).toHaveLength(4);
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it('lets a body that is being read be read to its end', async () => {
    const access = accessWith();
    const session = await access.forTenant(TOKEN);
    aws.answerWith({ status: 200, contentType: 'text/plain', body: 'x'.repeat(5_000_000) });
    const { Body } = await session.s3Client.send(GET_OBJECT);
    access.destroy();
    expect((await Body?.transformToString())?.length).toBe(5_000_000);
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it('fails all that begins after it, without a request', async () => {
    const access = accessWith();
    const session = await access.forTenant(TOKEN);
    const ofFunction = await access.forTenant(() => TOKEN);
    await read(session);
    await download(session);
    access.destroy();
    aws.requests.length = 0;
    for (const begin of [
      () => access.forTenant(TOKEN),
      () => access.forTenant(() => TOKEN),
      () => access.assumeTenantRole(TOKEN, 'tenant-0'),
      () => read(session),
      () => download(session),
      () => read(ofFunction),
    ]) {
      await expect(begin()).rejects.toMatchObject(CLOSED);
    }
    expect(aws.requests).toHaveLength(0);
  });

  it('fails a session that was under way, when it is used', async () => {
    const access = accessWith();
    const underWay = access.forTenant(TOKEN);
    await untilAsked(1);
    access.destroy();
    await expect(underWay.then((session) => read(session))).rejects.toMatchObject(CLOSED);
    await expect(access.forTenant(TOKEN)).rejects.toThrow(refusal('session.closed'));
  });

  it('leaves another instance at work', async () => {
    const [access, other] = [accessWith(), accessWith()];
    const session = await other.forTenant(TOKEN);
    await access.forTenant(TOKEN);
    access.destroy();
    await read(session);
    expect(await aws.openConnections()).toBe(1);
  });
});

describe('time-outs', () => {
  /** The time-outs that reach a handler, which answers nothing itself. */
  async function timeouts(options: { requestTimeout?: number }): Promise<unknown> {
    const seen: unknown[] = [];
    const handle = (_request: unknown, { requestTimeout }: { requestTimeout?: number }) => {
      seen.push(requestTimeout);
      return Promise.reject(new Error('nothing is sent'));
    };
    const access = accessWith({ requestHandler: { ...options, handle } as object as TenantDataAccessConfig['requestHandler'] });
    await expect(access.forTenant(TOKEN)).rejects.toThrow(refusal('service.failed'));
    return seen;
  }

  it('of STS are 10 seconds for a handler of the caller', async () => {
    expect(await timeouts({})).toEqual([10_000]);
  });

  it.each(['STS', 'DynamoDB'])(
    'fails for a silent %s after the time that is configured',
    async (service) => {
      const access = accessWith({ requestHandler: { requestTimeout: 100 } });
      const session = await access.forTenant(TOKEN);
      aws.answerWith('silence');
      const attempt = service === 'STS' ? access.forTenant(TOKENS[1] ?? '') : read(session);
      await expect(attempt).rejects.toMatchObject(service === 'STS' ? { code: 'service.unavailable' } : { name: 'TimeoutError' });
    },
    5000,
  );
});

it('warns of no listeners that are left', async () => {
  await new Promise(setImmediate);
  expect(warnings).toEqual([]);
});

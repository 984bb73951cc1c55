import '../support/node-errors';
import type {
  ALBEvent,
  ALBHandler,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  Context,
} from 'aws-lambda';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { TenantDataAccessError, type TenantDataAccessErrorCode } from 'multi-tenant-data-access/errors';
import {
  type AnswerOptions,
  type HttpEvent,
  type LambdaAnswer,
  type LambdaContext,
  tenantHandler,
} from 'multi-tenant-data-access/lambda';
import { TenantTableAccess, type TenantTableSession } from 'multi-tenant-data-access/table';
import { issuedKeys, LoopbackAws, loopbackConfig, stsError, stsIssues } from '../support/loopback-aws';
import { refusal } from '../support/refusal';
import { REFUSED_TOKENS } from '../support/refused-tokens';
import { signToken, tenantClaims, tenantToken } from '../support/tokens';
import { ANSWERED_WITH } from './http/answered-with';
import { ACME, interleave, keptLog, KEPT_APART, readOwnItem, tableConfig } from './http/tenants-of-one-server';

const CONTEXT: LambdaContext = { awsRequestId: 'request-7', getRemainingTimeInMillis: () => 3000 };

let aws: LoopbackAws;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  aws.answerWith(stsIssues(issuedKeys('acme')));
});

afterEach(() => {
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await aws.stop();
});

function tableAccess(config: Partial<ConstructorParameters<typeof TenantTableAccess>[0]> = {}): TenantTableAccess {
  const access = new TenantTableAccess({ ...tableConfig(aws.endpoint), ...config });
  opened.push(access);
  return access;
}

/** As a REST API sends it. */
function restEvent(...authorizations: string[]): HttpEvent & { resource: string; httpMethod: string } {
  const last = authorizations.at(-1);
  return {
    resource: '/orders',
    httpMethod: 'GET',
    headers: { Accept: '*/*', ...(last !== undefined && { Authorization: last }) },
    multiValueHeaders: { Accept: ['*/*'], ...(last !== undefined && { Authorization: authorizations }) },
    queryStringParameters: null,
    body: null,
    isBase64Encoded: false,
  };
}

/** As an HTTP API or a function URL sends it. */
function httpApiEvent(...authorizations: string[]): HttpEvent & { version: string; rawQueryString: string } {
  return {
    version: '2.0',
    rawQueryString: `access_token=${tenantToken('acme')}`,
    queryStringParameters: { access_token: tenantToken('acme') },
    headers: { accept: '*/*', ...(authorizations.length > 0 && { authorization: authorizations.join(',') }) },
    isBase64Encoded: false,
  };
}

/** As a load balancer sends it, when it is set to multi-value headers. */
function multiValueEvent(...authorizations: string[]): HttpEvent {
  return { multiValueHeaders: { accept: ['*/*'], ...(authorizations.length > 0 && { authorization: authorizations }) }, body: '' };
}

const EVENTS: Readonly<Record<string, (...authorizations: string[]) => HttpEvent>> = {
  'a REST API': restEvent,
  'an HTTP API': httpApiEvent,
  'a load balancer': (...authorizations) => ({ headers: { ...httpApiEvent(...authorizations).headers }, body: '' }),
  'a load balancer with multi-value headers': multiValueEvent,
};

/** The handler's answer to an error, with what it logged. */
async function refusedBy(event: HttpEvent, handle: (session: TenantTableSession) => unknown = (session) => session.tenantId) {
  const log = keptLog();
  const answer = (await tenantHandler(tableAccess(), handle, { logger: log })(event, CONTEXT)) as LambdaAnswer;
  return { answer, code: (JSON.parse(answer.body) as { code: string }).code, lines: log.lines };
}

describe.each(Object.entries(EVENTS))('tenantHandler behind %s', (_, event) => {
  it('hands over the session of the tenant, the event and the context', async () => {
    const sent = event(ACME);
    const handle = jest.fn((session: TenantTableSession) => ({ tenant: session.tenantId }));

    await expect(tenantHandler(tableAccess(), handle)(sent, CONTEXT)).resolves.toEqual({ tenant: 'acme' });
    expect(handle.mock.calls).toEqual([[expect.objectContaining({ tenantId: 'acme' }), sent, CONTEXT]]);
  });

  it.each<[string, string[], TenantDataAccessErrorCode]>([
    ['no header', [], 'token.missing'],
    ['an empty header', [''], 'token.missing'],
    ['another scheme', ['Basic dXNlcjpwYXNzd29yZA=='], 'token.missing'],
    ['no token', ['Bearer '], 'token.malformed'],
    ['two headers', [ACME, ACME], 'token.malformed'],
    ['a header of another scheme behind it', [ACME, 'Basic dXNlcjpwYXNzd29yZA=='], 'token.malformed'],
  ])('refuses %s, and asks nobody', async (_what, authorizations, code) => {
    const handle = jest.fn();
    const { answer, code: answered, lines } = await refusedBy(event(...authorizations), handle);

    const challenge = code === 'token.missing' ? 'Bearer' : 'Bearer error="invalid_token"';
    const headers =
      answer.headers ?? Object.fromEntries(Object.entries(answer.multiValueHeaders ?? {}).map(([k, v]) => [k, v.join()]));
    expect(answer.statusCode).toBe(401);
    expect(headers['www-authenticate']).toBe(challenge);
    expect(answered).toBe(code);
    expect(lines).toMatchObject([{ level: 'warn', fields: { code, statusCode: 401, requestId: 'request-7' } }]);
    expect(handle).not.toHaveBeenCalled();
    expect(aws.requests).toHaveLength(0);
  });
});

describe('tenantHandler', () => {
  it('answers with multi-value headers only to a load balancer that takes no others', async () => {
    const multi = (await refusedBy(multiValueEvent())).answer;
    const rest = (await refusedBy(restEvent())).answer;

    expect(multi.headers).toBeUndefined();
    expect(multi.multiValueHeaders).toMatchObject({ 'content-type': ['application/json'], 'www-authenticate': ['Bearer'] });
    expect(rest.multiValueHeaders).toBeUndefined();
    expect(rest.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it.each([{}, { headers: null, multiValueHeaders: null }])('refuses an event without headers: %j', async (event) => {
    await expect(refusedBy(event)).resolves.toMatchObject({ code: 'token.missing' });
  });

  it('keeps the tenants of one function apart', async () => {
    const handler = tenantHandler(tableAccess(), readOwnItem);
    await expect(interleave(aws, (authorization) => handler(httpApiEvent(authorization), CONTEXT))).resolves.toEqual(KEPT_APART);
  });

  it.each(
    Object.entries(REFUSED_TOKENS)
      .filter((each): each is [string, { token: string; code: TenantDataAccessErrorCode; says: string }] => {
        return typeof each[1].token === 'string' && /^[\w.-]{4,}$/.test(each[1].token);
      })
      .map(([name, { token, code }]) => [name, token, code === 'tenant.invalid' ? 'token.rejected' : code] as const),
  )('refuses a token with %s with 401, and shows nothing of it', async (_, token, code) => {
    const refused = await refusedBy(restEvent(`Bearer ${token}`));

    expect(refused).toMatchObject({
      answer: { statusCode: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
      code,
    });
    expect(refused.lines).toMatchObject([{ level: 'warn', fields: { code } }]);
    for (const part of token.split('.').filter(({ length }) => length > 8)) expect(JSON.stringify(refused)).not.toContain(part);
    expect(aws.requests).toHaveLength(0);
  });

  it.each([
    ['InvalidIdentityToken', 400, 'token.rejected'],
    ['ExpiredTokenException', 400, 'token.expired'],
    ['AccessDenied', 403, 'access.denied'],
    ['Throttling', 400, 'service.throttled'],
    ['ServiceUnavailable', 503, 'service.unavailable'],
    ['ValidationError', 400, 'service.failed'],
  ] as const)('fails as the table says when STS answers %s, whatever it quotes', async (error, status, code) => {
    const token = tenantToken('acme');
    aws.answerWith(stsError(error, status, `cannot take ${token} for arn:aws:iam::123456789012:role/tenant-access`));
    const { answer, lines } = await refusedBy(restEvent(`Bearer ${token}`));

    expect(answer.statusCode).toBe(ANSWERED_WITH[code]);
    expect(answer.headers?.['retry-after']).toBe(answer.statusCode === 429 || answer.statusCode === 503 ? '1' : undefined);
    expect(lines).toMatchObject([{ level: answer.statusCode < 500 ? 'warn' : 'error', fields: { code } }]);
    expect(JSON.stringify(answer)).not.toContain('tenant-access');
    for (const part of token.split('.')) expect(JSON.stringify([answer, lines])).not.toContain(part);
  });

  it('fails with 503 when STS hangs up', async () => {
    aws.answerWith('hang up');
    await expect(refusedBy(restEvent(ACME))).resolves.toMatchObject({ answer: { statusCode: 503 }, code: 'service.unavailable' });
  });

  it.each(Object.entries(ANSWERED_WITH) as [TenantDataAccessErrorCode, number][])(
    'fails for %s inside the handler with %d, and one line in the log',
    async (code, statusCode) => {
      const { answer, lines } = await refusedBy(restEvent(ACME), () =>
        Promise.reject(new TenantDataAccessError(code, 'about the table tenant-data')),
      );

      expect(answer.statusCode).toBe(statusCode);
      expect(JSON.stringify(answer)).not.toContain('tenant-data');
      expect(lines).toEqual([
        {
          level: statusCode < 500 ? 'warn' : 'error',
          message: statusCode < 500 ? 'Tenant request refused' : 'Tenant request failed',
          fields: { code, statusCode, reason: 'about the table tenant-data', tenantId: 'acme', requestId: 'request-7' },
        },
      ]);
      expect(JSON.stringify(lines)).not.toContain(ACME.slice('Bearer '.length));
    },
  );

  it('fails with the very error of the application, and logs nothing', async () => {
    const log = keptLog();
    const error = new Error('of the application');
    const handler = tenantHandler(tableAccess(), () => Promise.reject(error), { logger: log });

    await expect(handler(restEvent(ACME), CONTEXT)).rejects.toBe(error);
    expect(log.lines).toEqual([]);
  });

  it('logs to the console unless told otherwise', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await tenantHandler(tableAccess(), () => undefined)(restEvent(), CONTEXT);
    expect(warn.mock.calls).toEqual([['Tenant request refused', expect.objectContaining({ code: 'token.missing' })]]);
    warn.mockRestore();
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no log');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no log'))],
  ])('answers also when the logger %s', async (_what, warn) => {
    const handler = tenantHandler(tableAccess(), () => undefined, { logger: { warn, error: warn } });
    await expect(handler(restEvent(), CONTEXT)).resolves.toMatchObject({ statusCode: 401 });
  });

  it('answers also when it is called without a context, as in tests of an application', async () => {
    const handler = tenantHandler(tableAccess(), () => undefined, { logger: keptLog() });
    await expect(handler(restEvent(), undefined as never)).resolves.toMatchObject({ statusCode: 401 });
  });

  it('fetches the keys of the issuer before the first request, which tries again if that fails', async () => {
    aws.answerWith('hang up');
    const access = tableAccess({ issuerUrl: aws.endpoint, audience: 'my-client-id' });
    const hydrate = jest.spyOn(access, 'hydrate');
    const log = keptLog();
    const handler = tenantHandler(access, ({ tenantId }) => tenantId, { logger: log });

    expect(hydrate).toHaveBeenCalledTimes(1);
    await expect(hydrate.mock.results[0]?.value).rejects.toMatchObject({ code: 'service.unavailable' });
    const asked = aws.requests.length;
    expect(asked).toBeGreaterThan(0);
    const token = signToken({ ...tenantClaims('acme'), iss: aws.endpoint });
    await expect(handler(restEvent(`Bearer ${token}`), CONTEXT)).resolves.toMatchObject({ statusCode: 503 });
    expect(aws.requests.length).toBeGreaterThan(asked);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['no access', undefined, () => undefined, {}],
    ['an access that opens nothing', {}, () => undefined, {}],
    ['no handler', { forTenant: () => undefined }, undefined, {}],
    ['options that are no object', { forTenant: () => undefined }, () => undefined, 'logger'],
    ['null for options', { forTenant: () => undefined }, () => undefined, null],
    ['an unknown option', { forTenant: () => undefined }, () => undefined, { log: console }],
    ['a logger without error', { forTenant: () => undefined }, () => undefined, { logger: { warn: () => undefined } }],
    ['null for a logger', { forTenant: () => undefined }, () => undefined, { logger: null }],
  ])('refuses %s at once', (_, access, handle, options) => {
    expect(() => tenantHandler(access as TenantTableAccess, handle as () => void, options as AnswerOptions)).toThrow(
      refusal('config.invalid'),
    );
  });

  it('loads no part of the SDK', () => {
    jest.isolateModules(() => {
      for (const name of ['client-sts', 'client-dynamodb', 'lib-dynamodb', 'client-s3']) {
        jest.doMock(`@aws-sdk/${name}`, () => {
          throw new Error(`${name} was loaded`);
        });
      }
      expect(() => jest.requireActual<object>('multi-tenant-data-access/lambda')).not.toThrow();
      expect(() => jest.requireActual<object>('multi-tenant-data-access/table')).toThrow('was loaded');
    });
  });
});

/** Methods of the Logger of Powertools for AWS Lambda, as it declares them. */
interface PowertoolsLogger {
  warn(input: string | { message: string }, ...extraInput: [Error | string] | Record<string, unknown>[]): void;
  error(input: string | { message: string }, ...extraInput: [Error | string] | Record<string, unknown>[]): void;
}

describe('the types of tenantHandler', () => {
  it('fit those of aws-lambda and Powertools, and follow the access', async () => {
    const all = new TenantDataAccess(loopbackConfig(aws.endpoint));
    opened.push(all);
    const rest: APIGatewayProxyHandler = tenantHandler(all, (session, event: APIGatewayProxyEvent, context: Context) => {
      return {
        statusCode: 200,
        body: [session.expiration.getTime(), event.path, context.functionName, session.s3Client.config.serviceId].join(),
      };
    });
    const httpApi: APIGatewayProxyHandlerV2<{ tenantId: string }> = tenantHandler(
      tableAccess(),
      (session, event: APIGatewayProxyEventV2) => ({ tenantId: session.tenantId, path: event.rawPath }),
    );
    const loadBalancer: ALBHandler = tenantHandler(tableAccess(), (session, event: ALBEvent) =>
      Promise.resolve({ statusCode: 200, body: `${session.tenantId} ${event.path}` }),
    );
    const plain = tenantHandler(tableAccess(), (session, event, context) => {
      // @ts-expect-error the session of a table has no objects
      const { s3Client } = session;
      return [s3Client, event.pathParameters?.['id'], event.body, context.getRemainingTimeInMillis()].length;
    });
    const lines: unknown[] = [];
    const powertools: PowertoolsLogger = {
      warn: (...line) => void lines.push(line),
      error: (...line) => void lines.push(line),
    };
    await tenantHandler(tableAccess(), () => undefined, { logger: powertools })(restEvent(), CONTEXT);
    // @ts-expect-error an option that does not exist
    expect(() => tenantHandler(tableAccess(), () => undefined, { tenantId: 'acme' })).toThrow();

    expect(lines).toEqual([['Tenant request refused', expect.objectContaining({ code: 'token.missing' })]]);
    expect([rest.length, httpApi.length, loadBalancer.length]).toEqual([2, 2, 2]);
    await expect(plain(restEvent(ACME), CONTEXT)).resolves.toBe(4);
  });
});

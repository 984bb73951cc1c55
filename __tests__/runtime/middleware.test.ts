import '../support/node-errors';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify, { type RouteHandler } from 'fastify';
import { TenantDataAccessError, type TenantDataAccessErrorCode } from 'multi-tenant-data-access/errors';
import { tenantMiddleware } from 'multi-tenant-data-access/middleware';
import { TenantTableAccess, type TenantTableSession } from 'multi-tenant-data-access/table';
import { issuedKeys, LoopbackAws, stsError, stsIssues } from '../support/loopback-aws';
import { refusal } from '../support/refusal';
import { tenantToken } from '../support/tokens';
import { ANSWERED_WITH } from './http/answered-with';
import { ACME, interleave, keptLog, KEPT_APART, readOwnItem, tableConfig } from './http/tenants-of-one-server';

type Tenants = ReturnType<typeof tenantMiddleware<TenantTableSession>>;
type Route = (session: TenantTableSession) => unknown;

let aws: LoopbackAws;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  aws.answerWith(stsIssues(issuedKeys('acme')));
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

afterAll(async () => {
  await aws.stop();
});

function tenantsWith(log = keptLog()): Tenants {
  const access = new TenantTableAccess(tableConfig(aws.endpoint));
  closing.push(() => {
    access.destroy();
  });
  return tenantMiddleware(access, { logger: log });
}

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The servers, each with one route for all requests, which answers with what it is given. */
const SERVERS: Readonly<Record<string, (tenants: Tenants, route: Route) => Promise<string>>> = {
  Express: (tenants, route) => {
    const app = express();
    app.set('env', 'test'); // its own answer to an error is not logged
    app.use(tenants);
    app.get('/', async (req, res) => {
      res.send(await route(tenants.session(req)));
    });
    app.use(tenants.errors);
    return listen(app);
  },
  Fastify: async (tenants, route) => {
    const app = fastify();
    app.addHook('onRequest', tenants.fastifyHook);
    app.setErrorHandler(tenants.fastifyErrors);
    app.get('/', async (request) => await route(tenants.session(request)));
    closing.push(() => app.close());
    return app.listen({ host: '127.0.0.1', port: 0 });
  },
  'node:http': (tenants, route) =>
    listen((request, response) => {
      const failed = (error: unknown) => {
        response.writeHead(500).end(String(error));
      };
      tenants(request, response, (error) => {
        if (error !== undefined) {
          failed(error);
          return;
        }
        void (async () => response.end(await route(tenants.session(request))))().catch((thrown: unknown) => {
          tenants.errors(thrown, request, response, failed);
        });
      });
    }),
};

/** Sends a request with as many `Authorization` headers as given. */
async function get(url: string, ...authorization: string[]) {
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>((resolve, reject) => {
    const request = httpRequest(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
      response.on('error', reject);
    });
    if (authorization.length > 0) request.setHeader('authorization', authorization);
    request.on('error', reject).end();
  });
}

function codeIn(body: string): string {
  return (JSON.parse(body) as { code: string }).code;
}

describe.each(Object.entries(SERVERS))('tenantMiddleware on %s', (_, serve) => {
  it('opens the session of the tenant', async () => {
    const route = jest.fn(({ tenantId }: TenantTableSession) => tenantId);
    await expect(get(await serve(tenantsWith(), route), ACME)).resolves.toMatchObject({ status: 200, body: 'acme' });
    expect(route).toHaveBeenCalledTimes(1);
  });

  it('keeps the tenants of one server apart', async () => {
    const url = await serve(tenantsWith(), readOwnItem);
    await expect(interleave(aws, async (authorization) => (await get(url, authorization)).body)).resolves.toEqual(KEPT_APART);
  });

  it.each<[string, string[], TenantDataAccessErrorCode]>([
    ['no header', [], 'token.missing'],
    ['another scheme', ['Basic dXNlcjpwYXNzd29yZA=='], 'token.missing'],
    ['no token', ['Bearer'], 'token.malformed'],
    ['two headers', [ACME, ACME], 'token.malformed'],
    ['a header of another scheme behind it', [ACME, 'Basic dXNlcjpwYXNzd29yZA=='], 'token.malformed'],
    ['a token that is no JWT', ['Bearer abc'], 'token.malformed'],
    ['a tenant that cannot be', [`Bearer ${tenantToken('acme/globex')}`], 'token.rejected'],
  ])('refuses %s before the route, and asks nobody', async (_what, authorizations, code) => {
    const log = keptLog();
    const route = jest.fn();
    const url = await serve(tenantsWith(log), route);
    const { status, headers, body } = await get(`${url}/?access_token=${tenantToken('acme')}`, ...authorizations);

    expect(status).toBe(401);
    expect(headers).toMatchObject({
      'www-authenticate': code === 'token.missing' ? 'Bearer' : 'Bearer error="invalid_token"',
      'cache-control': 'no-store',
      'content-length': String(Buffer.byteLength(body)),
    });
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(codeIn(body)).toBe(code);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'Tenant request refused', fields: { code, statusCode: 401 } }]);
    expect(JSON.stringify(log.lines)).not.toMatch(/eyJ|Basic|access_token/);
    expect(route).not.toHaveBeenCalled();
    expect(aws.requests).toHaveLength(0);
  });

  it('refuses also when the logger throws', async () => {
    const broken = () => {
      throw new Error('no log');
    };
    const url = await serve(tenantsWith({ lines: [], warn: broken, error: broken }), () => 'never');
    await expect(get(url)).resolves.toMatchObject({ status: 401 });
  });

  it('fails with 429 and Retry-After when STS throttles', async () => {
    aws.answerWith(stsError('Throttling'));
    const answer = await get(await serve(tenantsWith(), () => 'never'), ACME);
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(codeIn(answer.body)).toBe('service.throttled');
  });

  it('fails as the table says for errors of the route, with one line each and nothing of the inside', async () => {
    const log = keptLog();
    let code: TenantDataAccessErrorCode = 'config.invalid';
    const url = await serve(tenantsWith(log), () => Promise.reject(new TenantDataAccessError(code, 'about the table tenant-data')));

    for (const [next, statusCode] of Object.entries(ANSWERED_WITH) as [TenantDataAccessErrorCode, number][]) {
      code = next;
      const { status, body } = await get(url, ACME);
      expect(status).toBe(statusCode);
      expect(codeIn(body)).toBe(statusCode === 500 ? 'internal' : code);
      expect(body).not.toContain('tenant-data');
      expect(log.lines.splice(0)).toEqual([
        {
          level: statusCode < 500 ? 'warn' : 'error',
          message: expect.any(String),
          fields: expect.objectContaining({ code, statusCode, reason: 'about the table tenant-data', tenantId: 'acme' }),
        },
      ]);
    }
  });

  it('fails as the server does for errors of the application, and logs nothing', async () => {
    const log = keptLog();
    const url = await serve(tenantsWith(log), () => Promise.reject(new Error('of the application')));

    const { status, body } = await get(url, ACME);
    expect(status).toBe(500);
    expect(body).toContain('of the application');
    expect(log.lines).toEqual([]);
  });

  it('leaves errors of the access that are not coded to the server, before the route', async () => {
    const tenants = tenantMiddleware<TenantTableSession>({ forTenant: () => Promise.reject(new Error('of the access')) });
    const route = jest.fn();

    const { status, body } = await get(await serve(tenants, route), ACME);
    expect(status).toBe(500);
    expect(body).toContain('of the access');
    expect(route).not.toHaveBeenCalled();
  });
});

describe('tenantMiddleware on Express', () => {
  async function serveWith(route: express.RequestHandler, log = keptLog()) {
    const tenants = tenantsWith(log);
    const app = express();
    app.set('env', 'test');
    app.use((_req, res, next) => {
      res.set('access-control-allow-origin', 'https://app.example.com');
      next();
    });
    app.use(tenants);
    app.get('/', route);
    app.use(tenants.errors);
    return listen(app);
  }

  it('keeps the headers set before, but not those of a body that never came', async () => {
    const url = await serveWith((_req, res) => {
      res.set({ 'content-type': 'image/png', 'content-length': '3', 'content-encoding': 'gzip', etag: '"1"' });
      throw new TenantDataAccessError('object.not_found', 'none');
    });
    const { status, headers, body } = await get(url, ACME);

    expect({ status, code: codeIn(body) }).toEqual({ status: 404, code: 'object.not_found' });
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example.com', 'content-type': 'application/json' });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('etag');
  });

  it('fails by closing the connection when the answer has begun, and logs nothing', async () => {
    const log = keptLog();
    const url = await serveWith((_req, res, next) => {
      res.write('half');
      next(new TenantDataAccessError('object.not_found', 'none'));
    }, log);

    await expect(get(url, ACME)).rejects.toThrow();
    expect(log.lines).toEqual([]);
  });
});

describe('tenantMiddleware on Fastify', () => {
  async function serveWith(route: RouteHandler, log = keptLog()) {
    const tenants = tenantsWith(log);
    const app = fastify({ genReqId: () => 'request-7' });
    closing.push(() => app.close());
    app.addHook('onRequest', tenants.fastifyHook);
    app.addHook('onSend', () => new Promise((sent) => setTimeout(sent, 5)));
    app.setErrorHandler(tenants.fastifyErrors);
    app.get('/', route);
    return app.listen({ host: '127.0.0.1', port: 0 });
  }

  it('refuses before the route also when the answer takes its time, and logs the id of the request', async () => {
    const log = keptLog();
    const route = jest.fn(() => Promise.resolve('reached'));

    await expect(get(await serveWith(route, log))).resolves.toMatchObject({ status: 401 });
    expect(route).not.toHaveBeenCalled();
    expect(log.lines).toMatchObject([{ fields: { requestId: 'request-7' } }]);
  });

  it('keeps the headers set before, but not those of a body that never came', async () => {
    const url = await serveWith((_request, reply) => {
      void reply.headers({
        'content-type': 'image/png',
        'content-length': '3',
        'content-encoding': 'gzip',
        etag: '"1"',
        'x-kept': 'yes',
      });
      throw new TenantDataAccessError('object.not_found', 'none');
    });
    const { status, headers, body } = await get(url, ACME);

    expect({ status, code: codeIn(body) }).toEqual({ status: 404, code: 'object.not_found' });
    expect(headers).toMatchObject({ 'x-kept': 'yes', 'content-type': expect.stringMatching(/^application\/json/) });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('etag');
  });
});

describe('session', () => {
  it('refuses a request for which the middleware did not run, with 500', async () => {
    const tenants = tenantsWith();
    const app = express();
    app.get('/', (req, res) => res.send(tenants.session(req).tenantId));
    app.use(tenants);
    app.use(tenants.errors);

    const { status, body } = await get(await listen(app), ACME);
    expect({ status, code: codeIn(body) }).toEqual({ status: 500, code: 'internal' });
  });

  it('refuses all but the very request: no copy, no heir, none of another middleware', async () => {
    const [tenants, others] = [tenantsWith(), tenantsWith()];
    const app = express();
    app.use(tenants);
    app.get('/', (req, res) => {
      expect(tenants.session(req).tenantId).toBe('acme');
      const unlike = { ...req, headers: req.headers, rawHeaders: req.rawHeaders };
      for (const other of [unlike, Object.create(req) as typeof req, { raw: req }]) {
        expect(() => tenants.session(other)).toThrow('No tenant session is open for this request');
      }
      expect(() => others.session(req)).toThrow(refusal('config.invalid'));
      expect(Object.values(req)).not.toContain(tenants.session(req));
      res.send('checked');
    });
    await expect(get(await listen(app), ACME)).resolves.toMatchObject({ body: 'checked' });
  });

  it.each([undefined, null, 'request'])('refuses %p', (request) => {
    expect(() => tenantsWith().session(request as never)).toThrow(refusal('config.invalid'));
  });
});

describe('tenantMiddleware', () => {
  it.each<[string, unknown, unknown]>([
    ['no access', undefined, {}],
    ['an unknown option', { forTenant: () => undefined }, { onError: () => undefined }],
    ['a logger that cannot log', { forTenant: () => undefined }, { logger: {} }],
  ])('refuses %s at once', (_, access, options) => {
    expect(() => tenantMiddleware(access as TenantTableAccess, options as object)).toThrow(refusal('config.invalid'));
  });

  it('refuses a request whose Authorization header was put in place of another', async () => {
    const tenants = tenantsWith();
    const app = express();
    app.use((req, _res, next) => {
      req.headers.authorization = `Bearer ${tenantToken('globex')}`;
      next();
    });
    app.use(tenants, (_req, res) => res.send('reached'));
    await expect(get(await listen(app), ACME)).resolves.toMatchObject({ status: 401 });
  });

  it('loads no part of the SDK', () => {
    jest.isolateModules(() => {
      for (const name of ['client-sts', 'client-dynamodb', 'lib-dynamodb', 'client-s3']) {
        jest.doMock(`@aws-sdk/${name}`, () => {
          throw new Error(`${name} was loaded`);
        });
      }
      expect(() => jest.requireActual<object>('multi-tenant-data-access/middleware')).not.toThrow();
      expect(() => jest.requireActual<object>('multi-tenant-data-access/table')).toThrow('was loaded');
    });
  });
});

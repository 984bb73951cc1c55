import { build } from 'esbuild';
import { preTokenGenerationHandler, TOKEN_TRIGGER_SETTINGS } from 'multi-tenant-data-access/cognito';
import type { PreTokenGenerationEvent, TokenTriggerSettings } from 'multi-tenant-data-access/cognito';
import { ROLES_CLAIM, SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { readTenantToken } from 'multi-tenant-data-access/token/tenant-token';
import { caughtFrom, refusal } from '../../support/refusal';
import { signToken } from '../../support/tokens';
import { PLAIN_SETTINGS, SETTINGS, signIn, TRIGGER_SOURCES, userWith } from './sign-ins';

const ARN = 'arn:aws:iam::123456789012:role/tenant-access';
const handler = preTokenGenerationHandler(SETTINGS);
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
});

afterEach(() => {
  jest.restoreAllMocks();
});

const claimsFrom = async (event: PreTokenGenerationEvent, settings: TokenTriggerSettings = SETTINGS) =>
  (await preTokenGenerationHandler(settings)(event)).response.claimsAndScopeOverrideDetails.idTokenGeneration.claimsToAddOrOverride;

describe('a sign-in', () => {
  it.each(TRIGGER_SOURCES.flatMap((source) => ['2', '3'].map((version) => [source, version] as const)))(
    'by %s, of version %s, is answered with the tags in the ID token, and with nothing else',
    async (triggerSource, version) => {
      const event = signIn(userWith({ 'custom:role': 'editor' }), { triggerSource, version });
      const before = structuredClone(event);
      expect(await handler(event)).toEqual({
        ...before,
        response: {
          claimsAndScopeOverrideDetails: {
            idTokenGeneration: {
              claimsToAddOrOverride: {
                'https://aws.amazon.com/tags': {
                  principal_tags: { tenant_id: ['acme'], permissions: ['rw-/rw-'] },
                  transitive_tag_keys: ['tenant_id', 'permissions'],
                },
              },
            },
            groupOverrideDetails: before.request.groupConfiguration,
          },
        },
      });
      expect(event).toEqual(before);
      expect(lines).toEqual([]);
    },
  );

  it('makes a token that is read here as of that tenant', async () => {
    const token = signToken({ exp: Math.floor(Date.now() / 1000) + 600, ...(await claimsFrom(signIn())) });
    expect(readTenantToken(token, { tagKey: 'tenant_id' }).tenantId).toBe('acme');
  });

  it('names only the tenant, where no permissions are configured', async () => {
    expect(await claimsFrom(signIn(userWith({ 'custom:role': 'admin' })), PLAIN_SETTINGS)).toEqual({
      [SESSION_TAGS_CLAIM]: { principal_tags: { tenant_id: ['acme'] }, transitive_tag_keys: ['tenant_id'] },
    });
  });

  it('names the roles that may be assumed', async () => {
    const settings = { ...PLAIN_SETTINGS, roleArns: [ARN] };
    expect((await claimsFrom(signIn(), settings))[ROLES_CLAIM]).toEqual([ARN]);
    expect(Object.keys(await claimsFrom(signIn(), PLAIN_SETTINGS))).toEqual([SESSION_TAGS_CLAIM]);
  });

  it('leaves out groups that the event does not have', async () => {
    const event = { ...signIn(), request: { userAttributes: userWith() } };
    const { response } = await handler(event);
    expect(Object.keys(response.claimsAndScopeOverrideDetails)).toEqual(['idTokenGeneration']);
  });

  it('goes by the settings that it was made with, whatever becomes of them', async () => {
    const settings = structuredClone<TokenTriggerSettings>(SETTINGS) as { tenantAttribute: string };
    const made = preTokenGenerationHandler(settings as TokenTriggerSettings);
    settings.tenantAttribute = 'custom:org';
    expect((await made(signIn(userWith({ 'custom:org': 'globex' })))).response).toMatchObject({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride: { [SESSION_TAGS_CLAIM]: { principal_tags: { tenant_id: ['acme'] } } } },
      },
    });
  });
});

describe('an event that cannot be answered', () => {
  it.each<[string, unknown, string]>([
    [
      'of version V1_0',
      signIn(userWith(), { version: '1' }),
      'its event has version "1": set the user pool\'s pre-token-generation trigger to V2_0',
    ],
    ['of version V4_0', signIn(userWith(), { version: '4' }), 'its event has version "4"'],
    ['of a version that is a number', signIn(userWith(), { version: 2 }), 'its event has version 2'],
    ['without a version', signIn(userWith(), { version: undefined }), 'its event has version a value of type undefined'],
    [
      'of a machine',
      signIn(undefined, { triggerSource: 'TokenGeneration_ClientCredentials', version: '3' }),
      'client credentials name no user and so no tenant',
    ],
    [
      'of another trigger',
      signIn(userWith(), { triggerSource: 'PostAuthentication_Authentication' }),
      '"PostAuthentication_Authentication" calls it',
    ],
    ['without a source', signIn(userWith(), { triggerSource: undefined }), 'a value of type undefined calls it'],
    ['without a request', signIn(userWith(), { request: undefined }), "its event has no 'request'"],
    ['that is null', null, 'calls it'],
    ['that is text', 'event', 'calls it'],
  ])('fails %s', async (_what, event, says) => {
    const error = await caughtFrom(() => handler(event as PreTokenGenerationEvent));
    expect(error).toEqual(refusal('config.invalid', 'The token trigger cannot be used', says));
    expect(lines).toHaveLength(1);
  });

  it('fails without attributes', async () => {
    await expect(handler({ ...signIn(), request: {} })).rejects.toThrow(refusal('token.tenant_missing'));
  });
});

describe('a refusal', () => {
  it('is one line in the log, with ids and the value that was refused, and with nothing else of the user', async () => {
    const event = signIn(userWith({ 'custom:role': 'owner', 'custom:secret': 'of the user', phone_number: '+491234567' }));
    const error = await caughtFrom(() => handler(event));
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      {
        level: 'ERROR',
        message: 'No token was made',
        code: 'permissions.invalid',
        reason: error.message,
        userPoolId: 'eu-central-1_a1B2c3D4e',
        clientId: '1example23456789',
        sub: '9f6c2a10-3b1f-4c57-9d61-1f4b0a6f3e77',
      },
    ]);
    expect(error.message).toContain('"owner"');
    expect(lines.join()).not.toMatch(/ann|acme|\+49|of the user/);
  });

  it('leaves out ids that are none', async () => {
    const event = signIn(userWith({ 'custom:tenant_id': undefined, sub: 'ann@acme.example' }), {
      userPoolId: { a: 1 },
      callerContext: null,
    });
    await caughtFrom(() => handler(event as unknown as PreTokenGenerationEvent));
    expect(Object.keys(JSON.parse(lines[0] ?? '') as object)).toEqual(['level', 'message', 'code', 'reason']);
  });

  it('keeps what steers a terminal out of message and log', async () => {
    const error = await caughtFrom(() => handler(signIn(userWith({ 'custom:tenant_id': 'a\u001b[2J\u202e\n{"level":"INFO"}' }))));
    expect(lines).toHaveLength(1);
    expect(error.message + lines.join()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('does not show what is too long, or looks like a token', async () => {
    for (const tenantId of ['x'.repeat(129), 'eyJhbGciOiJub25lIn0.e30.']) {
      await caughtFrom(() => handler(signIn(userWith({ 'custom:tenant_id': tenantId }))));
      expect(lines.pop()).not.toContain(tenantId);
    }
  });

  it('carries no stack, which Lambda would log', async () => {
    const error = await caughtFrom(() => handler(signIn(userWith({ 'custom:tenant_id': '*' }))));
    expect(error.stack).toBe(`TenantDataAccessError: ${error.message}`);
  });

  it('is coded, and says nothing of an error that nobody foresaw', async () => {
    const event = signIn();
    Object.defineProperty(event.request, 'groupConfiguration', {
      get: () => {
        throw new Error('secret');
      },
    });
    const error = await caughtFrom(() => handler(event));
    expect(error).toEqual(refusal('service.failed', 'The token trigger failed.'));
    expect(lines.join()).not.toContain('secret');
  });
});

describe('settings of a handler', () => {
  it('fail at once where they are broken', () => {
    expect(() => preTokenGenerationHandler({ ...SETTINGS, tenantAttribute: 'email' })).toThrow(
      refusal('config.invalid', 'The token trigger cannot be configured', '\'tenantAttribute\' is "email"'),
    );
  });
});

describe('the handler of the environment', () => {
  const loadedWith = (settings: string | undefined) => {
    if (settings === undefined) Reflect.deleteProperty(process.env, TOKEN_TRIGGER_SETTINGS);
    else process.env[TOKEN_TRIGGER_SETTINGS] = settings;
    let loaded: typeof import('multi-tenant-data-access/cognito') | undefined;
    jest.isolateModules(() => {
      loaded = jest.requireActual<typeof import('multi-tenant-data-access/cognito')>('multi-tenant-data-access/cognito');
    });
    if (loaded === undefined) throw new Error('Nothing was loaded.');
    return loaded.handler;
  };

  afterEach(() => {
    Reflect.deleteProperty(process.env, TOKEN_TRIGGER_SETTINGS);
  });

  it('reads its settings at load, and only then', async () => {
    const loaded = loadedWith(JSON.stringify(SETTINGS));
    process.env[TOKEN_TRIGGER_SETTINGS] = '{}';
    expect((await loaded(signIn())).response.claimsAndScopeOverrideDetails.idTokenGeneration.claimsToAddOrOverride).toEqual(
      await claimsFrom(signIn()),
    );
  });

  it.each([
    [undefined, 'The environment variable TOKEN_TRIGGER_SETTINGS is not set.'],
    ['', 'The environment variable TOKEN_TRIGGER_SETTINGS holds no JSON.'],
    ['{', 'The environment variable TOKEN_TRIGGER_SETTINGS holds no JSON.'],
    ['null', 'the settings are null, allowed is an object'],
    ['{}', "'tenantAttribute' is a value of type undefined"],
    [JSON.stringify({ ...SETTINGS, tenantAttribute: 'email' }), '\'tenantAttribute\' is "email"'],
    [JSON.stringify({ ...SETTINGS, extra: 1 }), 'unknown setting "extra"'],
  ])('refuses every call with the settings %j: the person is told to ask, the log says why', async (settings, reason) => {
    const loaded = loadedWith(settings);
    expect(lines).toEqual([]);
    for (let call = 0; call < 2; call++) {
      const error: unknown = await loaded(signIn()).catch((thrown: unknown) => thrown);
      // Loaded apart, so its errors are of a class of their own.
      expect(error).toMatchObject({ code: 'config.invalid', message: expect.stringContaining('is not configured properly') });
      expect(String(error)).not.toContain(reason);
      expect(JSON.parse(lines[call] ?? '')).toMatchObject({ code: 'config.invalid', reason: expect.stringContaining(reason) });
    }
  });
});

it('is bundled with nothing but the conventions', async () => {
  const { metafile } = await build({
    entryPoints: ['runtime/src/cognito.ts'],
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    outfile: 'index.js',
  });
  const room = /^runtime\/src\/(?:cognito\.ts|cognito\/[\w-]+\.ts|tenancy\.ts|permissions\.ts|errors\.ts)$/;
  expect(Object.keys(metafile.inputs).filter((input) => !room.test(input))).toEqual([]);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
});

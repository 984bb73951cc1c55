import { inspect } from 'node:util';
import { assertUsable, TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { issuedKeys } from '../../support/loopback-aws';
import { refusal } from '../../support/refusal';

const NOON = new Date('2026-06-01T12:00:00.000Z');
const KEYS = { ...issuedKeys('acme'), expiration: NOON };
const SECRETS = [KEYS.accessKeyId, KEYS.secretAccessKey, KEYS.sessionToken];

describe('TenantCredentials', () => {
  const credentials = new TenantCredentials('acme', KEYS);

  it('gives its tenant, its keys and its end', () => {
    const { tenantId, accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
    expect({ tenantId, accessKeyId, secretAccessKey, sessionToken, expiration }).toEqual({ tenantId: 'acme', ...KEYS });
  });

  it.each<[string, (value: object) => string]>([
    ['util.inspect', (value) => inspect(value, { depth: Infinity })],
    ['util.inspect with what is hidden', (value) => inspect(value, { depth: Infinity, showHidden: true })],
    ['util.inspect with getters', (value) => inspect(value, { depth: Infinity, getters: true })],
    ['util.format', (value) => inspect({ nested: [value] }, { depth: Infinity })],
    ['JSON.stringify', (value) => JSON.stringify(value)],
    ['Object.entries', (value) => JSON.stringify(Object.entries(value))],
    ['Object.getOwnPropertyNames', (value) => Object.getOwnPropertyNames(value).join()],
    ['a spread', (value) => inspect({ ...value }, { depth: Infinity, showHidden: true })],
    ['structuredClone', (value) => inspect(structuredClone(value), { depth: Infinity, showHidden: true })],
    ['for in', (value) => Object.keys(value).join() + Object.values(value).join()],
  ])('shows no key in %s', (_how, shown) => {
    for (const secret of SECRETS) expect(shown(credentials)).not.toContain(secret);
  });

  it('shows its tenant only when serialised', () => {
    expect(JSON.stringify(credentials)).toBe('{"tenantId":"acme"}');
  });

  it('keeps its end when the date it returns is changed', () => {
    const ending = new TenantCredentials('acme', KEYS);
    ending.expiration.setFullYear(2099);
    expect(ending.expiration).toEqual(new Date('2026-06-01T12:00:00.000Z'));
    expect(() => {
      assertUsable(ending, NOON);
    }).toThrow(refusal('credentials.expired', '2026-06-01T12:00:00.000Z'));
  });

  it('fails to take another tenant, another end or another key', () => {
    expect(() => Object.assign(credentials, { tenantId: 'globex' })).toThrow(TypeError);
    expect(() => Object.assign(credentials, { expiration: new Date() })).toThrow(TypeError);
    expect(() => Object.assign(credentials, { accessKeyId: 'AKIAOTHER' })).toThrow(TypeError);
    expect(() => Object.defineProperty(credentials, 'accessKeyId', { value: 'AKIAOTHER' })).toThrow(TypeError);
    expect(credentials.tenantId).toBe('acme');
    expect(credentials.accessKeyId).toBe(KEYS.accessKeyId);
  });
});

describe('assertUsable', () => {
  const credentials = new TenantCredentials('acme', KEYS);

  it('takes credentials to their last millisecond', () => {
    expect(() => {
      assertUsable(credentials, new Date(NOON.getTime() - 1));
    }).not.toThrow();
  });

  it.each([0, 1, 3_600_000])('fails %d milliseconds after their end', (milliseconds) => {
    expect(() => {
      assertUsable(credentials, new Date(NOON.getTime() + milliseconds));
    }).toThrow(
      refusal('credentials.expired', "The session of tenant 'acme' ended at 2026-06-01T12:00:00.000Z", 'assume the role again'),
    );
  });

  it('compares with the present unless told otherwise', () => {
    expect(() => {
      assertUsable(new TenantCredentials('acme', { ...KEYS, expiration: new Date(Date.now() + 60_000) }));
    }).not.toThrow();
    expect(() => {
      assertUsable(new TenantCredentials('acme', { ...KEYS, expiration: new Date(Date.now() - 1) }));
    }).toThrow(refusal('credentials.expired'));
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'acme'],
    ["the SDK's credentials", KEYS],
    ['an object of the same shape', { tenantId: 'acme', ...KEYS }],
    ['a provider of credentials', () => Promise.resolve(KEYS)],
    ['a copy that lost its keys', Object.assign({}, credentials)],
    ['a clone', structuredClone(credentials)],
    ['an object that has its prototype', Object.create(TenantCredentials.prototype)],
    ['an object that inherits from it', Object.create(credentials)],
    ['a proxy of it', new Proxy(credentials, {})],
  ])('fails for %s', (_what, foreign) => {
    expect(() => {
      assertUsable(foreign, new Date(0));
    }).toThrow(refusal('credentials.foreign', 'pass what assumeTenantRole returned'));
  });
});

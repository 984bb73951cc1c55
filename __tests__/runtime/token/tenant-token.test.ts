import { readTenantToken } from 'multi-tenant-data-access/token/tenant-token';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { refusal } from '../../support/refusal';
import { FLATTENED_TAG_CLAIM, REFUSED_TOKENS, tokenWith, tokenWithFlattenedTag, tokenWithTags } from '../../support/refused-tokens';
import { signToken, tenantClaims, tenantToken } from '../../support/tokens';

const TAG = { tagKey: 'tenant_id' };
const NOON = new Date('2026-06-01T12:00:00.000Z');
const NOON_SECONDS = NOON.getTime() / 1000;

/** A sound token of exactly this many characters. */
function tokenOfLength(length: number): string {
  const signed = tenantToken('acme').split('.', 2).join('.');
  return `${signed}.${'A'.repeat(length - signed.length - 1)}`;
}

describe('readTenantToken', () => {
  it.each([
    ['the nested form', tenantToken('acme')],
    ['the flattened form', tokenWithFlattenedTag('acme')],
    ['both forms when they agree', tokenWith({ [FLATTENED_TAG_CLAIM]: 'acme' })],
    ['the nested form beside other tags', tokenWithTags({ team: ['red'], tenant_id: ['acme'], empty: [''] })],
    [
      'the flattened form beside another nested tag',
      tokenWith({ [SESSION_TAGS_CLAIM]: { principal_tags: { team: ['red'] } }, [FLATTENED_TAG_CLAIM]: 'acme' }),
    ],
    ['a nested form without transitive keys', tokenWithTags({ tenant_id: ['acme'] })],
  ])('reads the tenant from %s', (_form, token) => {
    expect(readTenantToken(token, TAG).tenantId).toBe('acme');
  });

  it('reads the tenant from a tag of another key', () => {
    expect(readTenantToken(signToken(tenantClaims('acme', 'Tenant ID')), { tagKey: 'Tenant ID' }).tenantId).toBe('acme');
  });

  it.each(['https://aws.amazon.com/tags', FLATTENED_TAG_CLAIM, 'principal_tags'])('fails when %s is inherited only', (name) => {
    const polluted = { principal_tags: { tenant_id: ['acme'] }, tenant_id: ['acme'] };
    const token = tokenWith({ [SESSION_TAGS_CLAIM]: name === 'principal_tags' ? {} : undefined });
    Object.defineProperty(Object.prototype, name, { value: polluted, configurable: true });
    try {
      expect(() => readTenantToken(token, TAG)).toThrow(/names no tenant|must be an object/);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  });

  it.each([0, 1, 2])('fails for padding in part %d, which RFC 7515 does not have', (padded) => {
    const token = tenantToken('acme')
      .split('.')
      .map((part, index) => (index === padded ? `${part}=` : part))
      .join('.');
    expect(() => readTenantToken(token, TAG)).toThrow(refusal('token.malformed', "padded with '='"));
  });

  it.each(['\u0007', '\u007f', '\u009b31m', '\u200b', '\u202e', '\u2028', '\u{e0041}'])(
    'fails for a tenant with %j in a message without it',
    (character) => {
      const refused = () => readTenantToken(tenantToken(`a${character}b`), TAG);
      expect(refused).toThrow(refusal('tenant.invalid', 'is not a tenant id'));
      expect(refused).toThrow(/^[ -~]*$/);
    },
  );

  it.each([1, 128])('reads a tenant id of %d characters', (length) => {
    expect(readTenantToken(tenantToken('a'.repeat(length)), TAG).tenantId).toBe('a'.repeat(length));
  });

  it.each(Object.entries(REFUSED_TOKENS))('fails for %s', (_what, { token, code, says }) => {
    expect(() => readTenantToken(token, TAG)).toThrow(refusal(code, says));
  });

  describe('subject', () => {
    const subjectOf = (claims: Record<string, unknown>) => readTenantToken(tokenWith(claims), TAG).subject;

    it('is the same in two tokens of one user', () => {
      expect(subjectOf({ jti: '1' })).toBe(subjectOf({ jti: '2' }));
    });

    it.each<[string, Record<string, unknown>]>([
      ['another user', { sub: 'user-2' }],
      ['the user of another issuer', { iss: 'https://login.example.org' }],
      ['names that run into each other', { iss: 'https://login.example.com","user', sub: '-1' }],
      ['no user', { sub: undefined }],
      ['an empty user', { sub: '' }],
    ])('differs for %s', (_whose, claims) => {
      expect(subjectOf(claims)).not.toBe(subjectOf({}));
    });

    it.each([undefined, ''])('of a token that names none (%j) is the token itself', (sub) => {
      expect(subjectOf({ sub, jti: '1' })).not.toBe(subjectOf({ sub, jti: '2' }));
      expect(subjectOf({ sub, jti: '1' })).toBe(subjectOf({ sub, jti: '1' }));
    });
  });

  describe('length', () => {
    it('takes 20,000 characters', () => {
      const token = tokenOfLength(20_000);
      expect(token).toHaveLength(20_000);
      expect(readTenantToken(token, TAG).tenantId).toBe('acme');
    });

    it('fails for 20,001 characters', () => {
      expect(() => readTenantToken(tokenOfLength(20_001), TAG)).toThrow(
        refusal('token.malformed', 'STS takes a string of 4-20000 characters', 'a string of 20001 characters'),
      );
    });

    it('fails for 3 characters by the length, for 4 by the form', () => {
      expect(() => readTenantToken('abc', TAG)).toThrow(
        refusal('token.malformed', '4-20000 characters', 'a string of 3 characters'),
      );
      expect(() => readTenantToken('abcd', TAG)).toThrow(refusal('token.malformed', 'not a JSON Web Token'));
    });
  });

  describe('expiration', () => {
    it('takes a token that ends in a second', () => {
      const { expiration } = readTenantToken(tokenWith({ exp: NOON_SECONDS + 1 }), TAG, NOON);
      expect(expiration).toEqual(new Date('2026-06-01T12:00:01.000Z'));
    });

    it('takes a fraction of a second, which NumericDate allows', () => {
      expect(readTenantToken(tokenWith({ exp: NOON_SECONDS + 0.5 }), TAG, NOON).expiration).toEqual(
        new Date('2026-06-01T12:00:00.500Z'),
      );
    });

    it.each([0, 1, 3600])('fails for a token that ended %d seconds ago', (seconds) => {
      expect(() => readTenantToken(tokenWith({ exp: NOON_SECONDS - seconds }), TAG, NOON)).toThrow(
        refusal('token.expired', new Date(NOON.getTime() - seconds * 1000).toISOString(), 'get a new one'),
      );
    });

    it('takes the last second of the year 9999', () => {
      expect(readTenantToken(tokenWith({ exp: 253_402_300_799 }), TAG)).toEqual({
        tenantId: 'acme',
        issuer: 'https://login.example.com',
        subject: '["https://login.example.com","user-1"]',
        expiration: new Date('9999-12-31T23:59:59.000Z'),
      });
    });

    it.each([
      ['the first second of the year 10000', 253_402_300_800],
      ['milliseconds', Date.now() + 3_600_000],
      ['milliseconds of a time that is over', Date.now() - 3_600_000],
      ['the last second a date can hold', 8.64e12],
      ['the second after it', 8.64e12 + 1],
      ['microseconds', Date.now() * 1000],
    ])('fails for %s', (_what, exp) => {
      expect(() => readTenantToken(tokenWith({ exp }), TAG)).toThrow(
        refusal('token.malformed', "its 'exp' claim is no time in seconds since 1970"),
      );
    });

    it.each(['4102444800', '', 'tomorrow', true, null, [4_102_444_800], {}])('fails for %j, which is no number', (exp) => {
      expect(() => readTenantToken(tokenWith({ exp }), TAG)).toThrow(
        refusal('token.malformed', 'a JSON header and payload whose standard claims have their types'),
      );
    });

    it('fails with a message that names the token', () => {
      expect(() => readTenantToken(tokenWith({ exp: NOON_SECONDS }), TAG, NOON)).toThrow(
        refusal('token.expired', 'The web identity token expired at 2026-06-01T12:00:00.000Z: get a new one'),
      );
    });

    it('is checked before the tenant', () => {
      expect(() => readTenantToken(signToken({ exp: NOON_SECONDS }), TAG, NOON)).toThrow(refusal('token.expired'));
    });
  });

  describe('with the tenant in a claim of its own', () => {
    const CLAIM = { claim: 'custom:tenant_id' };

    it('reads that claim and not the tags', () => {
      expect(readTenantToken(tokenWith({ 'custom:tenant_id': 'globex' }), CLAIM).tenantId).toBe('globex');
    });

    it('fails when only the tags name a tenant', () => {
      expect(() => readTenantToken(tenantToken('acme'), CLAIM)).toThrow(
        refusal('token.tenant_missing', 'the claim "custom:tenant_id"'),
      );
    });

    it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('fails when %s is inherited only', (claim) => {
      expect(() => readTenantToken(tenantToken('acme'), { claim })).toThrow(
        refusal('token.tenant_missing', `the claim "${claim}"`),
      );
    });

    it('reads a claim of its own that is named as an inherited one', () => {
      expect(readTenantToken(tokenWith({ toString: 'globex' }), { claim: 'toString' }).tenantId).toBe('globex');
    });

    it.each([[['acme']], [7], [null], [''], ['acme/globex'], ['a..b']])('fails for the value %j', (value) => {
      expect(() => readTenantToken(tokenWith({ 'custom:tenant_id': value }), CLAIM)).toThrow(
        refusal('tenant.invalid', 'is not a tenant id'),
      );
    });
  });
});

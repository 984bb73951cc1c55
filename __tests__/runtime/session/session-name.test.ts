import { roleSessionName } from 'multi-tenant-data-access/session/session-name';
import { refusal } from '../../support/refusal';

const IAM_SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const LENGTHS = [1, 2, 3, 63, 64, 65, 127, 128];

describe('roleSessionName', () => {
  it.each(LENGTHS)('fits IAM for a tenant id of %d characters', (length) => {
    expect(roleSessionName('x'.repeat(length))).toMatch(IAM_SESSION_NAME);
    expect(roleSessionName('x')).not.toMatch(/\n/);
  });

  it.each([2, 4, 64])('is the tenant id itself when that has %d characters', (length) => {
    expect(roleSessionName('x'.repeat(length))).toBe('x'.repeat(length));
  });

  it('writes out what an id of one character is', () => {
    expect(roleSessionName('7')).toBe('tenant=7');
  });

  it.each([65, 128])('keeps the start of an id of %d characters and ends in a digest', (length) => {
    expect(roleSessionName('x'.repeat(length))).toMatch(/^x{47}=[0-9a-f]{16}$/);
  });

  it('is the same for the same tenant', () => {
    expect(roleSessionName('x'.repeat(100))).toBe(roleSessionName('x'.repeat(100)));
  });

  it('differs between tenants: of all lengths, in case, and at the end of a long id', () => {
    const long = 'x'.repeat(64);
    const ids = [
      ...Array.from({ length: 128 }, (_, index) => 'x'.repeat(index + 1)),
      ...Array.from({ length: 500 }, (_, index) => `${long}${index}`),
      'X',
      'tenant-x',
      'tenant.x',
      'tenantx',
      'Acme',
      'acme',
      `${long}A`,
      `${long}a`,
      'y'.repeat(64) + 'A',
      'y'.repeat(64) + 'a',
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map(roleSessionName)).size).toBe(ids.length);
  });

  it('is never the name of another tenant, because it holds a sign that no tenant id has', () => {
    for (const length of LENGTHS.filter((each) => each < 2 || each > 64)) {
      expect(roleSessionName('x'.repeat(length))).toContain('=');
    }
    expect(() => roleSessionName('tenant=x')).toThrow(refusal('tenant.invalid', '"tenant=x"'));
  });

  it.each(['', 'x'.repeat(129), 'a/b', 'a..b'])('fails for %j', (id) => {
    expect(() => roleSessionName(id)).toThrow(refusal('tenant.invalid', 'is not a tenant id'));
  });
});

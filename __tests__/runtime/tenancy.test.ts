import { itemKey, objectKey, objectPrefix, parseTenantId } from 'multi-tenant-data-access';
import { isTenantTagKey, objectListPrefix } from 'multi-tenant-data-access/tenancy';
import { refusal } from '../support/refusal';
import { tenantToken } from '../support/tokens';

const LONGEST_ID = 'a'.repeat(128);

describe('parseTenantId', () => {
  it.each([
    'a',
    '7',
    'A9',
    'acme',
    'Acme',
    'acme.eu',
    'acme_eu-1',
    'a--b',
    'a._-b',
    'a.b.c',
    '0190f5a4-7f3e-7c55-9d0f-8a1f6a1b2c3d',
    LONGEST_ID,
  ])('takes %j unchanged', (id) => {
    expect(parseTenantId(id)).toBe(id);
  });

  it.each([
    '',
    ' ',
    ' acme',
    'acme ',
    'acme\n',
    '\nacme',
    'acme\u0000',
    'a/b',
    '/acme',
    'acme/',
    '..',
    'a..b',
    '.acme',
    'acme.',
    '-acme',
    'acme-',
    '_acme',
    'acme_',
    'a b',
    'a=b',
    'a:b',
    'a#b',
    'a*',
    'a?',
    'a%2fb',
    'a\\b',
    'äcme',
    'аcme',
    '${aws:PrincipalTag/tenant_id}',
  ])('fails for %j', (id) => {
    expect(() => parseTenantId(id)).toThrow(
      refusal(
        'tenant.invalid',
        `${JSON.stringify(id)} is not a tenant id`,
        '1-128 characters of A-Z a-z 0-9 . _ -',
        "without '..'",
      ),
    );
  });

  it('fails for 129 characters, and tells their number only', () => {
    expect(() => parseTenantId(`${LONGEST_ID}a`)).toThrow(refusal('tenant.invalid', 'a string of 129 characters', '1-128'));
  });

  it('fails for 128 characters that do not fit, and shows them', () => {
    const id = `${'a'.repeat(127)}-`;
    expect(() => parseTenantId(id)).toThrow(refusal('tenant.invalid', id));
  });

  it.each([
    [undefined, 'a value of type undefined'],
    [null, 'null'],
    [7, '7'],
    [true, 'true'],
    [() => 'acme', 'a value of type function'],
    [7n, 'a value of type bigint'],
    [['acme'], 'a value of type object'],
    [{ toString: () => 'acme' }, 'a value of type object'],
  ])('fails for %p, which is no string', (value, given) => {
    expect(() => parseTenantId(value)).toThrow(refusal('tenant.invalid', `${given} is not a tenant id`));
  });

  it('fails for a token, and does not repeat it', () => {
    const token = tenantToken('acme');
    expect(() => parseTenantId(token)).toThrow(
      refusal('tenant.invalid', `a string of ${token.length} characters is not a tenant id`),
    );
  });

  it('fails for the short start of a token, and does not repeat it', () => {
    expect(() => parseTenantId('eyJhbGciOiJub25lIn0.')).toThrow(refusal('tenant.invalid', 'a string of 20 characters'));
  });
});

describe('isTenantTagKey', () => {
  it.each(['t', 'tenant_id', 'Tenant ID', 'tenant.id:a/b=c+d-e@f', 'Mandant-Ä', '0', 'laws:x', 'k'.repeat(128)])(
    'holds for %j',
    (key) => {
      expect(isTenantTagKey(key)).toBe(true);
    },
  );

  it.each([
    '',
    'k'.repeat(129),
    'tenant#id',
    'tenant,id',
    'tenant*',
    'tenant\nid',
    'tenant_id\n',
    'aws:tenant',
    'AWS:tenant',
    'Aws:',
    undefined,
    7,
    null,
    ['tenant_id'],
  ])('fails for %j', (key) => {
    expect(isTenantTagKey(key)).toBe(false);
  });
});

describe('objectPrefix', () => {
  it('ends in a slash, so that it covers no tenant whose id continues', () => {
    expect(objectPrefix('acme')).toBe('tenants/acme/');
    expect(objectKey('acme-2', 'a.pdf').startsWith(objectPrefix('acme'))).toBe(false);
  });

  it.each(['', 'acme/', '..', 'a..b'])('fails for tenant %j', (id) => {
    expect(() => objectPrefix(id)).toThrow(refusal('tenant.invalid', JSON.stringify(id)));
  });
});

describe('objectKey', () => {
  it.each([
    'a',
    'documents/a.pdf',
    'a/',
    'a//b',
    '...',
    '..a',
    'a../b',
    '.hidden/x',
    'a b+c',
    'ü/€.pdf',
    '%2e%2e/a',
    'tenants/globex/a',
    'a\u00a0\u2028\ufeff\uffff',
    '\u{1f600}',
    ' ',
  ])('puts %j under the tenant', (key) => {
    expect(objectKey('acme', key)).toBe(`tenants/acme/${key}`);
  });

  it.each([
    ['', 'a string of at least one character'],
    ['/a', 'drop the leading slash'],
    ['..', "a segment '.' or '..'"],
    ['.', "a segment '.' or '..'"],
    ['../globex/a', "a segment '.' or '..'"],
    ['a/../../globex/a', "a segment '.' or '..'"],
    ['a/..', "a segment '.' or '..'"],
    ['a/./b', "a segment '.' or '..'"],
    ['a\u0000b', 'control characters'],
    ['a\n', 'control characters'],
    ['a\u001fb', 'control characters'],
    ['a\u007f', 'control characters'],
    ['a\u0080', 'control characters'],
    ['a\u009f', 'control characters'],
    ['\ud83d', 'halves of a surrogate pair'],
    ['a\ude00b', 'halves of a surrogate pair'],
    ['\ude00\ud83d', 'halves of a surrogate pair'],
  ])('fails for %j', (key, reason) => {
    expect(() => objectKey('acme', key)).toThrow(refusal('tenant.invalid', 'is not an object key', reason));
  });

  it.each([undefined, null, 7, ['a']])('fails for %p, which is no string', (key) => {
    expect(() => objectKey('acme', key as unknown as string)).toThrow(
      refusal('tenant.invalid', 'must be a string of at least one character'),
    );
  });

  it('fails for a tenant that is not one', () => {
    expect(() => objectKey('acme/../globex', 'a')).toThrow(refusal('tenant.invalid', '"acme/../globex" is not a tenant id'));
  });

  it.each([
    ['ASCII', 'acme', 'a', 1],
    ['characters of two bytes', 'acme', 'é', 2],
    ['characters of three bytes', 'acme', '€', 3],
    ['characters of four bytes', 'acme', '😀', 4],
    ['the longest tenant id', LONGEST_ID, 'a', 1],
  ])('takes a key of 1,024 bytes with the prefix and fails for 1,025: %s', (_what, tenantId, character, bytes) => {
    const room = 1024 - Buffer.byteLength(objectPrefix(tenantId));
    const key = character.repeat(Math.floor(room / bytes)) + 'x'.repeat(room % bytes);

    expect(Buffer.byteLength(objectKey(tenantId, key))).toBe(1024);
    expect(() => objectKey(tenantId, `${key}x`)).toThrow(
      refusal('tenant.invalid', objectPrefix(tenantId), 'longer than 1024 bytes'),
    );
  });
});

describe('objectListPrefix', () => {
  it.each(['', 'a', 'a/', 'a//', 'a/.', '..', '.hidden', 'a b+%', 'tenants/globex/', '\u{1f600}'])(
    'puts %j under the tenant',
    (prefix) => {
      expect(objectListPrefix('acme', prefix)).toBe(`tenants/acme/${prefix}`);
    },
  );

  it.each([
    ['/', 'drop the leading slash'],
    ['../', "a segment '.' or '..'"],
    ['./a', "a segment '.' or '..'"],
    ['a/../globex', "a segment '.' or '..'"],
    ['a\n', 'control characters'],
    ['\ud83d', 'halves of a surrogate pair'],
    ['x'.repeat(1012), 'longer than 1024 bytes'],
    [undefined, 'it must be a string'],
    [7, 'it must be a string'],
  ])('fails for %j', (prefix, reason) => {
    expect(() => objectListPrefix('acme', prefix as string)).toThrow(
      refusal('tenant.invalid', 'is not a prefix of object keys', reason),
    );
  });

  it('takes 1,024 bytes with the prefix of the tenant', () => {
    expect(objectListPrefix('acme', 'x'.repeat(1011))).toHaveLength(1024);
  });

  it('fails for a tenant that is not one', () => {
    expect(() => objectListPrefix('acme/..', '')).toThrow(refusal('tenant.invalid', '"acme/.." is not a tenant id'));
  });
});

describe('itemKey', () => {
  it.each(['a', 'invoice#2026/01', '..', ' ', '\n', 'é'])('takes data id %j unchanged', (dataId) => {
    expect(itemKey('acme', dataId)).toEqual({ tenantId: 'acme', dataId });
  });

  it.each([
    ['ASCII', 'a', 1],
    ['characters of three bytes', '€', 3],
  ])('takes a data id of 1,024 bytes and fails for 1,025: %s', (_what, character, bytes) => {
    const dataId = character.repeat(Math.floor(1024 / bytes)) + 'x'.repeat(1024 % bytes);

    expect(Buffer.byteLength(itemKey('acme', dataId).dataId)).toBe(1024);
    expect(() => itemKey('acme', `${dataId}x`)).toThrow(refusal('tenant.invalid', 'is not a data id', 'a string of 1-1024 bytes'));
  });

  it.each(['', undefined, null, 7, {}, 'a\ud800', '\udc00b', ['a'], new String('a')])('fails for data id %p', (dataId) => {
    expect(() => itemKey('acme', dataId as string)).toThrow(refusal('tenant.invalid', 'is not a data id', '1-1024 bytes'));
  });

  it('fails for a tenant that is not one', () => {
    expect(() => itemKey('acme#1', 'a')).toThrow(refusal('tenant.invalid', '"acme#1" is not a tenant id'));
  });
});

import { readAttempt } from '../../../../lib/sandbox/page/attempt';
import { OPERATIONS, TOKENS } from '../../../../lib/sandbox/page/operations';

const WHOLE = {
  operation: 'put-item',
  tenant: 'acme',
  token: 'valid',
  permissions: 'rw-/r--',
  role: 'arn:aws:iam::123456789012:role/tenant',
  table: 'data',
  bucket: 'files',
  owner: 'globex',
  key: 'order#1',
  value: 'hello',
};

function read(changes: object) {
  return readAttempt(Buffer.from(JSON.stringify({ ...WHOLE, ...changes })));
}

describe('readAttempt', () => {
  it('reads an attempt', () => {
    expect(read({})).toStrictEqual({ attempt: WHOLE });
  });

  it('takes a valid token unless told otherwise, and leaves empty what the operation does not need', () => {
    const { operation, tenant, role, table } = { ...WHOLE, operation: 'scan' };
    const given = readAttempt(Buffer.from(JSON.stringify({ operation, tenant, role, table })));
    expect(given).toStrictEqual({
      attempt: { ...WHOLE, operation, permissions: '', bucket: '', owner: '', key: '', value: '' },
    });
  });

  it.each(['a/b', '*', ' ', '../globex', '${aws:username}', '\u202e', 'é', '__proto__'])(
    'takes the tenant %j as it is',
    (tenant) => {
      expect(read({ tenant })).toStrictEqual({ attempt: { ...WHOLE, tenant } });
    },
  );

  it('needs no tenant for a token without one', () => {
    expect(read({ token: 'no-tenant', tenant: '' })).toHaveProperty('attempt.tenant', '');
    expect(read({ token: 'forged', tenant: '' })).toStrictEqual({ errors: { tenant: 'Name the tenant that asks.' } });
  });

  it.each<[string, object, string]>([
    ['no operation', { operation: '' }, 'operation'],
    ['an operation that is not offered', { operation: 'delete-table' }, 'operation'],
    ['a name that every object has', { operation: 'constructor' }, 'operation'],
    ['a token that is not offered', { token: 'toString' }, 'token'],
    ['no role', { role: '' }, 'role'],
    ['no table', { table: '' }, 'table'],
    ['no owner of an item', { owner: '' }, 'owner'],
    ['no key', { key: '' }, 'key'],
    ['no bucket', { operation: 'list-objects', bucket: '' }, 'bucket'],
    ['no key of an object', { operation: 'get-object', key: '' }, 'key'],
    ['a number', { key: 1 }, 'key'],
    ['a list', { tenant: ['acme'] }, 'tenant'],
    ['null', { operation: null }, 'operation'],
    ['half a character', { key: '\ud800' }, 'key'],
    ['a field that is not known', { admin: 'yes' }, 'form'],
    ['a field by a name of objects', { toString: 'x' }, 'form'],
    ['a tenant that is too long', { tenant: 'a'.repeat(301) }, 'tenant'],
    ['a key that is too long', { key: 'a'.repeat(2049) }, 'key'],
    ['permissions that are too long', { permissions: 'a'.repeat(301) }, 'permissions'],
    ['permissions in a list', { permissions: ['viewer'] }, 'permissions'],
    ['a value that is too long', { value: 'a'.repeat(10_001) }, 'value'],
  ])('fails for %s, naming the field', (_, changes, field) => {
    const found = read(changes);
    expect(Object.keys('errors' in found ? found.errors : {})).toStrictEqual([field]);
  });

  it('takes what is just not too long', () => {
    const longest = { tenant: 'a'.repeat(300), permissions: 'a'.repeat(300), key: 'a'.repeat(2048), value: 'a'.repeat(10_000) };
    expect(read(longest)).toStrictEqual({ attempt: { ...WHOLE, ...longest } });
  });

  it('names all that is wrong at once', () => {
    const found = read({ tenant: '', key: '', role: '', owner: 5 });
    expect(Object.keys('errors' in found ? found.errors : {}).sort()).toStrictEqual(['key', 'owner', 'role', 'tenant']);
  });

  it.each(['', 'null', '[]', '"x"', '{', '1'])('fails for the body %j', (body) => {
    expect(readAttempt(Buffer.from(body))).toStrictEqual({ errors: { form: 'The request is no JSON object.' } });
  });

  it('is offered under labels that differ', () => {
    for (const offered of [OPERATIONS, TOKENS]) {
      const labels = Object.values(offered).map(({ label }: { label: string }) => label);
      expect(new Set(labels).size).toBe(labels.length);
    }
  });
});

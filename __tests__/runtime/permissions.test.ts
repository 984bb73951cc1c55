import {
  decodePermissions,
  encodePermissions,
  isRoleName,
  parsePermissions,
  type Permission,
  permissionPatterns,
  PERMISSIONS,
} from '../../runtime/src/permissions';
import { TenantDataAccessError } from '../../runtime/src/errors';

/** All 64 sets of permissions. */
const SETS = Array.from({ length: 2 ** PERMISSIONS.length }, (_, bits) =>
  PERMISSIONS.filter((__, place) => (bits >> place) % 2 === 1),
);

/** As IAM's StringLike compares, where patterns hold no star. */
function matches(pattern: string, value: string): boolean {
  return (
    pattern.length === value.length &&
    Array.from(pattern).every((character, place) => character === '?' || character === value[place])
  );
}

describe('parsePermissions', () => {
  it.each([
    { names: [], permissions: [] },
    { names: ['read'], permissions: ['table:read', 'bucket:read'] },
    { names: ['read', 'write'], permissions: ['table:read', 'table:write', 'bucket:read', 'bucket:write'] },
    { names: ['read', 'write', 'delete'], permissions: PERMISSIONS },
    { names: ['table:read', 'bucket:write'], permissions: ['table:read', 'bucket:write'] },
    { names: ['bucket:delete'], permissions: ['bucket:delete'] },
    { names: ['read', 'read', 'table:read'], permissions: ['table:read', 'bucket:read'] },
  ])('reads $names', ({ names, permissions }) => {
    expect(encodePermissions(parsePermissions(names))).toBe(encodePermissions(permissions as Permission[]));
  });

  it.each([
    ...[['READ'], ['reads'], [''], ['read write'], ['table'], ['table:'], [':read'], ['queue:read'], ['table:*'], ['*']],
    ...[[undefined], [null], [5], [['read']], [{}], ['constructor'], ['read', 'nonsense'], ['table:read:x']],
  ])('fails for %j, and says what is allowed', (...names) => {
    const parse = () => parsePermissions(names);
    expect(parse).toThrow(TenantDataAccessError);
    expect(parse).toThrow(/is no permission, allowed are read, write, delete, table:read, table:write/);
    expect(parse).toThrow(expect.objectContaining({ code: 'permissions.invalid' }) as Error);
  });

  it.each([[['write']], [['delete']], [['table:write', 'bucket:read']], [['table:delete']]])(
    'fails for %j: on the table it needs reading',
    (names) => {
      expect(() => parsePermissions(names)).toThrow(/needs 'table:read' beside it/);
    },
  );
});

describe('encoded permissions', () => {
  it('have a place for each', () => {
    expect(encodePermissions([])).toBe('---/---');
    expect(encodePermissions(PERMISSIONS)).toBe('rwd/rwd');
    expect(encodePermissions(['bucket:write', 'table:read'])).toBe('r--/-w-');
  });

  it('are read as they were written, each set in its own way', () => {
    const encoded = SETS.map(encodePermissions);
    expect(new Set(encoded).size).toBe(64);
    expect(encoded.map((value) => [...(decodePermissions(value) ?? [])])).toEqual(SETS);
  });

  it.each(['', 'rwd', 'rwd/rw', 'rwd/rwdd', 'RWD/RWD', 'dwr/rwd', 'viewer', 'rwd/rwd\n', '???/???', '*'])('are not %j', (value) => {
    expect(decodePermissions(value)).toBeUndefined();
  });
});

describe('permissionPatterns', () => {
  const needs: Permission[][] = [
    ['table:read'],
    ['table:read', 'table:write'],
    ['table:read', 'table:delete'],
    ['table:read', 'table:write', 'table:delete'],
    ['bucket:read'],
    ['bucket:write'],
    ['bucket:delete'],
    ['table:read', 'bucket:write'],
    [],
  ];

  it.each(needs.map((needed) => [needed]))('match the sets that hold %j, and no others', (needed) => {
    const patterns = permissionPatterns(needed);
    const matched = SETS.filter((set) => patterns.some((pattern) => matches(pattern, encodePermissions(set))));
    expect(matched).toEqual(SETS.filter((set) => needed.every((permission) => set.includes(permission))));
  });

  it('write out the half that is asked for', () => {
    expect(permissionPatterns(['table:read', 'table:write'])).toEqual(['rw-/???', 'rwd/???']);
    expect(permissionPatterns(['bucket:delete'])).toEqual(['???/--d', '???/-wd', '???/r-d', '???/rwd']);
    expect(permissionPatterns([])).toEqual(['???/???']);
  });

  it('match no name of a role', () => {
    const all = needs.flatMap(permissionPatterns);
    for (const name of ['rwd', 'rw-.rwd', 'r------', 'viewers', 'abc-def']) {
      expect(isRoleName(name)).toBe(true);
      expect(all.filter((pattern) => matches(pattern, name))).toEqual([]);
    }
  });
});

describe('isRoleName', () => {
  it.each(['a', 'viewer', 'Org-Admin_2.x', 'x'.repeat(64)])('takes %j', (name) => {
    expect(isRoleName(name)).toBe(true);
  });

  it.each(['', '1a', '-a', 'a b', 'a/b', 'a*', 'a?', 'ä', 'a\n', '${x}', 'x'.repeat(65), 5, null, undefined, ['viewer']])(
    'refuses %j',
    (name) => {
      expect(isRoleName(name)).toBe(false);
    },
  );
});

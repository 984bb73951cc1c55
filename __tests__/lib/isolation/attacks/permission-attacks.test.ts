import { awsActions, type AwsAction, type SubjectPermissions } from '../../../../lib/isolation';
import { partialPermissions, permissionsHeld, unmappedPermissions } from '../../../../lib/isolation/attacks/held-permissions';
import { isPermitted, permissionAttacks, unmappedTags } from '../../../../lib/isolation/attacks/permission-attacks';
import { given, subject } from '../../../support/estates';

const PERMISSIONS: SubjectPermissions = {
  tagKey: 'permissions',
  roles: { viewer: 'r--/r--', editor: 'rw-/rw-', broken: 'all' },
  guarded: true,
  named: ['viewer', 'editor', 'auditor', 'admin*'],
  undeclared: ['auditor'],
};

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await awsActions();
});

describe('what a value of the tag gives', () => {
  it.each<[value: string | undefined, wanted: readonly string[]]>([
    ['viewer', ['table:read', 'bucket:read']],
    ['rw-/--d', ['table:read', 'table:write', 'bucket:delete']],
    ['r??/???', ['table:read']],
    ['broken', []],
    ['Viewer', []],
    ['auditor', []],
    ['RWD/RWD', []],
    ['wrd/drw', ['table:delete']],
    ['rwd/rwd ', []],
    ['rwd', []],
    ['', []],
    ['toString', []],
    [undefined, []],
  ])('of %j is %j', (value, wanted) => {
    expect([...permissionsHeld(PERMISSIONS, value)]).toEqual(wanted);
  });
});

describe('values that nobody mapped', () => {
  it('are names that are nearly one, what a pattern takes, and no encoding; none gives anything', () => {
    const values = unmappedPermissions(PERMISSIONS);
    expect(values).toEqual(
      expect.arrayContaining([
        '',
        '*',
        '???/???',
        'rwd/rwd ',
        'RWD/RWD',
        'rwd',
        'viewerx',
        'viewer-x',
        'xviewer',
        'VIEWER',
        'viewe',
        'xditor',
        'adminx',
        'auditorx',
      ]),
    );
    for (const value of values) expect([value, permissionsHeld(PERMISSIONS, value).size]).toEqual([value, 0]);
  });

  it('are neither what is declared nor what nobody said anything of', () => {
    for (const name of ['viewer', 'editor', 'auditor']) expect(unmappedPermissions(PERMISSIONS)).not.toContain(name);
    expect(partialPermissions(PERMISSIONS)).toEqual(expect.arrayContaining(['viewer', 'editor', 'r--/---', '-wd/rwd', '---/---']));
  });

  it('begin no session where that is meant, but for what looks like an encoding', () => {
    expect(unmappedTags(PERMISSIONS)).toContain('viewerx');
    expect(unmappedTags(PERMISSIONS)).not.toContain('RWD/RWD');
    expect(unmappedTags({ ...PERMISSIONS, guarded: false })).toEqual([]);
  });
});

describe('what an action needs, by its access level', () => {
  const all = ['table:read', 'table:write', 'table:delete', 'bucket:read', 'bucket:write', 'bucket:delete'] as const;
  it.each<[name: string, needed: readonly (typeof all)[number][]]>([
    ['dynamodb:GetItem', ['table:read']],
    ['dynamodb:Query', ['table:read']],
    ['dynamodb:PutItem', ['table:read', 'table:write']],
    ['dynamodb:UpdateItem', ['table:read', 'table:write']],
    ['dynamodb:DeleteItem', ['table:read', 'table:delete']],
    ['dynamodb:PartiQLDelete', ['table:read', 'table:delete']],
    ['dynamodb:BatchWriteItem', ['table:read', 'table:write', 'table:delete']],
    ['s3:GetObject', ['bucket:read']],
    ['s3:ListBucket', ['bucket:read']],
    ['s3:PutObject', ['bucket:write']],
    ['s3:PutObjectAcl', ['bucket:write']],
    ['s3:PutObjectTagging', ['bucket:write']],
    ['s3:DeleteObjectTagging', ['bucket:write']],
    ['s3:DeleteObject', ['bucket:delete']],
    ['s3:DeleteObjectVersion', ['bucket:delete']],
  ])('%s needs %j, and fails without any of them', (name, needed) => {
    const action = given(actions.find((each) => each.name === name));
    expect(isPermitted(action, new Set(needed))).toBe(true);
    for (const one of needed) expect(isPermitted(action, new Set(all.filter((each) => each !== one)))).toBe(false);
  });

  it('takes parts of an upload for part of reading and of writing', () => {
    const action = given(actions.find(({ name }) => name === 's3:ListMultipartUploadParts'));
    expect(isPermitted(action, new Set(['bucket:write']))).toBe(true);
    expect(isPermitted(action, new Set(['bucket:read']))).toBe(true);
    expect(isPermitted(action, new Set(['bucket:delete', 'table:read']))).toBe(false);
  });
});

describe('attacks on permissions', () => {
  it('are none where permissions do not count', () => {
    expect([...permissionAttacks(subject(), actions)]).toEqual([]);
  });

  it('are on what is the own, by every action on items, objects and listings, in sessions without the tag too', () => {
    const attacks = [...permissionAttacks(subject({ permissions: PERMISSIONS }), actions)];
    const without = attacks.filter(({ session }) => session?.name === "tenant 'a' without permissions");
    for (const { session, demandsDenial, behindSecondLock } of attacks) {
      expect([session?.tenant, demandsDenial, behindSecondLock]).toEqual(['a', true, false]);
    }
    for (const { session } of without) expect(session?.context.get('aws:principaltag/permissions')).toBe('absent');
    const tried = new Set(without.map(({ requests }) => requests[0]?.action));
    const wanted = actions.filter(
      ({ name, service, resources }) =>
        (service === 's3' && resources.includes('object')) ||
        /^s3:ListBucket(?:Versions)?$|^dynamodb:(?:\w*Item|Query|PartiQL\w+)$/.test(name),
    );
    expect([...tried].sort()).toEqual(wanted.map(({ name }) => name).sort());
  });
});

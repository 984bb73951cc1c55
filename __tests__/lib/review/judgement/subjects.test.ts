import { tableAccessPolicy, trustPolicy } from '../../../../lib/policy';
import type { Estate, RoleFact } from '../../../../lib/review/estate/estate';
import { findRoles, type ReviewedRole, type SubjectOptions } from '../../../../lib/review/judgement/subjects';
import {
  ACCOUNT,
  ADMISSION,
  bucket,
  BUCKET,
  DESIGN,
  estate,
  ISSUER,
  KEY,
  known,
  less,
  PROVIDER,
  role,
  ROLE,
  roleWith,
  statements,
  subject,
  table,
  TABLE,
  TENANT,
} from '../../../support/estates';

const BARE = known(
  'bare',
  statements({ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action: 'sts:AssumeRoleWithWebIdentity' }),
);

function found(after: Estate, options: SubjectOptions = {}, before?: Estate): ReviewedRole {
  const { roles } = findRoles(after, before, options);
  const [first] = roles;
  if (first === undefined || roles.length > 1) throw new Error(`there are ${roles.length} roles`);
  return first;
}

const ofRole = (changes: Partial<RoleFact>) => estate({ roles: [role(changes)] });

/** Names of the policies that decide about the data, by its ARN. */
function asked(policies: ReviewedRole['after']): Record<string, string> {
  return Object.fromEntries([...(policies?.resources ?? [])].map(([arn, { name }]) => [arn, name]));
}

const isOpen = (policy: { readonly statements: readonly { readonly effect: string }[] } | undefined) =>
  policy?.statements.some(({ effect }) => effect === 'unknown');

describe('the design', () => {
  it('gives its subject and both locks', () => {
    const { subject: of, after, before, address } = found(estate());
    expect(of).toMatchObject({
      ...subject(),
      guardedKeys: false,
      tables: [{ arn: TABLE, keys: ['{tenant}'], assumed: false, indexes: [{ name: 'by-date', tenantLed: true }] }],
      buckets: [{ arn: BUCKET, prefixes: ['tenants/{tenant}/'], assumed: false }],
      named: {
        resources: [TABLE, `${TABLE}/index/by-date`, `${BUCKET}/tenants/{tenant}/*`, BUCKET],
        keys: ['{tenant}'],
        prefixes: ['tenants/{tenant}/*'],
        tenants: [],
        sessionNames: [],
        actions: expect.arrayContaining([['s3:ListBucket', BUCKET]]) as unknown[],
      },
    });
    expect(address).toBe('aws_iam_role.tenant');
    expect(after?.identity.map(({ name }) => name)).toEqual(['aws_iam_policy.table', 'aws_iam_policy.bucket']);
    expect(asked(after)).toEqual({ [TABLE]: 'aws_dynamodb_resource_policy.data', [BUCKET]: 'aws_s3_bucket_policy.files' });
    expect(before).toBeUndefined();
  });
});

describe('roles', () => {
  it.each<[string, Partial<RoleFact>]>([
    ['the own tag', {}],
    ['another tag', { identity: [known('p', JSON.parse(JSON.stringify(DESIGN.bucket).replaceAll('tenant_id', 'org')))] }],
    [
      'a claim',
      {
        trust: BARE,
        identity: [known('p', JSON.parse(JSON.stringify(DESIGN.bucket).replaceAll('aws:PrincipalTag/', `${ISSUER}:`)))],
      },
    ],
    ['a tag that only the trust policy names', { identity: [] }],
  ])('count with %s', (_, changes) => {
    expect(findRoles(ofRole(changes), undefined)).toMatchObject({
      roles: [{ address: 'aws_iam_role.tenant' }],
      withoutTenant: [],
      unknown: [],
    });
  });

  it('fail to count without a tenant, and are named', () => {
    const tenantless = { trust: BARE, identity: [known('p', statements({ Effect: 'Allow', Action: 's3:*', Resource: '*' }))] };
    expect(findRoles(ofRole(tenantless), undefined)).toEqual({ roles: [], withoutTenant: ['aws_iam_role.tenant'], unknown: [] });
    expect(findRoles(ofRole(tenantless), undefined, { tenantTag: 'tenant_id' }).withoutTenant).toHaveLength(1);
  });

  it('fail to count for those who are no web identity', () => {
    const trust = known(
      't',
      statements({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    );
    expect(findRoles(ofRole({ trust }), undefined)).toEqual({ roles: [], withoutTenant: [], unknown: [] });
  });

  it('fail to be judged while their trust policy is not known', () => {
    const trust = { name: 'aws_iam_role.tenant.assume_role_policy', unknown: 'known after apply' };
    expect(findRoles(ofRole({ trust }), undefined)).toEqual({
      roles: [],
      withoutTenant: [],
      unknown: [{ name: 'aws_iam_role.tenant', because: 'who may assume it is not known: known after apply' }],
    });
  });

  it('count by the tag that the caller names', () => {
    const trust = known('t', statements({ ...ADMISSION, Condition: {} }));
    const open = { trust, identity: [known('p', statements({ Effect: 'Allow', Action: 's3:*', Resource: `${BUCKET}/*` }))] };
    expect(findRoles(ofRole(open), undefined).withoutTenant).toEqual(['aws_iam_role.tenant']);
    expect(found(ofRole(open), { tenantTag: 'org' }).subject.tenant).toEqual({ kind: 'session-tag', tagKey: 'org' });
  });

  it('are several where there are several, each with what it reaches', () => {
    const other = role({ address: 'aws_iam_role.other', arn: `${ROLE}2`, identity: [known('p', DESIGN.bucket)] });
    const { roles } = findRoles(estate({ roles: [role(), other], tables: [table({ policy: undefined })] }), undefined);
    expect(roles.map(({ address, subject: { tables } }) => [address, tables.length])).toEqual([
      ['aws_iam_role.tenant', 1],
      ['aws_iam_role.other', 0],
    ]);
  });
});

describe('what a role shares', () => {
  it('is what it reaches, not what lies beside it', () => {
    const other = table({ address: 'aws_dynamodb_table.other', name: 'other', arn: `${TABLE}-other`, policy: undefined });
    const otherBucket = bucket({ address: 'aws_s3_bucket.logs', name: 'logs', arn: 'arn:aws:s3:::logs', policy: undefined });
    const { subject: of } = found(estate({ tables: [table(), other], buckets: [bucket(), otherBucket] }));
    expect(of.tables.map(({ arn }) => arn)).toEqual([TABLE]);
    expect(of.buckets.map(({ arn }) => arn)).toEqual([BUCKET]);
  });

  it('is also what a policy of its own may let it reach', () => {
    const open = (policy: object) => table({ address: 'aws_dynamodb_table.other', arn: `${TABLE}-other`, ...policy });
    const tables = (policy: object) => found(estate({ tables: [open(policy)] })).subject.tables.map(({ arn }) => arn);
    const grant = statements({ Effect: 'Allow', Principal: '*', Action: 'dynamodb:*', Resource: `${TABLE}-other` });
    expect(tables({ policy: known('p', grant) })).toContain(`${TABLE}-other`);
    expect(tables({ policy: { name: 'p', unknown: 'known after apply' } })).toContain(`${TABLE}-other`);
    expect(tables({ policy: undefined })).not.toContain(`${TABLE}-other`);
  });

  it('is everything while one of its policies is not known', () => {
    const other = table({ address: 'aws_dynamodb_table.other', arn: `${TABLE}-other`, policy: undefined });
    const late = { name: 'late', unknown: 'known after apply' };
    const { subject: of } = found(estate({ roles: [role({ identity: [...role().identity, late] })], tables: [table(), other] }));
    expect(of.tables.map(({ arn }) => arn)).toEqual([TABLE, `${TABLE}-other`]);
  });

  it('is known by its ARN where it is only mentioned, and its policy is not known', () => {
    const { subject: of, after } = found(estate({ tables: [], buckets: [] }));
    expect(of.tables).toEqual([
      { arn: TABLE, keys: ['{tenant}'], assumed: false, indexes: [{ name: 'by-date', tenantLed: true }], kmsKeyArn: undefined },
    ]);
    expect(of.buckets).toMatchObject([{ arn: BUCKET, prefixes: ['tenants/{tenant}/'] }]);
    expect(isOpen(after?.resources.get(TABLE))).toBe(true);
    expect(isOpen(after?.resources.get(BUCKET))).toBe(true);
  });

  it('has the indexes that the tenant leads told from others', () => {
    const indexes = [
      { name: 'by-date', partitionKey: 'tenantId' },
      { name: 'by-status', partitionKey: 'status' },
    ];
    expect(found(estate({ tables: [table({ indexes })] })).subject.tables[0]?.indexes).toEqual([
      { name: 'by-date', tenantLed: true },
      { name: 'by-status', tenantLed: false },
    ]);
  });

  it('has keys and prefixes by what its policies compare and grant', () => {
    const text = JSON.stringify([DESIGN.table, DESIGN.bucket]);
    const [tables, buckets] = JSON.parse(
      text
        .replace(`["${TENANT}"]`, `["T#${TENANT}", "T#${TENANT}#*"]`)
        .replaceAll('/tenants/', '/data/')
        .replaceAll('"tenants/', '"data/'),
    ) as [unknown, unknown];
    const bare = estate({
      roles: [role({ identity: [known('t', tables), known('b', buckets)] })],
      tables: [table({ policy: undefined })],
      buckets: [bucket({ policy: undefined })],
    });
    expect(found(bare).subject.tables[0]?.keys).toEqual(['T#{tenant}', 'T#{tenant}#*']);
    expect(found(bare).subject.buckets[0]?.prefixes).toEqual(['data/{tenant}/']);
    const given = found(bare, { tableKey: 'X#{tenant}', prefix: 'x/{tenant}/' }).subject;
    expect(given.tables[0]?.keys).toEqual(['X#{tenant}', 'T#{tenant}', 'T#{tenant}#*']);
    expect(given.buckets[0]?.prefixes).toEqual(['x/{tenant}/', 'data/{tenant}/']);
  });

  it('has the keys that encrypt it, and those that its policies name', () => {
    const named = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/2`;
    const of = found(
      estate({
        roles: [roleWith({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: [named, '*', `arn:aws:kms:*:${ACCOUNT}:key/3`] })],
        buckets: [bucket({ kmsKeyArn: KEY, bucketKeyEnabled: true })],
      }),
    );
    expect(of.subject.keyArns).toEqual([KEY, named]);
    expect(of.subject.buckets[0]).toMatchObject({ kmsKeyArn: KEY, bucketKeyEnabled: true });
    expect(isOpen(of.after?.resources.get(named))).toBe(true);
  });

  it('lies in the region of the estate, else of its table, else where most do', () => {
    expect(found(estate()).subject.region).toBe('eu-central-1');
    const west = JSON.parse(JSON.stringify(role()).replaceAll('eu-central-1', 'eu-west-1')) as RoleFact;
    expect(found({ ...estate({ roles: [west], tables: [] }), region: undefined }).subject.region).toBe('eu-west-1');
    const none = role({ identity: [known('p', DESIGN.bucket)] });
    expect(found({ ...estate({ roles: [none], tables: [] }), region: undefined }).subject.region).toBe('us-east-1');
  });
});

describe('policies', () => {
  const managed = `arn:aws:iam::aws:policy/Some`;
  const absent = { name: managed, unknown: 'not in the plan' };
  const given = (arn: string, document: unknown) => ({ policies: new Map([[arn, document]]) });

  it('that are not there are given by the caller, but not as not there, since they are attached', () => {
    const after = ofRole({ identity: [...role().identity, absent] });
    const names = (options?: SubjectOptions) =>
      found(after, options).after?.identity.map((policy) => [policy.name, isOpen(policy)]);
    expect(names()?.at(-1)).toEqual([managed, true]);
    expect(names(given(managed, DESIGN.bucket))?.at(-1)).toEqual([managed, false]);
    expect(names(given(managed, undefined))?.at(-1)).toEqual([managed, true]);
    expect(names(given('arn:aws:iam::aws:policy/Another', undefined))).toHaveLength(3);
  });

  it('that are given fail to replace what is known', () => {
    const options = {
      policies: new Map<string, unknown>([
        [BUCKET, undefined],
        ['aws_iam_policy.bucket', undefined],
      ]),
    };
    expect(asked(found(estate(), options).after)).toHaveProperty(BUCKET);
    expect(found(estate(), options).after?.identity).toHaveLength(2);
  });

  it('of data that is only mentioned are given by the caller, or given as not there', () => {
    const after = estate({ buckets: [] });
    expect(isOpen(found(after, given(BUCKET, DESIGN.bucketLock)).after?.resources.get(BUCKET))).toBe(false);
    expect(found(after, given(BUCKET, undefined)).after?.resources.has(BUCKET)).toBe(false);
    expect(isOpen(found(after).after?.resources.get(BUCKET))).toBe(true);
  });

  it('that no document are given fail to be known', () => {
    expect(isOpen(found(estate({ buckets: [] }), given(BUCKET, 'text')).after?.resources.get(BUCKET))).toBe(true);
  });

  it('of managed data that has none are none', () => {
    expect(asked(found(estate({ tables: [table({ policy: undefined })] })).after)).not.toHaveProperty(TABLE);
  });

  it('of keys are the key’s own, of such as are not there not known', () => {
    const keyed = (keys: Estate['keys']) =>
      found(estate({ buckets: [bucket({ kmsKeyArn: KEY })], keys })).after?.resources.get(KEY);
    expect(keyed([{ address: 'aws_kms_key.k', arn: KEY, policy: known('k', statements()) }])).toMatchObject({ name: 'k' });
    expect(keyed([{ address: 'aws_kms_key.k', arn: KEY }])).toBeUndefined();
    expect(isOpen(keyed([]))).toBe(true);
  });

  it('of a boundary are asked apart, and may be given', () => {
    const bounded = (boundary: RoleFact['boundary'], options?: SubjectOptions) =>
      found(ofRole({ boundary }), options).after?.boundary;
    expect(bounded(undefined)).toBeUndefined();
    expect(isOpen(bounded(known('b', DESIGN.bucket)))).toBe(false);
    expect(isOpen(bounded(absent))).toBe(true);
    expect(isOpen(bounded(absent, given(managed, DESIGN.bucket)))).toBe(false);
    expect(isOpen(bounded(absent, given(managed, undefined)))).toBe(true);
  });
});

describe('before and after', () => {
  it('are both asked, each with its own policies', () => {
    const before = ofRole({ identity: [known('aws_iam_policy.bucket', less(DESIGN.bucket, 'TenantListing'))] });
    const { before: was, after: is } = found(estate(), {}, before);
    expect(was?.identity.map(({ statements: all }) => all.length)).toEqual([1]);
    expect(is?.identity.map(({ statements: all }) => all.length)).toEqual([1, 2]);
  });

  it('both say what is shared, so that a change cannot hide what it takes away', () => {
    const gone = statements({ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::old/${TENANT}/*` });
    const before = ofRole({ identity: [...role().identity, known('old', gone)] });
    expect(found(estate(), {}, before).subject.buckets).toMatchObject([
      { arn: BUCKET, prefixes: ['tenants/{tenant}/'] },
      { arn: 'arn:aws:s3:::old', prefixes: ['{tenant}/'] },
    ]);
  });

  it('find a role that reads no tenant any more', () => {
    const wide = role({ trust: BARE, identity: [known('p', statements({ Effect: 'Allow', Action: '*', Resource: '*' }))] });
    const { subject: of, after } = found(estate({ roles: [wide] }), {}, estate());
    expect(of.tenant).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
    expect(after?.identity.map(({ name }) => name)).toEqual(['p']);
  });

  it('find a role that web identities may no longer assume, and one that is new or gone', () => {
    const trust = known(
      't',
      statements({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    );
    expect(found(ofRole({ trust }), {}, estate()).subject.identityProvider).toBe(PROVIDER);
    expect(found(estate(), {}, estate({ roles: [] })).before).toBeUndefined();
    const { before, after } = found(estate({ roles: [] }), {}, estate());
    expect(before).toBeDefined();
    expect(after).toBeUndefined();
  });

  it('go by the later ARN and the later door', () => {
    const moved = `${ROLE}-moved`;
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/new.example`;
    const trust = trustPolicy({ issuers: [{ identityProviderArn: provider, issuer: 'new.example', audiences: ['new'] }] });
    const { subject: of } = found(estate({ roles: [role({ arn: moved, trust: known('t', trust) })] }), {}, estate());
    expect(of).toMatchObject({
      roleArn: moved,
      identityProvider: provider,
      issuer: 'new.example',
      token: { 'new.example:aud': 'new' },
    });
  });

  it('are paired where a role is moved to another address, or keeps its ARN', () => {
    const after = estate({ roles: [role({ address: 'module.a.aws_iam_role.tenant' })] });
    expect(found(after, {}, estate())).toMatchObject({ address: 'module.a.aws_iam_role.tenant', before: {}, after: {} });
    const renamed = estate({ roles: [role({ address: 'aws_iam_role.b', arn: `${ROLE}-b` })] });
    const { roles } = findRoles(renamed, estate(), {}, new Map([['aws_iam_role.b', 'aws_iam_role.tenant']]));
    expect(roles).toMatchObject([{ address: 'aws_iam_role.b', before: {}, after: {} }]);
    expect(findRoles(renamed, estate()).roles).toHaveLength(2);
  });
});

describe('other roles', () => {
  const reader = (trust: unknown) =>
    role({
      address: 'aws_iam_role.reader',
      name: 'reader',
      arn: `arn:aws:iam::${ACCOUNT}:role/reader`,
      trust: known('reader', trust),
      identity: [known('p', statements({ Effect: 'Allow', Action: 's3:*', Resource: '*' }))],
    });
  const beside = (other: RoleFact, tenant = role()) => findRoles(estate({ roles: [tenant, other] }), undefined);
  const door = {
    Effect: 'Allow',
    Principal: { Federated: PROVIDER },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
  } as const;

  it('are judged too where they take a tenant’s token', () => {
    const { roles } = beside(reader(statements(door)));
    expect(roles.map(({ address, subject: of }) => [address, of.bystander === true])).toEqual([
      ['aws_iam_role.tenant', false],
      ['aws_iam_role.reader', true],
    ]);
  });

  it('are judged too where a tenant’s session may assume them', () => {
    const trust = statements({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
    const may = roleWith({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${ACCOUNT}:role/reader` });
    expect(beside(reader(trust), may).roles).toHaveLength(2);
    expect(beside(reader(trust)).roles).toHaveLength(1);
  });

  it('fail to be judged where they take other tokens of the same provider, which cannot be told', () => {
    const other = statements({ ...door, Condition: { StringEquals: { [`${ISSUER}:aud`]: 'ci' } } });
    expect(beside(reader(other))).toMatchObject({ roles: [{}], withoutTenant: [], unknown: [{ name: 'aws_iam_role.reader' }] });
  });

  it('are named where they take nobody’s token that matters', () => {
    const other = statements({ ...door, Principal: { Federated: 'accounts.google.com' } });
    expect(beside(reader(other))).toMatchObject({ roles: [{}], withoutTenant: ['aws_iam_role.reader'], unknown: [] });
  });
});

describe('what is meant for all', () => {
  it('is not judged', () => {
    const shared = 'arn:aws:s3:::public';
    const may = roleWith({ Effect: 'Allow', Action: 's3:GetObject', Resource: `${shared}/*` });
    const after = estate({ roles: [may] });
    expect(found(after).subject.buckets.map(({ arn }) => arn)).toContain(shared);
    const { subject: of } = found(after, { shared: [shared] });
    expect(of.buckets.map(({ arn }) => arn)).toEqual([BUCKET]);
    expect(of.named.resources).not.toContain(`${shared}/*`);
  });
});

describe('tokens', () => {
  it('are of each audience, and of further providers as far as they are meant', () => {
    const other = 'arn:aws:iam::123456789012:oidc-provider/login.other.example';
    const trust = statements(
      { ...ADMISSION, Condition: { ...ADMISSION.Condition, StringEquals: { [`${ISSUER}:aud`]: ['one', 'two'] } } },
      { ...ADMISSION, Principal: { Federated: other } },
    );
    const after = ofRole({ trust: known('t', trust) });
    const of = (options?: SubjectOptions) => found(after, options).subject;
    expect(of().token).toMatchObject({ [`${ISSUER}:aud`]: 'one' });
    expect(of().otherTokens.map(({ context }) => context[`${ISSUER}:aud`])).toEqual(['two']);
    expect(of().foreignTokens.map(({ provider }) => provider)).toEqual([other]);
    expect(of({ identityProviders: [other] }).foreignTokens).toEqual([]);
  });
});

it('takes the later facts of what is shared', () => {
  const later = estate({ buckets: [bucket({ kmsKeyArn: KEY })] });
  expect(findRoles(later, estate()).roles[0]?.subject.buckets[0]?.kmsKeyArn).toBe(KEY);
});

it('judges a role that a tenant can become by the data of every tenant role, not of the first alone', () => {
  const second = `${TABLE}-second`;
  const other = tableAccessPolicy({ tables: [{ tableArn: second }] });
  const roles = [
    role(),
    role({ address: 'aws_iam_role.second', name: 'second', arn: `${ROLE}-second`, identity: [known('second', other)] }),
    role({
      address: 'aws_iam_role.support',
      name: 'support',
      arn: `${ROLE}-support`,
      trust: known('support', {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'sts:AssumeRole' },
      }),
      identity: [],
    }),
  ];
  const tables = [table(), table({ address: 'second', name: 'second', arn: second })];
  const support = findRoles(estate({ roles, tables }), undefined).roles.find(({ address }) => address === 'aws_iam_role.support');
  expect(support?.subject.bystander).toBe(true);
  expect(support?.subject.tables.map(({ arn }) => arn)).toEqual([TABLE, second]);
});

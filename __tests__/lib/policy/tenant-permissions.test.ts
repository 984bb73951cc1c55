import { encodePermissions, PERMISSIONS, type Permission } from 'multi-tenant-data-access/tenancy';
import { compilePolicy, decide, RequestContext } from '../../../lib/isolation';
import { bucketAccessPolicy, encodedRoles, type TenantPermissions, tableAccessPolicy, trustPolicy } from '../../../lib/policy';

const ACCOUNT = '123456789012';
const TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/app-data`;
const BUCKET = 'arn:aws:s3:::app-data';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/tenant`;
const ISSUER = 'login.example.com';
const PERMITTED: TenantPermissions = {
  roles: {
    viewer: ['read'],
    editor: ['read', 'write'],
    admin: ['read', 'write', 'delete'],
    uploader: ['bucket:write'],
    none: [],
  },
};

/** What each action needs, said here by itself. */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  'dynamodb:GetItem': ['table:read'],
  'dynamodb:BatchGetItem': ['table:read'],
  'dynamodb:Query': ['table:read'],
  'dynamodb:ConditionCheckItem': ['table:read'],
  'dynamodb:PutItem': ['table:read', 'table:write'],
  'dynamodb:UpdateItem': ['table:read', 'table:write'],
  'dynamodb:DeleteItem': ['table:read', 'table:delete'],
  'dynamodb:BatchWriteItem': ['table:read', 'table:write', 'table:delete'],
  's3:GetObject': ['bucket:read'],
  's3:ListBucket': ['bucket:read'],
  's3:PutObject': ['bucket:write'],
  's3:AbortMultipartUpload': ['bucket:write'],
  's3:ListMultipartUploadParts': ['bucket:write'],
  's3:DeleteObject': ['bucket:delete'],
};

const identity = [
  compilePolicy('table', tableAccessPolicy({ tables: [{ tableArn: TABLE }], permissions: PERMITTED }), 'identity'),
  compilePolicy('bucket', bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions: PERMITTED }), 'identity'),
];

/** The actions that a session of tenant `acme` may do on its own data. */
function allowed(tag: string | undefined, key = 'permissions'): string[] {
  return Object.keys(NEEDS).filter((action) => {
    const onTable = action.startsWith('dynamodb:');
    const resource = onTable ? TABLE : action === 's3:ListBucket' ? BUCKET : `${BUCKET}/tenants/acme/a.pdf`;
    const context = RequestContext.open({
      'aws:PrincipalTag/tenant_id': 'acme',
      [`aws:PrincipalTag/${key}`]: tag,
      'aws:PrincipalTag/permissions': key === 'permissions' ? tag : undefined,
      'dynamodb:LeadingKeys': onTable ? ['acme'] : undefined,
      's3:prefix': action === 's3:ListBucket' ? 'tenants/acme/' : undefined,
    });
    const principal = { kind: 'role-session', roleArn: ROLE, sessionArn: `${ROLE}/session`, account: ACCOUNT } as const;
    const { effect } = decide({ principal, action, resource, context }, { identity, resource: [] });
    expect(effect).not.toBe('unknown');
    return effect === 'allow';
  });
}

function held(permissions: Iterable<Permission>): string[] {
  const set = new Set(permissions);
  return Object.entries(NEEDS).flatMap(([action, needs]) => (needs.every((permission) => set.has(permission)) ? [action] : []));
}

/** All 64 sets of permissions. */
const SETS = Array.from({ length: 2 ** PERMISSIONS.length }, (_, bits) =>
  PERMISSIONS.filter((__, place) => (bits >> place) % 2 === 1),
);

describe('permissions of a session', () => {
  it('let it do what the encoded permissions hold, and nothing else: all 64 sets', () => {
    expect(SETS.map((set) => allowed(encodePermissions(set)))).toEqual(SETS.map(held));
  });

  it.each([
    { role: 'viewer', permissions: ['table:read', 'bucket:read'] },
    { role: 'editor', permissions: ['table:read', 'table:write', 'bucket:read', 'bucket:write'] },
    { role: 'admin', permissions: PERMISSIONS },
    { role: 'uploader', permissions: ['bucket:write'] },
    { role: 'none', permissions: [] },
  ] as const)('let it do what the role $role is mapped to, and nothing else', ({ role, permissions }) => {
    expect(allowed(role)).toEqual(held(permissions));
  });

  it('deny everything to a session without them', () => {
    expect(allowed(undefined)).toEqual([]);
  });

  it.each([
    ...[
      '',
      ' ',
      '*',
      '?',
      '?????',
      '???/???',
      'view',
      'viewers',
      'xviewer',
      'Viewer',
      'VIEWER',
      'viewer ',
      'viewer,admin',
      'viewer/admin',
    ],
    ...[
      'rwd',
      'rwd/',
      '/rwd',
      'rwd/rwdx',
      'xrwd/rwd',
      'rwd rwd',
      'rwd-rwd',
      'RWD/RWD',
      'dwr/dwr',
      'wwwwwww',
      '_rd/_rd',
      '${*}',
      'rw/rw',
      'r/r',
    ],
    ...['constructor', '__proto__', 'toString'],
  ])('deny everything for the tag %j, which nobody mapped', (tag) => {
    expect(allowed(tag)).toEqual([]);
  });

  it('are read from no other tag', () => {
    expect(allowed('admin', 'permission')).toEqual([]);
    expect(allowed('admin', 'permissions2')).toEqual([]);
  });

  it('are told of each role, encoded', () => {
    expect(encodedRoles(PERMITTED)).toEqual({
      viewer: 'r--/r--',
      editor: 'rw-/rw-',
      admin: 'rwd/rwd',
      uploader: '---/-w-',
      none: '---/---',
    });
  });
});

describe('the beginning of a session with permissions', () => {
  const trust = compilePolicy(
    'trust',
    trustPolicy({
      issuers: [{ identityProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`, issuer: ISSUER, audiences: ['web'] }],
      permissions: { ...PERMITTED, tagKey: 'access' },
    }),
    'trust',
  );

  function begins(tags: Readonly<Record<string, string>>): boolean {
    const context = RequestContext.open({
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      ...(!('access' in tags) && { 'aws:RequestTag/access': undefined }),
      'aws:TagKeys': Object.keys(tags),
      [`${ISSUER}:aud`]: 'web',
    });
    const principal = { kind: 'web-identity', provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}` } as const;
    return ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'].every(
      (action) => decide({ principal, action, resource: ROLE, context }, { resource: [trust] }).effect === 'allow',
    );
  }

  it.each<Readonly<Record<string, string>>>([
    {},
    { access: 'viewer' },
    { access: 'none' },
    { access: 'rw-/r--' },
    { access: '---/---' },
  ])('takes a tenant with %j', (tags) => {
    expect(begins({ tenant_id: 'acme', ...tags })).toBe(true);
  });

  it.each<Readonly<Record<string, string>>>([
    { access: 'nobody' },
    { access: '' },
    { access: 'viewer2' },
    { access: 'Viewer' },
    { access: 'rwd/rwdd' },
    { access: 'rwd' },
    { access: 'viewer', permissions: 'admin' },
    { access: 'viewer', other: 'x' },
  ])('refuses a tenant with %j', (tags) => {
    expect(begins({ tenant_id: 'acme', ...tags })).toBe(false);
  });

  it('refuses permissions without a tenant', () => {
    expect(begins({ access: 'admin' })).toBe(false);
  });
});

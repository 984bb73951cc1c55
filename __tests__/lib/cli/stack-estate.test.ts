import { MultiTenantIamStack, type MultiTenantIamStackConfig } from '../../../lib';
import { UsageError } from '../../../lib/cli/options';
import { NoTenantRoleError, stackEstate } from '../../../lib/cli/stack-estate';
import { FOREIGN_POOL_ID, rehearsalOptions } from '../../../lib/cli/stack-pools';
import { ReviewInputError } from '../../../lib/review';
import { CARELESS, careful, SMALL, smallStack, smallTrust } from '../../support/small-stack';
import { synthesise, testApp } from '../../support/synthesis';

function ofStack(config: MultiTenantIamStackConfig, variables?: Readonly<Record<string, string>>) {
  return stackEstate(synthesise(new MultiTenantIamStack(testApp(), 'app', config)), variables);
}

/** A trust policy in Terraform's JSON. */
function role(trust: object, more: object = {}) {
  return { aws_iam_role: { tenant: { name: 'small-tenant', assume_role_policy: JSON.stringify(trust), ...more } } };
}

function statement(issuer: string, condition: object, more: object = {}) {
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${SMALL.account}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
    ...more,
  };
}

describe("stackEstate, of this package's stack", () => {
  it('takes role, table, bucket and provider, and says what it assumed', () => {
    const { options, tenant, assumed, unread } = ofStack({});
    expect(options).toMatchObject({
      account: '123456789012',
      region: 'eu-central-1',
      identityProviders: [{ issuerUrl: 'https://login.example.com', clientIds: ['my-client-id'] }],
      roles: [
        {
          role: 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant',
          trustPolicy: { Statement: [{ Sid: 'TenantSession' }] },
          policies: {
            'aws_iam_policy.tenant_bucket': { Statement: [{ Sid: 'TenantObjects' }, { Sid: 'TenantListing' }] },
            'aws_iam_policy.tenant_table': { Statement: [{ Sid: 'TenantItems' }] },
          },
          maxSessionDurationSeconds: 3600,
          tags: {},
        },
      ],
      tables: [
        {
          tableName: 'multi-tenant-iam-data',
          partitionKey: 'tenantId',
          sortKey: 'dataId',
          keyTypes: { tenantId: 'S', dataId: 'S' },
          indexes: [],
          policy: { Statement: expect.arrayContaining([expect.objectContaining({ Sid: 'OtherItems1' })]) as unknown },
        },
      ],
      buckets: [
        {
          bucketName: 'multi-tenant-iam-123456789012-eu-central-1',
          policy: { Statement: expect.arrayContaining([expect.objectContaining({ Sid: 'OtherObjects1' })]) as unknown },
        },
      ],
    });
    expect(options.roles[0]?.permissionsBoundary).toBeUndefined();
    expect(tenant).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
    expect(assumed.map(({ name }) => name).sort()).toEqual(['account', 'audience', 'identity_provider_arn', 'region']);
    expect(unread).toEqual([]);
  });

  it('takes what settings change: provider, region, path, duration, tags, keys of indexes, the tag of the tenant', () => {
    const { options, tenant } = ofStack({
      userPoolId: 'eu-west-1_a1B2c3D4e',
      audience: ['first', 'second'],
      region: 'eu-west-1',
      roleName: 'app',
      path: '/apps/',
      maxSessionDurationSeconds: 7200,
      tags: { stage: 'test' },
      tenantTagKey: 'team',
      table: { indexes: [{ name: 'by-amount', sortKey: 'amount', sortKeyType: 'N' }] },
    });
    expect(options.region).toBe('eu-west-1');
    expect(options.identityProviders).toEqual([
      { issuerUrl: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2c3D4e', clientIds: ['first', 'second'] },
    ]);
    expect(options.roles[0]).toMatchObject({
      role: 'arn:aws:iam::123456789012:role/apps/app',
      maxSessionDurationSeconds: 7200,
      tags: { stage: 'test' },
    });
    expect(options.tables[0]).toMatchObject({
      keyTypes: { tenantId: 'S', dataId: 'S', amount: 'N' },
      indexes: [{ name: 'by-amount', partitionKey: 'tenantId', sortKey: 'amount' }],
    });
    expect(tenant).toEqual({ kind: 'session-tag', tagKey: 'team' });
  });

  it('takes tables and buckets that are only used, and says that their policies are not enforced', () => {
    const { options, tenant, unread } = ofStack(
      {
        customClaim: 'sub',
        table: { existingTableName: 'there', tenantIndexNames: ['by-x'] },
        bucket: { existingBucketName: 'there.files' },
      },
      { audience: 'given' },
    );
    expect(options.tables).toEqual([{ tableName: 'there', indexes: [{ name: 'by-x' }] }]);
    expect(options.buckets).toEqual([{ bucketName: 'there.files' }]);
    expect(options.identityProviders[0]?.clientIds).toEqual(['given']);
    expect(tenant).toEqual({ kind: 'custom-claim', issuer: 'login.example.com', claim: 'sub' });
    expect(unread.map(({ name }) => name)).toEqual(['policy of table there', 'policy of bucket there.files']);
  });

  it('refuses a permissions boundary that is not in the stack', () => {
    expect(() => ofStack({ permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/b' })).toThrow(
      new UsageError('arn:aws:iam::123456789012:policy/b cannot be rehearsed: not in the plan'),
    );
  });
});

describe('stackEstate, of other stacks', () => {
  it('takes a boundary, inline policies, and only roles that take tokens', () => {
    const boundary = { aws_iam_policy: { b: { name: 'b', policy: JSON.stringify(CARELESS) } } };
    const service = { Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' } };
    const trust = smallTrust();
    const stack = smallStack(careful(), trust, {
      aws_iam_role: {
        lambda: { name: 'a-lambda', assume_role_policy: JSON.stringify(service) },
        tenant: {
          name: 'small-tenant',
          permissions_boundary: '${aws_iam_policy.b.arn}',
          assume_role_policy: JSON.stringify(trust),
        },
      },
      ...boundary,
    });
    const { roles } = stackEstate(stack).options;
    expect(roles.map(({ role: arn }) => arn)).toEqual([SMALL.role]);
    expect(roles[0]?.permissionsBoundary).toEqual(CARELESS);
    expect(Object.keys(roles[0]?.policies ?? {})).toEqual(['aws_iam_role_policy.tenant']);
  });

  it('takes several issuers, the audiences that are asked for, and of a provider of the stack all its clients', () => {
    const trust = {
      Statement: [
        statement('one.example', {
          StringEquals: { 'one.example:aud': ['a', 'b'] },
          StringNotEquals: { 'one.example:aud': 'not' },
        }),
        statement('one.example', { 'ForAnyValue:StringEquals': { 'one.example:aud': 'c', 'two.example:aud': 'other' } }),
        statement('two.example', { StringEquals: { 'two.example:aud': 'mine' } }),
        statement('three.example', {}, { Effect: 'Deny' }),
      ],
    };
    const provider = { p: { url: 'https://two.example', client_id_list: ['foreign', 'mine'] } };
    const stack = smallStack(undefined, undefined, { ...role(trust), aws_iam_openid_connect_provider: provider });
    expect(stackEstate(stack).options.identityProviders).toEqual([
      { issuerUrl: 'https://one.example', clientIds: ['a', 'b', 'c'] },
      { issuerUrl: 'https://two.example', clientIds: ['mine', 'foreign'] },
    ]);
  });

  it('takes tables and buckets that policies name, and nothing of patterns', () => {
    const at = (name: string) => `arn:aws:dynamodb:eu-central-1:${SMALL.account}:table/${name}`;
    const resources = [at('there'), at('there/index/by-x'), at('there/index/*'), at('with-*'), at('*')];
    const policy = {
      Statement: [
        { Effect: 'Allow', Action: 'dynamodb:*', Resource: [...resources, at(SMALL.table)] },
        { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::there', 'arn:aws:s3:::there/x/*', 'arn:aws:s3:::with-*', '*'] },
      ],
    };
    const { options } = stackEstate(smallStack(policy));
    expect(options.tables.map(({ tableName }) => tableName)).toEqual([SMALL.table, 'there']);
    expect(options.tables[1]?.indexes).toEqual([{ name: 'by-x' }]);
    expect(options.buckets.map(({ bucketName }) => bucketName)).toEqual([SMALL.bucket, 'there']);
  });

  it('takes a table without sort key as one', () => {
    const table = { data: { name: 'plain', hash_key: 'id', attribute: [{ name: 'id', type: 'N' }] } };
    const { options } = stackEstate(smallStack(careful(), smallTrust(), { aws_dynamodb_table: table }));
    expect(options.tables[0]).toEqual({
      tableName: 'plain',
      partitionKey: 'id',
      sortKey: null,
      keyTypes: { id: 'N' },
      indexes: [],
    });
  });

  it('says that modules are not read', () => {
    expect(stackEstate({ ...smallStack(), module: { more: { source: './more' } } }).unread).toEqual([
      { name: 'module.more', because: 'modules are not read' },
    ]);
  });

  it.each<[name: string, stack: object, message: RegExp]>([
    ['no role', smallStack(undefined, undefined, { aws_iam_role: {} }), /no role that takes web identity tokens/],
    [
      'a role for a service alone',
      smallStack(undefined, undefined, role({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } })),
      /no role that takes web identity tokens/,
    ],
    [
      'a trust policy that only denies tokens',
      smallStack(undefined, undefined, role({ Statement: statement('a.example', {}, { Effect: 'Deny' }) })),
      /no role that takes web identity tokens/,
    ],
    [
      'a trust policy for any audience',
      smallStack(undefined, undefined, role({ Statement: statement('a.example', {}) })),
      /^no trust policy says which audience tokens of https:\/\/a\.example must have$/,
    ],
    [
      'a trust policy that is not known',
      smallStack(undefined, undefined, { aws_iam_role: { tenant: { name: 'x', assume_role_policy: '${file("x")}' } } }),
      /cannot be rehearsed: /,
    ],
    [
      'a policy that is not known',
      smallStack(undefined, undefined, { aws_iam_role_policy: { x: { role: 'small-tenant', name: 'x', policy: '${file("x")}' } } }),
      /^aws_iam_role_policy\.x cannot be rehearsed: /,
    ],
    [
      'a bucket policy that is not known',
      smallStack(undefined, undefined, { aws_s3_bucket_policy: { x: { bucket: SMALL.bucket, policy: '${file("x")}' } } }),
      /cannot be rehearsed: /,
    ],
  ])('refuses %s', (_, stack, message) => {
    expect(() => stackEstate(stack)).toThrow(UsageError);
    expect(() => stackEstate(stack)).toThrow(message);
  });

  it('refuses what is no stack, and variables that it does not have', () => {
    expect(() => stackEstate({})).toThrow(ReviewInputError);
    expect(() => stackEstate(smallStack(), { nope: '1' })).toThrow(ReviewInputError);
  });
});

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';

const OTHER_POOL = 'eu-central-1:00000000-1b2d-4c6f-9a7e-0d1c2b3a4f5e';

function poolStatement(condition: object) {
  return statement('x.example', condition, { Principal: { Federated: 'cognito-identity.amazonaws.com' } });
}

function trusting(...Statement: object[]) {
  return { Version: '2012-10-17', Statement };
}

function audience(...ids: string[]) {
  return { StringEquals: { 'cognito-identity.amazonaws.com:aud': ids } };
}

describe('a stack without a role for tokens', () => {
  it('is refused as one that has nothing to rehearse', () => {
    const users = { terraform: {}, resource: { aws_cognito_user_pool: { users: { name: 'users' } } } };
    expect(() => stackEstate(users)).toThrow(NoTenantRoleError);
  });
});

describe('a stack with identity pools', () => {
  it('is taken with its pools, whose users sign in at the sandbox, and says what was assumed of claims', () => {
    const { options, tenant, assumed } = stackEstate(
      smallStack(careful('team'), trusting(poolStatement(audience(POOL, POOL)), poolStatement({}))),
    );
    expect(options.identityProviders).toEqual([]);
    expect(options.identityPools).toEqual([
      {
        identityPoolId: POOL,
        logins: [{ clientIds: ['my-client-id'], principalTags: { team: 'custom:tenant_id' } }],
        authenticatedRole: SMALL.role,
      },
    ]);
    const login = { audience: 'my-client-id', tenantClaim: 'custom:tenant_id', permissionsClaim: 'custom:role' };
    expect(tenant).toEqual({ kind: 'session-tag', tagKey: 'team', pool: { identityPoolId: POOL, ...login } });
    expect(assumed).toContainEqual({ name: `tag team of ${POOL}`, value: 'claim custom:tenant_id' });
  });

  it("of this package has the pool's id and the mapping of permissions assumed", () => {
    const app = testApp();
    const stack = new MultiTenantIamStack(app, 'app', {
      identity: { identityPool: { userPool: {} } },
      permissions: { roles: { viewer: ['read'] }, tagKey: 'scope' },
    });
    const { options, tenant, assumed } = stackEstate(synthesise(stack));
    const [pool, ...others] = options.identityPools;
    expect(others).toEqual([]);
    expect(pool?.identityPoolId).toMatch(/^eu-central-1:[0-9a-f-]{36}$/);
    expect(pool?.logins[0]?.principalTags).toEqual({ tenant_id: 'custom:tenant_id', scope: 'custom:role' });
    expect(tenant).toMatchObject({ permissionsTagKey: 'scope', pool: { identityPoolId: pool?.identityPoolId } });
    expect(assumed.map(({ value }) => value)).toEqual(expect.arrayContaining([pool?.identityPoolId, 'claim custom:role']));
  });

  it('and issuers for one role is rehearsed by the issuer, with the pools beside', () => {
    const issuer = statement(SMALL.issuer, { StringEquals: { [`${SMALL.issuer}:aud`]: 'x' } });
    const { options, tenant } = stackEstate(smallStack(careful(), trusting(poolStatement(audience(POOL)), issuer)));
    expect(options.identityProviders).toEqual([{ issuerUrl: `https://${SMALL.issuer}`, clientIds: ['x'] }]);
    expect(options.identityPools).toMatchObject([{ identityPoolId: POOL, authenticatedRole: SMALL.role }]);
    expect(tenant).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
    expect(rehearsalOptions({ options, tenant })).toBe(options);
  });

  it('is taken without the pools that are denied, and a pool of two roles with the first of them', () => {
    const denied = { ...poolStatement(audience(OTHER_POOL)), Effect: 'Deny' };
    const trust = JSON.stringify(trusting(poolStatement(audience(POOL)), denied));
    const roles = {
      aws_iam_role: {
        one: { name: 'small-tenant', assume_role_policy: trust },
        two: { name: 'two', assume_role_policy: trust },
      },
    };
    const { options } = stackEstate(smallStack(careful(), undefined, roles));
    expect(options.roles).toHaveLength(2);
    expect(options.identityPools).toMatchObject([{ identityPoolId: POOL, authenticatedRole: options.roles[0]?.role }]);
    expect(options.identityPools).toHaveLength(1);
  });

  it('and a role for issuers has that role first, and each pool with the role that trusts it', () => {
    const roles = {
      aws_iam_role: {
        pool: { name: 'a-pool', assume_role_policy: JSON.stringify(trusting(poolStatement(audience(POOL)))) },
        tenant: { name: 'small-tenant', assume_role_policy: JSON.stringify(smallTrust()) },
      },
    };
    const { options, tenant } = stackEstate(smallStack(careful(), undefined, roles));
    expect(options.roles.map(({ role: arn }) => arn)).toEqual([SMALL.role, `arn:aws:iam::${SMALL.account}:role/a-pool`]);
    expect(options.identityPools.map(({ authenticatedRole }) => authenticatedRole)).toEqual([options.roles[1]?.role]);
    expect(tenant).not.toHaveProperty('pool');
  });

  it.each<[name: string, condition: object, message: RegExp]>([
    ['of any pool', {}, /^the trust policy of \S+small-tenant does not say of which identity pool tokens must be$/],
    ['of any but one', { StringNotEquals: { 'cognito-identity.amazonaws.com:aud': POOL } }, /does not say of which identity pool/],
    ['of what is no pool', audience('pool-1'), /names the identity pool 'pool-1', allowed is <region>:<uuid>$/],
    ['of a pool and what is none', audience(POOL, '*'), /names the identity pool '\*', allowed/],
  ])('is refused where a role takes tokens %s', (_, condition, message) => {
    const stack = smallStack(undefined, trusting(poolStatement(condition)));
    expect(() => stackEstate(stack)).toThrow(UsageError);
    expect(() => stackEstate(stack)).not.toThrow(NoTenantRoleError);
    expect(() => stackEstate(stack)).toThrow(message);
  });

  it('is rehearsed with a foreign pool beside its own, and without one where nothing begins by pools', () => {
    const estate = stackEstate(smallStack(careful(), trusting(poolStatement(audience(POOL)))));
    const { identityPools = [], ...others } = rehearsalOptions(estate);
    expect({ ...others, identityPools: identityPools.slice(0, 1) }).toEqual(estate.options);
    expect(identityPools.slice(1)).toEqual([
      { identityPoolId: FOREIGN_POOL_ID, logins: identityPools[0]?.logins, allowClassicFlow: true },
    ]);
    const plain = stackEstate(smallStack());
    expect(rehearsalOptions(plain)).toBe(plain.options);
  });
});

describe('what tokens must say beside the tenant', () => {
  const asking = (condition: object) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition: condition }],
  });

  it('is permissions, where policies compare a tag with them, and the role, where its trust policy asks for it', () => {
    const pinned = statement(SMALL.issuer, {
      StringEquals: { [`${SMALL.issuer}:aud`]: 'x' },
      Bool: { 'sts:RoleAuthorizedByIdp': 'true' },
    });
    const trust = { Version: '2012-10-17', Statement: [pinned] };
    const { tenant } = stackEstate(smallStack(asking({ StringLike: { 'aws:PrincipalTag/scope': ['viewer', '???/r--'] } }), trust));
    expect(tenant).toMatchObject({ permissionsTagKey: 'scope', pinnedRoleArn: SMALL.role });
  });

  it('is nothing else: a foreign tag is no permissions', () => {
    const { tenant } = stackEstate(smallStack(asking({ StringLike: { 'aws:PrincipalTag/department': ['sales', 'a/b'] } })));
    expect(tenant).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
  });
});

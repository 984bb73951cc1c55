import { compilePolicy, decide, RequestContext } from '../../../../lib/isolation';
import { type DeclaredEstate, declaredEstate, upstreamsOf } from '../../../../lib/sandbox/estate/default-estate';
import type { SandboxOptions } from '../../../../lib/sandbox/options';
import { document, deny } from '../gateway/fakes';

const OWN = 'http://127.0.0.1:4580/_sandbox/issuer';
const UPSTREAM = 'http://127.0.0.1:5000';
const estate = (options: SandboxOptions = {}) => declaredEstate(options, OWN);

/** ARNs in a document, also those within other texts. */
function arnsIn(part: unknown): string[] {
  return [...JSON.stringify(part).matchAll(/arn:[^"]*/g)].map(([arn]) => arn);
}

/** Whether the session of tenant acme may read an item of a tenant in a table or index, by the role's own policies. */
function mayQuery(declared: DeclaredEstate, resource: string, tenant = 'acme'): boolean {
  const [role] = declared.roles;
  const identity = Object.entries(role?.policies ?? {}).map(([name, policy]) => compilePolicy(name, policy, 'identity'));
  const roleArn = role?.role ?? '';
  const request = {
    principal: { kind: 'role-session', roleArn, sessionArn: `${roleArn}/s`, account: declared.account } as const,
    action: 'dynamodb:Query',
    resource,
    context: RequestContext.closed({
      'aws:PrincipalTag/tenant_id': 'acme',
      'dynamodb:LeadingKeys': tenant,
      'dynamodb:Select': 'ALL_ATTRIBUTES',
      'aws:SecureTransport': 'true',
    }),
  };
  return decide(request, { identity }).effect === 'allow';
}

describe('declaredEstate', () => {
  it('is by default what MultiTenantIam deploys, for the own issuer', () => {
    const declared = estate();
    expect(declared).toMatchObject({
      partition: 'aws',
      account: '123456789012',
      region: 'eu-central-1',
      identityProviders: [{ issuerUrl: OWN, clientIds: ['my-client-id'] }],
      tables: [{ tableName: 'multi-tenant-iam-data', policy: { Statement: expect.anything() } }],
      buckets: [{ bucketName: 'multi-tenant-iam-123456789012-eu-central-1', policy: { Statement: expect.anything() } }],
    });
    const [role, ...others] = declared.roles;
    expect(others).toEqual([]);
    expect(role?.role).toBe('arn:aws:iam::123456789012:role/multi-tenant-iam-tenant');
    expect(Object.keys(role?.policies ?? {})).toEqual(['multi-tenant-iam-tenant-table', 'multi-tenant-iam-tenant-bucket']);
    expect(arnsIn(role?.trustPolicy)).toEqual(['arn:aws:iam::123456789012:oidc-provider/127.0.0.1:4580/_sandbox/issuer']);
    expect(JSON.stringify(role?.trustPolicy)).toContain('"127.0.0.1:4580/_sandbox/issuer:aud":["my-client-id"]');
  });

  it.each([
    ['eu-central-1', 'aws'],
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('is of the partition of its region: %s of %s', (region, partition) => {
    const declared = estate({ region, account: '111122223333' });
    expect([declared.partition, declared.region, declared.account]).toEqual([partition, region, '111122223333']);
    const arns = arnsIn([declared.roles, declared.tables, declared.buckets]);
    expect(new Set(arns.map((arn) => arn.split(':')[1]))).toEqual(new Set([partition]));
    expect(new Set(arns.map((arn) => arn.split(':')[4]))).toEqual(new Set(['111122223333', '']));
    expect(arns).toContain(`arn:${partition}:dynamodb:${region}:111122223333:table/multi-tenant-iam-data`);
    expect(arns).toContain(`arn:${partition}:iam::111122223333:role/multi-tenant-iam-tenant`);
    expect(declared.buckets[0]?.bucketName).toBe(`multi-tenant-iam-111122223333-${region}`);
  });

  it('grants the items of the tenant in tables and in indexes that its key leads, and denies all others', () => {
    const indexes = [
      { name: 'own' },
      { name: 'named', partitionKey: 'tenantId', sortKey: 'at' },
      { name: 'foreign', partitionKey: 'status' },
      { name: 'reversed', partitionKey: 'dataId', sortKey: 'tenantId' },
    ];
    const declared = estate({ tables: [{ tableName: 'one', indexes }, { tableName: 'two' }] });
    const arn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/';
    for (const granted of ['one', 'two', 'one/index/own', 'one/index/named']) {
      expect([granted, mayQuery(declared, arn + granted), mayQuery(declared, arn + granted, 'globex')]).toEqual([
        granted,
        true,
        false,
      ]);
    }
    for (const other of ['three', 'one/index/foreign', 'one/index/reversed', 'two/index/own', 'one/index/*']) {
      expect([other, mayQuery(declared, arn + other)]).toEqual([other, false]);
    }
    expect(JSON.stringify(declared.roles[0]?.policies)).not.toMatch(/index\/(?:foreign|reversed|\*)/);
  });

  it('has no policy for tables or buckets where there are none', () => {
    const policies = (options: SandboxOptions) => Object.keys(estate(options).roles[0]?.policies ?? {});
    expect(policies({ tables: [] })).toEqual(['multi-tenant-iam-tenant-bucket']);
    expect(policies({ buckets: [] })).toEqual(['multi-tenant-iam-tenant-table']);
    expect(policies({ tables: [], buckets: [] })).toEqual([]);
  });

  it('puts its own policy on tables and buckets, unless one is given', () => {
    const policy = document(deny('*', '*', { Principal: '*' }));
    const { tables, buckets } = estate({
      tables: [
        { tableName: 'own', policy },
        { tableName: 'default', partitionKey: 'tenantId' },
      ],
      buckets: [{ bucketName: 'own', policy }, { bucketName: 'default' }],
    });
    for (const [own, byDefault] of [tables, buckets]) {
      expect(own?.policy).toBe(policy);
      expect(arnsIn(byDefault?.policy)).toContain('arn:aws:iam::123456789012:role/multi-tenant-iam-tenant');
      expect(JSON.stringify(byDefault?.policy)).not.toContain(':own');
    }
    expect(tables[1]).toMatchObject({ tableName: 'default', partitionKey: 'tenantId' });
  });

  it('trusts each of several issuers, for its own clients', () => {
    const identityProviders = [
      { issuerUrl: 'https://one.example', clientIds: ['a', 'b'] },
      { issuerUrl: 'https://two.example/x', clientIds: ['c'] },
    ];
    const trust = estate({ identityProviders }).roles[0]?.trustPolicy as { Statement: object[] };
    const admissions = trust.Statement.filter((statement) => JSON.stringify(statement).includes('Federated'));
    const of = (name: string) =>
      JSON.stringify(admissions.filter((statement) => JSON.stringify(statement).includes(`oidc-provider/${name}`)));
    expect(of('one.example')).toMatch(/"one\.example:aud":\["a","b"\]/);
    expect(of('two.example/x')).toMatch(/"two\.example\/x:aud":\["c"\]/);
    expect(of('one.example')).not.toContain('two.example');
  });

  it('trusts identity pools under their own name, in one statement, and where there are none not at all', () => {
    const pool = (identityPoolId: string) => ({ identityPoolId, logins: [] });
    const principals = (options: SandboxOptions) => {
      const { Statement } = estate(options).roles[0]?.trustPolicy as { Statement: { Principal: unknown; Condition: object }[] };
      return Statement.map(({ Principal, Condition }) => [Principal, Condition]);
    };
    expect(JSON.stringify(principals({}))).not.toContain('cognito-identity');
    expect(principals({ identityPools: [pool('one'), pool('two')] })).toEqual([
      ...principals({}),
      [
        { Federated: ['cognito-identity.amazonaws.com'] },
        expect.objectContaining({
          StringEquals: { 'cognito-identity.amazonaws.com:aud': ['one', 'two'] },
          'ForAnyValue:StringEquals': { 'cognito-identity.amazonaws.com:amr': ['authenticated'] },
        }),
      ],
    ]);
  });

  it('asks for permissions where roles of users are given, in the trust policy and in both others', () => {
    const { trustPolicy, policies } = estate({ permissions: { roles: { viewer: ['read'] }, tagKey: 'scope' } }).roles[0] ?? {};
    expect(JSON.stringify(trustPolicy)).toContain('"StringLikeIfExists":{"aws:RequestTag/scope":["viewer","???/???"]}');
    for (const policy of Object.values(policies ?? {})) {
      const { Statement } = policy as { Statement: { Sid: string; Condition: { StringLike: Record<string, string[]> } }[] };
      for (const { Sid, Condition } of Statement) {
        const held = Condition.StringLike['aws:PrincipalTag/scope'] ?? [];
        expect([Sid, held.includes('viewer')]).toEqual([Sid, /Read|Listing/.test(Sid)]);
      }
    }
    expect(Object.keys(policies ?? {})).toHaveLength(2);
    expect(JSON.stringify(estate().roles)).not.toContain('StringLikeIfExists');
    expect(JSON.stringify(estate({ permissions: { roles: {} } }).roles)).toContain('aws:PrincipalTag/permissions');
  });

  it('takes roles as they are given, and then makes no policies', () => {
    const roles = [{ role: 'mine', trustPolicy: {}, policies: {} }];
    const declared = estate({ roles, tables: [{ tableName: 'one' }] });
    expect(declared.roles).toBe(roles);
    expect([declared.tables, declared.buckets[0]]).toEqual([[{ tableName: 'one' }], { bucketName: expect.any(String) }]);
  });

  it.each<[SandboxOptions['upstream'], number[]]>([
    [undefined, [1, 1, 1, 1]],
    [UPSTREAM, [0, 0, 0, 0]],
    [{ iam: UPSTREAM }, [0, 0, 1, 1]],
    [{ dynamodb: UPSTREAM }, [1, 1, 0, 1]],
    [{ s3: UPSTREAM }, [1, 1, 1, 0]],
  ])('leaves to an upstream %j what it has', (upstream, counts) => {
    const { identityProviders, roles, tables, buckets } = estate({ upstream });
    expect([identityProviders, roles, tables, buckets].map(({ length }) => length)).toEqual(counts);
  });
});

describe('upstreamsOf', () => {
  it.each<[SandboxOptions['upstream'], object]>([
    [undefined, {}],
    [UPSTREAM, { dynamodb: UPSTREAM, s3: UPSTREAM, iam: UPSTREAM }],
    [{ s3: UPSTREAM }, { s3: UPSTREAM }],
  ])('of %j', (upstream, expected) => {
    expect(upstreamsOf({ upstream })).toEqual(expected);
  });
});

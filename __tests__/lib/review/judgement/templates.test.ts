import type { TenantClaim } from '../../../../lib/policy';
import { statementsOf } from '../../../../lib/review/judgement/statements';
import { keyTemplates, namedPatterns, prefixTemplates } from '../../../../lib/review/judgement/templates';
import { BUCKET, DESIGN, ISSUER, known, TABLE, TENANT } from '../../../support/estates';

const TAG: TenantClaim = { kind: 'session-tag', tagKey: 'tenant_id' };

const comparing = (values: string | readonly string[], Resource: string | readonly string[] = TABLE, Effect = 'Allow') => ({
  Effect,
  Action: 'dynamodb:GetItem',
  Resource,
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': values } },
});

const facts = (...Statement: readonly object[]) => statementsOf([known('policy', { Version: '2012-10-17', Statement })]);

describe('keys of a tenant', () => {
  const keys = (...given: readonly object[]) => keyTemplates(facts(...given), TABLE, TAG);

  it.each<[string, string | readonly string[], readonly string[]]>([
    ['the tenant', TENANT, ['{tenant}']],
    ['a prefix', `TENANT#${TENANT}`, ['TENANT#{tenant}']],
    ['shards', `${TENANT}#*`, ['{tenant}#*']],
    ['several', [TENANT, `${TENANT}#*`], ['{tenant}', '{tenant}#*']],
    ['the same twice', [TENANT, TENANT], ['{tenant}']],
    // The policy lets `a` reach `ab`; the design that it was meant for does not.
    ['a star right behind the tenant', `${TENANT}*`, ['{tenant}']],
    ['a wildcard before the tenant', `*${TENANT}`, ['*{tenant}']],
    ['a variable in other case', '${aws:principaltag/TENANT_ID}', ['{tenant}']],
    ['a constant beside', ['shared', TENANT], ['{tenant}']],
  ])('are what policies compare them with: %s', (_, values, templates) => {
    expect(keys(comparing(values))).toEqual(templates);
  });

  it.each<[string, string]>([
    ['no variable', 'shared'],
    ['the variable of another tag', '${aws:PrincipalTag/user_id}'],
    ['another variable beside', `${TENANT}#\${aws:PrincipalTag/user_id}`],
    ['the variable with a default', "${aws:PrincipalTag/tenant_id, 'b'}"],
  ])('fail to be told by policies that do not say: %s', (_, values) => {
    expect(keys(comparing(values))).toBeUndefined();
    expect(keys()).toBeUndefined();
  });

  it('are taken from what speaks of the table or its indexes, denials among it, and from nothing else', () => {
    expect(keys(comparing(`A#${TENANT}`, `${TABLE}/index/by-date`))).toEqual(['A#{tenant}']);
    expect(keys(comparing(`A#${TENANT}`, '*'))).toEqual(['A#{tenant}']);
    expect(keys(comparing(`A#${TENANT}`, `${TABLE}*`, 'Deny'))).toEqual(['A#{tenant}']);
    expect(keys(comparing(`A#${TENANT}`, `${TABLE}-other`))).toBeUndefined();
  });

  it('are taken from the claim where the tenant is one', () => {
    const claim: TenantClaim = { kind: 'custom-claim', issuer: ISSUER, claim: 'custom:tenant' };
    const given = facts(comparing([`T#\${${ISSUER}:custom:tenant}`, TENANT]));
    expect(keyTemplates(given, TABLE, claim)).toEqual(['T#{tenant}']);
  });
});

describe('prefixes of a tenant', () => {
  const prefixes = (...given: readonly object[]) => prefixTemplates(facts(...given), BUCKET, TAG);
  const granting = (key: string, Effect = 'Allow') => ({ Effect, Action: 's3:*', Resource: `${BUCKET}/${key}` });
  const listing = (prefix: string) => ({
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: BUCKET,
    Condition: { StringLike: { 's3:prefix': prefix } },
  });

  it.each([
    ['tenants/${T}/*', 'tenants/{tenant}/'],
    ['${T}/*', '{tenant}/'],
    ['${T}/files/*', '{tenant}/'],
    ['${T}-files/*', '{tenant}-files/'],
    ['${T}-*', '{tenant}-'],
    // Without a slash `a` reaches `ab`: a mistake, and the design it was meant for has one.
    ['tenants/${T}*', 'tenants/{tenant}/'],
    ['tenants/${T}', 'tenants/{tenant}/'],
    ['*/${T}/*', 'x/{tenant}/'],
    ['tenants/${T}?', 'tenants/{tenant}/'],
  ])('are what policies grant: %s', (key, template) => {
    expect(prefixes(granting(key.replace('${T}', TENANT)))).toEqual([template]);
  });

  it('are what policies list, and what denials except', () => {
    expect(prefixes(listing(`data/${TENANT}/*`))).toEqual(['data/{tenant}/']);
    expect(prefixes({ Effect: 'Deny', Action: 's3:*', NotResource: [BUCKET, `${BUCKET}/data/${TENANT}/*`] })).toEqual([
      'data/{tenant}/',
    ]);
    expect(prefixes(...DESIGN.bucket.Statement, ...DESIGN.bucketLock.Statement)).toEqual(['tenants/{tenant}/']);
  });

  it('are several where there are several', () => {
    expect(prefixes(granting(`in/${TENANT}/*`), granting(`out/${TENANT}/*`))).toEqual(['in/{tenant}/', 'out/{tenant}/']);
  });

  it('fail to be told by policies that do not say, or say it of another bucket', () => {
    for (const given of [
      [],
      [granting('*')],
      [granting('shared/*')],
      [granting(`\${aws:PrincipalTag/user_id}/${TENANT}/*`)],
      [{ ...granting(''), Resource: `${BUCKET}-other/${TENANT}/*` }],
      [{ ...listing(`x/${TENANT}/*`), Resource: `${BUCKET}-other` }],
    ]) {
      expect(prefixes(...given)).toBeUndefined();
    }
  });
});

describe('what policies name', () => {
  const named = (...given: readonly object[]) => namedPatterns(facts(...given), TAG);

  it('is the design’s own', () => {
    expect(named(...DESIGN.table.Statement, ...DESIGN.bucket.Statement)).toMatchObject({
      resources: [TABLE, `${TABLE}/index/by-date`, `${BUCKET}/tenants/{tenant}/*`, BUCKET],
      keys: ['{tenant}'],
      prefixes: ['tenants/{tenant}/*'],
      tenants: [],
    });
  });

  it('is keys, prefixes, tenants and actions, with a star for what is not known', () => {
    const found = named({
      Effect: 'Allow',
      Action: ['s3:GetObject', 'sts:*'],
      Resource: `${BUCKET}/\${aws:PrincipalTag/user}/${TENANT}`,
      Condition: {
        StringLike: { 'aws:principaltag/tenant_id': ['acme', '*', '?*'], 's3:prefix': 'x/*' },
        'ForAllValues:StringEquals': { 'dynamodb:LEADINGKEYS': ['acme'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    });
    const resource = `${BUCKET}/*/{tenant}`;
    expect(found).toEqual({
      resources: [resource],
      keys: ['acme'],
      prefixes: ['x/*'],
      tenants: ['acme'],
      actions: [
        ['s3:GetObject', resource],
        ['sts:*', resource],
      ],
    });
  });

  it('is nothing that is denied, and everything where NotAction or NotResource stand', () => {
    expect(named({ Effect: 'Deny', Action: 's3:*', Resource: BUCKET }).resources).toEqual([]);
    expect(named({ Effect: 'Allow', NotAction: 's3:*', NotResource: BUCKET }).actions).toEqual([['*', '*']]);
  });
});

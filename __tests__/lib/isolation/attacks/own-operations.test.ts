import { BEGIN, tryOwnOperations } from '../../../../lib/isolation';
import { ownOperations } from '../../../../lib/isolation/attacks/own-operations';
import { bucketAccessPolicy, LEADING_KEY_ACTIONS, OBJECT_ACTIONS, tableAccessPolicy } from '../../../../lib/policy';
import { BUCKET, DESIGN, KEY, less, policies, REGION, ROLE, statements, subject, TABLE } from '../../../support/estates';

const ENCRYPTED = subject({
  tables: subject().tables.map((each) => ({ ...each, kmsKeyArn: KEY })),
  buckets: subject().buckets.map((each) => ({ ...each, kmsKeyArn: KEY })),
  keyArns: [KEY],
});

const names = (of = subject()) => [...new Set([...ownOperations(of)].map(({ name, on }) => `${name} @ ${on}`))];

describe('what a tenant does on its own data', () => {
  it('is all that the policies are for, as each of several tenants', () => {
    expect(names()).toEqual([
      `${BEGIN} @ ${ROLE}`,
      ...LEADING_KEY_ACTIONS.map((name) => `${name} @ ${TABLE}`),
      `dynamodb:Query on index by-date @ ${TABLE}`,
      ...OBJECT_ACTIONS.map((name) => `${name} @ ${BUCKET}`),
      `s3:ListBucket @ ${BUCKET}`,
    ]);
    expect(new Set([...ownOperations(subject())].map(({ session }) => session.tenant))).toEqual(new Set(['a', 'ab', 'a-b', 'a.b']));
  });

  it('uses the keys of what is encrypted, through the service that does', () => {
    expect(names(ENCRYPTED)).toEqual(
      expect.arrayContaining([
        `kms:Decrypt for the table @ ${TABLE}`,
        `kms:Decrypt for the bucket @ ${BUCKET}`,
        `kms:GenerateDataKey for the bucket @ ${BUCKET}`,
      ]),
    );
  });

  it('goes by the templates of keys and prefixes', () => {
    const of = subject({
      tables: [{ arn: TABLE, keys: ['TENANT#{tenant}#*'], indexes: [] }],
      buckets: [{ arn: BUCKET, prefixes: ['data/{tenant}/'] }],
    });
    const requests = [...ownOperations(of)].filter(({ session }) => session.tenant === 'ab').flatMap((each) => each.requests);
    expect(requests.find(({ action }) => action === 'dynamodb:GetItem')?.context.get('dynamodb:leadingkeys')).toEqual([
      'TENANT#ab#1',
    ]);
    expect(requests.find(({ action }) => action === 's3:GetObject')?.resource).toBe(`${BUCKET}/data/ab/documents/a.pdf`);
  });
});

describe('trying it', () => {
  const denied = (of: ReturnType<typeof policies>, on = subject()) =>
    tryOwnOperations(on, of)
      .filter(({ effect }) => effect !== 'allow')
      .map(({ name, effect }) => `${name}: ${effect}`);

  it('is allowed all by the design, with both locks', () => {
    expect(denied(policies())).toEqual([]);
    expect(tryOwnOperations(subject(), policies())).toHaveLength(names().length);
  });

  it('is allowed with keys, with a Bucket Key and without', () => {
    for (const bucketKeyEnabled of [true, false]) {
      const of = { ...ENCRYPTED, buckets: ENCRYPTED.buckets.map((each) => ({ ...each, bucketKeyEnabled })) };
      const table = tableAccessPolicy({
        tables: [
          { tableArn: TABLE, indexArns: [`${TABLE}/index/by-date`], kms: { keyArn: KEY, tableName: 'data', region: REGION } },
        ],
      });
      const bucket = bucketAccessPolicy({
        buckets: [{ bucketArn: BUCKET, kms: { keyArn: KEY, region: REGION, bucketKeyEnabled } }],
      });
      expect(denied(policies({ table, bucket }), of)).toEqual([]);
      const other = { ...of, buckets: of.buckets.map((each) => ({ ...each, bucketKeyEnabled: !bucketKeyEnabled })) };
      expect(denied(policies({ table, bucket }), other)).toEqual([
        'kms:Decrypt for the bucket: deny',
        'kms:GenerateDataKey for the bucket: deny',
      ]);
    }
  });

  it('fails on keys where nothing is granted on them', () => {
    expect(denied(policies(), ENCRYPTED)).toHaveLength(3);
  });

  it('fails for what is not granted, for that alone', () => {
    expect(denied(policies({ bucket: less(DESIGN.bucket, 'TenantListing') }))).toEqual(['s3:ListBucket: deny']);
    expect(denied(policies({ trust: statements() }))).toEqual([`${BEGIN}: deny`]);
  });

  it('fails for a denial of the table or the bucket', () => {
    const lock = statements({ Effect: 'Deny', Principal: '*', Action: 'dynamodb:PutItem', Resource: TABLE });
    expect(denied(policies({ tableLock: lock }))).toEqual(['dynamodb:PutItem: deny']);
  });

  it('fails for an operation that one tenant alone cannot do', () => {
    const only = statements({
      Effect: 'Deny',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/tenant_id': 'a.b' } },
    });
    expect(denied(policies({ more: [only] }))).toEqual(['s3:GetObject: deny']);
  });

  it('fails to be sure of what is not known, unless it is denied for sure', () => {
    const open = { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Bool: { 'unheard:of': 'true' } } } as const;
    expect(denied(policies({ more: [statements(open)] }))).toEqual(
      [...OBJECT_ACTIONS, 's3:ListBucket'].map((name) => `${name}: unknown`),
    );
    const both = statements(open, { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' });
    expect(denied(policies({ more: [both] }))).toContain('s3:PutObject: deny');
  });
});

import { LEADING_KEY_ACTIONS, tableAccessPolicy, tableLockStatements, tableResourcePolicy } from '../../../lib/policy/table';

const TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/app';
const OTHER_TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/audit';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const ROLE = 'arn:aws:iam::123456789012:role/tenants/app-tenant';
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/admin-tenant';
const OWN_ITEMS = {
  'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${aws:PrincipalTag/tenant_id}'] },
  Null: { 'dynamodb:LeadingKeys': ['false'] },
};

describe('tableAccessPolicy', () => {
  it('ties the item operations to the leading key, which must be there', () => {
    expect(tableAccessPolicy({ tables: [{ tableArn: TABLE }] }).Statement).toEqual([
      { Sid: 'TenantItems', Effect: 'Allow', Action: LEADING_KEY_ACTIONS, Resource: [TABLE], Condition: OWN_ITEMS },
    ]);
  });

  it('grants the operations that fill the leading key, and no other', () => {
    const named = LEADING_KEY_ACTIONS.map((action) => action.replace('dynamodb:', ''));
    expect(named.sort()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'ConditionCheckItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'Query',
      'UpdateItem',
    ]);
  });

  it.each(['*', '?', 'Scan', 'PartiQL', 'Describe', 'Export', 'Stream', 'Backup'])('grants no action with %s', (part) => {
    const actions = tableAccessPolicy({
      tables: [{ tableArn: TABLE, kms: { keyArn: KEY, tableName: 'app', region: 'r' } }],
    }).Statement.flatMap(({ Action = [] }) => Action);
    expect(actions.filter((action) => action.toLowerCase().includes(part.toLowerCase()))).toEqual([]);
  });

  it('names all tables and their indexes in one statement', () => {
    const indexArns = [`${TABLE}/index/by-date`, `${TABLE}/index/by-type`];
    const { Statement } = tableAccessPolicy({ tables: [{ tableArn: TABLE, indexArns }, { tableArn: OTHER_TABLE }] });
    expect(Statement.map(({ Resource }) => Resource)).toEqual([[TABLE, ...indexArns, OTHER_TABLE]]);
  });

  it('names no index by a wildcard', () => {
    const { Statement } = tableAccessPolicy({ tables: [{ tableArn: TABLE }] });
    expect(JSON.stringify(Statement.map(({ Resource }) => Resource))).not.toMatch(/[*?]/);
  });

  it('lets DynamoDB decrypt the key of each table that has one, for that table only', () => {
    const kms = { keyArn: KEY, tableName: 'audit', region: 'eu-central-1' };
    const { Statement } = tableAccessPolicy({ tables: [{ tableArn: TABLE }, { tableArn: OTHER_TABLE, kms }] });
    expect(Statement.slice(1)).toEqual([
      {
        Sid: 'TableKey1',
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: [KEY],
        Condition: {
          StringEquals: {
            'kms:ViaService': ['dynamodb.eu-central-1.amazonaws.com'],
            'kms:EncryptionContext:aws:dynamodb:tableName': ['audit'],
          },
        },
      },
    ]);
  });

  it.each([
    { tenant: { kind: 'session-tag', tagKey: 'org' }, variable: '${aws:PrincipalTag/org}' },
    { tenant: { kind: 'custom-claim', issuer: 'login.example.com', claim: 'tenant' }, variable: '${login.example.com:tenant}' },
  ] as const)('compares the leading key with $variable', ({ tenant, variable }) => {
    const { Statement } = tableAccessPolicy({ tables: [{ tableArn: TABLE }], tenant });
    expect(Statement[0]?.Condition).toEqual({ ...OWN_ITEMS, 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [variable] } });
  });
});

describe('tableLockStatements', () => {
  const ofRole = { ArnEquals: { 'aws:PrincipalArn': [ROLE] } };
  const denied = { Effect: 'Deny', Principal: '*', Resource: [TABLE, `${TABLE}/index/*`] };

  it('denies the role what is not an operation on items of its own tenant, in the table and its indexes', () => {
    expect(tableLockStatements({ tableArn: TABLE, roleArn: ROLE })).toEqual([
      { ...denied, Sid: 'OtherActions1', NotAction: LEADING_KEY_ACTIONS, Condition: ofRole },
      {
        ...denied,
        Sid: 'NoLeadingKey1',
        Action: ['dynamodb:*'],
        Condition: { ...ofRole, Null: { 'dynamodb:LeadingKeys': ['true'] } },
      },
      {
        ...denied,
        Sid: 'OtherItems1',
        Action: ['dynamodb:*'],
        Condition: { ...ofRole, 'ForAnyValue:StringNotEquals': { 'dynamodb:LeadingKeys': ['${aws:PrincipalTag/tenant_id}'] } },
      },
      {
        ...denied,
        Sid: 'NoTenant1',
        Action: ['dynamodb:*'],
        Condition: { ...ofRole, Null: { 'aws:PrincipalTag/tenant_id': ['true'] } },
      },
    ]);
  });

  it('denies Scan, PartiQL and the like without a word of leading keys or policy variables', () => {
    const [otherActions] = tableLockStatements({ tableArn: TABLE, roleArn: ROLE });
    expect(JSON.stringify(otherActions)).not.toMatch(/LeadingKeys|\$\{/);
  });

  it.each([
    { tenant: { kind: 'session-tag', tagKey: 'org' }, key: 'aws:PrincipalTag/org' },
    { tenant: { kind: 'custom-claim', issuer: 'login.example.com', claim: 'sub' }, key: 'login.example.com:sub' },
  ] as const)('follows the tenant claim $key in items and the key that must be there', ({ tenant, key }) => {
    const statements = tableLockStatements({ tableArn: TABLE, roleArn: ROLE, tenant });
    expect(JSON.stringify(statements).match(/\$\{[^}]*\}/g)).toEqual([`\${${key}}`]);
    expect(statements[3]?.Condition?.['Null']).toEqual({ [key]: ['true'] });
  });
});

describe('tableResourcePolicy', () => {
  it('holds the locks of all roles, each Sid once', () => {
    const { Statement } = tableResourcePolicy(TABLE, [{ roleArn: ROLE }, { roleArn: OTHER_ROLE }]);
    expect(Statement).toEqual([
      ...tableLockStatements({ tableArn: TABLE, roleArn: ROLE }),
      ...tableLockStatements({ tableArn: TABLE, roleArn: OTHER_ROLE }, 2),
    ]);
    expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(8);
  });
});

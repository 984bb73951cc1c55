import { listOf, type PolicyDocument, type PolicyStatement } from '../../lib/policy/document';

/** A document with one thing changed, and what. */
export interface Mutant {
  /** `TenantItems: drop Null dynamodb:LeadingKeys` */
  readonly name: string;
  readonly document: PolicyDocument;
}

type Conditions = Record<string, Record<string, readonly string[]>>;

const OTHER_PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/login.other.example';

/** Actions that somebody might add to a statement. */
const ADDED_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  dynamodb: ['dynamodb:Scan', 'dynamodb:PartiQLSelect', 'dynamodb:PartiQLInsert', 'dynamodb:DeleteTable', 'dynamodb:*', '*'],
  s3: [
    's3:GetObjectVersion',
    's3:PutObjectAcl',
    's3:ListBucketVersions',
    's3:ListBucketMultipartUploads',
    's3:PutBucketPolicy',
    's3:ListBucket',
    's3:*',
    '*',
  ],
  sts: ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:SetSourceIdentity', 'sts:*'],
};

/** Every document that differs from the given one by one step towards less isolation, or by one that only looks like it. */
export function mutantsOf(document: PolicyDocument): Mutant[] {
  const changed = document.Statement.flatMap((statement, index) =>
    mutations(statement).map(([name, mutated]) => ({
      name: `${statement.Sid ?? index}: ${name}`,
      document: { ...document, Statement: document.Statement.map((each, at) => (at === index ? mutated : each)) },
    })),
  );
  const added = additions(document.Statement).map(([name, statement]) => ({
    name,
    document: { ...document, Statement: [...document.Statement, statement] },
  }));
  return [...new Map([...changed, ...added].map((mutant) => [mutant.name, mutant])).values()];
}

/**
 * Every document that asks one step less of a session's permissions: conditions on the tag dropped or weakened, places of the encoding
 * opened, names added or widened, actions moved to statements that ask for others; and every one that takes a value away.
 *
 * @param key condition key of the permissions: `aws:PrincipalTag/permissions`
 * @param roles names that may be added
 */
export function permissionMutantsOf(document: PolicyDocument, key: string, roles: readonly string[]): Mutant[] {
  const guarded = document.Statement.filter((statement) => Object.values(conditionsOf(statement)).some((keys) => key in keys));
  const mutants = guarded.flatMap((statement) => {
    const conditions = conditionsOf(statement);
    const ofTag = ofConditions({ ...statement, Condition: { StringLike: { [key]: conditions['StringLike']?.[key] ?? [] } } });
    const weakened = ofTag.map(([name, { Condition }]): Mutation => {
      const rest = without(conditions, 'StringLike', key);
      return [name, { ...statement, Condition: merged(rest, conditionsOf({ ...statement, Condition })) }];
    });
    const values = conditions['StringLike']?.[key] ?? [];
    const widened = widerHolders(values, roles).map(([name, wanted]): Mutation => {
      return [name, { ...statement, Condition: replaced(conditions, 'StringLike', key, 'StringLike', wanted) }];
    });
    const others = guarded.filter((other) => sameService(other, statement)).flatMap(({ Action }) => listOf(Action));
    const own = listOf(statement.Action);
    const moved = others
      .filter((action) => !own.includes(action))
      .map((action): Mutation => [`takes over ${action}`, { ...statement, Action: [...own, action] }]);
    return [...weakened, ...widened, ...moved].map(([name, mutated]) => ({
      name: `${statement.Sid ?? ''}: ${name}`,
      document: { ...document, Statement: document.Statement.map((each) => (each === statement ? mutated : each)) },
    }));
  });
  return [...new Map(mutants.map((mutant) => [mutant.name, mutant])).values()];
}

/** Values of the tag that more sessions have than the given ones. */
function widerHolders(values: readonly string[], roles: readonly string[]): [name: string, values: readonly string[]][] {
  const added = [...roles, '???/???', '*/*', 'r*', '*/rwd', 'rwd/*', '?', '??*', 'some-other-role'].filter(
    (value) => !values.includes(value),
  );
  const changed = values.flatMap((value) => {
    const opened = value.includes('/')
      ? Array.from(value).flatMap((letter, at) => (/[rwd]/.test(letter) ? [`${value.slice(0, at)}?${value.slice(at + 1)}`] : []))
      : [
          `${value}*`,
          `*${value}`,
          `${value}?`,
          `?${value.slice(1)}`,
          `${value.slice(0, 1)}*${value.slice(2)}`,
          `${value.slice(0, -1)}?`,
        ];
    return opened.map((wider): [string, string] => [value, wider]);
  });
  return [
    ...added.map((value): [string, readonly string[]] => [`holders and ${value}`, [...values, value]]),
    ...changed.map(([value, wider]): [string, readonly string[]] => [
      `holders ${value} -> ${wider}`,
      values.map((each) => (each === value ? wider : each)),
    ]),
  ];
}

function sameService(left: PolicyStatement, right: PolicyStatement): boolean {
  const serviceOf = ({ Action }: PolicyStatement) => (listOf(Action)[0] ?? '').split(':')[0];
  return serviceOf(left) === serviceOf(right);
}

function merged(left: Conditions, right: Conditions): Conditions {
  const operators = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(operators.map((operator) => [operator, { ...left[operator], ...right[operator] }]));
}

/** Every trust policy in which a statement takes a value of another one: an audience, a provider, the key of an audience. */
export function mixedIssuers(document: PolicyDocument): Mutant[] {
  return document.Statement.flatMap((statement) =>
    document.Statement.filter((other) => other !== statement).flatMap((other): Mutant[] => {
      const audience = (of: PolicyStatement) => conditionsOf(of)['StringEquals'] ?? {};
      const [key, own] = Object.entries(audience(statement))[0] ?? ['', []];
      const [otherKey, theirs] = Object.entries(audience(other))[0] ?? ['', []];
      const conditions = conditionsOf(statement);
      const changes: Mutation[] = [
        [
          `audiences of ${otherKey} too`,
          { ...statement, Condition: replaced(conditions, 'StringEquals', key, 'StringEquals', [...own, ...theirs]) },
        ],
        [`audience asked as ${otherKey}`, { ...statement, Condition: { ...conditions, StringEquals: { [otherKey]: own } } }],
        ['takes the other provider too', { ...statement, Principal: bothProviders(statement, other) }],
        [
          `may meet the conditions of ${otherKey} instead`,
          { ...statement, Principal: bothProviders(statement, other), Condition: other.Condition },
        ],
      ];
      return changes.map(([name, mutated]) => ({
        name: `${statement.Sid ?? ''}: ${name}`,
        document: { ...document, Statement: document.Statement.map((each) => (each === statement ? mutated : each)) },
      }));
    }),
  );
}

function bothProviders(left: PolicyStatement, right: PolicyStatement): { readonly Federated: readonly string[] } {
  const federated = ({ Principal }: PolicyStatement) =>
    Principal === undefined || Principal === '*' ? [] : listOf(Principal.Federated);
  return { Federated: [...federated(left), ...federated(right)] };
}

/** Every document whose denials of a role reach one step less far. */
export function weakenedDenials(document: PolicyDocument): Mutant[] {
  const locks = document.Statement.filter(
    (statement) => statement.Effect === 'Deny' && conditionsOf(statement)['ArnEquals'] !== undefined,
  );
  return locks.flatMap((lock) => {
    const name = (what: string) => `${lock.Sid ?? ''}: ${what}`;
    const rest = document.Statement.filter((each) => each !== lock);
    const dropped = { name: name('drop the statement'), document: { ...document, Statement: rest } };
    const weakened = weakerDenials(lock).map(([what, statement]) => ({
      name: name(what),
      document: { ...document, Statement: [...rest, statement] },
    }));
    return [dropped, ...weakened];
  });
}

function weakerDenials(lock: PolicyStatement): Mutation[] {
  const conditions = conditionsOf(lock);
  const weaker: Mutation[] = [];
  const condition = (what: string, changed: Conditions) => weaker.push([what, { ...lock, Condition: changed }]);
  condition('of another role', { ...conditions, ArnEquals: { 'aws:PrincipalArn': ['arn:aws:iam::123456789012:role/other'] } });
  condition('ArnNotEquals', {
    ...without(conditions, 'ArnEquals', 'aws:PrincipalArn'),
    ArnNotEquals: conditions['ArnEquals'] ?? {},
  });
  weaker.push(['for another account', { ...lock, Principal: { AWS: '999999999999' } }]);
  if (lock.Action !== undefined) {
    const [service = ''] = (listOf(lock.Action)[0] ?? '').split(':');
    weaker.push(['of reading only', { ...lock, Action: [`${service}:Get*`, `${service}:Query`] }]);
  }
  if (lock.NotAction !== undefined) {
    weaker.push(['not of Scan', { ...lock, NotAction: [...listOf(lock.NotAction), 'dynamodb:Scan', 's3:PutBucketPolicy'] }]);
  }
  for (const resource of listOf(lock.Resource)) {
    weaker.push([
      `not on ${resource}`,
      {
        ...lock,
        Resource: listOf(lock.Resource)
          .filter((each) => each !== resource)
          .concat('arn:aws:s3:::none'),
      },
    ]);
  }
  for (const resource of listOf(lock.NotResource)) {
    const others = listOf(lock.NotResource).filter((each) => each !== resource);
    for (const wider of [resource.replace('}/*', '}*'), resource.replace(/\/\$\{.*$/, '/*'), `${resource}*`]) {
      if (wider !== resource) weaker.push([`but for ${wider}`, { ...lock, NotResource: [...others, wider] }]);
    }
  }
  for (const [operator, keys] of Object.entries(conditions).filter(([name]) => name !== 'ArnEquals')) {
    for (const [key, values] of Object.entries(keys)) {
      const as = (changed: string, wanted: readonly string[]) => {
        condition(`${operator} ${key} -> ${changed} ${wanted.join()}`, replaced(conditions, operator, key, changed, wanted));
      };
      if (operator === 'Null') as('Null', ['false']);
      if (operator.startsWith('ForAnyValue:')) as(operator.replace('ForAnyValue', 'ForAllValues'), values);
      if (operator.startsWith('ForAnyValue:')) {
        as(
          'ForAnyValue:StringNotLike',
          values.map((value) => `${value}*`),
        );
      }
      if (operator === 'StringNotLike') {
        as(
          operator,
          values.map((value) => value.replace('/*', '*')),
        );
      }
      if (operator === 'StringNotLike') as(operator, ['*']);
      if (operator === 'StringNotLike') as('ForAnyValue:StringNotLike', values);
    }
  }
  return weaker;
}

/** Statements that somebody might add. */
function additions(statements: readonly PolicyStatement[]): Mutation[] {
  const [first] = statements;
  if (first === undefined) return [];
  const [service = ''] = (listOf(first.Action)[0] ?? '').split(':');
  const allow = (name: string, statement: Partial<PolicyStatement>): Mutation => [
    `new statement: ${name}`,
    { Effect: 'Allow', ...statement },
  ];
  if (service === 'sts') {
    const assume = ['sts:AssumeRole', 'sts:TagSession'];
    return [
      allow('the account may assume', { Principal: { AWS: '123456789012' }, Action: assume }),
      allow('another account may assume', { Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action: assume }),
      allow('a role may assume', { Principal: { AWS: 'arn:aws:iam::123456789012:role/admin' }, Action: assume }),
      allow('a session may assume', { Principal: { AWS: 'arn:aws:sts::123456789012:assumed-role/admin/me' }, Action: assume }),
      allow('a user may assume, tagged', {
        Principal: { AWS: 'arn:aws:iam::123456789012:user/me' },
        Action: assume,
        Condition: { StringLike: { 'aws:RequestTag/tenant_id': ['?*'] } },
      }),
      allow('a service may assume', { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
      allow('a SAML provider may assume', {
        Principal: { Federated: 'arn:aws:iam::123456789012:saml-provider/corp' },
        Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
      }),
      allow('a second provider, with all guards', {
        ...first,
        Principal: { Federated: OTHER_PROVIDER },
        Condition: { ...first.Condition, StringEquals: { 'login.other.example:aud': ['my-client-id'] } },
      }),
      allow('anybody may assume', { Principal: '*', Action: 'sts:*' }),
    ];
  }
  const everything = { dynamodb: 'dynamodb:*', s3: 's3:*' }[service] ?? '*';
  const tied = { StringLike: { 'aws:PrincipalTag/tenant_id': ['?*'] } };
  const [resource = '*'] = listOf(first.Resource).map((each) => each.replace(/\/tenants.*$/, ''));
  return [
    allow(`${everything} on the data`, { Action: everything, Resource: [resource, `${resource}/*`] }),
    allow(`${everything} on the data, in a tenant's session`, {
      Action: everything,
      Resource: [resource, `${resource}/*`],
      Condition: tied,
    }),
    allow(`${everything} on *`, { Action: everything, Resource: '*' }),
    allow('reading on *', { Action: [`${service}:Get*`, `${service}:List*`, `${service}:Query`], Resource: '*' }),
    ...[
      'dynamodb:Scan',
      'dynamodb:PartiQLSelect',
      'dynamodb:GetRecords',
      's3:ListBucketVersions',
      's3:GetObjectVersion',
      'sts:AssumeRole',
      'iam:PassRole',
      'iam:UpdateAssumeRolePolicy',
      'kms:CreateGrant',
      '*',
    ].map((action) => allow(action, { Action: action, Resource: '*' })),
    allow('*, with MFA or without', {
      NotAction: 'iam:*',
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    }),
  ];
}

type Mutation = [name: string, statement: PolicyStatement];

function mutations(statement: PolicyStatement): Mutation[] {
  return [...ofConditions(statement), ...ofActions(statement), ...ofResources(statement), ...ofPrincipal(statement)];
}

function conditionsOf({ Condition }: PolicyStatement): Conditions {
  const entries = Object.entries(Condition ?? {}).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, listOf(values)])),
  ]);
  return Object.fromEntries(entries) as Conditions;
}

function ofConditions(statement: PolicyStatement): Mutation[] {
  const conditions = conditionsOf(statement);
  const found: Mutation[] = [];
  if (Object.keys(conditions).length > 0) found.push(['drop all conditions', { ...statement, Condition: undefined }]);
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(keys)) {
      const place = (name: string, as: string, wanted: readonly string[]) => {
        found.push([name, { ...statement, Condition: replaced(conditions, operator, key, as, wanted) }]);
      };
      const what = `${operator} ${key}`;
      found.push([`drop ${what}`, { ...statement, Condition: without(conditions, operator, key) }]);
      for (const [as, wanted] of widened(operator, values)) place(`${what} -> ${as} ${wanted.join()}`, as, wanted);
      if (values.length > 1) {
        for (const value of values) {
          place(
            `${what} without ${value}`,
            operator,
            values.filter((each) => each !== value),
          );
        }
      }
    }
  }
  return found;
}

/** Operators and values that take more than the given ones. */
function widened(operator: string, values: readonly string[]): [operator: string, values: readonly string[]][] {
  const base = operator.replace(/^.*:/, '');
  const quantifier = operator.slice(0, operator.length - base.length);
  const found: [string, readonly string[]][] = [];
  if (base.endsWith('IfExists')) {
    return [
      [`${quantifier}StringLikeIfExists`, ['*']],
      [`${quantifier}StringLikeIfExists`, [...values, '']],
    ];
  }
  if (base !== 'Null') found.push([`${operator}IfExists`, values]);
  if (base === 'StringEquals') {
    found.push([`${quantifier}StringLike`, ['*']], [`${quantifier}StringEqualsIgnoreCase`, values]);
    found.push(
      [`${quantifier}StringLike`, values.map((value) => `${value}*`)],
      [`${quantifier}StringLike`, values.map((value) => `*${value}`)],
    );
    if (quantifier === '') found.push(['ForAllValues:StringEquals', values]);
    if (quantifier === 'ForAllValues:') found.push(['ForAnyValue:StringEquals', values], ['StringEquals', values]);
  }
  if (base === 'StringLike') {
    found.push(
      [operator, ['*']],
      [operator, [...values, '']],
      [operator, [...values, '*']],
      ['ForAllValues:StringLike', values],
      ...values.flatMap((value): [string, readonly string[]][] => [
        [operator, [value.replace('/*', '*')]],
        [operator, [value.replace(/[^/]*\/\*$/, '*')]],
        [operator, [value.replace('?*', '*')]],
      ]),
    );
  }
  for (const value of values.filter((each) => each.includes('${'))) {
    found.push([operator, [value.replace(/\}/, ", 'b'}")]]);
  }
  return found.filter(([as, wanted]) => as !== operator || wanted.join() !== values.join());
}

function without(conditions: Conditions, operator: string, key: string): Conditions {
  const keys = Object.entries(conditions[operator] ?? {}).filter(([name]) => name !== key);
  const rest = Object.entries(conditions).filter(([name]) => name !== operator);
  return Object.fromEntries(keys.length === 0 ? rest : [...rest, [operator, Object.fromEntries(keys)]]);
}

function replaced(conditions: Conditions, operator: string, key: string, as: string, values: readonly string[]): Conditions {
  const rest = without(conditions, operator, key);
  return { ...rest, [as]: { ...rest[as], [key]: values } };
}

function ofActions(statement: PolicyStatement): Mutation[] {
  const actions = listOf(statement.Action);
  const [service = ''] = (actions[0] ?? '').split(':');
  return [
    ...(ADDED_ACTIONS[service] ?? [])
      .filter((action) => !actions.includes(action))
      .map((action): Mutation => [`add action ${action}`, { ...statement, Action: [...actions, action] }]),
    ['NotAction', { ...statement, Action: undefined, NotAction: 'none:None' }],
  ];
}

function ofResources(statement: PolicyStatement): Mutation[] {
  const resources = listOf(statement.Resource);
  if (resources.length === 0) return [];
  const change = (from: string, to: string): Mutation[] =>
    from === to ? [] : [[`${from} -> ${to}`, { ...statement, Resource: resources.map((each) => (each === from ? to : each)) }]];
  return [
    ['add resource *', { ...statement, Resource: [...resources, '*'] }],
    ['NotResource', { ...statement, Resource: undefined, NotResource: 'arn:aws:s3:::none' }],
    ...resources.flatMap((resource) => [
      ...change(resource, '*'),
      ...change(resource, `${resource}*`),
      ...change(resource, resource.replace(/\$\{[^}]*\}/, '*')),
      ...change(resource, resource.replace('/${', '/*${')),
      ...change(resource, resource.replace('}/', '}*/')),
      ...change(resource, resource.replace('}/*', '}*')),
      ...change(resource, resource.replace('}/*', '}?*')),
      ...change(resource, resource.replace(/\}/, ", 'b'}")),
      ...change(resource, resource.replace(/[^/:]*$/, '*')),
      ...change(resource, resource.replace(/^(arn:aws:\w+:[^:]*:[^:]*:).*$/, '$1*')),
      ...change(resource, resource.replace(/:::[^/]*/, ':::*')),
      ...change(resource, resource.replace(/:::([^/]*)\/.*/, ':::$1/*')),
    ]),
  ];
}

function ofPrincipal(statement: PolicyStatement): Mutation[] {
  const { Principal: principal } = statement;
  if (principal === undefined || principal === '*') return [];
  const actions = listOf(statement.Action);
  const add = (name: string, more: object, action?: string): Mutation => [
    name,
    { ...statement, Principal: { ...principal, ...more }, Action: action === undefined ? actions : [...actions, action] },
  ];
  return [
    ['Principal *', { ...statement, Principal: '*' }],
    ['Principal Federated *', { ...statement, Principal: { Federated: '*' } }],
    add('add a second provider', { Federated: [...listOf(principal.Federated), OTHER_PROVIDER] }),
    add('add the account, may assume', { AWS: '123456789012' }, 'sts:AssumeRole'),
    add('add another account, may assume', { AWS: '999999999999' }, 'sts:AssumeRole'),
    add('add a role, may assume', { AWS: 'arn:aws:iam::123456789012:role/admin' }, 'sts:AssumeRole'),
    add('add a service, may assume', { Service: 'lambda.amazonaws.com' }, 'sts:AssumeRole'),
  ];
}

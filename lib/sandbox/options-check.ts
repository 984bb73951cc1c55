import { MultiTenantIamError } from '../errors';
import { compilePolicy, problemOf } from '../isolation';
import { DEFAULT_TENANT_TAG_KEY, isTenantTagKey, roleProblems } from 'multi-tenant-data-access/tenancy';
import { IDENTITY_POOL_ISSUER, issuerOfProviderArn, type TenantPermissions } from '../policy';
import { isIdentityPoolId } from './cognito-identity/identity-pool';
import { upstreamsOf } from './estate/default-estate';
import { isLoopback } from './http/loopback';
import type {
  SandboxBucket,
  SandboxIdentityPool,
  SandboxIdentityProvider,
  SandboxIndex,
  SandboxLogin,
  SandboxOptions,
  SandboxRole,
  SandboxTable,
  SandboxUpstreams,
} from './options';
import { parseUpstream } from './upstream/upstream';

/** What an option may be. */
interface Rule {
  readonly allowed: string;
  readonly required?: true;
  readonly fits: (value: unknown) => boolean;
  /** What is wrong within a value that fits. @default - nothing */
  readonly within?: (value: unknown, path: string) => string[];
}

type Rules<T> = Readonly<Record<keyof T, Rule>>;

/**
 * Checks options as plain JavaScript may give them.
 *
 * @throws MultiTenantIamError `config.invalid` that names all that is wrong, and what is allowed
 */
export function checkSandboxOptions(options: SandboxOptions): void {
  const problems = isRecord(options)
    ? [...problemsIn(options, OPTIONS, ''), ...conflicts(options)]
    : [`the options are ${shown(options)}, allowed is an object`];
  if (problems.length > 0) {
    throw new MultiTenantIamError('config.invalid', `The sandbox cannot start: ${problems.join('; ')}.`);
  }
}

function problemsIn<T>(given: Readonly<Record<string, unknown>>, rules: Rules<T>, path: string): string[] {
  const known = Object.keys(rules);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => `unknown option '${path}${name}', known are ${known.join(', ')}`),
    ...Object.entries<Rule>(rules).flatMap(([name, { allowed, required, fits, within }]) => {
      const value = given[name];
      if (value === undefined && required !== true) return [];
      if (!fits(value)) return [`'${path}${name}' is ${shown(value)}, allowed is ${allowed}`];
      return within === undefined ? [] : within(value, `${path}${name}`);
    }),
  ];
}

const NAME = matching(/^[\w.-]{1,255}$/, 'letters, digits and _ . -');

const INDEX: Rules<SandboxIndex> = { name: { ...NAME, required: true }, partitionKey: NAME, sortKey: NAME };

const TABLE: Rules<SandboxTable> = {
  tableName: { ...matching(/^[\w.-]{3,255}$/, '3-255 letters, digits and _ . -'), required: true },
  partitionKey: NAME,
  sortKey: { allowed: `${NAME.allowed}, or null`, fits: (value) => value === null || NAME.fits(value) },
  indexes: listOf(INDEX, "{ name: '...' }"),
  keyTypes: {
    allowed: "'S', 'N' or 'B' by attribute",
    fits: (value) => isRecord(value) && Object.values(value).every((type) => ['S', 'N', 'B'].includes(type as string)),
  },
  policy: policy('resource'),
};

const BUCKET: Rules<SandboxBucket> = {
  bucketName: { ...matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, '3-63 of a-z 0-9 . -'), required: true },
  policy: policy('resource'),
};

const ROLE: Rules<SandboxRole> = {
  role: {
    ...matching(/^(?:arn:aws[a-z-]*:iam::\d{12}:role\/)?[\w+=,.@/-]+$/, 'the name of a role, with its path, or its ARN'),
    required: true,
  },
  trustPolicy: { ...policy('trust'), required: true },
  policies: {
    allowed: 'an object of policies by name',
    required: true,
    fits: isRecord,
    within: (value, path) =>
      Object.entries(value as object).flatMap(([name, each]) => policyProblems(each, `${path}.${name}`, 'identity')),
  },
  permissionsBoundary: policy('identity'),
  maxSessionDurationSeconds: {
    allowed: 'a whole number from 3600 to 43200',
    fits: (value) => Number.isInteger(value) && Number(value) >= 3600 && Number(value) <= 43_200,
  },
  tags: {
    allowed: 'an object of strings',
    fits: (value) => isRecord(value) && Object.values(value).every((each) => typeof each === 'string'),
  },
};

const IDENTITY_PROVIDER: Rules<SandboxIdentityProvider> = {
  issuerUrl: {
    allowed: `an https URL, or http on this machine, without query; ${IDENTITY_POOL_ISSUER} is the issuer of identity pools alone`,
    required: true,
    fits: isIssuer,
  },
  clientIds: {
    allowed: 'a list of client ids, at least one: without them any client of the issuer could assume the role',
    required: true,
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== ''),
  },
};

const MOST_PRINCIPAL_TAGS = 50;

const LOGIN: Rules<SandboxLogin> = {
  issuerUrl: { allowed: IDENTITY_PROVIDER.issuerUrl.allowed, fits: isIssuer },
  clientIds: IDENTITY_PROVIDER.clientIds,
  principalTags: {
    allowed: `an object of at most ${MOST_PRINCIPAL_TAGS} names of claims by key of a session tag`,
    required: true,
    fits: (value) =>
      isRecord(value) &&
      Object.keys(value).length <= MOST_PRINCIPAL_TAGS &&
      Object.entries(value).every(([key, claim]) => isTenantTagKey(key) && typeof claim === 'string' && claim !== ''),
  },
};

const IDENTITY_POOL: Rules<SandboxIdentityPool> = {
  identityPoolId: { allowed: "'<region>:<uuid>' in lower case", required: true, fits: isIdentityPoolId },
  logins: {
    ...listOf(
      LOGIN,
      "{ issuerUrl: 'https://...', clientIds: ['...'], principalTags: { tenant_id: 'custom:tenant_id' } }, at least one",
    ),
    required: true,
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isRecord),
  },
  authenticatedRole: { allowed: ROLE.role.allowed, fits: ROLE.role.fits },
  allowClassicFlow: { allowed: 'true or false', fits: (value) => typeof value === 'boolean' },
};

const UPSTREAM: Rule = {
  allowed: 'a URL',
  fits: (value) => typeof value === 'string',
  within: (value) => {
    try {
      parseUpstream(value as string);
      return [];
    } catch (error) {
      return [(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')];
    }
  },
};
const UPSTREAMS: Rules<SandboxUpstreams> = { dynamodb: UPSTREAM, s3: UPSTREAM, iam: UPSTREAM };

const PERMISSIONS: Rules<TenantPermissions> = {
  tagKey: {
    allowed: "a tag's key other than 'tenant_id'",
    fits: (value) => isTenantTagKey(value) && value.toLowerCase() !== DEFAULT_TENANT_TAG_KEY,
  },
  roles: {
    allowed: "an object of names and lists of permissions: { viewer: ['read'] }",
    required: true,
    fits: isRecord,
    within: (value, path) => roleProblems(value).map((problem) => `${path}: ${problem}`),
  },
};

const OPTIONS: Rules<SandboxOptions> = {
  port: {
    allowed: 'a whole number from 0 to 65535',
    fits: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  },
  account: matching(/^\d{12}$/, 'twelve digits'),
  region: matching(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, "the name of a region, as 'eu-central-1'"),
  identityProviders: listOf(IDENTITY_PROVIDER, "{ issuerUrl: 'https://...', clientIds: ['...'] }"),
  identityPools: listOf(IDENTITY_POOL, "{ identityPoolId: '...', logins: [{...}] }"),
  roles: listOf(ROLE, "{ role: '...', trustPolicy: {...}, policies: {...} }"),
  permissions: {
    allowed: "{ roles: { viewer: ['read'] } }",
    fits: isRecord,
    within: (value, path) => problemsIn(value as Record<string, unknown>, PERMISSIONS, `${path}.`),
  },
  tables: listOf(TABLE, "{ tableName: '...' }"),
  buckets: listOf(BUCKET, "{ bucketName: '...' }"),
  upstream: {
    allowed: 'a URL, or an object of URLs by service',
    fits: (value) => typeof value === 'string' || isRecord(value),
    within: (value, path) => (isRecord(value) ? problemsIn(value, UPSTREAMS, `${path}.`) : (UPSTREAM.within?.(value, path) ?? [])),
  },
  onRecord: { allowed: 'a function', fits: (value) => typeof value === 'function' },
};

/** Options that cannot stand together, and names that come twice. */
function conflicts(options: SandboxOptions): string[] {
  const elsewhere = isRecord(options.upstream) || typeof options.upstream === 'string' ? upstreamsOf(options).iam : undefined;
  const declared = [options.roles, options.identityProviders, options.identityPools, options.account].some(
    (option) => option !== undefined,
  );
  return [
    ...(elsewhere !== undefined && declared
      ? [
          "'roles', 'identityProviders', 'identityPools' and 'account' are those of the upstream for IAM, so they cannot be given too",
        ]
      : []),
    ...(options.permissions !== undefined && (options.roles !== undefined || elsewhere !== undefined)
      ? ["'permissions' goes with the default role, and 'roles' or an upstream for IAM take its place"]
      : []),
    ...twice('tables', options.tables, 'tableName'),
    ...twice('buckets', options.buckets, 'bucketName'),
    ...twice('roles', options.roles, 'role'),
    ...twice('identityPools', options.identityPools, 'identityPoolId'),
    ...(Array.isArray(options.identityPools) ? (options.identityPools as readonly unknown[]) : []).flatMap((pool, index) =>
      isRecord(pool) ? twice(`identityPools[${index}].logins`, pool['logins'], 'issuerUrl', "the sandbox's own issuer") : [],
    ),
  ];
}

/** @param byDefault what a missing member stands for */
function twice(option: string, list: unknown, member: string, byDefault?: string): string[] {
  const names = Array.isArray(list) ? list.map((each) => (isRecord(each) ? (each[member] ?? byDefault) : undefined)) : [];
  const again = names.find((name, index) => name !== undefined && names.indexOf(name) !== index);
  return again === undefined ? [] : [`'${option}' has ${shown(again)} twice`];
}

function listOf<T>(rules: Rules<T>, example: string): Rule {
  return {
    allowed: `a list of ${example}`,
    fits: (value) => Array.isArray(value) && value.every(isRecord),
    within: (value, path) =>
      (value as Record<string, unknown>[]).flatMap((each, index) => problemsIn(each, rules, `${path}[${index}].`)),
  };
}

function policy(kind: 'identity' | 'resource' | 'trust'): Rule {
  return { allowed: 'a policy, as an object', fits: isRecord, within: (value, path) => policyProblems(value, path, kind) };
}

function policyProblems(document: unknown, path: string, kind: 'identity' | 'resource' | 'trust'): string[] {
  const problem = problemOf(compilePolicy(path, document, kind));
  return problem === undefined ? [] : [`'${path}' is no policy that can be enforced: ${problem}`];
}

function isIssuer(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value) || /[?#\s]/.test(value)) return false;
  const { protocol, hostname } = new URL(value);
  // STS knows it by itself; nobody else's tokens may come under its name.
  if (hostname === IDENTITY_POOL_ISSUER) return false;
  const asArn = `arn:aws:iam::123456789012:oidc-provider/${value.replace(/^https:\/\//, '')}`;
  return (protocol === 'https:' && issuerOfProviderArn(asArn) !== undefined) || (protocol === 'http:' && isLoopback(hostname));
}

function matching(pattern: RegExp, allowed: string): Rule {
  return { allowed, fits: (value) => typeof value === 'string' && pattern.test(value) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it was given, cut. */
function shown(value: unknown): string {
  const json = typeof value === 'function' || value === undefined ? typeof value : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

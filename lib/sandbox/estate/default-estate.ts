import { PARTITION_KEY } from 'multi-tenant-data-access/tenancy';
import {
  bucketAccessPolicy,
  bucketResourcePolicy,
  IDENTITY_POOL_ISSUER,
  tableAccessPolicy,
  tableResourcePolicy,
  type TenantPermissions,
  trustPolicy,
} from '../../policy';
import { bucketArn, identityProviderArn, issuerName, partitionOf, tableArn } from './arns';
import type {
  SandboxBucket,
  SandboxIdentityPool,
  SandboxIdentityProvider,
  SandboxLogin,
  SandboxOptions,
  SandboxRole,
  SandboxTable,
  SandboxUpstreams,
} from '../options';

/** An identity pool, the issuers of all its logins filled in. */
export interface DeclaredIdentityPool extends Omit<SandboxIdentityPool, 'logins'> {
  readonly logins: readonly (SandboxLogin & { readonly issuerUrl: string })[];
}

/** What the sandbox stands for, all defaults filled in. */
export interface DeclaredEstate {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly identityProviders: readonly SandboxIdentityProvider[];
  readonly identityPools: readonly DeclaredIdentityPool[];
  readonly roles: readonly SandboxRole[];
  readonly tables: readonly SandboxTable[];
  readonly buckets: readonly SandboxBucket[];
}

const NAME = 'multi-tenant-iam';
const ROLE_NAME = `${NAME}-tenant`;
const CLIENT_ID = 'my-client-id';
const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'eu-central-1';

/**
 * Fills in the defaults: what `MultiTenantIam` deploys without settings, for the sandbox's own issuer.
 *
 * @param ownIssuerUrl under which the sandbox serves its issuer
 */
export function declaredEstate(options: SandboxOptions, ownIssuerUrl: string): DeclaredEstate {
  const { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION } = options;
  const partition = partitionOf(region);
  const { dynamodb, s3, iam } = upstreamsOf(options);
  const identityProviders =
    options.identityProviders ?? (iam === undefined ? [{ issuerUrl: ownIssuerUrl, clientIds: [CLIENT_ID] }] : []);
  const tables = options.tables ?? (dynamodb === undefined ? [{ tableName: `${NAME}-data` }] : []);
  const buckets = options.buckets ?? (s3 === undefined ? [{ bucketName: `${NAME}-${account}-${region}` }] : []);
  const identityPools = (options.identityPools ?? []).map(({ logins, ...pool }) => ({
    ...pool,
    logins: logins.map(({ issuerUrl = ownIssuerUrl, ...login }) => ({ issuerUrl, ...login })),
  }));
  const place = { partition, account, region, identityProviders, identityPools };
  if (options.roles !== undefined || iam !== undefined) return { ...place, roles: options.roles ?? [], tables, buckets };

  const roleArn = `arn:${partition}:iam::${account}:role/${ROLE_NAME}`;
  return {
    ...place,
    roles: [tenantRole({ ...place, roleArn, tables, buckets }, options.permissions)],
    tables: tables.map((table) => ({
      ...table,
      policy: table.policy ?? tableResourcePolicy(tableArn(place, table.tableName), [{ roleArn }]),
    })),
    buckets: buckets.map((bucket) => ({
      ...bucket,
      policy: bucket.policy ?? bucketResourcePolicy(bucketArn(place, bucket.bucketName), [{ roleArn }]),
    })),
  };
}

/** Upstreams by service; a single one is for all. */
export function upstreamsOf({ upstream }: SandboxOptions): SandboxUpstreams {
  return typeof upstream === 'string' ? { dynamodb: upstream, s3: upstream, iam: upstream } : (upstream ?? {});
}

/** The role that `MultiTenantIam` makes. */
function tenantRole(
  estate: Omit<DeclaredEstate, 'roles'> & { readonly roleArn: string },
  permissions: TenantPermissions | undefined,
): SandboxRole {
  const { roleArn, identityProviders, identityPools, tables, buckets } = estate;
  const issuers = identityProviders.map(({ issuerUrl, clientIds }) => ({
    identityProviderArn: identityProviderArn(estate, issuerUrl),
    issuer: issuerName(issuerUrl),
    audiences: clientIds,
  }));
  const poolIds = identityPools.map(({ identityPoolId }) => identityPoolId);
  const ofPools = { identityProviderArn: IDENTITY_POOL_ISSUER, issuer: IDENTITY_POOL_ISSUER, audiences: poolIds };
  const tablePolicy = tableAccessPolicy({
    tables: tables.map(({ tableName, indexes = [] }) => {
      const arn = tableArn(estate, tableName);
      const tenantLed = indexes.filter(({ partitionKey = PARTITION_KEY }) => partitionKey === PARTITION_KEY);
      return { tableArn: arn, indexArns: tenantLed.map(({ name }) => `${arn}/index/${name}`) };
    }),
    permissions,
  });
  const bucketPolicy = bucketAccessPolicy({
    buckets: buckets.map(({ bucketName }) => ({ bucketArn: bucketArn(estate, bucketName) })),
    permissions,
  });
  return {
    role: roleArn,
    trustPolicy: trustPolicy({ issuers: poolIds.length === 0 ? issuers : [...issuers, ofPools], permissions }),
    policies: {
      ...(tables.length > 0 && { [`${ROLE_NAME}-table`]: tablePolicy }),
      ...(buckets.length > 0 && { [`${ROLE_NAME}-bucket`]: bucketPolicy }),
    },
  };
}

import { PARTITION_KEY } from 'multi-tenant-data-access/tenancy';
import { bucketAccessPolicy, bucketResourcePolicy, tableAccessPolicy, tableResourcePolicy, trustPolicy } from '../../policy';
import { bucketArn, identityProviderArn, issuerName, partitionOf, tableArn } from './arns';
import type {
  SandboxBucket,
  SandboxIdentityProvider,
  SandboxOptions,
  SandboxRole,
  SandboxTable,
  SandboxUpstreams,
} from '../options';

/** What the sandbox stands for, all defaults filled in. */
export interface DeclaredEstate {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly identityProviders: readonly SandboxIdentityProvider[];
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
  const place = { partition, account, region, identityProviders };
  if (options.roles !== undefined || iam !== undefined) return { ...place, roles: options.roles ?? [], tables, buckets };

  const roleArn = `arn:${partition}:iam::${account}:role/${ROLE_NAME}`;
  return {
    ...place,
    roles: [tenantRole({ ...place, roleArn, tables, buckets })],
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
function tenantRole(estate: Omit<DeclaredEstate, 'roles'> & { readonly roleArn: string }): SandboxRole {
  const { roleArn, identityProviders, tables, buckets } = estate;
  const documents = identityProviders.map(({ issuerUrl, clientIds }) =>
    trustPolicy({
      identityProviderArn: identityProviderArn(estate, issuerUrl),
      issuer: issuerName(issuerUrl),
      audiences: clientIds,
    }),
  );
  const tablePolicy = tableAccessPolicy({
    tables: tables.map(({ tableName, indexes = [] }) => {
      const arn = tableArn(estate, tableName);
      const tenantLed = indexes.filter(({ partitionKey = PARTITION_KEY }) => partitionKey === PARTITION_KEY);
      return { tableArn: arn, indexArns: tenantLed.map(({ name }) => `${arn}/index/${name}`) };
    }),
  });
  const bucketPolicy = bucketAccessPolicy({
    buckets: buckets.map(({ bucketName }) => ({ bucketArn: bucketArn(estate, bucketName) })),
  });
  return {
    role: roleArn,
    trustPolicy: { ...documents[0], Statement: documents.flatMap(({ Statement }) => Statement) },
    policies: {
      ...(tables.length > 0 && { [`${ROLE_NAME}-table`]: tablePolicy }),
      ...(buckets.length > 0 && { [`${ROLE_NAME}-bucket`]: bucketPolicy }),
    },
  };
}

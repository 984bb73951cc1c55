import type { TenantClaim } from '../../policy/tenant-claim';
import type { ContextEntries } from '../evaluator/request';
import type { SubjectPermissions } from './held-permissions';

/** What is to be proved: one role that serves all tenants, and the data that they share. */
export interface IsolationSubject {
  /** `arn:<partition>:iam::<account>:role/<path and name>` */
  readonly roleArn: string;
  readonly region: string;
  /** How the tenant of a session reaches IAM. */
  readonly tenant: TenantClaim;
  /** ARN of the IAM OIDC provider whose tokens name the tenant, or the host of a provider that is built in. */
  readonly identityProvider: string;
  /** The issuer as it stands in condition keys. */
  readonly issuer: string;
  /** Condition keys of a token that the trust policy is meant to admit, beside the tenant: `{ '<issuer>:aud': 'my-client-id' }` */
  readonly token: ContextEntries;
  /** Other tokens that the trust policy names: of further audiences, of further providers that are meant. */
  readonly otherTokens: readonly OtherToken[];
  /** Tokens of providers that the trust policy names too, but that are not meant to name tenants. */
  readonly foreignTokens: readonly OtherToken[];
  /**
   * Pattern of the tenant ids that the trust policy takes, where it takes only some: `org_*`
   *
   * @default - any
   */
  readonly tenantShape?: string;
  /** Whether the trust policy is meant to refuse tenants of odd shape. If not, they only must not reach anybody's data. */
  readonly guardedShape: boolean;
  /** Whether the trust policy is meant to refuse tags beside the tenant's, or a policy reads another. If not, they do nothing. */
  readonly guardedTags: boolean;
  /** Whether policies tell tenants apart by the encryption context of keys. If not, the use of a key opens nothing by itself. */
  readonly guardedKeys: boolean;
  /**
   * What sessions hold beside the tenant, where policies ask for it.
   *
   * @default - every session of a tenant may do all
   */
  readonly permissions?: SubjectPermissions;
  /**
   * Tags of the role itself, which are principal tags of each session that does not bring them.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
   */
  readonly roleTags?: Readonly<Record<string, string>>;
  readonly tables: readonly SharedTable[];
  readonly buckets: readonly SharedBucket[];
  /** ARNs of customer managed keys. */
  readonly keyArns: readonly string[];
  /**
   * Whether the role was made for others, but takes tenants' tokens too. Then only what it does to tenants' data counts.
   *
   * @default false
   */
  readonly bystander?: boolean;
  /** ARNs of roles that are judged by themselves if a tenant can become them. */
  readonly otherRoleArns: readonly string[];
  /** What the policies name; requests that fit it are tried beside those that are always tried. */
  readonly named: NamedPatterns;
}

/** Patterns that policies compare with, `{tenant}` in the place of the session's tenant and a star in that of other variables. */
export interface NamedPatterns {
  /** Of resources, by ARN. */
  readonly resources: readonly string[];
  /** Of partition keys (`dynamodb:LeadingKeys`). */
  readonly keys: readonly string[];
  /** Of listings (`s3:prefix`). */
  readonly prefixes: readonly string[];
  /** Of actions, each with the resources of its statement. */
  readonly actions: readonly (readonly [action: string, resource: string])[];
  /** Of tenants that a statement speaks of (`aws:PrincipalTag/<key>`). */
  readonly tenants: readonly string[];
  /** Names of sessions that policies of tables and buckets speak of. */
  readonly sessionNames: readonly string[];
}

/** A token that differs from the main one in what the trust policy looks at. */
export interface OtherToken {
  readonly provider: string;
  readonly issuer: string;
  readonly context: ContextEntries;
}

export interface SharedTable {
  readonly arn: string;
  /** Partition keys of a tenant's items, with `{tenant}` in the tenant's place: `{tenant}`, `TENANT#{tenant}`. At least one. */
  readonly keys: readonly string[];
  /** Whether no policy says where a tenant's items lie, so that `keys` is a guess. */
  readonly assumed?: boolean;
  readonly indexes: readonly {
    readonly name: string;
    /** Whether the index's partition key is the tenant's too. */
    readonly tenantLed: boolean;
  }[];
  readonly kmsKeyArn?: string;
}

export interface SharedBucket {
  readonly arn: string;
  /** Prefixes of a tenant's objects, with `{tenant}` in the tenant's place: `tenants/{tenant}/`. At least one. */
  readonly prefixes: readonly string[];
  /** Whether no policy says where a tenant's objects lie, so that `prefixes` is a guess. */
  readonly assumed?: boolean;
  readonly kmsKeyArn?: string;
  /** Whether the encryption context is the bucket's ARN, not the object's. */
  readonly bucketKeyEnabled?: boolean;
}

const TENANT = '{tenant}';

/** Puts a tenant id into a template of keys or prefixes. */
export function fillTenant(template: string, tenant: string): string {
  return template.split(TENANT).join(tenant);
}

/** Partition, account and name of a role's ARN. */
export function roleParts(roleArn: string): { readonly partition: string; readonly account: string; readonly name: string } {
  const [, partition = 'aws', , , account = '', resource = ''] = roleArn.split(':');
  return { partition, account, name: resource.split('/').at(-1) ?? '' };
}

/** A resource of a shape, an ARN with stars, in the subject's partition, region and account. */
export function anyOfShape({ roleArn, region }: IsolationSubject, shape: string): string {
  const { partition, account } = roleParts(roleArn);
  const [, , service = '', inRegion = '', inAccount = '', ...resource] = shape.split(':');
  const own = { region: inRegion === '*' ? region : inRegion, account: inAccount === '*' ? account : inAccount };
  return ['arn', partition, service, own.region, own.account, resource.join(':').replaceAll('*', 'any')].join(':');
}

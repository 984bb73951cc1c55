import type { TenantPermissions } from '../policy';
import type { AuditRecord } from './audit/audit-record';

/**
 * What the sandbox is to stand for. Without options: one role, one table and one bucket with all the policies that `MultiTenantIam` makes,
 * trusting the sandbox's own issuer.
 */
export interface SandboxOptions {
  /**
   * TCP port on 127.0.0.1, 0 to 65,535; 0 takes one that is free.
   *
   * @default 0
   */
  readonly port?: number;
  /**
   * Twelve digits. Not with an upstream for IAM, whose account it is then.
   *
   * @default '123456789012'; with an upstream for IAM its own
   */
  readonly account?: string;
  /**
   * AWS region, for ARNs and for clients.
   *
   * @default 'eu-central-1'
   */
  readonly region?: string;
  /**
   * IAM OIDC providers. Tokens are made for the first client id of the first one, unless asked otherwise; the sandbox stands in for every
   * issuer, and takes tokens that the issuer itself has signed, too, if it can fetch its keys.
   *
   * @default - the sandbox's own issuer, with client id 'my-client-id'; with an IAM upstream those that it has
   */
  readonly identityProviders?: readonly SandboxIdentityProvider[];
  /**
   * Cognito identity pools. Not with an upstream for IAM, whose pools they are then.
   *
   * @default - none
   */
  readonly identityPools?: readonly SandboxIdentityPool[];
  /**
   * Roles that tokens may begin sessions of.
   *
   * @default - 'multi-tenant-iam-tenant' with the trust, table and bucket policy of this package; with an IAM upstream those that it has
   */
  readonly roles?: readonly SandboxRole[];
  /**
   * What the roles of users may do, as `permissions` of `MultiTenantIam`: `{ roles: { viewer: ['read'] } }`. Tokens name theirs in a
   * second tag, `sandbox.token({ tenantId: 'acme', tags: { permissions: 'viewer' } })`. Goes with the default role only.
   *
   * @default - everybody may do everything in the own tenant
   */
  readonly permissions?: TenantPermissions;
  /**
   * Tables, made at start where DynamoDB is embedded.
   *
   * @default - 'multi-tenant-iam-data', which refuses the role what is not its tenant's; with an upstream for DynamoDB none
   */
  readonly tables?: readonly SandboxTable[];
  /**
   * Buckets, made at start where S3 is embedded.
   *
   * @default - 'multi-tenant-iam-<account>-<region>', as above; with an upstream for S3 none
   */
  readonly buckets?: readonly SandboxBucket[];
  /**
   * Servers that take what is allowed, in place of the embedded ones: one for all services, or one each. A URL may carry credentials,
   * `http://user:secret@127.0.0.1:9000`, else requests are signed with 'test' and 'test'. An upstream for `iam` is where roles, policies
   * and identity providers are read from.
   *
   * @default - embedded stores, and no IAM but what is declared
   */
  readonly upstream?: string | SandboxUpstreams;
  /**
   * Told of each record of the audit log while the request is answered, so it must not take long; what it throws is ignored.
   *
   * @default - nobody is told
   */
  readonly onRecord?: (record: AuditRecord) => void;
}

/** Upstreams by service. */
export interface SandboxUpstreams {
  /** @default - embedded */
  readonly dynamodb?: string;
  /** @default - embedded */
  readonly s3?: string;
  /**
   * Also takes the administrator's requests to every other service.
   *
   * @default - none
   */
  readonly iam?: string;
}

/** An IAM OIDC provider. */
export interface SandboxIdentityProvider {
  /** `iss` of the tokens: an https URL, or http on this machine. */
  readonly issuerUrl: string;
  /** Client ids, at least one. */
  readonly clientIds: readonly string[];
}

/** A Cognito identity pool, for those only who have signed in at one of its providers. */
export interface SandboxIdentityPool {
  /** `<region>:<uuid>`, for example `eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e` */
  readonly identityPoolId: string;
  /** Providers whose tokens it takes, at least one. */
  readonly logins: readonly SandboxLogin[];
  /**
   * The role that the enhanced flow begins sessions of: its name, or its ARN. It must trust `cognito-identity.amazonaws.com`.
   *
   * @default - none: the enhanced flow is refused
   */
  readonly authenticatedRole?: string;
  /**
   * Whether it gives tokens, by GetOpenIdToken, that applications take to STS.
   *
   * @default false
   */
  readonly allowClassicFlow?: boolean;
}

/** A provider of an identity pool. */
export interface SandboxLogin extends Pick<SandboxIdentityProvider, 'clientIds'> {
  /**
   * `iss` of the tokens: an https URL, or http on this machine.
   *
   * @default - the sandbox's own issuer
   */
  readonly issuerUrl?: string;
  /** Claims of its tokens by the key of the session tag that they become: `{ tenant_id: 'custom:tenant_id' }` */
  readonly principalTags: Readonly<Record<string, string>>;
}

/** A role, with policies as IAM takes them: objects, not text. */
export interface SandboxRole {
  /** Name, or ARN where it has a path or another account. */
  readonly role: string;
  readonly trustPolicy: object;
  /** Inline and attached policies, by a name for people. */
  readonly policies: Readonly<Record<string, object>>;
  /** @default - none */
  readonly permissionsBoundary?: object;
  /**
   * Seconds, 3,600 to 43,200.
   *
   * @default 3600
   */
  readonly maxSessionDurationSeconds?: number;
  /**
   * Tags of the role, which are principal tags of its sessions.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A table. */
export interface SandboxTable {
  readonly tableName: string;
  /** @default 'tenantId' */
  readonly partitionKey?: string;
  /** @default 'dataId'; `null` for none */
  readonly sortKey?: string | null;
  /** @default - none */
  readonly indexes?: readonly SandboxIndex[];
  /**
   * Attributes of keys that are no strings, by name.
   *
   * @default - all are strings
   */
  readonly keyTypes?: Readonly<Record<string, 'S' | 'N' | 'B'>>;
  /** Its resource policy. @default - with the default role the one that this package makes, else none */
  readonly policy?: object;
}

/** A global secondary index. */
export interface SandboxIndex {
  readonly name: string;
  /** @default 'tenantId' */
  readonly partitionKey?: string;
  /** @default - none */
  readonly sortKey?: string;
}

/** A bucket. */
export interface SandboxBucket {
  readonly bucketName: string;
  /** Its bucket policy. @default - with the default role the one that this package makes, else none */
  readonly policy?: object;
}

import type { NumberedRecord } from './audit/audit-log';
import type { Administrator } from './gateway/administrator';
import type { TokenOptions } from './issuer/token-options';

/** A token to be made by the sandbox. */
export interface SandboxTokenOptions extends TokenOptions {
  /**
   * Whether its signature is not that of the issuer.
   *
   * @default false
   */
  readonly forged?: boolean;
}

/** Names that clients need; each is the first that was declared, unless given. */
export interface SandboxNames {
  /** @default - the first role */
  readonly roleArn?: string;
  /** @default - the first table */
  readonly tableName?: string;
  /** @default - the first bucket */
  readonly bucketName?: string;
}

/** What `new TenantDataAccess(...)` of `multi-tenant-data-access` takes. */
export interface SandboxDataAccessConfig extends Required<SandboxNames> {
  readonly region: string;
  /** Only of the sandbox's own issuer, whose keys can be fetched: then the library verifies tokens too. */
  readonly issuerUrl?: string;
  readonly audience?: readonly string[];
  readonly stsConfig: { readonly endpoint: string };
  readonly dynamoDbConfig: { readonly endpoint: string };
  readonly s3Config: { readonly endpoint: string; readonly forcePathStyle: true };
}

/** The audit log of a sandbox. */
export interface SandboxAudit {
  /** The latest records, the oldest first; 1,000 at most. */
  readonly records: readonly NumberedRecord[];
  /**
   * Tells of each record from now on, while the request is answered, so it must not take long; what it throws is ignored.
   *
   * @returns a function that ends it
   */
  subscribe(listener: (record: NumberedRecord) => void): () => void;
}

/** A local AWS that enforces. */
export interface Sandbox {
  /** `http://127.0.0.1:<port>`: of STS, DynamoDB, S3 and, with an upstream, IAM. */
  readonly endpoint: string;
  /** Of the sandbox's own OIDC issuer. */
  readonly issuerUrl: string;
  /** Issuers that were declared, in whose names tokens are made: the first one unless asked otherwise. */
  readonly issuers: readonly string[];
  readonly account: string;
  readonly region: string;
  /** ARNs of the roles that were declared. */
  readonly roles: readonly string[];
  /** Names of the tables that were declared. */
  readonly tables: readonly string[];
  /** Names of the buckets that were declared. */
  readonly buckets: readonly string[];
  /** Fixed keys that may do everything here, and nothing anywhere else: for set-up and Terraform. */
  readonly administrator: Administrator;
  readonly audit: SandboxAudit;
  /**
   * A token of an identity provider, for any tenant.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  token(options?: SandboxTokenOptions): Promise<string>;
  /**
   * Configuration of `TenantDataAccess` for this sandbox.
   *
   * @throws MultiTenantIamError `config.invalid` for a name that is neither declared nor given
   */
  dataAccessConfig(names?: SandboxNames): SandboxDataAccessConfig;
  /** Ends all sessions now, as if their time were over. */
  expireSessions(): void;
  /** Ends it: connections, stores, all that keeps a process alive. What was stored is gone. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

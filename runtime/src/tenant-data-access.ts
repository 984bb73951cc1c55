import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { checkConfig, type ObjectConfig, type TableConfig, type TenantDataAccessConfig } from './config';
import { ObjectSession } from './objects/object-session';
import type { TenantObjects } from './objects/tenant-objects';
import type { SigningSession } from './session/signing-session';
import { TenantAccess } from './session/tenant-access';
import type { TenantCredentials } from './session/tenant-credentials';
import { TableSession } from './table/table-session';
import { queryAllPages, type QueryTenantDataOptions } from './table/tenant-query';
import type { Keyed } from './table/tenant-item';
import type { TenantTable } from './table/tenant-table';
import { objectKey } from './tenancy';
import { makeTenantClients, type TenantClients } from './tenant-clients';

/** A session of one tenant, bound for life to the tenant and the user of its token. Its clients are made when they are first used. */
export class TenantSession {
  /** The tenant that the session is bound to. */
  readonly tenantId: string;
  readonly #signing: SigningSession;
  readonly #table: TableSession;
  readonly #objects: ObjectSession;

  /** Only `forTenant` makes one. */
  constructor(signing: SigningSession, config: TableConfig & ObjectConfig) {
    this.tenantId = signing.tenantId;
    this.#signing = signing;
    this.#table = new TableSession(signing, config);
    this.#objects = new ObjectSession(signing, config);
  }

  /** When the credentials in use end. Those of a token function are renewed before. */
  get expiration(): Date {
    return this.#signing.expiration;
  }

  /** A plain document client that signs for this tenant; AWS denies it all that is not the tenant's. */
  get docClient(): DynamoDBDocumentClient {
    return this.#table.docClient;
  }

  /** A plain S3 client that signs for this tenant; AWS denies it all that is not the tenant's. */
  get s3Client(): S3Client {
    return this.#objects.s3Client;
  }

  /**
   * The tenant's items, of the type given.
   *
   * @param tableName of several tables, which. Default: that of the configuration.
   * @throws TenantDataAccessError `request.invalid`
   */
  table<Item extends Keyed<Item> = Record<string, unknown>>(tableName?: string): TenantTable<Item> {
    return this.#table.table<Item>(tableName);
  }

  /**
   * The tenant's objects.
   *
   * @param bucketName of several buckets, which. Default: that of the configuration.
   * @throws TenantDataAccessError `request.invalid`
   */
  objects(bucketName?: string): TenantObjects {
    return this.#objects.objects(bucketName);
  }
}

/**
 * Tenant-scoped access to a shared table and bucket. It trades a user's web identity token for credentials that AWS ties to the
 * token's tenant; what they reach is decided by IAM, not by this class. It never uses ambient or default credentials.
 *
 * @example
 * ```ts
 * const access = new TenantDataAccess({ roleArn, tableName, bucketName, region: 'eu-central-1' });
 * const acme = await access.forTenant(idToken);
 * await acme.table<Order>().put({ dataId: 'order#1', total: 12.5 });
 * await acme.objects().put('receipts/1.txt', 'total: 12.5');
 * ```
 */
export class TenantDataAccess extends TenantAccess<TenantSession> {
  readonly #config: TableConfig & ObjectConfig;

  /** @throws TenantDataAccessError `config.invalid`, naming every option that does not fit */
  constructor(config: TenantDataAccessConfig) {
    const checked = checkConfig(config, { table: true, objects: true });
    super(checked, (signing) => new TenantSession(signing, checked));
    this.#config = checked;
  }

  /**
   * The credentials of a tenant's session, for SDK clients of your own. As `forTenant`, it asks STS once for each token, and again when
   * the credentials are about to end.
   *
   * @param webIdentityToken a JWT of the identity provider, with the tenant in a session tag; of Amazon Cognito the ID token.
   * @param tenantId the tenant the caller means to act for; another's token is refused before any call.
   * @throws TenantDataAccessError as `forTenant`
   * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
   */
  async assumeTenantRole(webIdentityToken: string, tenantId: string): Promise<TenantCredentials> {
    return (await this.grant(webIdentityToken, tenantId)).credentials;
  }

  /**
   * Makes SDK clients that sign with a tenant's credentials, and with no others. They belong to that tenant for life and end with
   * these credentials; those of a session go on with its next.
   *
   * @throws TenantDataAccessError `credentials.foreign` or `credentials.expired`
   */
  createTenantClients(credentials: TenantCredentials): TenantClients {
    return makeTenantClients(credentials, this.clientDefaults, this.#config);
  }

  /**
   * Reads all items of a tenant, page after page, in the order of the sort key. The whole result is held in memory; `table().query()`
   * of a session reads as you go.
   *
   * @param docClient that of a session, or made by `createTenantClients`, for this tenant; any other is refused.
   * @throws TenantDataAccessError `credentials.foreign`, `tenant.mismatch`, `tenant.invalid`, `request.invalid`, `access.denied`,
   *   `credentials.expired` or any of `service.*`
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
   */
  async queryTenantData<Item extends Record<string, unknown> = Record<string, unknown>>(
    docClient: DynamoDBDocumentClient,
    tenantId: string,
    options?: QueryTenantDataOptions,
  ): Promise<Item[]> {
    return queryAllPages<Item>(docClient, this.#config.tableName, tenantId, options);
  }

  /**
   * Where a tenant's object lies, to be spread into an S3 command: `{ Bucket, Key: 'tenants/acme/documents/a.pdf' }`.
   *
   * @throws TenantDataAccessError `tenant.invalid`
   */
  objectLocation(tenantId: string, key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#config.bucketName, Key: objectKey(tenantId, key) };
  }
}

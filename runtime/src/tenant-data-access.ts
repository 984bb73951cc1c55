import { AssumeRoleWithWebIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { checkConfig, type CheckedConfig, type TenantDataAccessConfig } from './config';
import { TenantDataAccessError } from './errors';
import { fromServiceError } from './service-errors';
import { roleSessionName } from './session-name';
import { objectKey, parseTenantId } from './tenancy';
import { makeTenantClients, type TenantClients } from './tenant-clients';
import { TenantCredentials } from './tenant-credentials';
import { queryAllPages, type QueryTenantDataOptions } from './tenant-query';
import { readTenantToken } from './tenant-token';

/**
 * Tenant-scoped access to a shared table and bucket. It trades a user's web identity token for credentials that AWS ties to the
 * token's tenant; what they reach is decided by IAM, not by this class. It never uses ambient or default credentials.
 *
 * @example
 * ```ts
 * const access = new TenantDataAccess({ roleArn, tableName, bucketName, region: 'eu-central-1' });
 * const credentials = await access.assumeTenantRole(idToken, 'acme');
 * const { docClient, s3Client } = access.createTenantClients(credentials);
 * const items = await access.queryTenantData(docClient, 'acme');
 * ```
 */
export class TenantDataAccess {
  readonly #config: CheckedConfig;
  readonly #sts: STSClient;

  /** @throws TenantDataAccessError `config.invalid`, naming every option that does not fit */
  constructor(config: TenantDataAccessConfig) {
    this.#config = checkConfig(config);
    // AssumeRoleWithWebIdentity is not signed; this keeps the SDK from ever looking for ambient credentials.
    this.#sts = new STSClient({
      ...this.#config.stsConfig,
      region: this.#config.region,
      credentials: () => Promise.reject(new TenantDataAccessError('credentials.foreign', 'No ambient credentials are used.')),
    } satisfies STSClientConfig);
  }

  /**
   * Assumes the tenant role with a web identity token (`sts:AssumeRoleWithWebIdentity`, at the regional endpoint). The session is
   * named after the tenant.
   *
   * The token is read here, and refused before any call unless it is a current token of `tenantId`. Its signature, issuer and
   * audience are verified by STS.
   *
   * @param webIdentityToken a JWT of the identity provider, with the tenant in a session tag; of Amazon Cognito the ID token.
   * @param tenantId the tenant the caller means to act for.
   * @throws TenantDataAccessError `tenant.invalid`, `tenant.mismatch`, `token.malformed`, `token.expired`, `token.tenant_missing`,
   *   `token.rejected`, `access.denied`, `service.unavailable` or `service.failed`
   * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
   */
  async assumeTenantRole(webIdentityToken: string, tenantId: string): Promise<TenantCredentials> {
    const { roleArn, tenantSource, sessionDurationSeconds } = this.#config;
    const wanted = parseTenantId(tenantId);
    const token = readTenantToken(webIdentityToken, tenantSource);
    if (token.tenantId !== wanted) {
      throw new TenantDataAccessError(
        'tenant.mismatch',
        `The web identity token belongs to tenant '${token.tenantId}', not to '${wanted}'.`,
      );
    }
    const doing = `assume the role ${roleArn}`;
    const answer = await this.#sts
      .send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: roleSessionName(wanted),
          WebIdentityToken: webIdentityToken,
          DurationSeconds: sessionDurationSeconds,
        }),
      )
      .catch((error: unknown) => {
        throw fromServiceError(error, {
          doing,
          expired: 'token.expired',
          deniedBecause:
            "its trust policy refused the token: it must trust the token's issuer and audience, allow sts:TagSession, and the token " +
            'must carry no other tags than those it allows',
          secret: webIdentityToken,
        });
      });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new TenantDataAccessError('service.failed', `Could not ${doing}: STS answered without credentials.`);
    }
    return new TenantCredentials(wanted, {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    });
  }

  /**
   * Makes SDK clients that sign with a tenant's credentials, and with no others. They belong to that tenant for life and end with
   * its session; `destroy()` closes their sockets.
   *
   * @throws TenantDataAccessError `credentials.foreign` or `credentials.expired`
   */
  createTenantClients(credentials: TenantCredentials): TenantClients {
    return makeTenantClients(credentials, this.#config);
  }

  /**
   * Reads all items of a tenant, page after page, in the order of the sort key. The whole result is held in memory.
   *
   * @param docClient made by `createTenantClients` for this tenant; any other is refused.
   * @throws TenantDataAccessError `credentials.foreign`, `tenant.mismatch`, `tenant.invalid`, `config.invalid`, `access.denied`,
   *   `credentials.expired`, `service.unavailable` or `service.failed`
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

  /** Closes the sockets to STS. Clients made before go on until their session ends. */
  destroy(): void {
    this.#sts.destroy();
  }
}

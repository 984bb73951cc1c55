/** What the types must refuse: `npm run types` fails as soon as one of these lines compiles. Nothing here runs. */
import type { App } from 'cdktf';
import { TenantDataAccess, type TenantCredentials, type TenantSession } from 'multi-tenant-data-access';
import { MultiTenantIam, MultiTenantIamStack, TenantTable } from '../../lib';

declare const app: App;
declare const credentials: TenantCredentials;
declare const session: TenantSession;
declare const applicationCredentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };

export function refused(): void {
  const audience = 'my-client-id';
  const issuerUrl = 'https://login.example.com';

  // @ts-expect-error two ways to say whose tokens are trusted
  new MultiTenantIamStack(app, 'stack', { userPoolId: 'eu-central-1_a1B2c3D4e', issuerUrl, audience });
  // @ts-expect-error an issuer without an audience
  new MultiTenantIamStack(app, 'stack', { issuerUrl });
  // @ts-expect-error a setting that does not exist
  new MultiTenantIamStack(app, 'stack', { issuerUrl, audience, tennantTagKey: 'tenant' });
  // @ts-expect-error indexes of a table that is not managed
  new MultiTenantIamStack(app, 'stack', { table: { existingTableName: 'data', indexes: [] } });
  // @ts-expect-error a lock of a table whose resource policy is its owner's
  new MultiTenantIamStack(app, 'stack', { table: { existingTableName: 'data', lockTenantRoles: true } });
  // @ts-expect-error no identity at all
  new MultiTenantIam(app, 'iam', {});
  // @ts-expect-error a table without a name
  new TenantTable(app, 'table', {});

  const config = { roleArn: '', tableName: '', bucketName: '' };
  // @ts-expect-error credentials beside the tenant's
  const access = new TenantDataAccess({ ...config, s3Config: { credentials: { accessKeyId: '', secretAccessKey: '' } } });
  // @ts-expect-error a handler for one of the services, where all share one
  new TenantDataAccess({ ...config, dynamoDbConfig: { requestHandler: { requestTimeout: 1000 } } });
  // @ts-expect-error a log of what STS answers
  new TenantDataAccess({ ...config, stsConfig: { logger: console } });
  // @ts-expect-error a verification that is turned off by the way
  new TenantDataAccess({ ...config, issuerUrl, audience, tokenVerification: false });
  // @ts-expect-error a way to retry that the SDK does not know
  new TenantDataAccess({ ...config, retryMode: 'legacy' });
  // @ts-expect-error a session without a token
  void access.forTenant(undefined, 'acme');
  // @ts-expect-error a function that gives no token
  void access.forTenant(() => undefined);
  // @ts-expect-error credentials of the application
  access.createTenantClients(applicationCredentials);
  // @ts-expect-error credentials change their tenant
  credentials.tenantId = 'globex';
  // @ts-expect-error a session changes its tenant
  session.tenantId = 'globex';
}

/** What the types must refuse: `npm run types` fails as soon as one of these lines compiles. Nothing here runs. */
import type { App } from 'cdktf';
import { TenantDataAccess, type TenantCredentials } from 'multi-tenant-data-access';
import { MultiTenantIam, MultiTenantIamStack, TenantTable } from '../../lib';

declare const app: App;
declare const credentials: TenantCredentials;
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
  // @ts-expect-error credentials of the application
  access.createTenantClients(applicationCredentials);
  // @ts-expect-error a session changes its tenant
  credentials.tenantId = 'globex';
}

/** What the types of identities must refuse, and take: `npm run types` fails as soon as one of these lines does otherwise. Nothing runs. */
import type { PreTokenGenerationV2TriggerHandler, PreTokenGenerationV3TriggerHandler } from 'aws-lambda';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { handler, preTokenGenerationHandler } from 'multi-tenant-data-access/cognito';
import { identityPool } from 'multi-tenant-data-access/identity-pool';

export const taken: [PreTokenGenerationV2TriggerHandler, PreTokenGenerationV3TriggerHandler] = [handler, handler];

export function refused(): void {
  const config = { roleArn: '', tableName: '', bucketName: '' };
  const issuer = { issuerUrl: 'https://login.example.com', audience: 'my-client-id' };
  const identityPoolId = 'eu-central-1:0b7f3c52-1f5d-4e1c-9a4e-2f6d1f0c9b11';

  // @ts-expect-error an issuer of several without an audience
  new TenantDataAccess({ ...config, issuers: [{ issuerUrl: issuer.issuerUrl }] });
  // @ts-expect-error an option of an issuer that does not exist
  new TenantDataAccess({ ...config, issuers: [{ ...issuer, clientId: '' }] });
  // @ts-expect-error an identity pool that was not made
  new TenantDataAccess({ ...config, ...issuer, identityPool: { identityPoolId, flow: 'enhanced' } });
  // @ts-expect-error a flow that Cognito does not know
  identityPool({ identityPoolId, flow: 'classic' });
  // @ts-expect-error credentials for what is not signed
  identityPool({ identityPoolId, cognitoIdentityConfig: { credentials: { accessKeyId: '', secretAccessKey: '' } } });
  // @ts-expect-error a log of what Cognito answers
  identityPool({ identityPoolId, cognitoIdentityConfig: { logger: console } });

  const settings = { tenantAttribute: 'custom:tenant_id', tenantTagKey: 'tenant_id' };
  const permissions = { tagKey: 'permissions', roleAttribute: 'custom:role', permissionsAttribute: 'custom:permissions' };
  // @ts-expect-error a trigger without a tenant
  preTokenGenerationHandler({ tenantTagKey: 'tenant_id' });
  // @ts-expect-error a permission that does not exist
  preTokenGenerationHandler({ ...settings, permissions: { ...permissions, roles: { viewer: ['raed'] } } });
}

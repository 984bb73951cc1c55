import { App } from 'cdktf';
import { MultiTenantIamError, MultiTenantIamStack, type MultiTenantIamStackConfig } from './lib';

const app = new App();
try {
  const settings = (app.node.tryGetContext('multiTenantIam') ?? {}) as MultiTenantIamStackConfig;
  new MultiTenantIamStack(app, 'multi-tenant-iam', settings);
  app.synth();
} catch (error) {
  if (!(error instanceof MultiTenantIamError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}

import { ACCOUNT, REGION } from '../support/terraform';
import { describeDeployment } from './deployment';

describeDeployment('the stack without settings, as Terraform JSON', {
  synth: [],
  settings: {},
  variables: {
    identity_provider_arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com/tenants`,
    audience: 'my-client-id,my-other-client-id',
    tags: '{ team = "platform" }',
  },
  issuer: 'login.example.com/tenants',
  audiences: ['my-client-id', 'my-other-client-id'],
  namePrefix: 'multi-tenant-iam',
  path: '/',
  bucketName: `multi-tenant-iam-${ACCOUNT}-${REGION}`,
  indexNames: [],
  resources: 14,
  reviewsChanges: true,
});

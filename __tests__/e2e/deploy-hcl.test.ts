import { REGION } from '../support/terraform';
import { describeDeployment } from './deployment';

describeDeployment('a stack with an identity provider of its own and an index, as HCL', {
  synth: ['--hcl'],
  settings: {
    issuerUrl: 'https://login.example.com',
    audience: ['my-client-id'],
    region: REGION,
    namePrefix: 'shop',
    tags: { team: 'platform' },
    maxSessionDurationSeconds: 7200,
    path: '/tenants/',
    table: {
      indexes: [{ name: 'by-date', sortKey: 'createdAt', sortKeyType: 'N' }],
      timeToLiveAttribute: 'expiresAt',
    },
    bucket: { bucketName: 'shop-tenant-files', expireOldVersionsAfterDays: 30 },
  },
  variables: {},
  issuer: 'login.example.com',
  audiences: ['my-client-id'],
  namePrefix: 'shop',
  path: '/tenants/',
  bucketName: 'shop-tenant-files',
  indexNames: ['by-date'],
  resources: 15,
  reviewsChanges: false,
});

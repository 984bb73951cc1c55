import type { ResourcePolicies } from '../estate/resource-policies';
import type { Stores } from '../stores';
import type { Sts } from '../sts/sts';
import type { CognitoIdentity } from '../cognito-identity/cognito-identity';
import type { PoolSettings } from '../cognito-identity/pool-settings';
import { changesIam } from '../upstream/iam-changes';
import { CognitoIdentityService } from './cognito-identity-service';
import { DynamoDbService } from './dynamodb-service';
import type { Service, ServiceNamed } from './gateway';
import { actionOf, OtherService } from './other-services';
import { PoolSetUp } from './pool-set-up';
import { S3Service } from './s3-service';
import { StsService } from './sts-service';

/** What services work with. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly resourcePolicies: ResourcePolicies;
  readonly sts: Sts;
  readonly cognitoIdentity: CognitoIdentity;
  /** What the sandbox keeps of the upstream's identity pools. */
  readonly poolSettings: PoolSettings;
  /** Told when what IAM holds may have changed. */
  readonly onIamChange: () => void;
  /** Told when the upstream's identity pools may have changed. */
  readonly onPoolChange: () => void;
}

/** The services, by their names in signatures. */
export function services(parts: ServiceParts): ServiceNamed {
  const { stores, resourcePolicies, sts, cognitoIdentity, poolSettings, onIamChange, onPoolChange } = parts;
  const pools = new OtherService('cognito-identity', 'json-1.1', stores.iam);
  const setUp = stores.iam && new PoolSetUp(pools, poolSettings, onPoolChange);
  const known: ReadonlyMap<string, Service> = new Map<string, Service>([
    ['dynamodb', new DynamoDbService(stores.dynamodb, resourcePolicies)],
    ['s3', new S3Service(stores.s3, resourcePolicies, stores.embedded.s3)],
    ['sts', new StsService(sts)],
    ['cognito-identity', new CognitoIdentityService(cognitoIdentity, pools, setUp)],
    [
      'iam',
      new OtherService('iam', 'query', stores.iam, (request) => {
        if (changesIam(actionOf(request))) onIamChange();
      }),
    ],
  ]);
  return (name, { headers }) => known.get(name) ?? new OtherService(name, 'x-amz-target' in headers ? 'json' : 'query', stores.iam);
}

import type { ResourcePolicies } from '../estate/resource-policies';
import type { Stores } from '../stores';
import type { Sts } from '../sts/sts';
import { changesIam } from '../upstream/iam-changes';
import { DynamoDbService } from './dynamodb-service';
import type { Service, ServiceNamed } from './gateway';
import { actionOf, OtherService } from './other-services';
import { S3Service } from './s3-service';
import { StsService } from './sts-service';

/** What services work with. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly resourcePolicies: ResourcePolicies;
  readonly sts: Sts;
  /** Told when what IAM holds may have changed. */
  readonly onIamChange: () => void;
}

/** The services, by their names in signatures. */
export function services({ stores, resourcePolicies, sts, onIamChange }: ServiceParts): ServiceNamed {
  const known: ReadonlyMap<string, Service> = new Map<string, Service>([
    ['dynamodb', new DynamoDbService(stores.dynamodb, resourcePolicies)],
    ['s3', new S3Service(stores.s3, resourcePolicies, stores.embedded.s3)],
    ['sts', new StsService(sts)],
    [
      'iam',
      new OtherService('iam', 'query', stores.iam, (request) => {
        if (changesIam(actionOf(request))) onIamChange();
      }),
    ],
  ]);
  return (name, { headers }) => known.get(name) ?? new OtherService(name, 'x-amz-target' in headers ? 'json' : 'query', stores.iam);
}

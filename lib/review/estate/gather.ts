import { bucketOpenings } from './bucket-openings';
import type { Estate, UnknownPolicy } from './estate';
import { gatherBuckets } from './gather-buckets';
import { declaredPermissions, PERMISSIONS_OUTPUT } from './declared-permissions';
import { gatherIdentityProviders, gatherMappedClaims } from './gather-identity-providers';
import { gatherKeys } from './gather-keys';
import { gatherRoles } from './gather-roles';
import { gatherTables } from './gather-tables';
import { gatherWritableAttributes } from './gather-writable-attributes';
import { Instances } from './instances';
import type { ResourceInstance } from './resource';
import { unreadResources } from './unread-resources';
import { type Whereabouts, whereabouts, type WhereaboutsHints } from './whereabouts';

/** What is known beside the instances. */
export interface GatherOptions extends WhereaboutsHints {
  /**
   * The instances before the change: what a role or a bucket then reported of its policies is out of date where a resource that set
   * them goes.
   *
   * @default - nothing changes
   */
  readonly before?: Iterable<ResourceInstance>;
  /** Values of Terraform outputs. @default - none */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What gathering one kind of fact works with. */
export interface Survey {
  readonly instances: Instances;
  readonly before: Instances;
  readonly where: Whereabouts;
  readonly gaps: UnknownPolicy[];
}

/** Gathers who may reach which data from the instances of one moment, whatever they were read from. It never throws. */
export function gather(instances: Iterable<ResourceInstance>, options: GatherOptions = {}): Estate {
  const all = new Instances(instances);
  const where = whereabouts(all, options);
  const survey: Survey = { instances: all, before: new Instances(options.before ?? []), where, gaps: [] };
  const keys = gatherKeys(survey);
  const estate = {
    roles: gatherRoles(survey),
    tables: gatherTables(survey, keys),
    buckets: gatherBuckets(survey, keys),
    keys: [...keys.values()],
  };
  const identityProviders = gatherIdentityProviders(survey);
  const writableAttributes = gatherWritableAttributes(survey);
  const mappedClaims = gatherMappedClaims(survey);
  const declared = declaredPermissions(options.outputs?.[PERMISSIONS_OUTPUT]);
  const gaps = [...survey.gaps, ...bucketOpenings(survey), ...unreadResources(survey, keys)];
  return {
    ...(where.region !== undefined && { region: where.region }),
    ...estate,
    ...(identityProviders.length > 0 && { identityProviders }),
    ...(writableAttributes.length > 0 && { writableAttributes }),
    ...(Object.keys(mappedClaims).length > 0 && { mappedClaims }),
    ...(declared && { declaredPermissions: declared }),
    gaps,
  };
}

import type { Estate, UnknownPolicy } from './estate';
import { gatherBuckets } from './gather-buckets';
import { gatherKeys } from './gather-keys';
import { gatherRoles } from './gather-roles';
import { gatherTables } from './gather-tables';
import { Instances } from './instances';
import type { ResourceInstance } from './resource';
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
}

/** What gathering one kind of fact works with. */
export interface Survey {
  readonly instances: Instances;
  readonly before: Instances;
  readonly where: Whereabouts;
  readonly gaps: UnknownPolicy[];
}

/** Ways to the data, or to a key, that are not looked at. */
const NOT_READ: Readonly<Record<string, string>> = {
  aws_s3_access_point: 'access points are not looked at',
  aws_s3control_access_point_policy: 'access points are not looked at',
  aws_s3control_multi_region_access_point: 'access points are not looked at',
  aws_s3control_access_grant: 'S3 Access Grants are not looked at',
  aws_kms_grant: 'grants of a key are not looked at',
  aws_dynamodb_global_secondary_index: 'indexes apart from their table are not looked at',
};

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
  const notRead = all.of(...Object.keys(NOT_READ)).map(({ address, type }) => ({ name: address, unknown: NOT_READ[type] ?? '' }));
  return { ...(where.region !== undefined && { region: where.region }), ...estate, gaps: [...survey.gaps, ...notRead] };
}

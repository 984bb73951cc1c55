import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLANS = join(__dirname, '../lib/review/plans');
const PLACES: Readonly<Record<string, string>> = {
  TABLE: 'arn:aws:dynamodb:eu-central-1:123456789012:table/multi-tenant-iam-data',
  BUCKET: 'arn:aws:s3:::multi-tenant-iam-123456789012-eu-central-1',
  ROLE: 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant',
  PROVIDER: 'arn:aws:iam::123456789012:oidc-provider/login.example.com',
};

type Json = Record<string, unknown>;

/** A change of one resource of a plan; of its policy, unless it says otherwise. */
interface Edit {
  readonly address: string;
  /** Of the policy, by default `policy`. */
  readonly attribute?: string;
  /** A statement to add. */
  readonly add?: Json;
  /** Sids of statements to drop. */
  readonly drop?: readonly string[];
  /** Which statement `set`, `remove` and `put` change. */
  readonly sid?: string;
  readonly set?: Json;
  readonly remove?: readonly string[];
  readonly put?: readonly string[];
  readonly value?: unknown;
  /** The whole policy anew. */
  readonly replace?: Json;
  /** Attributes of the resource to set. */
  readonly assign?: Json;
  /** Makes the resource, with these attributes and `policy`. */
  readonly create?: Json;
  readonly policy?: Json;
  /** Trust policy of a role that is made. */
  readonly trust?: Json;
}

/** A mistake that a pull request may make, and what the review must say of it. */
export interface HarmfulEdit {
  readonly name: string;
  /** What is so before the mistake, too. */
  readonly given?: readonly Edit[];
  readonly edits: readonly Edit[];
  readonly witness: string;
  readonly because: string;
  /** Whether the second lock does not stop it either. */
  readonly bothLocks?: boolean;
}

export function harmfulEdits(): HarmfulEdit[] {
  return read<HarmfulEdit>('harmful-edits.json');
}

/** A change, the exit code that the review of it ends with, and what it says. */
export interface JudgedEdit {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly code: number;
  readonly says: string;
}

export function judgedEdits(): JudgedEdit[] {
  return read<JudgedEdit>('verdicts.json');
}

function read<T>(file: string): T[] {
  const text = readFileSync(join(PLANS, file), 'utf8').replace(
    /\b(?:TABLE|BUCKET|ROLE|PROVIDER)\b/g,
    (name) => PLACES[name] ?? name,
  );
  return JSON.parse(text) as T[];
}

interface Change {
  readonly address: string;
  readonly type: string;
  readonly change: { actions: string[]; before: Json | null; after: Json | null; after_unknown: Json };
}

/** A plan of a file, with edits made to what it leaves behind. */
export function editedPlan(file: string, { given = [], edits }: Pick<HarmfulEdit, 'given' | 'edits'>): string {
  const plan = JSON.parse(readFileSync(join(PLANS, file), 'utf8')) as {
    resource_changes: Change[];
    prior_state?: { values?: { root_module: { resources: { address: string; values: Json }[] } } };
  };
  const deployed = plan.prior_state?.values?.root_module.resources ?? [];
  const isUpdate = deployed.some(({ address }) => address === 'aws_iam_role.tenant');
  for (const edit of given) {
    if (isUpdate) applyBefore(deployed, edit);
    applyAfter(plan.resource_changes, edit, !isUpdate);
  }
  for (const edit of edits) applyAfter(plan.resource_changes, edit, true);
  return JSON.stringify(plan);
}

function applyBefore(resources: { address: string; values: Json }[], edit: Edit): void {
  if (edit.create !== undefined) {
    const [type, name] = edit.address.split('.');
    const values = madeOf(edit);
    resources.push({ address: edit.address, mode: 'managed', type, name, values } as never);
    return;
  }
  change(found(resources, edit.address).values, edit);
}

function applyAfter(changes: Change[], edit: Edit, isChange: boolean): void {
  if (edit.create !== undefined) {
    const [type = '', name] = edit.address.split('.');
    const after = madeOf(edit);
    const made = { actions: [isChange ? 'create' : 'no-op'], before: isChange ? null : after, after, after_unknown: {} };
    changes.push({ address: edit.address, mode: 'managed', type, name, change: made } as never);
    return;
  }
  const resource = found(changes, edit.address);
  const { change: planned } = resource;
  if (planned.after === null) throw new Error(`${edit.address} is destroyed`);
  change(planned.after, edit);
  if (isChange && planned.actions[0] === 'no-op') planned.actions = ['update'];
}

function madeOf({ create, policy, trust }: Edit): Json {
  return {
    ...create,
    ...(policy && { policy: JSON.stringify(policy) }),
    ...(trust && { assume_role_policy: JSON.stringify(trust) }),
  };
}

function found<T extends { readonly address: string }>(resources: readonly T[], address: string): T {
  const resource = resources.find((each) => each.address === address);
  if (resource === undefined) throw new Error(`the plan has no ${address}`);
  return resource;
}

function change(attributes: Json, { attribute = 'policy', add, drop, sid, set, remove, put, value, replace, assign }: Edit): void {
  if (assign !== undefined) {
    Object.assign(attributes, assign);
    return;
  }
  const document = replace ?? (JSON.parse(attributes[attribute] as string) as Json);
  let statements = document['Statement'] as Json[];
  if (add !== undefined) statements = [...statements, add];
  if (drop !== undefined) {
    if (!drop.every((name) => statements.some(({ Sid }) => Sid === name))) throw new Error(`no statement ${drop.join()}`);
    statements = statements.filter(({ Sid }) => !drop.includes(Sid as string));
  }
  if (sid !== undefined) {
    const statement = statements.find(({ Sid }) => Sid === sid);
    if (statement === undefined) throw new Error(`no statement ${sid}`);
    Object.assign(statement, set);
    if (remove !== undefined) assignAt(statement, remove, undefined);
    if (put !== undefined) assignAt(statement, put, value);
  }
  attributes[attribute] = JSON.stringify({ ...document, Statement: statements });
}

function assignAt(target: Json, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length > 0) {
    assignAt((target[name] ??= {}) as Json, rest, value);
    return;
  }
  if (value === undefined && !Object.hasOwn(target, name)) throw new Error(`nothing to remove at ${name}`);
  target[name] = value;
}

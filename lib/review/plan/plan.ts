import type { PlanFacts, StateFacts, UnknownPolicy } from '../estate/estate';
import { gather } from '../estate/gather';
import { isUnknownAt } from '../estate/instances';
import { parseShownJson, type PlanJson, type ResourceChange, type StateResource } from './plan-json';
import { eitherMask, instanceAddress, marksAll, plannedChanges } from './planned-changes';
import { providerEnvironment } from './provider-environment';
import { type References, referencesOf } from './references';
import type { ResourceInstance } from '../estate/resource';
import { type JsonObject, own } from './review-input';
import { FILLED_IN, isWatched } from '../estate/watched-types';

/**
 * Reads the output of `terraform show -json`, of a plan or of a state, and gathers who may reach which data: of a plan before and after
 * it. Before is what Terraform found when it planned, not what it had written down.
 *
 * @param text of `terraform show -json tfplan` or `terraform show -json`, format 1.x
 * @throws ReviewInputError for anything else; never another error
 *
 * @example
 * ```ts
 * const facts = readPlan(readFileSync('plan.json', 'utf8'));
 * if (facts.kind === 'plan') console.log(facts.after.roles.map(({ address }) => address));
 * ```
 */
export function readPlan(text: string): PlanFacts | StateFacts {
  const shown = parseShownJson(text);
  if (shown.kind === 'state') {
    return {
      kind: 'state',
      now: gather(
        shown.resources.filter(isOfWatched).map((each) => asDeployed(each)),
        { outputs: shown.outputs },
      ),
    };
  }
  const prior = shown.prior.filter(isOfWatched);
  const hidden = hiddenBefore(shown.changes.filter(isOfWatched));
  const before = prior.map((resource) => asDeployed(resource, hidden.get(instanceAddress(resource))));
  const references = referencesOf(shown.configuration, addressesAfter(shown));
  const hints = { ...providerEnvironment(shown.configuration, shown.variables), providerOf: references.providerOf };
  const after = gather(instancesAfter(shown, references), {
    ...hints,
    before: inTheirNewPlaces(before, shown.changes),
    outputs: shown.outputs.after,
  });
  return {
    kind: 'plan',
    before: gather(before, { ...hints, outputs: shown.outputs.before }),
    after: { ...after, gaps: [...after.gaps, ...shown.deferred.filter(isOfWatched).map(putOff)] },
    changes: plannedChanges(shown.changes),
  };
}

function isOfWatched({ type }: { readonly type: string }): boolean {
  return isWatched(type);
}

function putOff({ address }: ResourceChange): UnknownPolicy {
  return { name: address, unknown: 'Terraform puts it off until other changes are applied' };
}

/** What changes mark as sensitive, by the address that it has before them: a state need not tell of it. */
function hiddenBefore(changes: readonly ResourceChange[]): Map<string, unknown> {
  return new Map(
    changes.map((change) => [
      instanceAddress({ ...change, address: change.previousAddress ?? change.address }),
      eitherMask(change.beforeSensitive, change.afterSensitive),
    ]),
  );
}

/** What is moved is the same before the change under its new address. */
function inTheirNewPlaces(before: readonly ResourceInstance[], changes: readonly ResourceChange[]): ResourceInstance[] {
  const moved = new Map(changes.map(({ previousAddress, address }) => [previousAddress, address]));
  return before.map((instance) => ({ ...instance, address: moved.get(instance.address) ?? instance.address }));
}

/**
 * Nothing of it is unknown.
 *
 * @param hidden what is sensitive beside what the state says
 */
function asDeployed(resource: StateResource, hidden?: unknown): ResourceInstance {
  const { mode, type, values } = resource;
  const sensitive = eitherMask(resource.sensitive, hidden);
  return {
    address: instanceAddress(resource),
    mode,
    type,
    values,
    unknown: {},
    sensitive: maskOf(sensitive, values),
    references: () => [],
  };
}

function addressesAfter({ changes, prior, deferred }: PlanJson): Set<string> {
  const addresses = new Set([...prior, ...changes, ...deferred].filter(isOfWatched).map(({ address }) => address));
  for (const { address, action, deposed } of changes) {
    if (action === 'destroy' && deposed === undefined) addresses.delete(address);
  }
  return addresses;
}

function instancesAfter({ changes, prior }: PlanJson, references: References): ResourceInstance[] {
  const watched = changes.filter(isOfWatched);
  const changed = new Set(
    watched.flatMap((change) => [instanceAddress(change), change.previousAddress ?? instanceAddress(change)]),
  );
  // `-target` leaves resources out of the changes; they stay as they are.
  const untouched = prior.filter((resource) => isOfWatched(resource) && !changed.has(instanceAddress(resource)));
  const staying = watched.filter(({ action }) => action !== 'destroy');
  const forgotten = staying.filter(({ action, forgets }) => forgets && action !== 'forget');
  return [
    ...untouched.map((resource) => asDeployed(resource)),
    ...staying.map((change) => asPlanned(change, references)),
    ...forgotten.map(asForgotten),
  ];
}

/** The old object of a replacement that Terraform does not destroy. */
function asForgotten({ address, mode, type, before, beforeSensitive, afterSensitive }: ResourceChange): ResourceInstance {
  const forgotten = { address: `${address} (forgotten)`, mode, type, values: before ?? {}, sensitive: beforeSensitive };
  return asDeployed(forgotten, afterSensitive);
}

function asPlanned(change: ResourceChange, references: References): ResourceInstance {
  const { address, mode, type, action } = change;
  // What Terraform forgets goes on to exist.
  const values = (action === 'forget' ? change.before : change.after) ?? {};
  return {
    address: instanceAddress(change),
    mode,
    type,
    values,
    unknown: action === 'forget' ? {} : withoutFilledIn(change, references),
    sensitive: maskOf(eitherMask(change.beforeSensitive, change.afterSensitive), values),
    references: (attribute) => {
      const { instances, lost } = references.origin(address, attribute);
      return lost ? [] : instances;
    },
  };
}

/**
 * What is unknown because the configuration makes it so. Of an attribute that it leaves out, or sets to a variable that is null, AWS
 * decides.
 */
function withoutFilledIn({ address, type, afterUnknown }: ResourceChange, references: References): JsonObject {
  const filledIn = ((own(FILLED_IN, type) ?? []) as readonly string[])
    .filter((path) => isUnknownAt({ unknown: afterUnknown }, path) && isFilledIn(address, path, references))
    .map((path) => path.replace(/\..*/, ''));
  if (filledIn.length === 0) return afterUnknown;
  return Object.fromEntries(Object.entries(afterUnknown).filter(([attribute]) => !filledIn.includes(attribute)));
}

function isFilledIn(address: string, path: string, references: References): boolean {
  const isSet = references.isSet(address, path);
  if (isSet !== true) return isSet === false;
  const { instances, lost } = references.origin(address, path);
  return !lost && instances.length === 0;
}

function maskOf(sensitive: unknown, values: JsonObject): JsonObject {
  if (marksAll(sensitive)) return Object.fromEntries(Object.keys(values).map((attribute) => [attribute, true]));
  return typeof sensitive === 'object' && sensitive !== null ? (sensitive as JsonObject) : {};
}

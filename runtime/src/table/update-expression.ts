import type { OptionRules } from '../call-options';
import { invalidRequest } from '../errors';
import { PARTITION_KEY, SORT_KEY } from '../tenancy';
import { LIST, RECORD } from './option-rules';
import type { Placeholders } from './placeholders';
import type { Attribute, ChangeableName } from './tenant-item';

/** Names of the attributes whose values are of this kind; of an item of any kind, all. */
type NameOf<Item, Kind> = {
  [Name in ChangeableName<Item>]: unknown extends Attribute<Item, Name>
    ? Name
    : NonNullable<Attribute<Item, Name>> extends Kind
      ? Name
      : never;
}[ChangeableName<Item>];

type OptionalName<Item> = {
  [Name in ChangeableName<Item>]: undefined extends Attribute<Item, Name> ? Name : never;
}[ChangeableName<Item>];

type NoKeys = Readonly<Partial<Record<typeof PARTITION_KEY | typeof SORT_KEY, never>>>;
type Added<Value> = unknown extends Value ? number | bigint | ReadonlySet<unknown> : NonNullable<Value>;

/**
 * What to change in an item, by the names of its attributes. At least one change; the keys cannot change.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
export interface ItemChanges<Item> {
  /**
   * Values to put in place of what is there. What is `undefined` stays as it is.
   *
   * @default - none
   */
  readonly set?: ({ readonly [Name in ChangeableName<Item>]?: Attribute<Item, Name> | undefined } & NoKeys) | undefined;
  /**
   * Attributes to take out, of those that the item's type has as optional.
   *
   * @default - none
   */
  readonly remove?: readonly OptionalName<Item>[] | undefined;
  /**
   * Numbers to add to numbers, a missing one being 0, and sets whose elements to add to sets.
   *
   * @default - none
   */
  readonly add?:
    | ({
        readonly [Name in NameOf<Item, number | bigint | ReadonlySet<unknown>>]?: Added<Attribute<Item, Name>> | undefined;
      } & NoKeys)
    | undefined;
  /**
   * Sets whose elements to take out of sets.
   *
   * @default - none
   */
  readonly delete?:
    | ({
        readonly [Name in NameOf<Item, ReadonlySet<unknown>>]?: NonNullable<Attribute<Item, Name>> | undefined;
      } & NoKeys)
    | undefined;
}

/** Changes of an item of any type. */
export interface AnyChanges {
  readonly set?: object | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly add?: object | undefined;
  readonly delete?: object | undefined;
}

/** All kinds of changes. */
export const CHANGES: OptionRules<AnyChanges> = { set: RECORD, remove: LIST, add: RECORD, delete: RECORD };

/** @throws TenantDataAccessError `request.invalid` */
export function updateExpression(changes: AnyChanges, placeholders: Placeholders): string {
  const { set, remove = [], add, delete: taken } = changes;
  const clauses = [
    ['SET ', assignments(set, ' = ', placeholders)],
    ['REMOVE ', remove.map((name) => changeable(name, placeholders))],
    ['ADD ', assignments(add, ' ', placeholders)],
    ['DELETE ', assignments(taken, ' ', placeholders)],
  ] as const;
  const made = clauses.filter(([, actions]) => actions.length > 0).map(([verb, actions]) => verb + actions.join(', '));
  if (made.length === 0) throw invalidRequest("There is nothing to change: give 'set', 'remove', 'add' or 'delete'.");
  return made.join(' ');
}

function assignments(given: object | undefined, between: string, placeholders: Placeholders): string[] {
  return Object.entries(given ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => changeable(name, placeholders) + between + placeholders.value(value));
}

function changeable(name: string, placeholders: Placeholders): string {
  if (name === PARTITION_KEY || name === SORT_KEY) {
    throw invalidRequest(`'${name}' is a key of the item and cannot change: put a new item, and delete this one.`);
  }
  return placeholders.name(name);
}

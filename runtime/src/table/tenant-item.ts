import { type PARTITION_KEY, SORT_KEY } from '../tenancy';

type TenantKey = typeof PARTITION_KEY;
type Keys = TenantKey | typeof SORT_KEY;

/** What an item type must be: its `dataId` is a string. `Record<string, unknown>`, for items of any kind, is one too. */
export type Keyed<Item> = string extends keyof Item ? object : { readonly dataId: string };

/** An item as a session gives and takes it: without the tenant key, which the session puts in and takes out. */
export type TenantItem<Item> = Item extends unknown
  ? TenantKey extends keyof Item
    ? { [Name in keyof Item as Name extends TenantKey ? never : Name]: Item[Name] }
    : Item
  : never;

/** An item to write. Its tenant is the session's: the type takes no `tenantId`. */
export type NewItem<Item> = TenantItem<Item> & { readonly dataId: string; readonly tenantId?: never };

/** Names of the item's attributes, without the tenant key; of a union those of each kind of item in it. */
export type AttributeName<Item> = Item extends unknown ? Extract<keyof TenantItem<Item>, string> : never;

/** What an attribute holds, in whichever kind of item has it. */
export type Attribute<Item, Name> = Item extends unknown ? (Name extends keyof Item ? Item[Name] : never) : never;

/** Names of the attributes that may be changed: all but the keys. */
export type ChangeableName<Item> = Item extends unknown
  ? {
      [Name in keyof Item]-?: string extends Name ? Name : Name extends Keys ? never : Name;
    }[keyof Item] &
      string
  : never;

/** What is read: the attributes of the projection, or without one the whole item. */
export type Projected<Item, Name> = [Name] extends [never] ? TenantItem<Item> : Part<TenantItem<Item>, Name>;

type Part<Item, Name> = Item extends unknown ? Pick<Item, Extract<keyof Item, Name>> : never;

/** The one name of an attribute that the DocumentClient loses, in both directions: JavaScript takes it for the prototype. */
export const UNREADABLE_NAME = '__proto__';

/** An item as DynamoDB holds it, keys included. */
export type StoredItem = Readonly<Record<string, unknown>>;

/** A copy of an item without these attributes. */
export function without(item: StoredItem, names: readonly string[]): Record<string, unknown> {
  const copy = { ...item };
  for (const name of names) Reflect.deleteProperty(copy, name);
  return copy;
}

/** The key of a stored item within its tenant's partition, as far as it is a string. */
export function dataIdOf(item: StoredItem | undefined): string | undefined {
  const dataId = item?.[SORT_KEY];
  return typeof dataId === 'string' ? dataId : undefined;
}

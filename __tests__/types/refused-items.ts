/** What the types of the tenant's items must refuse: `npm run types` fails as soon as one of these lines compiles. Nothing here runs. */
import type { NewItem, TenantTable, TenantTableSession } from 'multi-tenant-data-access/table';

interface Order {
  dataId: string;
  total: number;
  customer?: string;
  version?: number;
  tags?: Set<string>;
}

/** An item type that names the tenant, as those of the plain SDK do. */
interface Stored {
  tenantId: string;
  dataId: string;
  total: number;
}

/** Items of several kinds in one table, told apart by an attribute. */
interface Placed {
  readonly dataId: `order#${string}`;
  kind: 'order';
  total: number;
  note?: string | null;
  readonly lines: readonly { name: string }[];
}
interface Customer {
  dataId: `customer#${string}`;
  kind: 'customer';
  name: string;
  tenantId: string;
}

/** Attributes of which only some are known. */
interface Open {
  dataId: string;
  [attribute: string]: unknown;
}

declare const session: TenantTableSession;
declare const mixed: TenantTable<Placed | Customer>;
declare const open: TenantTable<Open>;
declare const orders: TenantTable<Order>;
declare const stored: TenantTable<Stored>;
declare const anything: TenantTable<Record<string, unknown>>;
declare const foreign: Stored;

/** What they take, so that what follows is not refused for another reason. */
export async function taken(): Promise<(string | number | undefined)[]> {
  session.table();
  session.table<Order>('archive');
  await stored.put({ dataId: 'a', total: 1 });
  await anything.put({ dataId: 'a', anything: true });
  await anything.update('a', { set: { anything: true }, add: { count: 1 }, remove: ['other'], delete: { tags: new Set(['a']) } });
  anything.query({ index: { name: 'by-any', sortKey: 'any', range: { atLeast: 1 } }, projection: ['any'] });
  await orders.update('a', { set: { total: 1 }, remove: ['customer'], add: { version: 1 }, delete: { tags: new Set(['a']) } });
  orders.query({ index: { name: 'by-total', sortKey: 'total', range: { between: [1, 2] } } });
  const projected = await orders.get('a', { projection: ['total', 'customer'] });
  const old = await orders.put({ dataId: 'a', total: 1 }, { returnValues: 'ALL_OLD' });
  const now = await orders.update('a', { set: { total: 1 } }, { returnValues: 'ALL_NEW' });
  const changed = await orders.update('a', { set: { total: 1 } }, { returnValues: 'UPDATED_NEW' });
  const { items } = await orders.batchGet(['a'], { projection: ['dataId'] });
  return [projected?.total, projected?.customer, old?.total, now.total, changed.total, items[0]?.dataId];
}

/** What is read of a union can be told apart, and put again. */
export async function takenOfUnion(): Promise<(string | number | null | undefined)[]> {
  await mixed.put({ dataId: 'customer#1', kind: 'customer', name: 'Ada' });
  await mixed.update('order#1', { set: { total: 1 }, add: { total: 1 }, remove: ['note'] });
  await mixed.update('customer#1', { set: { name: 'Eve', note: undefined } });
  const read = await mixed.get('order#1');
  if (read !== undefined) await mixed.put(read);
  const part = await mixed.get('order#1', { projection: ['kind', 'total'] });
  const [first] = await mixed.transactGet(['order#1']);
  const { items } = await mixed.batchGet(['order#1'], { consistentRead: true });
  const old = await mixed.delete('order#1', { returnValues: 'ALL_OLD' });
  for await (const item of mixed.query({ index: { name: 'by-total', sortKey: 'total', range: { atLeast: 1 } } })) {
    if (item.kind === 'order') items.push(item);
  }
  return [read, first, old, ...items]
    .map((item) => (item?.kind === 'order' ? item.lines[0]?.name : item?.name))
    .concat(part?.kind === 'order' ? `${part.total}` : part?.kind);
}

export async function takenOfOpen(): Promise<unknown> {
  await open.update('a', { set: { any: 1 }, remove: ['other'] });
  const read = await open.get('a');
  if (read !== undefined) await open.put(read);
  return [read?.dataId, read?.['any']];
}

/** As a repository of one's own is written. */
export async function takenOfAny<Item extends { dataId: string }>(item: NewItem<Item>): Promise<string[]> {
  const table = session.table<Item>();
  await table.put(item);
  const found = [(await table.get(item.dataId))?.dataId ?? ''];
  for await (const { dataId } of table.query()) found.push(dataId);
  return found;
}

export async function refused(): Promise<void> {
  // @ts-expect-error an attribute of one kind of item on another
  await mixed.put({ dataId: 'customer#1', kind: 'customer', total: 1 });
  // @ts-expect-error the tenant key, of one kind of item
  await mixed.put({ dataId: 'customer#1', kind: 'customer', name: 'Ada', tenantId: 'globex' });
  // @ts-expect-error results are without the tenant key, of each kind
  if ((await mixed.get('a'))?.tenantId) return;
  // @ts-expect-error an attribute that only some items have, before they are told apart
  if ((await mixed.get('a'))?.total) return;
  // @ts-expect-error an attribute of no kind of item
  await mixed.update('a', { set: { nothing: 1 } });
  // @ts-expect-error the tenant key, where any attribute may stand
  await open.put({ dataId: 'a', tenantId: 'globex' });
  // @ts-expect-error an item without a data id, where any attribute may stand
  await open.put({ any: 1 });
  // @ts-expect-error an item type whose data id is no string
  session.table<{ dataId: number }>();
  // @ts-expect-error an item type without a data id
  session.table<{ total: number }>();
  // @ts-expect-error a table of the caller
  await orders.get('a', { TableName: 'other' });
  // @ts-expect-error a table of the caller
  await orders.put({ dataId: 'a', total: 1 }, { TableName: 'other' });
  // @ts-expect-error a table of the caller
  orders.query({ TableName: 'other' });
  // @ts-expect-error a key condition of the caller
  orders.query({ KeyConditionExpression: 'tenantId = :t' });
  // @ts-expect-error the tenant key
  await orders.put({ dataId: 'a', total: 1, tenantId: 'globex' });
  // @ts-expect-error the tenant key, of any item
  await anything.put({ dataId: 'a', tenantId: 'globex' });
  // @ts-expect-error the tenant key, where the item type has it
  await stored.put({ dataId: 'a', total: 1, tenantId: 'acme' });
  // @ts-expect-error another tenant's item
  await stored.put(foreign);
  // @ts-expect-error another tenant's item, in a batch
  await stored.batchWrite({ put: [foreign] });
  // @ts-expect-error another tenant's item, in a transaction
  await stored.transactWrite([{ put: foreign }]);
  // @ts-expect-error results are without the tenant key
  if ((await stored.get('a'))?.tenantId) return;
  // @ts-expect-error a key of two parts
  await orders.get({ tenantId: 'globex', dataId: 'a' });
  // @ts-expect-error no data id
  await anything.put({ total: 1 });
  // @ts-expect-error an attribute of another type
  await orders.put({ dataId: 'a', total: '1' });
  // @ts-expect-error an attribute that is missing
  await orders.put({ dataId: 'a' });
  // @ts-expect-error an attribute that there is not
  await orders.put({ dataId: 'a', total: 1, totall: 2 });
  // @ts-expect-error a projection of an attribute that there is not
  await orders.get('a', { projection: ['totall'] });
  // @ts-expect-error a projection of the tenant key
  await stored.get('a', { projection: ['tenantId'] });
  // @ts-expect-error an attribute that was not projected
  if ((await orders.get('a', { projection: ['total'] }))?.customer) return;
  // @ts-expect-error a change of the tenant
  await stored.update('a', { set: { tenantId: 'globex' } });
  // @ts-expect-error a change of the tenant, of any item
  await anything.update('a', { set: { tenantId: 'globex' } });
  // @ts-expect-error a change of the data id
  await orders.update('a', { set: { dataId: 'b' } });
  // @ts-expect-error a change to another type
  await orders.update('a', { set: { total: '1' } });
  // @ts-expect-error the removal of what an order must have
  await orders.update('a', { remove: ['total'] });
  // @ts-expect-error the removal of a key
  await orders.update('a', { remove: ['dataId'] });
  // @ts-expect-error an addition to text
  await orders.update('a', { add: { customer: 'b' } });
  // @ts-expect-error a deletion from a number
  await orders.update('a', { delete: { version: 1 } });
  // @ts-expect-error an index by the tenant
  stored.query({ index: { name: 'by-tenant', sortKey: 'tenantId' } });
  // @ts-expect-error an index by what cannot be sorted
  orders.query({ index: { name: 'by-tags', sortKey: 'tags' } });
  // @ts-expect-error a range of another type
  orders.query({ index: { name: 'by-total', sortKey: 'total', range: { atLeast: '1' } } });
  // @ts-expect-error a prefix of a number
  orders.query({ index: { name: 'by-total', sortKey: 'total', range: { beginsWith: 1 } } });
  // @ts-expect-error two comparisons
  orders.query({ dataId: { beginsWith: 'a', atMost: 'b' } });
  // @ts-expect-error a range of data ids beside an index
  orders.query({ dataId: { equals: 'a' }, index: { name: 'by-total', sortKey: 'total' } });
  // @ts-expect-error a name without #
  await orders.delete('a', { condition: 'v = :v', names: { v: 'version' } });
  // @ts-expect-error return values of another call
  await orders.delete('a', { returnValues: 'ALL_NEW' });
  // @ts-expect-error consistent reads, which those of a transaction are
  await orders.transactGet(['a'], { consistentRead: true });
  // @ts-expect-error a check without a condition
  await orders.transactWrite([{ check: 'a' }]);
  // @ts-expect-error two operations in one
  await orders.transactWrite([{ put: { dataId: 'a', total: 1 }, check: 'b', condition: 'c' }]);
}

import type { TenantTable } from 'multi-tenant-data-access/table/tenant-table';
import { type Dynalite, startDynalite } from '../../support/dynalite';
import { refusal } from '../../support/refusal';
import { connections, tableOf } from '../../support/table-of';

interface Order {
  dataId: string;
  total: number;
  customer?: string;
  version?: number;
  tags?: Set<string>;
  digest?: Uint8Array;
  lines?: { product: string; count: number }[];
}

let dynamoDb: Dynalite;
let acme: TenantTable<Order>;
let globex: TenantTable<Order>;

beforeAll(async () => {
  dynamoDb = await startDynalite();
  acme = tableOf(dynamoDb.endpoint, 'acme');
  globex = tableOf(dynamoDb.endpoint, 'globex');
});

afterAll(async () => {
  connections.retire();
  await dynamoDb.stop();
});

/** Each test has data ids of its own. */
let tests = 0;
let own: string;
beforeEach(() => {
  own = `${++tests}#`;
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function putOrders(
  table: TenantTable<Order>,
  totals: readonly number[],
  more: (total: number) => Partial<Order> = () => ({}),
) {
  const put = totals.map((total) => ({ dataId: `${own}${String(total).padStart(3, '0')}`, total, ...more(total) }));
  expect((await table.batchWrite({ put })).unprocessed).toEqual({ put: [], delete: [] });
  return put;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('put, get', () => {
  it('gives back what was put, which can be put again', async () => {
    const order: Order = {
      dataId: `${own}a`,
      total: 12.5,
      customer: 'Ümlaut',
      tags: new Set(['a', 'b']),
      digest: new Uint8Array([0, 255]),
      lines: [{ product: 'x', count: 2 }],
    };
    await acme.put({ ...order, version: undefined });
    const read = await acme.get(order.dataId);
    expect(read).toEqual(order);
    expect(Object.keys(read ?? {})).not.toContain('tenantId');

    await acme.put({ ...read, dataId: order.dataId, total: 13 });
    expect(await acme.get(order.dataId, { consistentRead: true })).toEqual({ ...order, total: 13 });
  });

  it('gives undefined where there is none', async () => {
    expect(await acme.get(`${own}none`)).toBeUndefined();
  });

  it('keeps two tenants apart that use the same data id', async () => {
    const dataId = `${own}same`;
    await Promise.all([acme.put({ dataId, total: 1 }), globex.put({ dataId, total: 2 })]);
    expect(await acme.get(dataId)).toEqual({ dataId, total: 1 });
    expect(await globex.get(dataId)).toEqual({ dataId, total: 2 });
    await acme.delete(dataId);
    expect(await acme.get(dataId)).toBeUndefined();
    expect(await globex.get(dataId)).toEqual({ dataId, total: 2 });
  });

  it('reads the attributes of the projection alone, also those that are reserved words', async () => {
    const table = tableOf(dynamoDb.endpoint, 'acme');
    await table.put({ dataId: own, name: 'n', status: 's', '#odd.name': 1, other: true });
    expect(await table.get(own, { projection: ['status', 'name', '#odd.name', 'missing'] })).toEqual({
      status: 's',
      name: 'n',
      '#odd.name': 1,
    });
    expect(await table.get(own, { projection: ['dataId', 'dataId'] })).toEqual({ dataId: own });
    expect(await table.get(own, { projection: ['missing'] })).toEqual({});
  });

  it("takes an item that names its own tenant, and refuses another's", async () => {
    const item = (tenantId: unknown) => ({ dataId: own, total: 1, tenantId }) as unknown as Order;
    await acme.put(item('acme'));
    expect(await acme.get(own)).toEqual({ dataId: own, total: 1 });
    await expect(acme.put(item('globex'))).rejects.toThrow(refusal('tenant.mismatch', '"globex", not to \'acme\''));
    for (const tenantId of [null, 1, ['acme'], { toString: () => 'acme' }, '']) {
      await expect(acme.put(item(tenantId))).rejects.toThrow(refusal('tenant.invalid'));
    }
    expect(await globex.get(own)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['a number', 1],
    ['an empty one', ''],
    ['one of 1,025 bytes', 'ä'.repeat(512) + 'a'],
  ])('refuses a data id: %s', async (_what, dataId) => {
    const id = dataId as string;
    await expect(acme.put({ dataId: id, total: 1 })).rejects.toThrow(refusal('tenant.invalid', 'is not a data id'));
    await expect(acme.get(id)).rejects.toThrow(refusal('tenant.invalid'));
    await expect(acme.update(id, { set: { total: 1 } })).rejects.toThrow(refusal('tenant.invalid'));
    await expect(acme.delete(id)).rejects.toThrow(refusal('tenant.invalid'));
    await expect(acme.batchGet(['ok', id])).rejects.toThrow(refusal('tenant.invalid'));
    await expect(acme.batchWrite({ delete: [id] })).rejects.toThrow(refusal('tenant.invalid'));
  });

  it('takes a data id of 1,024 bytes', async () => {
    const dataId = own + 'ä'.repeat((1024 - own.length) >> 1);
    await acme.put({ dataId, total: 1 });
    expect(await acme.get(dataId)).toEqual({ dataId, total: 1 });
  });
});

describe('conditions', () => {
  it('fails with condition.failed, and writes nothing, when the condition does not hold', async () => {
    const fresh = { condition: 'attribute_not_exists(dataId)' };
    await acme.put({ dataId: own, total: 1, version: 1 }, fresh);
    await expect(acme.put({ dataId: own, total: 2 }, fresh)).rejects.toThrow(
      refusal('condition.failed', `Could not put the item "${own}" of tenant 'acme' in table 'tenant-data'`),
    );
    const stale = { condition: '#v = :v', names: { '#v': 'version' }, values: { ':v': 0 } } as const;
    await expect(acme.update(own, { set: { total: 2 } }, stale)).rejects.toThrow(refusal('condition.failed'));
    await expect(acme.delete(own, stale)).rejects.toThrow(refusal('condition.failed'));
    expect(await acme.get(own)).toEqual({ dataId: own, total: 1, version: 1 });

    const current = { ...stale, values: { ':v': 1 } } as const;
    await acme.update(own, { set: { total: 3 }, add: { version: 1 } }, current);
    expect(await acme.get(own)).toEqual({ dataId: own, total: 3, version: 2 });
    await acme.delete(own, { ...stale, values: { ':v': 2 } });
    expect(await acme.get(own)).toBeUndefined();
  });

  it("a condition sees the own item alone: another tenant's of the same data id does not count", async () => {
    await globex.put({ dataId: own, total: 1 });
    await acme.put({ dataId: own, total: 2 }, { condition: 'attribute_not_exists(dataId)' });
    expect((await globex.get(own))?.total).toBe(1);
  });
});

describe('update', () => {
  it('sets, removes, adds and takes out', async () => {
    await acme.put({ dataId: own, total: 1, customer: 'c', tags: new Set(['a', 'b']) });
    const updated = await acme.update(
      own,
      { set: { total: 2, lines: undefined }, remove: ['customer'], add: { version: 3 }, delete: { tags: new Set(['a']) } },
      { returnValues: 'ALL_NEW' },
    );
    expect(updated).toEqual({ dataId: own, total: 2, version: 3, tags: new Set(['b']) });
    expect(await acme.get(own)).toEqual(updated);
  });

  it('makes the item if there is none, for this tenant alone', async () => {
    await acme.update(own, { set: { total: 1 } });
    expect(await acme.get(own)).toEqual({ dataId: own, total: 1 });
    expect(await globex.get(own)).toBeUndefined();
  });

  it('gives back what is asked for', async () => {
    expect(await acme.put({ dataId: own, total: 1, version: 1 }, { returnValues: 'ALL_OLD' })).toBeUndefined();
    await expect(acme.put({ dataId: own, total: 2, version: 1 })).resolves.toBeUndefined();
    await expect(acme.update(own, { set: { total: 3 } })).resolves.toBeUndefined();
    expect(await acme.update(own, { set: { total: 4 } }, { returnValues: 'UPDATED_NEW' })).toEqual({ total: 4 });
    expect(await acme.update(own, { set: { total: 5 } }, { returnValues: 'UPDATED_OLD' })).toEqual({ total: 4 });
    expect(await acme.update(own, { set: { total: 6 } }, { returnValues: 'ALL_OLD' })).toEqual({
      dataId: own,
      total: 5,
      version: 1,
    });
    expect(await acme.put({ dataId: own, total: 7 }, { returnValues: 'ALL_OLD' })).toEqual({ dataId: own, total: 6, version: 1 });
    expect(await acme.delete(own, { returnValues: 'ALL_OLD' })).toEqual({ dataId: own, total: 7 });
    expect(await acme.delete(own, { returnValues: 'ALL_OLD' })).toBeUndefined();
    expect(await acme.update(own, { set: { total: 1 } }, { returnValues: 'UPDATED_OLD' })).toEqual({});
  });
});

describe('query', () => {
  it("reads the tenant's items alone, in order, whatever another tenant has", async () => {
    const orders = await putOrders(acme, [3, 1, 2]);
    await putOrders(globex, range(1, 5));
    const mine = { dataId: { beginsWith: own } };
    expect((await collect(acme.query(mine))).map(({ total }) => total)).toEqual([1, 2, 3]);
    expect((await collect(acme.query({ ...mine, order: 'descending' }))).map(({ total }) => total)).toEqual([3, 2, 1]);
    expect(await collect(acme.query({ dataId: { equals: orders[0]?.dataId ?? '' } }))).toEqual([orders[0]]);
    expect(await collect(acme.query({ ...mine, projection: ['total'] }))).toEqual([{ total: 1 }, { total: 2 }, { total: 3 }]);
    expect(await collect(acme.query({ ...mine, projection: ['dataId'], limit: 1 }))).toEqual([{ dataId: `${own}001` }]);
  });

  it('reads all of the tenant without a range', async () => {
    const initech = tableOf<Order>(dynamoDb.endpoint, 'initech');
    expect(await collect(initech.query())).toEqual([]);
    const orders = await putOrders(initech, [1, 2]);
    expect(await collect(initech.query())).toEqual(orders);
    expect(await collect(initech.query({ dataId: { beginsWith: '' } }))).toEqual(orders);
  });

  it('takes each range of data ids', async () => {
    await putOrders(acme, range(1, 5));
    const totals = async (dataId: object) =>
      (await collect(acme.query({ dataId: dataId as { equals: string } })))
        .filter((order) => order.dataId.startsWith(own))
        .map(({ total }) => total);
    expect(await totals({ lessThan: `${own}003` })).toEqual([1, 2]);
    expect(await totals({ atMost: `${own}003` })).toEqual([1, 2, 3]);
    expect(await totals({ greaterThan: `${own}003` })).toEqual([4, 5]);
    expect(await totals({ atLeast: `${own}003` })).toEqual([3, 4, 5]);
    expect(await totals({ between: [`${own}002`, `${own}004`] })).toEqual([2, 3, 4]);
  });

  it('reads an index by number, string and bytes, for this tenant alone', async () => {
    const more = (total: number) => ({ customer: `${own}c${total}`, digest: new Uint8Array([250, tests, total]) });
    await putOrders(acme, [9001, 9002, 9003], more);
    await putOrders(globex, [9001, 9002, 9003], more);
    const byTotal = { name: 'by-total', sortKey: 'total' } as const;
    const totals = async (query: AsyncIterable<Order>) => (await collect(query)).map(({ total }) => total);
    expect(await totals(acme.query({ index: { ...byTotal, range: { between: [9002, 9100] } } }))).toEqual([9002, 9003]);
    expect(await totals(acme.query({ index: { ...byTotal, range: { atLeast: 9001 } }, order: 'descending', limit: 2 }))).toEqual([
      9003, 9002,
    ]);
    expect(
      await totals(acme.query({ index: { name: 'by-customer', sortKey: 'customer', range: { beginsWith: `${own}c` } } })),
    ).toEqual([9001, 9002, 9003]);
    expect(
      await totals(
        acme.query({ index: { name: 'by-digest', sortKey: 'digest', range: { greaterThan: new Uint8Array([250, tests, 9001]) } } }),
      ),
    ).toEqual([9002, 9003]);
    for (const item of await collect(acme.query({ index: { ...byTotal, range: { equals: 9001 } }, projection: ['customer'] }))) {
      expect(item).toEqual({ customer: `${own}c9001` });
    }
  });

  it('filters by expression, also by attributes that the projection leaves out', async () => {
    await putOrders(acme, range(1, 6));
    const query = acme.query({
      dataId: { beginsWith: own },
      filter: '#t > :min',
      names: { '#t': 'total' },
      values: { ':min': 4 },
      projection: ['dataId'],
    });
    expect(await collect(query)).toEqual([{ dataId: `${own}005` }, { dataId: `${own}006` }]);
  });

  const filter = { filter: '#t > :min', names: { '#t': 'total' }, values: { ':min': 3 } } as const;
  it.each<[string, object, number[], number[]]>([
    ['one page', {}, [10], range(1, 10)],
    ['pages', { pageSize: 4 }, [4, 4, 2], range(1, 10)],
    ['a limit within a page', { limit: 3 }, [3], range(1, 3)],
    ['a limit over pages', { limit: 5, pageSize: 2 }, [2, 2, 1], range(1, 5)],
    ['a limit of just all', { limit: 10 }, [10], range(1, 10)],
    ['a limit beyond', { limit: 11, pageSize: 6 }, [6, 4], range(1, 10)],
    ['a filter', { ...filter }, [7], range(4, 10)],
    ['a filter and a limit', { ...filter, limit: 2 }, [2], [4, 5]],
    ['a filter, a limit and pages, the first of them empty', { ...filter, limit: 2, pageSize: 3 }, [0, 2], [4, 5]],
    ['a filter and a limit over pages', { ...filter, limit: 4, pageSize: 3 }, [0, 3, 1], range(4, 7)],
  ])('gives %s', async (_what, options, counts, totals) => {
    await putOrders(acme, range(1, 10));
    const query = acme.query({ dataId: { beginsWith: own }, ...options });
    expect((await collect(query)).map(({ total }) => total)).toEqual(totals);
    const pages = await collect(query.pages());
    expect(pages.map(({ count }) => count)).toEqual(counts);
    expect(pages.map(({ items }) => items.length)).toEqual(counts);
    expect(await query.page()).toEqual(pages[0]);
  });

  it.each<[string, (cursor: string | undefined) => object, number]>([
    ['the table', (cursor) => ({ dataId: { beginsWith: own }, limit: 3, cursor }), 10],
    ['the table, backwards', (cursor) => ({ dataId: { beginsWith: own }, limit: 3, order: 'descending', cursor }), 10],
    [
      'the table, with a filter',
      (cursor) => ({ dataId: { beginsWith: own }, filter: 'version > :v', values: { ':v': 3 }, limit: 2, cursor }),
      7,
    ],
    ['an index by number', (cursor) => ({ index: byNumber, limit: 3, cursor }), 10],
    [
      'an index by string',
      (cursor) => ({ index: { name: 'by-customer', sortKey: 'customer', range: { beginsWith: `${own}c` } }, limit: 4, cursor }),
      10,
    ],
    [
      'an index by bytes',
      (cursor) => ({ index: { name: 'by-digest', sortKey: 'digest', range: { between: digests() } }, limit: 4, cursor }),
      10,
    ],
    [
      'an index, with a filter and a projection',
      (cursor) => ({ index: byNumber, filter: 'version > :v', values: { ':v': 3 }, projection: ['version'], limit: 2, cursor }),
      7,
    ],
  ])('goes on by cursor from page to page of %s', async (_what, options, count) => {
    const more = (total: number) => ({ customer: `${own}c`, version: total, digest: new Uint8Array([tests, total]) });
    const orders = range(1, 10).map((number) => ({
      dataId: `${own}${number}`,
      ...more(number),
      total: 1000 * tests + (number >> 1) / 10,
    }));
    byNumber = { name: 'by-total', sortKey: 'total', range: { between: [1000 * tests, 1000 * tests + 1] } };
    await acme.batchWrite({ put: orders });
    const seen: unknown[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await acme.query(options(cursor)).page();
      seen.push(...page.items.map(({ version }) => version));
      cursor = page.cursor;
      expect(cursor ?? '').toMatch(/^[\w.-]*$/);
      expect(Buffer.from(cursor ?? '', 'base64url').toString()).not.toContain('acme');
    } while (cursor !== undefined && ++pages < 20);
    expect(new Set(seen).size).toBe(count);
    expect(seen).toHaveLength(count);
  });
  let byNumber: object;
  const digests = () => [new Uint8Array([tests, 0]), new Uint8Array([tests, 255])];

  it("of another tenant's cursor reads the own items", async () => {
    await putOrders(acme, range(1, 4));
    await putOrders(globex, range(1, 4), () => ({ customer: 'globex' }));
    const { cursor } = await globex.query({ dataId: { beginsWith: own }, limit: 2 }).page();
    const page = await acme.query({ dataId: { beginsWith: own }, cursor }).page();
    expect(page.items).toEqual([3, 4].map((total) => ({ dataId: `${own}00${total}`, total })));
  });

  it('refuses a cursor that lies outside the range, or is of an index', async () => {
    await putOrders(acme, range(1, 4));
    const { cursor } = await acme.query({ dataId: { beginsWith: own }, limit: 1 }).page();
    await expect(acme.query({ dataId: { beginsWith: 'elsewhere' }, cursor }).page()).rejects.toThrow(
      refusal('request.invalid', "'cursor'"),
    );
    expect(() => acme.query({ index: { name: 'by-total', sortKey: 'total' }, cursor })).toThrow(
      refusal('request.invalid', "'cursor'"),
    );
  });
});

describe('batches', () => {
  it('writes and reads more than fit into a request, in the order asked for, each once', async () => {
    const orders = await putOrders(acme, range(1, 230));
    const dataIds = orders.map(({ dataId }) => dataId).reverse();
    const { items, unprocessed, error } = await acme.batchGet([...dataIds, `${own}none`, ...dataIds.slice(0, 5)]);
    expect(items).toEqual([...orders].reverse());
    expect([unprocessed, error]).toEqual([[], undefined]);
    expect((await globex.batchGet(dataIds)).items).toEqual([]);

    const gone = dataIds.slice(0, 30);
    expect(await acme.batchWrite({ delete: gone, put: [{ dataId: `${own}new`, total: 0 }] })).toEqual({
      unprocessed: { put: [], delete: [] },
      error: undefined,
    });
    expect(await collect(acme.query({ dataId: { beginsWith: own } }))).toHaveLength(201);
  });

  it('reads the attributes of the projection alone', async () => {
    await putOrders(acme, [1, 2]);
    const dataIds = [`${own}002`, `${own}001`];
    expect((await acme.batchGet(dataIds, { projection: ['total'] })).items).toEqual([{ total: 2 }, { total: 1 }]);
    expect((await acme.batchGet(dataIds, { projection: ['dataId'], consistentRead: true })).items).toEqual(
      dataIds.map((dataId) => ({ dataId })),
    );
  });

  it('does nothing for nothing', async () => {
    expect((await acme.batchGet([])).items).toEqual([]);
    expect((await acme.batchWrite({})).unprocessed).toEqual({ put: [], delete: [] });
  });
});

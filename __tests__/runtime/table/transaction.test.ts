import { TransactionCanceledError } from 'multi-tenant-data-access';
import type { TenantTable } from 'multi-tenant-data-access/table/tenant-table';
import { type AwsAnswer, LoopbackAws } from '../../support/loopback-aws';
import { type Moto, startMoto } from '../../support/moto';
import { caughtFrom, refusal } from '../../support/refusal';
import { connections, createTable, tableOf } from '../../support/table-of';

interface Account {
  dataId: string;
  balance: number;
  tags?: Set<string>;
}

describe('transactions', () => {
  let moto: Moto;
  let acme: TenantTable<Account>;
  let globex: TenantTable<Account>;

  beforeAll(async () => {
    moto = await startMoto();
    await createTable(moto.endpoint);
    acme = tableOf(moto.endpoint, 'acme');
    globex = tableOf(moto.endpoint, 'globex');
  });

  afterAll(async () => {
    connections.retire();
    await moto.stop();
  });

  beforeEach(async () => {
    const put = [
      { dataId: 'a', balance: 100, tags: new Set(['x', 'y']) },
      { dataId: 'b', balance: 0 },
      { dataId: 'c', balance: 5 },
    ];
    await Promise.all([acme.batchWrite({ put, delete: ['d'] }), globex.batchWrite({ put, delete: ['d'] })]);
  });

  it('writes all, for this tenant alone', async () => {
    await acme.transactWrite([
      {
        update: 'a',
        add: { balance: -30 },
        delete: { tags: new Set(['x']) },
        condition: 'balance >= :amount',
        values: { ':amount': 30 },
      },
      { update: 'b', add: { balance: 30 } },
      { check: 'c', condition: 'attribute_exists(dataId)' },
      { put: { dataId: 'd', balance: 1 }, condition: 'attribute_not_exists(dataId)' },
    ]);
    expect(await acme.transactGet(['d', 'none', 'b', 'a'])).toEqual([
      { dataId: 'd', balance: 1 },
      undefined,
      { dataId: 'b', balance: 30 },
      { dataId: 'a', balance: 70, tags: new Set(['y']) },
    ]);
    await acme.transactWrite([{ delete: 'd' }]);
    expect(await acme.get('d')).toBeUndefined();
    expect((await globex.get('a'))?.balance).toBe(100);
  });

  it('fails as a whole, and tells whose condition does not hold', async () => {
    const canceled = await caughtFrom(() =>
      acme.transactWrite([
        { update: 'b', add: { balance: 1 } },
        { update: 'a', add: { balance: -101 }, condition: 'balance >= :amount', values: { ':amount': 101 } },
        { delete: 'c', condition: 'attribute_not_exists(dataId)' },
      ]),
    );
    expect(canceled).toEqual(refusal('condition.failed', 'write 3 items in a transaction', "of tenant 'acme'", '1 ("a"), 2 ("c")'));
    expect(canceled).toBeInstanceOf(TransactionCanceledError);
    expect((canceled as TransactionCanceledError).canceledBy).toEqual([
      { position: 1, dataId: 'a', reason: 'ConditionalCheckFailed' },
      { position: 2, dataId: 'c', reason: 'ConditionalCheckFailed' },
    ]);
    expect((await acme.get('b'))?.balance).toBe(0);
  });
});

describe('a canceled transaction', () => {
  let aws: LoopbackAws;
  let items: TenantTable<Record<string, unknown>>;

  beforeAll(async () => {
    aws = await LoopbackAws.start();
    items = tableOf(aws.endpoint, 'acme');
  });

  afterAll(async () => {
    connections.retire();
    await aws.stop();
  });

  const canceled = (reasons: unknown): AwsAnswer => ({
    status: 400,
    contentType: 'application/x-amz-json-1.0',
    body: JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message: 'Transaction cancelled',
      CancellationReasons: reasons,
    }),
  });
  const reasons = (...codes: string[]) => codes.map((Code) => ({ Code, Message: 'quotes private data' }));
  const write = () => items.transactWrite([{ delete: 'a' }, { delete: 'b' }, { delete: 'c' }]);

  it.each<[string, AwsAnswer, Parameters<typeof refusal>]>([
    ['a conflict', canceled(reasons('None', 'TransactionConflict', 'None')), ['transaction.conflict', '1 ("b")']],
    ['throttling', canceled(reasons('ThrottlingError', 'None', 'None')), ['service.throttled', '0 ("a")']],
    ['too little throughput', canceled(reasons('None', 'None', 'ProvisionedThroughputExceeded')), ['service.throttled', '2 ("c"']],
    [
      'a condition beside a conflict',
      canceled(reasons('TransactionConflict', 'ConditionalCheckFailed')),
      ['condition.failed', 'canceled by 1 ("b")'],
    ],
    [
      'a reason of another kind',
      canceled(reasons('ItemCollectionSizeLimitExceeded')),
      ['service.failed', 'ItemCollectionSizeLimitExceeded'],
    ],
    ['no reason', canceled(reasons('None', 'None', 'None')), ['service.failed', 'TransactionCanceledException']],
    ['no reasons at all', canceled(undefined), ['service.failed', 'TransactionCanceledException']],
    ['more reasons than operations', canceled(reasons('None', 'None', 'None', 'ConditionalCheckFailed')), ['service.failed']],
  ])('fails by %s', async (_what, answer, expected) => {
    aws.answerWith(answer);
    const error = await caughtFrom(write);
    expect(error).toEqual(refusal(...expected));
    expect(error.message).not.toContain('private');
    expect(JSON.stringify(error)).not.toContain('private');
  });

  it('of reads fails by a conflict', async () => {
    aws.answerWith(canceled(reasons('None', 'TransactionConflict')));
    await expect(items.transactGet(['a', 'b'])).rejects.toThrow(refusal('transaction.conflict', 'read 2 items', '1 ("b"'));
  });

  it('fails by a hundred conditions with the first few named', async () => {
    aws.answerWith(canceled(reasons(...Array<string>(100).fill('ConditionalCheckFailed'))));
    const error = await caughtFrom(() => items.transactWrite(Array.from({ length: 100 }, (_, index) => ({ delete: `${index}` }))));
    expect(error).toEqual(refusal('condition.failed', '4 ("4") and 95 more'));
    expect((error as TransactionCanceledError).canceledBy).toHaveLength(100);
  });
});

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { QueryTenantDataOptions, TenantClients } from 'multi-tenant-data-access';
import { makeTenantClients } from 'multi-tenant-data-access/tenant-clients';
import { queryAllPages, tenantQueryInput } from 'multi-tenant-data-access/table/tenant-query';
import { setAmbientCredentials } from '../../support/ambient-credentials';
import { credentialsOf, dynamoDbError, dynamoDbPage, LoopbackAws, loopbackConfig, signedWith } from '../../support/loopback-aws';
import { refusal } from '../../support/refusal';
import { connections } from '../../support/table-of';
import { tenantToken } from '../../support/tokens';

const DEFAULTS = { region: 'eu-central-1', maxAttempts: 1, requestHandler: connections.requestHandler };

const OF_TENANT = {
  TableName: 'tenant-data',
  KeyConditionExpression: '#_0 = :_0',
  ExpressionAttributeNames: { '#_0': 'tenantId' },
  ExpressionAttributeValues: { ':_0': 'acme' },
};
const OF_PREFIX = {
  TableName: 'tenant-data',
  KeyConditionExpression: '#_0 = :_0 AND begins_with(#_1, :_1)',
  ExpressionAttributeNames: { '#_0': 'tenantId', '#_1': 'dataId' },
  ExpressionAttributeValues: { ':_0': 'acme', ':_1': 'invoice#' },
};
const PAGE_SIZES = [0, -1, 1.5, NaN, Infinity, '10'];

describe('tenantQueryInput', () => {
  it.each<[string, QueryTenantDataOptions | undefined, object]>([
    ['all items', undefined, OF_TENANT],
    ['all items without options', {}, OF_TENANT],
    ['all items for an empty prefix', { dataIdPrefix: '' }, OF_TENANT],
    ['items of a prefix', { dataIdPrefix: 'invoice#' }, OF_PREFIX],
    ['an index', { indexName: 'byDate' }, { ...OF_TENANT, IndexName: 'byDate' }],
    ['consistent reads', { consistentRead: true }, { ...OF_TENANT, ConsistentRead: true }],
    ['pages of one item', { pageSize: 1 }, { ...OF_TENANT, Limit: 1 }],
    ['pages of many items', { pageSize: 1000, dataIdPrefix: 'invoice#' }, { ...OF_PREFIX, Limit: 1000 }],
  ])('asks for %s', (_what, options, expected) => {
    expect(tenantQueryInput('tenant-data', 'acme', options)).toEqual(expected);
  });

  it.each([
    ...PAGE_SIZES.map((pageSize) => [pageSize, typeof pageSize === 'string' ? `"${pageSize}"` : `${pageSize}`] as const),
    ['eyJsecret', 'a string of 9 characters'] as const,
  ])('fails for a page size of %p', (pageSize, given) => {
    expect(() => tenantQueryInput('tenant-data', 'acme', { pageSize: pageSize as number })).toThrow(
      refusal('request.invalid', "'pageSize' must be a whole number of at least 1", `given was ${given}.`),
    );
  });

  it.each(['invoice#', ''])('fails for the prefix %j together with an index', (dataIdPrefix) => {
    expect(() => tenantQueryInput('tenant-data', 'acme', { dataIdPrefix, indexName: 'byDate' })).toThrow(
      refusal('request.invalid', "'dataIdPrefix' and 'indexName' exclude each other"),
    );
  });

  it.each(['', '*', 'acme/..', 'a..b'])('fails for tenant %j', (tenantId) => {
    expect(() => tenantQueryInput('tenant-data', tenantId)).toThrow(refusal('tenant.invalid', JSON.stringify(tenantId)));
  });
});

describe('queryAllPages', () => {
  let aws: LoopbackAws;
  let acme: TenantClients;
  let globex: TenantClients;

  beforeAll(async () => {
    setAmbientCredentials();
    aws = await LoopbackAws.start();
    acme = makeTenantClients(credentialsOf('acme'), DEFAULTS, loopbackConfig(aws.endpoint));
    globex = makeTenantClients(credentialsOf('globex'), DEFAULTS, loopbackConfig(aws.endpoint));
  });

  beforeEach(() => {
    aws.answerWith(dynamoDbPage(['1', '2']));
  });

  afterAll(async () => {
    acme.destroy();
    globex.destroy();
    connections.retire();
    await aws.stop();
  });

  const query = (options?: QueryTenantDataOptions) => queryAllPages(acme.docClient, 'tenant-data', 'acme', options);
  const sent = () => aws.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

  it('sends the tenant as the key condition, signed with its keys', async () => {
    expect(await query()).toEqual([
      { tenantId: 'acme', dataId: '1' },
      { tenantId: 'acme', dataId: '2' },
    ]);

    expect(sent()).toEqual([{ ...OF_TENANT, ExpressionAttributeValues: { ':_0': { S: 'acme' } } }]);
    expect(aws.requests[0]?.headers['x-amz-target']).toBe('DynamoDB_20120810.Query');
    expect(aws.requests.map(signedWith)).toEqual(['ASIAACME0001']);
  });

  it('sends the tenant that was asked for, with the client of that tenant', async () => {
    aws.answerWith({ status: 200, contentType: 'application/x-amz-json-1.0', body: '{"Items":[]}' });
    await queryAllPages(globex.docClient, 'tenant-data', 'globex');

    expect(sent()).toEqual([{ ...OF_TENANT, ExpressionAttributeValues: { ':_0': { S: 'globex' } } }]);
    expect(aws.requests.map(signedWith)).toEqual(['ASIAGLOBEX0001']);
  });

  it('reads page after page, each from where the last ended and under the same key condition', async () => {
    aws.answerWith(dynamoDbPage(['1', '2'], '2'), dynamoDbPage([], '5'), dynamoDbPage(['6'], '6'), dynamoDbPage(['7']));

    expect((await query({ pageSize: 2 })).map(({ dataId }) => dataId)).toEqual(['1', '2', '6', '7']);
    expect(sent().map((request) => request['ExclusiveStartKey'])).toEqual([
      undefined,
      { tenantId: { S: 'acme' }, dataId: { S: '2' } },
      { tenantId: { S: 'acme' }, dataId: { S: '5' } },
      { tenantId: { S: 'acme' }, dataId: { S: '6' } },
    ]);
    for (const request of sent()) {
      expect(request).toMatchObject({
        KeyConditionExpression: '#_0 = :_0',
        ExpressionAttributeValues: { ':_0': { S: 'acme' } },
        Limit: 2,
      });
    }
    expect(aws.requests.map(signedWith)).toEqual(Array(4).fill('ASIAACME0001'));
  });

  it('sends prefix, index and consistency', async () => {
    await query({ dataIdPrefix: 'invoice#', consistentRead: true });
    await query({ indexName: 'byDate' });

    expect(sent()).toMatchObject([
      { ...OF_PREFIX, ExpressionAttributeValues: { ':_0': { S: 'acme' }, ':_1': { S: 'invoice#' } }, ConsistentRead: true },
      { IndexName: 'byDate', KeyConditionExpression: '#_0 = :_0' },
    ]);
  });

  it('gives an empty list for a tenant without items', async () => {
    aws.answerWith(dynamoDbPage([]));
    expect(await query()).toEqual([]);
  });

  it("fails for an answer with another tenant's item", async () => {
    const item = { tenantId: { S: 'globex' }, dataId: { S: '1' } };
    aws.answerWith({ status: 200, contentType: 'application/x-amz-json-1.0', body: JSON.stringify({ Items: [item] }) });
    await expect(query()).rejects.toThrow(refusal('tenant.mismatch', "not tenant 'acme's"));
  });

  it('fails as a whole when a later page fails', async () => {
    aws.answerWith(dynamoDbPage(['1'], '1'), dynamoDbError('AccessDeniedException'));

    await expect(query()).rejects.toThrow(
      refusal('access.denied', "query the items of tenant 'acme' in table 'tenant-data'", 'AWS denied it', 'AccessDeniedException'),
    );
    expect(aws.requests).toHaveLength(2);
  });

  describe('before any request', () => {
    let bare: DynamoDBClient;

    beforeEach(() => {
      bare = new DynamoDBClient({ region: 'eu-central-1', endpoint: aws.endpoint, maxAttempts: 1 });
    });

    afterEach(() => {
      expect(aws.requests).toHaveLength(0);
      bare.destroy();
    });

    it('fails for the client of another tenant', async () => {
      await expect(queryAllPages(globex.docClient, 'tenant-data', 'acme')).rejects.toThrow(
        refusal('tenant.mismatch', "belongs to tenant 'globex', not to 'acme'"),
      );
    });

    it('fails for a client with ambient credentials', async () => {
      await expect(queryAllPages(DynamoDBDocumentClient.from(bare), 'tenant-data', 'acme')).rejects.toThrow(
        refusal('credentials.foreign', 'This document client was not made here'),
      );
    });

    it("fails for a client made from the tenant's credentials by hand", async () => {
      const byHand = new DynamoDBClient({ region: 'eu-central-1', endpoint: aws.endpoint, credentials: credentialsOf('acme') });
      await expect(queryAllPages(DynamoDBDocumentClient.from(byHand), 'tenant-data', 'acme')).rejects.toThrow(
        refusal('credentials.foreign'),
      );
      byHand.destroy();
    });

    it.each(['', '*', 'acme/..', 'a..b'])('fails for tenant %j', async (tenantId) => {
      await expect(queryAllPages(acme.docClient, 'tenant-data', tenantId)).rejects.toThrow(
        refusal('tenant.invalid', `${JSON.stringify(tenantId)} is not a tenant id`),
      );
    });

    it('fails for a token in place of the tenant, and does not repeat it', async () => {
      const token = tenantToken('acme');
      await expect(queryAllPages(acme.docClient, 'tenant-data', token)).rejects.toThrow(
        refusal('tenant.invalid', `a string of ${token.length} characters`),
      );
    });

    it.each(PAGE_SIZES)('fails for a page size of %p', async (pageSize) => {
      await expect(query({ pageSize: pageSize as number })).rejects.toThrow(refusal('request.invalid', "'pageSize'"));
    });

    it('fails for a prefix together with an index', async () => {
      await expect(query({ dataIdPrefix: 'a', indexName: 'byDate' })).rejects.toThrow(
        refusal('request.invalid', 'exclude each other'),
      );
    });
  });
});

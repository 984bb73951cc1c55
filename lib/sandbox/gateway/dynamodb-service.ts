import { readCall } from '../dynamodb/dynamodb-call';
import { dynamoDbOperation } from '../dynamodb/dynamodb-operation';
import { plainRequest } from '../dynamodb/plain-request';
import { TableKeys } from '../dynamodb/table-keys';
import { tableArn } from '../estate/arns';
import type { ResourcePolicies } from '../estate/resource-policies';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest, Store } from '../http/aws-request';
import type { Operation, Place } from '../operation';
import type { Service, ServiceRequest } from './gateway';
import { checkTablePolicy, setTablePolicy, tablePolicyCall } from './resource-policy-calls';

/** DynamoDB and its streams. The policies of tables are kept here; all else is the store's. */
export class DynamoDbService implements Service {
  readonly protocol = 'json';
  readonly #keys: TableKeys;

  constructor(
    private readonly store: Store,
    private readonly policies: ResourcePolicies,
  ) {
    this.#keys = new TableKeys(store);
  }

  async serve({ request, place, authority }: ServiceRequest): Promise<AwsAnswer> {
    const operation = await dynamoDbOperation(request, place, this.#keys);
    await authority.demand(operation);
    const { body } = readCall(request);
    await this.#assertTable(operation, place);
    const kept = tablePolicyCall(operation.name, body, this.policies);
    if (kept !== undefined) return kept;
    const plain = plainRequest(request, place);
    const { ResourcePolicy: policy, ...input } = readCall(plain).body;
    const creates = operation.name === 'dynamodb:CreateTable';
    if (creates && policy !== undefined) checkTablePolicy(policy);
    const forwarded = creates && policy !== undefined ? { ...plain, body: Buffer.from(JSON.stringify(input)) } : plain;
    const answer = await this.#forward(forwarded, place.region);
    if (answer.status === 200) this.#keep(operation.name, readCall(plain).body, policy, place);
    return answer;
  }

  /** A policy is of a table that is there. @throws AwsError `ResourceNotFoundException` */
  async #assertTable({ name, permissions }: Operation, place: Place): Promise<void> {
    if (!name.endsWith('ResourcePolicy')) return;
    const { resource = '' } = permissions[0] ?? {};
    const table = resource.split('/')[1];
    // Of another region or account there is none here, and policies of streams are not kept.
    const here = table !== undefined && resource === tableArn(place, table);
    if (here && (await this.#keys.of(table, place.region)) !== undefined) return;
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
  }

  async #forward(request: AwsRequest, region: string): Promise<AwsAnswer> {
    try {
      return await this.store.handle(request, { service: 'dynamodb', region });
    } finally {
      // Also of a request that was not answered: it may have been carried out.
      this.#keys.answered(request);
    }
  }

  /** A table may be made with a policy, and takes its own along when it goes. */
  #keep(operation: string, { TableName: name }: Readonly<Record<string, unknown>>, policy: unknown, place: Place): void {
    if (typeof name !== 'string') return;
    const arn = tableArn(place, name);
    if (operation === 'dynamodb:CreateTable' && typeof policy === 'string') setTablePolicy(this.policies, arn, policy);
    if (operation === 'dynamodb:DeleteTable') this.policies.delete(arn);
  }
}

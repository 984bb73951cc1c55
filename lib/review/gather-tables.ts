import type { TableFact } from './estate';
import type { Survey } from './gather';
import { keyArnAt, type Keys } from './gather-keys';
import { attributeAt, blocksOf, isUnknownAt, textOf } from './instances';
import { own } from './review-input';
import type { ResourceInstance } from './resource';
import { type ResourcePolicies, resourcePolicies } from './resource-policies';
import { regionalArn } from './whereabouts';

/** All tables whose name and account are known, and those that only have their policy here. */
export function gatherTables(survey: Survey, keys: Keys): TableFact[] {
  const { instances, where, gaps } = survey;
  const policies = resourcePolicies(instances, 'aws_dynamodb_resource_policy', 'resource_arn', isStream);
  gaps.push(...policies.gaps);
  const tables = instances.of('aws_dynamodb_table').flatMap((table): TableFact[] => {
    const { address } = table;
    const name = textOf(table, 'name');
    const arn = name && (textOf(table, 'arn') ?? regionalArn(where, 'dynamodb', `table/${name}`, table));
    if (name === undefined || arn === undefined) {
      gaps.push({
        name: address,
        unknown: name === undefined ? 'its name is known after apply' : 'its account or region is not known',
      });
      return [];
    }
    const kmsKeyArn = isEncrypted(table) ? keyArnAt(survey, keys, table, 'server_side_encryption.0.kms_key_arn') : undefined;
    const policy = policies.on(table, [arn]);
    const fact = { address, name, arn, partitionKey: textOf(table, 'hash_key'), indexes: indexesOf(survey, table) };
    return [
      { ...fact, ...(policy && { policy }), ...(kmsKeyArn !== undefined && { kmsKeyArn }) },
      ...replicasOf(table, fact, policies),
    ];
  });
  for (const replica of instances.of('aws_dynamodb_table_replica')) {
    gaps.push({ name: replica.address, unknown: 'replicas apart from their table are not looked at' });
  }
  const elsewhere = [...policies.others()].flatMap(([arn, policy]): TableFact[] => {
    const name = /^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/([^/]+)$/.exec(arn)?.[1];
    return name === undefined ? [] : [{ address: arn, name, arn, indexes: [], policy }];
  });
  return [...tables, ...elsewhere];
}

/** The policy of a table's stream is not the table's. */
function isStream(nameOrAttribute: string): boolean {
  return nameOrAttribute === 'stream_arn' || nameOrAttribute.includes('/stream/');
}

/** Copies of a global table in other regions, each a table with a policy and a key of its own. */
function replicasOf(table: ResourceInstance, fact: TableFact, policies: ResourcePolicies): TableFact[] {
  return blocksOf(table.values, 'replica').flatMap((replica): TableFact[] => {
    const [region, kmsKeyArn] = [own(replica, 'region_name'), own(replica, 'kms_key_arn')];
    if (typeof region !== 'string') return [];
    const arn = fact.arn.replace(/^(arn:[^:]*:dynamodb:)[^:]*/, `$1${region}`);
    const policy = policies.on(undefined, [arn]);
    const key = typeof kmsKeyArn === 'string' && kmsKeyArn !== '' ? { kmsKeyArn } : {};
    return [{ ...fact, address: `${fact.address}.replica[${JSON.stringify(region)}]`, arn, ...(policy && { policy }), ...key }];
  });
}

function isEncrypted(table: ResourceInstance): boolean {
  return attributeAt(table, 'server_side_encryption.0.enabled') !== false;
}

function indexesOf({ gaps }: Survey, table: ResourceInstance): TableFact['indexes'] {
  const named = (index: unknown, partitionKey: string | undefined) => {
    const name = own(index, 'name');
    return typeof name === 'string' && partitionKey !== undefined ? [{ name, partitionKey }] : [];
  };
  const local = blocksOf(table.values, 'local_secondary_index');
  const global = blocksOf(table.values, 'global_secondary_index');
  const found = [
    ...local.flatMap((index) => named(index, textOf(table, 'hash_key'))),
    ...global.flatMap((index) => named(index, partitionKeyOf(index))),
  ];
  const isOpen = ['local_secondary_index', 'global_secondary_index'].some((attribute) => isUnknownAt(table, attribute));
  if (isOpen || found.length < local.length + global.length) {
    gaps.push({ name: `${table.address} (indexes)`, unknown: 'an index of it is known after apply' });
  }
  return found;
}

/** Later versions of the AWS provider take the keys of an index as blocks, of which several may make up the partition key. */
function partitionKeyOf(index: unknown): string | undefined {
  const key = own(index, 'hash_key');
  if (typeof key === 'string' && key !== '') return key;
  const names = blocksOf(index, 'key_schema')
    .filter((each) => own(each, 'key_type') === 'HASH')
    .map((each) => own(each, 'attribute_name'));
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names.join(' + ') : undefined;
}

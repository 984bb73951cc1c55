import { mayAllow, tableArn, tableAt, tableNamed } from './concerns';
import type { TableFact, UnknownPolicy } from './estate';
import type { Survey } from './gather';
import { keyArnAt, type Keys } from './gather-keys';
import { attributeAt, blocksOf, isUnknownAt, textOf } from './instances';
import { policyIn } from './policy-fact';
import type { ResourceInstance } from './resource';
import { own } from '../plan/review-input';
import { type ResourcePolicies, resourcePolicies } from './resource-policies';
import { regionalArn } from './whereabouts';

/** All tables whose name and account are known, and those that only have their policy here. */
export function gatherTables(survey: Survey, keys: Keys): TableFact[] {
  const { instances, where, gaps } = survey;
  const policies = resourcePolicies(instances, 'aws_dynamodb_resource_policy', isStream);
  const tables = instances.of('aws_dynamodb_table').flatMap((table): TableFact[] => {
    const { address } = table;
    const name = textOf(table, 'name');
    const arn = name && (textOf(table, 'arn') ?? regionalArn(where, 'dynamodb', `table/${name}`, table));
    const policy = policies.on(table, arn === undefined ? [] : [arn]);
    if (name === undefined || arn === undefined) {
      gaps.push({
        name: address,
        unknown: name === undefined ? 'its name is known after apply' : 'its account or region is not known',
        concerns: { kind: 'table', arn: tableArn(where, table), ...(mayAllow(policy) && { grants: true }) },
      });
      return [];
    }
    const kmsKeyArn = isEncrypted(table) ? keyArnAt(survey, keys, table, 'server_side_encryption.0.kms_key_arn') : undefined;
    const fact = { address, name, arn, partitionKey: textOf(table, 'hash_key'), indexes: indexesOf(survey, table, arn) };
    return [
      { ...fact, ...(policy && { policy }), ...(kmsKeyArn !== undefined && { kmsKeyArn }) },
      ...replicasOf(survey, table, fact, policies),
    ];
  });
  gaps.push(...apartReplicas(survey, policies), ...streamPolicies(survey, policies), ...policies.gaps());
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

/** A stream hands out the items of all tenants. */
function streamPolicies({ where }: Survey, policies: ResourcePolicies): UnknownPolicy[] {
  return policies.aside.flatMap(({ policy, target }) => {
    if (!mayAllow(policyIn(policy, 'policy'))) return [];
    const concerns = { ...tableNamed(where, policy, target), grants: true };
    return [{ name: policy.address, unknown: 'it is on a stream, which is not looked at', concerns }];
  });
}

function inRegion(tableArn: string, region: string): string {
  return tableArn.replace(/^(arn:[^:]*:dynamodb:)[^:]*/, `$1${region}`);
}

function apartReplicas(survey: Survey, policies: ResourcePolicies): UnknownPolicy[] {
  return survey.instances.of('aws_dynamodb_table_replica').map((replica) => {
    const table = tableAt(survey, replica, 'global_table_arn');
    const arn =
      textOf(replica, 'arn') ?? (table.arn === undefined ? undefined : inRegion(table.arn, survey.where.regionOf(replica) ?? '*'));
    const policy = policies.on(replica, arn === undefined ? [] : [arn]);
    const concerns = { ...table, ...(arn !== undefined && { arn }), ...(mayAllow(policy) && { grants: true }) };
    return { name: replica.address, unknown: 'replicas apart from their table are not looked at', concerns };
  });
}

/** Copies of a global table in other regions, each a table with a policy and a key of its own. */
function replicasOf({ gaps }: Survey, table: ResourceInstance, fact: TableFact, policies: ResourcePolicies): TableFact[] {
  const blocks = blocksOf(table.values, 'replica');
  // A block of which nothing is known has a mark only.
  const size = Math.max(blocks.length, blocksOf(table.unknown, 'replica').length);
  const isOpen = Array.from({ length: size }, (_, index) => own(blocks[index], 'region_name')).some(
    (name) => typeof name !== 'string',
  );
  if (isOpen || isUnknownAt(table, 'replica')) {
    const concerns = { kind: 'table', arn: inRegion(fact.arn, '*') } as const;
    gaps.push({ name: `${table.address} (replicas)`, unknown: 'a replica of it is known after apply', concerns });
  }
  // Of a key that the configuration leaves out AWS takes its own, which is known after apply, too.
  const setsKey = blocks.some((_, index) => table.references(`replica.${index}.kms_key_arn`).length > 0);
  return blocks.flatMap((replica, index): TableFact[] => {
    const [region, kmsKeyArn] = [own(replica, 'region_name'), own(replica, 'kms_key_arn')];
    if (typeof region !== 'string') return [];
    const arn = inRegion(fact.arn, region);
    const policy = policies.on(undefined, [arn]);
    if (setsKey && isUnknownAt(table, `replica.${index}.kms_key_arn`)) {
      const name = `${table.address}.replica.${index}.kms_key_arn`;
      gaps.push({ name, unknown: 'which key it names is known after apply', concerns: { kind: 'key' } });
    }
    const key = typeof kmsKeyArn === 'string' && kmsKeyArn !== '' ? { kmsKeyArn } : {};
    return [{ ...fact, address: `${fact.address}.replica[${JSON.stringify(region)}]`, arn, ...(policy && { policy }), ...key }];
  });
}

function isEncrypted(table: ResourceInstance): boolean {
  return attributeAt(table, 'server_side_encryption.0.enabled') !== false;
}

function indexesOf({ gaps }: Survey, table: ResourceInstance, arn: string): TableFact['indexes'] {
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
    const concerns = { kind: 'table', arn } as const;
    gaps.push({ name: `${table.address} (indexes)`, unknown: 'an index of it is known after apply', concerns });
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

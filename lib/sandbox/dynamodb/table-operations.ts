import type { ContextEntries } from '../../isolation';
import type { Permission, Place } from '../operation';
import { NO_KEYS } from './item-context';
import type { Mapping } from './item-operations';
import { invalid, type JsonObject, objectOf, objectsOf, textOf, textsOf } from './json-body';
import { indexArn, resourceArn, tableOf } from './table-address';

function asking(action: string, resource: string, owner?: string, context?: ContextEntries): Permission {
  return { action: `dynamodb:${action}`, resource, owner, context: { ...NO_KEYS, ...context } };
}

/** What names no resource: lists, limits, endpoints. */
export function onNothing(action: string): Mapping {
  return () => [asking(action, '*')];
}

/** A table by name or ARN. */
export function onTable(action: string, member = 'TableName'): Mapping {
  return (body, place) => [ofTable(action, body, place, member)];
}

/** A table if the request names one, else none. */
export function onTableOrNothing(action: string, member: string): Mapping {
  return (body, place) => [body[member] === undefined ? asking(action, '*') : ofTable(action, body, place, member)];
}

/** An index if the request names one, else its table. */
export function onTableOrIndex(action: string): Mapping {
  return (body, place) => {
    const table = tableOf(body, place);
    const index = textOf(body, 'IndexName');
    return [asking(action, index === undefined ? table.arn : indexArn(table, index), table.arn)];
  };
}

/** An index and its table, both. */
export function onIndexAndTable(action: string): Mapping {
  return (body, place) => {
    const table = tableOf(body, place);
    const index = indexArn(table, textOf(body, 'IndexName') ?? '');
    return [asking(action, index, table.arn), asking(action, table.arn, table.arn)];
  };
}

/** A table, a stream, a backup, ... by its ARN. */
export function onResource(action: string, member: string, context?: (body: JsonObject) => ContextEntries): Mapping {
  return (body) => [ofResource(action, body, member, context?.(body))];
}

/** A shard iterator begins with the ARN of its stream. */
export const getRecords: Mapping = (body) => {
  const [stream] = (textOf(body, 'ShardIterator') ?? '').split('|');
  return [ofResource('GetRecords', { stream }, 'stream')];
};

/** A global table of the older kind, and the table in this region if that is asked for too. */
export function onGlobalTable(action: string, withTable: boolean): Mapping {
  return (body, place) => {
    const { name, arn } = tableOf(body, place, 'GlobalTableName');
    const global = asking(action, `arn:${place.partition}:dynamodb::${place.account}:global-table/${name}`);
    return withTable ? [global, asking(action, arn, arn)] : [global];
  };
}

/** Tags and a policy given to a new table need what giving them later needs, and a replica what its source asks for. */
export const createTable: Mapping = (body, place) => {
  const permissions = [ofTable('CreateTable', body, place, 'TableName', requestTags(body))];
  if (body['Tags'] !== undefined) permissions.push(ofTable('TagResource', body, place, 'TableName', requestTags(body)));
  if (body['ResourcePolicy'] !== undefined) permissions.push(ofTable('PutResourcePolicy', body, place));
  if (body['GlobalTableSourceArn'] !== undefined) {
    permissions.push(ofTable('AssociateTableReplica', body, place, 'GlobalTableSourceArn'));
  }
  return permissions;
};

/** Replicas and witnesses have actions of their own. */
export const updateTable: Mapping = (body, place) => {
  const actions = new Set(['UpdateTable']);
  for (const [member, kind] of [
    ['ReplicaUpdates', 'TableReplica'],
    ['GlobalTableWitnessUpdates', 'GlobalTableWitness'],
  ] as const) {
    for (const update of objectsOf(body, member) ?? []) {
      for (const change of Object.keys(update)) actions.add(change === 'Update' ? 'UpdateTable' : change + kind);
    }
  }
  return [...actions].map((action) => ofTable(action, body, place));
};

/** What restoring does to the table that it makes, beside making it. */
const RESTORING = ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'Scan', 'UpdateItem'];

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html */
export const restoreFromBackup: Mapping = (body, place) => [
  ofResource('RestoreTableFromBackup', body, 'BackupArn'),
  ...['RestoreTableFromBackup', ...RESTORING].map((action) => ofTable(action, body, place, 'TargetTableName')),
];

/** As above, from a table. */
export const restoreToPointInTime: Mapping = (body, place) => {
  const source = body['SourceTableArn'] === undefined ? 'SourceTableName' : 'SourceTableArn';
  if (source === 'SourceTableArn' && body['SourceTableName'] !== undefined) {
    throw invalid('SourceTableArn and SourceTableName exclude each other.');
  }
  return [
    ofTable('RestoreTableToPointInTime', body, place, source),
    ...['RestoreTableToPointInTime', ...RESTORING].map((action) => ofTable(action, body, place, 'TargetTableName')),
  ];
};

export const importTable: Mapping = (body, place) => [
  ofTable('ImportTable', objectOf(body, 'TableCreationParameters') ?? {}, place),
];

function ofTable(action: string, body: JsonObject, place: Place, member = 'TableName', context?: ContextEntries): Permission {
  const { arn } = tableOf(body, place, member);
  return asking(action, arn, arn, context);
}

/** A stream has a policy of its own; of a backup its table's has no say. */
function ofResource(action: string, body: JsonObject, member: string, context?: ContextEntries): Permission {
  const { arn, table } = resourceArn(body, member);
  return asking(action, arn, arn === table || arn.startsWith(`${table}/stream/`) ? arn : undefined, context);
}

/** Tags that a request sets, `[{ Key, Value }]`. @throws AwsError `ValidationException` for one without key or value */
export function requestTags(body: JsonObject): ContextEntries {
  const tags = (objectsOf(body, 'Tags') ?? []).map((tag) => [tagText(tag, 'Key'), tagText(tag, 'Value')] as const);
  const entries: [string, string[]][] = [...new Set(tags.map(([key]) => key))].map((key) => [
    `aws:RequestTag/${key}`,
    tags.filter(([name]) => name === key).map(([, value]) => value),
  ]);
  return { ...Object.fromEntries(entries), 'aws:TagKeys': tags.map(([key]) => key) };
}

function tagText(tag: JsonObject, member: 'Key' | 'Value'): string {
  const text = textOf(tag, member);
  if (text === undefined || (member === 'Key' && text === '')) throw invalid(`The ${member} of a tag must not be null.`);
  return text;
}

/** Keys of tags that a request takes away. */
export function requestTagKeys(body: JsonObject): ContextEntries {
  return { 'aws:TagKeys': textsOf(body, 'TagKeys') };
}

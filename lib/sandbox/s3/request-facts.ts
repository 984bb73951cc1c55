import type { ContextEntries } from '../../isolation';
import { AwsError } from '../http/aws-error';
import { HEADER_KEYS, QUERY_KEYS, REQUEST_TAG } from './condition-keys';
import { readCopySource } from './copy-source';
import { pairsOf, type S3Request } from './s3-request';
import { expectXml, malformedXml, readXml, textOf } from './xml';

/** S3's limit for one page of a listing is lower, but it takes what an integer holds. */
const COUNT = /^\d{1,9}$/;

/**
 * All that a request says for conditions, by their keys. Which of it S3 tells IAM hangs on the action.
 *
 * @throws AwsError `InvalidArgument`, `MalformedXML`
 */
export function factsOf(operation: string, { query, headers, body }: S3Request): ContextEntries {
  for (const name of ['max-keys', 'max-annotation-results']) {
    const count = query.get(name);
    if (count !== undefined && !COUNT.test(count)) throw invalidArgument(name, count);
  }
  const source = headers['x-amz-copy-source'];
  const from = source === undefined ? undefined : readCopySource(source);
  return {
    ...told(HEADERS, (name) => headers[name]),
    ...told(PARAMETERS, (name) => query.get(name)),
    's3:versionid': query.get('versionId'),
    's3:x-amz-copy-source': from && `${from.bucket}/${from.key}`,
    's3:ObjectCreationOperation': String(CREATING.includes(operation)),
    ...(headers['x-amz-tagging'] !== undefined && tagFacts(pairsOf(headers['x-amz-tagging']))),
    ...bodyFacts(operation, body),
  };
}

/** Operations after which there is an object; the others that need PutObject prepare one. */
const CREATING = ['PutObject', 'CopyObject', 'CompleteMultipartUpload'];

export function invalidArgument(name: string, value: string): AwsError {
  return new AwsError('InvalidArgument', `The value of ${name} is not valid.`, 400, { ArgumentName: name, ArgumentValue: value });
}

const HEADERS = HEADER_KEYS.map((key): [string, string] => [
  key,
  key.slice('s3:'.length).replace(/^object-lock/, 'x-amz-object-lock'),
]);
const PARAMETERS = QUERY_KEYS.map((key): [string, string] => [key, key.slice('s3:'.length)]);

/** What is there of these keys, each looked up by its name. Mostly it is nothing, so it is gathered without a copy of all. */
function told(names: readonly (readonly [key: string, name: string])[], valueOf: (name: string) => string | undefined) {
  const facts: Record<string, string> = {};
  for (const [key, name] of names) {
    const value = valueOf(name);
    if (value !== undefined) facts[key] = value;
  }
  return facts;
}

function bodyFacts(operation: string, body: Buffer): ContextEntries {
  switch (operation) {
    case 'CreateBucket': {
      if (body.length === 0) return {};
      // Tags and the other settings that may be given at once have actions of their own, which are not modelled.
      const settings = expectXml(readXml(body), 'CreateBucketConfiguration', ['LocationConstraint']);
      return { 's3:locationconstraint': textOf(settings, 'LocationConstraint') };
    }
    case 'PutObjectTagging': {
      const [set, ...others] = expectXml(readXml(body), 'Tagging', ['TagSet']).children;
      if (set === undefined || others.length > 0) throw malformedXml();
      return tagFacts(
        expectXml(set, 'TagSet', ['Tag']).children.map((tag): [string, string] => {
          const { Key, Value } = { Key: textOf(tag, 'Key'), Value: textOf(tag, 'Value') };
          if (Key === undefined || Value === undefined) throw malformedXml();
          return [Key, Value];
        }),
      );
    }
    case 'PutObjectLegalHold':
      return { 's3:object-lock-legal-hold': textOf(expectXml(readXml(body), 'LegalHold', ['Status']), 'Status') };
    case 'PutObjectRetention': {
      const retention = expectXml(readXml(body), 'Retention', ['Mode', 'RetainUntilDate']);
      return {
        's3:object-lock-mode': textOf(retention, 'Mode'),
        's3:object-lock-retain-until-date': textOf(retention, 'RetainUntilDate'),
      };
    }
    case 'RestoreObject':
      // A restore may also select from the object and write what it found elsewhere.
      expectXml(readXml(body), 'RestoreRequest', ['Days', 'GlacierJobParameters', 'Tier', 'Description']);
      return {};
    default:
      return {};
  }
}

function tagFacts(tags: readonly (readonly [key: string, value: string])[]): ContextEntries {
  const keys = tags.map(([key]) => key);
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length) {
    // Conditions tell keys apart without case, S3 with it.
    throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return { 's3:RequestObjectTagKeys': keys, ...Object.fromEntries(tags.map(([key, value]) => [`${REQUEST_TAG}${key}`, value])) };
}

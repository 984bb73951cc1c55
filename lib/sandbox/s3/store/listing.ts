import type { AwsAnswer } from '../../http/aws-request';
import { invalidArgument } from '../request-facts';
import { encodeKey, type S3Request } from '../s3-request';
import { type XmlElement, xmlElement } from '../xml';
import { xmlAnswer } from './answers';
import { bytesOf, type ObjectBucket, textOfBytes } from './object-bucket';
import type { StoredObject } from './stored-object';

/** S3's limit for one page. */
const MAX_KEYS = 1000;

/** @throws AwsError `InvalidArgument` @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const token = s3.query.get('continuation-token');
  const startAfter = s3.query.get('start-after');
  const page = pageOf(bucket, s3, token === undefined ? startAfter : readToken(token));
  const text = textWriter(s3);
  return xmlAnswer(
    xmlElement('ListBucketResult', [
      ...heading(bucket, s3, page),
      xmlElement('KeyCount', `${page.items.length}`),
      element('StartAfter', startAfter, text),
      element('ContinuationToken', token),
      element('NextContinuationToken', page.next && writeToken(page.next)),
      ...itemElements(page, text, s3.query.get('fetch-owner') === 'true'),
    ]),
  );
}

/** @throws AwsError `InvalidArgument` @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const marker = s3.query.get('marker') ?? '';
  const page = pageOf(bucket, s3, marker);
  const text = textWriter(s3);
  // Without a delimiter S3 leaves it to the client, which takes the last key.
  const next = (s3.query.get('delimiter') ?? '') === '' ? undefined : page.next;
  return xmlAnswer(
    xmlElement('ListBucketResult', [
      ...heading(bucket, s3, page),
      element('Marker', marker, text),
      element('NextMarker', next, text),
      ...itemElements(page, text, true),
    ]),
  );
}

/** A key with its object, or of many keys what they have in common. */
type Item = { readonly key: string; readonly object: StoredObject } | { readonly prefix: string };

interface Page {
  readonly items: readonly Item[];
  readonly maxKeys: number;
  /** The last item, if there are more. */
  readonly next: string | undefined;
}

function pageOf(bucket: ObjectBucket, { query }: S3Request, startAfter = ''): Page {
  const prefix = bytesOf(query.get('prefix') ?? '');
  const delimiter = bytesOf(query.get('delimiter') ?? '');
  const after = bytesOf(startAfter);
  const maxKeys = Math.min(MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS));
  const items: Item[] = [];
  let last = '';
  let found = bucket.next(after < prefix ? prefix : `${after}\0`);
  while (found !== undefined && maxKeys > 0) {
    const [key, object] = found;
    if (!key.startsWith(prefix)) break;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const group = end === -1 ? undefined : key.slice(0, end + delimiter.length);
    // Where the last page ended with a group, none of it is left.
    if ((group ?? key) !== after) {
      if (items.length === maxKeys) return { items, maxKeys, next: textOfBytes(last) };
      last = group ?? key;
      items.push(group === undefined ? { key: textOfBytes(key), object } : { prefix: textOfBytes(group) });
    }
    found = group === undefined ? bucket.next(`${key}\0`) : bucket.next(group, true);
  }
  return { items, maxKeys, next: undefined };
}

/** In a token the key is hidden from nobody: it only says where to go on, and the prefix is asked for anew. */
function writeToken(after: string): string {
  return Buffer.from(`${TOKEN}${after}`).toString('base64url');
}

const TOKEN = 'after:';

function readToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString().slice(TOKEN.length);
  if (writeToken(after) !== token) throw invalidArgument('continuation-token', token);
  return after;
}

/** How keys are written: XML cannot carry all of them, so a client may have them encoded. */
function textWriter({ query }: S3Request): (text: string) => string {
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') throw invalidArgument('encoding-type', encoding);
  return encoding === 'url' ? encodeKey : (text) => text;
}

function element(name: string, text: string | undefined, write = (plain: string) => plain): XmlElement | undefined {
  return text === undefined ? undefined : xmlElement(name, write(text));
}

function heading({ name }: ObjectBucket, s3: S3Request, { maxKeys, next }: Page): (XmlElement | undefined)[] {
  const text = textWriter(s3);
  const delimiter = s3.query.get('delimiter');
  return [
    xmlElement('Name', name),
    xmlElement('Prefix', text(s3.query.get('prefix') ?? '')),
    element('Delimiter', delimiter === '' ? undefined : delimiter, text),
    xmlElement('MaxKeys', `${maxKeys}`),
    element('EncodingType', s3.query.get('encoding-type')),
    xmlElement('IsTruncated', `${next !== undefined}`),
  ];
}

function itemElements({ items }: Page, text: (plain: string) => string, owned: boolean): XmlElement[] {
  return items.map((item) =>
    'prefix' in item
      ? xmlElement('CommonPrefixes', [xmlElement('Prefix', text(item.prefix))])
      : xmlElement('Contents', [
          xmlElement('Key', text(item.key)),
          xmlElement('LastModified', item.object.lastModified.toISOString()),
          xmlElement('ETag', item.object.etag),
          xmlElement('Size', `${item.object.body.length}`),
          owned ? xmlElement('Owner', [xmlElement('ID', 'sandbox')]) : undefined,
          xmlElement('StorageClass', item.object.headers['x-amz-storage-class'] ?? 'STANDARD'),
        ]),
  );
}

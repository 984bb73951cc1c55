import type { Permission } from '../operation';
import { checkKey } from './s3-request';
import { expectXml, malformedXml, readXml, textOf, writeXml, xmlElement } from './xml';

/** One object that DeleteObjects is to delete. */
export interface NamedDeletion {
  readonly key: string;
  readonly versionId?: string;
  /** The object is deleted only if it has this ETag. */
  readonly etag?: string;
}

/** With what it asks of IAM. */
export interface Deletion extends NamedDeletion {
  readonly permissions: readonly Permission[];
}

/** The body of DeleteObjects. */
export interface DeleteList {
  readonly objects: readonly NamedDeletion[];
  /** Only errors are answered. */
  readonly quiet: boolean;
}

/** S3's limit for one request. */
const MAX_OBJECTS = 1000;

/**
 * Reads the body of DeleteObjects; keys are kept as they are written, blanks and digits too.
 *
 * @throws AwsError `MalformedXML`, also for no object or more than 1,000; `KeyTooLongError`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export function readDeleteList(body: Buffer): DeleteList {
  const root = expectXml(readXml(body), 'Delete', ['Object', 'Quiet']);
  const objects = root.children
    .filter(({ name }) => name === 'Object')
    .map((object): NamedDeletion => {
      expectXml(object, 'Object', ['Key', 'VersionId', 'ETag']);
      const [key, versionId, etag] = ['Key', 'VersionId', 'ETag'].map((name) => textOf(object, name));
      if (key === undefined || key === '' || versionId === '' || etag === '') throw malformedXml();
      return { key: checkKey(key), versionId, etag };
    });
  const quiet = textOf(root, 'Quiet') ?? 'false';
  if (objects.length === 0 || objects.length > MAX_OBJECTS || !/^(?:true|false)$/.test(quiet)) throw malformedXml();
  return { objects, quiet: quiet === 'true' };
}

export function writeDeleteList({ objects, quiet }: DeleteList): Buffer {
  return writeXml(
    xmlElement('Delete', [
      ...objects.map(({ key, versionId, etag }) =>
        xmlElement('Object', [
          xmlElement('Key', key),
          versionId === undefined ? undefined : xmlElement('VersionId', versionId),
          etag === undefined ? undefined : xmlElement('ETag', etag),
        ]),
      ),
      quiet ? xmlElement('Quiet', 'true') : undefined,
    ]),
  );
}

import type { AwsRequest } from '../http/aws-request';
import type { Operation, Place } from '../operation';
import { AskedPermissions } from './asked-permissions';
import { type CopySource, readCopySource, writeCopySource } from './copy-source';
import { type Deletion, readDeleteList, writeDeleteList } from './deletions';
import { operationOf } from './operation-of';
import { readS3Request, type S3Request, withBody, writeS3Request } from './s3-request';

/** What a request to S3 is and needs, and what of it goes to a store. */
export interface S3Operation extends Operation {
  readonly bucket?: string;
  readonly key?: string;
  /** Of a copy: what it reads. */
  readonly source?: CopySource;
  /** Of DeleteObjects, in the order of the request. Each is allowed or denied by itself: see `deletePartly`. */
  readonly deletions?: readonly Deletion[];
  /** Of DeleteObjects: only errors are answered. */
  readonly quiet?: boolean;
  /**
   * The request in path style, written anew from what the permissions were taken from. This, and not the one that came, goes to a
   * store: so what is done is what was allowed.
   */
  readonly request: AwsRequest;
  /** Whether a key has a part `.` or `..`: a key like any other on S3, but a server that keeps files may follow it to another one. */
  readonly hasDotSegments: boolean;
}

/**
 * What a request to S3 asks of IAM. One that is not understood asks for nothing, and is named by its method.
 *
 * @throws AwsError `InvalidURI`, `InvalidBucketName`, `KeyTooLongError`, `InvalidArgument`, `InvalidTag`, `MalformedXML`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export function s3Operation(request: AwsRequest, place: Place): S3Operation {
  const s3 = readS3Request(request);
  const row = operationOf(s3);
  if (row === undefined) return operation(s3, s3.method, request, { permissions: [] });

  const name = `s3:${row.name}`;
  const asked = new AskedPermissions(s3, row, place);
  if (row.name === 'DeleteObjects') {
    const list = readDeleteList(s3.body);
    const deletions = list.objects.map((object): Deletion => ({ ...object, permissions: asked.forDeletion(object) }));
    const permissions = deletions.flatMap((deletion) => deletion.permissions);
    return operation(withBody(s3, writeDeleteList(list)), name, request, { permissions, deletions, quiet: list.quiet });
  }
  const own = [...asked.forOperation(), ...asked.forHeaders()];
  const header = s3.headers['x-amz-copy-source'];
  if (header === undefined) return operation(s3, name, request, { permissions: own });
  const source = readCopySource(header);
  const headers = { ...s3.headers, 'x-amz-copy-source': writeCopySource(source) };
  return operation({ ...s3, headers }, name, request, { permissions: [...own, ...asked.forSource(source)], source });
}

function operation(
  s3: S3Request,
  name: string,
  { fromLoopback }: AwsRequest,
  asked: Pick<S3Operation, 'permissions' | 'deletions' | 'quiet' | 'source'>,
): S3Operation {
  const { bucket, key } = s3;
  const keys = [key, asked.source?.key, ...(asked.deletions ?? []).map((deletion) => deletion.key)];
  const hasDotSegments = keys.some((each) => /(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(each ?? ''));
  return { bucket, key, name, ...asked, request: writeS3Request(s3, fromLoopback), hasDotSegments };
}

import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { ABORT_SIGNAL, type Abortable, readOptions } from '../call-options';
import { invalidRequest, quote, TenantDataAccessError, type TenantDataAccessErrorCode } from '../errors';
import { foreignAnswer, type TenantBucket } from './tenant-bucket';

/** What `deleteMany` did not do. */
export interface DeleteManyResult {
  /** The keys that were not deleted, or of which it is not known, each with the code of its error. */
  readonly failed: readonly { readonly key: string; readonly code: TenantDataAccessErrorCode }[];
}

interface Failure {
  readonly key: string;
  readonly error: TenantDataAccessError;
}

/** S3's limit for one request. */
const MAX_KEYS = 1000;
/** What XML cannot carry, and white space at the end, which a reader of XML may drop. */
const NOT_FOR_XML = /[\uFFFE\uFFFF]|\s$/;

export async function deleteObject(bucket: TenantBucket, key: string, given: Abortable | undefined): Promise<void> {
  const { abortSignal } = readOptions(given, { abortSignal: ABORT_SIGNAL });
  const command = new DeleteObjectCommand(bucket.address(key));
  await bucket.attempt(
    () => `delete ${bucket.named(key)}`,
    () => bucket.s3Client.send(command, { abortSignal }),
  );
}

export async function deleteObjects(
  bucket: TenantBucket,
  given: Iterable<string>,
  options: Abortable | undefined,
): Promise<DeleteManyResult> {
  const { abortSignal } = readOptions(options, { abortSignal: ABORT_SIGNAL });
  const keys = distinctKeys(bucket, given);
  const failures: Failure[] = [];
  let refused: TenantDataAccessError | undefined;
  for (const chunk of chunksOf(keys)) {
    // After a request that was refused as a whole the next one would be too.
    if (refused === undefined) {
      try {
        failures.push(...(await deleteChunk(bucket, chunk, abortSignal)));
        continue;
      } catch (error) {
        if (!(error instanceof TenantDataAccessError) || error.code === 'request.aborted') throw error;
        refused = error;
      }
    }
    for (const key of chunk) failures.push({ key, error: refused });
  }
  const [first] = failures;
  if (first !== undefined && failures.length === keys.length) throw first.error;
  return { failed: failures.map(({ key, error }) => ({ key, code: error.code })) };
}

/** All are checked before the first is deleted. @throws TenantDataAccessError `tenant.invalid` or `request.invalid` */
function distinctKeys(bucket: TenantBucket, given: Iterable<string>): string[] {
  if (typeof given !== 'object' || (given as object | null) === null || !(Symbol.iterator in given)) {
    throw invalidRequest(`'deleteMany' takes an array of keys, given was ${quote(given)}.`);
  }
  const keys = [...new Set(given)];
  for (const key of keys) bucket.address(key);
  return keys;
}

/** Those that XML cannot carry are each a chunk, and deleted by a request of their own. */
function chunksOf(keys: readonly string[]): string[][] {
  const sound = keys.filter((key) => !NOT_FOR_XML.test(key));
  const chunks = Array.from({ length: Math.ceil(sound.length / MAX_KEYS) }, (_, index) =>
    sound.slice(index * MAX_KEYS, (index + 1) * MAX_KEYS),
  );
  return [...chunks, ...keys.filter((key) => NOT_FOR_XML.test(key)).map((key) => [key])];
}

async function deleteChunk(
  bucket: TenantBucket,
  keys: readonly string[],
  abortSignal: AbortSignal | undefined,
): Promise<Failure[]> {
  const [only] = keys;
  if (only !== undefined && NOT_FOR_XML.test(only)) {
    await deleteObject(bucket, only, { abortSignal });
    return [];
  }
  const addresses = new Map(keys.map((key) => [bucket.address(key).Key, key]));
  const command = new DeleteObjectsCommand({
    Bucket: bucket.bucketName,
    Delete: { Quiet: true, Objects: [...addresses.keys()].map((Key) => ({ Key })) },
  });
  const doing = () => `delete objects of tenant '${bucket.signing.tenantId}'`;
  const { Errors = [] } = await bucket.attempt(doing, () => bucket.s3Client.send(command, { abortSignal }));
  const failures = new Map<string, Failure>();
  // Of many that fail alike, the listener is told once.
  const coded = new Map<string, TenantDataAccessError>();
  for (const { Key = '', Code = '', Message = '' } of Errors) {
    const key = addresses.get(Key);
    if (key === undefined) throw foreignAnswer();
    const error = coded.get(Code) ?? (await codedError(bucket, key, Code, Message));
    coded.set(Code, error);
    failures.set(key, { key, error });
  }
  return [...failures.values()];
}

/** The error of one object, as it would be if the object had been deleted alone. */
async function codedError(bucket: TenantBucket, key: string, name: string, message: string): Promise<TenantDataAccessError> {
  const answered = Object.assign(new Error(message), { name, $fault: 'client' });
  return bucket
    .attempt(
      () => `delete ${bucket.named(key)}`,
      () => Promise.reject(answered),
    )
    .catch((error: unknown) => error as TenantDataAccessError);
}

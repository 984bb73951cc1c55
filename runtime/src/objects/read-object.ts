import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { ABORT_SIGNAL, type Abortable, type OptionRule, type OptionRules, readOptions } from '../call-options';
import { TenantDataAccessError } from '../errors';
import { type TenantObject, withBody } from './object-body';
import { objectDetails, type ObjectDetails } from './object-details';
import { HEADER } from './object-headers';
import type { TenantBucket } from './tenant-bucket';

/** When to read an object. Each fails with `condition.failed` if it does not hold. */
export interface ReadConditions {
  /**
   * Only if the object has this ETag, quotes included.
   *
   * @default - whatever there is
   */
  readonly ifMatch?: string | undefined;
  /**
   * Only if the object has another ETag than this, quotes included: what a cache holds.
   *
   * @default - whatever there is
   */
  readonly ifNoneMatch?: string | undefined;
}

/** What of an object to read. */
export interface GetOptions extends ReadConditions, Abortable {
  /**
   * A range of bytes as in HTTP: `bytes=0-99`, `bytes=100-`, or the last ones, `bytes=-100`.
   *
   * @default - the whole object
   */
  readonly range?: string | undefined;
}

/** How to ask for an object's details. */
export interface HeadOptions extends ReadConditions, Abortable {}

const READ_CONDITIONS: OptionRules<ReadConditions> = { ifMatch: HEADER, ifNoneMatch: HEADER };
const HEAD_OPTIONS: OptionRules<HeadOptions> = { ...READ_CONDITIONS, abortSignal: ABORT_SIGNAL };
/** Of a range that ends before it begins S3 would answer the whole object. */
const RANGE: OptionRule<string> = {
  allowed: "one range of bytes, as 'bytes=0-99', 'bytes=100-' or 'bytes=-100'",
  read: (value) => {
    const range = typeof value === 'string' ? /^bytes=(?:(\d{1,15})-(\d{0,15})|-\d{1,15})$/.exec(value) : null;
    const [given, first, last] = range ?? [];
    return Number(last === '' ? Infinity : last) < Number(first) ? undefined : given;
  },
};
const GET_OPTIONS: OptionRules<GetOptions> = { ...HEAD_OPTIONS, range: RANGE };

export async function getObject(bucket: TenantBucket, key: string, options: GetOptions | undefined): Promise<TenantObject> {
  const { range, ifMatch, ifNoneMatch, abortSignal } = readOptions(options, GET_OPTIONS);
  const input = { ...bucket.address(key), Range: range, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch };
  const answer = await bucket.attemptRead(
    key,
    () => `get ${bucket.named(key)}`,
    () => bucket.s3Client.send(new GetObjectCommand(input), { abortSignal }),
    abortSignal,
  );
  return withBody(objectDetails(answer), answer.Body as Readable, bucket.named(key), abortSignal);
}

export async function headObject(bucket: TenantBucket, key: string, options: HeadOptions | undefined): Promise<ObjectDetails> {
  const { ifMatch, ifNoneMatch, abortSignal } = readOptions(options, HEAD_OPTIONS);
  const input = { ...bucket.address(key), IfMatch: ifMatch, IfNoneMatch: ifNoneMatch };
  const answer = await bucket.attemptRead(
    key,
    () => `ask for ${bucket.named(key)}`,
    () => bucket.s3Client.send(new HeadObjectCommand(input), { abortSignal }),
    abortSignal,
  );
  return objectDetails(answer);
}

export async function objectExists(bucket: TenantBucket, key: string, options: Abortable | undefined): Promise<boolean> {
  const { abortSignal } = readOptions(options, { abortSignal: ABORT_SIGNAL });
  try {
    await headObject(bucket, key, { abortSignal });
    return true;
  } catch (error) {
    if (error instanceof TenantDataAccessError && error.code === 'object.not_found') return false;
    throw error;
  }
}

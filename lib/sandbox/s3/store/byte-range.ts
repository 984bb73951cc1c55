import { AwsError } from '../../http/aws-error';

/** Bytes of an object, both ends included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The part that a header `Range` asks for. One that is malformed, or of several ranges, is not looked at, as on S3.
 *
 * @throws AwsError `InvalidRange` if no such bytes are there
 * @see https://datatracker.ietf.org/doc/html/rfc9110#section-14.2
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [range, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (range === undefined || (from === '' && to === '')) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < first) return undefined;
  if (first < size && first <= last) return { first, last };
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: range,
    ActualObjectSize: `${size}`,
  });
}

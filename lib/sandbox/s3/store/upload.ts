import { createHash, randomBytes } from 'node:crypto';
import { AwsError } from '../../http/aws-error';
import { malformedXml, readXml, textOf } from '../xml';
import { noSuchUpload } from './refusals';
import { etagOf, now, type ObjectDetails, type StoredObject, storedObject } from './stored-object';

export interface UploadPart {
  readonly number: number;
  readonly body: Buffer;
  readonly etag: string;
  readonly lastModified: Date;
}

/** S3's limits: parts of an upload, and bytes of each but the last. */
const MAX_PARTS = 10_000;
const MIN_PART_BYTES = 5 * 1024 ** 2;

/** A multipart upload under way. It belongs to its key: by its id alone nobody reaches it. */
export class Upload {
  readonly id = randomBytes(24).toString('base64url');
  readonly startedAt = now();
  readonly #parts = new Map<number, UploadPart>();

  constructor(
    readonly key: string,
    readonly details: ObjectDetails,
  ) {}

  /** In the order of their numbers. */
  get parts(): UploadPart[] {
    return [...this.#parts.values()].sort((a, b) => a.number - b.number);
  }

  /** @throws AwsError `InvalidArgument` */
  put(partNumber: string, body: Buffer): UploadPart {
    const number = Number(partNumber);
    if (!/^\d{1,5}$/.test(partNumber) || number < 1 || number > MAX_PARTS) {
      throw new AwsError('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`, 400, {
        ArgumentName: 'partNumber',
        ArgumentValue: partNumber,
      });
    }
    const part = { number, body, etag: etagOf(body), lastModified: now() };
    this.#parts.set(number, part);
    return part;
  }

  /**
   * Joins the parts that the body of CompleteMultipartUpload lists.
   *
   * @throws AwsError `MalformedXML`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`
   */
  complete(body: Buffer): StoredObject {
    const listed = readXml(body);
    const parts = listed.children.map((part): UploadPart => {
      const [number, etag] = [textOf(part, 'PartNumber'), textOf(part, 'ETag')];
      if (part.name !== 'Part' || number === undefined || etag === undefined || !/^\d{1,5}$/.test(number)) throw malformedXml();
      const stored = this.#parts.get(Number(number));
      if (stored?.etag.replaceAll('"', '') !== etag.replaceAll('"', '')) throw invalidPart();
      return stored;
    });
    if (listed.name !== 'CompleteMultipartUpload' || parts.length === 0) throw malformedXml();
    parts.forEach(({ number, body: { length } }, index) => {
      if (index > 0 && number <= (parts[index - 1]?.number ?? 0)) {
        throw new AwsError(
          'InvalidPartOrder',
          'The list of parts was not in ascending order. Parts must be ordered by part number.',
        );
      }
      if (index < parts.length - 1 && length < MIN_PART_BYTES) {
        throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
          ProposedSize: `${length}`,
          MinSizeAllowed: `${MIN_PART_BYTES}`,
          PartNumber: `${number}`,
        });
      }
    });
    const sums = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'));
    const sum = createHash('md5').update(Buffer.concat(sums)).digest('hex');
    return storedObject(Buffer.concat(parts.map((part) => part.body)), this.details, undefined, `"${sum}-${parts.length}"`);
  }
}

/** @throws AwsError `NoSuchUpload`, also if it is of another key */
export function uploadOf(uploads: ReadonlyMap<string, Upload>, id = '', key = ''): Upload {
  const upload = uploads.get(id);
  if (upload?.key !== key) throw noSuchUpload(id);
  return upload;
}

function invalidPart(): AwsError {
  const message =
    'One or more of the specified parts could not be found. The part may not have been uploaded, or its ETag differs.';
  return new AwsError('InvalidPart', message);
}

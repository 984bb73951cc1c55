import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { isRecord, type OptionRule, type OptionRules, textOf } from '../call-options';

/** What is kept with an object, and answered with it. */
export interface ObjectHeaders {
  /**
   * Media type of the content. Browsers act on it: of content that users upload, set it yourself.
   *
   * @default 'application/octet-stream' - S3's
   */
  readonly contentType?: string | undefined;
  /** @default - none: caches decide for themselves */
  readonly cacheControl?: string | undefined;
  /**
   * Whether a browser shows the content or saves it, and under which name: `attachment; filename="invoice.pdf"`. ASCII; for other
   * names use `filename*=UTF-8''...`.
   *
   * @default - none: browsers show what they can
   */
  readonly contentDisposition?: string | undefined;
  /**
   * The coding that the content is in already, `gzip` say: nothing is coded here.
   *
   * @default - none
   */
  readonly contentEncoding?: string | undefined;
  /**
   * Names and values of your own: names are kept in lower case, values are ASCII; at most 2,048 bytes in all.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What an HTTP header carries unchanged, and a signature covers as it is. */
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
export const HEADER = textOf(HEADER_TEXT, 'a string of printable ASCII characters');

/** S3's limit for names and values together. */
const MAX_METADATA_BYTES = 2048;
const METADATA_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

const METADATA: OptionRule<Readonly<Record<string, string>>> = {
  allowed: `an object of strings: names as of HTTP headers, values of printable ASCII, at most ${MAX_METADATA_BYTES} bytes in all`,
  read: (value) => {
    if (!isRecord(value)) return undefined;
    const entries = Object.entries(value).map(([name, text]): [string, unknown] => [name.toLowerCase(), text]);
    return entries.every(isMetadata) && new Map(entries).size === entries.length && bytesOf(entries) <= MAX_METADATA_BYTES
      ? Object.fromEntries(entries)
      : undefined;
  },
};

function isMetadata(entry: [string, unknown]): entry is [string, string] {
  const [name, text] = entry;
  return METADATA_NAME.test(name) && typeof text === 'string' && (text === '' || HEADER_TEXT.test(text));
}

/** All of it is ASCII. */
function bytesOf(entries: readonly (readonly [string, string])[]): number {
  return entries.reduce((bytes, [name, text]) => bytes + name.length + text.length, 0);
}

export const OBJECT_HEADERS: OptionRules<ObjectHeaders> = {
  contentType: HEADER,
  cacheControl: HEADER,
  contentDisposition: HEADER,
  contentEncoding: HEADER,
  metadata: METADATA,
};

/** As the SDK's commands that write take them. */
export function headerInput(headers: ObjectHeaders) {
  return {
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    Metadata: headers.metadata,
  } satisfies Partial<PutObjectCommandInput>;
}

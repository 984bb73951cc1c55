import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CredentialScope } from './credential-scope';

/** What AWS4-HMAC-SHA256 is made of. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** More than the sessions that a sandbox has at a time; a key takes a few hundred bytes. */
const MOST_KEYS = 10_000;

/** `<date>/<region>/<service>/aws4_request` */
export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** Keys that sign for one day, region and service each. To derive one costs more than to verify by it, so the latest are kept. */
export class SigningKeys {
  readonly #derived = new Map<string, { readonly secretAccessKey: string; readonly key: Buffer }>();
  readonly #most: number;

  /** @param most how many are kept */
  constructor(most = MOST_KEYS) {
    this.#most = most;
  }

  /** How many are kept now. */
  get size(): number {
    return this.#derived.size;
  }

  of(secretAccessKey: string, scope: CredentialScope): Buffer {
    const { accessKeyId, date, region, service } = scope;
    const id = `${accessKeyId}/${date}/${region}/${service}`;
    const known = this.#derived.get(id);
    if (known?.secretAccessKey === secretAccessKey) return known.key;
    const key = [date, region, service, 'aws4_request'].reduce<Buffer>(
      (previous, part) => createHmac('sha256', previous).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
    const [oldest] = this.#derived.keys();
    if (this.#derived.size >= this.#most && oldest !== undefined) this.#derived.delete(oldest);
    this.#derived.set(id, { secretAccessKey, key });
    return key;
  }
}

/** In lower case hexadecimal digits. Text is taken one byte a character. */
export function sha256(data: Buffer | string): string {
  const hash = createHash('sha256');
  return (typeof data === 'string' ? hash.update(data, 'latin1') : hash.update(data)).digest('hex');
}

/** A signature, in lower case hexadecimal digits. */
export function signText(key: Buffer, stringToSign: string): string {
  return createHmac('sha256', key).update(stringToSign).digest('hex');
}

/** Compares without telling by the time it takes where the difference is. */
export function sameSecret(one: string, other: string): boolean {
  const bytes = Buffer.from(one);
  const otherBytes = Buffer.from(other);
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes);
}

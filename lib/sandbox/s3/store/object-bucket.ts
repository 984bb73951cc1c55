import type { StoredObject } from './stored-object';
import type { Upload } from './upload';

/**
 * A bucket in memory: its objects by key, and the keys in S3's order, which is that of their UTF-8 bytes. Keys are the bytes as a
 * string of one character a byte, so that strings compare as S3's keys do.
 */
export class ObjectBucket {
  readonly createdAt = new Date();
  readonly uploads = new Map<string, Upload>();
  readonly #objects = new Map<string, StoredObject>();
  readonly #keys: string[] = [];

  constructor(
    readonly name: string,
    readonly region: string,
  ) {}

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(bytesOf(key));
  }

  put(key: string, object: StoredObject): void {
    const bytes = bytesOf(key);
    if (!this.#objects.has(bytes)) this.#keys.splice(this.#indexFrom(bytes), 0, bytes);
    this.#objects.set(bytes, object);
  }

  delete(key: string): void {
    const bytes = bytesOf(key);
    if (this.#objects.delete(bytes)) this.#keys.splice(this.#indexFrom(bytes), 1);
  }

  /**
   * The first key from this one on, and its object. Keys in bytes.
   *
   * @param past goes on behind all keys that begin so, instead of at the first of them
   */
  next(from: string, past = false): [key: string, object: StoredObject] | undefined {
    const key = this.#keys[this.#indexFrom(from, past)];
    const object = key === undefined ? undefined : this.#objects.get(key);
    return key === undefined || object === undefined ? undefined : [key, object];
  }

  #indexFrom(bytes: string, past = false): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = this.#keys[middle] ?? '';
      if (key < bytes || (past && key.startsWith(bytes))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The UTF-8 bytes of a text, one character each. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

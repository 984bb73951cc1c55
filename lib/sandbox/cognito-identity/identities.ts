import { createHmac, randomBytes } from 'node:crypto';

/** More than anybody's tests have users. */
const MOST = 100_000;

/**
 * The identities of all pools. An id is made of pool, issuer and user by a secret of this process: the same one each time, and told to
 * nobody by itself. Only ids that were given out are known; of more than 100,000 the oldest are forgotten, and given out again as they were.
 */
export class Identities {
  readonly #secret = randomBytes(32);
  readonly #poolIds = new Map<string, string>();

  /** The id, `<region>:<uuid>`, of a user of an issuer in a pool. */
  idOf(poolId: string, issuer: string, subject: string): string {
    const id = this.#made(poolId, issuer, subject);
    this.#poolIds.set(id, poolId);
    if (this.#poolIds.size > MOST) this.#poolIds.delete(this.#poolIds.keys().next().value ?? '');
    return id;
  }

  /** The pool of an identity. */
  poolIdOf(id: string): string | undefined {
    return this.#poolIds.get(id);
  }

  /** Whether an identity is that of a user of an issuer in a pool. */
  isOf(id: string, poolId: string, issuer: string, subject: string): boolean {
    return id === this.#made(poolId, issuer, subject);
  }

  #made(poolId: string, issuer: string, subject: string): string {
    const digest = createHmac('sha256', this.#secret)
      .update(JSON.stringify([poolId, issuer, subject]))
      .digest('hex');
    const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(digest) ?? [];
    return `${poolId.split(':')[0] ?? ''}:${groups.join('-')}`;
  }
}

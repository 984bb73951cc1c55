import { generateKeyPair, type JsonWebKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** How tokens are signed. */
export type TokenAlgorithm = 'ES256' | 'RS256';

export const TOKEN_ALGORITHMS: readonly TokenAlgorithm[] = ['ES256', 'RS256'];

/** The public half of a key, as a JSON Web Key Set lists it. */
export type PublicKey = JsonWebKey & { readonly kty: string; readonly kid: string };

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/**
 * A key that signs tokens. It is made when first needed, on another thread, as one for RSA takes its time, which most sandboxes can save.
 * It lives in this process only.
 */
export class SigningKey {
  /** Known before the key is made. */
  readonly kid = randomUUID();
  #pair: Promise<KeyPair> | undefined;

  constructor(readonly algorithm: TokenAlgorithm) {}

  async publicKey(): Promise<PublicKey> {
    const { publicKey } = await this.#made();
    const { kty = '', ...jwk } = publicKey.export({ format: 'jwk' });
    return { kty, ...jwk, kid: this.kid, alg: this.algorithm, use: 'sig' };
  }

  /** A JSON Web Token with these claims. */
  async token(claims: object): Promise<string> {
    const content = this.#contentOf(claims);
    return `${content}.${await this.#signature(content)}`;
  }

  /** The same with the signature of another content: everything about it is right but that. */
  async tokenWithWrongSignature(claims: object): Promise<string> {
    const content = this.#contentOf(claims);
    return `${content}.${await this.#signature(`another ${content}`)}`;
  }

  #made(): Promise<KeyPair> {
    this.#pair ??= this.algorithm === 'ES256' ? generate('ec', { namedCurve: 'P-256' }) : generate('rsa', { modulusLength: 2048 });
    return this.#pair;
  }

  #contentOf(claims: object): string {
    return `${encode({ alg: this.algorithm, typ: 'JWT', kid: this.kid })}.${encode(claims)}`;
  }

  async #signature(content: string): Promise<string> {
    const { privateKey } = await this.#made();
    // A JSON Web Token wants the bare numbers of an ECDSA signature; RSA takes no notice.
    const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return signature.toString('base64url');
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

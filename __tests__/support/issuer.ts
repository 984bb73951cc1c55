import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { type AwsAnswer, LoopbackAws } from './loopback-aws';
import { tenantClaims } from './tokens';

export type Algorithm = 'RS256' | 'ES256';

/** A key of an issuer, with which it signs. */
export class SigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(
    readonly kid: string,
    readonly algorithm: Algorithm = 'ES256',
  ) {
    const { privateKey, publicKey } =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  get jwk(): JsonWebKey {
    return { ...this.#publicKey.export({ format: 'jwk' }), kid: this.kid, alg: this.algorithm, use: 'sig' };
  }

  /** A token with these claims; what the header says can be changed, undefined takes it away. */
  token(claims: object, header: object = {}): string {
    const signed = unsigned({ alg: this.algorithm, typ: 'JWT', kid: this.kid, ...header }, claims);
    const signature = sign('sha256', Buffer.from(signed), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** A token whose signature takes the public key, which everybody has, for a shared secret. */
  tokenSignedWithPublicKey(claims: object): string {
    const signed = unsigned({ alg: 'HS256', typ: 'JWT', kid: this.kid }, claims);
    const secret = this.#publicKey.export({ format: 'pem', type: 'spki' });
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  }
}

export function unsigned(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

const CONFIGURATION = '/.well-known/openid-configuration';
const JWKS = '/jwks.json';

/** An OpenID issuer on 127.0.0.1, with its configuration and keys. */
export class LoopbackIssuer {
  /** The keys it publishes. */
  readonly keys: SigningKey[] = [];
  readonly #server: LoopbackAws;
  #configuration: AwsAnswer | undefined;
  #jwks: AwsAnswer | undefined;

  private constructor(server: LoopbackAws) {
    this.#server = server;
    this.behave();
  }

  static async start(): Promise<LoopbackIssuer> {
    return new LoopbackIssuer(await LoopbackAws.start());
  }

  get url(): string {
    return this.#server.endpoint;
  }

  /** How often its keys were fetched. */
  get fetches(): number {
    return this.#server.requests.filter(({ path }) => path === JWKS).length;
  }

  /** All that it was asked for. */
  get asked(): readonly string[] {
    return this.#server.requests.map(({ path }) => path);
  }

  /** Claims of a current token of this issuer, these put over the usual ones. */
  claims(claims: Record<string, unknown> = {}, tenantId = 'acme'): Record<string, unknown> {
    return { ...tenantClaims(tenantId), iss: this.url, ...claims };
  }

  /** Answers as an issuer should, and forgets what it was asked. */
  behave(): void {
    this.#configuration = undefined;
    this.#jwks = undefined;
    this.#server.answerBy(({ path }) => {
      if (path === CONFIGURATION) return this.#configuration ?? json({ issuer: this.url, jwks_uri: this.url + JWKS });
      if (path === JWKS) return this.#jwks ?? json({ keys: this.keys.map(({ jwk }) => jwk) });
      return { ...json({}), status: 404 };
    });
  }

  misbehave(answers: { readonly configuration?: AwsAnswer; readonly jwks?: AwsAnswer }): void {
    this.#configuration = answers.configuration;
    this.#jwks = answers.jwks;
  }

  async openConnections(wanted: number): Promise<number> {
    return this.#server.settledConnections(wanted);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

export function json(body: unknown): Exclude<AwsAnswer, string> {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body) };
}

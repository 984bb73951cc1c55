import type { AwsAnswer } from '../http/aws-request';
import { type PublicKey, SigningKey, TOKEN_ALGORITHMS } from './signing-key';
import { tokenClaims } from './token-claims';
import { checkTokenOptions, type TokenOptions } from './token-options';

const CONFIGURATION = '/.well-known/openid-configuration';
const JWKS = '/jwks.json';

/**
 * An OpenID issuer that gives anybody any token. Its keys are its own, are written nowhere and end with the process.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 */
export class Issuer {
  readonly #keys = TOKEN_ALGORITHMS.map((algorithm) => new SigningKey(algorithm));
  #url: string | undefined;

  private constructor(url: string | undefined) {
    this.#url = url;
  }

  /**
   * The key for ES256 is there when this is done; the one for RS256 is made when a token or the list of keys needs it.
   *
   * @param options `url` under which the sandbox serves it, `http://127.0.0.1:4580/_sandbox/issuer`; or say it later, by `serveAt`
   */
  static async create({ url }: { readonly url?: string } = {}): Promise<Issuer> {
    const issuer = new Issuer(url);
    await issuer.#keys[0]?.publicKey();
    return issuer;
  }

  /** Says where it is served. */
  serveAt(url: string): void {
    this.#url = url;
  }

  /** @throws Error before it is known where it is served */
  get url(): string {
    if (this.#url === undefined) throw new Error('It is not known yet where the issuer is served.');
    return this.#url;
  }

  /**
   * A token, signed by a key of this issuer whatever issuer it names.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  async token(options: TokenOptions = {}): Promise<string> {
    const { key, claims } = this.#prepare(options);
    return key.token(claims);
  }

  /**
   * The same token with a signature that is not its own, as after tampering.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  async tokenWithWrongSignature(options: TokenOptions = {}): Promise<string> {
    const { key, claims } = this.#prepare(options);
    return key.tokenWithWrongSignature(claims);
  }

  /** The public half of one of its keys. */
  async publicKey(kid: string): Promise<PublicKey | undefined> {
    return this.#keys.find((key) => key.kid === kid)?.publicKey();
  }

  /**
   * Answers for its OpenID configuration and its keys.
   *
   * @param path of the request, without query
   * @returns `undefined` for what is not the issuer's
   */
  async answer(path: string): Promise<AwsAnswer | undefined> {
    const { pathname } = new URL(this.url);
    const prefix = pathname.replace(/\/$/, '');
    if (path === prefix + CONFIGURATION) return json(configurationOf(this.url));
    if (path === prefix + JWKS) return json({ keys: await Promise.all(this.#keys.map((key) => key.publicKey())) });
    return undefined;
  }

  #prepare(options: TokenOptions): { readonly key: SigningKey; readonly claims: object } {
    const { algorithm = 'ES256', issuerUrl = this.url, ...said } = checkTokenOptions(options);
    const key = this.#keys.find((each) => each.algorithm === algorithm);
    if (key === undefined) throw new Error(`There is no key for ${algorithm}.`);
    return { key, claims: tokenClaims({ ...said, issuerUrl }, Date.now()) };
  }
}

function configurationOf(url: string): object {
  return {
    issuer: url,
    jwks_uri: url.replace(/\/$/, '') + JWKS,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: TOKEN_ALGORITHMS,
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti'],
  };
}

function json(body: object): AwsAnswer {
  return {
    status: 200,
    // The next sandbox at this address has other keys.
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

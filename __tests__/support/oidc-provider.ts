import { createHash, generateKeyPairSync, randomBytes, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { ROOT } from './terraform';

/** A user of the issuer. */
export interface IssuerAccount {
  readonly tenantId: string;
  readonly role?: string;
}

/** Settings of `oidc-provider`, as far as suites change them. */
export interface ProviderConfiguration {
  readonly claims: Readonly<Record<string, readonly string[]>>;
  readonly ttl: Readonly<Record<string, number>>;
  readonly findAccount: (context: unknown, id: string) => Promise<FoundAccount | undefined>;
  readonly [setting: string]: unknown;
}

interface FoundAccount {
  readonly accountId: string;
  readonly claims: () => Readonly<Record<string, unknown>>;
}

/** All users have this password. */
const PASSWORD = 'correct horse';
const REDIRECT_URI = 'http://127.0.0.1:1/callback';

/**
 * A real OIDC server, `oidc-provider` from npm, in this process on 127.0.0.1. It is the program that docs/identity/self-made.md prints: its
 * configuration and its login page are taken from there.
 */
export class OidcProvider {
  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly secrets: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param clientIds web applications that users log in to
   * @param change what a suite wants otherwise than the page
   */
  static async start(
    clientIds: readonly string[],
    accounts: Readonly<Record<string, IssuerAccount>>,
    change: (configuration: ProviderConfiguration) => ProviderConfiguration = (configuration) => configuration,
  ): Promise<OidcProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const salt = randomBytes(16);
    const password = { salt: salt.toString('hex'), passwordHash: scryptSync(PASSWORD, salt, 32).toString('hex') };
    const secrets = new Map(clientIds.map((id) => [id, randomBytes(32).toString('base64url')]));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const settings = outsideOfJest({
      clients: [...secrets].map(([id, secret]) => ({
        client_id: id,
        client_secret: secret,
        redirect_uris: [REDIRECT_URI],
        id_token_signed_response_alg: 'ES256',
      })),
      signingKeys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }],
      cookieKeys: [randomBytes(32).toString('base64url')],
    });
    const users = new Map(Object.entries(accounts).map(([id, account]) => [id, { ...account, ...password }]));
    server.on('request', printedIssuer(change)(url, { ...settings, accounts: users }));
    return new OidcProvider(url, server, secrets);
  }

  /** The ID token that a user gets who logs in, by the authorization code flow with PKCE. */
  async idToken(user: string, clientId: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const cookies = new Map<string, string>();
    const login = await this.#follow(`/auth?${query.toString()}`, cookies);
    const callback = await this.#follow(login, cookies, new URLSearchParams({ user, password: PASSWORD }));
    const answer = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${this.secrets.get(clientId) ?? ''}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(callback).searchParams.get('code') ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      }),
    });
    const { id_token: token } = (await answer.json()) as { id_token?: string };
    if (token === undefined) throw new Error(`The issuer gave no token, but HTTP status ${answer.status}.`);
    return token;
  }

  /** Follows redirections, as a browser does, as far as a page or out of the issuer. */
  async #follow(from: string, cookies: Map<string, string>, form?: URLSearchParams): Promise<string> {
    let address = new URL(from, this.url);
    let body = form;
    while (address.origin === this.url) {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
      const answer = await fetch(address, { method: body ? 'POST' : 'GET', body, headers: { cookie }, redirect: 'manual' });
      await answer.body?.cancel();
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location === null) {
        if (!answer.ok) throw new Error(`The issuer answered with HTTP status ${answer.status}.`);
        break;
      }
      [address, body] = [new URL(location, this.url), undefined];
    }
    return address.href;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

type Issuer = (url: string, settings: object) => RequestListener;

/** The issuer of the page. The library is loaded by Node.js itself, as jest cannot load such modules. */
function printedIssuer(change: (configuration: ProviderConfiguration) => ProviderConfiguration): Issuer {
  const outside = runInThisContext('process') as typeof process;
  const realRequire = outside.getBuiltinModule('node:module').createRequire(__filename);
  const configuration = load('issuer-configuration.js', realRequire) as (settings: object) => ProviderConfiguration;
  const { issuer } = load('issuer.js', (name) => {
    if (name === './issuer-configuration.js') return (settings: object) => change(configuration(settings));
    return name === 'oidc-provider' ? quietly(() => realRequire(name) as object) : (realRequire(name) as unknown);
  }) as { issuer: Issuer };
  return (url, settings) => quietly(() => issuer(url, settings));
}

function load(file: string, require: (name: string) => unknown): unknown {
  const module = { exports: {} };
  const program = `(function (module, exports, require) {${printed(file)}\n})`;
  const run = runInThisContext(program, { filename: file }) as (...given: unknown[]) => void;
  const requireHere = Object.assign((name: string) => require(name), { main: undefined });
  run(module, module.exports, requireHere);
  return module.exports;
}

/** A program of docs/identity/self-made.md: the block whose first line names the file. */
export function printed(file: string): string {
  const page = readFileSync(join(ROOT, 'docs', 'identity', 'self-made.md'), 'utf8');
  const program = page.split(`\`\`\`js\n// ${file}\n`)[1]?.split('\n```')[0];
  if (program === undefined) throw new Error(`docs/identity/self-made.md prints no ${file}`);
  return program;
}

/** The same, made of objects that a library which jest has not loaded takes for plain ones. */
function outsideOfJest<T>(value: T): T {
  return (runInThisContext('JSON') as JSON).parse(JSON.stringify(value)) as T;
}

/** The library warns of Node 20 and of its memory, which are as they should be here. */
function quietly<T>(act: () => T): T {
  const console = runInThisContext('console') as Console;
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const info = jest.spyOn(console, 'info').mockImplementation();
  try {
    return act();
  } finally {
    warn.mockRestore();
    info.mockRestore();
  }
}

import { compilePolicy } from '../../../../lib/isolation';
import { trustPolicy } from '../../../../lib/policy';
import { AuditTrail } from '../../../../lib/sandbox/audit/audit-trail';
import type { Caller } from '../../../../lib/sandbox/caller';
import { DeclaredPools } from '../../../../lib/sandbox/cognito-identity/declared-pools';
import { IDENTITY_POOL_ISSUER_URL } from '../../../../lib/sandbox/cognito-identity/identity-pool';
import type { Estate, EstateProvider, EstateRole } from '../../../../lib/sandbox/estate/estate';
import { AwsError, errorAnswer } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { LoopbackServer } from '../../../../lib/sandbox/http/loopback-server';
import { Issuer } from '../../../../lib/sandbox/issuer/issuer';
import { Sessions } from '../../../../lib/sandbox/sts/sessions';
import { Sts } from '../../../../lib/sandbox/sts/sts';
import { TokenKeys } from '../../../../lib/sandbox/sts/token-keys';
import { VerifiedTokens } from '../../../../lib/sandbox/sts/verified-tokens';

export const ACCOUNT = 'arn:aws:iam::123456789012:';
export const ROLE = `${ACCOUNT}role/app/tenant-access`;
export const LOGIN = 'https://login.example.com';
export const CLIENT = 'my-client-id';
export const REGION = 'eu-central-1';
/** An identity pool of the account. */
export const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';

/** An IAM OIDC provider of the account. */
export function providerOf(issuer: string, clientIds: readonly string[] = [CLIENT]): EstateProvider {
  return { arn: `${ACCOUNT}oidc-provider/${issuer}`, issuer, clientIds };
}

/** A role that trusts the provider as this package has it, unless told otherwise. */
export function roleOf(issuer: string, changes: Partial<Omit<EstateRole, 'trust'>> & { readonly trust?: object } = {}): EstateRole {
  const {
    trust = trustPolicy({ issuers: [{ identityProviderArn: providerOf(issuer).arn, issuer, audiences: [CLIENT] }] }),
    ...others
  } = changes;
  return {
    arn: ROLE,
    maxSessionDurationSeconds: 7200,
    identity: [],
    tags: {},
    ...others,
    trust: compilePolicy('trust policy', trust, 'trust'),
  };
}

/** A trust policy that takes tokens of login.example.com, with a further statement. */
export function alsoStating(statement: object, actions: string | readonly string[] = 'sts:*'): object {
  const allowed = { Effect: 'Allow', Principal: { Federated: providerOf('login.example.com').arn }, Action: actions };
  return { Version: '2012-10-17', Statement: [allowed, statement] };
}

/** An estate that can be changed. */
export class PlainEstate implements Estate {
  roles: EstateRole[] = [roleOf('login.example.com')];
  known: EstateProvider[] = [providerOf('login.example.com')];
  managed: Readonly<Record<string, object>> = {};

  role(arn: string) {
    return Promise.resolve(this.roles.find((role) => role.arn === arn));
  }

  providers() {
    return Promise.resolve(this.known);
  }

  managedPolicy(arn: string) {
    const document = this.managed[arn];
    return Promise.resolve(document && compilePolicy(arn, document, 'identity'));
  }
}

/** STS with its own issuer, behind HTTP if wanted. */
export class StsFixture {
  readonly estate = new PlainEstate();
  readonly sessions = new Sessions();
  readonly sts: Sts;
  /** Of the latest request. */
  trail = new AuditTrail('sts:POST');
  /** Milliseconds that its clock is ahead. */
  ahead = 0;
  /** Who makes requests over HTTP. */
  caller: Caller = { kind: 'anonymous' };
  #server: LoopbackServer | undefined;

  private constructor(
    readonly issuer: Issuer,
    /** Issuer of all identity pools. */
    readonly poolIssuer: Issuer,
  ) {
    const clock = () => Date.now() + this.ahead;
    const place = { partition: 'aws', account: '123456789012' };
    this.sts = new Sts({
      estate: this.estate,
      pools: new DeclaredPools(place, [{ identityPoolId: POOL, logins: [] }]),
      tokens: new VerifiedTokens(new TokenKeys(issuer, poolIssuer, clock), clock),
      sessions: this.sessions,
      place,
      clock,
    });
  }

  static async create(): Promise<StsFixture> {
    return new StsFixture(
      await Issuer.create({ url: 'http://127.0.0.1:1/_sandbox/issuer' }),
      await Issuer.create({ url: IDENTITY_POOL_ISSUER_URL }),
    );
  }

  /** @returns its endpoint */
  async listen(): Promise<string> {
    this.#server = await LoopbackServer.listen(0, (request) => this.answer(request));
    return `http://127.0.0.1:${this.#server.port}`;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async answer(request: AwsRequest, caller = this.caller): Promise<AwsAnswer> {
    this.trail = new AuditTrail('sts:POST');
    try {
      return await this.sts.handle(request, caller, this.trail, REGION);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, 'query');
      throw error;
    }
  }

  /** Asks by a form, with parameters as they are given. @returns the status and the body */
  async ask(form: Readonly<Record<string, string>> | string, caller = this.caller): Promise<{ status: number; body: string }> {
    const { status, body } = await this.answer(formRequest(form), caller);
    return { status, body: (body as Buffer).toString() };
  }

  /** Asks for a session of the role with a token. */
  async assume(token: string, parameters: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: string }> {
    return this.ask({ ...ASSUME, WebIdentityToken: token, ...parameters });
  }

  async token(options: Parameters<Issuer['token']>[0] = {}): Promise<string> {
    return this.issuer.token({ tenantId: 'acme', issuerUrl: LOGIN, audience: CLIENT, ...options });
  }
}

export const ASSUME = {
  Action: 'AssumeRoleWithWebIdentity',
  Version: '2011-06-15',
  RoleArn: ROLE,
  RoleSessionName: 'user-1',
};

export function formRequest(form: Readonly<Record<string, string>> | string): AwsRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'tests/1' },
    body: Buffer.from(new URLSearchParams(form).toString()),
    fromLoopback: true,
  };
}

/** Code of an error in the query protocol; none of an answer that is no error. */
export function codeIn(body: string): string | undefined {
  return /<Code>(\w+)<\/Code>/.exec(body)?.[1];
}

import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { type ConfigCheck, show } from './config-check';
import {
  checkAudiences,
  type IIdentityProvider,
  IdentityProvider,
  type IdentityProviderConfig,
  issuerProblem,
  providerProblem,
} from './identity-provider';
import { isUserPoolId, issuerOfProviderArn, issuerOfUrl, userPoolIssuer } from './policy/issuer';
import { LIMITS } from './policy/limits';
import { IDENTITY_POOL_ISSUER } from './policy/trust';
import type { ITenantIdentityPool } from './tenant-identity-pool';
import type { TrustedProvider } from './tenant-role';
import type { ITenantUserPool } from './tenant-user-pool';

interface Audience {
  /** Client ids that tokens must be meant for (their `aud` claim), 1-100 of 1-255 characters. Of Cognito the app client's id. */
  readonly audience: string | readonly string[];
}

interface Creation {
  /**
   * Whether to make the IAM OIDC provider. An account holds one an issuer URL; `false` refers to the one that exists, whose client
   * ids must include the audience.
   *
   * @default true
   */
  readonly createIdentityProvider?: boolean;
}

/** Tokens of an existing Cognito user pool. */
export interface CognitoIdentity extends Audience, Creation {
  /** `<region>_<id>`, not an ARN. */
  readonly userPoolId: string;
  /**
   * The issuer as IAM names it, `cognito-idp.<region>.amazonaws.com/<user pool id>`. It follows from the pool's id; given, it must
   * agree.
   *
   * @default - made from `userPoolId`
   */
  readonly identityProviderName?: string;
  /**
   * `true` makes the Lambda function that puts the tenant into the pool's ID tokens, and lets the pool call it. The pool's owner names
   * it as the pool's pre token generation trigger, version V2_0: a pool's triggers are its own settings.
   *
   * @default false - the pool has a trigger of its own
   */
  readonly tokenTrigger?: boolean;
}

/** Tokens of any OIDC issuer. */
export interface OidcIdentity extends Audience, Creation {
  /** The token's `iss` claim: `https://`, a host and perhaps a path, at most 255 characters. */
  readonly issuerUrl: string;
}

/** Tokens of the issuer of an existing IAM OIDC provider. */
export interface ExistingIdentity extends Audience {
  /** `arn:<partition>:iam::<account>:oidc-provider/<issuer>`, or a CDKTF token that gives one. */
  readonly identityProviderArn: string;
}

/** Tokens of a user pool that is made beside. */
export interface UserPoolIdentity {
  /** The pool, best in a stack of its own: its id is known after its apply only, and the trust policy with it. */
  readonly userPool: ITenantUserPool;
}

/** Tokens of a Cognito identity pool, which maps claims of a login to session tags. */
export interface IdentityPoolIdentity {
  /** The pool, best in a stack of its own, as above; or `{ identityPoolId }` of one that exists. */
  readonly identityPool: ITenantIdentityPool;
}

/** Whose tokens name the tenant: one of the ways to say it. */
export type Identity = OneOf<CognitoIdentity | OidcIdentity | ExistingIdentity | UserPoolIdentity | IdentityPoolIdentity>;

/** Whose tokens name the tenant: several issuers, or any one, as `identity`; or one issuer by itself. */
export type IdentityConfig = OneOf<
  CognitoIdentity | OidcIdentity | ExistingIdentity | { readonly identity: Identity | readonly Identity[] }
>;

type KeysOf<Union> = Union extends unknown ? keyof Union : never;
/** One member of a union, and nothing of the others. */
export type OneOf<Union, Every extends PropertyKey = KeysOf<Union>> = Union extends unknown
  ? Union & Readonly<Partial<Record<Exclude<Every, keyof Union>, undefined>>>
  : never;

/** Names of the options of one OIDC issuer. */
const ISSUER_OPTIONS = {
  userPoolId: true,
  identityProviderName: true,
  tokenTrigger: true,
  issuerUrl: true,
  identityProviderArn: true,
  createIdentityProvider: true,
  audience: true,
} as const satisfies Record<KeysOf<CognitoIdentity | OidcIdentity | ExistingIdentity>, true>;

/** Names of the options that make up an `IdentityConfig`. */
export const IDENTITY_OPTIONS = { ...ISSUER_OPTIONS, identity: true } as const satisfies Record<KeysOf<IdentityConfig>, true>;

const WAYS = ['userPoolId', 'issuerUrl', 'identityProviderArn'] as const;
const POOL_OPTIONS = { userPool: true, identityPool: true } as const satisfies Record<
  keyof (UserPoolIdentity & IdentityPoolIdentity),
  true
>;
const ENTRY_WAYS = [...WAYS, ...Object.keys(POOL_OPTIONS)];

/** Identity options as they come in: plain JavaScript and JSON settings know no types. */
type Unchecked = Readonly<Partial<Record<keyof typeof IDENTITY_OPTIONS, unknown>>>;

/** Whether a configuration says anything about identity. */
export function namesIdentity(config: object): boolean {
  return Object.keys(IDENTITY_OPTIONS).some((name) => (config as Record<string, unknown>)[name] !== undefined);
}

/** Checks one entry of `identity` that is no OIDC issuer. */
export type CheckPool = (check: ConfigCheck, entry: Readonly<Record<string, unknown>>) => void;

/**
 * Checks what is said of identity; contradictions come out together.
 *
 * @param checkPool checks an entry with `userPool` or `identityPool`
 */
export function checkIdentity(check: ConfigCheck, config: Unchecked, checkPool: CheckPool = checkPools): ConfigCheck {
  const { identity, ...short } = config;
  if (identity === undefined) return checkIssuer(check, short);
  for (const name of Object.keys(ISSUER_OPTIONS).filter((option) => short[option as keyof typeof short] !== undefined)) {
    check.problem(`'${name}' does not go with 'identity': put it into an entry of that`);
  }
  const entries: readonly unknown[] = Array.isArray(identity) ? identity : [identity];
  if (entries.length === 0) check.problem("'identity' is an empty list: nobody could sign in");
  entries.forEach((entry, index) => {
    const name = Array.isArray(identity) ? `identity[${index}]` : 'identity';
    const given: unknown = entry ?? null;
    if (!check.object(name, given)) return;
    check.part(name, (part) => {
      if ('userPool' in given || 'identityPool' in given) checkPool(part, given);
      else checkIssuer(part.onlyKnown(given, { ...ISSUER_OPTIONS, ...POOL_OPTIONS }), given, ENTRY_WAYS);
    });
  });
  const triggers = entries.filter((entry) => (entry as Unchecked | null)?.tokenTrigger === true);
  if (triggers.length > 1) check.problem("'tokenTrigger' is asked for twice: make one, and name it as the trigger of each pool");
  return checkAlike(check, entries);
}

function checkIssuer(check: ConfigCheck, config: Omit<Unchecked, 'identity'>, ways: readonly string[] = WAYS): ConfigCheck {
  const { userPoolId, identityProviderName, tokenTrigger, issuerUrl, identityProviderArn, createIdentityProvider, audience } =
    config;
  check.atMostOne(config, WAYS);
  if (WAYS.every((name) => config[name] === undefined)) {
    check.problem(`one of ${ways.map((name) => `'${name}'`).join(', ')} is needed to say whose tokens name the tenant`);
  }
  if (audience === undefined) {
    check.problem("'audience' is needed: without it any client of the provider could assume the role");
  } else if (typeof audience !== 'string' && !Array.isArray(audience)) {
    check.problem(`'audience' is ${show(audience)}, allowed is a client id or a list of them`);
  }
  if (userPoolId !== undefined && !Token.isUnresolved(userPoolId)) {
    if (typeof userPoolId !== 'string' || !isUserPoolId(userPoolId)) {
      check.problem(`'userPoolId' is ${show(userPoolId)}, allowed is <region>_<id>, for example 'eu-central-1_a1B2c3D4e'`);
    } else if (identityProviderName !== undefined && identityProviderName !== userPoolIssuer(userPoolId)) {
      check.problem(
        `'identityProviderName' is ${show(identityProviderName)}, but user pool '${userPoolId}' has '${userPoolIssuer(userPoolId)}': leave it out or give that`,
      );
    }
  }
  if (Token.isUnresolved(userPoolId)) {
    check.problem("'userPoolId' must be known at synthesis: give 'issuerUrl' for one that Terraform fills in");
  }
  for (const name of ['identityProviderName', 'tokenTrigger'] as const) {
    if (userPoolId === undefined && config[name] !== undefined) check.problem(`'${name}' goes with 'userPoolId'`);
  }
  check.oneOf('tokenTrigger', tokenTrigger, [true, false]);
  check.oneOf('createIdentityProvider', createIdentityProvider, [true, false]);
  if (typeof audience === 'string' || Array.isArray(audience)) checkAudiences(check, audiencesOf({ audience }));
  if (issuerUrl !== undefined) check.problem(issuerProblem(issuerUrl));
  if (identityProviderArn !== undefined) check.problem(providerProblem(identityProviderArn));
  if (identityProviderArn !== undefined && createIdentityProvider !== undefined) {
    check.problem("'createIdentityProvider' does not go with 'identityProviderArn', which refers to a provider that exists");
  }
  return check;
}

/** Pools as constructs, or `{ identityPoolId }`. */
function checkPools(check: ConfigCheck, entry: Readonly<Record<string, unknown>>): void {
  check.onlyKnown(entry, POOL_OPTIONS).atMostOne(entry, Object.keys(POOL_OPTIONS));
  const { userPool, identityPool } = entry;
  if (check.object('userPool', userPool) && !('issuer' in userPool && 'clientId' in userPool)) {
    check.problem("'userPool' must be a TenantUserPool; of one that exists give 'userPoolId' and 'audience'");
  }
  if (check.object('identityPool', identityPool)) {
    check.needs(
      'identityPool.identityPoolId',
      (identityPool as Partial<ITenantIdentityPool>).identityPoolId,
      LIMITS.identityPoolId,
    );
  }
}

/** One issuer twice is a mistake: IAM holds one provider an issuer URL. With and without a closing slash they are two, but hardly meant. */
function checkAlike(check: ConfigCheck, entries: readonly unknown[]): ConfigCheck {
  const seen = new Map<string, string>();
  for (const issuer of entries.flatMap(issuerIn)) {
    const alike = issuer.replace(/\/$/, '').toLowerCase();
    const earlier = seen.get(alike);
    if (earlier !== undefined) {
      check.problem(
        `'identity' names the issuer '${issuer}' twice${earlier === issuer ? '' : `, once as '${earlier}'`}: give all its audiences in one entry`,
      );
    }
    seen.set(alike, issuer);
  }
  return check;
}

function issuerIn(entry: unknown): string[] {
  const { userPoolId, issuerUrl, identityProviderArn } = (entry ?? {}) as Unchecked;
  const given = [userPoolId, issuerUrl, identityProviderArn].find((value) => value !== undefined);
  if (typeof given !== 'string' || Token.isUnresolved(given)) return [];
  if (given === issuerUrl) return [issuerOfUrl(given)];
  const issuer = given === userPoolId ? isUserPoolId(given) && userPoolIssuer(given) : issuerOfProviderArn(given);
  return typeof issuer === 'string' ? [issuer] : [];
}

/** The client ids as a list, which may be a Terraform expression as a whole. */
export function audiencesOf({ audience }: Audience): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience;
}

/** The entries of a configuration: one, or several. It was checked before. */
export function identitiesOf(config: IdentityConfig): readonly Identity[] {
  if (config.identity === undefined) return [config];
  return Array.isArray(config.identity) ? (config.identity as readonly Identity[]) : [config.identity as Identity];
}

/** Makes the identity provider of an entry, or refers to it. The configuration was checked before. */
export function trustedProvider(
  scope: Construct,
  id: string,
  identity: Identity,
  options: Pick<IdentityProviderConfig, 'tags' | 'logicalId'>,
): TrustedProvider {
  if (identity.identityPool !== undefined) {
    return { identityProvider: IDENTITY_POOLS, audiences: [identity.identityPool.identityPoolId] };
  }
  const made = (issuerUrl: string, audiences: readonly string[]) =>
    new IdentityProvider(scope, id, { issuerUrl, audiences, ...options });
  if (identity.userPool !== undefined) {
    const audiences = [identity.userPool.clientId];
    return { identityProvider: made(`https://${identity.userPool.issuer}`, audiences), audiences };
  }
  const audiences = audiencesOf(identity);
  if (identity.identityProviderArn !== undefined) {
    return { identityProvider: IdentityProvider.fromArn(scope, identity.identityProviderArn), audiences };
  }
  const issuerUrl = identity.userPoolId === undefined ? identity.issuerUrl : `https://${userPoolIssuer(identity.userPoolId)}`;
  if (identity.createIdentityProvider === false) {
    return { identityProvider: IdentityProvider.fromIssuerUrl(scope, issuerUrl), audiences };
  }
  return { identityProvider: made(issuerUrl, audiences), audiences };
}

/** IAM knows the issuer of all identity pools; there is nothing to make. */
const IDENTITY_POOLS: IIdentityProvider = { identityProviderArn: IDENTITY_POOL_ISSUER, issuer: IDENTITY_POOL_ISSUER };

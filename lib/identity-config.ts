import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { ConfigCheck, show } from './config-check';
import {
  checkAudiences,
  type IIdentityProvider,
  IdentityProvider,
  type IdentityProviderConfig,
  issuerProblem,
  providerProblem,
} from './identity-provider';
import { isUserPoolId, userPoolIssuer } from './policy/issuer';

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
  readonly issuerUrl?: undefined;
  readonly identityProviderArn?: undefined;
}

/** Tokens of any OIDC issuer. */
export interface OidcIdentity extends Audience, Creation {
  /** The token's `iss` claim: `https://`, a host and perhaps a path, at most 255 characters. */
  readonly issuerUrl: string;
  readonly userPoolId?: undefined;
  readonly identityProviderName?: undefined;
  readonly identityProviderArn?: undefined;
}

/** Tokens of the issuer of an existing IAM OIDC provider. */
export interface ExistingIdentity extends Audience {
  /** `arn:<partition>:iam::<account>:oidc-provider/<issuer>`, or a CDKTF token that gives one. */
  readonly identityProviderArn: string;
  readonly userPoolId?: undefined;
  readonly identityProviderName?: undefined;
  readonly issuerUrl?: undefined;
  readonly createIdentityProvider?: undefined;
}

/** Whose tokens name the tenant: one of three ways to say it. */
export type IdentityConfig = CognitoIdentity | OidcIdentity | ExistingIdentity;

/** Names of the options that make up an `IdentityConfig`. */
export const IDENTITY_OPTIONS = {
  userPoolId: true,
  identityProviderName: true,
  issuerUrl: true,
  identityProviderArn: true,
  createIdentityProvider: true,
  audience: true,
} as const satisfies Record<keyof CognitoIdentity | keyof OidcIdentity | keyof ExistingIdentity, true>;

const WAYS = ['userPoolId', 'issuerUrl', 'identityProviderArn'] as const;

/** Identity options as they come in: plain JavaScript and JSON settings know no types. */
type Unchecked = Readonly<Partial<Record<keyof typeof IDENTITY_OPTIONS, unknown>>>;

/** Whether a configuration says anything about identity. */
export function namesIdentity(config: object): boolean {
  return Object.keys(IDENTITY_OPTIONS).some((name) => (config as Record<string, unknown>)[name] !== undefined);
}

/** Checks what is said of identity; contradictions come out together. */
export function checkIdentity(check: ConfigCheck, config: Unchecked): ConfigCheck {
  const { userPoolId, identityProviderName, issuerUrl, identityProviderArn, createIdentityProvider, audience } = config;
  check.atMostOne(config, WAYS);
  if (WAYS.every((name) => config[name] === undefined)) {
    check.problem(`one of ${WAYS.map((name) => `'${name}'`).join(', ')} is needed to say whose tokens name the tenant`);
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
  if (userPoolId === undefined && identityProviderName !== undefined) {
    check.problem("'identityProviderName' goes with 'userPoolId'");
  }
  check.oneOf('createIdentityProvider', createIdentityProvider, [true, false]);
  if (typeof audience === 'string' || Array.isArray(audience)) checkAudiences(check, audiencesOf({ audience }));
  if (issuerUrl !== undefined) check.problem(issuerProblem(issuerUrl));
  if (identityProviderArn !== undefined) check.problem(providerProblem(identityProviderArn));
  if (identityProviderArn !== undefined && createIdentityProvider !== undefined) {
    check.problem("'createIdentityProvider' does not go with 'identityProviderArn', which refers to a provider that exists");
  }
  return check;
}

/** The client ids as a list, which may be a Terraform expression as a whole. */
export function audiencesOf({ audience }: Audience): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience;
}

/** Makes the identity provider, or refers to it. The configuration was checked before. */
export function identityProviderOf(
  scope: Construct,
  config: IdentityConfig,
  options: Pick<IdentityProviderConfig, 'tags' | 'logicalId'>,
): IIdentityProvider {
  if (config.identityProviderArn !== undefined) return IdentityProvider.fromArn(scope, config.identityProviderArn);
  const issuerUrl = config.userPoolId === undefined ? config.issuerUrl : `https://${userPoolIssuer(config.userPoolId)}`;
  if (config.createIdentityProvider === false) return IdentityProvider.fromIssuerUrl(scope, issuerUrl);
  return new IdentityProvider(scope, 'identity_provider', { issuerUrl, audiences: audiencesOf(config), ...options });
}

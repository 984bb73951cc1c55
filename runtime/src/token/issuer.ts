import { quote } from '../errors';

/** Whose tokens are taken. With an issuer, tokens are verified here before STS is asked. */
export interface TokenIssuerConfig {
  /**
   * The `iss` of the tokens, exactly: an https URL with an OpenID configuration under `/.well-known/`. Give it or `userPoolId`.
   * Plain http is taken for this machine's own addresses only.
   *
   * @default - unknown: signature, issuer and audience are verified by STS alone
   * @see https://openid.net/specs/openid-connect-discovery-1_0.html
   */
  readonly issuerUrl?: string;
  /**
   * Id of the Amazon Cognito user pool that issues the tokens, for example `eu-central-1_a1B2c3D4e`.
   *
   * @default - none
   */
  readonly userPoolId?: string;
  /**
   * The `aud` of the tokens, one or several of which any is taken: the client ids that the trust policy names. Required with an issuer.
   *
   * @default - none
   */
  readonly audience?: string | readonly string[];
  /**
   * `null` leaves the verification to STS although the issuer is known: a forged token then costs a call to STS, which refuses it.
   *
   * @default - tokens are verified where an issuer is given
   */
  readonly tokenVerification?: null;
}

export interface CheckedIssuer {
  readonly url: string;
  /** Where the keys are, if that is known without asking the issuer. */
  readonly jwksUri: string | undefined;
  readonly audience: readonly [string, ...string[]];
}

const USER_POOL_ID = /^([a-z]{2,}(?:-[a-z]+)+-\d+)_[A-Za-z0-9]{1,55}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The issuer to verify tokens of; none if it is unknown, or left to STS. What is wrong is added to the problems. */
export function checkIssuer(config: TokenIssuerConfig, problems: string[]): CheckedIssuer | undefined {
  const { issuerUrl, userPoolId, tokenVerification } = config;
  const audience = toList(config.audience);
  if (tokenVerification !== undefined && (tokenVerification as unknown) !== null) {
    problems.push(`'tokenVerification' is ${quote(tokenVerification)}, allowed is null, or nothing: tokens are then verified`);
  }
  if (issuerUrl === undefined && userPoolId === undefined) {
    if (config.audience !== undefined) problems.push("'audience' needs an issuer: give 'issuerUrl' or 'userPoolId' too");
    return undefined;
  }
  if (issuerUrl !== undefined && userPoolId !== undefined) {
    problems.push("'issuerUrl' and 'userPoolId' exclude each other, give one");
  }
  if (issuerUrl !== undefined && !isIssuerUrl(issuerUrl)) {
    problems.push(`'issuerUrl' is ${quote(issuerUrl)}, allowed is an https URL without query and fragment`);
  }
  const poolRegion = typeof userPoolId === 'string' ? USER_POOL_ID.exec(userPoolId)?.[1] : undefined;
  if (userPoolId !== undefined && poolRegion === undefined) {
    problems.push(`'userPoolId' is ${quote(userPoolId)}, allowed is <region>_<id>`);
  }
  const [first, ...others] = audience.filter((each): each is string => typeof each === 'string' && each !== '');
  if (first === undefined || others.length + 1 !== audience.length) {
    problems.push("'audience' must name at least one client id, with an issuer: the token of any other client would be taken");
    return undefined;
  }
  if (tokenVerification === null) return undefined;
  const url = poolRegion === undefined ? (issuerUrl ?? '') : userPoolIssuer(poolRegion, userPoolId ?? '');
  return {
    url,
    jwksUri: poolRegion === undefined ? undefined : `${url}/.well-known/jwks.json`,
    audience: [first, ...others],
  };
}

/** Whether a URL may be asked: https, or http on this machine. */
export function isTrustworthyUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  return (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) && username === '' && password === '';
}

/** Whether an issuer may name a URL for its keys. One elsewhere does not make this machine ask its own ports. */
export function mayPublishKeysAt(issuerUrl: string, jwksUri: unknown): jwksUri is string {
  return isTrustworthyUrl(jwksUri) && (new URL(jwksUri).protocol === 'https:' || new URL(issuerUrl).protocol === 'http:');
}

function isIssuerUrl(value: unknown): boolean {
  return isTrustworthyUrl(value) && !/[?#\s]/.test(value);
}

/** @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html */
function userPoolIssuer(region: string, userPoolId: string): string {
  return `https://cognito-idp.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/${userPoolId}`;
}

function toList(audience: unknown): readonly unknown[] {
  if (audience === undefined) return [];
  return Array.isArray(audience) ? audience : [audience];
}

import { quote } from '../errors';

/** An issuer whose tokens are taken, and for whom they must be. */
export interface TokenIssuer {
  /**
   * The `iss` of the tokens, exactly: an https URL with an OpenID configuration under `/.well-known/`. Give it or `userPoolId`.
   * Plain http is taken for this machine's own addresses only.
   *
   * @default - none
   * @see https://openid.net/specs/openid-connect-discovery-1_0.html
   */
  readonly issuerUrl?: string;
  /**
   * Id of the Amazon Cognito user pool that issues the tokens, for example `eu-central-1_a1B2c3D4e`.
   *
   * @default - none
   */
  readonly userPoolId?: string;
  /** The `aud` of this issuer's tokens, one or several of which any is taken: the client ids that the trust policy names. */
  readonly audience: string | readonly string[];
}

/** Whose tokens are taken. With an issuer, tokens are verified here before STS is asked; without, by STS alone. */
export interface TokenIssuerConfig extends Partial<TokenIssuer> {
  /**
   * Several issuers, in place of the three options for one. A token is verified by the issuer that its `iss` names, with that issuer's
   * audience alone.
   *
   * @default - the one of `issuerUrl` or `userPoolId`, if any
   */
  readonly issuers?: readonly TokenIssuer[];
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

const ISSUER_OPTIONS: Readonly<Record<keyof TokenIssuer, true>> = { issuerUrl: true, userPoolId: true, audience: true };
const USER_POOL_ID = /^([a-z]{2,}(?:-[a-z]+)+-\d+)_[A-Za-z0-9]{1,55}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The issuers whose tokens are taken, none if they are unknown. What is wrong is added to the problems. */
export function checkIssuers(config: TokenIssuerConfig, problems: string[]): readonly CheckedIssuer[] {
  const { issuers, issuerUrl, userPoolId, audience, tokenVerification } = config;
  if (tokenVerification !== undefined && (tokenVerification as unknown) !== null) {
    problems.push(`'tokenVerification' is ${quote(tokenVerification)}, allowed is null, or nothing: tokens are then verified`);
  }
  if (issuers !== undefined) {
    if ((issuerUrl ?? userPoolId ?? audience) !== undefined) {
      problems.push("'issuers' excludes 'issuerUrl', 'userPoolId' and 'audience': name each issuer in the list");
    }
    return checkList(issuers, problems);
  }
  if (issuerUrl === undefined && userPoolId === undefined) {
    if (audience !== undefined) problems.push("'audience' needs an issuer: give 'issuerUrl' or 'userPoolId' too");
    return [];
  }
  const issuer = checkIssuer(config, '', problems);
  return issuer === undefined ? [] : [issuer];
}

function checkList(given: unknown, problems: string[]): CheckedIssuer[] {
  if (!Array.isArray(given) || given.length === 0) {
    problems.push(`'issuers' is ${Array.isArray(given) ? 'empty' : quote(given)}, allowed is a list of at least one issuer`);
    return [];
  }
  const places = new Map<string, string>();
  return (given as unknown[]).flatMap((each, index) => {
    const place = `issuers[${index}]`;
    const issuer = checkListed(each, place, problems);
    if (issuer === undefined) return [];
    const first = places.get(withoutSlash(issuer.url));
    if (first !== undefined) {
      problems.push(`'${first}' and '${place}' are the same issuer, ${issuer.url}: name all its client ids in one 'audience'`);
    }
    places.set(withoutSlash(issuer.url), place);
    return [issuer];
  });
}

function checkListed(given: unknown, place: string, problems: string[]): CheckedIssuer | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push(`'${place}' is ${quote(given)}, allowed is an object with 'issuerUrl' or 'userPoolId', and 'audience'`);
    return undefined;
  }
  const issuer = Object.assign(Object.create(null) as Partial<TokenIssuer>, given);
  for (const name of Object.keys(issuer)) {
    if (!Object.hasOwn(ISSUER_OPTIONS, name)) {
      problems.push(`unknown option ${quote(`${place}.${name}`)}, known are ${Object.keys(ISSUER_OPTIONS).join(', ')}`);
    }
  }
  if (issuer.issuerUrl === undefined && issuer.userPoolId === undefined) {
    problems.push(`'${place}' names no issuer: give 'issuerUrl' or 'userPoolId'`);
    return undefined;
  }
  return checkIssuer(issuer, `${place}.`, problems);
}

function checkIssuer(config: Partial<TokenIssuer>, where: string, problems: string[]): CheckedIssuer | undefined {
  const { issuerUrl, userPoolId } = config;
  const audience = toList(config.audience);
  const before = problems.length;
  if (issuerUrl !== undefined && userPoolId !== undefined) {
    problems.push(`'${where}issuerUrl' and '${where}userPoolId' exclude each other, give one`);
  }
  if (issuerUrl !== undefined && !isIssuerUrl(issuerUrl)) {
    problems.push(`'${where}issuerUrl' is ${quote(issuerUrl)}, allowed is an https URL without query and fragment`);
  }
  const poolRegion = typeof userPoolId === 'string' ? USER_POOL_ID.exec(userPoolId)?.[1] : undefined;
  if (userPoolId !== undefined && poolRegion === undefined) {
    problems.push(`'${where}userPoolId' is ${quote(userPoolId)}, allowed is <region>_<id>`);
  }
  const [first, ...others] = audience.filter((each): each is string => typeof each === 'string' && each !== '');
  if (first === undefined || others.length + 1 !== audience.length) {
    problems.push(
      `'${where}audience' must name at least one client id, with an issuer: the token of any other client would be taken`,
    );
    return undefined;
  }
  if (problems.length > before) return undefined;
  const url = poolRegion === undefined ? (issuerUrl ?? '') : userPoolIssuer(poolRegion, userPoolId ?? '');
  return {
    url,
    jwksUri: poolRegion === undefined ? undefined : `${url}/.well-known/jwks.json`,
    audience: [first, ...others],
  };
}

/** Whether two names of issuers are those of one, but for a slash at the end: a slip, as issuers are compared exactly. */
export function differBySlash(one: unknown, other: string): boolean {
  return typeof one === 'string' && one !== other && withoutSlash(one) === withoutSlash(other);
}

/** The issuer's URL, host in lower case, without a slash at its end. */
function withoutSlash(url: string): string {
  return (URL.canParse(url) ? new URL(url).href : url).replace(/\/$/, '');
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

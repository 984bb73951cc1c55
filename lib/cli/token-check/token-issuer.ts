import { issuerUrlProblem } from '../../policy/issuer';
import { isLoopback } from '../../sandbox/http/loopback';
import { type Claims, type Finding, listOf, note, ok, shown, unchecked, wrong } from './finding';

/** Whose token it must be, and for whom. */
export interface IssuerExpectations {
  /** `iss` as the settings have it, exactly. @default - any that IAM takes */
  readonly issuerUrl?: string;
  /** Client ids of which the trust policy takes any. @default - not looked at */
  readonly audiences: readonly string[];
}

/** Whether the token is of the issuer that is meant, and whether that can be an OIDC provider of IAM. */
export function issuerFinding({ iss }: Claims, { issuerUrl }: IssuerExpectations): Finding {
  if (typeof iss !== 'string' || iss === '') {
    return wrong('issuer', "claim 'iss' is missing", 'take a token of an OpenID Connect issuer');
  }
  if (issuerUrl !== undefined && iss !== issuerUrl) {
    return wrong('issuer', `it is ${shown(iss)}, not ${shown(issuerUrl)}`, mendOf(iss, issuerUrl));
  }
  if (isOnThisMachine(iss)) {
    // AWS would not ask it. Whoever names such an issuer means the sandbox.
    return issuerUrl === undefined
      ? wrong('issuer', `${shown(iss)} is on this machine, which AWS cannot ask`, `for a sandbox say so: --issuer ${iss}`)
      : ok('issuer', `${shown(iss)}: for a sandbox, AWS cannot ask it`);
  }
  const problem = issuerUrlProblem(iss);
  if (problem !== undefined) {
    return wrong('issuer', `${shown(iss)} cannot be a provider: ${problem}`, 'have the issuer use another URL');
  }
  return issuerUrl === undefined
    ? unchecked('issuer', `${shown(iss)}; whether the role trusts it was not looked at`, '--issuer URL or --user-pool ID')
    : ok('issuer', shown(iss));
}

function mendOf(iss: string, issuerUrl: string): string {
  if (iss.replace(/\/$/, '') === issuerUrl.replace(/\/$/, '')) {
    return `they differ in the closing slash, which counts: set issuerUrl to ${shown(iss)}`;
  }
  if (iss.toLowerCase() === issuerUrl.toLowerCase()) return `they differ in case, which counts: set issuerUrl to ${shown(iss)}`;
  if (iss.startsWith(issuerUrl) || issuerUrl.startsWith(iss)) {
    return 'they differ in the path: one of them is the issuer of other tokens of the same provider (realm, authorization server, version)';
  }
  return 'take a token of that issuer, or add this one to the settings: identity takes several';
}

function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:' && isLoopback(new URL(url).hostname);
}

/**
 * Whether the token is meant for one of the client ids. STS takes the party it was issued to (`azp`) where the token says it, else the
 * only audience.
 */
export function audienceFinding(claims: Claims, { audiences }: IssuerExpectations): Finding {
  const { azp, client_id: clientId } = claims;
  const given = listOf(claims['aud']) ?? [];
  if (given.length === 0) {
    const isAccessToken = claims['token_use'] === 'access' || clientId !== undefined;
    const mend = isAccessToken
      ? 'send the ID token: an access token is meant for an API'
      : 'take an ID token, which names its client there';
    return wrong('audience', "claim 'aud' is missing, or no string", mend);
  }
  if (azp !== undefined && typeof azp !== 'string') return wrong('audience', "claim 'azp' is no string", 'have the issuer mend it');
  if (azp === undefined && given.length > 1) {
    return wrong(
      'audience',
      `it has ${given.length} audiences and no 'azp' that says which counts`,
      'have the token name one client',
    );
  }
  const counts = azp ?? given[0] ?? '';
  const says =
    azp === undefined || given.includes(azp) ? shown(counts) : `${shown(azp)}, by claim 'azp', which counts before 'aud'`;
  if (audiences.length === 0) return unchecked('audience', `${says}; whether the role takes it was not looked at`, '--audience ID');
  if (audiences.includes(counts)) return ok('audience', says);
  const mend = given.some((each) => audiences.includes(each))
    ? `set audience to ${shown(counts)} too: of a token with 'azp' AWS compares that`
    : 'take a token of that client, or add this one to audience';
  return wrong('audience', `${says}, not ${audiences.map(shown).join(' or ')}`, mend);
}

/** Whether it is an ID token, where the token says what it is. */
export function useFinding({ token_use: use, typ }: Claims): Finding | undefined {
  if (use !== undefined && use !== 'id') {
    return wrong('use', `its token_use is ${shown(use)}`, 'of Amazon Cognito send the ID token, not the access token');
  }
  if (typeof typ === 'string' && !['id', 'jwt'].includes(typ.toLowerCase())) {
    return note('use', `its claim 'typ' is ${shown(typ)}: of Keycloak that is no ID token, which is the one to send`);
  }
  return undefined;
}

/** Claims that STS requires, or refuses in another form, beside those that have a check of their own. */
export function standardClaimsFinding({ sub, amr, ...others }: Claims): Finding | undefined {
  if (typeof sub !== 'string') return wrong('subject', "claim 'sub' is missing, or no string", 'have the issuer name the user');
  if (amr !== undefined && listOf(amr) === undefined) {
    return wrong('amr', "claim 'amr' is no list of strings", 'have the issuer mend it');
  }
  if (others[SOURCE_IDENTITY_CLAIM] !== undefined) {
    const mend = 'have the issuer leave it out: the trust policy made here does not allow sts:SetSourceIdentity';
    return wrong('source-identity', `it has the claim ${SOURCE_IDENTITY_CLAIM}`, mend);
  }
  return undefined;
}

const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';

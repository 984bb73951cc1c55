/** A Cognito user pool id: `<region>_<id>`, for example `eu-central-1_a1B2c3D4e`. */
const USER_POOL_ID = /^([a-z]{2,}(?:-[a-z]+)+-\d+)_[A-Za-z0-9]+$/;

/** An IAM OIDC provider, with the issuer it stands for. */
const OIDC_PROVIDER_ARN =
  /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:\/[A-Za-z0-9._~%+/-]*)?)$/;

const USER_POOL_ARN = /^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool\/(\S+)$/;

/** A host name and perhaps a path. */
const ISSUER_URL = /^https:\/\/[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:\/[A-Za-z0-9._~%+/-]*)?$/;

/** IAM's limit for the URL of an OIDC provider, in characters. */
const MAX_ISSUER_URL_LENGTH = 255;

export function isUserPoolId(value: string): boolean {
  return USER_POOL_ID.test(value);
}

/** The region of a user pool, which its id begins with; undefined if it is no such id. */
export function regionOfUserPool(userPoolId: string): string | undefined {
  return USER_POOL_ID.exec(userPoolId)?.[1];
}

/**
 * The issuer of a Cognito user pool's tokens, without `https://`: `cognito-idp.<region>.amazonaws.com/<pool id>`. In the China
 * regions the host ends in `.amazonaws.com.cn`.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
export function userPoolIssuer(userPoolId: string): string {
  const region = regionOfUserPool(userPoolId) ?? '';
  return `cognito-idp.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/${userPoolId}`;
}

/** The issuer, as it stands in condition keys, of an IAM OIDC provider's ARN; undefined if it is no such ARN. */
export function issuerOfProviderArn(arn: string): string | undefined {
  return OIDC_PROVIDER_ARN.exec(arn)?.[1];
}

/** What is wrong with the ARN of an OIDC provider; undefined if nothing is. */
export function providerArnProblem(arn: string): string | undefined {
  if (issuerOfProviderArn(arn) !== undefined) return undefined;
  const pool = USER_POOL_ARN.exec(arn)?.[1];
  if (pool !== undefined) {
    return `it names a Cognito user pool, which no role can trust: give userPoolId '${pool}', or the ARN of its IAM OIDC provider, arn:<partition>:iam::<account>:oidc-provider/${userPoolIssuer(pool)}`;
  }
  return 'allowed is arn:<partition>:iam::<account>:oidc-provider/<issuer without https://>';
}

/**
 * What is wrong with an issuer URL; undefined if nothing is. IAM takes `https` only, a host and perhaps a path, no port, no query.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 */
export function issuerUrlProblem(url: string): string | undefined {
  const example = "as in 'https://login.example.com'";
  if (url.length > MAX_ISSUER_URL_LENGTH) return `IAM takes at most ${MAX_ISSUER_URL_LENGTH} characters`;
  if (!URL.canParse(url)) return `it is no URL: give the token's 'iss' claim, ${example}`;
  const { protocol, search, hash, username, password } = new URL(url);
  if (protocol !== 'https:') return `IAM takes an issuer over https:// only, ${example}`;
  if (username !== '' || password !== '') return `a user name or password does not belong into an issuer, ${example}`;
  if (search !== '' || hash !== '' || /[?#]/.test(url)) return `a query or fragment does not belong into an issuer, ${example}`;
  if (/^https:\/\/[^/]*:/.test(url)) return `IAM takes no port in an issuer, ${example}`;
  if (!ISSUER_URL.test(url)) {
    return `it must be 'https://', a host and perhaps a path of letters, digits and . _ ~ % + - /, ${example}`;
  }
  return undefined;
}

/** The issuer as it stands in condition keys and ARNs: the URL without `https://`. */
export function issuerOfUrl(url: string): string {
  return url.replace(/^https:\/\//, '');
}

import { IDENTITY_POOL_ISSUER_URL, type IdentityPools } from '../cognito-identity/identity-pool';
import { identityPoolProvider } from '../cognito-identity/identity-pool-provider';
import type { Estate, EstateProvider } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import { isIssuerOf, type VerifiedTokens } from './verified-tokens';
import { audienceOf, type WebIdentityClaims, webIdentityClaims } from './web-identity-claims';

/** A token that holds, and the provider that vouches for it. */
export interface WebIdentity extends WebIdentityClaims {
  readonly provider: EstateProvider;
}

/** Tells who a token speaks of. */
export class WebIdentities {
  constructor(
    private readonly estate: Estate,
    private readonly pools: IdentityPools,
    private readonly tokens: VerifiedTokens,
  ) {}

  /**
   * Verifies a token, and reads what it asks for: its issuer must be a provider of the role's account, or that of all identity pools and
   * its audience a pool of the sandbox.
   *
   * @param accountArn beginning of the ARNs of the role's account: `arn:<partition>:iam::<account>:`
   * @throws AwsError `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`, `ValidationError`. None repeats the token.
   */
  async identify(token: string, accountArn: string): Promise<WebIdentity> {
    const { provider, claims } = await this.tokens.verify(token, async (iss, unverified) => {
      // Whatever IAM has of that name, it is not asked.
      if (iss === IDENTITY_POOL_ISSUER_URL) return identityPoolProvider(await this.pools.find(audienceOf(unverified).audience));
      const found = (await this.estate.providers()).find((each) => vouches(each, accountArn, iss));
      if (found !== undefined) return found;
      throw new AwsError('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${iss.slice(0, 255)}`);
    });
    return { provider, ...webIdentityClaims(claims) };
  }
}

function vouches({ arn, issuer }: EstateProvider, accountArn: string, iss: string): boolean {
  return arn.startsWith(`${accountArn}oidc-provider/`) && isIssuerOf(issuer, iss);
}

import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { AwsEnvironment } from './aws-environment';
import { assertConfig, ConfigCheck, show } from './config-check';
import { withLogicalId } from './logical-id';
import { issuerOfProviderArn, issuerOfUrl, issuerUrlProblem, providerArnProblem } from './policy/issuer';
import { LIMITS, MAX_AUDIENCES } from './policy/limits';

/** An IAM OIDC provider, made here or referred to. */
export interface IIdentityProvider {
  /** Known when Terraform plans. */
  readonly identityProviderArn: string;
  /** The issuer as it stands in condition keys: its URL without `https://`. */
  readonly issuer: string;
  /** The resource, if it is made here. */
  readonly resource?: IamOpenidConnectProvider;
}

/** Configuration of `IdentityProvider`. */
export interface IdentityProviderConfig {
  /**
   * The issuer: the token's `iss` claim, `https://` with a host and perhaps a path, at most 255 characters. A closing slash belongs to
   * it: to add or drop one replaces the provider, for all roles of the account that trust it.
   */
  readonly issuerUrl: string;
  /** Client ids the tokens are meant for, 1-100 of 1-255 characters. */
  readonly audiences: readonly string[];
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the resource.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

/**
 * Makes AWS trust an OIDC issuer. An account holds one provider an issuer URL: where it exists already, use `fromArn` or
 * `fromIssuerUrl`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export class IdentityProvider extends Construct implements IIdentityProvider {
  readonly identityProviderArn: string;
  readonly issuer: string;
  readonly resource: IamOpenidConnectProvider;

  /**
   * Refers to an existing provider by its ARN, which may be a Terraform variable.
   *
   * @throws MultiTenantIamError `config.invalid`, for a user pool's ARN in particular
   */
  static fromArn(scope: Construct, identityProviderArn: string): IIdentityProvider {
    if (Token.isUnresolved(identityProviderArn)) {
      return { identityProviderArn, issuer: Fn.element(Fn.split(':oidc-provider/', identityProviderArn), 1) as string };
    }
    new ConfigCheck(scope).problem(providerProblem(identityProviderArn)).orThrow();
    return { identityProviderArn, issuer: issuerOfProviderArn(identityProviderArn) ?? '' };
  }

  /**
   * Refers to the provider of this account for an issuer URL.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  static fromIssuerUrl(scope: Construct, issuerUrl: string): IIdentityProvider {
    new ConfigCheck(scope).problem(issuerProblem(issuerUrl)).orThrow();
    const issuer = issuerOf(issuerUrl);
    return { identityProviderArn: AwsEnvironment.of(scope).iamArn(`oidc-provider/${issuer}`), issuer };
  }

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: IdentityProviderConfig) {
    super(scope, id);
    assertConfig(this, config);
    const { issuerUrl, audiences, tags, logicalId } = config;
    checkAudiences(new ConfigCheck(this).problem(issuerProblem(issuerUrl)), audiences).orThrow();

    this.issuer = issuerOf(issuerUrl);
    this.identityProviderArn = AwsEnvironment.of(this).iamArn(`oidc-provider/${this.issuer}`);
    this.resource = withLogicalId(
      new IamOpenidConnectProvider(this, 'Resource', { url: issuerUrl, clientIdList: [...audiences], tags }),
      logicalId,
    );
  }
}

/** Checks client ids against IAM's limits: at least one, or any client of the provider could assume the role. */
export function checkAudiences(check: ConfigCheck, given: unknown): ConfigCheck {
  if (Token.isUnresolved(given)) return check;
  const audiences = check.list('audience', given);
  if (audiences.length < 1 || audiences.length > MAX_AUDIENCES) {
    check.problem(
      `'audience' names ${audiences.length} client ids, allowed are 1-${MAX_AUDIENCES}: without one any client of the provider could assume the role`,
    );
  }
  for (const audience of audiences) check.fits('audience', audience, LIMITS.audience);
  if (new Set(audiences).size !== audiences.length) check.problem("'audience' names a client id twice");
  return check;
}

/** What is wrong with an issuer URL, for a message; one that Terraform fills in is not judged. */
export function issuerProblem(issuerUrl: unknown): string | undefined {
  if (Token.isUnresolved(issuerUrl)) return undefined;
  if (issuerUrl === undefined) return "'issuerUrl' is needed: the token's 'iss' claim";
  const wrong = typeof issuerUrl === 'string' ? issuerUrlProblem(issuerUrl) : 'it must be a string';
  return wrong && `'issuerUrl' is ${show(issuerUrl)}: ${wrong}`;
}

/** What is wrong with the ARN of a provider, for a message; one that Terraform fills in is not judged. */
export function providerProblem(identityProviderArn: unknown): string | undefined {
  if (Token.isUnresolved(identityProviderArn)) return undefined;
  const wrong = typeof identityProviderArn === 'string' ? providerArnProblem(identityProviderArn) : 'it must be a string';
  return wrong && `'identityProviderArn' is ${show(identityProviderArn)}: ${wrong}`;
}

function issuerOf(issuerUrl: string): string {
  const isWhole = Token.isUnresolved(issuerUrl) && !issuerUrl.startsWith('https://');
  return isWhole ? Fn.trimprefix(issuerUrl, 'https://') : issuerOfUrl(issuerUrl);
}

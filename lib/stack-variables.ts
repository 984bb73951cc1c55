/**
 * Terraform variables for what a stack's configuration leaves open, so that `--var`, `TF_VAR_...` and `.tfvars` files fill it in
 * without touching code. Each function makes its variable; the checks are those of the configuration, in Terraform's words.
 */
import { Fn, Op, TerraformVariable, Token, type TerraformStack } from 'cdktf';

/** `region`: null, the provider takes the region of its environment. */
export function regionVariable(stack: TerraformStack): string {
  return stringVariable(stack, 'region', {
    description:
      "AWS region of table and bucket, for example eu-central-1. By default the region of the AWS provider's environment.",
    default: null,
    allowed: '^[a-z]{2,}(-[a-z]+)+-[0-9]+$',
    errorMessage: 'region must be an AWS region such as eu-central-1.',
  });
}

/** `name_prefix` */
export function namePrefixVariable(stack: TerraformStack, defaultValue: string): string {
  return stringVariable(stack, 'name_prefix', {
    description: 'Begins the names of all resources.',
    default: defaultValue,
    allowed: '^[a-z][a-z0-9-]{0,26}[a-z0-9]$',
    errorMessage: 'name_prefix must have 2-28 characters of a-z 0-9 -, begin with a letter and not end with -.',
  });
}

/** `tags`: the keys of the session tags are refused, as a tag of the role would give its value to sessions that bring none. */
export function tagsVariable(stack: TerraformStack, sessionTags: readonly string[]): Record<string, string> {
  const taken = sessionTags.join(' and ');
  const variable = new TerraformVariable(stack, 'tags', {
    description: `Tags of all resources. Not ${taken}: as a tag of the role it would give its value to sessions that bring none.`,
    type: 'map(string)',
    default: {},
  });
  variable.addOverride('nullable', false);
  // A tag key holds no comma, so the joined list keeps the keys apart.
  const keys = Fn.split(',', Fn.lower(Fn.join(',', Fn.keys(variable.value) as string[])));
  for (const key of sessionTags) {
    variable.addValidation({
      condition: Op.not(Fn.contains(keys, key.toLowerCase())),
      errorMessage: `tags must not contain ${key}, which is a session tag.`,
    });
  }
  return variable.value as Record<string, string>;
}

/** `identity_provider_arn` */
export function identityProviderArnVariable(stack: TerraformStack): string {
  return stringVariable(stack, 'identity_provider_arn', {
    description:
      'ARN of the IAM OIDC provider whose tokens name the tenant: arn:<partition>:iam::<account>:oidc-provider/<issuer without https://>.',
    allowed: '^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[^ *?]+$',
    errorMessage:
      'identity_provider_arn must be the ARN of an IAM OIDC provider, arn:<partition>:iam::<account>:oidc-provider/<issuer>; a Cognito user pool ARN is none.',
  });
}

/** `audience`: one client id, or several separated by commas, as a command line takes them. */
export function audienceVariable(stack: TerraformStack): string[] {
  const value = stringVariable(stack, 'audience', {
    description:
      'Client id that tokens must be meant for (their aud claim); several separated by commas. Of Cognito the app client id.',
    allowed: '^[^ ,*?]{1,255}(,[^ ,*?]{1,255})*$',
    errorMessage: 'audience must be a client id of 1-255 characters without spaces and wildcards, or several separated by commas.',
  });
  return Fn.split(',', value);
}

interface StringVariable {
  readonly description: string;
  /** Left out, a value must be given; `null`, it may be left out and is null then. */
  readonly default?: string | null;
  /** RE2 pattern of the values that are allowed. */
  readonly allowed: string;
  readonly errorMessage: string;
}

function stringVariable(stack: TerraformStack, name: string, config: StringVariable): string {
  const optional = config.default === null;
  const variable = new TerraformVariable(stack, name, { description: config.description, type: 'string' });
  // As overrides, because CDKTF's HCL output drops whatever is null, false or empty, and its JSON output fails on null.
  if (config.default !== undefined) variable.addOverride('default', config.default);
  variable.addOverride('nullable', optional);
  const matches = Fn.can(Fn.regex(config.allowed, variable.stringValue));
  variable.addValidation({
    condition: optional ? Op.or(Op.eq(variable.value, Token.nullValue()), matches) : matches,
    errorMessage: config.errorMessage,
  });
  return variable.stringValue;
}

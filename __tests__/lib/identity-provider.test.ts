import { TerraformVariable } from 'cdktf';
import { ConfigCheck } from '../../lib/config-check';
import { checkAudiences, IdentityProvider } from '../../lib/identity-provider';
import { addressesOf, awsStack, onlyResource, refusalOf, synthesise, writtenAs } from '../support/synthesis';

const URL = 'https://login.example.com/realm';
const ARN_START =
  'arn:${data.aws_partition.multi_tenant_iam.partition}:iam::${data.aws_caller_identity.multi_tenant_iam.account_id}:';
const NUMBERED = (count: number) => Array.from({ length: count }, (_, number) => `client-${number}`);

describe('IdentityProvider', () => {
  it('makes AWS trust the issuer for the audiences', () => {
    const stack = awsStack();
    new IdentityProvider(stack, 'login', { issuerUrl: URL, audiences: ['web', 'mobile'], tags: { team: 'a' } });
    expect(onlyResource(synthesise(stack), 'aws_iam_openid_connect_provider')).toEqual({
      url: URL,
      client_id_list: ['web', 'mobile'],
      tags: { team: 'a' },
    });
  });

  it('has an ARN that is known at plan, and the issuer without https://', () => {
    const stack = awsStack();
    const { identityProviderArn, issuer } = new IdentityProvider(stack, 'login', { issuerUrl: URL, audiences: ['web'] });
    expect(issuer).toBe('login.example.com/realm');
    expect(writtenAs(stack, identityProviderArn)).toBe(`${ARN_START}oidc-provider/login.example.com/realm`);
  });

  it('takes a fixed Terraform name', () => {
    const stack = awsStack();
    new IdentityProvider(stack, 'login', { issuerUrl: URL, audiences: ['web'], logicalId: 'tenants' });
    expect(addressesOf(synthesise(stack))).toContain('aws_iam_openid_connect_provider.tenants');
  });

  it('takes an issuer that Terraform fills in', () => {
    const stack = awsStack();
    const issuerUrl = new TerraformVariable(stack, 'issuer', {}).stringValue;
    const { issuer } = new IdentityProvider(stack, 'login', { issuerUrl, audiences: ['web'] });
    expect(writtenAs(stack, issuer)).toBe('${trimprefix(var.issuer, "https://")}');
  });

  it('fails with issuer and audience in one error', () => {
    const error = refusalOf(
      () => new IdentityProvider(awsStack(), 'login', { issuerUrl: 'http://login.example.com', audiences: ['a b', 'a*'] }),
    );
    expect(error.code).toBe('config.invalid');
    expect(error.message).toMatch(/^stack\/login: 'issuerUrl' is "http:\/\/login\.example\.com": IAM takes an issuer over https/);
    expect(error.message).toContain(`'audience' is "a b", allowed is a client id of 1-255 characters`);
    expect(error.message).toContain(`'audience' is "a*"`);
  });

  it('fails without an issuer', () => {
    const error = refusalOf(() => new IdentityProvider(awsStack(), 'login', { audiences: ['web'] } as never));
    expect(error.message).toContain("'issuerUrl' is needed: the token's 'iss' claim");
  });
});

describe('IdentityProvider.fromArn', () => {
  it('refers to a provider and makes none', () => {
    const stack = awsStack();
    const arn = 'arn:aws:iam::123456789012:oidc-provider/login.example.com/realm';
    expect(IdentityProvider.fromArn(stack, arn)).toEqual({ identityProviderArn: arn, issuer: 'login.example.com/realm' });
    expect(synthesise(stack).resource).toEqual({});
  });

  it('reads the issuer of an ARN that Terraform fills in', () => {
    const stack = awsStack();
    const arn = new TerraformVariable(stack, 'arn', {}).stringValue;
    const { identityProviderArn, issuer } = IdentityProvider.fromArn(stack, arn);
    expect([identityProviderArn, issuer].map((value) => writtenAs(stack, value))).toEqual([
      '${var.arn}',
      '${element(split(":oidc-provider/", var.arn), 1)}',
    ]);
  });

  it.each([
    {
      name: "a user pool's ARN",
      arn: 'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a1B2',
      mend: "give userPoolId 'eu-central-1_a1B2'",
    },
    {
      name: "a role's ARN",
      arn: 'arn:aws:iam::123456789012:role/x',
      mend: 'allowed is arn:<partition>:iam::<account>:oidc-provider/',
    },
    { name: 'no ARN', arn: 'login.example.com', mend: 'allowed is arn:<partition>:iam::<account>:oidc-provider/' },
  ])('fails for $name', ({ arn, mend }) => {
    const error = refusalOf(() => IdentityProvider.fromArn(awsStack(), arn));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain(`stack: 'identityProviderArn' is "${arn}": `);
    expect(error.message).toContain(mend);
  });
});

describe('IdentityProvider.fromIssuerUrl', () => {
  it("refers to this account's provider and makes none", () => {
    const stack = awsStack();
    const { identityProviderArn, issuer, resource } = IdentityProvider.fromIssuerUrl(stack, URL);
    expect([issuer, resource]).toEqual(['login.example.com/realm', undefined]);
    expect(writtenAs(stack, identityProviderArn)).toBe(`${ARN_START}oidc-provider/login.example.com/realm`);
    expect(synthesise(stack).resource).toEqual({});
  });

  it('fails for an issuer that IAM does not take', () => {
    const error = refusalOf(() => IdentityProvider.fromIssuerUrl(awsStack(), `${URL}?a=b`));
    expect(error.message).toContain(`stack: 'issuerUrl' is "${URL}?a=b": a query or fragment does not belong into an issuer`);
  });
});

describe('checkAudiences', () => {
  const check = (audiences: readonly string[]) => {
    checkAudiences(new ConfigCheck(awsStack()), audiences).orThrow();
  };

  it.each([
    { name: '1 client id', audiences: ['web'] },
    { name: '100 client ids', audiences: NUMBERED(100) },
    { name: '255 characters', audiences: ['x'.repeat(255)] },
  ])('accepts $name', ({ audiences }) => {
    expect(() => {
      check(audiences);
    }).not.toThrow();
  });

  it('accepts client ids that Terraform fills in', () => {
    const variable = new TerraformVariable(awsStack(), 'audience', {});
    expect(() => {
      check(variable.listValue);
      check([variable.stringValue, 'web']);
    }).not.toThrow();
  });

  it.each([
    { name: 'no client id', audiences: [], problem: "'audience' names 0 client ids, allowed are 1-100: without one any client" },
    { name: '101 client ids', audiences: NUMBERED(101), problem: "'audience' names 101 client ids, allowed are 1-100" },
    { name: 'an empty client id', audiences: [''], problem: `'audience' is "", allowed is a client id of 1-255 characters` },
    { name: '256 characters', audiences: ['x'.repeat(256)], problem: 'allowed is a client id of 1-255 characters' },
    { name: 'a client id twice', audiences: ['web', 'web'], problem: "'audience' names a client id twice" },
  ])('fails for $name', ({ audiences, problem }) => {
    const error = refusalOf(() => {
      check(audiences);
    });
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain(problem);
  });
});

import { IDENTITY_POOL_ISSUER } from '../../policy/trust';
import type { Survey } from './gather';
import { textOf } from './instances';
import { isObject, own } from '../plan/review-input';

/** Identity providers that the estate itself makes: ARNs of IAM OIDC providers, and the host of identity pools. */
export function gatherIdentityProviders({ instances, where }: Survey): string[] {
  const providers = instances.of('aws_iam_openid_connect_provider').flatMap((provider) => {
    const [url, account] = [textOf(provider, 'url'), where.accountOf(provider)];
    const made = url && account && `arn:${where.partition}:iam::${account}:oidc-provider/${url.replace(/^https:\/\//, '')}`;
    return textOf(provider, 'arn') ?? made ?? [];
  });
  const pools = instances.of('aws_cognito_identity_pool').length > 0 ? [IDENTITY_POOL_ISSUER] : [];
  return [...providers, ...pools];
}

/** Claims that identity pools make session tags of, by the tag's key. */
export function gatherMappedClaims({ instances }: Survey): Record<string, string[]> {
  const mapped = new Map<string, string[]>();
  for (const { values } of instances.of('aws_cognito_identity_pool_provider_principal_tag')) {
    const tags = own(values, 'principal_tags');
    for (const [key, claim] of isObject(tags) ? Object.entries(tags) : []) {
      if (typeof claim === 'string') mapped.set(key, [...(mapped.get(key) ?? []), claim]);
    }
  }
  return Object.fromEntries(mapped);
}

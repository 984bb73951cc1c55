import {
  JwkValidationError,
  JwksValidationError,
  JwtInvalidSignatureError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import { PublishedKeys, PublishedKeysError } from '../../sandbox/sts/published-keys';
import { type Finding, ok, shown, unknown, wrong } from './finding';
import type { TokenParts } from './token-parts';

/**
 * Verifies the signature with the keys that the issuer publishes: its OpenID configuration is fetched, then the keys that this names;
 * over https, or http on this machine.
 *
 * @param issuerUrl which the user named. What a token names is not asked: anybody can write one.
 */
export async function signatureFinding({ token, claims }: TokenParts, issuerUrl: string): Promise<Finding> {
  const see = `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
  if (claims['iss'] !== issuerUrl) {
    return unknown('signature', `not verified, as the token is not of ${shown(issuerUrl)}`, 'see the issuer');
  }
  const cache = new SimpleJwksCache({ fetcher: new PublishedKeys() });
  try {
    // The rest has checks of its own, with a mend each.
    const settings = { issuer: issuerUrl, audience: null, graceSeconds: Infinity };
    await verifyJwt(token, issuerUrl, settings, (_uri, jwt) => cache.getJwk(issuerUrl, jwt));
    return ok('signature', `verified with the keys that ${see} names`);
  } catch (error) {
    if (error instanceof PublishedKeysError) {
      const says = `the keys of the issuer cannot be had: ${error.message.replace(/\.$/, '')}`;
      return error.mayPass
        ? unknown('signature', says, `try again, or see to ${see}; AWS must be able to read it too`)
        : wrong('signature', says, `see to ${see}: its 'issuer' must be ${shown(issuerUrl)}, its 'jwks_uri' public`);
    }
    return refused(error, see);
  }
}

/** The library's own messages may quote the token, so none is repeated. */
function refused(error: unknown, see: string): Finding {
  if (error instanceof JwksValidationError || error instanceof JwkValidationError) {
    return wrong(
      'signature',
      'what the issuer publishes as its keys is no JSON Web Key Set for signatures',
      `see to 'jwks_uri' in ${see}`,
    );
  }
  if (error instanceof KidNotFoundInJwksError || error instanceof WaitPeriodNotYetEndedJwkError) {
    return wrong(
      'signature',
      'its key is none that the issuer publishes',
      'get a new token; if keys were rotated, publish before signing',
    );
  }
  if (error instanceof JwtInvalidSignatureError) {
    return wrong(
      'signature',
      'it is not that of its issuer',
      'somebody else made or changed the token: get one from the issuer itself',
    );
  }
  return wrong('signature', "its key or algorithm does not fit the issuer's", "see to 'kty' and 'alg' of the key");
}

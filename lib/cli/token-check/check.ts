import { type Claims, type Finding, note, ok, wrong } from './finding';
import { audienceFinding, issuerFinding, type IssuerExpectations, standardClaimsFinding, useFinding } from './token-issuer';
import { type TokenParts, tokenParts } from './token-parts';
import { tagFindings, type TokenTags } from './token-tags';
import { permissionsFinding, rolesFinding, tenantFinding } from './token-tenant';
import { timeFinding } from './token-times';

/** What a token is held against: the settings of the stack that is to take it. */
export interface TokenExpectations extends IssuerExpectations {
  /** Key of the tenant's session tag. */
  readonly tenantTag: string;
  /** Key of the session tag that carries role or permissions. */
  readonly permissionsTag: string;
  /** Claim that an identity pool maps to the tenant's tag. @default - the token carries the tags itself */
  readonly tenantClaim?: string;
  /** Claim that an identity pool maps to the permissions' tag. @default - none is mapped */
  readonly permissionsClaim?: string;
  /** ARN of the role that the token must list. @default - it need not list any */
  readonly roleArn?: string;
}

/**
 * Holds a token against what STS, and the trust policy made by this project, will look at. Pure: the signature is another matter.
 *
 * @param given the token, perhaps with white space around it
 */
export function tokenFindings(
  given: string,
  expectations: TokenExpectations,
  now: Date,
): { readonly parts?: TokenParts; readonly findings: readonly Finding[] } {
  const { parts, findings } = tokenParts(given);
  if (parts === undefined) return { findings };
  const { claims } = parts;
  const { tenantTag, permissionsTag, tenantClaim } = expectations;
  const { read, findings: tags } =
    tenantClaim === undefined ? tagFindings(claims, [tenantTag, permissionsTag]) : mappedTags(claims, tenantClaim, expectations);
  const all = [
    ...findings,
    issuerFinding(claims, expectations),
    audienceFinding(claims, expectations),
    useFinding(claims),
    timeFinding(claims, now),
    standardClaimsFinding(claims),
    ...tags,
    ...(read === undefined ? [] : [tenantFinding(read, tenantTag), permissionsFinding(read, permissionsTag)]),
    rolesFinding(claims, expectations.roleArn),
  ];
  return { parts, findings: all.filter((each) => each !== undefined) };
}

/** Tags that an identity pool makes of claims; claims for STS it does not look at. */
function mappedTags(
  claims: Claims,
  tenantClaim: string,
  { tenantTag, permissionsTag, permissionsClaim }: TokenExpectations,
): { readonly read?: TokenTags; readonly findings: readonly Finding[] } {
  const mapping: [string, string][] = [[tenantClaim, tenantTag]];
  if (permissionsClaim !== undefined) mapping.push([permissionsClaim, permissionsTag]);
  const tags: [string, string][] = [];
  for (const [claim, key] of mapping) {
    const value = claims[claim];
    if (typeof value === 'string') {
      tags.push([key, value]);
    } else if (value !== undefined) {
      return { findings: [wrong('tags', `claim '${claim}' is no string`, 'have the issuer make it one string')] };
    }
  }
  if (tags.every(([key]) => key !== tenantTag)) {
    return {
      findings: [wrong('tags', `there is no claim '${tenantClaim}'`, 'give the user that attribute, and let the client read it')],
    };
  }
  const made = mapping.map(([claim, key]) => `'${key}' of claim '${claim}'`).join(', ');
  return {
    read: { tags, transitiveKeys: [] },
    findings: [
      ok('tags', `made by the identity pool: ${made}`),
      note('role', 'the identity pool must have this mapping, and the role'),
    ],
  };
}

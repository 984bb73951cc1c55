/**
 * The session tags that a pool makes of a token's claims. A claim becomes a tag if it is one string that is not empty, or a list of one
 * such string; of all else, and of a claim that is missing, comes no tag. AWS does not say what becomes of numbers, booleans and longer
 * lists: here nothing does, so that a session has a tag too few and never one that nobody meant.
 *
 * @param mapping claims by key of the tag
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html
 */
export function principalTags(
  mapping: Readonly<Record<string, string>>,
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([key, claim]) => {
      const value = Object.hasOwn(claims, claim) ? onlyOne(claims[claim]) : undefined;
      return typeof value === 'string' && value !== '' ? [[key, value]] : [];
    }),
  );
}

function onlyOne(claim: unknown): unknown {
  return Array.isArray(claim) && claim.length === 1 ? claim[0] : claim;
}

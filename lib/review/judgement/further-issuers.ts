import { issuerOfProviderArn } from '../../policy/issuer';
import { IDENTITY_POOL_ISSUER } from '../../policy/trust';
import type { Estate, PolicyFact, RoleFact } from '../estate/estate';
import { statementsOf, type StatementFact } from './statements';
import { allowsWebIdentity } from './web-identity';

/** A role at one moment. */
interface Trusting {
  readonly role: RoleFact;
  readonly estate: Estate;
}

/**
 * Identity providers beside the first that a role is meant to trust. Each could name any tenant, so one counts only if its statements ask
 * for all that the first one's do, the audience by its own name, and
 *
 * - the role trusted it before already: a change that lets another issuer in is told until somebody says that it is meant;
 * - the estate makes it, or the whole estate is what a configuration has just made: then whoever wrote that has said so.
 *
 * @param main ARN of the first
 * @param synthesised whether the estate is a stack as its configuration makes it
 */
export function furtherIssuers([is, was]: readonly [Trusting, ...Trusting[]], main: string, synthesised: boolean): string[] {
  const wanted = guardsOf(is.role.trust, main);
  const made = new Set(is.estate.identityProviders ?? []);
  return providersOf(is.role.trust).filter((provider) => {
    if (provider === main || !(synthesised || made.has(provider))) return false;
    const before = was === undefined || providersOf(was.role.trust).includes(provider);
    return before && sameGuards(guardsOf(is.role.trust, provider), wanted, provider, main);
  });
}

function providersOf(trust: PolicyFact): string[] {
  const found = statementsOf([trust])
    .filter(allowsWebIdentity)
    .flatMap(({ principals }) => principals.flatMap(({ kind, value }) => (kind === 'Federated' ? [value] : [])));
  return [...new Set(found)];
}

/** What each statement that lets a provider in asks of its tokens, one text a condition, the issuer's name and its audiences left out. */
function guardsOf(trust: PolicyFact, provider: string): string[][] {
  return statementsOf([trust])
    .filter((statement) => allowsWebIdentity(statement) && statement.principals.some(({ value }) => value === provider))
    .map((statement) => conditionsOf(statement, issuerOfProviderArn(provider) ?? provider));
}

function conditionsOf({ conditions }: StatementFact, issuer: string): string[] {
  return conditions
    .map(({ operator, key, values }) => {
      const own = key.toLowerCase().startsWith(`${issuer.toLowerCase()}:`) ? `{issuer}${key.slice(issuer.length)}` : key;
      return `${operator} ${own.toLowerCase()} ${/:aud$/i.test(own) ? '' : [...values].sort().join()}`.trim();
    })
    .sort();
}

const AUDIENCE = 'StringEquals {issuer}:aud';
const SIGNED_IN = 'ForAnyValue:StringEquals {issuer}:amr authenticated';
const PINNED = 'Bool sts:roleauthorizedbyidp true';

/** Identity pools say how somebody signed in, and never list roles. */
function sameGuards(these: readonly string[][], wanted: readonly string[][], provider: string, main: string): boolean {
  const [first] = wanted;
  if (first === undefined || these.length === 0) return false;
  const common = (guards: readonly string[]) => guards.filter((guard) => guard !== SIGNED_IN && guard !== PINNED).join('\n');
  return these.every((guards) => {
    if (!guards.includes(AUDIENCE) || common(guards) !== common(first)) return false;
    if (provider === IDENTITY_POOL_ISSUER) return guards.includes(SIGNED_IN);
    return main === IDENTITY_POOL_ISSUER || guards.includes(PINNED) === first.includes(PINNED);
  });
}

import type { Decision, Leak, OwnResult } from '../../isolation';
import { exitCodeOf, type Review, type RoleReview } from '../judgement/verdict';
import { tenantOf } from './wording';

/** A review for programs. The shape is stable within a `schemaVersion`; fields may be added. */
export function jsonReport(review: Review, label: string): object {
  const { kind, isolation, destroyed, roles, guards, chosen, unknown, notJudged, others } = review;
  return {
    schemaVersion: 1,
    label,
    kind,
    isolation,
    exitCode: exitCodeOf(review),
    destroyed,
    roles: roles.map(roleJson),
    guardsVanished: guards,
    chosen,
    unknown,
    notJudged,
    otherChanges: others,
  };
}

function roleJson(role: RoleReview): object {
  const { address, subject, attacks, own, lost } = role;
  return {
    address,
    roleArn: subject.roleArn,
    tenant: tenantOf(role),
    identityProvider: subject.identityProvider,
    ...(subject.otherTokens.length > 0 && {
      furtherIdentityProviders: [...new Set(subject.otherTokens.map(({ provider }) => provider))].filter(
        (provider) => provider !== subject.identityProvider,
      ),
    }),
    ...(subject.permissions && { permissions: { tagKey: subject.permissions.tagKey, roles: subject.permissions.roles } }),
    tables: subject.tables.map(({ arn, keys }) => ({ arn, keys })),
    buckets: subject.buckets.map(({ arn, prefixes }) => ({ arn, prefixes })),
    attacks: {
      tried: attacks.tried,
      denied: attacks.denied,
      groups: attacks.groups,
      leaks: attacks.leaks.map((leak) => leakJson(leak, isSensitive(role))),
    },
    own: own.map(ownJson),
    lost: lost.map(ownJson),
  };
}

/** Whether a policy of the role may not be shown; conditions of requests are made to fit policies, so they tell of them. */
function isSensitive({ policies: { trust, identity, boundary, resources } }: RoleReview): boolean {
  return [trust, ...identity, ...(boundary ? [boundary] : []), ...resources.values()].some(({ statements }) =>
    statements.some(({ reference }) => reference.sensitive === true),
  );
}

function leakJson({ group, effect, count, before, withAllLocks, witness, decision }: Leak, sensitive: boolean): object {
  return {
    group,
    effect,
    count,
    before: before ?? null,
    withAllLocks,
    witness: {
      session: witness.session?.name ?? null,
      requests: witness.requests.map(({ principal, action, resource, context }) => ({
        principal,
        action,
        resource,
        ...(!sensitive && { context }),
      })),
    },
    decision: shown(decision),
  };
}

/** Without what a sensitive policy says. */
function shown({ effect, reason, statement, because }: Decision): object {
  if (statement?.sensitive === true) return { effect, reason, statement: { policy: statement.policy } };
  return { effect, reason, statement, because };
}

function ownJson({ name, on, effect, decision }: OwnResult): object {
  return { name, on, effect, decision: shown(decision) };
}

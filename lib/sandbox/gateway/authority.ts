import type { AuditCheck } from '../audit/audit-record';
import type { AuditTrail } from '../audit/audit-trail';
import { checkOf, type Verdict } from '../audit/verdict';
import { reasonOf } from '../audit/wording';
import type { Caller } from '../caller';
import type { ContextEntries } from '../../isolation';
import type { Protocol } from '../http/aws-error';
import type { Operation, Permission } from '../operation';
import { accessDenied, unmapped } from './access-denied';
import type { Authoriser } from './authoriser';

/** Checks of one request that go into the audit log: so many that allowed something, and so many that did not. */
const MOST_CHECKS = 25;

/** What the caller of one request may do, and the trail of all that was asked. */
export class Authority {
  constructor(
    private readonly authoriser: Authoriser,
    readonly caller: Caller,
    private readonly trail: AuditTrail,
    private readonly protocol: Protocol,
    /** Condition keys of the request, whatever the service. */
    private readonly circumstances: ContextEntries,
  ) {}

  /**
   * All that the operation needs must be allowed. The administrator is asked nothing.
   *
   * @throws AwsError that the service answers to who may not
   */
  async demand({ name, permissions }: Operation): Promise<void> {
    this.trail.operation = name;
    this.#about(permissions);
    if (this.caller.kind === 'administrator') {
      this.trail.decision = 'allow';
      return;
    }
    this.trail.decision = 'deny';
    if (permissions.length === 0) {
      this.trail.reason = `${name} is denied, as the sandbox does not know which permissions it needs`;
      throw unmapped(name, this.protocol);
    }
    for (const permission of permissions) {
      const verdict = await this.#ask(this.caller, permission);
      if (verdict.decision.effect !== 'allow') throw accessDenied(verdict, this.protocol);
    }
    this.trail.decision = 'allow';
  }

  /** Whether one permission is allowed. */
  async allows(permission: Permission): Promise<boolean> {
    if (this.caller.kind === 'administrator') return true;
    const { decision } = await this.#ask(this.caller, permission);
    return decision.effect === 'allow';
  }

  #about(permissions: readonly Permission[]): void {
    const resources = new Set(this.trail.resources);
    for (const { resource } of permissions) if (resources.size < MOST_CHECKS) resources.add(resource);
    this.trail.resources = [...resources];
  }

  /** Of the many that a request for a thousand objects needs only the first are kept: the log must not grow with what is asked. */
  #record(check: AuditCheck): void {
    const alike = this.trail.checks.filter(({ effect }) => (effect === 'allow') === (check.effect === 'allow'));
    if (alike.length < MOST_CHECKS) this.trail.checks.push(check);
  }

  async #ask(caller: Exclude<Caller, { kind: 'administrator' }>, permission: Permission): Promise<Verdict> {
    const verdict = await this.authoriser.decide(caller, permission, this.circumstances);
    const check = checkOf(verdict);
    this.#record(check);
    if (check.effect !== 'allow' || this.trail.reason === undefined) this.trail.reason = reasonOf(check);
    return verdict;
  }
}

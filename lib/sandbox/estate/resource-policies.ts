import { randomUUID } from 'node:crypto';
import { type CompiledPolicy, compilePolicy, problemOf } from '../../isolation';

/** A policy on a table or bucket, as it was given. */
export interface ResourcePolicy {
  /** JSON, as it was given. */
  readonly text: string;
  readonly compiled: CompiledPolicy;
  /** Changes with each change of the policy. */
  readonly revisionId: string;
}

/**
 * The policies of tables and buckets, by ARN. The sandbox keeps them itself, as the stores behind it have none, or enforce them in a way
 * of their own.
 */
export class ResourcePolicies {
  readonly #policies = new Map<string, ResourcePolicy>();

  get(arn: string): ResourcePolicy | undefined {
    return this.#policies.get(arn);
  }

  /**
   * @param name for people
   * @throws SyntaxError if it is no JSON, RangeError if it is no policy; the message says why
   */
  set(arn: string, text: string, name = `the policy of ${arn}`): ResourcePolicy {
    const compiled = compilePolicy(name, JSON.parse(text), 'resource');
    const problem = problemOf(compiled);
    if (problem !== undefined) throw new RangeError(problem);
    const policy = { text, compiled, revisionId: randomUUID() };
    this.#policies.set(arn, policy);
    return policy;
  }

  delete(arn: string): boolean {
    return this.#policies.delete(arn);
  }
}

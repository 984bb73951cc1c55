import type { CompiledPolicy } from '../../isolation';
import type { Estate, EstateProvider, EstateRole } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { Store } from '../http/aws-request';
import { readManagedPolicy } from './deployed-policies';
import { readProviders } from './deployed-providers';
import { readRole } from './deployed-role';
import { KeptAnswers } from './kept-answers';
import { ifThere, QueryApi } from './query-api';

/**
 * What IAM of an upstream holds, for example what Terraform has put there. Answers are kept for a few seconds, or until `forget`.
 *
 * Every method fails with AwsError ServiceUnavailable, status 503, if anything cannot be read: no role ever comes with fewer policies
 * than it has.
 */
export class UpstreamEstate implements Estate {
  readonly #roles: KeptAnswers<EstateRole | undefined>;
  readonly #policies: KeptAnswers<CompiledPolicy | undefined>;
  readonly #providers: KeptAnswers<readonly EstateProvider[]>;
  readonly #accounts: KeptAnswers<string>;

  /** @param now a clock that never goes back, in milliseconds; another one only for tests */
  constructor(store: Store, now: () => number = () => performance.now()) {
    const iam = new QueryApi(store, 'iam');
    const sts = new QueryApi(store, 'sts');
    this.#roles = new KeptAnswers((arn) => readRole(iam, arn), now);
    this.#policies = new KeptAnswers((arn) => ifThere(readManagedPolicy(iam, arn)), now);
    this.#providers = new KeptAnswers(() => readProviders(iam), now);
    this.#accounts = new KeptAnswers(() => readAccount(sts), now);
  }

  async role(arn: string): Promise<EstateRole | undefined> {
    return this.#roles.get(arn);
  }

  async providers(): Promise<readonly EstateProvider[]> {
    return this.#providers.get('all');
  }

  async managedPolicy(arn: string): Promise<CompiledPolicy | undefined> {
    return this.#policies.get(arn);
  }

  /** The account that the upstream serves: twelve digits. */
  async account(): Promise<string> {
    return this.#accounts.get('own');
  }

  /** To be called when a request that changes IAM has gone through, whatever came of it. */
  forget(): void {
    for (const kept of [this.#roles, this.#policies, this.#providers, this.#accounts]) kept.clear();
  }
}

async function readAccount(sts: QueryApi): Promise<string> {
  const account = (await sts.call('GetCallerIdentity')).text('Account');
  if (/^\d{12}$/.test(account)) return account;
  throw new AwsError(
    'ServiceUnavailable',
    'The upstream did not answer sts:GetCallerIdentity with an account of twelve digits.',
    503,
  );
}

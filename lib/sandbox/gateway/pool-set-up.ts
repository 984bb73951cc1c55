import { jsonAnswer } from '../cognito-identity/json-answer';
import { poolSettingCall } from '../cognito-identity/pool-setting-calls';
import type { PoolSettings } from '../cognito-identity/pool-settings';
import { type JsonObject, readJson } from '../dynamodb/json-body';
import type { AwsAnswer } from '../http/aws-request';
import { boundedBody } from '../upstream/bounded-body';
import type { ServiceRequest } from './gateway';
import type { OtherService } from './other-services';

/** Calls whose answers describe one pool. */
const DESCRIBING = ['CreateIdentityPool', 'DescribeIdentityPool', 'UpdateIdentityPool'];

/**
 * Sets up pools of an upstream, for the administrator alone. The upstream makes and describes them; what servers such as moto do not keep
 * is kept here: roles, mappings of claims to tags, and whether a pool allows the classic flow, which is added to descriptions without it.
 */
export class PoolSetUp {
  constructor(
    private readonly upstream: OtherService,
    private readonly settings: PoolSettings,
    /** Told when pools may have changed. */
    private readonly onChange: () => void,
  ) {}

  /** @throws AwsError */
  async serve(operation: string, asked: ServiceRequest): Promise<AwsAnswer> {
    const kept = poolSettingCall(operation, asked.request.body, this.settings);
    if (kept !== undefined) {
      asked.trail.decision = 'allow';
      return kept;
    }
    try {
      const answer = await this.upstream.serve(asked);
      return DESCRIBING.includes(operation) && answer.status === 200 ? await this.#described(operation, asked, answer) : answer;
    } finally {
      // Also of a request that was not answered: it may have been carried out.
      if (!operation.startsWith('Describe')) this.onChange();
    }
  }

  async #described(operation: string, { request }: ServiceRequest, answer: AwsAnswer): Promise<AwsAnswer> {
    const pool = readJson(await boundedBody(answer));
    const { IdentityPoolId: id, AllowClassicFlow: known } = pool;
    if (typeof id !== 'string') return jsonAnswer(pool);
    const asked: JsonObject = operation === 'DescribeIdentityPool' ? {} : readJson(request.body);
    const wanted = known ?? asked['AllowClassicFlow'];
    if (typeof wanted === 'boolean') this.settings.classicFlows.set(id, wanted);
    return jsonAnswer({ ...pool, AllowClassicFlow: this.settings.classicFlows.get(id) ?? false });
  }
}

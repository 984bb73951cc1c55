import { AwsError, type Protocol } from '../http/aws-error';
import type { AwsAnswer, Store } from '../http/aws-request';
import type { Service, ServiceRequest } from './gateway';

/**
 * A service that the sandbox does not know: IAM first of all. The administrator's requests go to the upstream, so that Terraform can
 * deploy there; a session's are denied, whatever its policies say.
 */
export class OtherService implements Service {
  constructor(
    private readonly name: string,
    readonly protocol: Protocol,
    private readonly upstream: Store | undefined,
    /** Told of each request that was passed on. */
    private readonly onDone: (request: ServiceRequest['request']) => void = () => undefined,
  ) {}

  async serve({ request, place, authority, trail }: ServiceRequest): Promise<AwsAnswer> {
    await authority.demand({ name: `${this.name}:${actionOf(request)}`, permissions: [] });
    if (this.upstream === undefined) {
      trail.decision = 'error';
      throw new AwsError(
        'NotImplemented',
        `The sandbox has no ${this.name} of its own: start it with --upstream URL of a server that has, moto for example`,
        501,
      );
    }
    try {
      return await this.upstream.handle(request, { service: this.name, region: place.region });
    } finally {
      // Also of a request that was not answered: it may have been carried out.
      this.onDone(request);
    }
  }
}

/**
 * What a request calls itself: `CreateRole` in the query protocol, what its target names in JSON, else its method. What no action is called
 * is not repeated, as it may be of any length.
 */
export function actionOf({ headers, query, body, method }: ServiceRequest['request']): string {
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ? body.toString('latin1') : query;
  const named = /(?:^|&)Action=([^&]*)/.exec(form)?.[1] ?? headers['x-amz-target']?.split('.').at(-1) ?? method;
  return /^\w{1,128}$/.test(named) ? named : 'Unknown';
}

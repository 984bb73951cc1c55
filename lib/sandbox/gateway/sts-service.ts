import type { AwsAnswer } from '../http/aws-request';
import type { Sts } from '../sts/sts';
import type { Service, ServiceRequest } from './gateway';

/** STS decides by itself: about tokens, not by what the caller is allowed. */
export class StsService implements Service {
  readonly protocol = 'query';

  constructor(private readonly sts: Sts) {}

  async serve({ request, place, authority, trail }: ServiceRequest): Promise<AwsAnswer> {
    const answer = await this.sts.handle(request, authority.caller, trail, place.region);
    trail.decision = 'allow';
    return answer;
  }
}

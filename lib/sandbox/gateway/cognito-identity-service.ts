import { type CognitoIdentity, PUBLIC_OPERATIONS } from '../cognito-identity/cognito-identity';
import type { AwsAnswer } from '../http/aws-request';
import { missingAuthentication } from '../signature/authenticate';
import type { Service, ServiceRequest } from './gateway';
import { actionOf, type OtherService } from './other-services';
import type { PoolSetUp } from './pool-set-up';

/** Beginning of the targets of Cognito Identity. */
export const COGNITO_IDENTITY_TARGET = 'AWSCognitoIdentityService.';

/**
 * Cognito Identity. What gives identities, tokens and credentials is for everybody, signed or not, as on AWS. All else is the
 * administrator's.
 */
export class CognitoIdentityService implements Service {
  readonly protocol = 'json-1.1';

  constructor(
    private readonly identity: CognitoIdentity,
    /** Refuses who is not the administrator. */
    private readonly others: OtherService,
    /** @default - there is no upstream whose pools could be set up */
    private readonly setUp?: PoolSetUp,
  ) {}

  async serve(asked: ServiceRequest): Promise<AwsAnswer> {
    const { request, place, authority, trail } = asked;
    const action = actionOf(request);
    const isTarget = request.method === 'POST' && request.headers['x-amz-target'] === `${COGNITO_IDENTITY_TARGET}${action}`;
    const isPublic = isTarget ? PUBLIC_OPERATIONS.find((each) => each === action) : undefined;
    if (isPublic !== undefined) return this.identity.handle(isPublic, request, trail, place.region);
    const { kind } = authority.caller;
    if (kind === 'anonymous') {
      trail.decision = 'deny';
      throw missingAuthentication(this.protocol);
    }
    return isTarget && kind === 'administrator' && this.setUp !== undefined
      ? this.setUp.serve(action, asked)
      : this.others.serve(asked);
  }
}

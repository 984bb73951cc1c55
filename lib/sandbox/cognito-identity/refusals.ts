import { AwsError } from '../http/aws-error';

/** Codes of requests that never come to a decision. */
const UNDECIDED = ['ExternalServiceException', 'SerializationException', 'ServiceUnavailable', 'ValidationException'];

/** Whether an error is a refusal, and not a request that cannot be read or a server that is gone. */
export function isRefusal({ code }: AwsError): boolean {
  return !UNDECIDED.includes(code);
}

/** @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html#API_GetId_Errors */
export function notAuthorized(message: string): AwsError {
  return new AwsError('NotAuthorizedException', message);
}

export function notFound(what: 'Identity' | 'IdentityPool', id: string): AwsError {
  return new AwsError('ResourceNotFoundException', `${what} '${id}' not found.`);
}

/** The classic flow is not for this pool. */
export function noClassicFlow(why: 'enabled' | 'supported with RoleMappings'): AwsError {
  return new AwsError('InvalidParameterException', `Basic (classic) flow is not ${why}, please use enhanced flow.`);
}

/** The pool has no role, or STS does not begin a session of it. */
export function wrongRole(): AwsError {
  return new AwsError(
    'InvalidIdentityPoolConfigurationException',
    'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
  );
}

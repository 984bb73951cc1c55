import { type AccessRequest, type ContextEntries, RequestContext } from '../../isolation';
import { circumstancesOf } from '../circumstances';
import type { EstateRole } from '../estate/estate';
import type { AwsRequest } from '../http/aws-request';
import type { WebIdentity } from './web-identities';

/** What else is known when a session is asked for. */
export interface TrustCircumstances {
  readonly headers: AwsRequest['headers'];
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly roleSessionName: string;
}

/**
 * What a trust policy is asked: to assume the role and, where the token brings them, to tag the session and to set its source identity. All
 * must be allowed. `sts:DurationSeconds` is not of these actions, so a condition on it leaves them open.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function trustRequests(identity: WebIdentity, role: EstateRole, circumstances: TrustCircumstances): AccessRequest[] {
  const { provider, sourceIdentity, tags } = identity;
  const context = RequestContext.open(
    {
      ...ABSENT,
      ...circumstancesOf(circumstances),
      ...ofToken(identity),
      ...ofRole(role),
      'sts:RoleSessionName': circumstances.roleSessionName,
    },
    FAMILIES,
  );
  const principal = { kind: 'web-identity', provider: provider.arn } as const;
  const actions = [
    'sts:AssumeRoleWithWebIdentity',
    ...(Object.keys(tags.tags).length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((action) => ({ principal, action, resource: role.arn, context }));
}

function ofToken(identity: WebIdentity): ContextEntries {
  const { provider, tags } = identity;
  const { issuer } = provider;
  return {
    ...Object.fromEntries(Object.entries(tags.tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': Object.keys(tags.tags),
    'sts:TransitiveTagKeys': tags.transitiveKeys,
    'sts:SourceIdentity': identity.sourceIdentity,
    // A token whose roles leave this one out never gets here.
    'sts:RoleAuthorizedByIdp': String(identity.roles !== undefined),
    'aws:FederatedProvider': provider.arn,
    [`${issuer}:aud`]: identity.audience,
    [`${issuer}:oaud`]: identity.audiences,
    [`${issuer}:sub`]: identity.subject,
    [`${issuer}:amr`]: identity.authenticationMethods,
    [`${issuer}:email`]: identity.email,
  };
}

/** All tags of the token and of the role are known. */
const FAMILIES = ['aws:RequestTag/', 'aws:ResourceTag/', 'iam:ResourceTag/'];

/** Of a caller who is not in IAM, over TLS, for which loopback stands, for nobody else. */
const ABSENT: ContextEntries = {
  'aws:PrincipalArn': undefined,
  'aws:PrincipalAccount': undefined,
  'aws:PrincipalType': undefined,
  'aws:PrincipalOrgID': undefined,
  'aws:PrincipalOrgPaths': undefined,
  'aws:ResourceOrgID': undefined,
  'aws:ResourceOrgPaths': undefined,
  'aws:MultiFactorAuthAge': undefined,
  'aws:MultiFactorAuthPresent': undefined,
  'aws:SourceAccount': undefined,
  'aws:SourceArn': undefined,
  'aws:SourceOrgID': undefined,
  'aws:SourceVpc': undefined,
  'aws:SourceVpce': undefined,
  'aws:TokenIssueTime': undefined,
  'aws:VpcSourceIp': undefined,
  'aws:username': undefined,
  'aws:PrincipalIsAWSService': 'false',
  'aws:ViaAWSService': 'false',
  'sts:ExternalId': undefined,
};

function ofRole({ arn, tags }: EstateRole): ContextEntries {
  const present = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`iam:ResourceTag/${key}`, value],
  ]);
  return {
    ...(Object.fromEntries(present) as ContextEntries),
    'aws:ResourceAccount': arn.split(':')[4],
  };
}

import type { CompiledPolicy, ContextEntries } from '../../isolation';
import type { EstateRole } from '../estate/estate';
import type { RoleSession } from './sessions';
import { roleId } from './unique-id';
import type { WebIdentity } from './web-identities';

/** What a session is begun with. */
export interface SessionStart {
  readonly identity: WebIdentity;
  readonly role: EstateRole;
  readonly roleSessionName: string;
  readonly durationSeconds: number;
  /** @default - none */
  readonly policies?: readonly CompiledPolicy[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Id of a session: `AROA...:<session name>`, which is `aws:userid` of its requests. */
export function assumedRoleId({ role, roleSessionName }: Pick<SessionStart, 'role' | 'roleSessionName'>): string {
  return `${roleId(role.arn)}:${roleSessionName}`;
}

/**
 * The session that a token begins. It may outlive the token. Its principal tags are those of the token and of the role; where both have a
 * key, in whatever case, the token's counts.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function roleSession(start: SessionStart): RoleSession {
  const { identity, role, roleSessionName, durationSeconds, policies, now } = start;
  const [, partition = '', , , account = ''] = role.arn.split(':');
  const roleName = role.arn.split('/').at(-1) ?? '';
  return {
    principal: {
      kind: 'role-session',
      roleArn: role.arn,
      sessionArn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${roleSessionName}`,
      account,
    },
    tags: identity.tags.tags,
    context: {
      ...principalTags(start),
      ...ofToken(identity),
      'aws:PrincipalArn': role.arn,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'AssumedRole',
      'aws:PrincipalIsAWSService': 'false',
      'aws:TokenIssueTime': new Date(now).toISOString(),
      'aws:ViaAWSService': 'false',
      'aws:userid': assumedRoleId(start),
      ...ABSENT,
    },
    policies,
    expiresAt: now + durationSeconds * 1000,
  };
}

function principalTags({ identity, role }: SessionStart): ContextEntries {
  const given = new Map<string, readonly [string, string]>();
  for (const [key, value] of [...Object.entries(role.tags), ...Object.entries(identity.tags.tags)]) {
    given.set(key.toLowerCase(), [`aws:PrincipalTag/${key}`, value]);
  }
  return Object.fromEntries(given.values());
}

/** What a session keeps of its token; `oaud` and `email` are for the trust policy alone. */
function ofToken(identity: WebIdentity): ContextEntries {
  const { arn, issuer } = identity.provider;
  return {
    'aws:FederatedProvider': arn,
    'aws:SourceIdentity': identity.sourceIdentity,
    [`${issuer}:aud`]: identity.audience,
    [`${issuer}:sub`]: identity.subject,
    [`${issuer}:amr`]: identity.authenticationMethods,
    [`${issuer}:oaud`]: undefined,
    [`${issuer}:email`]: undefined,
  };
}

/** Keys of who uses a second factor, is a user, is in an organisation, or of the request to STS alone. */
const ABSENT: ContextEntries = {
  'aws:MultiFactorAuthAge': undefined,
  'aws:MultiFactorAuthPresent': undefined,
  'aws:PrincipalOrgID': undefined,
  'aws:PrincipalOrgPaths': undefined,
  'aws:username': undefined,
  'sts:ExternalId': undefined,
  'sts:RoleAuthorizedByIdp': undefined,
  'sts:RoleSessionName': undefined,
  'sts:SourceIdentity': undefined,
  'sts:TransitiveTagKeys': undefined,
};

import { ROLES_CLAIM } from 'multi-tenant-data-access/tenancy';
import type { AuditRecord } from '../audit/audit-record';
import type { AwsRequest } from '../http/aws-request';
import type { AskedClaims } from '../issuer/asked-claims';
import { sign } from '../signature/sign';
import type { Attempt } from './attempt';
import { dataRequest, sessionRequest } from './attempt-request';
import { type Explanation, explanationOf } from './explanation';
import { OPERATIONS, TOKENS } from './operations';
import type { PageSandbox, SentRequest, TokenWish } from './page-sandbox';
import { type BodyStart, shownAnswer, type ShownAnswer, shownRequest, type ShownRequest, startOf } from './shown';

/** One request of an attempt, and all that came of it. */
export interface Step {
  readonly label: string;
  readonly request: ShownRequest;
  readonly response: ShownAnswer;
  readonly record: AuditRecord;
  readonly explanations: readonly Explanation[];
}

/** An attempt that was made. */
export interface Trial {
  /** Claims of the token. */
  readonly claims: unknown;
  /** One request after the other; the last is the one that was asked for, unless a session was not to be had. */
  readonly steps: readonly Step[];
}

/**
 * Makes an attempt as an application would: a token, a session of the role, then the request, signed with the session's credentials. The
 * sandbox answers it like any other.
 *
 * @param asked of tokens by the role
 */
export async function tryOut(sandbox: PageSandbox, attempt: Attempt, asked: AskedClaims): Promise<Trial> {
  const { endpoint, region } = sandbox.settings();
  const { host } = new URL(endpoint);
  const { operation, role } = attempt;
  const token = await sandbox.token(wishOf(attempt, asked));
  const claims = claimsOf(token);

  const begin = sessionRequest(host, role, token);
  const begun = await sent(sandbox, begin.request);
  const session = stepOf(sandbox, 'Begin session (AssumeRoleWithWebIdentity)', begun);
  const credentials = credentialsOf(begun.start.bytes.toString('utf8'));
  if (operation === 'begin-session' || credentials === undefined) return { claims, steps: [session] };

  const { service, request } = dataRequest(host, operation, attempt);
  const answered = await sent(sandbox, await sign(request, { credentials, service, region }));
  return { claims, steps: [session, stepOf(sandbox, OPERATIONS[operation].label, answered)] };
}

function wishOf({ token, tenant, permissions, role }: Attempt, asked: AskedClaims): TokenWish {
  const tags = asked.permissions !== undefined && permissions !== '' ? { [asked.permissions.tagKey]: permissions } : undefined;
  return {
    ...(token !== 'no-tenant' && { tenantId: tenant, ...(tags && { tags }) }),
    ...(asked.pinned && { claims: { [ROLES_CLAIM]: [role] } }),
    ...TOKENS[token].wish,
  };
}

/**
 * Explains all checks of a record, those that denied first.
 *
 * @param record the very object of the audit log
 */
export function explanationsOf(sandbox: Pick<PageSandbox, 'verdict'>, { checks }: AuditRecord): Explanation[] {
  const explained = checks.map((check) => explanationOf(check, sandbox.verdict(check)));
  return [...explained.filter(({ effect }) => effect !== 'allow'), ...explained.filter(({ effect }) => effect === 'allow')];
}

interface Answered extends SentRequest {
  readonly request: AwsRequest;
  readonly start: BodyStart;
}

async function sent(sandbox: PageSandbox, request: AwsRequest): Promise<Answered> {
  const { answer, record } = await sandbox.send(request);
  return { request, answer, record, start: await startOf(answer.body) };
}

function stepOf(sandbox: PageSandbox, label: string, { request, answer, record, start }: Answered): Step {
  return {
    label,
    request: shownRequest(request),
    response: shownAnswer(answer, start),
    record,
    explanations: explanationsOf(sandbox, record),
  };
}

/** Credentials as STS answers them, if it does; base64 and letters, so there is nothing to decode. */
function credentialsOf(xml: string) {
  const text = (element: string) => new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1];
  const [accessKeyId, secretAccessKey, sessionToken] = [text('AccessKeyId'), text('SecretAccessKey'), text('SessionToken')];
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken };
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

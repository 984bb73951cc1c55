import { ROLES_CLAIM } from 'multi-tenant-data-access/tenancy';
import { decide, type PolicySet, RequestContext, type AccessRequest } from '../../../../lib/isolation';
import { AuditLog } from '../../../../lib/sandbox/audit/audit-log';
import type { AuditCheck, AuditRecord } from '../../../../lib/sandbox/audit/audit-record';
import type { Verdict } from '../../../../lib/sandbox/audit/verdict';
import type { AwsAnswer, AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import type { PageSandbox, PageSettings, SentRequest, TokenWish } from '../../../../lib/sandbox/page/page-sandbox';
import {
  ACCOUNT,
  AUDIENCE,
  BUCKET,
  given,
  ISSUER,
  type PolicyChanges,
  policies,
  PROVIDER,
  REGION,
  ROLE,
  TABLE,
} from '../../../support/estates';

const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/tenant/sandbox-page`;

/**
 * A sandbox of the design's policies for the page's sake: it decides truly, but believes every token and every signature, and of the
 * services knows only what the page asks.
 */
export class FakeSandbox implements PageSandbox {
  readonly audit = new AuditLog();
  /** Requests as they came. */
  readonly requests: AwsRequest[] = [];
  /** Tokens that were wished for. */
  readonly wishes: TokenWish[] = [];
  /** Answers what is allowed. */
  store: (request: AwsRequest) => AwsAnswer['body'] = () => Buffer.from('{}');
  readonly #policies: ReturnType<typeof policies>;
  readonly #verdicts = new WeakMap<AuditCheck, Verdict>();
  readonly #tags = new Map<string, Readonly<Record<string, string>>>();

  constructor(
    private readonly endpoint = 'http://127.0.0.1:4580',
    changes: PolicyChanges = {},
  ) {
    this.#policies = policies(changes);
  }

  settings(): PageSettings {
    return {
      endpoint: this.endpoint,
      region: REGION,
      account: ACCOUNT,
      tenants: ['acme', 'globex'],
      roles: [ROLE],
      tables: ['data'],
      buckets: ['files'],
      issuers: [`https://${ISSUER}`],
      audience: AUDIENCE,
      upstreams: [],
    };
  }

  role(arn: string): ReturnType<NonNullable<PageSandbox['role']>> {
    return Promise.resolve(arn === ROLE ? this.#policies : undefined);
  }

  token(wish: TokenWish): Promise<string> {
    this.wishes.push(wish);
    const { tenantId, audience = AUDIENCE, forged = false } = wish;
    const tags = { ...(tenantId !== undefined && { tenant_id: tenantId }), ...wish.tags };
    const listed = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, [value]]));
    const tagged = Object.keys(tags).length > 0 && { 'https://aws.amazon.com/tags': { principal_tags: listed } };
    const claims = { iss: `https://${ISSUER}`, aud: audience, sub: 'user-1', ...tagged, ...wish.claims };
    return Promise.resolve([{ alg: 'ES256' }, claims, { forged }].map(encoded).join('.'));
  }

  async send(request: AwsRequest): Promise<SentRequest> {
    this.requests.push(request);
    const answered = request.body.includes('AssumeRoleWithWebIdentity') ? this.#begin(request) : this.#serve(request);
    return Promise.resolve(answered);
  }

  verdict(check: AuditCheck): Verdict | undefined {
    return this.#verdicts.get(check);
  }

  #begin(request: AwsRequest): SentRequest {
    const form = new URLSearchParams(request.body.toString());
    const parts = (form.get('WebIdentityToken') ?? '').split('.').map(decoded);
    const [claims, signature] = [given(parts[1]), given(parts[2])];
    const listed = Object.entries(claims['https://aws.amazon.com/tags']?.principal_tags ?? {});
    const tags = Object.fromEntries(listed.map(([key, [value = '']]) => [key, value]));
    const requested = listed.map(([key, value]): [string, readonly string[]] => [`aws:RequestTag/${key}`, value]);
    const caller = { kind: 'token', tags } as const;
    const action = 'sts:AssumeRoleWithWebIdentity';
    if (signature.forged === true) {
      const reason = 'The signature of the token is not that of its issuer';
      const record = this.#record({ caller: { kind: 'anonymous' }, operation: action, decision: 'deny', reason, status: 400 });
      return { answer: answer(400, `<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>`), record };
    }
    const check = this.#check(
      {
        principal: { kind: 'web-identity', provider: PROVIDER },
        action,
        resource: form.get('RoleArn') ?? '',
        context: RequestContext.open({
          [`${ISSUER}:aud`]: claims.aud,
          ...Object.fromEntries(requested),
          ...(listed.length === 0 && { 'aws:RequestTag/tenant_id': undefined }),
          'aws:TagKeys': listed.length === 0 ? undefined : Object.keys(tags),
          ...('permissions' in tags ? {} : { 'aws:RequestTag/permissions': undefined }),
          'sts:RoleAuthorizedByIdp': String(ROLES_CLAIM in claims),
        }),
      },
      { resource: [this.#policies.trust] },
    );
    const allowed = check.effect === 'allow';
    const record = this.#record({ ...outcome(check), caller, operation: action, checks: [check] });
    const key = `ASIAFAKE${this.requests.length}`;
    if (allowed) this.#tags.set(key, tags);
    const credentials = `<AccessKeyId>${key}</AccessKeyId><SecretAccessKey>very+secret/</SecretAccessKey><SessionToken>session+token</SessionToken>`;
    const xml = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    const refused = '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>';
    return { answer: answer(allowed ? 200 : 403, allowed ? xml : refused), record };
  }

  #serve(request: AwsRequest): SentRequest {
    const [, key = '', service = ''] = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)/.exec(request.headers['authorization'] ?? '') ?? [];
    const tags = this.#tags.get(key);
    const tenant = tags?.['tenant_id'];
    const { action, resource, owner, context } = service === 'dynamodb' ? ofTable(request) : ofBucket(request);
    const lock = this.#policies.resources.get(owner);
    const check = this.#check(
      {
        principal:
          tenant === undefined
            ? { kind: 'anonymous' }
            : { kind: 'role-session', roleArn: ROLE, sessionArn: SESSION, account: ACCOUNT },
        action,
        resource,
        context: RequestContext.open({
          ...context,
          'aws:PrincipalArn': tenant && ROLE,
          'aws:PrincipalTag/tenant_id': tenant,
          'aws:PrincipalTag/permissions': tags?.['permissions'],
          'aws:SecureTransport': 'true',
        }),
      },
      { identity: this.#policies.identity, resource: lock === undefined ? [] : [lock] },
    );
    const caller: AuditRecord['caller'] = tenant === undefined ? { kind: 'anonymous' } : { kind: 'session', arn: SESSION, tags };
    const operation = action === 's3:ListBucket' ? 's3:ListObjectsV2' : action;
    const record = this.#record({ ...outcome(check), caller, operation, checks: [check] });
    if (record.decision === 'allow') return { answer: { ...answer(200, ''), body: this.store(request) }, record };
    const body = { __type: 'com.amazon.coral.service#AccessDeniedException', message: `not authorized to perform: ${action}` };
    return { answer: answer(400, JSON.stringify(body)), record };
  }

  #check(request: AccessRequest, policySet: PolicySet): AuditCheck {
    const decision = decide(request, policySet);
    const check = { action: request.action, resource: request.resource, ...decision, context: request.context.toJSON() };
    this.#verdicts.set(check, { request, policies: policySet, decision });
    return check;
  }

  #record(facts: Partial<AuditRecord>): AuditRecord {
    return this.audit.add(auditRecord(facts));
  }
}

/** A record of which only some matters. */
export function auditRecord(facts: Partial<AuditRecord> = {}): AuditRecord {
  return {
    time: '2026-08-01T10:00:00.000Z',
    requestId: 'request-1',
    caller: { kind: 'session', arn: SESSION, tags: { tenant_id: 'acme' } },
    operation: 'dynamodb:GetItem',
    resources: [],
    decision: 'allow',
    reason: 'dynamodb:GetItem is allowed',
    checks: [],
    status: 200,
    milliseconds: 1,
    ...facts,
  };
}

function outcome({ action, effect, reason, statement }: AuditCheck): Pick<AuditRecord, 'decision' | 'reason' | 'status'> {
  const by = statement === undefined ? reason : `${reason} by '${statement.sid ?? ''}' of ${statement.policy}`;
  return { decision: effect === 'allow' ? 'allow' : 'deny', reason: `${action}: ${by}`, status: effect === 'allow' ? 200 : 400 };
}

function ofTable({ headers, body }: AwsRequest) {
  const operation = headers['x-amz-target']?.split('.')[1] ?? '';
  const { Key, Item, ExpressionAttributeValues } = JSON.parse(body.toString());
  const tenant: string | undefined = (Key ?? Item)?.tenantId.S ?? ExpressionAttributeValues?.[':tenant'].S;
  return { action: `dynamodb:${operation}`, resource: TABLE, owner: TABLE, context: { 'dynamodb:LeadingKeys': tenant } };
}

function ofBucket({ method, path, query }: AwsRequest) {
  const key = decodeURIComponent(path.replace(/^\/files\/?/, ''));
  const prefix = new URLSearchParams(query).get('prefix') ?? undefined;
  if (key === '') return { action: 's3:ListBucket', resource: BUCKET, owner: BUCKET, context: { 's3:prefix': prefix } };
  const action = { GET: 's3:GetObject', PUT: 's3:PutObject', DELETE: 's3:DeleteObject' }[method] ?? '';
  return { action, resource: `${BUCKET}/${key}`, owner: BUCKET, context: { 's3:prefix': undefined } };
}

function answer(status: number, body: string): AwsAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(body) };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

interface TokenPart {
  readonly aud: string;
  readonly forged?: boolean;
  readonly 'https://aws.amazon.com/tags'?: { readonly principal_tags: Readonly<Record<string, readonly string[]>> };
}

function decoded(part: string): TokenPart {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as TokenPart;
}

import type { CompiledPolicy } from '../evaluator/policy';
import type { RequestPrincipal } from '../evaluator/request';
import { type IsolationSubject, roleParts } from './subject';

/** Principals that a trust policy speaks of beside the identity providers that are meant. */
export function principalsNamedIn({ document }: CompiledPolicy, subject: IsolationSubject): RequestPrincipal[] {
  const { partition, account } = roleParts(subject.roleArn);
  const meant = [subject.identityProvider, ...subject.otherTokens.map(({ provider }) => provider)];
  const found = new Map<string, RequestPrincipal>();
  for (const [kind, value] of [...principalValues(document), ...conditionValues(document, account)]) {
    const principal = principalOf(kind, value, partition);
    if (principal !== undefined && !meant.includes(value)) found.set(`${kind} ${value}`, principal);
  }
  return [...found.values()];
}

/** Callers that conditions speak of, by ARN or by account. */
function conditionValues(document: unknown, account: string): [kind: string, value: string][] {
  const { Statement: statements } = (document ?? {}) as { Statement?: unknown };
  const operators = listed(statements).flatMap((statement) => {
    const { Condition: condition } = (statement ?? {}) as { Condition?: unknown };
    return typeof condition === 'object' && condition !== null ? Object.values(condition as Record<string, unknown>) : [];
  });
  return operators.flatMap((keys) =>
    Object.entries((keys ?? {}) as Record<string, unknown>)
      .filter(([key]) => /^aws:Principal(?:Arn|Account)$/i.test(key))
      .flatMap(([, values]) => listed(values))
      .flatMap((value): [string, string][] => (typeof value === 'string' ? [['AWS', exampleOf(value, account)]] : [])),
  );
}

/** A caller that a pattern takes. */
function exampleOf(pattern: string, account: string): string {
  const parts = pattern.split(':');
  if (parts[4] !== undefined && /[*?]/.test(parts[4])) parts[4] = account;
  return parts.join(':').replace(/[*?]/g, 'x');
}

function principalOf(kind: string, value: string, partition: string): RequestPrincipal | undefined {
  if (kind === 'Service') return { kind: 'service', name: value };
  if (kind === 'Federated') {
    return value.includes(':saml-provider/') ? { kind: 'saml', provider: value } : { kind: 'web-identity', provider: value };
  }
  if (/^\d{12}$/.test(value)) return { kind: 'user', arn: `arn:${partition}:iam::${value}:user/any`, account: value };
  const [, , service, , account = '', resource = ''] = value.split(':');
  if (service === 'iam' && resource === 'root') return { kind: 'user', arn: value.replace(/root$/, 'user/any'), account };
  if (service === 'iam' && resource.startsWith('user/')) return { kind: 'user', arn: value, account };
  if (service === 'iam' && resource.startsWith('role/')) {
    const sessionArn = `arn:${partition}:sts::${account}:assumed-role/${resource.split('/').at(-1) ?? ''}/session`;
    return { kind: 'role-session', roleArn: value, sessionArn, account };
  }
  const session = /^assumed-role\/([^/]+)\//.exec(resource);
  if (service !== 'sts' || session === null) return undefined;
  return { kind: 'role-session', roleArn: `arn:${partition}:iam::${account}:role/${session[1] ?? ''}`, sessionArn: value, account };
}

/** Kind and value of every Principal of a document, whatever its shape. */
function principalValues(document: unknown): [kind: string, value: string][] {
  const { Statement: statements } = (document ?? {}) as { Statement?: unknown };
  return listed(statements).flatMap((statement) => {
    const { Principal: principal } = (statement ?? {}) as { Principal?: unknown };
    if (typeof principal !== 'object' || principal === null) return [];
    return Object.entries(principal).flatMap(([kind, values]) =>
      listed(values).flatMap((value): [string, string][] => (typeof value === 'string' ? [[kind, value]] : [])),
    );
  });
}

function listed(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

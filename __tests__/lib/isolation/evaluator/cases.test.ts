import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AccessRequest,
  compilePolicy,
  type ContextEntries,
  decide,
  type Decision,
  explain,
  type PolicyKind,
  type PolicySet,
  RequestContext,
  type RequestPrincipal,
} from '../../../../lib/isolation';

/**
 * The semantics of IAM as data, a file a subject. A case either decides a request by policies or, as `condition` and `holds`, says whether
 * a condition holds; the latter is asked in an Allow and in a Deny. A policy that is a bare statement stands for a document with it.
 */
interface CaseFile {
  /** The page of AWS that the cases rest on, where they name no other. */
  readonly source: string;
  /** What the requests of all cases have in common. */
  readonly request?: CaseRequest;
  /** Policies that several cases share, by a name. */
  readonly policies?: Readonly<Record<string, CasePolicies>>;
  readonly cases: readonly Case[];
}

interface Case extends CaseContext {
  readonly name: string;
  readonly source?: string;
  readonly condition?: unknown;
  /** `none` for a document without Version. @default 2012-10-17 */
  readonly version?: string;
  readonly holds?: 'yes' | 'no' | 'unknown';
  readonly request?: CaseRequest;
  readonly policies?: string | CasePolicies;
  readonly expect?: Decision['effect'];
  readonly because?: {
    readonly reason?: Decision['reason'];
    /** Of the statement that decided. */
    readonly sid?: string;
    readonly because?: string;
    /** By Sid, the first thing that did not match. */
    readonly first?: Readonly<Record<string, string>>;
  };
}

interface CaseContext {
  /** All keys there are. */
  readonly context?: ContextEntries;
  /** The keys that are modelled; null for one that is known to be absent. */
  readonly openContext?: Readonly<Record<string, string | readonly string[] | null>>;
}

interface CaseRequest extends CaseContext {
  readonly principal?: keyof typeof PRINCIPALS | RequestPrincipal;
  readonly action?: string;
  readonly resource?: string;
  readonly resourceAccount?: string;
}

type CasePolicies = Readonly<Partial<Record<'identity' | 'boundary' | 'session' | 'resource' | 'trust', readonly unknown[]>>>;

const PRINCIPALS = {
  session: {
    kind: 'role-session',
    roleArn: 'arn:aws:iam::111122223333:role/tenant',
    sessionArn: 'arn:aws:sts::111122223333:assumed-role/tenant/alice',
    account: '111122223333',
  },
  partner: {
    kind: 'role-session',
    roleArn: 'arn:aws:iam::444455556666:role/partner',
    sessionArn: 'arn:aws:sts::444455556666:assumed-role/partner/carol',
    account: '444455556666',
  },
  user: { kind: 'user', arn: 'arn:aws:iam::111122223333:user/bob', account: '111122223333' },
  root: { kind: 'account-root', account: '111122223333' },
  web: {
    kind: 'web-identity',
    provider: 'arn:aws:iam::111122223333:oidc-provider/cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool1',
  },
  saml: { kind: 'saml', provider: 'arn:aws:iam::111122223333:saml-provider/corp' },
  service: { kind: 'service', name: 'ecs.amazonaws.com' },
  anonymous: { kind: 'anonymous' },
} as const satisfies Record<string, RequestPrincipal>;

/** All that IAM documents; each of them must occur in a case. */
const OPERATORS = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'],
  ...[
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
  ],
  ...['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'],
  ...['Bool', 'BinaryEquals', 'IpAddress', 'NotIpAddress', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
];

const DIRECTORY = join(__dirname, 'cases');
const FILES = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.json'))
  .map((name): [string, CaseFile] => [name, JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as CaseFile]);

describe.each(FILES)('%s', (_file, { source, request: common, policies: shared = {}, cases }) => {
  const conditions = cases.filter(({ condition }) => condition !== undefined);
  const decisions = cases.filter(({ condition }) => condition === undefined);

  test('names a page of AWS for each case', () => {
    const sources = cases.map((each) => each.source ?? source);

    expect(sources.filter((each) => !each.startsWith('https://docs.aws.amazon.com/'))).toEqual([]);
  });

  test('names each case once', () => {
    const names = cases.map(({ name }) => name);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('says of each case what comes out', () => {
    const told = (each: Case) => (each.condition === undefined ? (each.expect ?? each.policies) : each.holds) !== undefined;

    expect(cases.filter((each) => !told(each)).map(({ name }) => name)).toEqual([]);
    expect(decisions.filter(({ expect: effect, policies }) => effect === undefined || policies === undefined)).toEqual([]);
  });

  if (conditions.length > 0) {
    test.each(conditions.map((each): [string, Case] => [titleOf(each), each]))('%s', (_title, each) => {
      const { condition, holds = 'unknown', version } = each;
      const request = requestOf({ ...each });
      const statement = (effect: string) =>
        documentOf({ Effect: effect, Action: '*', Resource: '*', Condition: condition }, version);
      const allow = { identity: [compilePolicy('allow', statement('Allow'), 'identity')] };
      const all = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });
      const deny = {
        identity: [compilePolicy('all', all, 'identity'), compilePolicy('deny', statement('Deny'), 'identity')],
      };

      expect(decide(request, allow).effect).toBe({ yes: 'allow', no: 'deny', unknown: 'unknown' }[holds]);
      expect(decide(request, deny).effect).toBe({ yes: 'deny', no: 'allow', unknown: 'unknown' }[holds]);
    });
  }

  if (decisions.length > 0) {
    test.each(decisions.map((each): [string, Case] => [titleOf(each), each]))('%s', (_title, each) => {
      const { policies = {}, expect: effect, because } = each;
      const request = requestOf({ ...common, ...each.request });
      const set = policiesOf(typeof policies === 'string' ? (shared[policies] ?? {}) : policies);
      const decision = decide(request, set);

      expect(decision.effect).toBe(effect);
      if (because?.reason !== undefined) expect(decision.reason).toBe(because.reason);
      if (because?.sid !== undefined) expect(decision.statement?.sid).toBe(because.sid);
      if (because?.because !== undefined) expect(decision.because).toBe(because.because);
      for (const [sid, first] of Object.entries(because?.first ?? {})) {
        expect(explain(request, set).find(({ statement }) => statement.sid === sid)?.because).toBe(first);
      }
    });
  }
});

describe('the cases together', () => {
  const written = FILES.map(([, file]) => JSON.stringify(file)).join('\n');

  test.each([...OPERATORS.flatMap((name) => [name, `${name}IfExists`]), 'Null'])('have %s', (name) => {
    expect(written).toContain(`"${name}":`);
  });

  test.each(['ForAllValues', 'ForAnyValue'])('have %s of texts and ARNs, negated too', (quantifier) => {
    for (const name of ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'ArnLike', 'ArnNotLike']) {
      expect(written).toContain(`"${quantifier}:${name}":`);
    }
  });

  test('show both sides of each subject', () => {
    const outcomes = (file: CaseFile) => new Set(file.cases.map((each) => titleOf(each).startsWith('fails ')));

    expect(FILES.filter(([name, file]) => name !== 'unknown.json' && outcomes(file).size < 2).map(([name]) => name)).toEqual([]);
  });
});

function titleOf({ name, expect: effect, holds }: Case): string {
  return effect === 'allow' || holds === 'yes' ? name : `fails ${name}`;
}

function requestOf({
  principal = 'session',
  action = 's3:GetObject',
  resource,
  resourceAccount,
  ...known
}: CaseRequest): AccessRequest {
  return {
    principal: typeof principal === 'string' ? PRINCIPALS[principal] : principal,
    action,
    resource: resource ?? 'arn:aws:s3:::data/tenants/acme/a.txt',
    resourceAccount,
    context: contextOf(known),
  };
}

function contextOf({ context, openContext }: CaseContext): RequestContext {
  if (openContext === undefined) return RequestContext.closed(context);
  const entries = Object.entries(openContext).map(([key, value]) => [key, value ?? undefined] as const);
  return RequestContext.open(Object.fromEntries(entries));
}

function policiesOf({ identity, boundary, session, resource, trust }: CasePolicies): PolicySet {
  const compiled = (documents: readonly unknown[] | undefined, kind: PolicyKind) =>
    documents?.map((document, index) => compilePolicy(`${kind} ${index}`, documentOf(document), kind));
  return {
    identity: compiled(identity, 'identity'),
    boundary: compiled(boundary, 'identity'),
    session: compiled(session, 'identity'),
    resource: compiled(resource, 'resource') ?? compiled(trust, 'trust'),
  };
}

/** A statement becomes a document, all else is left as it is. */
function documentOf(given: unknown, version = '2012-10-17'): unknown {
  const isStatement =
    typeof given === 'object' && given !== null && !('Statement' in given) && ('Effect' in given || 'Action' in given);
  if (!isStatement) return given;
  return version === 'none' ? { Statement: [given] } : { Version: version, Statement: [given] };
}

import { Readable } from 'node:stream';
import { decide, RequestContext } from '../../../../lib/isolation';
import type { AwsAnswer, AwsRequest, StoreTarget } from '../../../../lib/sandbox/http/aws-request';
import { UpstreamEstate } from '../../../../lib/sandbox/upstream/upstream-estate';

const ROLE_ARN = 'arn:aws:iam::123456789012:role/tenant';
const DOCUMENT = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] };
const ENCODED = encodeURIComponent(JSON.stringify(DOCUMENT));

const answerOf = (action: string, result: string) =>
  `<?xml version="1.0"?>\n<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">\n  <${action}Result>\n    ${result}\n  </${action}Result>\n` +
  `  <ResponseMetadata>\n    <RequestId>1</RequestId>\n  </ResponseMetadata>\n</${action}Response>\n`;
const errorOf = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>hush</Message></Error></ErrorResponse>`;

/** Results as AWS writes them, of a role with one policy of each kind. */
const RESULTS: Readonly<Record<string, string>> = {
  GetRole: `<Role><Path>/</Path><Arn>${ROLE_ARN}</Arn><AssumeRolePolicyDocument>${ENCODED}</AssumeRolePolicyDocument>
    <MaxSessionDuration>3600</MaxSessionDuration><PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>
    <PermissionsBoundaryArn>arn:boundary</PermissionsBoundaryArn></PermissionsBoundary>
    <Tags><member><Key>__proto__</Key><Value>a</Value></member></Tags></Role>`,
  ListAttachedRolePolicies:
    '<AttachedPolicies><member><PolicyArn>arn:attached</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>',
  ListRolePolicies: '<PolicyNames><member>inline</member></PolicyNames><IsTruncated>false</IsTruncated>',
  GetRolePolicy: `<PolicyDocument>${ENCODED}</PolicyDocument>`,
  GetPolicy: '<Policy><DefaultVersionId>v7</DefaultVersionId></Policy>',
  GetPolicyVersion: `<PolicyVersion><Document>${ENCODED}</Document><VersionId>v7</VersionId></PolicyVersion>`,
  ListOpenIDConnectProviders: '<OpenIDConnectProviderList><member><Arn>arn:provider</Arn></member></OpenIDConnectProviderList>',
  GetOpenIDConnectProvider: '<Url>login.example.com</Url><ClientIDList><member>my-client-id</member></ClientIDList>',
  GetCallerIdentity: '<Account>123456789012</Account>',
};

type Given = string | { readonly status?: number; readonly body: string | Buffer | Readable };

type Answers = Readonly<Record<string, Given | ((form: URLSearchParams) => Given)>>;

/** White space, a megabyte at a time, and then an error. */
function endless(chunks = Infinity): Readable {
  return new Readable({
    read() {
      if (chunks-- > 0) this.push(Buffer.alloc(1024 * 1024, ' '));
      else this.destroy(new Error('hush'));
    },
  });
}

/** An estate whose IAM answers like this, but for some actions; what it was asked is kept. */
function estateOf(changed: Answers = {}) {
  const asked: { readonly request: AwsRequest; readonly target: StoreTarget; readonly form: URLSearchParams }[] = [];
  const estate = new UpstreamEstate({
    handle(request, target) {
      const form = new URLSearchParams(request.body.toString());
      asked.push({ request, target, form });
      const action = form.get('Action') ?? '';
      const change = changed[action];
      const given = (typeof change === 'function' ? change(form) : change) ?? RESULTS[action] ?? '';
      const { status = 200, body } = typeof given === 'string' ? { body: answerOf(action, given) } : given;
      const answer: AwsAnswer = { status, headers: {}, body: typeof body === 'string' ? Readable.from([Buffer.from(body)]) : body };
      return Promise.resolve(answer);
    },
    close: () => Promise.resolve(),
  });
  return { estate, asked };
}

const unavailable = (message: string) => ({ code: 'ServiceUnavailable', status: 503, message });

describe('reading IAM by the query protocol', () => {
  it('asks as the SDKs do', async () => {
    const { estate, asked } = estateOf();
    await Promise.all([estate.role(ROLE_ARN), estate.account()]);
    for (const { request, target, form } of asked) {
      expect(request).toMatchObject({ method: 'POST', path: '/', query: '' });
      expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8');
      const isSts = form.get('Action') === 'GetCallerIdentity';
      expect(target).toEqual({ service: isSts ? 'sts' : 'iam', region: 'us-east-1' });
      expect(form.get('Version')).toBe(isSts ? '2011-06-15' : '2010-05-08');
    }
    expect(
      asked
        .map(({ form }) =>
          [...form.entries()]
            .slice(2)
            .map(([name, value]) => `${name}=${value}`)
            .join(' '),
        )
        .sort(),
    ).toEqual([
      '',
      'PolicyArn=arn:attached',
      'PolicyArn=arn:attached VersionId=v7',
      'PolicyArn=arn:boundary',
      'PolicyArn=arn:boundary VersionId=v7',
      'RoleName=tenant',
      'RoleName=tenant',
      'RoleName=tenant',
      'RoleName=tenant PolicyName=inline',
    ]);
  });

  it('reads answers as AWS writes them, in white space, and percent-encoded', async () => {
    const role = await estateOf().estate.role(ROLE_ARN);
    expect(role?.trust.document).toEqual(DOCUMENT);
    expect(role?.identity.map(({ name, document }) => [name, document])).toEqual([
      ['arn:attached', DOCUMENT],
      ['tenant/inline', DOCUMENT],
    ]);
    expect(role?.boundary?.document).toEqual(DOCUMENT);
    expect(Object.entries(role?.tags ?? {})).toEqual([['__proto__', 'a']]);
  });

  it('reads an answer that is no stream', async () => {
    const { estate } = estateOf({
      GetCallerIdentity: { body: Buffer.from(answerOf('GetCallerIdentity', '<Account>210987654321</Account>')) },
    });
    expect(await estate.account()).toBe('210987654321');
  });

  it('reads lists page by page', async () => {
    const pages: Record<string, string> = {
      '': '<PolicyNames><member>a</member><member>b</member></PolicyNames><IsTruncated>true</IsTruncated><Marker>m/1+</Marker>',
      'm/1+': '<PolicyNames></PolicyNames><IsTruncated>true</IsTruncated><Marker>m2</Marker>',
      m2: '<PolicyNames><member>c</member></PolicyNames><IsTruncated>false</IsTruncated>',
    };
    const { estate } = estateOf({ ListRolePolicies: (form) => pages[form.get('Marker') ?? ''] ?? '' });
    const role = await estate.role(ROLE_ARN);
    expect(role?.identity.map(({ name }) => name)).toEqual(['arn:attached', 'tenant/a', 'tenant/b', 'tenant/c']);
  });

  it('reads 20 pages', async () => {
    const page = (form: URLSearchParams) => {
      const number = Number(form.get('Marker') ?? '1');
      return `<PolicyNames/><IsTruncated>${String(number < 20)}</IsTruncated><Marker>${number + 1}</Marker>`;
    };
    expect(await estateOf({ ListRolePolicies: page }).estate.role(ROLE_ARN)).toBeDefined();
  });

  const answered = (action: string, what: string) => `The upstream answered iam:${action} with ${what}.`;
  const sent = (what: string) => `The upstream sent an answer with ${what}.`;
  const without = (name: string) => sent(`no ${name} where there must be one`);
  const GONE = 'The upstream has no longer what it named itself a moment ago.';
  const LAST = '<IsTruncated>false</IsTruncated>';
  const NONE = `<PolicyNames/>${LAST}`;
  const ROLE = RESULTS['GetRole'] ?? '';
  const names = (inner: string): Answers => ({ ListRolePolicies: inner });
  const attached = (inner: string): Answers => ({ ListAttachedRolePolicies: inner });
  const body = (action: string, body: string, status = 200): Answers => ({ [action]: { status, body } });
  const noResult = answered('ListRolePolicies', 'something that is no result');

  it.each<[string, Answers, string]>([
    ['an error', body('ListRolePolicies', errorOf('AccessDenied'), 403), answered('ListRolePolicies', 'AccessDenied (HTTP 403)')],
    ['an error at once', body('GetRole', errorOf('InternalFailure'), 500), answered('GetRole', 'InternalFailure (HTTP 500)')],
    ['an error of something between', body('GetRole', '<html>bad gateway</html>', 502), answered('GetRole', 'an error (HTTP 502)')],
    ['an error whose code is no name', body('GetRole', errorOf('a b\n'), 400), answered('GetRole', 'an error (HTTP 400)')],
    ['an error that is no XML', body('GetRole', 'NoSuchEntity', 404), answered('GetRole', 'an error (HTTP 404)')],
    ['an error as a success', body('GetRole', errorOf('NoSuchEntity')), answered('GetRole', 'something that is no result')],
    ['a redirect', body('GetRole', '', 302), answered('GetRole', 'an error (HTTP 302)')],
    ['no managed policy any more', body('GetPolicy', errorOf('NoSuchEntity'), 404), GONE],
    ['no version any more', body('GetPolicyVersion', errorOf('NoSuchEntity'), 404), GONE],
    ['no inline policy any more', body('GetRolePolicy', errorOf('NoSuchEntity'), 404), GONE],
    ['no role any more', body('ListRolePolicies', errorOf('NoSuchEntity'), 404), GONE],
    ['nothing', body('ListRolePolicies', ''), sent('half a document of XML, or none')],
    ['JSON', body('ListRolePolicies', '{"PolicyNames":[]}'), sent('half a document of XML, or none')],
    ['names that no parser takes', names(`${NONE}<__proto__>a</__proto__>`), sent('no XML that can be read')],
    ['the result of another action', body('ListRolePolicies', answerOf('ListRoles', NONE)), noResult],
    ['no result', body('ListRolePolicies', '<ListRolePoliciesResponse></ListRolePoliciesResponse>'), noResult],
    ['half a document', body('ListRolePolicies', answerOf('ListRolePolicies', NONE).slice(0, -3)), sent('no XML that can be read')],
    [
      'half a document that ends with an element',
      body('ListRolePolicies', answerOf('ListRolePolicies', NONE).split('</ListRolePoliciesResult>')[0] ?? ''),
      sent('half a document of XML, or none'),
    ],
    ['half an answer', { ListRolePolicies: { body: endless(2) } }, answered('ListRolePolicies', 'half an answer')],
    ['an endless answer', { ListRolePolicies: { body: endless() } }, answered('ListRolePolicies', 'more than 4194304 bytes')],
    ['no list of attached policies', attached(LAST), without('AttachedPolicies')],
    ['a list of something else', attached(`<AttachedPolicies><a/></AttachedPolicies>${LAST}`), without('AttachedPolicies')],
    ['text for a list', attached(`<AttachedPolicies>none</AttachedPolicies>${LAST}`), without('AttachedPolicies')],
    ['two lists', names(`<PolicyNames/>${NONE}`), sent('more than one PolicyNames')],
    ['no ARN', attached(`<AttachedPolicies><member><a/></member></AttachedPolicies>${LAST}`), without('PolicyArn')],
    [
      'a name that is no text',
      names(`<PolicyNames><member><a/></member></PolicyNames>${LAST}`),
      sent('elements where there must be text'),
    ],
    ['a page that may be the last', names('<PolicyNames/>'), without('IsTruncated')],
    [
      'a page that says so in another way',
      names('<PolicyNames/><IsTruncated>no</IsTruncated>'),
      answered('ListRolePolicies', 'a page of which it is unknown whether it is the last'),
    ],
    ['a page without the next one', names('<PolicyNames/><IsTruncated>true</IsTruncated>'), without('Marker')],
    [
      'pages without end',
      names('<PolicyNames/><IsTruncated>true</IsTruncated><Marker>m</Marker>'),
      answered('ListRolePolicies', 'more than 20 pages'),
    ],
    ['a boundary without ARN', { GetRole: ROLE.replaceAll('PermissionsBoundaryArn', 'Other') }, without('PermissionsBoundaryArn')],
    [
      'two boundaries',
      { GetRole: ROLE.replace('</Role>', '<PermissionsBoundary/></Role>') },
      sent('more than one PermissionsBoundary'),
    ],
    ['no trust policy', { GetRole: ROLE.replaceAll('AssumeRolePolicyDocument', 'Other') }, without('AssumeRolePolicyDocument')],
    ['no ARN of the role', { GetRole: ROLE.replaceAll('Arn>', 'Other>') }, without('Arn')],
    ['a tag without value', { GetRole: ROLE.replace('<Value>a</Value>', '') }, without('Value')],
    ['no longest session', { GetRole: ROLE.replaceAll('MaxSessionDuration', 'Other') }, without('MaxSessionDuration')],
    ...['3599', '43201', '1e4', '-1', ' 3600', ''].map((seconds): [string, Answers, string] => [
      `a longest session of '${seconds}'`,
      { GetRole: ROLE.replace('>3600<', `>${seconds}<`) },
      'The upstream sent a role whose MaxSessionDuration is not 3600 to 43200.',
    ]),
    ['no default version', { GetPolicy: '<Policy/>' }, without('DefaultVersionId')],
    ['no document', { GetPolicyVersion: '<PolicyVersion/>' }, without('Document')],
  ])('fails for a role when IAM answers with %s', async (_, answers, message) => {
    const { estate } = estateOf(answers);
    await expect(estate.role(ROLE_ARN)).rejects.toMatchObject(unavailable(message));
  });

  it.each(['3600', '43200'])('takes a longest session of %s s', async (seconds) => {
    const { estate } = estateOf({ GetRole: (RESULTS['GetRole'] ?? '').replace('>3600<', `>${seconds}<`) });
    expect(await estate.role(ROLE_ARN)).toMatchObject({ maxSessionDurationSeconds: Number(seconds) });
  });

  it.each<[string, Record<string, Given>]>([
    ['there is no list', { ListOpenIDConnectProviders: '' }],
    ['one of them cannot be read', { GetOpenIDConnectProvider: { status: 500, body: errorOf('InternalFailure') } }],
    ['one of them is gone meanwhile', { GetOpenIDConnectProvider: { status: 404, body: errorOf('NoSuchEntity') } }],
    ['one has no URL', { GetOpenIDConnectProvider: '<ClientIDList/>' }],
    ['one has no list of clients', { GetOpenIDConnectProvider: '<Url>login.example.com</Url>' }],
    [
      'one has a client that is no text',
      { GetOpenIDConnectProvider: '<Url>a</Url><ClientIDList><member><Id>a</Id></member></ClientIDList>' },
    ],
  ])('fails for the identity providers when %s', async (_, changed) => {
    await expect(estateOf(changed).estate.providers()).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });

  it.each(['https://', 'http://', ''])("takes the issuer without '%s'", async (scheme) => {
    const { estate } = estateOf({ GetOpenIDConnectProvider: `<Url>${scheme}127.0.0.1:4000/a</Url><ClientIDList/>` });
    expect(await estate.providers()).toEqual([{ arn: 'arn:provider', issuer: '127.0.0.1:4000/a', clientIds: [] }]);
  });

  it.each(['', '12345678901', 'my-account'])("fails for the account '%s'", async (account) => {
    const { estate } = estateOf({ GetCallerIdentity: `<Account>${account}</Account>` });
    await expect(estate.account()).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });

  it('fails for a managed policy that cannot be read', async () => {
    const { estate } = estateOf({ GetPolicyVersion: { status: 500, body: '' } });
    await expect(estate.managedPolicy('arn:attached')).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });

  it.each([
    ['is no JSON', '{"Statement":'],
    ['is no JSON, encoded', '%7B'],
    ['is encoded wrongly', '%7'],
    ['is empty', ''],
    ['is no object', '%22all%22'],
  ])('denies what is asked of a role with a policy whose document %s', async (_, document) => {
    const { estate } = estateOf({ GetRolePolicy: `<PolicyDocument>${document}</PolicyDocument>` });
    const identity = (await estate.role(ROLE_ARN))?.identity ?? [];
    const principal = { kind: 'role-session', roleArn: ROLE_ARN, sessionArn: `${ROLE_ARN}/me`, account: '123456789012' } as const;
    const asked = { principal, action: 's3:GetObject', resource: 'arn:aws:s3:::files/a', context: RequestContext.closed() };
    expect(decide(asked, { identity }).effect).toBe('unknown');
  });

  it('reads a document with signs as XML writes them', async () => {
    const { estate } = estateOf({
      GetRolePolicy: '<PolicyDocument>{&#34;Statement&#34;:[{&quot;Sid&quot;:&#x22;a&amp;lt;%25&quot;}]}</PolicyDocument>',
    });
    expect((await estate.role(ROLE_ARN))?.identity[1]?.document).toEqual({ Statement: [{ Sid: 'a&lt;%25' }] });
  });
});

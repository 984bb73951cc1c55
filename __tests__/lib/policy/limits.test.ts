import { policyDocument } from '../../../lib/policy/document';
import {
  LIMITS,
  MAX_AUDIENCES,
  MAX_MANAGED_POLICY_CHARACTERS,
  MAX_RESOURCE_POLICY_BYTES,
  MAX_SESSION_DURATION_SECONDS,
  MAX_TAGS,
  MAX_TRUST_POLICY_CHARACTERS,
  policyBytes,
  policyLength,
} from '../../../lib/policy/limits';

const ACCOUNT = '123456789012';
const x = (length: number) => 'x'.repeat(length);

/** Values on both sides of each limit. */
const CASES: Record<keyof typeof LIMITS, { readonly fitting: readonly string[]; readonly refused: readonly string[] }> = {
  namePrefix: {
    fitting: ['ab', 'a1', 'my-app', x(28)],
    refused: ['', 'a', x(29), '1a', '-a', 'a-', 'A-b', 'a_b', 'a.b', 'ab\n'],
  },
  region: {
    fitting: ['eu-central-1', 'us-gov-west-1', 'ap-southeast-12', 'us-iso-east-1'],
    refused: ['', 'eu', 'eu-central', 'eu-central-', 'eu-1', 'EU-CENTRAL-1', 'eu-central-1a', 'eu central 1'],
  },
  roleName: { fitting: ['x', x(64), 'aZ09_+=,.@-'], refused: ['', x(65), 'a b', 'a/b', 'a*', 'ä', 'a\n'] },
  policyName: { fitting: ['x', x(128), 'aZ09_+=,.@-'], refused: ['', x(129), 'a b', 'a/b', 'a*', 'ä', 'a\n'] },
  path: {
    fitting: ['/', '/a/', '/a/b-c/', `/${x(510)}/`],
    refused: ['', 'a', '/a', 'a/', '//', '/a b/', '/ä/', `/${x(511)}/`, '/a/\n'],
  },
  audience: {
    fitting: ['x', x(255), '1h57kf5cpq17m0eml12EXAMPLE', 'https://api.example.com', 'sts.amazonaws.com'],
    refused: ['', x(256), 'a b', 'a,b', '*', 'a?', 'a\n'],
  },
  identityPoolId: {
    fitting: ['eu-central-1:12345678-90ab-cdef-1234-567890abcdef'],
    refused: [
      '',
      'eu-central-1_a1B2c3D4e',
      '12345678-90ab-cdef-1234-567890abcdef',
      'eu-central-1:12345678',
      'eu-central-1:12345678-90AB-cdef-1234-567890abcdef',
      'eu-central-1:12345678-90ab-cdef-1234-567890abcdef\n',
    ],
  },
  userPoolName: { fitting: ['x', x(128), 'My users +=,.@-_'], refused: ['', x(129), 'a/b', 'a*', 'ä', 'a\n'] },
  functionName: { fitting: ['x', x(64), 'aZ09_-'], refused: ['', x(65), 'a b', 'a.b', 'a*', 'ä', 'a\n'] },
  tableName: { fitting: [x(3), x(255), 'aZ09_.-'], refused: ['', x(2), x(256), 'a b c', 'a/b', 'a*c', 'äbc', 'abc\n'] },
  indexName: { fitting: [x(3), x(255), 'aZ09_.-'], refused: ['', x(2), x(256), 'a b c', 'a/b', 'a*c', 'äbc', 'abc\n'] },
  attributeName: { fitting: ['x', x(255), 'expires at', 'ä', '💾'.repeat(255)], refused: ['', x(256)] },
  bucketName: {
    fitting: [x(3), x(63), '0a0', 'a.b-c', 'a--b', 'my-xn--app', '1.2.3', '1.2.3.4.5', 'app-s3alias-x'],
    refused: [
      '',
      x(2),
      x(64),
      'Abc',
      'a_c',
      'a c',
      '-bc',
      'ab-',
      '.bc',
      'ab.',
      'a..c',
      '192.168.5.4',
      'xn--abc',
      'sthree-abc',
      'amzn-s3-demo-abc',
      'abc-s3alias',
      'abc--ol-s3',
      'abc.mrap',
      'abc--x-s3',
      'abc\n',
    ],
  },
  permissionsBoundaryArn: {
    fitting: [
      `arn:aws:iam::${ACCOUNT}:policy/boundary`,
      'arn:aws-cn:iam::aws:policy/ReadOnlyAccess',
      `arn:aws:iam::${ACCOUNT}:policy/a/b`,
    ],
    refused: [
      '',
      'boundary',
      `arn:aws:iam::${ACCOUNT}:role/boundary`,
      'arn:aws:iam::1:policy/b',
      `arn:aws:iam::${ACCOUNT}:policy/`,
    ],
  },
  logicalId: { fitting: ['x', '_x', 'tenant_data', 'a-1', x(255)], refused: ['', '1a', '-a', 'a b', 'a.b', x(256), 'a\n'] },
  kmsKeyArn: {
    fitting: [`arn:aws:kms:eu-central-1:${ACCOUNT}:key/1a2b-3c4d`, `arn:aws-us-gov:kms:us-gov-west-1:${ACCOUNT}:key/mrk-1a2b`],
    refused: [
      '',
      '1a2b-3c4d',
      'alias/app',
      `arn:aws:kms:eu-central-1:${ACCOUNT}:alias/app`,
      `arn:aws:kms:eu-central-1:${ACCOUNT}:key/*`,
      `arn:aws:kms:*:${ACCOUNT}:key/1a2b`,
      'arn:aws:kms:eu-central-1:1:key/1a2b',
    ],
  },
  claimName: {
    fitting: ['x', x(128), 'custom:tenant_id', 'https://example.com/tenant'],
    refused: ['', x(129), 'a b', 'a}', 'a,b', '$a'],
  },
  tagKey: {
    fitting: ['x', x(128), 'ä'.repeat(128), 'Org Unit', '_.:/=+-@', 'awsome', 'my-aws:key'],
    refused: ['', x(129), 'aws:x', 'AWS:x', 'Aws:', 'a*', 'a?', 'a,b', 'a#b', '${x}', 'a\n'],
  },
  tagValue: {
    fitting: ['', 'x', x(256), 'Team A', '_.:/=+-@', 'aws:x', 'ä'],
    refused: [x(257), 'a*', 'a?', 'a,b', 'a#b', '${x}', 'a\n'],
  },
};

describe.each(Object.entries(CASES))('LIMITS.%s', (name, { fitting, refused }) => {
  const limit = LIMITS[name as keyof typeof LIMITS];

  it.each(fitting)('fits %j', (value) => {
    expect(limit.fits(value)).toBe(true);
  });

  it.each(refused)('fails for %j', (value) => {
    expect(limit.fits(value)).toBe(false);
  });

  it('says what is allowed', () => {
    expect(limit.allowed).not.toBe('');
  });
});

describe('quotas', () => {
  it.each([
    { name: 'session duration', given: MAX_SESSION_DURATION_SECONDS, quota: { min: 3600, max: 43_200, default: 3600 } },
    { name: 'tags', given: MAX_TAGS, quota: 50 },
    { name: 'client ids', given: MAX_AUDIENCES, quota: 100 },
    { name: 'trust policy', given: MAX_TRUST_POLICY_CHARACTERS, quota: { default: 2048, onRequest: 4096 } },
    { name: 'managed policy', given: MAX_MANAGED_POLICY_CHARACTERS, quota: 6144 },
    { name: 'resource policy', given: MAX_RESOURCE_POLICY_BYTES, quota: 20_480 },
  ])("is AWS's for $name", ({ given, quota }) => {
    expect(given).toEqual(quota);
  });
});

describe('policyLength', () => {
  const lengthWith = (resource: string) => policyLength(policyDocument({ Effect: 'Allow', Action: 'a:B', Resource: resource }));

  it('counts the JSON', () => {
    expect(policyLength(policyDocument())).toBe('{"Version":"2012-10-17","Statement":[]}'.length);
  });

  it('counts a list of one as its string, as Terraform writes it', () => {
    const listed = (values: string[]) => policyLength(policyDocument({ Effect: 'Allow', Action: values, Resource: 'x' }));
    expect(listed(['a:B'])).toBe(lengthWith('x'));
    expect(listed(['a:B', 'a:C']) - listed(['a:B'])).toBe('["a:B","a:C"]'.length - '"a:B"'.length);
  });

  it.each([
    { name: 'a character', text: 'x', length: 1 },
    { name: 'white space', text: ' \u00a0', length: 0 },
    { name: 'a policy variable', text: '${aws:PrincipalTag/tenant_id}', length: 29 },
    { name: 'a Terraform token', text: '${TfToken[TOKEN.12]}', length: 0 },
    { name: 'a list of Terraform', text: '#{TfToken[TOKEN.12]}', length: 0 },
    { name: 'tokens in between', text: 'a${TfToken[TOKEN.1]}b${TfToken[TOKEN.2]}c', length: 3 },
  ])('counts $length for $name', ({ text, length }) => {
    expect(lengthWith(text) - lengthWith('')).toBe(length);
  });
});

describe('policyBytes', () => {
  const bytesWith = (resource: string) => policyBytes(policyDocument({ Effect: 'Deny', Action: 's3:*', Resource: resource }));

  it('counts the JSON, a list of one as its string', () => {
    expect(policyBytes(policyDocument())).toBe('{"Version":"2012-10-17","Statement":[]}'.length);
    expect(policyBytes(policyDocument({ Effect: 'Deny', Action: 's3:*', Resource: ['x'] }))).toBe(bytesWith('x'));
  });

  it.each([
    { name: 'a character', text: 'x', bytes: 1 },
    { name: 'a character of two bytes', text: 'ä', bytes: 2 },
    { name: 'white space', text: 'Org Unit', bytes: 8 },
    { name: 'a policy variable', text: '${aws:PrincipalTag/tenant_id}', bytes: 29 },
    { name: 'a Terraform token', text: '${TfToken[TOKEN.12]}', bytes: 0 },
  ])('counts $bytes for $name', ({ text, bytes }) => {
    expect(bytesWith(text) - bytesWith('')).toBe(bytes);
  });
});

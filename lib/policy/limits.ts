import type { PolicyDocument } from './document';

/** A limit of AWS: what fits, and how a message says it. */
export interface Limit {
  readonly fits: (value: string) => boolean;
  readonly allowed: string;
}

function pattern(regExp: RegExp, allowed: string): Limit {
  return { fits: (value) => regExp.test(value), allowed };
}

/**
 * Names and values as AWS takes them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const LIMITS = {
  namePrefix: pattern(/^[a-z][a-z0-9-]{0,26}[a-z0-9]$/, '2-28 characters of a-z 0-9 -, beginning with a letter, not ending with -'),
  region: pattern(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region such as 'eu-central-1'"),
  roleName: pattern(/^[\w+=,.@-]{1,64}$/, '1-64 characters of letters, digits and _ + = , . @ -'),
  policyName: pattern(/^[\w+=,.@-]{1,128}$/, '1-128 characters of letters, digits and _ + = , . @ -'),
  path: pattern(/^\/(?:[\x21-\x7e]{1,510}\/)?$/, "'/' or 1-512 printable characters that begin and end with '/'"),
  audience: pattern(/^[^\s,*?]{1,255}$/, 'a client id of 1-255 characters without spaces, commas and wildcards'),
  tableName: pattern(/^[\w.-]{3,255}$/, '3-255 characters of A-Z a-z 0-9 _ . -'),
  indexName: pattern(/^[\w.-]{3,255}$/, '3-255 characters of A-Z a-z 0-9 _ . -'),
  attributeName: pattern(/^.{1,255}$/su, '1-255 characters'),
  bucketName: pattern(
    /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3)$)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    '3-63 characters of a-z 0-9 . -, beginning and ending with a letter or digit, none of the prefixes and suffixes that S3 reserves',
  ),
  permissionsBoundaryArn: pattern(
    /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/\S+$/,
    'arn:<partition>:iam::<account>:policy/<name>',
  ),
  logicalId: pattern(/^[A-Za-z_][\w-]{0,254}$/, '1-255 letters, digits, _ and -, beginning with a letter or _'),
  kmsKeyArn: pattern(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    'arn:<partition>:kms:<region>:<account>:key/<id>, not an alias',
  ),
  identityPoolId: pattern(
    /^[a-z]{2,}(-[a-z]+)+-\d+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    "<region>:<uuid>, for example 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef'",
  ),
  userPoolName: pattern(/^[\w +=,.@-]{1,128}$/, '1-128 characters of letters, digits, spaces and _ + = , . @ -'),
  functionName: pattern(/^[\w-]{1,64}$/, '1-64 characters of letters, digits, _ and -'),
  claimName: pattern(/^[\w.-][\w.:/-]{0,127}$/, '1-128 characters of letters, digits and _ . : / -'),
  tagKey: pattern(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
    "1-128 characters of letters, digits, spaces and _ . : / = + - @, not starting with 'aws:'",
  ),
  tagValue: pattern(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, '0-256 characters of letters, digits, spaces and _ . : / = + - @'),
} as const satisfies Record<string, Limit>;

/** Seconds a role's sessions may last at most. */
export const MAX_SESSION_DURATION_SECONDS = { min: 3600, max: 43_200, default: 3600 } as const;

/** Tags an IAM resource may carry. */
export const MAX_TAGS = 50;

/** Client ids that one OIDC provider may hold. */
export const MAX_AUDIENCES = 100;

/** Characters of a trust policy: the quota of a new account, and the most that AWS grants on request. */
export const MAX_TRUST_POLICY_CHARACTERS = { default: 2048, onRequest: 4096 } as const;

/** Characters of a managed policy, white space not counted. */
export const MAX_MANAGED_POLICY_CHARACTERS = 6144;

/**
 * Bytes of the policy on a table or bucket, white space counted.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
export const MAX_RESOURCE_POLICY_BYTES = 20_480;

/**
 * The length of a policy as IAM counts it. What Terraform fills in later is left out, so with such parts the true length is larger;
 * policy variables count in full, as they stay.
 */
export function policyLength(document: PolicyDocument): number {
  return minified(document).replace(/\s/g, '').length;
}

/** The size of a resource policy, minified, as S3 and DynamoDB count it. What Terraform fills in later is left out here too. */
export function policyBytes(document: PolicyDocument): number {
  return Buffer.byteLength(minified(document));
}

/** The JSON that Terraform writes, without what it fills in later. */
function minified(document: PolicyDocument): string {
  // Terraform writes a list of one as its one string.
  const compact = (key: string, value: unknown): unknown =>
    key !== 'Statement' && Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value;
  return JSON.stringify(document, compact).replace(/[$#]\{TfToken\[[^\]]*\]\}/g, '');
}

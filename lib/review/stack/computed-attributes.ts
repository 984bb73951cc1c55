/** Attributes that AWS or the provider makes, as far as they can be told from the others. */
import { policyDocument } from './policy-document-source';
import {
  asText,
  concatenated,
  firstUnknown,
  isObject as isTerraformObject,
  type TerraformObject,
  type TerraformValue,
  Unknown,
} from './terraform-expression';

export const DEFAULT_ACCOUNT = '123456789012';
export const DEFAULT_REGION = 'eu-central-1';

/** Settings of a provider that decide in which account it works. */
export const ACCOUNT_SETTINGS = [
  'access_key',
  'assume_role',
  'assume_role_with_web_identity',
  'profile',
  'shared_credentials_files',
];

/** A block as its computed attributes see it. */
export interface View {
  readonly arguments: readonly string[];
  readonly has: (argument: string) => boolean;
  readonly get: (attribute: string) => TerraformValue;
  readonly partition: () => string;
  readonly region: () => string;
  readonly account: () => TerraformValue;
  readonly defaultTags: () => TerraformValue;
}

/** Undefined if it is known after the apply only. */
type Computed = (view: View) => TerraformValue | undefined;

const afterApply: Computed = () => undefined;
const partition: Computed = (view) => view.partition();
const account: Computed = (view) => view.account();

function same(argument: string): Computed {
  return (view) => view.get(argument);
}

function region(view: View): TerraformValue | undefined {
  if (view.has('endpoint')) return undefined;
  return view.has('name') ? view.get('name') : regionOf(view);
}

/** From version 6 on of the AWS provider each block may name its region. */
function regionOf(view: View): TerraformValue {
  return view.has('region') ? view.get('region') : view.region();
}

function iamArn(kind: string): Computed {
  return (view) => {
    const path = view.has('path') ? view.get('path') : '/';
    return concatenated(['arn:', view.partition(), ':iam::', view.account(), `:${kind}`, path, view.get('name')]);
  };
}

function providerArn(view: View): TerraformValue {
  const url = view.get('url');
  const issuer = typeof url === 'string' ? url.replace(/^https:\/\//, '') : url;
  return concatenated(['arn:', view.partition(), ':iam::', view.account(), ':oidc-provider/', issuer]);
}

function tableArn(view: View): TerraformValue {
  return concatenated(['arn:', view.partition(), ':dynamodb:', regionOf(view), ':', view.account(), ':table/', view.get('name')]);
}

function bucketArn(view: View): TerraformValue {
  return concatenated(['arn:', view.partition(), ':s3:::', view.get('bucket')]);
}

/** The ARN of what lies in a region, with its name behind the type. */
function regionalArn(service: string, type: string, argument: string): Computed {
  return (view) =>
    concatenated(['arn:', view.partition(), `:${service}:`, regionOf(view), ':', view.account(), `:${type}:`, view.get(argument)]);
}

/** The tags of the provider and its own. */
function allTags(view: View): TerraformValue | undefined {
  const [defaults, tags] = [view.defaultTags() ?? {}, view.has('tags') ? view.get('tags') : {}];
  if (!isTerraformObject(defaults) || !isTerraformObject(tags)) return firstUnknown([defaults, tags]);
  const all = Object.entries({ ...defaults, ...tags }).map(([key, value]) => [key, asText(value) ?? new Unknown(`tag ${key}`)]);
  const merged = Object.fromEntries(all) as TerraformObject;
  return firstUnknown(merged) ?? merged;
}

const COMPUTED: Readonly<Record<string, Readonly<Record<string, Computed>>>> = {
  aws_iam_role: { name: afterApply, id: same('name'), arn: iamArn('role'), tags_all: allTags },
  aws_iam_policy: { name: afterApply, id: iamArn('policy'), arn: iamArn('policy') },
  aws_iam_openid_connect_provider: { id: providerArn, arn: providerArn },
  aws_dynamodb_table: { id: same('name'), arn: tableArn },
  aws_s3_bucket: { bucket: afterApply, id: same('bucket'), arn: bucketArn },
  aws_kms_key: { id: afterApply, key_id: afterApply, arn: afterApply },
  aws_lambda_function: { id: same('function_name'), arn: regionalArn('lambda', 'function', 'function_name') },
  aws_cloudwatch_log_group: { name: afterApply, id: same('name'), arn: regionalArn('logs', 'log-group', 'name') },
  'data.aws_dynamodb_table': { id: same('name'), arn: tableArn },
  'data.aws_s3_bucket': { id: same('bucket'), arn: bucketArn },
  'data.aws_partition': { id: partition, partition },
  'data.aws_region': { id: region, name: region },
  'data.aws_caller_identity': { id: account, account_id: account },
  'data.aws_iam_policy_document': {
    json: (view) => policyDocument(view, 2),
    minified_json: (view) => policyDocument(view, 0),
  },
};

/** Attributes that are not in a block's body, by name. */
export function computedOf({
  mode,
  type,
}: {
  readonly mode: 'managed' | 'data';
  readonly type: string;
}): ReadonlyMap<string, Computed> {
  const key = mode === 'data' ? `data.${type}` : type;
  return new Map(Object.entries(Object.hasOwn(COMPUTED, key) ? (COMPUTED[key] ?? {}) : {}));
}

export function partitionOf(region: string): string {
  const isolated = /^[a-z]+-iso([a-z]?)-/.exec(region);
  if (isolated !== null) return isolated[1] === '' ? 'aws-iso' : `aws-iso-${isolated[1]}`;
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

import { AwsError } from '../http/aws-error';
import type { QueryForm } from './query-form';

/** Parameters of AssumeRoleWithWebIdentity. */
export interface WebIdentityParameters {
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly token: string;
  readonly durationSeconds: number;
  /** JSON, not parsed yet. */
  readonly policy?: string;
  readonly policyArns: readonly string[];
}

const DEFAULT_DURATION_SECONDS = 3600;
const MOST_POLICY_ARNS = 10;

interface Rule {
  readonly least: number;
  readonly most: number;
  readonly pattern?: RegExp;
  readonly required?: boolean;
}

const RULES: Readonly<Record<string, Rule>> = {
  RoleArn: { least: 20, most: 2048, required: true },
  RoleSessionName: { least: 2, most: 64, pattern: /^[\w+=,.@-]*$/, required: true },
  WebIdentityToken: { least: 4, most: 20_000, required: true },
  ProviderId: { least: 4, most: 2048 },
  Policy: { least: 1, most: 2048, pattern: /^[\t\n\r\u0020-\u00ff]*$/ },
};

const DURATION: Pick<Rule, 'least' | 'most'> = { least: 900, most: 43_200 };

const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/;

/**
 * Reads and checks the parameters. What the action does not know it does not look at, as STS does.
 *
 * @throws AwsError `ValidationError`, naming all that is wrong but no value; `InvalidIdentityToken` for ProviderId, which belongs to
 *   OAuth access tokens, and those are not taken
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function webIdentityParameters(form: QueryForm): WebIdentityParameters {
  const duration = form.get('DurationSeconds');
  const policyArns = form.list('PolicyArns', 'arn');
  const violations = [
    ...Object.entries(RULES).flatMap(([name, rule]) => violationsOf(name, form.get(name), rule)),
    ...durationViolations(duration),
    ...policyArns.flatMap((arn) => violationsOf('PolicyArns', arn, { least: 20, most: 2048 })),
    ...(policyArns.length > MOST_POLICY_ARNS ? [violation('PolicyArns', `have at most ${MOST_POLICY_ARNS} entries`)] : []),
  ];
  if (violations.length > 0) {
    const detected = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
    throw new AwsError('ValidationError', `${detected} detected: ${violations.join('; ')}`);
  }
  const roleArn = form.get('RoleArn') ?? '';
  if (!ROLE_ARN.test(roleArn)) throw new AwsError('ValidationError', 'Request ARN is invalid');
  if (form.get('ProviderId') !== undefined) {
    throw new AwsError('InvalidIdentityToken', 'ProviderId is for OAuth access tokens, which are not taken here');
  }
  return {
    roleArn,
    roleSessionName: form.get('RoleSessionName') ?? '',
    token: form.get('WebIdentityToken') ?? '',
    durationSeconds: duration === undefined ? DEFAULT_DURATION_SECONDS : Number(duration),
    policy: form.get('Policy'),
    policyArns,
  };
}

function violationsOf(name: string, value: string | undefined, { least, most, pattern, required }: Rule): string[] {
  if (value === undefined) return required === true ? [violation(name, 'not be null')] : [];
  return [
    ...(value.length < least ? [violation(name, `have length greater than or equal to ${least}`)] : []),
    ...(value.length > most ? [violation(name, `have length less than or equal to ${most}`)] : []),
    ...(pattern?.test(value) === false ? [violation(name, `satisfy regular expression pattern: ${pattern.source}`)] : []),
  ];
}

function durationViolations(duration: string | undefined): string[] {
  if (duration === undefined) return [];
  if (!/^\d{1,9}$/.test(duration)) return [violation('DurationSeconds', 'be a whole number')];
  const { least, most } = DURATION;
  return [
    ...(Number(duration) < least ? [violation('DurationSeconds', `have value greater than or equal to ${least}`)] : []),
    ...(Number(duration) > most ? [violation('DurationSeconds', `have value less than or equal to ${most}`)] : []),
  ];
}

/** STS names a parameter with a small first letter here. */
function violation(name: string, must: string): string {
  return `Value at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must ${must}`;
}

import { deflateRawSync } from 'node:zlib';
import { type CompiledPolicy, compilePolicy } from '../../isolation';
import { statementProblems } from '../../policy/document';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { SessionTags } from './session-tags';

/** Characters that the inline policy and the ARNs of managed ones may have together. */
const MOST_CHARACTERS = 2048;

/** Bytes taken for 100 percent. AWS does not tell its limit. */
const PACKED_BYTES = 2048;

const VERSIONS: readonly unknown[] = ['2008-10-17', '2012-10-17', undefined];
const ELEMENTS = ['Version', 'Id', 'Statement'];

/**
 * Reads an inline session policy.
 *
 * @throws AwsError `MalformedPolicyDocument`
 */
export function inlineSessionPolicy(text: string): CompiledPolicy {
  const document = parse(text);
  const problem = documentProblem(document);
  if (problem !== undefined) throw new AwsError('MalformedPolicyDocument', `The session policy is not valid: ${problem}.`);
  return compilePolicy('session policy', document, 'identity');
}

/**
 * Looks up managed policies that a session is to be limited by.
 *
 * @throws AwsError `ValidationError` for one that is not there, or for too many characters
 */
export async function managedSessionPolicies(
  arns: readonly string[],
  inline: string | undefined,
  estate: Estate,
): Promise<CompiledPolicy[]> {
  if ([...arns, inline ?? ''].join('').length > MOST_CHARACTERS) {
    throw new AwsError('ValidationError', `Session policies may have ${MOST_CHARACTERS} characters together`);
  }
  return Promise.all(
    arns.map(async (arn) => {
      const policy = await estate.managedPolicy(arn);
      if (policy === undefined) throw new AwsError('ValidationError', 'A managed session policy does not exist');
      return policy;
    }),
  );
}

/**
 * How much of the space for session policies and tags is taken, in percent, rounded up. STS packs them in a way that is not told; here
 * they are deflated and held against 2,048 bytes, so the figure is of the right order only.
 *
 * @throws AwsError `PackedPolicyTooLarge` beyond 100
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-limits-entity-length
 */
export function packedPolicySize(
  policy: string | undefined,
  policyArns: readonly string[],
  { tags, transitiveKeys }: SessionTags,
): number {
  const pairs = Object.entries(tags).flat();
  if (policy === undefined && policyArns.length === 0 && pairs.length === 0) return 0;
  const packed = deflateRawSync([policy ?? '', ...policyArns, ...pairs, ...transitiveKeys].join('\n'));
  const percent = Math.ceil((packed.length / PACKED_BYTES) * 100);
  if (percent > 100) {
    throw new AwsError('PackedPolicyTooLarge', `Session policies and tags take ${percent}% of the space that there is for them`);
  }
  return percent;
}

function parse(text: string): unknown {
  try {
    // IAM takes numbers and booleans of conditions with quotes or without.
    return JSON.parse(text, (_name, value: unknown) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
    );
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'The session policy is not valid: it is no JSON.');
  }
}

function documentProblem(document: unknown): string | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return 'it is no object';
  const foreign = Object.keys(document).find((name) => !ELEMENTS.includes(name));
  if (foreign !== undefined) return 'it has an element that no policy has';
  const { Version: version, Statement: statement } = document as Readonly<Record<string, unknown>>;
  if (!VERSIONS.includes(version)) return 'its Version is not known';
  const statements: readonly unknown[] = Array.isArray(statement) ? statement : [statement];
  if (statements.length === 0) return 'it has no statement';
  return statements.flatMap(statementProblems)[0];
}

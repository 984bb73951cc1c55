/** Examples of ids that Amazon Cognito makes on deployment: they decide nothing inside a policy but whose tokens are taken. */
import type { JsonObject } from '../plan/review-input';

/** Examples by resource type and attribute, in a region. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, (where: ExamplePlace) => string>>>> = {
  aws_cognito_user_pool: {
    id: ({ region }) => userPoolId(region),
    endpoint: ({ region }) => `cognito-idp.${region}.amazonaws.com/${userPoolId(region)}`,
    arn: ({ partition, region, account }) => `arn:${partition}:cognito-idp:${region}:${account}:userpool/${userPoolId(region)}`,
  },
  aws_cognito_user_pool_client: { id: () => 'example-client-id' },
  aws_cognito_identity_pool: {
    id: ({ region }) => identityPoolId(region),
    arn: ({ partition, region, account }) =>
      `arn:${partition}:cognito-identity:${region}:${account}:identitypool/${identityPoolId(region)}`,
  },
};

/** Where the stack is taken to be deployed. */
export interface ExamplePlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

function userPoolId(region: string): string {
  return `${region}_example`;
}

function identityPoolId(region: string): string {
  return `${region}:00000000-0000-4000-8000-000000000000`;
}

/** Attributes of a type of which there is an example. */
export function exampleAttributes(type: string): readonly string[] {
  return Object.hasOwn(EXAMPLES, type) ? Object.keys(EXAMPLES[type] ?? {}) : [];
}

export function exampleOf(type: string, attribute: string, where: ExamplePlace): string | undefined {
  if (!exampleAttributes(type).includes(attribute)) return undefined;
  return EXAMPLES[type]?.[attribute]?.(where);
}

/** What CDKTF calls an output by which one stack hands a value to another: the type, the logical id and the attribute, run together. */
const CROSS_STACK = /^cross-stack-output-(aws_cognito_user_pool_client|aws_cognito_user_pool|aws_cognito_identity_pool)(?!_)(.+)$/;

/** The example of an output of another stack; undefined if there is none. */
export function crossStackExample(output: string, where: ExamplePlace): string | undefined {
  const [, type = '', rest = ''] = CROSS_STACK.exec(output) ?? [];
  const attribute = exampleAttributes(type).find((name) => rest.endsWith(name) && rest.length > name.length);
  return attribute && exampleOf(type, attribute, where);
}

/** Names of the outputs that the stack takes from another one's state. */
export function outputsTaken(stack: JsonObject, name: string): string[] {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`\\bdata\\.terraform_remote_state\\.${escaped}\\.outputs\\.([\\w-]+)`, 'g');
  return [...new Set([...JSON.stringify(stack).matchAll(pattern)].map(([, output = '']) => output))];
}

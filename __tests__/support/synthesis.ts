import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { type App, TerraformOutput, TerraformStack, Testing } from 'cdktf';
import { MultiTenantIamError } from '../../lib';

/** Arguments of a Terraform block. */
export type Block = Readonly<Record<string, unknown>>;

/** Blocks by type and name. */
type Blocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/** A synthesised stack, parsed. */
export interface Synthesised {
  readonly terraform: { readonly backend?: Readonly<Record<string, Block>> };
  readonly provider: Readonly<Record<string, readonly Block[]>>;
  readonly variable: Readonly<Record<string, Block>>;
  readonly output: Readonly<Record<string, Block>>;
  readonly resource: Blocks;
  readonly data: Blocks;
}

/** A `statement` block of `data "aws_iam_policy_document"`. */
export interface StatementBlock {
  readonly sid?: string;
  readonly effect?: string;
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly actions?: readonly string[];
  readonly not_actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly not_resources?: readonly string[];
  readonly condition?: readonly { readonly test: string; readonly variable: string; readonly values: readonly string[] | string }[];
}

const outdir = mkdtempSync(join(tmpdir(), 'synthesis-'));
afterAll(() => {
  rmSync(outdir, { recursive: true, force: true });
});

/** An app whose output goes to a directory that is removed after the tests of a file. */
export function testApp(): App {
  return Testing.app({ outdir });
}

/** A stack with nothing but the AWS provider. */
export function awsStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), 'stack');
  new AwsProvider(stack, 'aws', { region: 'eu-central-1' });
  return stack;
}

/** What a stack synthesises to, prepared as an app does it, validations on. */
export function synthesise(stack: TerraformStack): Synthesised {
  stack.prepareStack();
  const parsed = JSON.parse(Testing.synth(stack, true)) as Partial<Synthesised>;
  return { terraform: {}, provider: {}, variable: {}, output: {}, resource: {}, data: {}, ...parsed };
}

/** How Terraform reads a value that may hold tokens. */
export function writtenAs(stack: TerraformStack, value: string): unknown {
  const output = new TerraformOutput(stack, `written_${stack.node.children.length}`, { value, staticId: true });
  return synthesise(stack).output[output.friendlyUniqueId]?.['value'];
}

/** The warnings that a stack leaves in CDKTF's manifest, each with the path of its construct. */
export function warningsOf(stack: TerraformStack): { readonly path: string; readonly message: string }[] {
  const directory = Testing.fullSynth(stack);
  const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
    readonly stacks: Readonly<
      Record<
        string,
        { readonly annotations: readonly { readonly level: string; readonly constructPath: string; readonly message: string }[] }
      >
    >;
  };
  rmSync(directory, { recursive: true, force: true });
  return Object.values(manifest.stacks)
    .flatMap(({ annotations }) => annotations)
    .filter(({ level }) => level === '@cdktf/warn')
    .map(({ constructPath, message }) => ({ path: constructPath, message }));
}

/** Addresses of all resources and data sources, sorted. */
export function addressesOf({ resource, data }: Synthesised): string[] {
  const names = (blocks: Blocks) =>
    Object.entries(blocks).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`));
  return [...names(resource), ...names(data).map((address) => `data.${address}`)].sort();
}

/** The one resource of a type. */
export function onlyResource({ resource }: Synthesised, type: string): Block {
  const [block, ...others] = Object.values(resource[type] ?? {});
  if (block === undefined || others.length > 0) {
    throw new Error(`there are ${others.length + (block ? 1 : 0)} ${type}, one was expected`);
  }
  return block;
}

/** The statements of a policy document, by its Terraform name. */
export function statementsOf({ data }: Synthesised, name: string): readonly StatementBlock[] {
  const documents = data['aws_iam_policy_document'] ?? {};
  const document = documents[name];
  if (document === undefined) throw new Error(`no policy document ${name}, there are ${Object.keys(documents).join(', ')}`);
  return document['statement'] as readonly StatementBlock[];
}

/** The error of this package that a call throws. */
export function refusalOf(call: () => unknown): MultiTenantIamError {
  try {
    call();
  } catch (error) {
    if (error instanceof MultiTenantIamError) return error;
    throw error;
  }
  throw new Error('nothing was thrown, a MultiTenantIamError was expected');
}

/** Reads CDKTF's Terraform JSON as if it were planned, without Terraform: variables get values, expressions are evaluated, ARNs made from names. */
import { ACCOUNT_SETTINGS, computedOf, DEFAULT_ACCOUNT, DEFAULT_REGION, partitionOf, type View } from './computed-attributes';
import type { ResourceInstance } from '../estate/resource';
import { isObject, type JsonObject, own, ReviewInputError } from '../plan/review-input';
import { at, attributesOf, type Block, blocksOf, dynamicLabels, listed, MEND, META_ARGUMENTS, section } from './stack-blocks';
import { converted, definedOf, givenValue, HAS_BLOCKS, knownPart, unknownPart, withBlocksAsLists } from './stack-values';
import { crossStackExample, exampleAttributes, exampleOf, type ExamplePlace, outputsTaken } from './stack-examples';
import { evaluateJson, firstUnknown, type Reference, referencesIn, type TerraformValue, Unknown } from './terraform-expression';

/** Where the stack is taken to be deployed, and the values of its variables. */
export interface SynthesisedStackOptions {
  /** As on Terraform's command line: a string as it is, other types in Terraform's syntax. */
  readonly variables: Readonly<Record<string, string>>;
  /** @default '123456789012' */
  readonly account?: string;
  /**
   * Of a provider that names none.
   *
   * @default 'eu-central-1'
   */
  readonly region?: string;
  /** @default - the region's */
  readonly partition?: string;
}

/** What a synthesised stack says. */
export interface SynthesisedStackFacts {
  /** All resources and data sources of the stack itself. */
  readonly instances: readonly ResourceInstance[];
  /** Values of the outputs that are known. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Values that nobody gave, each a guess that something in the stack rests on: variables by name, `account`, `region`. */
  readonly assumed: readonly { readonly name: string; readonly value: string }[];
  /** What was not read, and why: attributes that are unknown, `aws_iam_role.tenant.name`, and modules. */
  readonly unread: readonly { readonly name: string; readonly because: string }[];
}

/**
 * Turns the stack that CDKTF writes to `cdk.tf.json` into resource instances with plain values. What it cannot evaluate for sure is
 * unknown, as are all attributes of a resource with `count` or `for_each`: there may be none of it.
 *
 * @param stack the file's content, parsed.
 * @throws ReviewInputError if it is no such stack, or a variable is given that it does not declare or cannot take.
 */
export function readSynthesisedStack(stack: unknown, options: SynthesisedStackOptions): SynthesisedStackFacts {
  return new StackReader(stack, options).read();
}

/** Longest way from an attribute over references to the one that it takes its value from. */
const MAX_HOPS = 40;

class StackReader {
  readonly #stack: JsonObject;
  readonly #options: SynthesisedStackOptions;
  readonly #blocks: ReadonlyMap<string, Block>;
  readonly #values = new Map<string, TerraformValue>();
  readonly #assumed = new Map<string, string>();
  #hops = 0;

  constructor(stack: unknown, options: SynthesisedStackOptions) {
    if (!isObject(stack)) throw new ReviewInputError(`the stack is no JSON object; ${MEND}`);
    if (!['terraform', 'resource', 'data'].some((key) => Object.hasOwn(stack, key))) {
      throw new ReviewInputError(
        `this JSON has neither 'terraform' nor 'resource' nor 'data', so it is no synthesised stack; ${MEND}`,
      );
    }
    this.#stack = stack;
    this.#options = options;
    const blocks = [...blocksOf(stack, 'resource'), ...blocksOf(stack, 'data')];
    this.#blocks = new Map(blocks.map((block) => [block.address, block]));
    const declared = section(stack, 'variable');
    for (const [name, value] of Object.entries(options.variables)) {
      if (Object.hasOwn(declared, name)) {
        givenValue(name, own(declared[name], 'type'), value);
      } else {
        const known = Object.keys(declared).join(', ');
        throw new ReviewInputError(`the stack declares no variable '${name}'; it declares ${known === '' ? 'none' : known}`);
      }
    }
  }

  read(): SynthesisedStackFacts {
    const unread: { name: string; because: string }[] = [];
    const instances = [...this.#blocks.values()].map((block): ResourceInstance => {
      const entries = attributesOf(block).map((name) => [name, this.#attribute(block, name)] as const);
      for (const [name, value] of entries) {
        const because = firstUnknown(value)?.reason;
        // Of another stack's state counts what is taken from it.
        const ofState = block.type === 'terraform_remote_state' && name !== 'outputs';
        if (because !== undefined && !ofState) unread.push({ name: `${block.address}.${name}`, because });
      }
      return {
        address: block.address,
        mode: block.mode,
        type: block.type,
        values: definedOf(entries.map(([name, value]) => [name, knownPart(value)])),
        unknown: definedOf(entries.map(([name, value]) => [name, unknownPart(value)])),
        sensitive: definedOf(entries.map(([name]) => [name, this.#isSensitive(block, name) ? true : undefined])),
        references: (attribute) => this.#references(block, attribute),
      };
    });
    const modules = Object.keys(section(this.#stack, 'module')).map((name) => `module.${name}`);
    const outputs = Object.entries(section(this.#stack, 'output')).map(
      ([name, output]) => [name, knownPart(this.#evaluate(own(output, 'value') ?? null))] as const,
    );
    return {
      instances,
      outputs: definedOf(outputs),
      assumed: [...this.#assumed].map(([name, value]) => ({ name, value })),
      unread: [...unread, ...modules.map((name) => ({ name, because: 'modules are not read' }))],
    };
  }

  #attribute(block: Block, name: string): TerraformValue {
    const { address, type, body } = block;
    return this.#once(`${address}.${name}`, () => {
      if (Object.hasOwn(body, 'count') || Object.hasOwn(body, 'for_each')) return new Unknown(`${address} has count or for_each`);
      if (dynamicLabels(body).includes(name)) return new Unknown(`${address} has dynamic blocks`);
      if (Object.hasOwn(body, name)) {
        const value = this.#evaluate(body[name]);
        return HAS_BLOCKS.test(type) ? withBlocksAsLists(name, value) : value;
      }
      const example = this.#exampleFor(block, name);
      if (example !== undefined) return example;
      const computed = computedOf(block).get(name);
      return computed?.(this.#view(body, block)) ?? new Unknown(`${address}.${name} is known after apply`);
    });
  }

  #evaluate(json: unknown): TerraformValue {
    return evaluateJson(json, (reference) => {
      const [first, second = ''] = reference;
      if (first === 'var') return this.#variable(second);
      const name = reference.join('.');
      const local = this.#local(reference);
      if (local !== undefined) return this.#once(name, () => this.#evaluate(local));
      const block = this.#blockOf(reference);
      if (block === undefined) return new Unknown(`${name} is not in the stack`);
      return this.#attribute(block, reference.at(-1) ?? '');
    });
  }

  /** Evaluates what may refer to others, which may refer to it. */
  #once(name: string, evaluate: () => TerraformValue): TerraformValue {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    if (this.#hops >= MAX_HOPS) return new Unknown(`${name} is too many references away`);
    this.#values.set(name, new Unknown(`${name} refers to itself`));
    this.#hops++;
    const value = evaluate();
    this.#hops--;
    this.#values.set(name, value);
    return value;
  }

  #view(body: JsonObject, block: Block): View {
    const provider = this.#provider(body);
    return {
      arguments: Object.keys(body).filter((name) => !META_ARGUMENTS.includes(name)),
      has: (name) => (own(body, name) ?? null) !== null,
      get: (name) => this.#attribute(block, name),
      partition: () => this.#partition(provider),
      region: () => this.#region(provider),
      account: () => this.#account(provider),
      defaultTags: () => this.#evaluate(own(listed(provider['default_tags'])[0], 'tags') ?? {}),
    };
  }

  #provider(body: JsonObject): JsonObject {
    const wanted = body['provider'] ?? 'aws';
    const providers = listed(own(section(this.#stack, 'provider'), 'aws')).filter(isObject);
    return providers.find(({ alias }) => (typeof alias === 'string' ? `aws.${alias}` : 'aws') === wanted) ?? {};
  }

  /** Of what Amazon Cognito makes, in this stack or in another one whose outputs it reads. */
  #exampleFor({ address, mode, type, body }: Block, name: string): TerraformValue | undefined {
    if (mode === 'data' && type === 'terraform_remote_state' && name === 'outputs') {
      const outputs = outputsTaken(this.#stack, address.slice(`data.${type}.`.length)).map((output): [string, TerraformValue] => {
        const example = crossStackExample(output, this.#examplePlace({}));
        return [output, example === undefined ? new Unknown(`${output} is in another stack`) : this.#assume(output, example)];
      });
      return Object.fromEntries(outputs);
    }
    if (mode === 'data' || !exampleAttributes(type).includes(name)) return undefined;
    const example = exampleOf(type, name, this.#examplePlace(body));
    return example && this.#assume(`${address}.${name}`, example);
  }

  #examplePlace(body: JsonObject): ExamplePlace {
    const provider = this.#provider(body);
    const account = this.#account(provider);
    return {
      partition: this.#partition(provider),
      region: this.#region(provider),
      account: typeof account === 'string' ? account : DEFAULT_ACCOUNT,
    };
  }

  #region(provider: JsonObject): string {
    const region = this.#evaluate(provider['region'] ?? null);
    return typeof region === 'string' ? region : (this.#options.region ?? this.#assume('region', DEFAULT_REGION));
  }

  #partition(provider: JsonObject): string {
    return this.#options.partition ?? partitionOf(this.#region(provider));
  }

  #account(provider: JsonObject): TerraformValue {
    const another = Object.hasOwn(provider, 'alias') && ACCOUNT_SETTINGS.some((name) => Object.hasOwn(provider, name));
    if (another) return new Unknown('a provider with credentials of its own may work in another account');
    return this.#options.account ?? this.#assume('account', DEFAULT_ACCOUNT);
  }

  #assume(name: string, value: string): string {
    this.#assumed.set(name, value);
    return value;
  }

  #variable(name: string): TerraformValue {
    const declared = this.#declaration(['var', name]);
    if (!isObject(declared)) return new Unknown(`var.${name} is not declared`);
    const { type } = declared;
    const given = own(this.#options.variables, name);
    if (typeof given === 'string') return givenValue(name, type, given);
    if (Object.hasOwn(declared, 'default')) return converted(type, evaluateJson(declared['default']));
    const example = type === undefined || type === 'string' ? this.#example(name) : undefined;
    if (example === undefined) return new Unknown(`var.${name} has no value; give it with --var ${name}=...`);
    return this.#once(`var.${name}`, () => this.#assume(name, example));
  }

  /** Only of what decides nothing inside a policy but whom it trusts. */
  #example(name: string): string | undefined {
    if (name === 'audience') return 'my-client-id';
    if (name === 'region') return this.#options.region ?? DEFAULT_REGION;
    if (name !== 'identity_provider_arn') return undefined;
    const account = this.#options.account ?? this.#assume('account', DEFAULT_ACCOUNT);
    return `arn:${this.#partition(this.#provider({}))}:iam::${account}:oidc-provider/login.example.com`;
  }

  /** What an attribute takes its value from as it is; empty if anything else goes into it, but for variables. */
  #references({ body }: Block, attribute: string): readonly string[] {
    if (['count', 'for_each', 'dynamic'].some((name) => Object.hasOwn(body, name))) return [];
    return [...new Set(this.#follow(at(body, attribute.split('.')), new Set()) ?? [])];
  }

  /** Undefined if it cannot be told. */
  #follow(json: unknown, seen: Set<string>): string[] | undefined {
    const found = referencesIn(json)?.map(({ reference, direct }) => {
      const name = reference.join('.');
      if (reference[0] === 'var') return [];
      if (!direct || seen.has(name) || seen.size >= MAX_HOPS) return undefined;
      const local = this.#local(reference);
      if (local !== undefined) return this.#follow(local, seen.add(name));
      return this.#blockOf(reference) && [name];
    });
    return found?.every((names) => names !== undefined) === true ? found.flat() : undefined;
  }

  /** Whether a variable goes into an attribute that is declared as sensitive; into a computed one goes the whole block. */
  #isSensitive(block: Block, attribute: string): boolean {
    const source = ({ body }: Block, name: string): unknown => (Object.hasOwn(body, name) ? body[name] : body);
    const seen = new Set<string>();
    const open = [source(block, attribute)];
    for (const json of open) {
      for (const { reference } of referencesIn(json) ?? []) {
        const [name, referred] = [reference.join('.'), this.#blockOf(reference)];
        if (seen.has(name)) continue;
        seen.add(name);
        if (reference[0] === 'local') open.push(this.#local(reference));
        else if (referred !== undefined) open.push(source(referred, reference.at(-1) ?? ''));
        else if (own(this.#declaration(reference), 'sensitive') === true) return true;
      }
    }
    return false;
  }

  /** The block of a variable. */
  #declaration([first, name = '']: Reference): unknown {
    return first === 'var' ? own(section(this.#stack, 'variable'), name) : undefined;
  }

  #local([first, name = '']: Reference): unknown {
    return first === 'local' ? own(section(this.#stack, 'locals'), name) : undefined;
  }

  #blockOf(reference: Reference): Block | undefined {
    return this.#blocks.get(reference.slice(0, reference[0] === 'data' ? 3 : 2).join('.'));
  }
}

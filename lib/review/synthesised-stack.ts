/** Reads CDKTF's Terraform JSON as if it were planned, without Terraform: variables get values, expressions are evaluated, ARNs made from names. */
import { isObject, type JsonObject, own, ReviewInputError } from './plan-json';
import type { ResourceInstance } from './resource';
import {
  asText,
  concatenated,
  evaluateExpression,
  evaluateJson,
  firstUnknown,
  isList,
  isObject as isTerraformObject,
  type Reference,
  referencesIn,
  type TerraformObject,
  type TerraformValue,
  Unknown,
} from './terraform-expression';

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

const MEND = 'give the cdk.tf.json of a stack that `npm start` or `cdktf synth` wrote';

/** Arguments that Terraform itself takes. */
const META_ARGUMENTS = ['//', 'count', 'for_each', 'provider', 'depends_on', 'lifecycle', 'connection', 'provisioner', 'dynamic'];

/** Longest way from an attribute over references to the one that it takes its value from. */
const MAX_HOPS = 40;

interface Block {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly body: JsonObject;
}

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
        if (because !== undefined) unread.push({ name: `${block.address}.${name}`, because });
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
    return {
      instances,
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
    if (type !== undefined && type !== 'string') return new Unknown(`var.${name} has no value`);
    return this.#once(`var.${name}`, () => this.#assume(name, this.#example(name)));
  }

  #example(name: string): string {
    if (name === 'audience') return 'my-client-id';
    if (name === 'region') return this.#options.region ?? DEFAULT_REGION;
    if (name !== 'identity_provider_arn') return `example-${name}`;
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

/** An object of the stack, empty if there is none. */
function section(stack: JsonObject, name: string, path = ''): JsonObject {
  const value = own(stack, name) ?? {};
  if (!isObject(value)) throw new ReviewInputError(`'${path}${name}' of the stack is no object; ${MEND}`);
  return value;
}

function blocksOf(stack: JsonObject, kind: 'resource' | 'data'): Block[] {
  const types = section(stack, kind);
  return Object.keys(types).flatMap((type) => {
    const named = section(types, type, `${kind}.`);
    return Object.keys(named).map((name) => ({
      address: `${kind === 'data' ? 'data.' : ''}${type}.${name}`,
      mode: kind === 'data' ? 'data' : 'managed',
      type,
      body: section(named, name, `${kind}.${type}.`),
    }));
  });
}

function attributesOf(block: Block): string[] {
  const names = [...Object.keys(block.body), ...dynamicLabels(block.body), ...computedOf(block).keys()];
  return [...new Set(names)].filter((name) => !META_ARGUMENTS.includes(name));
}

function dynamicLabels(body: JsonObject): string[] {
  return listed(body['dynamic']).filter(isObject).flatMap(Object.keys);
}

/** Blocks, of which one may be written without a list. */
function listed(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** What stands at a path such as `rule.0.name`; a single block may be written without a list. */
function at(json: unknown, path: readonly string[]): unknown {
  return path.reduce((value, step) => (step === '0' && isObject(value) ? value : own(value, step)), json);
}

// Values

/** Types of which nested blocks are known apart from maps. */
const HAS_BLOCKS = /^aws_(?:iam|dynamodb|s3[a-z]*|kms)_/;
const MAPS = /^(?:tags|tags_all|metadata|context|encryption_context_\w+)$/;

/** Nested blocks as lists, also those that are written as one object. */
function withBlocksAsLists(name: string, value: TerraformValue): TerraformValue {
  if (isList(value)) return value.map((item) => (isTerraformObject(item) ? blockWithLists(item) : item));
  return isTerraformObject(value) && !MAPS.test(name) ? [blockWithLists(value)] : value;
}

function blockWithLists(block: TerraformObject): TerraformObject {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, withBlocksAsLists(name, value)]));
}

/** The value without its unknown parts; a list that lacks an item is unknown as a whole. */
function knownPart(value: TerraformValue): unknown {
  if (isUnknown(value)) return undefined;
  if (isList(value)) return value.map(knownPart);
  return isTerraformObject(value) ? definedOf(Object.entries(value).map(([name, item]) => [name, knownPart(item)])) : value;
}

/** The shape of a value with `true` at its unknown parts; undefined if it has none. */
function unknownPart(value: TerraformValue): unknown {
  if (isUnknown(value)) return true;
  if (firstUnknown(value) === undefined) return undefined;
  if (isList(value)) return value.map((item) => unknownPart(item) ?? false);
  return isTerraformObject(value) ? definedOf(Object.entries(value).map(([name, item]) => [name, unknownPart(item)])) : undefined;
}

function isUnknown(value: TerraformValue): boolean {
  return value instanceof Unknown || (isList(value) && value.some(isUnknown));
}

function definedOf(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function givenValue(name: string, type: unknown, given: string): TerraformValue {
  const expected = typeof type === 'string' ? type : 'string';
  const isText = ['string', 'number', 'bool'].includes(expected);
  const nothing = () => new Unknown('a variable cannot refer to anything');
  const value = converted(expected, isText ? given.normalize() : evaluateExpression(given, nothing));
  if (firstUnknown(value) === undefined) return value;
  throw new ReviewInputError(`variable '${name}' takes ${expected}, which the value given is not, or cannot be read as`);
}

/** A value as a variable of a type takes it; types of objects are not looked into. */
function converted(type: unknown, value: TerraformValue): TerraformValue {
  if (value === null || value instanceof Unknown || typeof type !== 'string') return value;
  const [, collection, of] = /^(list|map)\((.*)\)$/s.exec(type) ?? [];
  const wrong = new Unknown(`no ${type}`);
  if (collection === 'map') {
    if (!isTerraformObject(value)) return wrong;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, converted(of, item)]));
  }
  if (collection === 'list') return isList(value) ? value.map((item) => converted(of, item)) : wrong;
  if (!['string', 'number', 'bool'].includes(type)) return value;
  const text = asText(value);
  if (type === 'string') return text ?? wrong;
  if (type === 'bool') return text === 'true' || text === 'false' ? text === 'true' : wrong;
  return text !== undefined && /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : wrong;
}

// Attributes that AWS or the provider makes

const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'eu-central-1';

/** Settings of a provider that decide in which account it works. */
const ACCOUNT_SETTINGS = ['access_key', 'assume_role', 'assume_role_with_web_identity', 'profile', 'shared_credentials_files'];

/** A block as its computed attributes see it. */
interface View {
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

function computedOf({ mode, type }: Block): ReadonlyMap<string, Computed> {
  const key = mode === 'data' ? `data.${type}` : type;
  return new Map(Object.entries(Object.hasOwn(COMPUTED, key) ? (COMPUTED[key] ?? {}) : {}));
}

function partitionOf(region: string): string {
  const isolated = /^[a-z]+-iso([a-z]?)-/.exec(region);
  if (isolated !== null) return isolated[1] === '' ? 'aws-iso' : `aws-iso-${isolated[1]}`;
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

// data "aws_iam_policy_document"

const DOCUMENT_ARGUMENTS = ['statement', 'version', 'policy_id', 'source_policy_documents', 'override_policy_documents'];
const STATEMENT_ARGUMENTS: Readonly<Record<string, string>> = {
  sid: 'Sid',
  effect: 'Effect',
  actions: 'Action',
  not_actions: 'NotAction',
  resources: 'Resource',
  not_resources: 'NotResource',
  principals: 'Principal',
  not_principals: 'NotPrincipal',
  condition: 'Condition',
};

class Refused extends Error {}

/** The text that the data source makes of its arguments. */
function policyDocument(view: View, indent: number): TerraformValue {
  const unfit = view.arguments.find((name) => !DOCUMENT_ARGUMENTS.includes(name));
  if (unfit !== undefined) return new Unknown(`argument ${unfit} of a policy document is not read`);
  const given = Object.fromEntries(view.arguments.map((name) => [name, view.get(name)]));
  try {
    return firstUnknown(given) ?? JSON.stringify(documentOf(given), undefined, indent);
  } catch (error) {
    if (error instanceof Refused) return new Unknown(error.message);
    throw error;
  }
}

function documentOf(given: TerraformObject): JsonObject {
  const version = text(given['version'] ?? '2012-10-17');
  const statements = blocks(given['statement'] ?? null).map((block) => statement(block, version));
  const sources = parsedDocuments(given['source_policy_documents'] ?? null);
  checkSids(statements);
  checkSids(sources.flatMap((source) => source.statements));
  const itself = { version, id: text(given['policy_id'] ?? ''), statements };
  const all: ParsedDocument[] = [...sources, itself, ...parsedDocuments(given['override_policy_documents'] ?? null)];
  const merged = all.flatMap((each) => each.statements).reduce<JsonObject[]>(merge, []);
  const ids = all.map(({ id }) => id).filter((id) => id !== '');
  return definedOf([
    ['Version', all.reduce((newest, each) => (each.version > newest ? each.version : newest), '')],
    ['Id', ids.at(-1)],
    ['Statement', merged.length > 0 ? merged : undefined],
  ]);
}

function statement(block: TerraformObject, version: string): JsonObject {
  const unfit = Object.keys(block).find((name) => !Object.hasOwn(STATEMENT_ARGUMENTS, name));
  if (unfit !== undefined) throw new Refused(`${unfit} of a statement is not read`);
  const variables = (value: string) => {
    if (version === '2008-10-17' && value.includes('&{')) throw new Refused('policy variables need version 2012-10-17');
    return value.replaceAll('&{', '${');
  };
  const elements = Object.entries(STATEMENT_ARGUMENTS).map(([name, element]): [string, unknown] => {
    const value = block[name] ?? null;
    switch (element) {
      case 'Sid':
        return [element, value === null || value === '' ? undefined : text(value)];
      case 'Effect':
        if (value !== null && value !== 'Allow' && value !== 'Deny') throw new Refused('an effect is Allow or Deny');
        return [element, value ?? 'Allow'];
      case 'Principal':
      case 'NotPrincipal':
        return [element, principals(blocks(value), variables)];
      case 'Condition':
        return [element, conditions(blocks(value), variables)];
      default: {
        const values = value === null ? [] : texts(value).map(element.endsWith('Action') ? String : variables);
        return [element, values.length === 0 ? undefined : oneOrMore([...new Set(values)])];
      }
    }
  });
  return definedOf(elements);
}

function principals(given: readonly TerraformObject[], variables: (value: string) => string): unknown {
  if (given.length === 0) return undefined;
  const byType = new Map<string, string[]>();
  for (const { type = null, identifiers = null } of given) {
    byType.set(text(type), [...(byType.get(text(type)) ?? []), ...texts(identifiers).map(variables)]);
  }
  const element = Object.fromEntries([...byType].map(([type, values]) => [type, oneOrMore([...new Set(values)])]));
  return byType.size === 1 && element['*'] === '*' ? '*' : element;
}

/** Values of the same test and variable come together in one list, as the data source does it. */
function conditions(given: readonly TerraformObject[], variables: (value: string) => string): unknown {
  if (given.length === 0) return undefined;
  const byTest = new Map<string, Map<string, string[]>>();
  for (const { test = null, variable = null, values = null } of given) {
    const keys = byTest.get(text(test)) ?? new Map<string, string[]>();
    const key = text(variable); // The data source leaves `&{` in it alone.
    byTest.set(text(test), keys.set(key, [...(keys.get(key) ?? []), ...texts(values).map(variables)]));
  }
  const element = [...byTest].map(([test, keys]) => [
    test,
    Object.fromEntries([...keys].map(([key, values]) => [key, oneOrMore(values)])),
  ]);
  return Object.fromEntries(element) as JsonObject;
}

interface ParsedDocument {
  readonly version: string;
  readonly id: string;
  readonly statements: readonly JsonObject[];
}

function parsedDocuments(value: TerraformValue): ParsedDocument[] {
  if (value === null) return [];
  return texts(value).map((json) => {
    const { Version: version = '', Id: id = '', Statement: given = [], ...others } = parsedObject(json);
    const fits = typeof version === 'string' && typeof id === 'string' && Object.keys(others).length === 0;
    if (!fits || !Array.isArray(given) || !given.every(isPlainStatement)) {
      throw new Refused('a policy document to merge is not as it is expected');
    }
    const named = ([element, value]: [string, unknown]) => element !== 'Sid' || value !== '';
    const statements = given.map((each) => definedOf(Object.entries(each).filter(named)));
    return { version, id, statements };
  });
}

function parsedObject(json: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(json);
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw new Refused('a policy document to merge is no JSON object');
}

function isPlainStatement(value: unknown): value is JsonObject {
  return isObject(value) && Object.keys(value).every((key) => Object.values(STATEMENT_ARGUMENTS).includes(key));
}

/** A statement takes the place of an earlier one with its `Sid`. */
function merge(statements: readonly JsonObject[], added: JsonObject): JsonObject[] {
  const same = (each: JsonObject) => each['Sid'] !== undefined && each['Sid'] === added['Sid'];
  return statements.some(same) ? statements.map((each) => (same(each) ? added : each)) : [...statements, added];
}

function checkSids(statements: readonly JsonObject[]): void {
  const sids = statements.map((each) => each['Sid']).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) throw new Refused('two statements have the same sid');
}

function blocks(value: TerraformValue): readonly TerraformObject[] {
  const list = isList(value) ? value : value === null ? [] : [value];
  if (!list.every(isTerraformObject)) throw new Refused('a block is no object');
  return list;
}

function texts(value: TerraformValue): string[] {
  if (!isList(value)) throw new Refused('what must be a list is none');
  return value.map(text);
}

function text(value: TerraformValue): string {
  const found = asText(value);
  if (found === undefined) throw new Refused('what must be a text is none');
  return found;
}

function oneOrMore(values: readonly string[]): string | readonly string[] {
  const [only, ...others] = values;
  return only === undefined || others.length > 0 ? values : only;
}

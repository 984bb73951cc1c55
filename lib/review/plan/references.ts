/**
 * Where a value comes from that is known after apply only, told from the configuration part of a plan. Terraform names there what an
 * expression refers to, not how it uses it, so much cannot be told for sure; then nothing is.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
 */
import { isObject, type JsonObject, own } from './review-input';
import { keysOfBlocks, mostSpecific, sizeOf, stepsOf, tail } from '../estate/addresses';
import { isWatched } from '../estate/watched-types';

/** What an expression takes its value from. */
export interface Origin {
  /** Instances by address, with the attribute behind it where it is known: `aws_iam_policy.a.arn`. Each once, in order. */
  readonly instances: readonly string[];
  /** Something in it could not be followed: a local value, an output of one of several modules, ... */
  readonly lost: boolean;
}

export interface References {
  /** Of an attribute of a resource instance, or of a nested block by a path: `rule.0.name`. */
  readonly origin: (address: string, attribute: string) => Origin;
  /** Whether the configuration sets an attribute; undefined if the resource is not in it. */
  readonly isSet: (address: string, attribute: string) => boolean | undefined;
  /** Key of the provider configuration that manages an instance: `aws`, `aws.us` */
  readonly providerOf: (address: string) => string | undefined;
}

/** The body of one module, in one instance of it. */
interface Scope {
  readonly module: JsonObject;
  /** `module.shop["eu"].`, or empty for the root. */
  readonly prefix: string;
  /** The call that made this instance and the key it has there; none for the root. */
  readonly call?: { readonly scope: Scope; readonly name: string; readonly block: Block };
}

/** What `count` and `each` mean where an expression stands: a resource, or a module call. */
interface Block {
  readonly config: JsonObject;
  /** Without index: `module.shop["eu"].aws_iam_policy.a` */
  readonly address: string;
  /** `[0]`, `["eu"]`, or empty */
  readonly key: string;
}

const NOTHING: Origin = { instances: [], lost: false };
const LOST: Origin = { instances: [], lost: true };
/** Modules in modules in modules; more is an input that means harm. */
const MAX_HOPS = 64;

/** @param addresses of all instances that there are of watched types */
export function referencesOf(configuration: JsonObject, addresses: Iterable<string>): References {
  const root: Scope = { module: asObject(own(configuration, 'root_module')), prefix: '' };
  const keys = keysOfBlocks(addresses);
  const budget = { left: 0 };

  function locate(address: string): { scope: Scope; block: Block } | undefined {
    const steps = stepsOf(address);
    let scope = root;
    let at = 0;
    for (; steps[at]?.name === 'module' && at < 2 * MAX_HOPS; at += 2) {
      const { name = '', key = '' } = steps[at + 1] ?? {};
      const inner = childScope(scope, name, key);
      if (inner === undefined) return undefined;
      scope = inner;
    }
    const rest = steps.slice(at);
    const key = rest.at(-1)?.key ?? '';
    const local = rest.map(({ name }) => name).join('.');
    const config = resourcesOf(scope.module).get(local);
    return config && { scope, block: { config, address: scope.prefix + local, key } };
  }

  const indexes = new Map<JsonObject, Map<string, JsonObject>>();

  function resourcesOf(module: JsonObject): Map<string, JsonObject> {
    const known = indexes.get(module);
    if (known !== undefined) return known;
    const index = new Map<string, JsonObject>();
    for (const each of arrayOf(own(module, 'resources'))) {
      const address = own(each, 'address');
      if (isObject(each) && typeof address === 'string') index.set(address, each);
    }
    indexes.set(module, index);
    return index;
  }

  function childScope(scope: Scope, name: string, key: string): Scope | undefined {
    const config = own(own(scope.module, 'module_calls'), name);
    const module = own(config, 'module');
    if (!isObject(config) || !isObject(module)) return undefined;
    const address = `${scope.prefix}module.${name}`;
    return { module, prefix: `${address}${key}.`, call: { scope, name, block: { config, address, key } } };
  }

  function follow(expression: unknown, scope: Scope, block: Block | undefined, rest: string): Origin {
    if (budget.left-- <= 0) return LOST;
    const given = arrayOf(own(expression, 'references'));
    if (!given.every((each) => typeof each === 'string')) return LOST;
    const references = mostSpecific(given);
    const byKey = references.some((each) => each === 'count.index' || each === 'each.key');
    return union(references.map((reference) => followOne(reference, scope, block, byKey, rest)));
  }

  function followOne(reference: string, scope: Scope, block: Block | undefined, byKey: boolean, rest: string): Origin {
    const [first, second, third] = stepsOf(reference);
    switch (first?.name) {
      case 'var': {
        if (scope.call === undefined) return NOTHING;
        const expressions = own(scope.call.block.config, 'expressions');
        const inner = tail(reference, 2) + rest;
        return follow(own(expressions, second?.name ?? ''), scope.call.scope, scope.call.block, inner);
      }
      case 'module': {
        const { name = '', key: given = '' } = second ?? {};
        const key = given === '' ? keyFor(`${scope.prefix}module.${name}`, byKey, block) : given;
        const inner = key === undefined ? undefined : childScope(scope, name, key);
        const output = own(own(inner?.module, 'outputs'), third?.name ?? '');
        if (inner === undefined || output === undefined) return LOST;
        return follow(own(output, 'expression'), inner, undefined, tail(reference, 3) + rest);
      }
      case 'each':
        if (second?.name === 'value') return eachValue(scope, block, tail(reference, 2) + rest);
        return NOTHING;
      case 'count':
      case 'path':
      case 'terraform':
        return NOTHING;
      case 'local':
      case 'self':
      case undefined:
        return LOST;
      default:
        return instancesOf(reference, scope, block, byKey, rest);
    }
  }

  /** `each.value` of a block that is made for each instance of another resource. */
  function eachValue(scope: Scope, block: Block | undefined, rest: string): Origin {
    const given = arrayOf(own(block?.config['for_each_expression'], 'references'));
    const references = given.every((each) => typeof each === 'string') ? mostSpecific(given) : [];
    const [only, ...others] = references;
    if (only === undefined || others.length > 0 || block === undefined) return LOST;
    const steps = stepsOf(only);
    const isResource = !['var', 'local', 'module', 'each'].includes(steps[0]?.name ?? '') && steps.length === sizeOf(steps);
    if (!isResource || keys.get(scope.prefix + only)?.has('') !== false) return LOST;
    return instancesOf(only, scope, block, true, rest);
  }

  function instancesOf(reference: string, scope: Scope, block: Block | undefined, byKey: boolean, rest: string): Origin {
    const steps = stepsOf(reference);
    const size = sizeOf(steps);
    const resource = steps.slice(0, size);
    const address = scope.prefix + resource.map(({ name }) => name).join('.');
    // What follows the attribute is a way into it, or into an object that the value was passed on in.
    const [first] = stepsOf((tail(reference, size) + rest).slice(1));
    const attribute = first === undefined ? '' : `.${first.name}`;
    const existing = keys.get(address);
    const key = resource.at(-1)?.key ?? '';
    if (!isWatched(resource.at(-2)?.name ?? '')) return { instances: [address + key + attribute], lost: false };
    // Of a resource with a count of 0 no value comes.
    if (existing === undefined || (key !== '' && !existing.has(key))) return NOTHING;
    if (key !== '') return { instances: [address + key + attribute], lost: false };
    if (byKey && !existing.has('')) {
      const chosen = keyFor(address, true, block);
      return chosen === undefined ? LOST : { instances: [address + chosen + attribute], lost: false };
    }
    return { instances: [...existing].map((each) => address + each + attribute), lost: false };
  }

  /** The key of the instance that is meant; undefined if it cannot be told. */
  function keyFor(address: string, byKey: boolean, block: Block | undefined): string | undefined {
    const existing = keys.get(address);
    if (existing === undefined || existing.has('')) return '';
    const mine = block && keys.get(block.address);
    const same = mine?.size === existing.size && [...mine].every((key) => existing.has(key));
    return byKey && same ? block?.key : undefined;
  }

  return {
    isSet: (address, attribute) => {
      const found = locate(address);
      return found && expressionAt(found.block.config, attribute) !== undefined;
    },
    providerOf: (address) => {
      const key = own(locate(address)?.block.config, 'provider_config_key');
      return typeof key === 'string' ? key : undefined;
    },
    origin: (address, attribute) => {
      const found = locate(address);
      if (found === undefined) return LOST;
      budget.left = MAX_HOPS * 16;
      return follow(expressionAt(found.block.config, attribute), found.scope, found.block, '');
    },
  };
}

function expressionAt(config: JsonObject, attribute: string): unknown {
  return attribute.split('.').reduce<unknown>((expression, step) => {
    // A block that may be there once only is an object, not a list of one.
    if (step === '0' && isObject(expression)) return expression;
    return own(expression, step);
  }, config['expressions']);
}

function union(origins: readonly Origin[]): Origin {
  const instances = [...new Set(origins.flatMap((origin) => origin.instances))];
  return { instances, lost: origins.some(({ lost }) => lost) };
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The data source `aws_iam_policy_document`: the policy that it makes of its arguments. */
import { isObject, type JsonObject } from '../plan/review-input';
import { definedOf } from './stack-values';
import {
  asText,
  firstUnknown,
  isList,
  isObject as isTerraformObject,
  type TerraformObject,
  type TerraformValue,
  Unknown,
} from './terraform-expression';

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

/** The arguments of a data source. */
interface Arguments {
  readonly arguments: readonly string[];
  readonly get: (argument: string) => TerraformValue;
}

/** The text that the data source makes of its arguments. */
export function policyDocument(view: Arguments, indent: number): TerraformValue {
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

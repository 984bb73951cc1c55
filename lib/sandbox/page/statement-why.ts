import type { StatementOutcome } from '../../isolation';
import type { AuditCheck } from '../audit/audit-record';

/** Why a statement matches or does not: a sentence, and where in its document that stands. */
export interface StatementWhy {
  readonly why: string;
  /** Names of elements from the outside in; empty for the whole statement. */
  readonly mark: readonly string[];
}

/**
 * Says what a statement did with a request.
 *
 * @param document the statement as JSON; not known, less is told
 */
export function whyOf({ effect, matched, because = '' }: StatementOutcome, document: unknown, check: AuditCheck): StatementWhy {
  if (matched === 'yes') {
    const told = [`It matches, and it ${effect === 'Deny' ? 'denies' : 'allows'}.`, ...whyMatched(document, check)];
    return { why: told.join(' '), mark: [] };
  }
  const mark = markOf(because, document);
  const why = whyNot(because, mark, document, check);
  return { why: matched === 'no' ? why : `It may match or not. ${why}`, mark };
}

function whyNot(because: string, mark: readonly string[], document: unknown, check: AuditCheck): string {
  const [element, ...condition] = mark;
  if (element === undefined) return `${because}.`;
  return condition.length === 0 ? whyElement(element, false, document, check) : whyCondition(mark, document, check);
}

/** What a statement matches by, besides its action and resource: what it does not leave out, and its conditions. */
function whyMatched(document: unknown, check: AuditCheck): string[] {
  const leftOut = ['NotAction', 'NotResource'].filter((name) => member(document, name) !== undefined);
  const conditions = namesIn(document, ['Condition']).flatMap((operator) =>
    namesIn(document, ['Condition', operator]).map((key) => ['Condition', operator, key]),
  );
  // Those that compare with the caller's tags tell more than those that only say whom the statement is about.
  const telling = conditions.filter((path) => hasVariable(valueAt(document, path)));
  const others = conditions.filter((path) => !telling.includes(path));
  return [
    ...leftOut.map((name) => whyElement(name, true, document, check)),
    ...[...telling, ...others].map((path) => whyCondition(path, document, check)),
  ];
}

/** @param matches whether the element holds */
function whyElement(name: string, matches: boolean, document: unknown, check: AuditCheck): string {
  const negated = name.startsWith('Not');
  const element = negated ? name.slice('Not'.length) : name;
  if (element === 'Principal') return `The caller is ${negated ? 'among the principals that it leaves out' : 'not its principal'}.`;
  const asked = element === 'Action' ? check.action : check.resource;
  const among = negated !== matches ? 'among' : 'not among';
  const what = `${element.toLowerCase()}s${negated ? ' that it leaves out' : ''}`;
  const named = valuesIn(document, [name], check);
  // Actions stand there as they are asked for; a resource may have to be read with the values of variables.
  const list = element === 'Action' || named.length > MOST_NAMED ? '' : `: ${named.join(', ')}`;
  return `${asked} is ${among} ${negated ? 'the' : 'its'} ${what}${list}.`;
}

/** Resources that a sentence names at most. */
const MOST_NAMED = 3;

/** `Resource` may stand there as `NotResource`; a condition is told as `<operator> <key>`. */
function markOf(because: string, document: unknown): readonly string[] {
  const element = [because, `Not${because}`].find((name) => member(document, name) !== undefined);
  if (element !== undefined) return [element];
  const blank = because.indexOf(' ');
  const path = ['Condition', because.slice(0, blank), because.slice(blank + 1)];
  return valueAt(document, path) === undefined ? [] : path;
}

function whyCondition(path: readonly string[], document: unknown, check: AuditCheck): string {
  const [, operator = '', key = ''] = path;
  const given = valuesOf(key, check.context);
  if (/^null$/i.test(operator)) return `${key} is ${given === undefined ? 'not ' : ''}in the request.`;
  const is = given === undefined ? 'not in the request' : given.map((each) => quoted(each)).join(', ');
  const wanted = valuesIn(document, path, check).join(' or ');
  return `${key} is ${is}; ${operator} asks for ${/not/i.test(operator) ? 'anything but ' : ''}${wanted}.`;
}

/** The values at a place of the document, one or more, with those of variables put in. */
function valuesIn(document: unknown, path: readonly string[], { context }: AuditCheck): string[] {
  return [valueAt(document, path)].flat().map((value) => quoted(withValues(String(value), context)));
}

function hasVariable(value: unknown): boolean {
  return [value].flat().some((each) => String(each).includes('${'));
}

/** A policy variable by its value in this request; one without a value, and `${*}`, stay as they are. */
function withValues(text: string, context: AuditCheck['context']): string {
  return text.replace(/\$\{([^},\s]+)[^}]*\}/g, (variable, key: string) => valuesOf(key, context)?.join(', ') ?? variable);
}

/** Condition keys are compared without case. */
function valuesOf(key: string, context: AuditCheck['context']): readonly string[] | undefined {
  const lower = key.toLowerCase();
  return Object.entries(context).find(([name]) => name.toLowerCase() === lower)?.[1];
}

function namesIn(document: unknown, path: readonly string[]): string[] {
  const value = valueAt(document, path);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce(member, document);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function quoted(text: string): string {
  return `'${text}'`;
}

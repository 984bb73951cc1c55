import { BlockList, isIP } from 'node:net';
import { ArnPattern, Pattern } from './pattern';
import type { RequestContext } from './request';
import { every, not, some, type Truth } from './truth';

/** A condition of a statement, ready to be asked. */
export interface CompiledCondition {
  /** As written: `ForAllValues:StringEquals dynamodb:LeadingKeys` */
  readonly name: string;
  readonly holds: (context: RequestContext) => Truth;
}

/** Compares one value of a request with one of the policy. */
type Comparison = (given: string, context: RequestContext) => Truth;

/** Makes a comparison with a value of the policy. */
type Comparer = (wanted: string, variables: boolean) => Comparison;

interface Operator {
  readonly compare: Comparer;
  readonly negated: boolean;
}

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

const literal: Comparer = (wanted, variables) => {
  const pattern = new Pattern(wanted, { wildcards: false, variables });
  return (given, context) => pattern.matches(given, context);
};

const like: Comparer = (wanted, variables) => {
  const pattern = new Pattern(wanted, { wildcards: true, variables });
  return (given, context) => pattern.matches(given, context);
};

const ignoringCase: Comparer = (wanted, variables) => {
  const pattern = new Pattern(wanted, { wildcards: false, variables, ignoreCase: true });
  return (given, context) => pattern.matches(given, context);
};

const arn: Comparer = (wanted, variables) => {
  const pattern = new ArnPattern(wanted, { wildcards: true, variables });
  return (given, context) => pattern.matchesSegments(given, context);
};

const binary: Comparer = (wanted) => (given) => (given === wanted ? 'yes' : 'no');

const bool: Comparer = (wanted) => {
  const lower = wanted.toLowerCase();
  if (lower !== 'true' && lower !== 'false') return () => 'unknown';
  return (given) => (given.toLowerCase() === lower ? 'yes' : 'no');
};

/** Compares what `parse` reads; what it does not understand leaves the condition open. */
function ordered(parse: (text: string) => number | undefined, holds: (given: number, wanted: number) => boolean): Comparer {
  return (wanted) => {
    const right = parse(wanted);
    return (given) => {
      const left = parse(given);
      if (left === undefined || right === undefined) return 'unknown';
      return holds(left, right) ? 'yes' : 'no';
    };
  };
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
/** The formats of ISO 8601 that W3C names, or seconds since 1970. */
const DATE = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/;

/** None beyond what compares exactly. */
function numberOf(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : NaN;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

function dateOf(text: string): number | undefined {
  if (/^\d{9,}$/.test(text)) return Number(text) * 1000;
  const time = DATE.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** 30 February would be read as a day in March. */
function isDay(date: string): boolean {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const ip: Comparer = (wanted) => {
  const [address = '', bits, more] = wanted.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (family === 0 || Number.isNaN(prefix) || prefix > most || more !== undefined) return () => 'unknown';
  // AWS's text gives 32 bits to any address without a length, which would be most of an IPv6 address.
  if (family === 6 && bits === undefined) return (given) => (given === address ? 'yes' : isIP(given) === 4 ? 'no' : 'unknown');
  const range = new BlockList();
  range.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return (given) => {
    const version = isIP(given);
    if (version === 0) return 'unknown';
    return version === family && range.check(given, version === 4 ? 'ipv4' : 'ipv6') ? 'yes' : 'no';
  };
};

const ORDERINGS: Readonly<Record<string, (given: number, wanted: number) => boolean>> = {
  equals: (given, wanted) => given === wanted,
  lessthan: (given, wanted) => given < wanted,
  lessthanequals: (given, wanted) => given <= wanted,
  greaterthan: (given, wanted) => given > wanted,
  greaterthanequals: (given, wanted) => given >= wanted,
};

/** By name in lower case. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    stringequals: { compare: literal, negated: false },
    stringnotequals: { compare: literal, negated: true },
    stringequalsignorecase: { compare: ignoringCase, negated: false },
    stringnotequalsignorecase: { compare: ignoringCase, negated: true },
    stringlike: { compare: like, negated: false },
    stringnotlike: { compare: like, negated: true },
    arnequals: { compare: arn, negated: false },
    arnlike: { compare: arn, negated: false },
    arnnotequals: { compare: arn, negated: true },
    arnnotlike: { compare: arn, negated: true },
    binaryequals: { compare: binary, negated: false },
    bool: { compare: bool, negated: false },
    ipaddress: { compare: ip, negated: false },
    notipaddress: { compare: ip, negated: true },
    ...orderings('numeric', numberOf),
    ...orderings('date', dateOf),
  }),
);

function orderings(kind: 'numeric' | 'date', parse: (text: string) => number | undefined): Record<string, Operator> {
  const operators: Record<string, Operator> = {
    [`${kind}notequals`]: { compare: ordered(parse, (given, wanted) => given === wanted), negated: true },
  };
  for (const [name, holds] of Object.entries(ORDERINGS)) {
    operators[kind + name] = { compare: ordered(parse, holds), negated: false };
  }
  return operators;
}

/**
 * Makes a condition ready: an operator, perhaps with `ForAllValues:` or `ForAnyValue:` before and `IfExists` behind, a condition key and
 * the values to compare with. An operator that is not known leaves it open whatever the request.
 *
 * @param variables whether `${...}` is a policy variable, as from version 2012-10-17 on.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function compileCondition(operator: string, key: string, wanted: readonly string[], variables: boolean): CompiledCondition {
  return { name: `${operator} ${key}`, holds: test(operator, key.toLowerCase(), wanted, variables) };
}

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i;

function test(name: string, key: string, wanted: readonly string[], variables: boolean): CompiledCondition['holds'] {
  const [, prefix, base = '', suffix] = OPERATOR_NAME.exec(name) ?? [];
  const ifExists = suffix !== undefined;
  const quantifier = quantifierOf(prefix);
  if (base.toLowerCase() === 'null') {
    return ifExists || quantifier !== undefined ? () => 'unknown' : nullTest(key, wanted);
  }
  const operator = OPERATORS.get(base.toLowerCase());
  if (operator === undefined || wanted.length === 0) return () => 'unknown';
  const comparisons = wanted.map((value) => operator.compare(value, variables));
  const one = (given: string, context: RequestContext): Truth => {
    const matched = some(comparisons, (comparison) => comparison(given, context));
    return operator.negated ? not(matched) : matched;
  };
  return (context) => {
    const entry = context.get(key);
    if (entry === 'unmodelled') return 'unknown';
    if (entry === 'absent') return absent(quantifier, operator.negated, ifExists);
    if (quantifier === undefined) return entry.length > 1 ? 'unknown' : one(entry[0] ?? '', context);
    // AWS counts an empty text among several values as none.
    if (quantifier === 'ForAnyValue') return some(entry, (given) => (given === '' ? 'no' : one(given, context)));
    return every(entry, (given) => (given === '' ? 'yes' : one(given, context)));
  };
}

function quantifierOf(prefix: string | undefined): Quantifier {
  if (prefix === undefined) return undefined;
  return prefix.toLowerCase() === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue';
}

/** What holds without the key. Sources disagree on `ForAnyValue` with `IfExists`. */
function absent(quantifier: Quantifier, negated: boolean, ifExists: boolean): Truth {
  if (quantifier === 'ForAnyValue') return ifExists ? 'unknown' : 'no';
  return ifExists || negated || quantifier === 'ForAllValues' ? 'yes' : 'no';
}

const TAG = /^aws:(?:requesttag|principaltag|resourcetag)\//;

function nullTest(key: string, wanted: readonly string[]): CompiledCondition['holds'] {
  const answers = new Set(wanted.map((value) => value.toLowerCase()));
  if (wanted.length === 0 || [...answers].some((answer) => answer !== 'true' && answer !== 'false')) return () => 'unknown';
  const isTag = TAG.test(key);
  return (context) => {
    const entry = context.get(key);
    // A tag may be empty and is there all the same; of other keys AWS calls an empty text a null data set.
    if (entry === 'unmodelled' || (entry[0] === '' && !isTag)) return answers.size === 2 ? 'yes' : 'unknown';
    return answers.has(entry === 'absent' ? 'true' : 'false') ? 'yes' : 'no';
  };
}

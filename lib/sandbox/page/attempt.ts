import { OPERATIONS, type OperationName, type TargetField, type TokenName, TOKENS } from './operations';

/** What a visitor wants to try: all as it was typed, well-formed or not, since that is what is to be tried out. */
export interface Attempt extends Readonly<Record<TargetField, string>> {
  readonly operation: OperationName;
  /** Tenant that the token names; empty only where it names none. */
  readonly tenant: string;
  readonly token: TokenName;
  /** What the token says of permissions: the name of a role, or `rw-/r--`; empty where it says nothing. */
  readonly permissions: string;
  /** ARN of the role whose session begins. */
  readonly role: string;
}

/** What is wrong with an attempt, by field; `form` for what is wrong with the whole. */
export type AttemptErrors = Readonly<Record<string, string>>;

/** Longest text of each field, in characters: what AWS takes, and some more to see it refused. */
const LONGEST: Readonly<Record<keyof Attempt, number>> = {
  operation: 64,
  tenant: 300,
  token: 64,
  permissions: 300,
  role: 2048,
  table: 300,
  bucket: 300,
  owner: 300,
  key: 2048,
  value: 10_000,
};

const EMPTY: Readonly<Record<TargetField | 'role' | 'tenant', string>> = {
  tenant: 'Name the tenant that asks.',
  role: 'Name the role by its ARN.',
  table: 'Name the table.',
  bucket: 'Name the bucket.',
  owner: 'Name the tenant whose data it is.',
  key: 'Give a key.',
  value: 'Give a value.',
};

/** UTF-8 cannot carry half of a surrogate pair. */
const HALF_PAIR = /\p{Cs}/u;

/**
 * Reads an attempt from JSON, `{ "operation": "get-item", "tenant": "acme", ... }`. Fields that are left out are empty, the token is valid.
 *
 * @returns the attempt, or what is wrong
 */
export function readAttempt(body: Buffer): { readonly attempt: Attempt } | { readonly errors: AttemptErrors } {
  const given = objectOf(body);
  if (given === undefined) return { errors: { form: 'The request is no JSON object.' } };
  const errors = new Map<string, string>();
  for (const [name, value] of given) {
    const longest = isField(name) ? LONGEST[name] : undefined;
    if (longest === undefined) errors.set('form', `There is no field '${name.slice(0, 64)}'.`);
    else if (typeof value !== 'string') errors.set(name, 'It must be text.');
    else if (value.length > longest) errors.set(name, `It must not be longer than ${longest} characters.`);
    else if (HALF_PAIR.test(value)) errors.set(name, 'It holds half of a character.');
  }
  const text = (name: keyof Attempt, instead = '') => {
    const value = given.get(name) ?? instead;
    return typeof value === 'string' ? value : '';
  };
  const operation = text('operation');
  const token = text('token', 'valid');
  if (!isOperation(operation)) errors.set('operation', 'Choose an operation.');
  if (!isToken(token)) errors.set('token', 'Choose a token.');
  if (!isOperation(operation) || !isToken(token)) return { errors: Object.fromEntries(errors) };

  const needed: (keyof typeof EMPTY)[] = ['role', ...OPERATIONS[operation].needs];
  if (token !== 'no-tenant') needed.unshift('tenant');
  for (const name of needed) {
    if (text(name) === '' && !errors.has(name)) errors.set(name, EMPTY[name]);
  }
  if (errors.size > 0) return { errors: Object.fromEntries(errors) };
  return {
    attempt: {
      operation,
      token,
      tenant: text('tenant'),
      permissions: text('permissions'),
      role: text('role'),
      table: text('table'),
      bucket: text('bucket'),
      owner: text('owner'),
      key: text('key'),
      value: text('value'),
    },
  };
}

function objectOf(body: Buffer): ReadonlyMap<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    return new Map(Object.entries(parsed));
  } catch {
    return undefined;
  }
}

function isField(name: string): name is keyof Attempt {
  return Object.hasOwn(LONGEST, name);
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

function isToken(name: string): name is TokenName {
  return Object.hasOwn(TOKENS, name);
}

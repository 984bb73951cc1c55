import { type CompiledStatement, compileStatement, type PolicyKind } from './statement';

/** A policy, ready to be asked. */
export interface CompiledPolicy {
  /** For people: the Terraform address, or what else names it. */
  readonly name: string;
  readonly statements: readonly CompiledStatement[];
  /** The document as it was given; `undefined` for a policy that is not known. */
  readonly document?: unknown;
}

const VERSIONS = ['2008-10-17', '2012-10-17'];
const ELEMENTS = ['Version', 'Id', 'Statement'];

/**
 * Makes a policy document ready to be asked. It never throws: a document that is none, or a statement with something unknown in it, is
 * open, so that requests it might decide are `unknown`.
 *
 * @param document in the shape of IAM's JSON, of either version; only `2012-10-17` has policy variables.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function compilePolicy(
  name: string,
  document: unknown,
  kind: PolicyKind,
  options: {
    /** Whether it stands for policies that nobody knows. @default false */
    readonly assumed?: boolean;
    /** Whether nothing of it may be printed but its name. @default false */
    readonly sensitive?: boolean;
  } = {},
): CompiledPolicy {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return unknownPolicy(name, 'it is no policy document');
  }
  const foreign = Object.keys(document).find((element) => !ELEMENTS.includes(element));
  if (foreign !== undefined) return unknownPolicy(name, `'${foreign}' is no element that is known`);
  const { Version: version = '2008-10-17', Statement: statement } = document as { Version?: unknown; Statement?: unknown };
  if (!VERSIONS.includes(version as string)) return unknownPolicy(name, 'its Version is not known');
  if (statement === undefined) return unknownPolicy(name, 'it has no Statement');
  const statements: unknown[] = Array.isArray(statement) ? statement : [statement];
  const compiled = statements.map((each, index) =>
    compileStatement(each, { policy: name, index, ...options }, kind, version === '2012-10-17'),
  );
  return { name, statements: compiled, document };
}

/** A policy of which nothing is known: it may allow and it may deny whatever is asked. */
export function unknownPolicy(name: string, because: string): CompiledPolicy {
  return {
    name,
    statements: [
      {
        reference: { policy: name, index: -1 },
        effect: 'unknown',
        problem: because,
        match: () => ({ truth: 'unknown', because, reach: 'identity' }),
      },
    ],
  };
}

/** What is wrong with a policy, or a statement of it, that could not be read; nothing if all of it was. */
export function problemOf({ statements }: CompiledPolicy): string | undefined {
  const unread = statements.find(({ problem }) => problem !== undefined);
  if (unread?.problem === undefined) return undefined;
  const { index, sid } = unread.reference;
  return index < 0 ? unread.problem : `of ${sid === undefined ? `statement ${index + 1}` : `'${sid}'`}, ${unread.problem}`;
}

/** The policy with its denials left out, to ask what would hold without them. */
export function withoutDenials({ name, statements, document }: CompiledPolicy): CompiledPolicy {
  return { name, document, statements: statements.filter(({ effect }) => effect !== 'Deny') };
}

/** What a PartiQL statement does, and to what. */
export interface PartiqlStatement {
  readonly action: 'PartiQLSelect' | 'PartiQLInsert' | 'PartiQLUpdate' | 'PartiQLDelete';
  /** Name or ARN, as written. */
  readonly table: string;
  readonly index?: string;
  /** Whether anything limits what it reads or writes. */
  readonly hasCondition: boolean;
  /** Whether it asks for what was written. */
  readonly returns: boolean;
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'other';
  /** Of a word in lower case. */
  readonly text: string;
  /** Of a word or of what is in double quotes. */
  readonly name: string;
}

/** Neither comments nor several statements: what they hide would be read otherwise by somebody else. */
const TOKEN =
  /\s*(?!--|\/\*)(?:([A-Za-z_][A-Za-z0-9_]*)|"((?:[^"]|"")+)"|('(?:[^']|'')*'|[0-9]+|<<|>>|<=|>=|<>|[=<>(){},.:[\]+*?-]))/y;

/** Words that begin a part that reads something else, or the same again. */
const NESTING = new Set([
  'select',
  'from',
  'insert',
  'into',
  'update',
  'delete',
  'join',
  'union',
  'intersect',
  'except',
  'exists',
  'unpivot',
  'with',
  'let',
]);

/**
 * Reads the little of PartiQL that tells action and table.
 *
 * @returns undefined for a statement that is not of a plain form: it cannot be said what it needs
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 */
export function partiqlStatement(text: string): PartiqlStatement | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const words = tokens.map(({ text: word }) => word);
  const [first, second] = words;
  if (first === 'exists' && second === '(' && words.at(-1) === ')') return select(tokens.slice(2, -1));
  if (first === 'select') return select(tokens);
  if (first === 'insert' && second === 'into') return change('PartiQLInsert', tokens, 2, ['value']);
  if (first === 'update') return change('PartiQLUpdate', tokens, 1, ['set', 'remove']);
  if (first === 'delete' && second === 'from') return change('PartiQLDelete', tokens, 2, ['where']);
  return undefined;
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const statement = text.trimEnd();
  for (let at = 0; at < statement.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(statement);
    if (found === null) return undefined;
    const [, word, quoted, other = ''] = found;
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase(), name: word });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: '', name: quoted.replaceAll('""', '"') });
    else tokens.push({ kind: 'other', text: other, name: '' });
  }
  return tokens;
}

function select(tokens: readonly Token[]): PartiqlStatement | undefined {
  const from = tokens.findIndex(({ text }) => text === 'from');
  const path = from < 1 || tokens[0]?.text !== 'select' ? undefined : pathAt(tokens, from + 1);
  if (path === undefined || nestings(tokens) !== 2) return undefined;
  const after = tokens[path.end]?.text;
  if (after !== undefined && after !== 'where' && after !== 'order') return undefined;
  return { action: 'PartiQLSelect', table: path.table, index: path.index, hasCondition: after === 'where', returns: true };
}

function change(
  action: PartiqlStatement['action'],
  tokens: readonly Token[],
  at: number,
  followedBy: readonly string[],
): PartiqlStatement | undefined {
  const path = pathAt(tokens, at);
  if (path?.index !== undefined || path === undefined || nestings(tokens) !== at) return undefined;
  if (!followedBy.includes(tokens[path.end]?.text ?? '')) return undefined;
  const has = (word: string) => tokens.some(({ text }) => text === word);
  return { action, table: path.table, hasCondition: has('where'), returns: has('returning') };
}

function nestings(tokens: readonly Token[]): number {
  return tokens.filter(({ kind, text }) => kind === 'word' && NESTING.has(text)).length;
}

/** `table` or `table.index`, and where it ends. */
function pathAt(
  tokens: readonly Token[],
  at: number,
): { readonly table: string; readonly index?: string; readonly end: number } | undefined {
  const table = tokens[at]?.name ?? '';
  if (table === '') return undefined;
  if (tokens[at + 1]?.text !== '.') return { table, end: at + 1 };
  const index = tokens[at + 2]?.name ?? '';
  return index === '' ? undefined : { table, index, end: at + 3 };
}

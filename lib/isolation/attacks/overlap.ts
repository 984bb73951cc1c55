import { arnSegments } from '../evaluator/pattern';

/**
 * A text that two patterns both describe (`*` any characters, `?` one), as short as can be; `undefined` if there is none. It turns a
 * grant with wildcards into a request that it lets through.
 */
export function commonExample(left: string, right: string): string | undefined {
  const seen = new Set<number>();
  let level: State[] = [{ left: 0, right: 0, text: '' }];
  // Each level holds what can be reached by texts of one length.
  while (level.length > 0) {
    const next: State[] = [];
    const open = [...level];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const id = state.left * (right.length + 1) + state.right;
      if (seen.has(id)) continue;
      seen.add(id);
      if (state.left === left.length && state.right === right.length) return state.text;
      open.push(...withoutText(state, left, right));
      const longer = withOneCharacter(state, left, right);
      if (longer !== undefined) next.push(...longer);
    }
    level = next;
  }
  return undefined;
}

/** An ARN that two patterns of ARNs both describe; their wildcards stay within the parts between colons. */
export function commonArn(left: string, right: string): string | undefined {
  const [a, b] = [arnSegments(left), arnSegments(right)];
  if (left === '*' || a.length !== b.length) return commonExample(left, right);
  const segments = a.map((segment, index) => commonExample(segment, b[index] ?? ''));
  return segments.every((segment) => segment !== undefined) ? segments.join(':') : undefined;
}

/** How far both patterns are read, and the text that they describe so far. */
interface State {
  readonly left: number;
  readonly right: number;
  readonly text: string;
}

/** A star may stand for nothing. */
function withoutText(state: State, left: string, right: string): State[] {
  return [
    ...(left[state.left] === '*' ? [{ ...state, left: state.left + 1 }] : []),
    ...(right[state.right] === '*' ? [{ ...state, right: state.right + 1 }] : []),
  ];
}

function withOneCharacter(state: State, left: string, right: string): State[] | undefined {
  const [a, b] = [left[state.left], right[state.right]];
  if (a === undefined || b === undefined) return undefined;
  const [wildA, wildB] = [a === '*' || a === '?', b === '*' || b === '?'];
  if (!wildA && !wildB && a !== b) return undefined;
  const text = state.text + (wildA ? (wildB ? 'x' : b) : a);
  // A star stays where it is, so both being stars would get nowhere.
  if (a === '*' && b === '*') return undefined;
  return [{ left: state.left + (a === '*' ? 0 : 1), right: state.right + (b === '*' ? 0 : 1), text }];
}

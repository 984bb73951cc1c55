/**
 * Whether two patterns of ARNs can match the same ARN. Wildcards of IAM stay within a segment, the parts between colons; what is not
 * written as an ARN, `*` above all, is compared as a whole, so that the answer errs towards yes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function arnsOverlap(left: string, right: string): boolean {
  const a = segments(left);
  const b = segments(right);
  if (!isArn(a) || !isArn(b)) return patternsOverlap(left, right);
  return a.every((segment, index) => patternsOverlap(segment, b[index] ?? ''));
}

const ARN_SEGMENTS = 6;

function isArn(parts: readonly string[]): boolean {
  return parts.length === ARN_SEGMENTS && parts[0] === 'arn';
}

/** The first five segments of an ARN, and the resource, which may hold colons. */
function segments(arn: string): string[] {
  const parts = withoutUnknowns(arn).split(':');
  return [...parts.slice(0, ARN_SEGMENTS - 1), ...(parts.length < ARN_SEGMENTS ? [] : [parts.slice(ARN_SEGMENTS - 1).join(':')])];
}

/**
 * Whether two IAM patterns (`*` any characters, `?` one) can match the same string. What is not known yet, a policy variable or a
 * Terraform expression (`${...}`, `&{...}`, `%{...}`, `#{...}`), counts as `*`, so the answer errs towards yes.
 */
export function patternsOverlap(left: string, right: string): boolean {
  const a = withoutUnknowns(left);
  const b = withoutUnknowns(right);
  // reachable[j]: the part of `a` read so far can match the same string as the first j characters of `b`.
  let reachable = startRow(b);
  for (const char of a) {
    const next: boolean[] = [char === '*' && reachable[0] === true];
    for (let j = 1; j <= b.length; j++) {
      const other = b[j - 1] ?? '';
      const star = char === '*' || other === '*';
      const same = char === '?' || other === '?' || char === other;
      next[j] = star
        ? reachable[j] === true || next[j - 1] === true || reachable[j - 1] === true
        : same && reachable[j - 1] === true;
    }
    reachable = next;
  }
  return reachable[b.length] === true;
}

/** Before any character of `a`: only stars of `b` may have been read. */
function startRow(b: string): boolean[] {
  const row = [true];
  for (let j = 1; j <= b.length; j++) row[j] = row[j - 1] === true && b[j - 1] === '*';
  return row;
}

/**
 * Replaces by a star what IAM or Terraform fills in: `${...}`, `&{...}`, `#{...}`, also nested, and everything between the directives
 * `%{...}`. Braces that remain, such as those of an object in an expression, make all from there on a star.
 */
export function withoutUnknowns(pattern: string): string {
  const text = withoutDirectives(pattern);
  if (!/[{}]/.test(text)) return text;
  const parts: string[] = [];
  /** Of each brace that is open: where its marks begin, and whether it has any and no brace is left in it. */
  const open: { readonly start: number; fits: boolean }[] = [];
  for (const char of text) {
    const last = char === '}' ? open.pop() : undefined;
    if (last?.fits === true) {
      parts.length = last.start;
      parts.push('*');
      continue;
    }
    const around = open.at(-1);
    if (last !== undefined && around !== undefined) around.fits = false;
    if (char === '{') {
      const start = startOfMarks(parts);
      open.push({ start, fits: start < parts.length });
    }
    parts.push(char);
  }
  const brace = parts.findIndex((part) => part === '{' || part === '}');
  return brace < 0 ? parts.join('') : `${parts.slice(0, startOfMarks(parts, brace)).join('')}*`;
}

/** From the first `%{` to the last brace that closes. */
function withoutDirectives(pattern: string): string {
  const [first, last] = [pattern.indexOf('%{'), pattern.lastIndexOf('}')];
  return first < 0 || last < first ? pattern : `${pattern.slice(0, first)}*${pattern.slice(last + 1)}`;
}

/** Where the signs begin that stand right before an end. */
function startOfMarks(parts: readonly string[], end = parts.length): number {
  let start = end;
  while (start > 0 && '$&#'.includes(parts[start - 1] ?? '.')) start--;
  return start;
}

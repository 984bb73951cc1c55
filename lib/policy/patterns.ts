/**
 * Whether two IAM patterns (`*` any characters, `?` one) can match the same string. What is not known yet, a policy variable or a
 * Terraform expression (`${...}`, `#{...}`), counts as `*`, so the answer errs towards yes.
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

/** Replaces `${...}` and `#{...}`, also nested ones, by a star. */
export function withoutUnknowns(pattern: string): string {
  let text = pattern;
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/[$#]\{[^{}]*\}/g, '*');
  }
  return text;
}

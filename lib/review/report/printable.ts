/**
 * A text of the plan as it may be printed: without control characters, by which it could clear a terminal or give commands to whoever
 * reads a log line by line.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

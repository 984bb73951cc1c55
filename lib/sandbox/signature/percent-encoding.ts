/** All but what the signature leaves as it is. Text here is one character a byte, as Node reads a request line. */
const RESERVED = /[^A-Za-z0-9\-._~]/g;
const NOT_PLAIN = /[^A-Za-z0-9\-._~]/;

const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);

/** Bytes as the canonical request writes them: `%20`, never `+`. What is no byte, and cannot come over the wire, becomes a question mark. */
export function encodePercent(bytes: string): string {
  if (!NOT_PLAIN.test(bytes)) return bytes;
  return bytes.replace(RESERVED, (character) => ESCAPED[character.charCodeAt(0)] ?? '%3F');
}

/** @returns the bytes, one a character; `undefined` where a percent sign is not followed by two hexadecimal digits */
export function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

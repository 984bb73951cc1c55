import { invalid, isObject, type JsonValue } from './json-body';

const NOT_THE_KEY = 'The provided key element does not match the schema';
const NUMBER = /^(-?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;
const MAX_DIGITS = 38;
/** Longer ones are looked at by nobody: to take their zeros away would cost more than their length. */
const MAX_CHARACTERS = 512;
/** Magnitudes from 1E-130 to 9.9...E+125. */
const MIN_POINT = -129;
const MAX_POINT = 126;

/**
 * The value of a key attribute as IAM compares it: text as it is, binary data in base 64, and a number in one spelling, as all spellings of
 * a number are one key.
 *
 * @throws AwsError `ValidationException` for what cannot be a key: another type, several types, nothing
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function keyText(value: JsonValue | undefined): string {
  if (!isObject(value)) throw invalid(NOT_THE_KEY);
  const [type, ...others] = Object.keys(value);
  const text = type === undefined ? undefined : value[type];
  if (others.length > 0 || typeof text !== 'string' || text === '') throw invalid(NOT_THE_KEY);
  if (type === 'S') return text;
  if (type === 'N') return numberText(text);
  if (type === 'B' && Buffer.from(text, 'base64').toString('base64') === text) return text;
  throw invalid(NOT_THE_KEY);
}

/** A number without exponent, leading or trailing zeros: `1.50e1` is `15`. */
function numberText(text: string): string {
  if (text.length > MAX_CHARACTERS) throw invalid('The number is out of the range that is supported');
  const [matched, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (matched === undefined || whole + fraction === '') throw invalid('The parameter cannot be converted to a numeric value');
  const significant = (whole + fraction).replace(/^0+/, '');
  const digits = significant.replace(/0+$/, '');
  if (digits === '') return '0';
  // Where the point stands, counted from the first digit that is not zero.
  const point = significant.length - fraction.length + Number(exponent);
  if (digits.length > MAX_DIGITS || point > MAX_POINT || point < MIN_POINT) {
    throw invalid('The number is out of the range that is supported');
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

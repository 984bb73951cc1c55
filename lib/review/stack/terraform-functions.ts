import { isList, isObject, type TerraformValue, textsOf } from './terraform-value';

type Apply = (...args: readonly TerraformValue[]) => TerraformValue | undefined;

/** Functions, given values without unknown parts. Undefined where Terraform refuses the arguments, or where it is not sure what it does. */
export const FUNCTIONS = new Map<string, Apply>(
  Object.entries({
    split: ofTexts(2, (separator = '', text = '') => (separator === '' ? Array.from(text) : text.split(separator))),
    replace: ofTexts(3, (text = '', part = '', by = '') =>
      part === '' || /^\/.*\/$/s.test(part) ? undefined : text.split(part).join(by),
    ),
    trimprefix: ofTexts(2, (text = '', prefix = '') => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
    trimsuffix: ofTexts(2, (text = '', end = '') => (text.endsWith(end) ? text.slice(0, text.length - end.length) : text)),
    lower: ofTexts(1, (text = '') => (isAscii(text) ? text.toLowerCase() : undefined)),
    upper: ofTexts(1, (text = '') => (isAscii(text) ? text.toUpperCase() : undefined)),
    tostring: ofTexts(1, (text) => text),
    join: (separator, ...lists) => {
      const texts = lists.map((list) => (isList(list) ? textsOf(list) : undefined));
      const known = typeof separator === 'string' && lists.length > 0 && texts.every((list) => list !== undefined);
      return known ? texts.flat().join(separator) : undefined;
    },
    concat: (...lists) => (lists.length > 0 && lists.every(isList) ? lists.flat() : undefined),
    merge: (...objects) => (objects.every(isObject) ? Object.fromEntries(objects.flatMap(Object.entries)) : undefined),
    element: ofCount(2, (list, index) =>
      isList(list) && typeof index === 'number' && Number.isInteger(index) && index >= 0 ? list[index % list.length] : undefined,
    ),
    tolist: ofCount(1, (list) => (isList(list) && isUniform(list) ? list : undefined)),
    toset: ofCount(1, (list) =>
      isList(list) && list.every((item) => typeof item === 'string') ? sorted([...new Set(list)]) : undefined,
    ),
    keys: ofCount(1, (object) => (isObject(object) ? sorted(Object.keys(object)) : undefined)),
    length: ofCount(1, (value) => {
      if (isObject(value)) return Object.keys(value).length;
      return isList(value) || (typeof value === 'string' && isAscii(value)) ? value.length : undefined;
    }),
    jsonencode: ofCount(1, (value = null) => jsonOf(value)),
  }),
);

function ofCount(count: number, apply: Apply): Apply {
  return (...args) => (args.length === count ? apply(...args) : undefined);
}

function ofTexts(count: number, apply: (...texts: readonly string[]) => TerraformValue | undefined): Apply {
  return ofCount(count, (...args) => {
    const texts = textsOf(args);
    return texts && apply(...texts);
  });
}

/** Whether a list needs no conversion to be one type's. */
function isUniform(list: readonly TerraformValue[]): boolean {
  return ['string', 'number', 'boolean'].some((type) => list.every((item) => typeof item === type));
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

/** As Terraform sorts: by the bytes of UTF-8. */
function sorted(texts: readonly string[]): string[] {
  return [...texts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function jsonOf(value: TerraformValue): string {
  const ordered = (_key: string, item: TerraformValue) =>
    isObject(item) ? Object.fromEntries(sorted(Object.keys(item)).map((key) => [key, item[key]])) : item;
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, ordered).replace(/[<>&\u2028\u2029]/g, escape);
}

import { createRequire } from 'node:module';
import { AwsError } from '../http/aws-error';

/** An element with other elements in it, or with text. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** As it was meant: entities decoded, blanks kept, never taken for a number. Empty beside children. */
  readonly text: string;
}

/** The body of a request, as large as it may be to be read as XML. In bytes. */
const MAX_BYTES = 8 * 1024 ** 2;

/**
 * Reads XML strictly: no document type, no entities but XML's own, no text beside elements, one root.
 *
 * @throws AwsError `MalformedXML`
 */
export function readXml(body: Buffer): XmlElement {
  try {
    if (body.length > MAX_BYTES) throw malformedXml();
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const { XMLParser, XMLValidator } = parser();
    if (/<!DOCTYPE/i.test(text) || INVALID.test(text) || XMLValidator.validate(text) !== true) throw malformedXml();
    const roots = new XMLParser(OPTIONS).parse(text) as ParsedNode[];
    const [root, ...others] = roots.filter((node) => !('#text' in node && isBlank(node['#text'])));
    if (root === undefined || others.length > 0) throw malformedXml();
    return elementOf(root);
  } catch {
    // What the parser has to say may quote the body.
    throw malformedXml();
  }
}

/** An element of this name with this in it; `undefined` is left out. */
export function xmlElement(name: string, content: string | readonly (XmlElement | undefined)[]): XmlElement {
  if (typeof content === 'string') return { name, children: [], text: content };
  return { name, children: content.filter((child) => child !== undefined), text: '' };
}

/** A document. What XML cannot carry is written as S3 does, by its number, which most readers take. */
export function writeXml(root: XmlElement): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${written(root, ` xmlns="${NAMESPACE}"`)}`);
}

/** The texts of all children of this name. */
export function textsOf(element: XmlElement, name: string): string[] {
  return element.children.filter((child) => child.name === name).map(({ text }) => text);
}

/**
 * The text of the only child of this name, `undefined` if there is none.
 *
 * @throws AwsError `MalformedXML` if there are several
 */
export function textOf(element: XmlElement, name: string): string | undefined {
  const [text, ...others] = textsOf(element, name);
  if (others.length > 0) throw malformedXml();
  return text;
}

/** @throws AwsError `MalformedXML` for a root of another name, or children that it does not have */
export function expectXml(element: XmlElement, name: string, children: readonly string[]): XmlElement {
  if (element.name !== name || !element.children.every((child) => children.includes(child.name))) throw malformedXml();
  return element;
}

export function malformedXml(): AwsError {
  return new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** What no XML holds, also not by its number. */
const INVALID = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** Entities are decoded here, as the parser leaves out those that are numbers and passes over unknown ones. */
const OPTIONS = {
  preserveOrder: true,
  ignoreDeclaration: true,
  trimValues: false,
  parseTagValue: false,
  processEntities: false,
  cdataPropName: '#cdata',
};

type ParsedNode = Readonly<Record<string, unknown>>;

/** An optional dependency: loaded when the first body is read. */
function parser(): typeof import('fast-xml-parser') {
  return createRequire(__filename)('fast-xml-parser') as typeof import('fast-xml-parser');
}

function elementOf(node: ParsedNode): XmlElement {
  const [name = '', ...others] = Object.keys(node).filter((key) => key !== ':@');
  const content = node[name];
  if (!/^[A-Za-z]\w*$/.test(name) || others.length > 0 || !Array.isArray(content)) throw malformedXml();
  const nodes = content as ParsedNode[];
  const texts = nodes.filter((child) => '#text' in child || '#cdata' in child).map(textOfNode);
  const children = nodes.filter((child) => !('#text' in child || '#cdata' in child)).map(elementOf);
  if (children.length > 0 && !texts.every(isBlank)) throw malformedXml();
  return { name, children, text: children.length > 0 ? '' : texts.join('') };
}

function textOfNode(node: ParsedNode): string {
  if ('#text' in node) return unescape(String(node['#text']));
  return (node['#cdata'] as ParsedNode[]).map((part) => String(part['#text'])).join('');
}

function isBlank(text: unknown): boolean {
  return typeof text === 'string' && /^[ \t\r\n]*$/.test(text);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&([^&;]*);?/g, (entity, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    const character = Number.isNaN(code) ? ENTITIES[name] : String.fromCodePoint(code);
    if (!entity.endsWith(';') || character === undefined || INVALID.test(character)) throw malformedXml();
    return character;
  });
}

function written({ name, children, text }: XmlElement, attributes = ''): string {
  const content = children.length > 0 ? children.map((child) => written(child)).join('') : escape(text);
  return `<${name}${attributes}>${content}</${name}>`;
}

function escape(text: string): string {
  // Unlike an error's message a key must come back as it is.
  return text.replace(/[&<>"\r\u0085\u2028]|[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, (character) => {
    return `&#x${character.codePointAt(0)?.toString(16).toUpperCase()};`;
  });
}

import { createRequire } from 'node:module';
import { AwsError } from '../http/aws-error';

/** As the parser gives it: text, or elements by name. */
type Content = string | { readonly [name: string]: Content | readonly Content[] };

/** An element of XML as IAM and STS send it: either text or other elements. */
export class XmlElement {
  readonly #content: Content;

  private constructor(content: Content) {
    this.#content = content;
  }

  /**
   * Reads a document. White space is kept, as the value of a tag may begin or end with it.
   *
   * @returns an element that holds the document's only element
   * @throws AwsError if it is no XML, or cut off
   */
  static parse(text: string): XmlElement {
    // An optional dependency, loaded only when it is needed.
    const { XMLParser } = createRequire(__filename)('fast-xml-parser') as typeof import('fast-xml-parser');
    const parser = new XMLParser({
      parseTagValue: false,
      trimValues: false,
      // Without it `&#34;`, as some servers write a quotation mark, stays as it is.
      htmlEntities: true,
      isArray: (name) => name === 'member',
    });
    let document: Record<string, Content>;
    try {
      document = parser.parse(text) as typeof document;
    } catch {
      throw strange('no XML that can be read');
    }
    // The parser closes by itself what was cut off.
    const last = /<\/([\w.:-]+)>\s*$/.exec(text)?.[1];
    if (last === undefined || !Object.hasOwn(document, last)) throw strange('half a document of XML, or none');
    return new XmlElement(document);
  }

  /** The element of this name in it, if there is one. @throws AwsError if there are several */
  find(name: string): XmlElement | undefined {
    const content = this.#inside(name);
    if (content === undefined) return undefined;
    if (isList(content)) throw strange(`more than one ${name}`);
    return new XmlElement(content);
  }

  /** The element of this name in it. @throws AwsError if there is none, or are several */
  get(name: string): XmlElement {
    return this.find(name) ?? refuse(name);
  }

  /** The text of the element of this name in it. @throws AwsError if there is none, or elements are in it */
  text(name: string): string {
    return this.get(name).ownText;
  }

  /** Its own text. @throws AwsError if elements are in it */
  get ownText(): string {
    if (typeof this.#content !== 'string') throw strange('elements where there must be text');
    return this.#content;
  }

  /** The entries of the list of this name. @throws AwsError if there is no list: AWS sends an empty one too */
  members(name: string): readonly XmlElement[] {
    const list = this.get(name);
    if (typeof list.#content === 'string' && list.#content.trim() === '') return [];
    const members = list.#inside('member');
    return members !== undefined && isList(members) ? members.map((member) => new XmlElement(member)) : refuse(name);
  }

  #inside(name: string): Content | readonly Content[] | undefined {
    return typeof this.#content === 'object' && Object.hasOwn(this.#content, name) ? this.#content[name] : undefined;
  }
}

function isList(content: Content | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

function refuse(name: string): never {
  throw strange(`no ${name} where there must be one`);
}

function strange(what: string): AwsError {
  return new AwsError('ServiceUnavailable', `The upstream sent an answer with ${what}.`, 503);
}

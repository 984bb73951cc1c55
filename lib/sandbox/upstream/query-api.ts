import { AwsError } from '../http/aws-error';
import type { AwsAnswer, Store } from '../http/aws-request';
import { boundedBody } from './bounded-body';
import { XmlElement } from './xml-element';

const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' };

/** The most pages of a list. A page has 100 entries if nothing else is asked for, and IAM's quotas let a role have fewer than that. */
const MAX_PAGES = 20;

type Parameters = Readonly<Record<string, string>>;

/**
 * Asks IAM or STS of an upstream by the query protocol. Whatever is not an answer as AWS gives it is an error, so that a failed or strange
 * one never passes for "there is none".
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html
 */
export class QueryApi {
  readonly #store: Store;
  readonly #service: keyof typeof VERSIONS;

  constructor(store: Store, service: keyof typeof VERSIONS) {
    this.#store = store;
    this.#service = service;
  }

  /**
   * @returns the element `<action>Result`
   * @throws AwsError ServiceUnavailable, status 503, for every answer that is no success; see `ifThere` for what need not be there
   */
  async call(action: string, parameters: Parameters = {}): Promise<XmlElement> {
    const form = new URLSearchParams({ Action: action, Version: VERSIONS[this.#service], ...parameters }).toString();
    const request = {
      method: 'POST',
      path: '/',
      query: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: Buffer.from(form),
      fromLoopback: true,
    };
    // IAM, and STS where it is not regional, are signed for in this region.
    const answer = await this.#store.handle(request, { service: this.#service, region: 'us-east-1' });
    const text = await this.#bodyOf(answer, action);
    if (answer.status !== 200) {
      const code = errorCodeIn(text);
      if (code === 'NoSuchEntity') throw new NoSuchEntity();
      throw this.#strange(action, `${/^[\w.]{1,64}$/.test(code) ? code : 'an error'} (HTTP ${answer.status})`);
    }
    const result = XmlElement.parse(text).find(`${action}Response`)?.find(`${action}Result`);
    if (result === undefined) throw this.#strange(action, 'something that is no result');
    return result;
  }

  /** The entries of a list, of all its pages. @throws AwsError as `call` does */
  async list(action: string, name: string, parameters: Parameters): Promise<XmlElement[]> {
    const entries: XmlElement[] = [];
    let page: Parameters = {};
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const result = await this.call(action, { ...parameters, ...page });
      entries.push(...result.members(name));
      const isTruncated = result.text('IsTruncated');
      if (isTruncated === 'false') return entries;
      if (isTruncated !== 'true') throw this.#strange(action, 'a page of which it is unknown whether it is the last');
      page = { Marker: result.text('Marker') };
    }
    throw this.#strange(action, `more than ${MAX_PAGES} pages`);
  }

  async #bodyOf(answer: AwsAnswer, action: string): Promise<string> {
    try {
      return (await boundedBody(answer)).toString('utf8');
    } catch (error) {
      throw this.#strange(action, error instanceof RangeError ? error.message : 'half an answer');
    }
  }

  #strange(action: string, what: string): AwsError {
    return new AwsError('ServiceUnavailable', `The upstream answered ${this.#service}:${action} with ${what}.`, 503);
  }
}

/** The code of an error, empty if it is none that AWS would send. */
function errorCodeIn(text: string): string {
  try {
    return XmlElement.parse(text).get('ErrorResponse').get('Error').text('Code');
  } catch {
    return '';
  }
}

/** IAM says that there is no such thing. To whom it should have been there it is an error like others. */
class NoSuchEntity extends AwsError {
  constructor() {
    super('ServiceUnavailable', 'The upstream has no longer what it named itself a moment ago.', 503);
  }
}

/** An answer about something that need not be there; undefined if IAM says that it is not. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof NoSuchEntity) return undefined;
    throw error;
  });
}

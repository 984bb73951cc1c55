import { AwsError } from '../http/aws-error';
import type { AwsRequest } from '../http/aws-request';

/**
 * Parameters of a request in the query protocol: in the body of a POST, else in the query.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
 */
export class QueryForm {
  readonly #values: ReadonlyMap<string, string>;

  /** @throws AwsError `ValidationError` for a parameter that stands twice, as nobody knows which one counts */
  constructor({ method, query, body }: AwsRequest) {
    const parameters = new URLSearchParams(method === 'POST' ? body.toString('utf8') : query);
    const values = new Map<string, string>();
    for (const [name, value] of parameters) {
      if (values.has(name)) throw new AwsError('ValidationError', 'A parameter stands more than once.');
      values.set(name, value);
    }
    this.#values = values;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /**
   * Values of a list of structures with one member: `PolicyArns.member.1.arn`.
   *
   * @throws AwsError `ValidationError` for what begins like the list but is none of it, as leaving it out could grant more
   */
  list(name: string, member: string): string[] {
    const items: string[] = [];
    for (const [key, value] of this.#values) {
      // An empty list is written so.
      if ((key !== name && !key.startsWith(`${name}.`)) || (key === name && value === '')) continue;
      const [, list, part] = /^(\w+)\.member\.[1-9]\d{0,3}\.(\w+)$/.exec(key) ?? [];
      if (list !== name || part !== member) throw new AwsError('ValidationError', `'${name}' is not written as a list.`);
      items.push(value);
    }
    return items;
  }
}

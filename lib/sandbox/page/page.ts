import { randomBytes } from 'node:crypto';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import { readAttempt } from './attempt';
import { AuditStream } from './audit-stream';
import { LOCAL_HEADERS } from './local-only';
import { examplesFor, OPERATIONS, TOKENS } from './operations';
import { pageFiles } from './page-files';
import type { PageSandbox } from './page-sandbox';
import { askedOfRole, type PermissionChoice, permissionChoices } from './permission-choices';
import { explanationsOf, tryOut } from './trial';

/** Under it lies all that is no request to AWS. */
export const SANDBOX_PATH = '/_sandbox/';

/** Largest attempt, in bytes. */
const MAX_ATTEMPT_BYTES = 131_072;

/**
 * The page to look at, and what it asks for:
 *
 * - `GET /_sandbox/`, `page.css`, `page.js`, `icon.svg`
 * - `GET /_sandbox/settings`: the sandbox, the operations, examples
 * - `GET /_sandbox/permissions?role=<ARN>`: what tokens may say of permissions, if the policies of the role ask for them
 * - `GET /_sandbox/audit?after=<sequence>`: records of the audit log, the oldest first
 * - `GET /_sandbox/audit/stream`: the same as server-sent events, as they come
 * - `GET /_sandbox/audit/explanation?record=<sequence>`: a record, and which statements decided it
 * - `POST /_sandbox/try`: makes an attempt
 */
export class Page {
  readonly #files = pageFiles();
  readonly #stream: AuditStream;
  /** Tells runs of the sandbox apart, which all count their records from 1. */
  readonly #run = randomBytes(6).toString('hex');
  readonly #answers: Readonly<Record<string, (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>>>;

  constructor(private readonly sandbox: PageSandbox) {
    this.#stream = new AuditStream(sandbox.audit, this.#run);
    this.#answers = {
      'GET settings': () => this.#settings(),
      'GET permissions': ({ query }) => this.#permissions(new URLSearchParams(query)),
      'GET audit': ({ query }) => this.#records(new URLSearchParams(query)),
      'GET audit/stream': ({ headers }) => this.#events(headers['last-event-id']),
      'GET audit/explanation': ({ query }) => this.#explanation(new URLSearchParams(query)),
      'POST try': ({ body }) => this.#try(body),
    };
  }

  /**
   * Answers what is asked of the page. What `refusal` refuses must not come here.
   *
   * @returns `undefined` for a path that is not the page's
   */
  async handle(request: AwsRequest): Promise<AwsAnswer | undefined> {
    const { method, path } = request;
    if (path === '/' ? isBrowser(request) : `${path}/` === SANDBOX_PATH) return redirect();
    if (!path.startsWith(SANDBOX_PATH)) return undefined;
    const name = path.slice(SANDBOX_PATH.length);
    const file = this.#files.get(name);
    if (file !== undefined) return isReading(method) ? file : notAllowed('GET, HEAD');

    const served = ['GET', 'POST'].find((each) => this.#answers[`${each} ${name}`] !== undefined);
    if (served === undefined) return undefined;
    return method === served ? this.#answers[`${method} ${name}`]?.(request) : notAllowed(served);
  }

  /** Ends the streams of the audit log. */
  close(): void {
    this.#stream.close();
  }

  async #settings(): Promise<AwsAnswer> {
    const settings = this.sandbox.settings();
    const choices = await this.#choices(settings.roles[0] ?? '');
    const operations = Object.entries(OPERATIONS).map(([name, { label, group, needs, takes }]) => ({
      name,
      label,
      group,
      fields: [...needs, ...takes],
    }));
    const tokens = Object.entries(TOKENS).map(([name, { label }]) => ({ name, label }));
    return json(200, { run: this.#run, ...settings, operations, tokens, examples: examplesFor(settings, choices) });
  }

  async #permissions(query: URLSearchParams): Promise<AwsAnswer> {
    return json(200, { choices: await this.#choices(query.get('role') ?? '') });
  }

  async #choices(role: string): Promise<readonly PermissionChoice[]> {
    return permissionChoices(await askedOfRole(this.sandbox, role));
  }

  #records(query: URLSearchParams): AwsAnswer {
    const after = sequenceOf(query.get('after') ?? '0');
    if (after === undefined) return json(400, { message: "'after' must be the sequence number of a record." });
    return json(200, { run: this.#run, records: this.sandbox.audit.since(after) });
  }

  #events(lastEventId: string | undefined): AwsAnswer {
    const body = this.#stream.open(lastEventId);
    if (body === undefined) return json(503, { message: 'Too many pages are open.' });
    return { status: 200, headers: { ...LOCAL_HEADERS, 'content-type': 'text/event-stream' }, body };
  }

  #explanation(query: URLSearchParams): AwsAnswer {
    const sequence = sequenceOf(query.get('record') ?? '');
    const record = sequence === undefined ? undefined : this.sandbox.audit.since(sequence - 1).at(0);
    if (record === undefined || record.sequence !== sequence) return json(404, { message: 'The record is no longer kept.' });
    return json(200, { record, explanations: explanationsOf(this.sandbox, record) });
  }

  async #try(body: Buffer): Promise<AwsAnswer> {
    if (body.length > MAX_ATTEMPT_BYTES) return json(413, { errors: { form: 'That is too much.' } });
    const read = readAttempt(body);
    if ('errors' in read) return json(400, read);
    const { attempt } = read;
    try {
      const asked = await askedOfRole(this.sandbox, attempt.role);
      if (attempt.permissions !== '' && asked.permissions === undefined) {
        return json(400, { errors: { permissions: 'The policies of this role ask for none.' } });
      }
      return json(200, await tryOut(this.sandbox, attempt, asked));
    } catch (error) {
      // What an AwsError says is for clients; what others say may be anything.
      const why = error instanceof AwsError ? `: ${error.message}` : '.';
      return json(500, { errors: { form: `The sandbox could not carry it out${why}` } });
    }
  }
}

/** Somebody who opens the sandbox's address, and no client of AWS, which signs. */
function isBrowser({ method, query, headers }: AwsRequest): boolean {
  const wantsHtml = headers['accept']?.includes('text/html') === true;
  return isReading(method) && query === '' && headers['authorization'] === undefined && wantsHtml;
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function sequenceOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function redirect(): AwsAnswer {
  return { status: 302, headers: { ...LOCAL_HEADERS, location: SANDBOX_PATH }, body: Buffer.alloc(0) };
}

function notAllowed(allow: string): AwsAnswer {
  return { ...json(405, { message: `Only ${allow} is served here.` }), headers: { ...LOCAL_HEADERS, allow } };
}

function json(status: number, content: object): AwsAnswer {
  return {
    status,
    headers: { ...LOCAL_HEADERS, 'content-type': 'application/json; charset=utf-8' },
    body: Buffer.from(JSON.stringify(content)),
  };
}

import { MultiTenantIamError } from '../errors';
import type { AwsAnswer, AwsRequest } from './http/aws-request';
import type { Issuer } from './issuer/issuer';
import type { TokenOptions } from './issuer/token-options';
import { parseTokenQuery } from './issuer/token-query';
import { LOCAL_HEADERS, refusal } from './page/local-only';
import { type Page, SANDBOX_PATH } from './page/page';

/** Under it the issuer is served. */
export const ISSUER_PATH = `${SANDBOX_PATH}issuer`;

/** What is no request to AWS: the page, the issuer, tokens. No bucket can have such a name. */
export class LocalPaths {
  constructor(
    private readonly port: number,
    private readonly page: Page,
    private readonly issuer: Issuer,
    private readonly token: (options: TokenOptions) => Promise<string>,
  ) {}

  /** @returns nothing for a request to AWS */
  async handle(request: AwsRequest): Promise<AwsAnswer | undefined> {
    const { path } = request;
    if (path !== '/' && `${path}/` !== SANDBOX_PATH && !path.startsWith(SANDBOX_PATH)) return undefined;
    if (path === '/') return this.page.handle(request);
    const refused = refusal(request, this.port);
    if (refused !== undefined) return refused;
    if (path === `${SANDBOX_PATH}token`) return this.#token(request);
    const answer = path.startsWith(`${ISSUER_PATH}/`) ? await this.issuer.answer(path) : await this.page.handle(request);
    return answer ?? text(404, `There is no ${path} here.`);
  }

  async #token({ method, query }: AwsRequest): Promise<AwsAnswer> {
    if (method !== 'GET') return text(405, 'Ask for a token by GET.');
    try {
      // Nothing but the token, so that it may be kept in a file as it is.
      const token = await this.token(parseTokenQuery(new URLSearchParams(query)));
      return { ...text(200, ''), body: Buffer.from(token) };
    } catch (error) {
      if (error instanceof MultiTenantIamError) return text(400, error.message);
      throw error;
    }
  }
}

function text(status: number, content: string): AwsAnswer {
  return {
    status,
    headers: { ...LOCAL_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
    body: Buffer.from(`${content}\n`),
  };
}

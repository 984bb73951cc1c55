import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import type { TenantDataAccessConfig } from 'multi-tenant-data-access';
import { TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';

/** A request as it came over the wire. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server sends back; `hang up` closes the socket instead, `silence` leaves the request open. */
export type AwsAnswer =
  | 'hang up'
  | 'silence'
  | { readonly status: number; readonly contentType: string; readonly body: string; readonly location?: string };

export interface IssuedKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Keys of a session of this tenant, as STS would issue them. They end in an hour. */
export function issuedKeys(tenantId: string): IssuedKeys {
  return {
    accessKeyId: `ASIA${tenantId.toUpperCase()}0001`,
    secretAccessKey: `secret-access-key-of-${tenantId}`,
    sessionToken: `session-token-of-${tenantId}`,
    expiration: new Date(Date.now() + 3_600_000),
  };
}

/** Credentials of a tenant without a call to STS. */
export function credentialsOf(tenantId: string, expiration?: Date): TenantCredentials {
  const keys = issuedKeys(tenantId);
  return new TenantCredentials(tenantId, { ...keys, expiration: expiration ?? keys.expiration });
}

type Answering = (request: AwsRequest) => AwsAnswer | Promise<AwsAnswer>;

/** An HTTP server on 127.0.0.1 that answers as it is told and keeps what it was asked: STS, DynamoDB or S3 for one suite. */
export class LoopbackAws {
  readonly requests: AwsRequest[] = [];
  readonly #server: Server;
  #port = 0;
  #answer: Answering = () => 'hang up';
  #connections = 0;
  #mostConnections = 0;

  private constructor() {
    // It never closes an idle connection by itself: whoever opened it must.
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.requests.push(asked);
        void this.#reply(asked, response);
      });
    });
    this.#server.on('connection', (socket) => {
      this.#mostConnections = Math.max(this.#mostConnections, ++this.#connections);
      socket.on('close', () => this.#connections--);
      // A client that is gone waits for no answer.
      socket.on('end', () => socket.destroy());
    });
  }

  static async start(): Promise<LoopbackAws> {
    const aws = new LoopbackAws();
    await new Promise<void>((listening) => aws.#server.listen(0, '127.0.0.1', listening));
    aws.#port = (aws.#server.address() as AddressInfo).port;
    return aws;
  }

  /** Stays the same when the server has stopped, so that connections to it are refused. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Forgets the requests so far and answers the next ones in this order, the last one for good. */
  answerWith(...answers: AwsAnswer[]): void {
    this.answerBy(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? 'hang up');
  }

  /** Forgets the requests so far and answers each of the next ones as this says, as soon as it does. */
  answerBy(answer: Answering): void {
    this.requests.length = 0;
    this.#mostConnections = this.#connections;
    this.#answer = answer;
  }

  /** The most connections that were open at a time since the answers were set. */
  get mostConnections(): number {
    return this.#mostConnections;
  }

  async openConnections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  /** Waits until so many connections are open; a second at most. @returns how many there are */
  async settledConnections(wanted: number): Promise<number> {
    for (let waits = 0; waits < 100 && (await this.openConnections()) !== wanted; waits++) {
      await new Promise((tick) => setTimeout(tick, 10));
    }
    return this.openConnections();
  }

  async #reply(request: AwsRequest, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    if (answer === 'silence') return;
    if (answer === 'hang up') {
      response.socket?.destroy();
      return;
    }
    const { status, contentType, location } = answer;
    response.writeHead(status, { 'content-type': contentType, ...(location !== undefined && { location }) });
    response.end(answer.body);
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise((closed) => {
      this.#server.close(closed);
      this.#server.closeAllConnections();
    });
  }
}

/** A configuration whose STS, DynamoDB and S3 are all the server at this endpoint, asked once. */
export function loopbackConfig(endpoint: string) {
  return {
    roleArn: 'arn:aws:iam::123456789012:role/tenant-access',
    tableName: 'tenant-data',
    bucketName: 'tenant-files',
    region: 'eu-central-1',
    stsConfig: { endpoint, maxAttempts: 1 },
    dynamoDbConfig: { endpoint, maxAttempts: 1 },
    s3Config: { endpoint, maxAttempts: 1, forcePathStyle: true },
  } satisfies TenantDataAccessConfig;
}

/** The access key id with which a request was signed, or undefined if it carries no signature. */
export function signedWith({ headers }: AwsRequest): string | undefined {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
}

/** STS's answer to AssumeRoleWithWebIdentity with these elements inside `Credentials`. */
export function stsAnswer(credentials: Readonly<Record<string, string>>): AwsAnswer {
  const elements = Object.entries(credentials).map(([name, value]) => `<${name}>${value}</${name}>`);
  return xml(
    200,
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>' +
      (elements.length > 0 ? `<Credentials>${elements.join('')}</Credentials>` : '') +
      '<SubjectFromWebIdentityToken>user-1</SubjectFromWebIdentityToken></AssumeRoleWithWebIdentityResult>' +
      '<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>',
  );
}

/** The elements of `Credentials` for these keys. */
export function credentialElements(keys: IssuedKeys): Record<string, string> {
  return {
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    SessionToken: keys.sessionToken,
    Expiration: keys.expiration.toISOString(),
  };
}

export function stsIssues(keys: IssuedKeys): AwsAnswer {
  return stsAnswer(credentialElements(keys));
}

export function stsError(code: string, status = 400, message = 'as the service puts it'): AwsAnswer {
  return xml(
    status,
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>' +
      `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`,
  );
}

/** The token with which a request asks STS for credentials; undefined for requests to other services. */
export function tokenSentToSts({ body }: AwsRequest): string | undefined {
  return new URLSearchParams(body).get('WebIdentityToken') ?? undefined;
}

/**
 * Answers as STS and DynamoDB do when all is well. Each answer of STS has keys of its own: the access key id tells tenant and user of the
 * token, and how many went before it.
 */
export function allIsWell(lifetimeMilliseconds = 3_600_000): (request: AwsRequest) => AwsAnswer {
  let issued = 0;
  return (request) => {
    const token = tokenSentToSts(request);
    if (token === undefined) return String(request.headers['x-amz-target']).endsWith('.Query') ? dynamoDbPage([]) : json(200, {});
    const { payload } = decomposeUnverifiedJwt(token);
    const { principal_tags: tags } = payload[SESSION_TAGS_CLAIM] as { principal_tags: { tenant_id: [string] } };
    return stsIssues({
      ...issuedKeys(tags.tenant_id[0]),
      accessKeyId: `ASIA.${tags.tenant_id[0]}.${String(payload.sub)}.${issued++}`,
      expiration: new Date(Date.now() + lifetimeMilliseconds),
    });
  };
}

/** One page of a query, in DynamoDB's JSON; with a last key there are more. */
export function dynamoDbPage(dataIds: readonly string[], lastDataId?: string): AwsAnswer {
  const key = (dataId: string) => ({ tenantId: { S: 'acme' }, dataId: { S: dataId } });
  return json(200, {
    Items: dataIds.map(key),
    Count: dataIds.length,
    ...(lastDataId !== undefined && { LastEvaluatedKey: key(lastDataId) }),
  });
}

export function dynamoDbError(name: string, status = 400): AwsAnswer {
  return json(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'as the service puts it' });
}

function xml(status: number, body: string): AwsAnswer {
  return { status, contentType: 'text/xml', body };
}

function json(status: number, body: object): AwsAnswer {
  return { status, contentType: 'application/x-amz-json-1.0', body: JSON.stringify(body) };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { TenantEvent } from 'multi-tenant-data-access';
import type { ObjectConfig } from 'multi-tenant-data-access/config';
import { ObjectSession } from 'multi-tenant-data-access/objects/object-session';
import { Connections } from 'multi-tenant-data-access/session/connections';
import { SigningSession } from 'multi-tenant-data-access/session/signing-session';
import { TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { credentialsOf } from './loopback-aws';

export const BUCKET = 'tenant-files';

/** An S3 in this process. It keeps objects as files and enforces no policy. */
export interface S3StandIn {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export async function startS3(): Promise<S3StandIn> {
  const directory = mkdtempSync(join(tmpdir(), 's3-stand-in-'));
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

type Renewal = ConstructorParameters<typeof SigningSession>[1];

/** A session of a tenant at this endpoint, without STS. */
export interface SessionOptions {
  /** Id and secret at once. */
  readonly accessKey?: string;
  readonly expiration?: Date;
  readonly renewal?: Renewal;
  readonly s3Config?: ObjectConfig['s3Config'];
  readonly requestHandler?: ConstructorParameters<typeof Connections>[0];
  readonly onEvent?: (event: TenantEvent) => void;
}

/** What the S3 of this process wants: a key that it knows, and no checksums of its own. */
export const STAND_IN: SessionOptions = {
  accessKey: 'S3RVER',
  s3Config: { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
};

export function objectSession(endpoint: string, tenantId: string, options: SessionOptions = {}): ObjectSession {
  const { accessKey, expiration, renewal, s3Config, requestHandler, onEvent } = options;
  const issued = credentialsOf(tenantId, expiration);
  const credentials =
    accessKey === undefined
      ? issued
      : new TenantCredentials(tenantId, {
          accessKeyId: accessKey,
          secretAccessKey: accessKey,
          sessionToken: issued.sessionToken,
          expiration: issued.expiration,
        });
  const noRenewal: Renewal = { possible: () => false, renew: () => Promise.reject(new Error('no renewal')) };
  const signing = new SigningSession({ credentials, subject: 'user-1' }, renewal ?? noRenewal, {
    client: { region: 'eu-central-1', maxAttempts: 1, requestHandler: new Connections(requestHandler).requestHandler },
    tell: onEvent ?? (() => undefined),
    assertOpen: () => undefined,
  });
  return new ObjectSession(signing, { bucketName: BUCKET, s3Config: { endpoint, forcePathStyle: true, ...s3Config } });
}

/** What a scripted S3 does with a request whose body it has not read. */
export type Script = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server that does what its script says: the S3 that misbehaves. */
export class ScriptedS3 {
  /** What was asked, as method and undecoded path with query. */
  readonly asked: string[] = [];
  readonly #server: Server;
  #script: Script = (_request, response) => response.end();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      this.#script(request, response);
    });
  }

  static async start(): Promise<ScriptedS3> {
    const s3 = new ScriptedS3();
    await new Promise<void>((listening) => s3.#server.listen(0, '127.0.0.1', listening));
    return s3;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was asked, and follows this script from now on. */
  follow(script: Script): void {
    this.asked.length = 0;
    this.#script = script;
  }

  async stop(): Promise<void> {
    await new Promise((closed) => {
      this.#server.close(closed);
      this.#server.closeAllConnections();
    });
  }
}

/** Reads a request to its end, then answers. */
export function answer(status: number, body = '', headers: Readonly<Record<string, string>> = {}): Script {
  return (request, response) => {
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/xml', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  };
}

export function s3Error(status: number, code: string): Script {
  return answer(
    status,
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>as S3 puts it</Message></Error>`,
  );
}

/** An answer to a listing, with these elements in it; the last page, unless they say otherwise. */
export function listed(elements: string): Script {
  const end = elements.includes('IsTruncated') ? '' : '<IsTruncated>false</IsTruncated>';
  return answer(200, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${elements}${end}</ListBucketResult>`);
}

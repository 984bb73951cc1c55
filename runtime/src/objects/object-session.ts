import type { S3Client } from '@aws-sdk/client-s3';
import { BUCKET_NAMES, isBucketName, type ObjectConfig } from '../config';
import { invalidRequest, quote } from '../errors';
import type { SigningSession } from '../session/signing-session';
import type { TenantCredentials } from '../session/tenant-credentials';
import { presigningS3Client, tenantS3Client } from './s3-client';
import type { ObjectClients } from './tenant-bucket';
import { TenantObjects } from './tenant-objects';

/** The part of a session that reaches the tenant's objects. Its clients are made when they are first used, and kept. */
export class ObjectSession implements ObjectClients {
  readonly #signing: SigningSession;
  readonly #config: ObjectConfig;
  #s3Client: S3Client | undefined;
  #presigning: { readonly credentials: TenantCredentials; readonly client: S3Client } | undefined;

  constructor(signing: SigningSession, config: ObjectConfig) {
    this.#signing = signing;
    this.#config = config;
  }

  get s3Client(): S3Client {
    this.#s3Client ??= tenantS3Client(this.#signing, this.#signing.client, this.#config.s3Config);
    return this.#s3Client;
  }

  presigningClient(credentials: TenantCredentials): S3Client {
    if (this.#presigning?.credentials !== credentials) {
      const client = presigningS3Client(credentials, this.#signing.client, this.#config.s3Config);
      this.#presigning = { credentials, client };
    }
    return this.#presigning.client;
  }

  objects(bucketName: string = this.#config.bucketName): TenantObjects {
    if (!isBucketName(bucketName)) {
      throw invalidRequest(`${quote(bucketName)} is not the name of a bucket: allowed are ${BUCKET_NAMES}.`);
    }
    return new TenantObjects(this.#signing, this, bucketName);
  }
}

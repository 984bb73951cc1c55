import { S3Client } from '@aws-sdk/client-s3';
import type { ObjectConfig } from '../config';
import type { ClientDefaults, SigningSession } from '../session/signing-session';
import type { TenantCredentials } from '../session/tenant-credentials';

/** An S3 client that signs for one tenant, for life. */
export function tenantS3Client(
  signer: Pick<SigningSession, 'provider'>,
  defaults: ClientDefaults,
  config: ObjectConfig['s3Config'],
): S3Client {
  const { region, requestHandler } = defaults;
  return new S3Client({ ...defaults, ...config, region, requestHandler, credentials: signer.provider });
}

/**
 * An S3 client that signs with just these credentials, for URLs that others send: they know nothing of the SDK's checksums.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html
 */
export function presigningS3Client(
  { accessKeyId, secretAccessKey, sessionToken, expiration }: TenantCredentials,
  defaults: ClientDefaults,
  config: ObjectConfig['s3Config'],
): S3Client {
  const plain = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' } as const;
  const provider = () => Promise.resolve({ accessKeyId, secretAccessKey, sessionToken, expiration });
  return tenantS3Client({ provider }, defaults, { ...config, ...plain });
}

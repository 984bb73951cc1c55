import type { AwsAnswer, AwsRequest, IssuedKeys } from '../../support/loopback-aws';

export const IDENTITY_POOL_ID = 'eu-west-1:0b7f3c52-1f5d-4e1c-9a4e-2f6d1f0c9b11';
export const IDENTITY_ID = 'eu-west-1:5d6c8e0a-7b1f-4f4e-8a53-9d0e7a1b2c3d';
/** What the pool's own token looks like to a client: opaque. */
export const POOL_TOKEN = 'eyJraWQiOiJldS13ZXN0LTEtMSJ9.eyJpc3MiOiJwb29sIn0.c2lnbmF0dXJlLW9mLXRoZS1wb29s';

/** The operation of Amazon Cognito Identity that a request asks for; undefined for requests to other services. */
export function operationOf({ headers }: AwsRequest): string | undefined {
  return /^AWSCognitoIdentityService\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1];
}

function json(status: number, body: object): AwsAnswer {
  return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}

/** Answers of Cognito Identity, in its JSON. */
export const COGNITO = {
  identity: json(200, { IdentityId: IDENTITY_ID }),
  token: json(200, { IdentityId: IDENTITY_ID, Token: POOL_TOKEN }),
  credentials: ({ accessKeyId, secretAccessKey, sessionToken, expiration }: IssuedKeys) =>
    json(200, {
      IdentityId: IDENTITY_ID,
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration.getTime() / 1000,
      },
    }),
  answer: (body: object) => json(200, body),
  error: (name: string, status = 400, message = 'as the service puts it') => json(status, { __type: name, message }),
};

import { invalid, type JsonObject, malformed, objectOf, readJson, textOf } from '../dynamodb/json-body';

/** What GetId, GetOpenIdToken and GetCredentialsForIdentity are asked with. */
export interface IdentityRequest {
  readonly identityPoolId?: string;
  readonly identityId?: string;
  /** Tokens by name of the provider; empty for somebody who has not signed in. */
  readonly logins: Readonly<Record<string, string>>;
  readonly customRoleArn?: string;
}

const ID = /^[\w-]+:[0-9a-f-]+$/;
const MOST_ID_CHARACTERS = 55;
const MOST_LOGINS = 10;
const MOST_NAME_CHARACTERS = 128;
const MOST_TOKEN_CHARACTERS = 50_000;

/**
 * Reads a body. What the operations do not know they do not look at.
 *
 * @throws AwsError `SerializationException`, `ValidationException`; no value is repeated
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
 */
export function identityRequest(body: Buffer): IdentityRequest {
  const input = readJson(body);
  return {
    identityPoolId: idOf(input, 'IdentityPoolId'),
    identityId: idOf(input, 'IdentityId'),
    logins: loginsOf(objectOf(input, 'Logins') ?? {}),
    customRoleArn: textOf(input, 'CustomRoleArn'),
  };
}

/** @throws AwsError `ValidationException` */
export function required(value: string | undefined, name: string): string {
  if (value === undefined) throw invalid(`1 validation error detected: Value at '${name}' must not be null`);
  return value;
}

/** Reads an id of a pool or an identity. @throws AwsError */
export function idOf(input: JsonObject, member: string): string | undefined {
  const id = textOf(input, member);
  if (id === undefined || (id.length <= MOST_ID_CHARACTERS && ID.test(id))) return id;
  throw invalid(`1 validation error detected: ${member} is not <region>:<id> of at most ${MOST_ID_CHARACTERS} characters`);
}

function loginsOf(logins: JsonObject): Record<string, string> {
  const entries = Object.entries(logins);
  if (entries.length > MOST_LOGINS) throw invalid(`1 validation error detected: Logins has more than ${MOST_LOGINS} entries`);
  return Object.fromEntries(
    entries.map(([name, token]) => {
      if (typeof token !== 'string') throw malformed('Logins holds what is not a text.');
      if (name === '' || name.length > MOST_NAME_CHARACTERS || token === '' || token.length > MOST_TOKEN_CHARACTERS) {
        throw invalid('1 validation error detected: a name or token in Logins is empty or too long');
      }
      return [name, token];
    }),
  );
}

/** What the clients of a service cannot set for themselves: the credentials are the session's, and the handler is shared. */
export type OwnSettings =
  | 'credentials'
  | 'credentialDefaultProvider'
  | 'extensions'
  | 'httpAuthSchemeProvider'
  | 'httpAuthSchemes'
  | 'region'
  | 'requestHandler'
  | 's3ExpressIdentityProvider'
  | 'signer'
  | 'signerConstructor';

/** Settings by which a client would sign with other credentials than the session's, all of which are refused. */
const CREDENTIAL_SETTINGS = [
  'credentials',
  'credentialDefaultProvider',
  'signer',
  'signerConstructor',
  'httpAuthSchemes',
  'httpAuthSchemeProvider',
  's3ExpressIdentityProvider',
  'extensions',
];

type Settings = Readonly<Record<string, unknown>>;

/**
 * Settings that would open the table to others or put a session into a log; types forbid them, plain JavaScript needs this.
 *
 * @param used the copy that clients are made with: getters may answer otherwise each time
 */
export function clientConfigProblems(
  name: 'stsConfig' | 'cognitoIdentityConfig' | 'dynamoDbConfig' | 's3Config',
  given: unknown,
  used: Settings,
): string[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null) return [`'${name}' must be an object`];
  const whyNot: Readonly<Record<string, string>> = {
    region: name === 'cognitoIdentityConfig' ? "it is that of 'identityPoolId'" : "set 'region'",
    ...Object.fromEntries(CREDENTIAL_SETTINGS.map((key) => [key, "a session has the tenant's credentials only"])),
    requestHandler: "all clients share one, set 'requestHandler' beside it",
    ...(name === 'stsConfig' && { logger: 'the SDK would log the session token that STS answers' }),
    ...(name === 'cognitoIdentityConfig' && { logger: 'the SDK would log the session token that Cognito answers' }),
  };
  return Object.entries(whyNot)
    .filter(([key]) => used[key] !== undefined || (given as Settings)[key] !== undefined)
    .map(([key, reason]) => `'${name}.${key}' is not taken: ${reason}`);
}

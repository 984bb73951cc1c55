import { quote, TenantDataAccessError } from '../errors';
import { loggedRefusal } from './logged-refusal';
import { tokenClaims, tokenTags } from './token-tags';
import { checkedSettings, TOKEN_TRIGGER_SETTINGS, type TokenTriggerSettings } from './token-trigger-settings';

/**
 * What the trigger reads of the event that Cognito sends before it makes tokens. The types of `@types/aws-lambda` fit.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export interface PreTokenGenerationEvent {
  /** `2` for a trigger of version V2_0, `3` for V3_0. */
  readonly version: string;
  /** `TokenGeneration_...`: after which step of signing in. */
  readonly triggerSource: string;
  readonly userPoolId?: string;
  readonly callerContext?: { readonly clientId?: string };
  readonly request: {
    readonly userAttributes?: Readonly<Record<string, string>>;
    readonly groupConfiguration?: object;
  };
}

/** What Cognito is to change about the tokens: claims of the ID token, and nothing else. */
export interface PreTokenGenerationResponse {
  readonly claimsAndScopeOverrideDetails: {
    readonly idTokenGeneration: { readonly claimsToAddOrOverride: Readonly<Record<string, unknown>> };
    /** The groups as they were. */
    readonly groupOverrideDetails?: object;
  };
}

/**
 * A Lambda handler for the trigger. It answers with the event and a response of its own.
 *
 * @throws TenantDataAccessError `config.invalid`, `token.tenant_missing`, `tenant.invalid` or `permissions.invalid`: Cognito then makes
 *   no token, and shows the message to the person who signs in
 */
export type PreTokenGeneration = <Event extends PreTokenGenerationEvent>(
  event: Event,
) => Promise<Omit<Event, 'response'> & { response: PreTokenGenerationResponse }>;

const MIN_VERSION_NAME = 'V2_0';
const VERSIONS: readonly unknown[] = ['2', '3'];
const OF_A_MACHINE = 'TokenGeneration_ClientCredentials';

/**
 * Makes a handler for the trigger. For each refusal it writes one line of JSON to `console.error`: the user pool, the client, the user's
 * `sub`, the error's code and its message.
 *
 * @throws TenantDataAccessError `config.invalid`, at once
 *
 * @example
 * ```ts
 * export const handler = preTokenGenerationHandler({ tenantAttribute: 'custom:tenant_id', tenantTagKey: 'tenant_id' });
 * ```
 */
export function preTokenGenerationHandler(settings: TokenTriggerSettings): PreTokenGeneration {
  // A copy that nobody else holds.
  const own = structuredClone(checkedSettings(settings));
  return loggedHandler(() => own);
}

/** The handler with the settings of the environment. Broken ones are told of at each call, as nobody sees an error at load. */
export function environmentHandler(): PreTokenGeneration {
  const json = process.env[TOKEN_TRIGGER_SETTINGS];
  let settings: TokenTriggerSettings | undefined;
  let problem: TenantDataAccessError | undefined;
  try {
    settings = checkedSettings(parse(json));
  } catch (error) {
    problem = error instanceof TenantDataAccessError ? error : undefined;
  }
  return loggedHandler(() => {
    if (settings !== undefined) return settings;
    throw new TenantDataAccessError(
      'config.invalid',
      "The token trigger of this user pool is not configured properly: the log of its function tells the pool's owner why.",
      { cause: problem },
    );
  });
}

function parse(json: string | undefined): unknown {
  if (json === undefined) throw ofEnvironment('is not set');
  try {
    return JSON.parse(json);
  } catch {
    throw ofEnvironment('holds no JSON');
  }
}

function ofEnvironment(problem: string): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `The environment variable ${TOKEN_TRIGGER_SETTINGS} ${problem}.`);
}

function loggedHandler(settingsOf: () => TokenTriggerSettings): PreTokenGeneration {
  return (event) =>
    new Promise((answer, refuse) => {
      try {
        const settings = settingsOf();
        assertUserSignsIn(event);
        const { userAttributes, groupConfiguration } = event.request;
        const claims = tokenClaims(tokenTags(userAttributes, settings), settings);
        // What the event's response held before is dropped: the claims are these alone.
        answer({ ...event, response: responseWith(claims, groupConfiguration) });
      } catch (error) {
        refuse(loggedRefusal(error, event));
      }
    });
}

function responseWith(claims: Readonly<Record<string, unknown>>, groups: unknown): PreTokenGenerationResponse {
  return {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration: { claimsToAddOrOverride: claims },
      // Cognito leaves groups as they are only where they are handed back.
      ...(isObject(groups) && { groupOverrideDetails: groups }),
    },
  };
}

/** Refuses events of other triggers and of versions whose answer Cognito would read otherwise, or not at all. */
function assertUserSignsIn(event: unknown): asserts event is PreTokenGenerationEvent {
  const { version, triggerSource, request } = isObject(event) ? event : {};
  if (typeof triggerSource !== 'string' || !triggerSource.startsWith('TokenGeneration_')) {
    throw unusable(`${quote(triggerSource)} calls it, and it is a pre-token-generation trigger`);
  }
  if (!VERSIONS.includes(version)) {
    throw unusable(
      `its event has version ${quote(version)}: set the user pool's pre-token-generation trigger to ${MIN_VERSION_NAME}, which needs ` +
        'the feature plan Essentials or Plus',
    );
  }
  if (triggerSource === OF_A_MACHINE) {
    throw unusable(
      'client credentials name no user and so no tenant: to give such clients tokens without a tenant, set the user ' +
        `pool's pre-token-generation trigger to ${MIN_VERSION_NAME}, which is not called for them`,
    );
  }
  if (!isObject(request)) throw unusable("its event has no 'request'");
}

function unusable(why: string): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `The token trigger cannot be used: ${why}.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

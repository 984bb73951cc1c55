/**
 * The pre-token-generation trigger of an Amazon Cognito user pool: it checks the tenant of whoever signs in and puts it, with what the
 * session may do, into the ID token's session tags. No valid tenant, no token.
 *
 * It imports no SDK. As a Lambda function of its own it is `handler`; in yours it is `preTokenGenerationHandler`.
 *
 * @example
 * ```ts
 * import { preTokenGenerationHandler } from 'multi-tenant-data-access/cognito';
 * ```
 */
import { environmentHandler, type PreTokenGeneration } from './cognito/pre-token-generation';

export { preTokenGenerationHandler } from './cognito/pre-token-generation';
export type { PreTokenGeneration, PreTokenGenerationEvent, PreTokenGenerationResponse } from './cognito/pre-token-generation';
export { tokenTags, type TokenTags } from './cognito/token-tags';
export {
  checkTokenTriggerSettings,
  TOKEN_TRIGGER_SETTINGS,
  type TokenPermissionSettings,
  type TokenTriggerSettings,
} from './cognito/token-trigger-settings';
export { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';

/**
 * The trigger with the settings that the environment variable `TOKEN_TRIGGER_SETTINGS` held, as JSON, when this file was loaded. Without
 * them, or with broken ones, it refuses every call and logs why.
 */
export const handler: PreTokenGeneration = environmentHandler();

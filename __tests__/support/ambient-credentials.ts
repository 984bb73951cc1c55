/** Credentials of the application itself, as a Lambda function or a developer's shell has them in its environment. */
export const AMBIENT_KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAAMBIENT000000001',
  AWS_SECRET_ACCESS_KEY: 'ambient-secret-access-key',
  AWS_SESSION_TOKEN: 'ambient-session-token',
} as const;

/** Puts them into the environment; the suite's copy of it ends with the suite. */
export function setAmbientCredentials(): void {
  Object.assign(process.env, AMBIENT_KEYS);
}

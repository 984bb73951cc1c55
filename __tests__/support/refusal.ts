import { TenantDataAccessError, type TenantDataAccessErrorCode } from 'multi-tenant-data-access';

/** For `toThrow`: an error of this code whose message holds all of these parts. */
export function refusal(code: TenantDataAccessErrorCode, ...parts: string[]): Error {
  const matcher = {
    $$typeof: Symbol.for('jest.asymmetricMatcher'),
    asymmetricMatch: (thrown: unknown) =>
      thrown instanceof TenantDataAccessError && thrown.code === code && parts.every((part) => thrown.message.includes(part)),
    toString: () => 'TenantDataAccessError',
    toAsymmetricMatcher: () => `TenantDataAccessError ${code} with ${JSON.stringify(parts)}`,
  };
  return matcher as unknown as Error;
}

/** The error of this package that the attempt ends in; any other outcome fails the test. */
export async function caughtFrom(attempt: () => unknown): Promise<TenantDataAccessError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof TenantDataAccessError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

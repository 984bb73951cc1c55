/** Tells an observer of the application: a logger, a listener. Whatever it throws or rejects with, the request goes on. */
export function notify(observe: () => unknown): void {
  try {
    Promise.resolve(observe()).catch(() => undefined);
  } catch {
    // A broken observer is no reason to fail a tenant's request.
  }
}

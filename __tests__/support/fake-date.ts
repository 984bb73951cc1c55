const ALL_BUT_DATE = [
  'cancelAnimationFrame',
  'cancelIdleCallback',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
  'setImmediate',
  'setInterval',
  'setTimeout',
] as const;

/** Stops the clock of a test. Timers go on, so that requests are really sent. */
export function stopClock(): void {
  jest.useFakeTimers({ doNotFake: [...ALL_BUT_DATE] });
}

export function letPass(milliseconds: number): void {
  jest.setSystemTime(Date.now() + milliseconds);
}

/** The time of day goes on; for `afterEach`. */
export function startClock(): void {
  jest.useRealTimers();
}

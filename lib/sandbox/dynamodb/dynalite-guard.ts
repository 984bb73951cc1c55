import type { EventEmitter } from 'node:events';

type Call = (...given: unknown[]) => unknown;

/**
 * Dynalite's store for one request. Whatever fails in a callback of it is told, instead of being thrown where nobody can catch it, and the
 * locks that the request holds are given up.
 */
export function guardedStore(store: object, failed: (error: unknown) => void): object {
  const held = new Set<Call>();

  const safely =
    (callback: Call): Call =>
    (...given) => {
      try {
        return callback(...given);
      } catch (error) {
        for (const release of [...held]) release();
        failed(error);
        return undefined;
      }
    };

  /** A lock hands out what wraps the end of the request, so that the lock is released then. */
  const locking =
    (callback: Call): Call =>
    (release) => {
      const releaseWith = release as (done?: Call) => Call;
      const giveUp = () => {
        held.delete(giveUp);
        releaseWith()();
      };
      held.add(giveUp);
      return safely(callback)((done: Call) => {
        const end = releaseWith(done);
        return (...given: unknown[]) => {
          held.delete(giveUp);
          return end(...given);
        };
      });
    };

  const wrapped = (value: unknown): unknown => {
    if (isEmitter(value)) return guardedEmitter(value, safely);
    return typeof value === 'object' && value !== null && 'lock' in value ? guarded(value) : value;
  };

  const guarded = (target: object): object =>
    new Proxy(target, {
      get(_target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return wrapped(member);
        const guard = name === 'lock' ? locking : safely;
        return (...given: unknown[]) =>
          wrapped(
            Reflect.apply(
              member,
              target,
              given.map((each) => (typeof each === 'function' ? guard(each as Call) : each)),
            ),
          );
      },
    });

  return guarded(store);
}

function isEmitter(value: unknown): value is EventEmitter {
  return typeof value === 'object' && value !== null && 'on' in value && 'emit' in value;
}

/** The same emitter, whose listeners are called safely from now on. */
function guardedEmitter(emitter: EventEmitter, safely: (callback: Call) => Call): EventEmitter {
  const on = emitter.on.bind(emitter);
  emitter.on = (event, listener) => on(event, safely(listener));
  return emitter;
}

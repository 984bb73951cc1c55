import { types } from 'node:util';

/*
 * Jest runs a suite in a realm of its own, where the errors that Node itself makes (a refused connection) are no instances of
 * `Error`, and the SDK wraps what is no error. Importing this file makes them instances, as they are in an application.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value: function (this: { readonly prototype: object }, thing: unknown): boolean {
    return this === Error
      ? types.isNativeError(thing)
      : Object.prototype.isPrototypeOf.call(this.prototype, Object(thing) as object);
  },
});

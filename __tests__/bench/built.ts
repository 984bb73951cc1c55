import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** Where `npm run build` puts what is shipped. */
export const DIST = resolve(__dirname, '../../dist');

/**
 * A module as it is shipped: what tsx makes of the sources names every function at run time, which costs.
 *
 * @param path in `lib`, without its ending
 */
export function built(path: string): unknown {
  return createRequire(__filename)(join(DIST, path)) as unknown;
}

import { join } from 'node:path';
import { readJson } from './synthesis';

/** The version of this package. */
export function version(): string {
  return (readJson(join(__dirname, '..', '..', 'package.json')) as { readonly version: string }).version;
}

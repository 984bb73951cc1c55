import type { RoleSession } from './sts/sessions';

/** Who makes a request, as its signature proves. */
export type Caller =
  /** Holds the fixed local keys, and may do everything. */
  | { readonly kind: 'administrator' }
  | { readonly kind: 'session'; readonly session: RoleSession; readonly accessKeyId: string }
  /** Has not signed. */
  | { readonly kind: 'anonymous' };

import type { PageSettings, TokenWish } from './page-sandbox';
import { EVERYTHING, type PermissionChoice, READING } from './permission-choices';

/** What a visitor may fill in for an operation, beside who asks. */
export type TargetField = 'table' | 'bucket' | 'owner' | 'key' | 'value';

/** An operation that the page offers. */
export interface OfferedOperation {
  readonly label: string;
  readonly group: 'Table' | 'Bucket' | 'Session';
  /** Fields that must be filled in. */
  readonly needs: readonly TargetField[];
  /** Fields that may be left empty. */
  readonly takes: readonly TargetField[];
}

/** The operations, by the name under which the page asks for them. */
export const OPERATIONS = {
  'get-item': { label: 'Read item (GetItem)', group: 'Table', needs: ['table', 'owner', 'key'], takes: [] },
  'put-item': { label: 'Write item (PutItem)', group: 'Table', needs: ['table', 'owner', 'key'], takes: ['value'] },
  'delete-item': { label: 'Delete item (DeleteItem)', group: 'Table', needs: ['table', 'owner', 'key'], takes: [] },
  query: { label: 'Query partition (Query)', group: 'Table', needs: ['table', 'owner'], takes: [] },
  scan: { label: 'Scan table (Scan)', group: 'Table', needs: ['table'], takes: [] },
  'get-object': { label: 'Read object (GetObject)', group: 'Bucket', needs: ['bucket', 'key'], takes: ['owner'] },
  'put-object': { label: 'Write object (PutObject)', group: 'Bucket', needs: ['bucket', 'key'], takes: ['owner', 'value'] },
  'delete-object': { label: 'Delete object (DeleteObject)', group: 'Bucket', needs: ['bucket', 'key'], takes: ['owner'] },
  'list-objects': { label: 'List objects (ListObjectsV2)', group: 'Bucket', needs: ['bucket'], takes: ['owner', 'key'] },
  'begin-session': { label: 'Begin session only (AssumeRoleWithWebIdentity)', group: 'Session', needs: [], takes: [] },
} as const satisfies Readonly<Record<string, OfferedOperation>>;

/** Name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** The tokens that a visitor may begin a session with, all but the first of them wrong. */
export const TOKENS = {
  valid: { label: 'valid', wish: {} },
  'other-audience': { label: 'another audience', wish: { audience: 'another-application' } },
  'other-issuer': { label: 'unknown issuer', wish: { issuerUrl: 'https://login.attacker.example' } },
  forged: { label: 'forged signature', wish: { forged: true } },
  // Far enough back for every clock that tolerates some minutes.
  expired: { label: 'expired an hour ago', wish: { expiresInSeconds: -3600 } },
  'no-tenant': { label: 'no tenant', wish: {} },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly wish: TokenWish }>>;

/** Name of a kind of token. */
export type TokenName = keyof typeof TOKENS;

/** Something to try at once: values for the form by field; those of fields not named stay. */
export interface Example {
  readonly label: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Examples with the first two tenants: what is one's own, then one attack each way.
 *
 * @param choices of permissions, if policies ask for them: then a reader's attempt is among them
 */
export function examplesFor(
  { tenants: [tenant, other] }: Pick<PageSettings, 'tenants'>,
  choices: readonly PermissionChoice[],
): readonly Example[] {
  const asks = choices.length > 0;
  const by = { tenant, token: 'valid', ...(asks && { permissions: EVERYTHING }) };
  const own = { owner: tenant, key: 'order#1' };
  return [
    {
      label: `${tenant} writes its own item`,
      values: { ...by, operation: 'put-item', ...own, value: 'hello' },
    },
    { label: `${tenant} reads its own item`, values: { ...by, operation: 'get-item', ...own } },
    ...(asks
      ? [
          {
            label: `A reader of ${tenant} writes an own item`,
            values: { ...by, permissions: READING, operation: 'put-item', ...own, value: 'hello' },
          },
        ]
      : []),
    { label: `${tenant} reads an item of ${other}`, values: { ...by, operation: 'get-item', owner: other, key: 'order#1' } },
    { label: `${tenant} scans the table`, values: { ...by, operation: 'scan' } },
    { label: `${tenant} reads an object of ${other}`, values: { ...by, operation: 'get-object', owner: other, key: 'hello.txt' } },
    { label: `${tenant} lists the whole bucket`, values: { ...by, operation: 'list-objects', owner: '', key: '' } },
    { label: 'A forged token', values: { ...by, operation: 'begin-session', token: 'forged' } },
    { label: 'A token without a tenant', values: { ...by, operation: 'begin-session', token: 'no-tenant' } },
  ];
}

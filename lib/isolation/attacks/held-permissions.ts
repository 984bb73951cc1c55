import { decodePermissions, isRoleName, type Permission, PERMISSIONS } from 'multi-tenant-data-access/tenancy';
import { unique } from '../../policy/document';
import { commonExample } from './overlap';

/** How the sessions of a subject come to what they may do with their own tenant's data. */
export interface SubjectPermissions {
  /** Key of the session tag that carries the name of a role, or encoded permissions. */
  readonly tagKey: string;
  /** What each role is declared to be allowed, encoded, by its name: `{ viewer: 'r--/r--' }`. */
  readonly roles: Readonly<Record<string, string>>;
  /** Whether the trust policy is meant to refuse what is no role and no permissions. If not, that must only open nothing. */
  readonly guarded: boolean;
  /** What policies compare the tag with beside encoded permissions: names, of which some may not be declared, and patterns. */
  readonly named: readonly string[];
  /** Names of roles that policies speak of, of which nobody said what they may do: they are not judged. */
  readonly undeclared: readonly string[];
}

/** All there is, encoded. */
export const FULL_PERMISSIONS = 'rwd/rwd';

const ENCODED = /^.{3}\/.{3}$/su;

/**
 * What a value of the tag gives. Policies read an encoded value place by place, so a value that has the right letter in a place holds that
 * permission, whatever stands in the others.
 *
 * @returns nothing for a value that is no declared role and no such text.
 */
export function permissionsHeld({ roles }: SubjectPermissions, value: string | undefined): ReadonlySet<Permission> {
  if (value === undefined) return new Set();
  if (Object.hasOwn(roles, value)) return decodePermissions(roles[value] ?? '') ?? new Set();
  if (!ENCODED.test(value)) return new Set();
  const letters = value.replace('/', '');
  return new Set(PERMISSIONS.filter((_, index) => letters[index] === LETTERS[index]));
}

const LETTERS = FULL_PERMISSIONS.replace('/', '');

/** Values that give a part of what there is: single permissions, all but one, each half of the encoding, and each declared role. */
export function partialPermissions({ roles }: SubjectPermissions): string[] {
  const single = PERMISSIONS.map((_, place) => placesWith((index) => index === place));
  const allButOne = PERMISSIONS.map((_, place) => placesWith((index) => index !== place));
  return unique([...NEEDED_TOGETHER, ...single, ...allButOne, ...Object.keys(roles)]);
}

/** Everything that may be held of the table, and at the same time of the bucket, but for all of it. */
export const NEEDED_TOGETHER = ['---', 'r--', '-w-', '--d', 'rw-', 'r-d', '-wd'].map((half) => `${half}/${half}`);

function placesWith(held: (index: number) => boolean): string {
  const letters = Array.from(LETTERS, (letter, index) => (held(index) ? letter : '-'));
  return `${letters.slice(0, 3).join('')}/${letters.slice(3).join('')}`;
}

/** Values that nobody mapped to anything; each gives nothing. */
export function unmappedPermissions(permissions: SubjectPermissions): string[] {
  const { roles, named, undeclared } = permissions;
  const names = unique([...Object.keys(roles), ...named]);
  const nearly = names.filter((name) => isRoleName(name)).flatMap(similarNames);
  const examples = named.filter((name) => /[*?]/.test(name)).flatMap((pattern) => examplesOf(pattern));
  const notDeclared = named.filter((name) => isRoleName(name));
  return unique([...ODD, ...NOT_ENCODED, ...nearly, ...examples, ...notDeclared]).filter(
    (value) => !Object.hasOwn(roles, value) && !undeclared.includes(value) && permissionsHeld(permissions, value).size === 0,
  );
}

/** No names, and no permissions, whatever letters they have. */
const ODD = ['', ' ', '*', '?', 'some-other-role', 'true', 'all', 'read', 'write', 'rwd', 'rw-'];
const NOT_ENCODED = [
  '???/???',
  '*/*',
  'rwd/rwd ',
  ' rwd/rwd',
  'RWD/RWD',
  'rwd/',
  '/rwd',
  'rwd-rwd',
  'rwd/rwdx',
  'xrwd/rwd',
  'zzz/zzz',
  'dwr/dwr',
];

function similarNames(name: string): string[] {
  return [
    `${name}x`,
    `${name}-x`,
    `x${name}`,
    `x-${name}`,
    `x${name.slice(1)}`,
    `${name.slice(0, 1)}x${name.slice(1)}`,
    `${name.slice(0, -1)}x`,
    name.slice(0, -1),
    name.slice(1),
    name.toUpperCase(),
    `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    `${name} `,
    `${name}/`,
    `${name}/rwd`,
  ];
}

/** Texts that a pattern takes, of the shape of a name and of any. */
function examplesOf(pattern: string): string[] {
  return ['?*', 'x*', '*x'].flatMap((shape) => commonExample(pattern, shape) ?? []);
}

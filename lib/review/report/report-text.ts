import { ATTACK_GROUPS, FULL_PERMISSIONS, type Leak, type OwnResult } from '../../isolation';
import type { Review, RoleReview } from '../judgement/verdict';
import { printable } from './printable';
import {
  count,
  destructionOf,
  headline,
  leakTitle,
  lockOf,
  number,
  openReasons,
  reasonOf,
  sureLeaks,
  tenantOf,
  witnessLines,
} from './wording';

/** How parts of a text are set off; each gives its text back, perhaps in colour. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
}

const MOST_OTHERS = 200;

/** A review as lines for a terminal: what matters first. */
export function textReport(review: Review, paint: Paint): string[] {
  const colour = { holds: paint.green, broken: paint.red, unknown: paint.yellow }[review.isolation];
  return [
    paint.bold(colour(headline(review))),
    ...section(
      paint,
      'Destroyed or replaced',
      review.destroyed.map((each) => (each.allowed ? destructionOf(each) : paint.red(destructionOf(each)))),
    ),
    ...review.roles.flatMap((role) => leakSection(role, paint)),
    ...section(
      paint,
      'Chosen by people themselves',
      review.chosen.map(({ name, because }) => paint.red(`${name}: ${because}`)),
    ),
    ...section(paint, 'Cannot be told', [
      ...review.roles.flatMap((role) => openLines(role, paint)),
      ...review.unknown.map(({ name, because }) => paint.yellow(`${name}: ${because}`)),
    ]),
    ...review.roles.flatMap(({ address, lost }) =>
      section(
        paint,
        `No longer possible for a tenant on its own data (${address})`,
        lost.map(({ name, on }) => paint.yellow(`${name} on ${on}`)),
      ),
    ),
    ...section(
      paint,
      'Guards that vanish',
      review.guards.map(({ address, guard }) => paint.yellow(`${address}: ${guard}`)),
    ),
    ...review.roles.flatMap((role) => [...ownSection(role, paint), ...attackSection(role, paint)]),
    ...section(
      paint,
      'Not judged',
      review.notJudged.map(({ name, because }) => `${name}: ${because}`),
    ),
    ...section(paint, 'Other changes', othersOf(review)),
  ];
}

function section(paint: Paint, heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', paint.bold(heading), ...lines.map((line) => `  ${line}`)];
}

function leakSection(role: RoleReview, paint: Paint): string[] {
  const lines = sureLeaks(role).flatMap((leak) => {
    const lock = lockOf(leak);
    return [
      paint.red(leakTitle(leak)),
      ...witnessOf(leak),
      `  because  ${reasonOf(leak.decision)}`,
      ...(lock === undefined ? [] : [`  lock     ${lock}`]),
    ];
  });
  return section(paint, `Attacks that get through (${role.address})`, lines);
}

function openLines(role: RoleReview, paint: Paint): string[] {
  return openReasons(role).flatMap(({ reason, hanging, first }) => [
    paint.yellow(`${reason}; ${count(hanging, 'attack')} may get through`),
    ...witnessOf(first),
  ]);
}

function witnessOf(leak: Leak): string[] {
  return witnessLines(leak).map((line, index) => `  ${index === 0 ? 'witness' : '       '}  ${line}`);
}

function ownSection(role: RoleReview, paint: Paint): string[] {
  const places = [...new Set(role.own.map(({ on }) => on))];
  const lines = places.flatMap((place) => {
    const here = role.own.filter(({ on }) => on === place);
    const named = (effect: OwnResult['effect']) =>
      here
        .filter((own) => own.effect === effect && (own.as === undefined || effect !== 'allow'))
        .map(({ name }) => shortName(name));
    const rows: [label: string, names: string[]][] = [
      [role.subject.permissions === undefined ? 'may' : `may as ${FULL_PERMISSIONS}`, named('allow')],
      ...rolesOf(role).map((as): [string, string[]] => [
        `may as ${as}`,
        here
          .filter((own) => own.effect === 'allow' && own.as === as)
          .map(({ name }) => shortName(name.slice(0, -` as ${as}`.length))),
      ]),
      [paint.yellow('may not'), named('deny')],
      [paint.yellow('perhaps'), named('unknown')],
    ];
    return [place, ...rows.flatMap(([label, names]) => (names.length === 0 ? [] : [`  ${label}: ${names.join(', ')}`]))];
  });
  return section(paint, `What a tenant may do on its own data (${role.address}, tenant in ${tenantOf(role)})`, lines);
}

/** Roles of users that are declared; what permissions open by themselves is only told where it does not. */
function rolesOf({ subject }: RoleReview): string[] {
  return Object.keys(subject.permissions?.roles ?? {}).map(printable);
}

function shortName(name: string): string {
  return name.replace(/^(?:dynamodb|s3):/, '');
}

function attackSection({ address, attacks }: RoleReview, paint: Paint): string[] {
  const rows = [
    ['', 'tried', 'denied'],
    ...attacks.groups.map(({ group, tried, denied }) => [ATTACK_GROUPS[group], number(tried), number(denied)]),
    ['all', number(attacks.tried), number(attacks.denied)],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([what = '', tried = '', denied = '']) => {
    const line = `${what.padEnd(widths[0] ?? 0)}  ${tried.padStart(widths[1] ?? 0)}  ${denied.padStart(widths[2] ?? 0)}`;
    return what === '' ? paint.dim(line) : tried === denied ? line : paint.red(line);
  });
  return section(paint, `Attacks, the role's own policies alone (${address})`, lines);
}

function othersOf({ others }: Review): string[] {
  const lines = others.slice(0, MOST_OTHERS).map(({ address, action }) => `${action.padEnd(7)}  ${address}`);
  return others.length > MOST_OTHERS ? [...lines, `and ${number(others.length - MOST_OTHERS)} more`] : lines;
}

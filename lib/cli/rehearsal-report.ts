/** Says how a rehearsal went: what was allowed and denied, to whom, and why. */
import { printable } from '../review';
import { colours } from './colours';
import type { RehearsalRow } from './rehearsal';

/** A rehearsal for people, and for exit codes. */
export interface RehearsalReport {
  readonly lines: readonly string[];
  /** Whether tenants use their own data, and nothing of the other's. */
  readonly asItMustBe: boolean;
}

/** Width of a tenant's column. */
const COLUMN = 9;

/** @param rows of `rehearse` */
export function rehearsalReport(rows: readonly RehearsalRow[]): RehearsalReport {
  const groups = [
    { heading: 'Own data', shown: rows.filter(({ wanted }) => wanted === 'allowed') },
    { heading: 'Attacks on the other tenant', shown: rows.filter(({ wanted }) => wanted === 'denied') },
  ];
  const width = Math.max(...groups.map(({ heading }) => heading.length), ...rows.map(({ name }) => name.length + 2)) + 2;
  const wrong = rows.filter(({ wanted, outcomes }) => outcomes.some(({ result }) => result !== wanted));
  // Nothing played proves nothing.
  const asItMustBe = wrong.length === 0 && groups.every(({ shown }) => shown.length > 0);
  return {
    lines: [
      ...groups.flatMap(({ heading, shown }) => ['', ...matrix(heading, shown, width)]),
      '',
      asItMustBe
        ? colours.green(`All ${rows.length} as it must be: tenants use their own data, and nothing of the other's.`)
        : colours.red(`Not as it must be: ${wrong.map(({ name }) => name).join(', ')}.`),
    ],
    asItMustBe,
  };
}

/** A line for each thing that was done, a column for each tenant, and why it ended so: for the first of them that it should not have. */
function matrix(heading: string, rows: readonly RehearsalRow[], width: number): string[] {
  const tenants = rows[0]?.outcomes.map(({ tenant }) => tenant.padEnd(COLUMN)).join('') ?? '';
  return [
    `${colours.bold(heading.padEnd(width))}${tenants.trimEnd()}`,
    ...rows.map(({ name, wanted, outcomes }) => {
      const cells = outcomes.map(({ result }) => (result === wanted ? colours.green : colours.red)(result.padEnd(COLUMN)));
      const telling = outcomes.find(({ result }) => result !== wanted) ?? outcomes[0];
      return `${`  ${name}`.padEnd(width)}${cells.join('')}${colours.dim(printable(telling?.reason ?? ''))}`.trimEnd();
    }),
  ];
}

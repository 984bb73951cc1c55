/** What `check-token` found, as it is printed. */
import { printable } from '../../review';
import { colours } from '../colours';
import type { Finding, FindingState } from './finding';

/** 0 if nothing is wrong, 1 if something is, 2 if it cannot be told. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const states = findings.map(({ state }) => state);
  if (states.includes('wrong')) return 1;
  return states.includes('unknown') ? 2 : 0;
}

const MARKS: Readonly<Record<FindingState, string>> = {
  ok: colours.green('ok     '),
  wrong: colours.red('wrong  '),
  unknown: colours.yellow('unknown'),
  unchecked: colours.yellow('skipped'),
  note: colours.dim('note   '),
};

const VERDICTS = ['It would be taken', 'It would be refused', 'It cannot be told'] as const;

/** For people: a line for each finding, its mend below it, and the verdict. */
export function textReport(findings: readonly Finding[]): string[] {
  const lines = findings.flatMap(({ name, state, says, mend }) => [
    `${MARKS[state]} ${name.padEnd(NAME_WIDTH)} ${printable(says)}`,
    ...(mend === undefined ? [] : [`${' '.repeat(8 + NAME_WIDTH)} ${state === 'unchecked' ? 'give' : 'mend'}: ${printable(mend)}`]),
  ]);
  return [...lines, '', colours.bold(verdictOf(findings))];
}

/** Longest name of a finding. */
const NAME_WIDTH = 'source-identity'.length;

function verdictOf(findings: readonly Finding[]): string {
  const named = (state: FindingState) => findings.filter((each) => each.state === state).map(({ name }) => name);
  const code = exitCodeOf(findings);
  const why = code === 0 ? [] : named(code === 1 ? 'wrong' : 'unknown');
  const skipped = named('unchecked');
  return `${VERDICTS[code] ?? ''}${why.length > 0 ? `: ${why.join(', ')}` : ''}${skipped.length > 0 ? ` (not looked at: ${skipped.join(', ')})` : ''}.`;
}

/** For programs. */
export function jsonReport(findings: readonly Finding[]): object {
  const code = exitCodeOf(findings);
  return { schemaVersion: 1, verdict: ['taken', 'refused', 'unknown'][code], exitCode: code, findings };
}

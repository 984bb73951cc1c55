import { ATTACK_GROUPS } from '../../isolation';
import { printable } from './printable';
import type { Review, RoleReview } from '../judgement/verdict';
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
  witnessLines,
} from './wording';

/** Most characters that GitHub takes for a comment. */
export const MAX_COMMENT_CHARACTERS = 65_536;

/** Room for the line that says what was left out. */
const RESERVE = 200;
const MOST_LINES = 100;

/**
 * A review as a pull request comment: the summary first, details folded, at most 65,536 characters. It begins with a comment that
 * names the stack, by which a workflow finds the comment to replace.
 *
 * @param label tells the stack apart from others that comment on the same pull request.
 */
export function markdownReport(review: Review, label: string): string {
  const blocks = [
    `<!-- ${marker(label)} -->`,
    `### ${ICONS[review.isolation]} ${escape(headline(review))}`,
    `Stack ${code(label)}`,
    list(
      'Destroyed or replaced',
      review.destroyed.map((each) => code(destructionOf(each))),
    ),
    ...review.roles.map(leaks),
    list(
      'Chosen by people themselves',
      review.chosen.map(({ name, because }) => `${code(name)}: ${code(because)}`),
    ),
    list('Cannot be told', [
      ...review.roles.flatMap(openItems),
      ...review.unknown.map(({ name, because }) => `${code(name)}: ${code(because)}`),
    ]),
    ...review.roles.map(({ lost }) =>
      list(
        'No longer possible for a tenant on its own data',
        lost.map(({ name, on }) => `${code(name)} on ${code(on)}`),
      ),
    ),
    list(
      'Guards that vanish',
      review.guards.map(({ address, guard }) => `${code(address)}: ${code(guard)}`),
    ),
    ...review.roles.map(details),
    folded(
      'Not judged',
      review.notJudged.map(({ name, because }) => `- ${code(name)}: ${code(because)}`),
    ),
    folded(
      count(review.others.length, 'other change'),
      review.others.slice(0, MOST_LINES).map(({ address, action }) => `- ${action} ${code(address)}`),
      review.others.length - MOST_LINES,
    ),
  ].filter((block) => block !== '');
  return withinLimit(blocks);
}

/** What a workflow looks for in the comments of a pull request: `multi-tenant-iam review: production` */
export function marker(label: string): string {
  return `multi-tenant-iam review: ${label.replace(/[^\w. /-]|--+/g, '')}`;
}

const ICONS = { holds: '✅', broken: '❌', unknown: '⚠️' } as const;

function leaks(role: RoleReview): string {
  const items = sureLeaks(role).map((leak) => {
    const lock = lockOf(leak);
    return [
      `**${escape(leakTitle(leak))}**`,
      ...witnessLines(leak).map((line) => `  - witness: ${code(line)}`),
      `  - because: ${code(reasonOf(leak.decision))}`,
      ...(lock === undefined ? [] : [`  - ${escape(lock)}`]),
    ].join('\n');
  });
  return list(`Attacks that get through (${code(role.address)})`, items);
}

function openItems(role: RoleReview): string[] {
  return openReasons(role).map(({ reason, hanging, first }) =>
    [
      `${code(reason)}: ${count(hanging, 'attack')} may get through`,
      ...witnessLines(first).map((line) => `  - for example: ${code(line)}`),
    ].join('\n'),
  );
}

function details({ address, attacks, own }: RoleReview): string {
  const denied = own.filter(({ effect }) => effect !== 'allow');
  return folded(
    `${number(attacks.denied)} of ${count(attacks.tried, 'attack')} denied, ${count(own.length - denied.length, 'operation')} on own data allowed`,
    [
      code(address),
      '',
      '| attacks | tried | denied |',
      '|---|--:|--:|',
      ...attacks.groups.map(
        (group) => `| ${escape(ATTACK_GROUPS[group.group])} | ${number(group.tried)} | ${number(group.denied)} |`,
      ),
      ...(denied.length === 0 ? [] : ['', 'Not allowed on own data:', '']),
      ...denied.map(({ name, on, effect }) => `- ${code(name)} on ${code(on)}${effect === 'unknown' ? ' (cannot be told)' : ''}`),
    ],
  );
}

function list(heading: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const rest = items.length - MOST_LINES;
  return [`#### ${heading}`, '', ...items.slice(0, MOST_LINES).map((item) => `- ${item}`), ...more(rest)].join('\n');
}

function folded(summary: string, lines: readonly string[], rest = 0): string {
  if (lines.length === 0) return '';
  return [`<details><summary>${escape(summary)}</summary>`, '', ...lines, ...more(rest), '', '</details>'].join('\n');
}

function more(rest: number): string[] {
  return rest > 0 ? [`- and ${number(rest)} more`] : [];
}

/** Whole blocks only, from the first on, so that nothing is cut in the middle. */
function withinLimit(blocks: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const block of blocks) {
    if (length + block.length + 2 > MAX_COMMENT_CHARACTERS - RESERVE) {
      const left = blocks.length - kept.length;
      return (
        [
          ...kept,
          `_${count(left, 'section')} left out, as a comment has room for ${number(MAX_COMMENT_CHARACTERS)} characters; the text report has all._`,
        ].join('\n\n') + '\n'
      );
    }
    kept.push(block);
    length += block.length + 2;
  }
  return `${kept.join('\n\n')}\n`;
}

/** Names come from the plan, which a pull request's author writes: in a code span they stay what they are. */
function code(text: string): string {
  return `\`${printable(text).replace(/`/g, "'")}\``;
}

function escape(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>|#@]/g, (char) => ESCAPES[char] ?? `\\${char}`)
    .replace(/\s+/g, ' ');
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '@': '&#64;' };

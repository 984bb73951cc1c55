import picocolors from 'picocolors';

/** Colours where a person looks: on a terminal, or where FORCE_COLOR asks for them; never with NO_COLOR. Elsewhere text stays plain. */
export const colours = picocolors.createColors(
  process.env['NO_COLOR'] === undefined && (process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined),
);

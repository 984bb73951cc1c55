import picocolors from 'picocolors';

/** Colours where a person looks: on a terminal, unless NO_COLOR is set; elsewhere text stays plain. FORCE_COLOR sets them anyway. */
export const colours = picocolors.createColors(
  process.env['FORCE_COLOR'] !== undefined || (process.stdout.isTTY && process.env['NO_COLOR'] === undefined),
);

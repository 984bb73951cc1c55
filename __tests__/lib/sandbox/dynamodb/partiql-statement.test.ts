import { partiqlStatement } from '../../../../lib/sandbox/dynamodb/partiql-statement';

describe('partiqlStatement', () => {
  const select = { action: 'PartiQLSelect', table: 'notes', hasCondition: false, returns: true };
  it.each<[string, object]>([
    ['SELECT * FROM notes', select],
    ['select a, b.c[0] from notes', select],
    ['SELECT * FROM "my-notes"', { ...select, table: 'my-notes' }],
    ['SELECT * FROM "a""b"', { ...select, table: 'a"b' }],
    ['SELECT * FROM "notes"."by-day" ORDER BY x', { ...select, index: 'by-day' }],
    [`SELECT * FROM notes WHERE a = 'it''s -- no ; comment' AND b IN [1, 2]`, { ...select, hasCondition: true }],
    ['SELECT "from" FROM notes WHERE "select" = ?', { ...select, hasCondition: true }],
    ['EXISTS(SELECT * FROM notes WHERE a = 1)', { ...select, hasCondition: true }],
    [
      `INSERT INTO notes VALUE {'a': <<1, 2>>, 'b': -1.5}`,
      { action: 'PartiQLInsert', table: 'notes', hasCondition: false, returns: false },
    ],
    ['UPDATE notes SET a = a + 1 WHERE b = 1', { action: 'PartiQLUpdate', table: 'notes', hasCondition: true, returns: false }],
    ['update "notes" remove a', { action: 'PartiQLUpdate', table: 'notes', hasCondition: false, returns: false }],
    [
      'DELETE FROM notes WHERE a = 1 RETURNING ALL OLD *',
      { action: 'PartiQLDelete', table: 'notes', hasCondition: true, returns: true },
    ],
  ])('%s', (text, expected) => {
    expect(partiqlStatement(text)).toEqual(expected);
  });

  it.each([
    '',
    'SELECT',
    'SELECT * FROM',
    'SELECT * FROM ?',
    "SELECT * FROM 'notes'",
    'SELECT * FROM notes.',
    'SELECT * FROM notes.by.day',
    'SELECT * FROM notes, others',
    'SELECT * FROM notes n',
    'SELECT * FROM notes AS n',
    'SELECT * FROM notes JOIN others ON a = b',
    'SELECT * FROM notes WHERE a IN (SELECT b FROM others)',
    'SELECT (SELECT * FROM others) FROM notes',
    'SELECT * FROM notes UNION SELECT * FROM others',
    'SELECT * FROM notes; SELECT * FROM others',
    'SELECT * FROM notes -- WHERE a = 1',
    'SELECT * FROM notes WHERE a = 1 -- AND b = 2',
    'DELETE FROM notes WHERE a = 1 /* AND b = 2 */',
    'SELECT * FROM /* others */ notes',
    'SELECT * FROM "notes',
    'SELECT * FROM `notes`',
    'SELECT * FROM (SELECT * FROM notes)',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'EXISTS(DELETE FROM notes)',
    'EXISTS(SELECT * FROM notes) OR EXISTS(SELECT * FROM others)',
    'INSERT notes VALUE {}',
    'INSERT INTO notes SELECT * FROM others',
    'INSERT INTO "notes"."by-day" VALUE {}',
    'UPDATE notes',
    'UPDATE notes SET a = (SELECT b FROM others)',
    'DELETE notes WHERE a = 1',
    'DELETE FROM notes',
    'DROP TABLE notes',
    'REMOVE FROM notes SET a = 1',
  ])('cannot say what %s needs', (text) => {
    expect(partiqlStatement(text)).toBeUndefined();
  });

  it('is done with a long statement soon', () => {
    expect(partiqlStatement(`SELECT * FROM ${"'".repeat(50_001)}`)).toBeUndefined();
    expect(partiqlStatement(`SELECT * FROM ${' '.repeat(50_000)}!`)).toBeUndefined();
  });
});

import { AuditLog, type NumberedRecord } from '../../../../lib/sandbox/audit/audit-log';
import { auditRecord } from '../page/fake-sandbox';

const RECORD = auditRecord();

function logOf(count: number): AuditLog {
  const log = new AuditLog();
  for (let index = 0; index < count; index++) log.add(RECORD);
  return log;
}

const sequences = (records: readonly NumberedRecord[]) => records.map(({ sequence }) => sequence);

describe('AuditLog', () => {
  it('numbers records from 1, and leaves what it is given as it is', () => {
    const log = new AuditLog();
    expect(log.records).toEqual([]);
    expect(log.add(RECORD)).toEqual({ sequence: 1, ...RECORD });
    expect(log.add(RECORD).sequence).toBe(2);
    expect(sequences(log.records)).toEqual([1, 2]);
    expect(RECORD).not.toHaveProperty('sequence');
  });

  it.each([
    [999, 999, 1],
    [1000, 1000, 1],
    [1001, 1000, 2],
    [1999, 1000, 1000],
    [2000, 1000, 1001],
    [2001, 1000, 1002],
    [3500, 1000, 2501],
  ])('of %d records keeps %d, from %d on', (count, kept, first) => {
    const { records } = logOf(count);
    expect([records.length, records[0]?.sequence, records.at(-1)?.sequence]).toEqual([kept, first, count]);
  });

  it.each([
    [5, 0, [1, 2, 3, 4, 5]],
    [5, 3, [4, 5]],
    [5, 5, []],
    [5, 6, []],
    [0, 0, []],
    [5, -3, [1, 2, 3, 4, 5]],
  ])('of %d records tells those behind %d: %j', (count, sequence, expected) => {
    expect(sequences(logOf(count).since(sequence))).toEqual(expected);
  });

  it('tells of those behind a record that is long gone only what is kept', () => {
    expect(sequences(logOf(1500).since(10)).slice(0, 2)).toEqual([501, 502]);
    expect(sequences(logOf(2500).since(2498))).toEqual([2499, 2500]);
  });

  it('tells whoever wants to know of each record, until they do not', () => {
    const log = logOf(1);
    const [one, other]: [number[], number[]] = [[], []];
    const end = log.subscribe(({ sequence }) => one.push(sequence));
    log.subscribe(({ sequence }) => other.push(sequence));
    log.add(RECORD);
    end();
    end();
    log.add(RECORD);
    expect([one, other]).toEqual([[2], [2, 3]]);
  });

  it('lets nobody suffer from a listener that fails', () => {
    const log = new AuditLog();
    const told: number[] = [];
    log.subscribe(() => {
      throw new Error('full');
    });
    log.subscribe(({ sequence }) => told.push(sequence));
    expect(log.add(RECORD).sequence).toBe(1);
    expect([told, sequences(log.records)]).toEqual([[1], [1]]);
  });
});

import { Readable } from 'node:stream';
import type { AuditLog, NumberedRecord } from '../audit/audit-log';

/** Readers at once; a page needs one each. */
const MOST_READERS = 32;
/** Readers are woken this often at most, so that they cost a busy sandbox next to nothing. */
const WAKE_MILLISECONDS = 100;
/** A comment in this interval keeps connections open, and shows which of them nobody reads. */
const HEARTBEAT_MILLISECONDS = 15_000;
/** After this the browser connects anew. */
const RETRY_MILLISECONDS = 1000;

/**
 * The audit log as server-sent events. Each event is one record, its id `<run>.<sequence>`; `run` opens the stream and tells runs of the
 * sandbox apart, and `skipped` says how many records were missed by a reader that is too slow for them. One that does not read at all is
 * dropped.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class AuditStream {
  readonly #readers = new Set<Reader>();
  /** Texts of records, made once for all readers. */
  readonly #texts = new WeakMap<NumberedRecord, string>();
  #unsubscribe: (() => void) | undefined;
  #wake: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly audit: AuditLog,
    private readonly run: string,
  ) {}

  /**
   * @param lastEventId of the event that the reader has seen last; of another run all that is kept is told
   * @returns undefined if there are too many readers, or the sandbox closes
   */
  open(lastEventId = ''): Readable | undefined {
    if (this.#closed || this.#readers.size >= MOST_READERS) return undefined;
    const [run, sequence] = lastEventId.split('.', 2);
    const seen = run === this.run && /^\d{1,15}$/.test(sequence ?? '') ? Number(sequence) : 0;
    const hello = `retry: ${RETRY_MILLISECONDS}\nevent: run\ndata: ${JSON.stringify(this.run)}\n\n`;
    const reader = new Reader(hello, seen, (after) => this.#eventsAfter(after));
    this.#readers.add(reader);
    reader.once('close', () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#rest();
    });
    this.#unsubscribe ??= this.audit.subscribe(() => {
      this.#wake ??= setTimeout(() => {
        this.#wake = undefined;
        for (const each of this.#readers) each.wake();
      }, WAKE_MILLISECONDS);
    });
    this.#heartbeat ??= setInterval(() => {
      for (const each of this.#readers) each.beat();
    }, HEARTBEAT_MILLISECONDS).unref();
    return reader;
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.push(null);
    this.#rest();
  }

  #rest(): void {
    this.#unsubscribe?.();
    clearTimeout(this.#wake);
    clearInterval(this.#heartbeat);
    this.#unsubscribe = this.#wake = this.#heartbeat = undefined;
  }

  #eventsAfter(sequence: number): Events | undefined {
    const records = this.audit.since(sequence).slice(0, RECORDS_AT_ONCE);
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const missed = first.sequence - sequence - 1;
    const skipped = missed > 0 ? `event: skipped\ndata: ${missed}\n\n` : '';
    return { text: skipped + records.map((record) => this.#textOf(record)).join(''), last: last.sequence };
  }

  #textOf(record: NumberedRecord): string {
    const known = this.#texts.get(record);
    if (known !== undefined) return known;
    // JSON has no line breaks, which would end the event.
    const text = `id: ${this.run}.${record.sequence}\ndata: ${JSON.stringify(record)}\n\n`;
    this.#texts.set(record, text);
    return text;
  }
}

/** Records in one piece of the stream. */
const RECORDS_AT_ONCE = 50;

interface Events {
  readonly text: string;
  /** Sequence number of the last record. */
  readonly last: number;
}

/** One connection. It fetches records when the other side has taken the ones before, so nothing heaps up for a slow one. */
class Reader extends Readable {
  #hungry = false;
  #stuck = false;

  constructor(
    hello: string,
    private seen: number,
    private readonly eventsAfter: (sequence: number) => Events | undefined,
  ) {
    super();
    this.push(hello);
  }

  override _read(): void {
    this.#stuck = false;
    const events = this.eventsAfter(this.seen);
    this.#hungry = events === undefined;
    if (events === undefined) return;
    this.seen = events.last;
    this.push(events.text);
  }

  /** There are new records. */
  wake(): void {
    if (this.#hungry && !this.destroyed) this._read();
  }

  beat(): void {
    if (this.readableLength === 0) this.push(':\n\n');
    else if (this.#stuck) this.destroy();
    this.#stuck = true;
  }
}

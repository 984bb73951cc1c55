import type { AuditRecord } from './audit-record';

/** Records kept in memory. */
const KEPT = 1000;

/** A record with its place in the log. */
export interface NumberedRecord extends AuditRecord {
  /** From 1, without gaps. */
  readonly sequence: number;
}

/** What was asked of the sandbox, and what came of it: the latest 1,000 records, and whoever wants to be told of each. */
export class AuditLog {
  readonly #records: NumberedRecord[] = [];
  readonly #listeners = new Set<(record: NumberedRecord) => void>();
  #sequence = 0;

  /** The latest records, the oldest first; 1,000 at most. */
  get records(): readonly NumberedRecord[] {
    return this.since(0);
  }

  /** Records behind a sequence number, of those that are kept. */
  since(sequence: number): NumberedRecord[] {
    const wanted = Math.min(this.#sequence - sequence, KEPT, this.#records.length);
    return wanted <= 0 ? [] : this.#records.slice(-wanted);
  }

  /**
   * Tells of each record from now on, while the request is answered, so it must not take long; what it throws is ignored.
   *
   * @returns a function that ends it
   */
  subscribe(listener: (record: NumberedRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  add(record: AuditRecord): NumberedRecord {
    const numbered = { sequence: ++this.#sequence, ...record };
    this.#records.push(numbered);
    // In strides, as taking away the first of many costs.
    if (this.#records.length >= 2 * KEPT) this.#records.splice(0, this.#records.length - KEPT);
    for (const listener of this.#listeners) {
      try {
        listener(numbered);
      } catch {
        // A listener's fault is not the client's.
      }
    }
    return numbered;
  }
}

// The receipts of one carrier that was stored. Each is made when it is asked for: most are read at once, and one that waits to
// be read, behind others or for a microtask, would be copied by garbage collections.
import { type AttemptLog, joinWith } from "./attempt-log.ts";
import type { Receipt } from "./receipt.ts";

/** Where a carrier was stored, and after which attempts. */
export interface Stored extends Pick<Receipt, "shardId" | "sequenceNumber"> {
  readonly attempts: AttemptLog;
}

/** What belongs to its records; a column that is left out has nothing in it. */
interface Columns {
  readonly tickets: readonly number[] | undefined;
  readonly contexts: readonly unknown[] | undefined;
  readonly histories: readonly { readonly earlierAttempts: AttemptLog }[] | undefined;
}

export class Delivery {
  readonly #stored: Stored;
  readonly #columns: Columns;
  readonly #join: ((earlier: AttemptLog) => AttemptLog) | undefined;

  constructor(stored: Stored, columns: Columns) {
    this.#stored = stored;
    this.#columns = columns;
    this.#join = columns.histories && joinWith(stored.attempts);
  }

  /** What the record was put with that stands at a place of the carrier. */
  ticketAt(at: number): number {
    return this.#columns.tickets?.[at] ?? 0;
  }

  /** A new receipt each time; to be asked for once. */
  receiptAt(at: number): Receipt {
    const { sequenceNumber, shardId } = this.#stored;
    const { count: attemptCount, list: attempts } = this.#attemptsAt(at);
    const context = this.#columns.contexts?.[at];
    const receipt = { shardId, sequenceNumber, subSequenceNumber: at, attempts, attemptCount };
    return context === undefined ? receipt : { ...receipt, context };
  }

  #attemptsAt(at: number): AttemptLog {
    const earlier = this.#columns.histories?.[at]?.earlierAttempts;
    return (earlier && this.#join?.(earlier)) ?? this.#stored.attempts;
  }
}

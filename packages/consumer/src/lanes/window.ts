// How much of a shard may be under way at a time where records are handled side by side. One key that is slow, or whose
// record keeps failing, so keeps a bounded part of the shard in memory, and of what comes again after a crash.

/** Bounds of a window. */
export interface WindowLimits {
  /** User records that are taken up and not done. */
  readonly maxRecords: number;
  /** Of their data. */
  readonly maxBytes: number;
  /** User records from the oldest that is not done to the newest that is taken up. */
  readonly maxSpanRecords: number;
}

/** Of each bound, free again before a reader that has waited goes on: so it does not wake for every record. */
const FREE_SHARE = 1 / 8;

export class Window {
  readonly #limits: WindowLimits;
  #records = 0;
  #bytes = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /** Whether everything that was taken up is done. */
  get isEmpty(): boolean {
    return this.#records === 0;
  }

  /** Whether so much may be taken up behind so long a span; an empty window takes anything. */
  hasRoom(records: number, bytes: number, spanRecords: number): boolean {
    const { maxBytes, maxRecords, maxSpanRecords } = this.#limits;
    if (this.#records === 0) return true;
    return (
      this.#records + records <= maxRecords &&
      this.#bytes + bytes <= maxBytes &&
      spanRecords + records <= maxSpanRecords
    );
  }

  /** Whether it is worth while to go on taking up. */
  isRoomy(spanRecords: number): boolean {
    const { maxBytes, maxRecords, maxSpanRecords } = this.#limits;
    const share = 1 - FREE_SHARE;
    return (
      this.#records <= maxRecords * share &&
      this.#bytes <= maxBytes * share &&
      spanRecords <= maxSpanRecords * share
    );
  }

  takeUp(bytes: number): void {
    this.#records += 1;
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#records -= 1;
    this.#bytes -= bytes;
  }
}

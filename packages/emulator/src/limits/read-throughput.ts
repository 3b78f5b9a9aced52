// What GetRecords reads from one shard per second. A read is paid for afterwards, with the time that it is worth
// at the shard's rate: small reads pass while less than a second is owed; who owes a second or more pays it all
// before the next read. So an answer of 10 MiB is followed by a pause of five seconds
// (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, read 2026-11-21).

const SECOND_MS = 1000;

/** Lets reads of one shard pass or not, by the monotonic clock. */
export class ReadThroughput {
  readonly #bytesPerSecond: number;
  /** By when everything read so far is paid for. */
  #paidAtMs = 0;
  /** Nothing is read before this. */
  #pausedUntilMs = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  isOpen(nowMs: number): boolean {
    return nowMs >= this.#pausedUntilMs;
  }

  /** Charges a read that passed; `bytes` counts data and partition keys. */
  charge(bytes: number, nowMs: number): void {
    const worthMs = (bytes / this.#bytesPerSecond) * SECOND_MS;
    this.#paidAtMs = Math.max(this.#paidAtMs, nowMs) + worthMs;
    if (this.#paidAtMs - nowMs >= SECOND_MS) this.#pausedUntilMs = this.#paidAtMs;
  }
}

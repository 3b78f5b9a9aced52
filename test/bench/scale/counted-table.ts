// A lease table in memory that tells how often each lease would be written in DynamoDB.
import { type LeaseTable, MemoryLeaseTable } from "@shardline/consumer";

export class CountedTable extends MemoryLeaseTable {
  readonly #lastAtMs = new Map<string, number>();
  #pauses = 0;
  #pausesMs = 0;

  override update(...args: Parameters<LeaseTable["update"]>): ReturnType<LeaseTable["update"]> {
    const [key] = args;
    const nowMs = performance.now();
    const lastAtMs = this.#lastAtMs.get(key);
    this.#lastAtMs.set(key, nowMs);
    if (lastAtMs !== undefined) {
      this.#pauses += 1;
      this.#pausesMs += nowMs - lastAtMs;
    }
    return super.update(...args);
  }

  /** The mean pause between two writes of a lease since this was asked last, in ms; also one that failed is charged. */
  takePauseMs(): number {
    const meanMs = this.#pausesMs / this.#pauses;
    this.#pauses = 0;
    this.#pausesMs = 0;
    return meanMs;
  }
}

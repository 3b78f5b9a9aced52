// Memory of aggregates, from their sealing until they are stored (`npm run bench -- producer`, "put, 1 KB, 20 keys").
import { MemoryPool } from "@shardline/core";

/** Of one stream, because memory that a broken one has given up may still be shown to its user. */
export class AggregateMemory {
  readonly #pool = new MemoryPool({
    leastBytes: 8192,
    maxIdleBytes: 16 * 1024 * 1024,
    // Aggregates stay as long as there is an outage, so what they waste counts.
    maxExcess: 1.25,
  });

  /** At least so many bytes, with anything in them. */
  take(bytes: number): Uint8Array {
    return new Uint8Array(this.#pool.take(bytes));
  }

  /** Takes back the memory of an aggregate that nobody reads any more. */
  giveBack({ buffer }: Uint8Array): void {
    this.#pool.giveBack(buffer as ArrayBuffer);
  }
}

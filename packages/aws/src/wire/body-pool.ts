// Memory for the bodies of requests and answers. A buffer whose request may still be on its way is never used again.
import { MemoryPool } from "@shardline/core";

export class BodyPool {
  readonly #pool = new MemoryPool({
    leastBytes: 32 * 1024,
    // 24 calls of the usual size.
    maxIdleBytes: 32 * 1024 * 1024,
    maxExcess: 4,
  });

  /** What lies idle, in bytes. */
  get idleBytes(): number {
    return this.#pool.idleBytes;
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    return Buffer.from(this.#pool.take(bytes));
  }

  /** Takes a buffer back that nobody reads or writes any more. */
  giveBack({ buffer }: Buffer): void {
    this.#pool.giveBack(buffer as ArrayBuffer);
  }
}

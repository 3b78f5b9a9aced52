// Memory of aggregates between two of them. A new buffer for each would be most of what the garbage collector hears of,
// which then marks the whole heap many times a second (`npm run bench -- producer`, "put, 1 KB, 20 keys").

/** Below it a new buffer costs less than to look for an old one. */
const LEAST_BYTES = 8192;
/** What lies idle at most, of one stream. */
const MAX_IDLE_BYTES = 16 * 1024 * 1024;
/** One that is longer than this share of what is asked for is left for others. */
const MAX_EXCESS = 1.25;

export class AggregateMemory {
  /** The shortest first. */
  readonly #idle: Uint8Array[] = [];
  #idleBytes = 0;
  #nextToGo = 0;

  /** What lies idle, in bytes. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** At least so many bytes, with anything in them; the shortest that will do, but not much longer. */
  take(bytes: number): Uint8Array {
    const at = this.#placeOf(bytes);
    const fit = this.#idle[at];
    if (fit === undefined || fit.length > bytes * MAX_EXCESS) return newMemory(bytes);
    return this.#remove(at);
  }

  /** Takes back the memory of an aggregate that nobody reads any more. */
  giveBack({ buffer }: Uint8Array): void {
    const memory = new Uint8Array(buffer);
    if (memory.length < LEAST_BYTES || memory.length > MAX_IDLE_BYTES) return;
    // Any of them, so that sizes which are not asked for any more do not stay for ever.
    while (this.#idleBytes + memory.length > MAX_IDLE_BYTES) {
      this.#nextToGo = (this.#nextToGo + 1) % this.#idle.length;
      this.#remove(this.#nextToGo);
    }
    this.#idle.splice(this.#placeOf(memory.length), 0, memory);
    this.#idleBytes += memory.length;
  }

  /** Where the first one stands that is so long. */
  #placeOf(bytes: number): number {
    let low = 0;
    let high = this.#idle.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#idle[middle] as Uint8Array).length < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(at: number): Uint8Array {
    const [memory] = this.#idle.splice(at, 1) as [Uint8Array];
    this.#idleBytes -= memory.length;
    return memory;
  }
}

/** Not zeroed first, because every byte of it is written. */
function newMemory(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

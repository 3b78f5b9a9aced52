// Memory that is used again. A new buffer costs more than filling it, because the system hands out its pages one by one,
// and because the garbage collector marks the whole heap after so many megabytes of them.

/** What a pool keeps. */
export interface MemoryPoolLimits {
  /** Below it a new buffer costs less than looking for an old one. */
  readonly leastBytes: number;
  /** What lies idle at most, in bytes. */
  readonly maxIdleBytes: number;
  /** How many times as long as what is asked for a buffer may be. */
  readonly maxExcess: number;
}

/** Buffers of all lengths that lie idle. */
export class MemoryPool {
  readonly #limits: MemoryPoolLimits;
  /** The shortest first. */
  readonly #idle: ArrayBuffer[] = [];
  #idleBytes = 0;
  #nextToGo = 0;

  constructor(limits: MemoryPoolLimits) {
    this.#limits = limits;
  }

  /** What lies idle, in bytes. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** At least so many bytes, with anything in them: the shortest that will do, or new ones. */
  take(bytes: number): ArrayBuffer {
    const at = this.#placeOf(bytes);
    const fit = this.#idle[at];
    return fit !== undefined && fit.byteLength <= bytes * this.#limits.maxExcess
      ? this.#remove(at)
      : (Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer);
  }

  /** Takes back what nobody reads or writes any more. */
  giveBack(memory: ArrayBuffer): void {
    const { leastBytes, maxIdleBytes } = this.#limits;
    const { byteLength } = memory;
    if (byteLength < leastBytes || byteLength > maxIdleBytes) return;
    // Each in its turn, so that lengths which nobody asks for any more do not stay for ever.
    while (this.#idleBytes + byteLength > maxIdleBytes) {
      this.#nextToGo = (this.#nextToGo + 1) % this.#idle.length;
      this.#remove(this.#nextToGo);
    }
    this.#idle.splice(this.#placeOf(byteLength), 0, memory);
    this.#idleBytes += byteLength;
  }

  /** Where the first one stands that is so long. */
  #placeOf(bytes: number): number {
    let low = 0;
    let high = this.#idle.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#idle[middle] as ArrayBuffer).byteLength < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(at: number): ArrayBuffer {
    const [memory] = this.#idle.splice(at, 1) as [ArrayBuffer];
    this.#idleBytes -= memory.byteLength;
    return memory;
  }
}

// Memory for the bodies of requests. A new buffer of this size costs more than filling it, because the system hands
// out its pages one by one; so buffers are used again. One whose request may still be on its way never is.
const SMALLEST_BYTES = 256 * 1024;
const LARGEST_BYTES = 16 * 1024 * 1024;
/** What lies idle at most: 24 calls of the usual size. */
const MAX_IDLE_BYTES = 32 * 1024 * 1024;

/** Buffers of some sizes. */
export class BodyPool {
  readonly #idle = new Map<number, Buffer[]>();
  #idleBytes = 0;

  /** What lies idle, in bytes. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes);
    if (size === undefined) return Buffer.allocUnsafe(bytes);
    const idle = this.#idle.get(size)?.pop();
    if (idle === undefined) return Buffer.allocUnsafeSlow(size);
    this.#idleBytes -= size;
    return idle;
  }

  /** Takes a buffer back that nobody reads or writes any more. */
  giveBack(buffer: Buffer): void {
    const size = buffer.length;
    if (sizeFor(size) !== size || this.#idleBytes + size > MAX_IDLE_BYTES) return;
    const idle = this.#idle.get(size);
    if (idle === undefined) this.#idle.set(size, [buffer]);
    else idle.push(buffer);
    this.#idleBytes += size;
  }
}

/** The size that buffers for so many bytes have; `undefined` where it is not worth keeping them. */
function sizeFor(bytes: number): number | undefined {
  if (bytes > LARGEST_BYTES || bytes < SMALLEST_BYTES / 8) return undefined;
  let size = SMALLEST_BYTES;
  while (size < bytes) size *= 2;
  return size;
}

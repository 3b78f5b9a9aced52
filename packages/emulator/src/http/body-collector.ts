// Gathers the body of a request up to a bound.

/** The chunks of one body. */
export class BodyCollector {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Answers whether the body is still within the bound; what is beyond it is not kept. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(chunk);
    else this.#chunks = [];
    return this.#bytes <= this.#maxBytes;
  }

  /** The whole body. */
  finish(): Buffer {
    const chunks = this.#chunks;
    // Large ones should not wait beside the whole for its answer.
    this.#chunks = [];
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  }
}

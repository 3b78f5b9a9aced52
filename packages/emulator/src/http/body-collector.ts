// Gathers the body of a request up to a bound.

/** What the service takes: 10 MiB of data are 14.0 MB of base64. */
const MAX_BODY_BYTES = 20_971_520;

/** The chunks of one body. */
export class BodyCollector {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Answers whether the body is still within the bound; what is beyond it is not kept. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_BODY_BYTES) this.#chunks.push(chunk);
    else this.#chunks = [];
    return this.#bytes <= MAX_BODY_BYTES;
  }

  /** The whole body. */
  finish(): Buffer {
    const [only] = this.#chunks;
    return this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
  }
}

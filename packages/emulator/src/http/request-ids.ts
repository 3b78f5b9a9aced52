// The two ids that the service gives to every request, both of them chance. It is drawn for many requests at once:
// a call into the system's source costs more than all else in a head (`npm run bench -- emulator`, E2).
import type { Random } from "@shardline/core";

const UUID_BYTES = 16;
/** The service's second id is so many random bytes. */
const ID_2_BYTES = 72;
const DRAWN_REQUESTS = 32;
const DRAWN_BYTES = DRAWN_REQUESTS * (UUID_BYTES + ID_2_BYTES);

/** Draws ids. */
export class RequestIds {
  readonly #random: Random;
  #drawn: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The headers of one answer. */
  next(): { readonly "x-amzn-requestid": string; readonly "x-amz-id-2": string } {
    if (this.#used === this.#drawn.length) this.#draw();
    const hex = this.#take("hex", UUID_BYTES);
    return {
      "x-amzn-requestid": uuidOf(hex),
      "x-amz-id-2": this.#take("base64", ID_2_BYTES),
    };
  }

  #draw(): void {
    const bytes = this.#random.bytes(DRAWN_BYTES);
    this.#drawn = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#used = 0;
  }

  #take(encoding: "hex" | "base64", count: number): string {
    const from = this.#used;
    this.#used += count;
    return this.#drawn.toString(encoding, from, this.#used);
  }
}

/** Version 4 of RFC 9562. */
function uuidOf(hex: string): string {
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}` +
    `-${hex.slice(20)}`
  );
}

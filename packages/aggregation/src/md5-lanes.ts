// Up to 16 messages of any length through the code of md5-lanes-code.ts. They are copied in window by window, so that
// its memory stays small.
import {
  assembleMd5Lanes,
  BLOCK_BYTES,
  LANES,
  stateWordAt,
  WINDOW_BYTES,
  windowAt,
} from "./md5-lanes-code.ts";
import { DIGEST_BYTES } from "./format.ts";

type DigestWindows = (bytes: number) => void;

/** What is used of WebAssembly, which no library of types for Node.js declares. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly digestAll: DigestWindows;
      readonly digestFew: DigestWindows;
    };
  };
};

/** a, b, c and d before the first block. */
const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
const LENGTH_BYTES = 8;

/** Hashes messages side by side. */
export class Md5Lanes {
  readonly #memory: DataView;
  readonly #bytes: Uint8Array;
  readonly #digestAll: DigestWindows;
  readonly #digestFew: DigestWindows;

  /**
   * Makes the code.
   * @throws where there is no WebAssembly, where it has no vectors, and where making code is forbidden
   */
  constructor() {
    const module = new WebAssembly.Module(assembleMd5Lanes());
    const { digestAll, digestFew, memory } = new WebAssembly.Instance(module).exports;
    this.#digestAll = digestAll;
    this.#digestFew = digestFew;
    this.#memory = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** The digests of at most `LANES.all` messages, the longest first; none of them may change meanwhile. */
  digest(messages: readonly Uint8Array[]): Uint8Array[] {
    const lanes = messages.map((message) => new PaddedMessage(message));
    lanes.forEach((_, lane) => this.#begin(lane));
    const digests = Array.from<Uint8Array>({ length: lanes.length });
    let busy = lanes.length;
    for (let at = 0; busy > 0; ) {
      // The last one is the shortest.
      const { length: firstEnd } = lanes[busy - 1] as PaddedMessage;
      const bytes = Math.min(WINDOW_BYTES, firstEnd - at);
      for (let lane = 0; lane < busy; lane += 1) {
        lanes[lane]?.copy(at, bytes, this.#bytes, windowAt(lane));
      }
      (busy > LANES.few ? this.#digestAll : this.#digestFew)(bytes);
      at += bytes;
      for (; lanes[busy - 1]?.length === at; busy -= 1) digests[busy - 1] = this.#end(busy - 1);
    }
    return digests;
  }

  #begin(lane: number): void {
    INITIAL_STATE.forEach((value, word) => {
      this.#memory.setUint32(stateWordAt(lane, word), value, true);
    });
  }

  #end(lane: number): Uint8Array {
    const digest = new DataView(new ArrayBuffer(DIGEST_BYTES));
    // Read and written in the same way, the bytes keep their order.
    for (let word = 0; word < INITIAL_STATE.length; word += 1) {
      digest.setUint32(word * 4, this.#memory.getUint32(stateWordAt(lane, word)));
    }
    return new Uint8Array(digest.buffer);
  }
}

/** A message, and behind it a one, zeros up to a whole block, and its length in bits. */
class PaddedMessage {
  readonly length: number;
  readonly #message: Uint8Array;
  readonly #padding: Uint8Array;

  constructor(message: Uint8Array) {
    const { length } = message;
    this.length = Math.ceil((length + 1 + LENGTH_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
    this.#message = message;
    this.#padding = new Uint8Array(this.length - length);
    this.#padding[0] = 0x80;
    const end = new DataView(this.#padding.buffer, this.#padding.length - LENGTH_BYTES);
    end.setBigUint64(0, BigInt(length) * 8n, true);
  }

  /** Copies so many of its bytes, which it has. */
  copy(from: number, bytes: number, target: Uint8Array, at: number): void {
    const { length } = this.#message;
    const to = from + bytes;
    if (from < length) target.set(this.#message.subarray(from, Math.min(to, length)), at);
    if (to <= length) return;
    const skipped = Math.max(0, from - length);
    target.set(this.#padding.subarray(skipped, to - length), at + Math.max(0, length - from));
  }
}

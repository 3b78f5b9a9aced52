// Messages of an event stream out of bytes that come in any pieces, one at a time.
import type { BodyPool } from "./body-pool.ts";
import { frameBytes, PRELUDE_BYTES } from "./event-frame.ts";

/** Puts one message after the other together. */
export class FrameAssembler {
  readonly #pool: BodyPool;
  readonly #prelude = Buffer.alloc(PRELUDE_BYTES);
  /** Of the message that is coming, where its length is known: its memory, and that memory as long as it. */
  #room: { readonly lent: Buffer; readonly frame: Buffer } | undefined;
  /** How much of the message is there. */
  #filled = 0;

  constructor(pool: BodyPool) {
    this.#pool = pool;
  }

  /** The message, once it is whole; nobody may look at it after `drop`. */
  get frame(): Buffer | undefined {
    const frame = this.#room?.frame;
    return this.#filled === frame?.length ? frame : undefined;
  }

  /** Whether nothing came since the last whole message. */
  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** Takes what belongs to the message, and answers how much that was. Throws if its first bytes are damaged. */
  take(piece: Buffer): number {
    const used = this.#room === undefined ? this.#fill(this.#prelude, piece) : 0;
    if (this.#filled < PRELUDE_BYTES) return used;
    this.#room ??= this.#makeRoom();
    return used + this.#fill(this.#room.frame, piece.subarray(used));
  }

  /** Begins with the next message. */
  drop(): void {
    if (this.#room !== undefined) this.#pool.giveBack(this.#room.lent);
    this.#room = undefined;
    this.#filled = 0;
  }

  #fill(memory: Buffer, piece: Buffer): number {
    const taken = piece.copy(memory, this.#filled);
    this.#filled += taken;
    return taken;
  }

  #makeRoom(): { readonly lent: Buffer; readonly frame: Buffer } {
    const bytes = frameBytes(this.#prelude);
    const lent = this.#pool.take(bytes);
    this.#prelude.copy(lent);
    return { lent, frame: lent.subarray(0, bytes) };
  }
}

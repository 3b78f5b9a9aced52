// Writes the sequence numbers of consecutive records of a shard without a bigint for each: from one index
// to the next a number grows by 2^80, which is added to its decimal digits.
import { formatSequenceNumber } from "./sequence-numbers.ts";

const DIGITS = 56;
const LIMB_DIGITS = 4;
const LIMB = 10 ** LIMB_DIGITS;
/** 2^80 in limbs of four digits. */
const STEP = [1, 2089, 2581, 9614, 6291, 7470, 6176];
/** The limbs that a step changes are the lower half of the digits; the rest only by a carry. */
const FIRST_LIMB_AT = DIGITS - STEP.length * LIMB_DIGITS;

/** The numbers of one shard, quickest when asked for in order. */
export class SequenceRun {
  readonly #createdSeconds: number;
  readonly #shardIndex: number;
  #index = -1;
  #putSeconds = -1;
  readonly #limbs = new Int32Array(STEP.length);
  readonly #text = Buffer.alloc(DIGITS);

  constructor(createdSeconds: number, shardIndex: number) {
    this.#createdSeconds = createdSeconds;
    this.#shardIndex = shardIndex;
  }

  /** The number of the record with an index, put at some epoch second. */
  at(index: number, putSeconds: number): string {
    const isNext = index === this.#index + 1 && putSeconds === this.#putSeconds;
    if (!isNext || !this.#step()) this.#restart(index, putSeconds);
    this.#index = index;
    this.#putSeconds = putSeconds;
    return this.#text.toString("latin1");
  }

  /** Answers false when the sum carries into the upper half of the digits. */
  #step(): boolean {
    let carry = 0;
    for (let i = STEP.length - 1; i >= 0; i -= 1) {
      const sum = (this.#limbs[i] as number) + (STEP[i] as number) + carry;
      carry = sum >= LIMB ? 1 : 0;
      this.#limbs[i] = sum - carry * LIMB;
      this.#writeLimb(sum - carry * LIMB, FIRST_LIMB_AT + i * LIMB_DIGITS);
    }
    return carry === 0;
  }

  #restart(index: number, putSeconds: number): void {
    const decimal = formatSequenceNumber({
      createdSeconds: this.#createdSeconds,
      shardIndex: this.#shardIndex,
      index: BigInt(index),
      putSeconds,
    });
    this.#text.write(decimal, "latin1");
    for (let i = 0; i < STEP.length; i += 1) {
      const at = FIRST_LIMB_AT + i * LIMB_DIGITS;
      this.#limbs[i] = Number(decimal.slice(at, at + LIMB_DIGITS));
    }
  }

  #writeLimb(limb: number, at: number): void {
    const zero = 48;
    this.#text[at] = zero + Math.floor(limb / 1000);
    this.#text[at + 1] = zero + (Math.floor(limb / 100) % 10);
    this.#text[at + 2] = zero + (Math.floor(limb / 10) % 10);
    this.#text[at + 3] = zero + (limb % 10);
  }
}

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
/**
 * The digits of each limb as one word of text. Dividing them out anew takes most of the time of a number, and a
 * number is made for every record (`npm run bench -- emulator`, E1).
 */
const LIMB_TEXTS: Uint32Array = writeLimbTexts();

/** The numbers of one shard, quickest when asked for in order. */
export class SequenceRun {
  readonly #createdSeconds: number;
  readonly #shardIndex: number;
  #index = -1;
  #putSeconds = -1;
  readonly #limbs = new Int32Array(STEP.length);
  readonly #text = Buffer.from(new ArrayBuffer(DIGITS));
  readonly #lowerText = new Uint32Array(this.#text.buffer, FIRST_LIMB_AT);

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
      const limb = sum - carry * LIMB;
      this.#limbs[i] = limb;
      this.#lowerText[i] = LIMB_TEXTS[limb] as number;
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
}

function writeLimbTexts(): Uint32Array {
  const texts = new Uint32Array(LIMB);
  const bytes = Buffer.from(texts.buffer);
  const zero = 48;
  for (let limb = 0; limb < LIMB; limb += 1) {
    let rest = limb;
    for (let at = LIMB_DIGITS - 1; at >= 0; at -= 1) {
      bytes[limb * LIMB_DIGITS + at] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
  return texts;
}

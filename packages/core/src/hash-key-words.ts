// Hash keys as four uint32 words, most significant first: what the per-record path compares, because
// bigints are allocated.

/** Writes a hash key as four words at an offset. */
export function writeHashKeyWords(hashKey: bigint, words: Uint32Array, at: number): void {
  for (let i = 0; i < 4; i += 1) {
    words[at + i] = Number((hashKey >> BigInt(96 - 32 * i)) & 0xffff_ffffn);
  }
}

/** Reads four 32-bit words, most significant first. */
export function wordsToHashKey(words: Uint32Array, at: number): bigint {
  let value = 0n;
  for (let i = at; i < at + 4; i += 1) value = (value << 32n) | BigInt(words[i] as number);
  return value;
}

/** Orders the hash key at `aAt` in `a` against the one at `bAt` in `b`: negative, zero or positive. */
export function compareHashKeyWords(
  a: Uint32Array,
  aAt: number,
  b: Uint32Array,
  bAt: number,
): number {
  for (let i = 0; i < 4; i += 1) {
    const difference = (a[aAt + i] as number) - (b[bAt + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

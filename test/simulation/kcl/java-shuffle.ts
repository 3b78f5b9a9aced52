// Chance as java.util.Random makes it, and lists shuffled by it, so that the model elects the leader that the KCL
// elects. Shares nothing with the code under test.

/** `Collections.shuffle(list, new Random(seed))`. */
export function javaShuffled(list: readonly string[], seed: bigint): string[] {
  const shuffled = [...list];
  const nextInt = javaRandom(seed);
  for (let size = shuffled.length; size > 1; size -= 1) {
    const other = nextInt(size);
    const last = shuffled[size - 1] as string;
    shuffled[size - 1] = shuffled[other] as string;
    shuffled[other] = last;
  }
  return shuffled;
}

/** `Random.nextInt(bound)`. */
function javaRandom(seed: bigint): (bound: number) => number {
  const mask = 2n ** 48n - 1n;
  let state = (seed ^ 0x5deece66dn) & mask;
  const next31Bits = (): bigint => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return state >> 17n;
  };
  return (bound) => {
    const wide = BigInt(bound);
    const isPowerOfTwo = (wide & -wide) === wide;
    if (isPowerOfTwo) return Number((wide * next31Bits()) >> 31n);
    for (;;) {
      const bits = next31Bits();
      const value = bits % wide;
      const hasOverflown = BigInt.asIntN(32, bits - value + (wide - 1n)) < 0n;
      if (!hasOverflown) return Number(value);
    }
  };
}

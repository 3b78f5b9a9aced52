// Pure: which worker looks after the leases as a whole. The KCL 2.x has no lock for it: every worker shuffles the
// owners in the same way, and the first one leads (DeterministicShuffleShardSyncLeaderDecider). So one of a mixed
// fleet does it, and two that have seen different owners do no harm: whatever a leader does, two may do.
import type { Lease } from "./lease.ts";

/** The KCL's DETERMINISTIC_SHUFFLE_SEED. */
const SEED = 1947n;

/** `java.util.Random`. */
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 0xbn;
const STATE_BITS = 48n;

/** Whether a worker leads: it does if it comes first, or if nobody has a lease. */
export function leads(worker: string, leases: readonly Lease[]): boolean {
  const owners = new Set(leases.flatMap(({ owner }) => owner ?? []));
  const [leader = worker] = shuffledAsInJava([...owners].sort());
  return leader === worker;
}

/** `Collections.shuffle` with the KCL's seed. */
export function shuffledAsInJava(sorted: readonly string[]): readonly string[] {
  const order = [...sorted];
  const random = new JavaRandom(SEED);
  for (let count = order.length; count > 1; count -= 1) {
    const j = random.nextInt(count);
    [order[count - 1], order[j]] = [order[j] as string, order[count - 1] as string];
  }
  return order;
}

/** The part of `java.util.Random` that a shuffle needs. */
class JavaRandom {
  #state: bigint;

  constructor(seed: bigint) {
    this.#state = BigInt.asUintN(Number(STATE_BITS), seed ^ MULTIPLIER);
  }

  /** From 0 to `bound` - 1. */
  nextInt(bound: number): number {
    if (Number.isInteger(Math.log2(bound))) {
      return Number((BigInt(bound) * BigInt(this.#next31())) >> 31n);
    }
    for (;;) {
      const bits = this.#next31();
      const value = bits % bound;
      // The last, incomplete row of bounds would favour small values. In Java this sum overflows.
      if (bits - value + (bound - 1) <= 0x7fffffff) return value;
    }
  }

  #next31(): number {
    this.#state = BigInt.asUintN(Number(STATE_BITS), this.#state * MULTIPLIER + INCREMENT);
    return Number(this.#state >> (STATE_BITS - 31n));
  }
}

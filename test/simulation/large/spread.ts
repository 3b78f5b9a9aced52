// How the leases lie among the workers.
import type { Lease } from "@shardline/consumer";

export interface Spread {
  /** Every shard's lease has a living owner, and nobody has two more than another. */
  readonly isEven: boolean;
  /** It is even, and nobody asks for anything. */
  readonly isAtRest: boolean;
  readonly text: string;
}

/** Counts the leases of each living worker. */
export function spreadOf(
  leases: readonly Lease[],
  shards: number,
  workers: readonly string[],
): Spread {
  const counts = new Map(workers.map((worker) => [worker, 0]));
  let [owned, wished] = [0, 0];
  for (const { owner, wantedBy } of leases) {
    if (wantedBy !== undefined) wished += 1;
    const count = owner === undefined ? undefined : counts.get(owner);
    if (owner === undefined || count === undefined) continue;
    counts.set(owner, count + 1);
    owned += 1;
  }
  const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
  const isEven = owned === shards && most - least <= 1;
  return {
    isEven,
    isAtRest: isEven && wished === 0,
    text: `${owned} of ${shards} leases owned, ${least} to ${most} a worker, ${wished} asked for`,
  };
}

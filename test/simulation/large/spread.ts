// How the leases lie among the workers.
import type { Lease } from "@shardline/consumer";

export interface Spread {
  /** Every shard's lease has a living owner, and each worker has its share, give or take one. */
  readonly isEven: boolean;
  readonly text: string;
}

/** Counts the leases of each living worker. */
export function spreadOf(
  leases: readonly Lease[],
  shards: number,
  workers: readonly string[],
): Spread {
  const counts = new Map(workers.map((worker) => [worker, 0]));
  let owned = 0;
  for (const { owner } of leases) {
    const count = owner === undefined ? undefined : counts.get(owner);
    if (owner === undefined || count === undefined) continue;
    counts.set(owner, count + 1);
    owned += 1;
  }
  const [least, most] = [Math.min(...counts.values()), Math.max(...counts.values())];
  const share = shards / workers.length;
  const isFair = Math.abs(least - share) <= 1 && Math.abs(most - share) <= 1;
  return {
    isEven: owned === shards && isFair,
    text: `${owned} of ${shards} leases owned, ${least} to ${most} a worker`,
  };
}

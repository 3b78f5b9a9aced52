// How a worker of the KCL 2.x plans a pass, written down from the specification, section 2.4, and sharing nothing
// with the code under test.
import { type Random, SHARD_END, shuffled } from "@shardline/core";
import type { Lease } from "../../src/lease/lease.ts";

export interface KclView {
  readonly worker: string;
  readonly leases: readonly Lease[];
  readonly isExpired: (lease: Lease) => boolean;
  readonly random: Random;
}

/** The leases that it takes or steals. */
export function kclTakes({ isExpired, leases, random, worker }: KclView): readonly Lease[] {
  const open = leases.filter(
    (lease) => lease.checkpoint.sequenceNumber !== SHARD_END.sequenceNumber,
  );
  const available = open.filter((lease) => lease.owner === undefined || isExpired(lease));
  const counts = new Map([[worker, 0]]);
  for (const lease of open) {
    if (lease.owner === undefined || isExpired(lease)) continue;
    counts.set(lease.owner, (counts.get(lease.owner) ?? 0) + 1);
  }
  const target = open.length <= counts.size ? 1 : Math.ceil(open.length / counts.size);
  const need = target - (counts.get(worker) ?? 0);
  if (need <= 0) return [];
  if (available.length > 0) return shuffled(available, random).slice(0, need);
  const [victim, most] = [...counts].sort(([, a], [, b]) => b - a)[0] as [string, number];
  if (most < target) return [];
  const isWorthwhile = most > target || need > 1;
  const theirs = shuffled(
    open.filter(({ owner }) => owner === victim),
    random,
  );
  return theirs.slice(0, isWorthwhile ? 1 : 0);
}

// Pure: leases in the order in which a person looks for them: by stream, along the hash keys, parents before children.
import type { Lease } from "../lease/lease.ts";

interface Place {
  readonly lease: Lease;
  readonly start: bigint | undefined;
  readonly generation: number;
}

/** Sorted by the beginning of their hash range and then by lineage; those whose range is unknown come last. */
export function inLineageOrder(leases: readonly Lease[]): readonly Lease[] {
  // Where shards descend from each other their generations depend on which is looked at first.
  const byKey = leases.toSorted((a, b) => compare(a.key, b.key));
  const generations = new Generations(byKey);
  const places = byKey.map((lease) => ({
    lease,
    start: lease.hashKeyRange?.start,
    generation: generations.of(lease),
  }));
  return places.sort(byPlace).map(({ lease }) => lease);
}

function byPlace(a: Place, b: Place): number {
  return (
    compare(a.lease.streamName ?? "", b.lease.streamName ?? "") ||
    Number(a.start === undefined) - Number(b.start === undefined) ||
    compare(a.start ?? 0n, b.start ?? 0n) ||
    a.generation - b.generation ||
    compare(a.lease.shardId, b.lease.shardId)
  );
}

/** How many generations of parents a lease has in the table. */
class Generations {
  readonly #leases: ReadonlyMap<string, Lease>;
  readonly #known = new Map<Lease, number>();

  constructor(leases: readonly Lease[]) {
    this.#leases = new Map(leases.map((lease) => [nameOf(lease, lease.shardId), lease]));
  }

  of(lease: Lease): number {
    const known = this.#known.get(lease);
    if (known !== undefined) return known;
    // In a table that somebody has written by hand a shard may descend from itself.
    this.#known.set(lease, 0);
    const parents = lease.parentShardIds.flatMap((id) => this.#leases.get(nameOf(lease, id)) ?? []);
    const generation = Math.max(0, ...parents.map((parent) => this.of(parent) + 1));
    this.#known.set(lease, generation);
    return generation;
  }
}

function nameOf({ streamName = "" }: Lease, shardId: string): string {
  return `${streamName}/${shardId}`;
}

function compare<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

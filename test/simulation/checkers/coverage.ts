// Once the application has begun, every hash key is always covered by a lease that is to be read; the children of a
// shard that was read to its end have their leases; and no lease is deleted before its shard has ended.
import { comparePositions, MAX_HASH_KEY, SHARD_END } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";

export class Coverage implements Checker {
  readonly name = "coverage";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #leases: () => readonly Lease[];
  /** Keys of the leases that were to be read when last looked at; none before all shards had one. */
  #unended: ReadonlySet<string> = new Set();

  constructor(leases: () => readonly Lease[]) {
    this.#leases = leases;
  }

  #see({ after, before }: EntryOf<"table">): void {
    const wasOpen = before !== undefined && !isEnded(before);
    const isOpen = after !== undefined && !isEnded(after);
    if (wasOpen === isOpen && after !== undefined && before !== undefined) return;
    const leases = this.#leases();
    const unended = leases.filter((lease) => !isEnded(lease));
    const hole = firstHole(unended);
    if (hole === undefined || this.#unended.size > 0) {
      this.#check(leases, hole);
      this.#unended = new Set(unended.map(({ key }) => key));
    }
  }

  #check(leases: readonly Lease[], hole: bigint | undefined): void {
    if (hole !== undefined)
      throw new BrokenInvariant(this.name, `nobody is to read hash key ${hole}`);
    const keys = new Set(leases.map(({ key }) => key));
    for (const key of this.#unended) {
      if (!keys.has(key)) throw new BrokenInvariant(this.name, `${key} is gone before its end`);
    }
    for (const { childShardIds, key } of leases) {
      const orphan = childShardIds.find((childId) => !keys.has(childId));
      if (orphan === undefined) continue;
      throw new BrokenInvariant(this.name, `${key} has ended, ${orphan} has no lease`);
    }
  }
}

function isEnded({ checkpoint }: Lease): boolean {
  return comparePositions(checkpoint, SHARD_END) === 0;
}

function firstHole(leases: readonly Lease[]): bigint | undefined {
  const ranges = leases.flatMap(({ hashKeyRange }) => hashKeyRange ?? []);
  let next = 0n;
  for (const { end, start } of ranges.sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (start > next) return next;
    if (end >= next) next = end + 1n;
  }
  return next > MAX_HASH_KEY ? undefined : next;
}

// Somebody deletes the lease of a child that nobody has begun to read, at the moment at which its last parent is done: its
// hash keys are nobody's until the leader misses them.
import { type Clock, isOpen, type Random, sentinelPosition, type Shard } from "@shardline/core";
import type { Lease, LeaseTable } from "@shardline/consumer";
import type { Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isEnded, isSamePlace } from "../checkers/lease-facts.ts";
import { OPERATOR } from "../fleet/worker-name.ts";
import type { Befall } from "./incidents.ts";

interface LostLeaseParts {
  readonly leaseOf: (shardId: string) => Lease | undefined;
  readonly shards: () => readonly Shard[];
  /** As the operator uses it. */
  readonly table: Pick<LeaseTable, "delete">;
  /** Of each child. */
  readonly probability: number;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: Befall;
}

const NEVER = new AbortController().signal;
const UNREAD = sentinelPosition("TRIM_HORIZON");

/** Waits for parents that end. */
export class LostLease implements Checker {
  readonly name = "lost lease";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #parts: LostLeaseParts;

  constructor(parts: LostLeaseParts) {
    this.#parts = parts;
  }

  #see({ after, before }: EntryOf<"table">): void {
    const { clock, probability, random } = this.#parts;
    if (after === undefined || !isEnded(after) || before === undefined || isEnded(before)) return;
    for (const key of after.childShardIds) {
      if (random.next() < probability) clock.startTimer(0, () => void this.#delete(key));
    }
  }

  async #delete(key: string): Promise<void> {
    const { befall, leaseOf, table } = this.#parts;
    const lease = leaseOf(key);
    if (lease === undefined || !this.#isToBeHad(lease)) return;
    const isDeleted = await table.delete(key, { counter: lease.counter }, NEVER);
    if (isDeleted) befall(OPERATOR, "deleted lease", `has deleted the lease of ${key}`);
  }

  /** Otherwise it would be lost for good: to those that follow on a shard, one without a lease is done. */
  #isToBeHad({ checkpoint, owner, parentShardIds, shardId }: Lease): boolean {
    const { leaseOf, shards } = this.#parts;
    const isUnread = owner === undefined && isSamePlace(checkpoint, UNREAD);
    const areParentsDone = parentShardIds.every((id) => {
      const parent = leaseOf(id);
      return parent === undefined || isEnded(parent);
    });
    const isLast = shards().some((shard) => shard.shardId === shardId && isOpen(shard));
    return isUnread && areParentsDone && isLast;
  }
}

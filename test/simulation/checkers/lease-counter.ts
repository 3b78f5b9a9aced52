// S1: each write to a lease adds one to its counter, so that the owner's next write fails if it was somebody else's. Left
// alone by it are only a wish, the word that leases were given up, and what is known of the shard.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isSamePlace } from "./lease-facts.ts";

export class LeaseCounter implements Checker {
  readonly name = "lease counter";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };

  #see({ after, before, key, process }: EntryOf<"table">): void {
    if (before === undefined || after === undefined) return;
    const by = after.counter - before.counter;
    if (by === 1) return;
    if (by !== 0) {
      const what = `${process} takes that of ${key} from ${before.counter} to ${after.counter}`;
      throw new BrokenInvariant(this.name, what, process);
    }
    const changed = ownersFieldChanged(before, after);
    if (changed === undefined) return;
    const what = `${process} changes the ${changed} of ${key} and leaves it at ${after.counter}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

/** The first field that only the owner, or who becomes it, may change. */
function ownersFieldChanged(before: Lease, after: Lease): string | undefined {
  const { hashKeyRange } = before;
  const isOther: Readonly<Record<string, boolean>> = {
    owner: before.owner !== after.owner || before.nativeOwner !== after.nativeOwner,
    checkpointOwner: before.checkpointOwner !== after.checkpointOwner,
    epoch: before.epoch !== after.epoch,
    ownerSwitches: before.ownerSwitches !== after.ownerSwitches,
    checkpoint: !isSamePlace(before.checkpoint, after.checkpoint),
    "pending checkpoint": !isSamePlace(
      before.pendingCheckpoint?.position,
      after.pendingCheckpoint?.position,
    ),
    halt: !isSamePlace(before.haltedAt, after.haltedAt),
    "start time":
      before.latestSinceMs !== after.latestSinceMs ||
      before.initialTimestampMs !== after.initialTimestampMs,
    "stream epoch": before.streamEpoch !== after.streamEpoch,
    parents: before.parentShardIds.join() !== after.parentShardIds.join(),
    // Of what is known already nothing is taken back.
    children: before.childShardIds.some((childId) => !after.childShardIds.includes(childId)),
    "hash range":
      hashKeyRange !== undefined &&
      (hashKeyRange.start !== after.hashKeyRange?.start ||
        hashKeyRange.end !== after.hashKeyRange.end),
  };
  return Object.keys(isOther).find((field) => isOther[field]);
}

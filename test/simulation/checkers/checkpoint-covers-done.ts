// S4: a checkpoint covers only what is done: every record of the shard up to it that belongs there was returned from by a
// handler, skipped by policy, or dead-lettered; at SHARD_END all of them.
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { nameOf } from "../evidence/sim-record.ts";
import type { StoredRecords } from "../evidence/stored-records.ts";

export class CheckpointCoversDone implements Checker {
  readonly name = "checkpoint covers only what is done";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #stored: StoredRecords;
  /** By shard: so many of its records, from the first on, are known to be done, so that none is looked at twice. */
  readonly #done = new Map<string, number>();

  constructor(stored: StoredRecords) {
    this.#stored = stored;
  }

  #see({ after, before, process }: EntryOf<"table">): void {
    if (after === undefined) return;
    const { checkpoint, shardId } = after;
    if (before !== undefined && comparePositions(checkpoint, before.checkpoint) === 0) return;
    const covered = this.#stored.countUpTo(shardId, checkpoint);
    if (covered === undefined) this.#break(after, process, "where nothing is stored");
    const inOrder = this.#stored.ofShard(shardId);
    let done = this.#done.get(shardId) ?? 0;
    for (; done < covered; done += 1) {
      const stored = inOrder[done];
      if (stored === undefined || stored.isHandled || !stored.isInRange) continue;
      if (stored.isPassedOver) continue;
      this.#break(after, process, `behind ${nameOf(stored.record)}, which nobody has handled`);
    }
    this.#done.set(shardId, done);
  }

  #break(
    { checkpoint, shardId }: { readonly shardId: string; readonly checkpoint: Position },
    process: string,
    problem: string,
  ): never {
    const { sequenceNumber, subSequenceNumber } = checkpoint;
    const at = `${sequenceNumber}#${subSequenceNumber}`;
    const what = `${process} checkpoints ${shardId} at ${at}, ${problem}`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

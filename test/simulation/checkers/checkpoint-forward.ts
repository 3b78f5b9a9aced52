// S3: a checkpoint never goes back, and moves to records and to the shard's end only. One that was announced is ahead of
// it, and goes only when it is reached or when another is announced. The KCL begins where a read that may lag behind tells
// it to, so its checkpoints may go back, and each takes away what was announced.
import { comparePositions, isSentinel } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl } from "../fleet/worker-name.ts";
import { isEnded, isSamePlace, placeText } from "./lease-facts.ts";

export class CheckpointForward implements Checker {
  readonly name = "checkpoint forward";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };

  #see({ after, before, key, process }: EntryOf<"table">): void {
    if (before === undefined || after === undefined || isOfKcl(process)) return;
    const what = problemOf(before, after);
    if (what !== undefined) throw new BrokenInvariant(this.name, `${key}: ${what}`, process);
  }
}

function problemOf(before: Lease, after: Lease): string | undefined {
  const { checkpoint, pendingCheckpoint: pending } = after;
  const [from, to] = [placeText(before.checkpoint), placeText(checkpoint)];
  const by = comparePositions(checkpoint, before.checkpoint);
  if (by < 0) return `it goes back from ${from} to ${to}`;
  if (by > 0 && isSentinel(checkpoint) && !isEnded(after)) return `it goes from ${from} to ${to}`;
  const told = before.pendingCheckpoint?.position;
  if (pending === undefined) {
    const isReached = told === undefined || comparePositions(told, checkpoint) <= 0;
    return isReached ? undefined : `what was announced at ${placeText(told)} is gone at ${to}`;
  }
  if (comparePositions(pending.position, checkpoint) > 0) return undefined;
  const isNew = !isSamePlace(told, pending.position);
  const at = placeText(pending.position);
  return `${at} is ${isNew ? "announced" : "still announced"} at ${to}`;
}

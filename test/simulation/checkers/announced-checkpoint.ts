// What an application is told when a shard begins is what the lease table holds: the checkpoint, and the one that was
// announced, with the bytes that were announced with just that one; at the end of a shard its last record stands for it.
import { comparePositions, SHARD_END } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { announcement } from "../evidence/announcement.ts";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isSamePlace, placeText } from "./lease-facts.ts";

export class AnnouncedCheckpoint implements Checker {
  readonly name = "announced checkpoint";
  readonly sights = {
    begun: (entry: EntryOf<"begun">): void => this.#seeBegun(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
  };
  readonly #leaseOf: (shardId: string) => Lease | undefined;

  constructor(leaseOf: (shardId: string) => Lease | undefined) {
    this.#leaseOf = leaseOf;
  }

  /** Of a lease that was lost meanwhile nothing can be said. */
  #seeBegun({ checkpoint, epoch, pending, process, shardId }: EntryOf<"begun">): void {
    const lease = this.#leaseOf(shardId);
    if (lease?.epoch !== epoch) return;
    const stands = lease.pendingCheckpoint;
    const isTrue =
      comparePositions(checkpoint, lease.checkpoint) === 0 &&
      isSamePlace(pending?.position, stands?.position) &&
      isSameBytes(pending?.state, stands?.state);
    if (isTrue) return;
    const told = pending === undefined ? "" : ` and ${placeText(pending.position)}`;
    const what = `${process} is told that ${shardId} begins at ${placeText(checkpoint)}${told}`;
    throw new BrokenInvariant(this.name, what, process);
  }

  #seeWrite({ after, before, key, process }: EntryOf<"table">): void {
    const pending = after?.pendingCheckpoint;
    if (pending === undefined || pending === before?.pendingCheckpoint) return;
    const { epoch } = before ?? { epoch: 0 };
    const known = before?.pendingCheckpoint;
    const isKept =
      isSamePlace(pending.position, known?.position) && isSameBytes(pending.state, known?.state);
    const isEnd = comparePositions(pending.position, SHARD_END) === 0;
    if (isKept || isEnd || isSameBytes(pending.state, announcement(epoch, pending.position)))
      return;
    const bytes = Buffer.from(pending.state ?? []).toString("latin1");
    const what = `${process} announces ${placeText(pending.position)} of ${key} with "${bytes}"`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

function isSameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

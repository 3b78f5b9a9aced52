// S11: a lease is created where there is none, owned by nobody and unread; it is deleted when its shard was read to its end,
// no parent of it has a lease any more, and each of its children has been begun, or when the stream has forgotten it. Then
// it is not created again: all of its shard would be read again.
import { parentIdsOf, type Shard } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { isOfKcl, OPERATOR } from "../fleet/worker-name.ts";
import { isEnded } from "./lease-facts.ts";

/** Checkpoints of a shard of which nothing was read. LATEST counts as begun: it stands for a time, as is written in it. */
const UNREAD: ReadonlySet<string> = new Set(["TRIM_HORIZON", "AT_TIMESTAMP"]);

export class CreatedAndDeleted implements Checker {
  readonly name = "created and deleted";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #shards: () => readonly Shard[];
  readonly #leaseOf: (shardId: string) => Lease | undefined;
  readonly #deleted = new Set<string>();

  constructor(shards: () => readonly Shard[], leaseOf: (shardId: string) => Lease | undefined) {
    this.#shards = shards;
    this.#leaseOf = leaseOf;
  }

  #see({ after, before, isCreation, key, process }: EntryOf<"table">): void {
    const problem = isCreation
      ? (creationProblem(before, after) ?? this.#returnProblem(key, process))
      : before !== undefined && after === undefined
        ? this.#deletionProblem(before)
        : undefined;
    // What an operator deletes was not read.
    if (after === undefined && process !== OPERATOR) this.#deleted.add(key);
    // The KCL and whoever deletes by hand have rules of their own for that.
    const isFree = isOfKcl(process) || process === OPERATOR;
    if (problem === undefined || (!isCreation && isFree)) return;
    const what = `${process} ${isCreation ? "creates" : "deletes"} ${key}, ${problem}`;
    throw new BrokenInvariant(this.name, what, process);
  }

  /** The KCL creates what it does not see. */
  #returnProblem(key: string, process: string): string | undefined {
    return this.#deleted.has(key) && !isOfKcl(process) ? "which was read and deleted" : undefined;
  }

  #deletionProblem(lease: Lease): string | undefined {
    const { parentShardIds, shardId } = lease;
    const shards = this.#shards();
    if (!shards.some((shard) => shard.shardId === shardId)) return undefined;
    if (!isEnded(lease)) return "which is not read to its end";
    const parentId = parentShardIds.find((id) => this.#leaseOf(id) !== undefined);
    if (parentId !== undefined) return `whose parent ${parentId} is still there`;
    const unread = shards.find((child) => {
      return parentIdsOf(child).includes(shardId) && !this.#isBegun(child.shardId);
    });
    return unread === undefined ? undefined : `of whose child ${unread.shardId} nothing is read`;
  }

  #isBegun(shardId: string): boolean {
    const lease = this.#leaseOf(shardId);
    return lease !== undefined && !UNREAD.has(lease.checkpoint.sequenceNumber);
  }
}

function creationProblem(before: Lease | undefined, after: Lease | undefined): string | undefined {
  if (before !== undefined) return "which is there";
  if (after === undefined) return "which is not there then";
  if (after.owner !== undefined) return `as a lease of ${after.owner}`;
  return isEnded(after) || after.counter > 0 ? "as a lease that was read" : undefined;
}

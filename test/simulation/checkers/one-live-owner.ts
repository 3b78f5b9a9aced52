// Whoever delivers a record has the shard's lease at that moment. One of ours from whom a worker of the KCL has stolen it
// may not have heard of that yet, but not for longer than a lease lasts; the KCL's own workers deliver until they do.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker, type EntryOf } from "../evidence/journal.ts";
import { isOfKcl } from "../fleet/worker-name.ts";

/** The clocks of the robbed may be slow. */
const DRIFT = 1.02;

export class OneLiveOwner implements Checker {
  readonly name = "one live owner";
  readonly sights = {
    delivered: (entry: EntryOf<"delivered">): void => this.#see(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
  };
  readonly #leaseOf: (shardId: string) => Lease | undefined;
  readonly #failoverMs: number;
  /** When who last wrote to which lease as its owner, by both; from others than the KCL nobody takes it before its time. */
  readonly #writtenAtMs = new Map<string, number>();

  constructor(leaseOf: (shardId: string) => Lease | undefined, failoverMs: number) {
    this.#leaseOf = leaseOf;
    this.#failoverMs = failoverMs;
  }

  #see({ atMs, process, shardId }: EntryOf<"delivered">): void {
    const owner = this.#leaseOf(shardId)?.owner;
    if (owner === process || isOfKcl(process)) return;
    const writtenAtMs = this.#writtenAtMs.get(nameOf(shardId, process));
    if (writtenAtMs !== undefined && atMs - writtenAtMs <= this.#failoverMs * DRIFT) return;
    const what = `${process} delivers from ${shardId}, whose owner is ${owner ?? "nobody"}`;
    throw new BrokenInvariant(this.name, what, process, ...(owner === undefined ? [] : [owner]));
  }

  #seeWrite({ after, atMs, before, key, process }: EntryOf<"table">): void {
    const owner = after?.owner;
    if (owner === process) this.#writtenAtMs.set(nameOf(key, process), atMs);
    const wasOwner = before?.owner;
    if (wasOwner === undefined || wasOwner === owner || isOfKcl(owner)) return;
    this.#writtenAtMs.delete(nameOf(key, wasOwner));
  }
}

function nameOf(key: string, process: string): string {
  return `${key} of ${process}`;
}

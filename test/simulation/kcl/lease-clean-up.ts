// How a worker of the KCL 2.x deletes leases of shards that have ended (LeaseCleanupManager): those that it held itself,
// once their children have begun and their parents' leases are gone, not more often than every five minutes.
import type { Lease } from "@shardline/consumer";
import { apiFailureOf, type Clock, type KinesisApi } from "@shardline/core";
import type { KclTable } from "./kcl-table.ts";

export interface LeaseCleanUpOptions {
  readonly stream: string;
  readonly kinesis: KinesisApi;
  readonly table: KclTable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A lease to delete, as it was held. */
interface Pending {
  readonly lease: Lease;
  readonly token: number;
}

const COMPLETED_MS = 300_000;
const GARBAGE_MS = 1_800_000;

export class LeaseCleanUp {
  readonly #options: LeaseCleanUpOptions;
  #pending: readonly Pending[] = [];
  #completedSinceMs: number;
  #garbageSinceMs: number;

  constructor(options: LeaseCleanUpOptions) {
    this.#options = options;
    this.#completedSinceMs = options.clock.nowMs();
    this.#garbageSinceMs = options.clock.nowMs();
  }

  has(key: string, token: number): boolean {
    return this.#pending.some((one) => one.lease.key === key && one.token === token);
  }

  enqueue(lease: Lease, token: number): void {
    this.#pending = [...this.#pending, { lease, token }];
  }

  /** One look at what is pending, made every minute. */
  async run(): Promise<void> {
    const { clock } = this.#options;
    const isForCompleted = (): boolean => clock.nowMs() - this.#completedSinceMs >= COMPLETED_MS;
    const isForGarbage = (): boolean => clock.nowMs() - this.#garbageSinceMs >= GARBAGE_MS;
    if (!isForCompleted() && !isForGarbage()) return;
    const batch = this.#pending;
    this.#pending = [];
    let hasDeleted = { completed: false, garbage: false };
    for (const pending of batch) {
      const outcome = await this.#cleanUp(pending, isForCompleted(), isForGarbage());
      if (outcome === "kept") this.#pending = [...this.#pending, pending];
      else hasDeleted = { ...hasDeleted, [outcome]: true };
    }
    if (hasDeleted.completed) this.#completedSinceMs = clock.nowMs();
    if (hasDeleted.garbage) this.#garbageSinceMs = clock.nowMs();
  }

  async #cleanUp(
    { lease }: Pending,
    isForCompleted: boolean,
    isForGarbage: boolean,
  ): Promise<"completed" | "garbage" | "kept"> {
    const { table } = this.#options;
    try {
      const isDeleted = isForCompleted && (await this.#deleteCompleted(lease));
      if (isForGarbage && !isForCompleted) await this.#childrenOf(lease);
      return isDeleted ? "completed" : "kept";
    } catch (error) {
      const kind = apiFailureOf(error)?.kind;
      if (kind === undefined) throw error;
      if (kind !== "missing") return "kept";
      await table.delete(lease.key);
      return "garbage";
    }
  }

  async #deleteCompleted(lease: Lease): Promise<boolean> {
    const { table } = this.#options;
    const current = await table.get(lease.key);
    if (current === undefined) return true;
    let childIds: readonly string[] = current.childShardIds;
    if (childIds.length === 0) {
      childIds = await this.#childrenOf(lease);
      if (childIds.length > 0) {
        await table.updateMetaInfo(lease.key, { childShardIds: childIds });
      }
    }
    for (const childId of childIds) {
      const child = await table.get(childId);
      if (child === undefined || hasNotBegun(child)) return false;
    }
    for (const parentId of lease.parentShardIds) {
      if ((await table.get(parentId)) !== undefined) return false;
    }
    await table.delete(lease.key);
    return true;
  }

  /** The answer to a read from the end of a closed shard names them. */
  async #childrenOf({ shardId }: Lease): Promise<readonly string[]> {
    const { kinesis, signal, stream } = this.#options;
    const request = { stream: { name: stream }, shardId, start: { type: "LATEST" } } as const;
    const iterator = await kinesis.getShardIterator(request, signal);
    const read = { stream: { name: stream }, iterator, limit: 1 };
    const { next } = await kinesis.getRecords(read, signal);
    return next.kind === "shard-end" ? next.childShards.map((child) => child.shardId) : [];
  }
}

/** LATEST counts as begun. */
function hasNotBegun({ checkpoint }: Lease): boolean {
  return ["TRIM_HORIZON", "AT_TIMESTAMP"].includes(checkpoint.sequenceNumber);
}

// How a worker of the KCL 2.x makes the leases that are missing (HierarchicalShardSyncer, ShardSyncTask, and
// PeriodicShardSyncManager): for an empty table those of the initial position, later those that no lease leads to.
import type { Lease } from "@shardline/consumer";
import {
  type ChildShard,
  type Clock,
  isOpen,
  type KinesisApi,
  listAllShards,
  parentIdsOf,
  type Shard,
  sentinelPosition,
  sleep,
  tilesHashSpace,
} from "@shardline/core";
import { firstHole } from "./hash-range-hole.ts";
import { isCompleted } from "./kcl-lease.ts";
import type { KclTable } from "./kcl-table.ts";
import { type KclPosition, kclMissingLeases } from "./missing-leases.ts";
import { forgiving, KclException } from "./repeat.ts";

export interface ShardSyncOptions {
  readonly stream: string;
  readonly initialPosition: "TRIM_HORIZON" | "LATEST";
  readonly kinesis: KinesisApi;
  readonly table: KclTable;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What runs until the worker ends. */
  readonly start: (work: Promise<unknown>) => void;
}

/** `shardSyncIntervalMillis`: a task that has looked at the shards rests for so long. */
const IDLE_MS = 60_000;
/** At a start, the shards must cover the stream in one of so many listings. */
const LISTINGS = 3;
const BETWEEN_LISTINGS_MS = 1000;
/** The same hole is closed when it is found so many times in a row. */
const HOLES_IN_A_ROW = 3;

export class ShardSync {
  readonly #options: ShardSyncOptions;
  #hole: { readonly name: string; readonly times: number } | undefined;
  #isSyncing = false;

  constructor(options: ShardSyncOptions) {
    this.#options = options;
  }

  /** One task, with its rest. */
  async sync(): Promise<void> {
    const { clock, signal } = this.#options;
    if (await this.#createMissing()) await sleep(clock, IDLE_MS, signal);
  }

  /** What the leader does every two minutes. */
  async audit(): Promise<void> {
    const leases = await this.#options.table.list();
    if (!(await this.#isSyncDue(leases)) || this.#isSyncing) return;
    this.#isSyncing = true;
    const task = forgiving(() => this.sync()).finally(() => {
      this.#isSyncing = false;
    });
    this.#options.start(task);
  }

  async #isSyncDue(leases: readonly Lease[]): Promise<boolean> {
    if (leases.length === 0) return true;
    const name = firstHole(await this.#withRanges(leases.filter((lease) => !isCompleted(lease))));
    const times = name === this.#hole?.name ? (this.#hole?.times ?? 0) + 1 : 1;
    this.#hole = name === undefined ? undefined : { name, times };
    return name !== undefined && times >= HOLES_IN_A_ROW;
  }

  /** Ranges that are missing are written into the items. */
  async #withRanges(leases: readonly Lease[]): Promise<readonly Lease[]> {
    if (leases.every(({ hashKeyRange }) => hashKeyRange !== undefined)) return leases;
    const shards = new Map((await this.#listShards()).map((shard) => [shard.shardId, shard]));
    const filled: Lease[] = [];
    for (const lease of leases) {
      const hashKeyRange = lease.hashKeyRange ?? shards.get(lease.shardId)?.hashKeyRange;
      if (hashKeyRange === undefined) continue;
      filled.push({ ...lease, hashKeyRange });
      if (lease.hashKeyRange !== undefined) continue;
      await this.#options.table.updateMetaInfo(lease.key, { hashKeyRange });
    }
    return filled;
  }

  /** `false` if no shards are known. */
  async #createMissing(): Promise<boolean> {
    const { initialPosition, table } = this.#options;
    const isTableEmpty = (await table.list()).length === 0;
    const shards = isTableEmpty ? await this.#initialShards() : await this.#listShards();
    if (shards.length === 0) return false;
    if (hasOpenParent(shards)) throw new KclException("listed while a shard was split or merged");
    const leased = new Set((await table.list()).map(({ shardId }) => shardId));
    const missing = isTableEmpty
      ? new Map(shards.map(({ shardId }) => [shardId, initialPosition as KclPosition]))
      : kclMissingLeases(shards, leased, initialPosition);
    for (const shard of [...shards].sort(inOrderOfStart)) {
      const at = missing.get(shard.shardId);
      if (at !== undefined) await table.create(newLease(shard, at));
    }
    return true;
  }

  async #initialShards(): Promise<readonly Shard[]> {
    const { clock, initialPosition, kinesis, signal, stream } = this.#options;
    const type = initialPosition === "LATEST" ? "AT_LATEST" : "AT_TRIM_HORIZON";
    for (let listing = 0; listing < LISTINGS; listing += 1) {
      const shards = await listAllShards(kinesis, { name: stream }, { type }, signal);
      if (tilesHashSpace(shards.flatMap(({ hashKeyRange }) => hashKeyRange ?? []))) return shards;
      await sleep(clock, BETWEEN_LISTINGS_MS, signal);
    }
    throw new KclException("the shards do not cover the stream");
  }

  #listShards(): Promise<Shard[]> {
    const { kinesis, signal, stream } = this.#options;
    return listAllShards(kinesis, { name: stream }, undefined, signal);
  }
}

/** The lease of a child, as the worker makes it that has read a parent to its end. */
export function leaseOfChild({ hashKeyRange, parentShardIds, shardId }: ChildShard): Lease {
  const shard = { shardId, startingSequenceNumber: "0", ...(hashKeyRange && { hashKeyRange }) };
  return { ...newLease(shard, "TRIM_HORIZON"), parentShardIds };
}

function newLease(shard: Shard, at: KclPosition): Lease {
  return {
    key: shard.shardId,
    shardId: shard.shardId,
    counter: 0,
    ownerSwitches: 0,
    checkpoint: sentinelPosition(at),
    parentShardIds: parentIdsOf(shard),
    childShardIds: [],
    epoch: 0,
    ...(shard.hashKeyRange && { hashKeyRange: shard.hashKeyRange }),
  };
}

function hasOpenParent(shards: readonly Shard[]): boolean {
  const open = new Set(shards.filter(isOpen).map(({ shardId }) => shardId));
  return shards.some((shard) => parentIdsOf(shard).some((id) => open.has(id)));
}

function inOrderOfStart(a: Shard, b: Shard): number {
  const byNumber = BigInt(a.startingSequenceNumber) - BigInt(b.startingSequenceNumber);
  if (byNumber !== 0n) return byNumber < 0n ? -1 : 1;
  return a.shardId < b.shardId ? -1 : 1;
}

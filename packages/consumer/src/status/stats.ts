// What `stats` tells. Everything is as this worker knows it at the moment; nothing is asked for.
import type { Position } from "@shardline/core";
import type { ReadMode } from "../batch/read-mode.ts";
import type { HandlingCounts } from "../handling/handling-tally.ts";
import type { LeaseTableUsage } from "../lease/lease-table.ts";
import type { ShardState } from "../shard/shard-life.ts";

/** How fast records are done, over the last minute. */
interface Throughput {
  /** User records. */
  readonly recordsPerSecond: number;
  /** Their data. */
  readonly bytesPerSecond: number;
}

/** How far behind the tip of the stream records are done. */
interface Lag {
  /**
   * How long ago Kinesis took the oldest record that is not done, in ms; where none is known of, how far the last read
   * was behind the tip, and the time since, if it has been unusually long. `undefined` until there was a read.
   */
  readonly lagMs: number | undefined;
  /** `lagMs` over the retention period of the stream: at 1 records are lost. `undefined` while either is unknown. */
  readonly retentionRisk: number | undefined;
  /**
   * How long it takes to catch up if it goes on as in the last minute, in ms; `Infinity` if it falls back or stands still,
   * `undefined` where nothing tells.
   */
  readonly catchUpMs: number | undefined;
}

/** How one shard stands. */
export interface ShardStats extends Throughput, Lag {
  readonly shardId: string;
  /** Where many streams are read: the label of its own. */
  readonly stream?: string;
  readonly leaseEpoch: number;
  /** A halted shard rests at a record; a paused one waits for `resume`. */
  readonly state: ShardState | "halted" | "paused";
  /** Everything up to here is done. */
  readonly position: Position;
  /** What the lease table says of that: a worker that takes over begins behind it. */
  readonly checkpoint: Position;
  /** By what the last read came; `undefined` until there was one. */
  readonly readMode: ReadMode | undefined;
  /** How far the last read was behind the tip of the shard, in ms. */
  readonly millisBehindLatest: number | undefined;
  /** How long ago that was, in ms. */
  readonly readAgoMs: number | undefined;
  /** How long the present batch has not been done, in ms; 0 if there is none. */
  readonly inHandForMs: number;
}

/** How a consumer stands: of `Lag` the worst of its shards, of `Throughput` all of them together. */
export interface ConsumerStats extends Throughput, Lag {
  readonly workerId: string;
  /** Leases that this worker holds. */
  readonly leases: number;
  /** Items of the lease table that no lease can be read from, at this worker's last look; `health` names them. */
  readonly unreadableLeases: number;
  /** Those shards, and those of lost leases whose handlers have not returned. */
  readonly shards: readonly ShardStats[];
  /** What became of the records since the start. */
  readonly records: HandlingCounts;
  /** What this worker's calls to the lease table have consumed; `undefined` for one that charges nothing. */
  readonly leaseTable: LeaseTableUsage | undefined;
}

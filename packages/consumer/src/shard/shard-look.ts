// What a shard's runner shows of itself to whoever watches.
import type { Position } from "@shardline/core";
import type { ShardState } from "./shard-life.ts";
import type { ShardProgress } from "./shard-meter.ts";

export interface ShardLook {
  readonly shardId: string;
  /** What the application calls the stream; `undefined` where only one is read. */
  readonly stream?: string | undefined;
  /** How long that keeps records; `undefined` until it was described. */
  readonly retentionMs?: number | undefined;
  readonly leaseEpoch: number;
  readonly state: ShardState;
  readonly isPaused: boolean;
  /** Where it is halted, if it is. */
  readonly haltedAt: Position | undefined;
  /** Everything up to here is done. */
  readonly position: Position;
  /** What the lease table says of that. */
  readonly checkpoint: Position;
  readonly progress: ShardProgress;
}

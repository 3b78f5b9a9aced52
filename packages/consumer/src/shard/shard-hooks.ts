// What an application may do at the turns of a shard's life; hook-caller.ts calls it.
import type { Position } from "@shardline/core";
import type { ShardContext } from "../batch/handler.ts";
import type { PendingCheckpoint } from "../lease/lease.ts";

/** Where a shard is continued. */
export interface ShardStart {
  /** Everything up to here is done: a record's position, or a sentinel such as TRIM_HORIZON. */
  readonly checkpoint: Position;
  /** A checkpoint that was prepared and not made before the shard changed hands. */
  readonly pendingCheckpoint?: PendingCheckpoint;
}

type HookResult = Promise<void> | void;

/**
 * Called at the turns of a shard's life; never while a batch of the shard is handled. So where a handler, or a hook, has
 * not returned when the time to drain is over, none is called any more.
 */
export interface ShardHooks {
  /** A lease was taken: once for each time, before the first batch. Repeated until it returns. */
  readonly onShardStarted?: ((shard: ShardContext, start: ShardStart) => HookResult) | undefined;
  /** The lease was lost: others may read the shard already, nothing can be checkpointed. Called once. */
  readonly onLeaseLost?: ((shard: ShardContext) => HookResult) | undefined;
  /**
   * Every record of a closed shard is done. Repeated until it returns; then the end is written down. With manual
   * checkpoints it has to call `shard.checkpoint()`, unless the last record is checkpointed already.
   */
  readonly onShardEnded?: ((shard: ShardContext) => HookResult) | undefined;
  /**
   * The lease is about to be given up, because the worker drains or another one of ours asked for it: the last chance to
   * checkpoint. Called once.
   */
  readonly onShutdownRequested?: ((shard: ShardContext) => HookResult) | undefined;
}

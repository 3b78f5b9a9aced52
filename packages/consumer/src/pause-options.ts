// What `pause` and `resume` take. A word too much or misspelt would stop every shard instead of one, so it is refused.
import { type Check, group, optional, parsed, resolveOptions } from "@shardline/core";

/** Which shards to pause, or to go on with. */
export interface PauseOptions {
  /** One shard. @defaultValue all of them */
  readonly shardId?: string;
}

const pauseOptions: Check<{ readonly shardId: string | undefined }> = group({
  shardId: optional(parsed("the id of a shard", (text) => text || undefined)),
});

/**
 * The shard that is meant; `undefined` for all.
 * @throws KinesisError INVALID_OPTIONS
 */
export function pausedShardOf(
  method: "pause" | "resume",
  options: PauseOptions | undefined,
): string | undefined {
  return resolveOptions(method, pauseOptions, options).shardId;
}

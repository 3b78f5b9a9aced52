// What can happen to a stream at the end of UPDATING, as plain JSON: it outlives the process that began it.
import type { StreamSettings } from "./stream-settings.ts";

/** A change of a stream's shards. */
export type Reshard =
  | {
      readonly kind: "split";
      readonly shardId: string;
      /** The first hash key of the upper child, in decimals. */
      readonly at: string;
    }
  | { readonly kind: "merge"; readonly shardId: string; readonly adjacentId: string }
  | { readonly kind: "scale"; readonly shardCount: number };

/** Opens a shard for each MiB per second, unless there are more already; settings change with them. */
export interface WarmUp {
  readonly kind: "warm-up";
  readonly miBps: number;
  readonly settings: Partial<StreamSettings>;
}

/** A change of a stream. */
export type StreamChange =
  | Reshard
  | WarmUp
  | { readonly kind: "settings"; readonly settings: Partial<StreamSettings> };

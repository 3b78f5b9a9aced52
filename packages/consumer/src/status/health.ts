// What `health` tells: whether the consumer does its work, and everything that is in the way.
import type { Position } from "@shardline/core";
import type { UnreadableLease } from "../lease/unreadable-plan.ts";
import type { ShardHooks } from "../shard/shard-hooks.ts";

/**
 * - `starting`: the lease table and the stream are looked at.
 * - `ready`: nothing is wrong.
 * - `degraded`: it works or will go on by itself, and something is in the way; a restart would not help.
 * - `draining`: it is about to end.
 * - `down`: nothing is consumed here, and nothing will be: `run` was not called, or is over.
 */
export type HealthStatus = "starting" | "ready" | "degraded" | "draining" | "down";

/** Something that is wrong or under way; `forMs`: for how long. */
export type HealthReason =
  | { readonly kind: "not-started" | "starting" | "draining" | "stopped" }
  /** The stream does not exist, or not any more; `run` has rejected. */
  | { readonly kind: "stream-gone"; readonly error: unknown }
  /** `run` has rejected with this. */
  | { readonly kind: "failed"; readonly error: unknown }
  /** Nothing ran in this process for so long, a short time ago. */
  | { readonly kind: "event-loop-blocked"; readonly blockedMs: number }
  /** Leases that were not renewed when they were due; they are lost after the failover time. */
  | {
      readonly kind: "leases-not-renewed";
      /** Where many streams are read: the one that they are of. */
      readonly stream?: string;
      readonly shardIds: readonly string[];
      /** The longest of them. */
      readonly forMs: number;
    }
  /** Calls to the lease table fail again and again. */
  | { readonly kind: "lease-table-failing"; readonly forMs: number; readonly reason: string }
  /**
   * Items of the lease table cannot be read as leases: nobody reads their shards, and the children of these wait. All goes
   * on by itself when they are mended.
   */
  | { readonly kind: "leases-unreadable"; readonly leases: readonly UnreadableLease[] }
  /** The shards of the stream cannot be listed, or make no sense: none that is new is found. */
  | {
      readonly kind: "shard-sync-failing";
      /** Where many streams are read: which. */
      readonly stream?: string;
      readonly forMs: number;
      readonly reason: string;
    }
  /** One of many streams cannot be read; it is tried again, and the others go on. */
  | {
      readonly kind: "stream-failing";
      readonly stream: string;
      readonly forMs: number;
      readonly error: unknown;
    }
  /** Which streams there are cannot be found out; those that were read go on. */
  | { readonly kind: "stream-list-failing"; readonly forMs: number; readonly reason: string }
  | ShardReason;

/** Something that is wrong with one shard; `forMs`: since it came a step further, or was read. */
export type ShardReason = {
  readonly shardId: string;
  /** Where many streams are read: the label of its own. */
  readonly stream?: string;
  readonly forMs: number;
} & (
  | { readonly kind: "paused" }
  /** The handler keeps failing on the record there. */
  | { readonly kind: "shard-halted"; readonly at: Position }
  /** Reading fails again and again. */
  | { readonly kind: "read-failing"; readonly reason: string }
  /** A step before or behind the reading fails at AWS. */
  | { readonly kind: "shard-stalled"; readonly reason: string }
  /** The handler has taken longer than `onFailure.timeoutMs`, and has not returned or failed since. */
  | { readonly kind: "handler-timed-out" }
  /** The dead-letter sink fails on a record. */
  | { readonly kind: "dead-letter-failing"; readonly error: unknown }
  | { readonly kind: "hook-failing"; readonly hook: keyof ShardHooks; readonly error: unknown }
  /**
   * Records behind this place were not read for as long as the stream keeps them, and may be lost: told for an hour, since
   * when is `forMs`.
   */
  | { readonly kind: "records-aged-out"; readonly sequenceNumber: string }
  /** Records are done later than `lagWarningMs` after they came. */
  | { readonly kind: "lag-exceeded"; readonly lagMs: number }
);

/** How a consumer is. */
export interface ConsumerHealth {
  readonly status: HealthStatus;
  /** None if it is ready. */
  readonly reasons: readonly HealthReason[];
}

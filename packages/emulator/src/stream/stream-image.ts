// What has to be remembered of streams, as plain JSON: everything but records, and but what limits have counted.
import type { BillingCommitment } from "./billing-commitment.ts";
import type { StreamChange } from "./stream-change.ts";
import type { ShardLog } from "./shard-log.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** A stream. All times are epoch milliseconds. */
export interface StreamImage {
  readonly name: string;
  /** What it was created with. */
  readonly shardCount: number;
  readonly createdAtMs: number;
  readonly createdSeconds: number;
  readonly settings: StreamSettings;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly resourcePolicy?: string;
  readonly status: "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";
  /** What is still to happen at the end of UPDATING. */
  readonly change?: StreamChange;
  /** How many shards there ever were. */
  readonly shardsEver: number;
  readonly lastCreatedSeconds: number;
  readonly consumers: readonly ConsumerImage[];
}

/** A registered consumer. */
export interface ConsumerImage {
  readonly name: string;
  readonly createdAtMs: number;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly resourcePolicy?: string;
  readonly status: "CREATING" | "ACTIVE" | "DELETING";
}

/** A shard. */
export interface ShardImage {
  readonly index: number;
  /** Hash keys, in decimals. */
  readonly start: string;
  readonly end: string;
  readonly parentIds: readonly string[];
  readonly createdAtMs: number;
  readonly createdSeconds: number;
  /** In turn the first index of a run of records that is encrypted and of one that is not. */
  readonly encryptedTurns: readonly number[];
  /** Absent while it is open. */
  readonly closedAtMs?: number;
  /** The index that its next record gets at the least. */
  readonly nextIndex: number;
  /** When its newest record arrived; `null` before the first one. */
  readonly lastArrivalMs: number | null;
}

/** What a namespace remembers beside its streams. */
export interface NamespaceImage {
  /** The latest time in the numbers of streams that are gone, in epoch seconds. */
  readonly lastGoneSeconds: number;
  /** As it was when the account last changed it. */
  readonly commitment: BillingCommitment;
}

/** A stream that was, with all that it holds. */
export interface PastStream {
  readonly id: number;
  readonly image: StreamImage;
  /** Records before this time are trimmed, whatever settings or clock do. */
  readonly horizonMs: number;
  /** In the order of their indexes. */
  readonly shards: readonly PastShard[];
}

/** A shard that was. */
export interface PastShard {
  readonly image: ShardImage;
  readonly log: ShardLog;
}

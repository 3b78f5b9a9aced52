// What reading a shard and keeping up with the stream's shards tells.
import type { ApiFailureKind } from "@shardline/core";
import type { ExpiryCause, IteratorWaits } from "../polling/iterator-expiry.ts";
import type { ShardHooks } from "./shard-hooks.ts";

/** The calls that read. */
export type ReadOperation = "GetShardIterator" | "GetRecords" | "SubscribeToShard";

/** Event name to payload. */
export type ShardEvents = {
  /** Reading begins. */
  shardStarted: {
    readonly shardId: string;
    /** A sequence number, or a sentinel such as TRIM_HORIZON. */
    readonly sequenceNumber: string;
    readonly subSequenceNumber: number;
  };
  /** Every record of a closed shard is handled; its children come next. */
  shardEnded: { readonly shardId: string; readonly childShardIds: readonly string[] };
  /**
   * A shard that was not read to its end has aged out of the stream: what followed this position was never read. It
   * counts as done.
   */
  shardAgedOut: {
    readonly shardId: string;
    readonly sequenceNumber: string;
    readonly subSequenceNumber: number;
  };
  /** A shard was read. */
  recordsFetched: {
    readonly shardId: string;
    readonly records: number;
    /** Of data and partition keys. */
    readonly bytes: number;
    readonly millisBehindLatest: number;
    readonly durationMs: number;
  };
  /** Reading a shard failed; it goes on where it was. */
  readFailed: {
    readonly shardId: string;
    readonly operation: ReadOperation;
    readonly kind: ApiFailureKind;
    readonly reason: string;
    readonly retryAfterMs: number;
  };
  /** Reading a shard is refused again and again, for want of permission or of a key; it is tried on, slowly. */
  readDenied: {
    readonly shardId: string;
    readonly operation: ReadOperation;
    readonly reason: string;
    /** Refusals in a row. */
    readonly tries: number;
  };
  /**
   * An iterator was refused for its age, or given up before it could be, because it lay unused for minutes; reading goes
   * on behind the last record with a new one.
   */
  iteratorExpired: IteratorWaits & {
    readonly shardId: string;
    readonly how: "refused" | "given-up";
    readonly ageMs: number;
    /** The likely one. */
    readonly cause: ExpiryCause;
    /** What to do about it. */
    readonly advice: string;
  };
  /**
   * The place behind which reading was to begin, or to go on, is older than what the stream keeps: what lay between it and
   * the first record that there is was not read, if there was anything. Told once for each such gap.
   */
  positionTrimmed: {
    readonly shardId: string;
    /** Of the last record that was checkpointed or read; a sentinel such as LATEST where there was none. */
    readonly sequenceNumber: string;
    /**
     * How long ago nothing was left unread: what came between then and the retention period may be gone. Absent at the
     * start from a checkpoint, because its time is not written down.
     */
    readonly behindMs: number | undefined;
    /** Where reading goes on; absent while there is no record. */
    readonly resumedAt: string | undefined;
    /** When that record arrived, in epoch milliseconds. */
    readonly resumedArrivedAtMs: number | undefined;
  };
  /**
   * A step before, between or behind reading and handling cannot be done yet: finding the parents done, asking whether a
   * record that is about to be left out belongs there, or creating the children. AWS failed it, or what it needs is not
   * there.
   */
  shardStalled: {
    readonly shardId: string;
    readonly reason: string;
    readonly retryAfterMs: number;
  };
  /**
   * A hook of the application failed. It is called again after a pause, unless it is one that is called once; then
   * `retryAfterMs` is absent.
   */
  hookFailed: {
    readonly shardId: string;
    readonly hook: keyof ShardHooks;
    readonly attempts: number;
    readonly retryAfterMs: number | undefined;
    readonly error: unknown;
  };
  /** Leases were created for shards that had none. */
  leasesCreated: { readonly shardIds: readonly string[] };
  /**
   * Shards whose leases were created for another start than the one that is configured: they begin at the time that
   * was written down then, or at their oldest record where none was.
   */
  startAtIgnored: {
    readonly shardIds: readonly string[];
    /** Epoch milliseconds, the earliest of them. */
    readonly initialTimestampMs: number | undefined;
  };
  /** No lease covers a range of hash keys, as was seen twice in a row: the leases that are missing are created. */
  hashKeysUncovered: {
    /** First and last hash key, in decimal. */
    readonly start: string;
    readonly end: string;
  };
  /** The hash ranges of leases that had none were written down. */
  hashRangesAdded: { readonly shardIds: readonly string[] };
  /** Leases of shards that were read to their end, and whose children have begun, were deleted. */
  leasesDeleted: { readonly shardIds: readonly string[] };
  /** The stream was deleted and created again under its name: its old leases were deleted, and reading begins anew. */
  streamRecreated: { readonly stream: string; readonly leasesDeleted: number };
  /** When the stream was created could not be found out, so that a re-created one may be noticed late. */
  streamUnidentified: { readonly stream: string; readonly reason: string };
  /** The stream's shards could not be compared with the leases; it is tried again. */
  shardSyncFailed: { readonly reason: string };
  /** The stream's shards and the leases could be compared again. */
  shardSyncRecovered: Readonly<Record<string, never>>;
};

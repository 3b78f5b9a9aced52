// Everything a consumer tells about its work, and how each is logged.
import type { LogTable } from "@shardline/core";
import type { BatchEvents } from "./batch/batch-events.ts";
import type { FanOutEvents } from "./fan-out/fan-out-events.ts";
import type { LeaseEvents } from "./lease/lease-events.ts";
import type { ConsumerSettings } from "./settings.ts";
import type { ShardEvents } from "./shard/shard-events.ts";
import type { StreamEvents } from "./stream/stream-events.ts";

type WorkerEvents = {
  /** `run` was called; the worker starts, with these settings. */
  started: { readonly settings: ConsumerSettings };
  /**
   * The client that was handed in opens a connection for every request, as the SDK's default for Kinesis does. Hand in
   * its configuration instead, or give it a `NodeHttpHandler`.
   */
  slowTransport: { readonly stream: string };
  /**
   * A phase of the start is over: the lease table is ready, the stream is known and the leases belong to it, the first
   * lease is taken, the first records are fetched.
   */
  startupPhaseEnded: {
    readonly phase: "table" | "stream" | "lease" | "records";
    /** Since `run` was called, in ms. */
    readonly sinceRunMs: number;
  };
  /** The worker stops taking leases and finishes what is in hand. */
  draining: { readonly leases: number };
  /** `pause` was called for a shard, for a stream, or for all of them. */
  paused: { readonly shardId: string | undefined; readonly stream?: string | undefined };
  /** `resume` was called for a shard, for a stream, or for all of them. */
  resumed: { readonly shardId: string | undefined; readonly stream?: string | undefined };
  /** Records of a shard are done later after they came than `lagWarningMs` says; told once, until it has recovered. */
  lagExceeded: InStream & {
    readonly shardId: string;
    readonly lagMs: number;
    readonly warningMs: number;
  };
  /** A shard that lagged too far behind has come down to half of that. */
  lagRecovered: InStream & { readonly shardId: string; readonly lagMs: number };
  /** `run` is over. */
  stopped: { readonly workerId: string };
};

/** Where many streams are read: the label of the one that the event is about. */
interface InStream {
  readonly stream?: string;
}

type OfStreams<Map> = { [Type in keyof Map]: Map[Type] & InStream };

/** Event name to payload. */
export type ConsumerEvents = WorkerEvents &
  StreamEvents &
  OfStreams<LeaseEvents & ShardEvents & FanOutEvents & BatchEvents>;

/** How the events are logged. */
export const CONSUMER_LOG: LogTable<ConsumerEvents> = {
  started: ["info", "worker started"],
  slowTransport: [
    "warn",
    "the Kinesis client opens a connection for every request; hand in its configuration or give it a NodeHttpHandler",
  ],
  startupPhaseEnded: ["info", "a phase of the start is over"],
  streamStarted: ["info", "stream can be read"],
  streamFailed: ["error", "stream cannot be read, it is tried again"],
  streamRemoved: ["info", "stream is not named any more, its shards are given up"],
  streamListFailed: [
    "error",
    "the streams to read could not be found out, those that were read stay",
  ],
  formerStreamDeleted: ["warn", "leases of a stream that is not read any more were deleted"],
  draining: ["info", "worker is draining"],
  paused: ["info", "paused"],
  resumed: ["info", "resumed"],
  lagExceeded: ["warn", "shard lags too far behind"],
  lagRecovered: ["info", "shard has caught up"],
  stopped: ["info", "worker stopped"],
  leaseTaken: ["info", "lease taken"],
  leaseLost: ["warn", "lease lost"],
  leaseReleased: ["info", "lease released"],
  leasesSpilledOver: ["warn", "worker may not have its whole share of the leases"],
  shardUnassigned: ["warn", "no worker is assigned this shard, a child of an assigned one"],
  fleetWatched: ["warn", "lease table was used by the KCL 3.x, looking whether it still is"],
  eventLoopBlocked: ["warn", "event loop was blocked"],
  leaseUnreadable: [
    "error",
    "an item of the lease table cannot be read, so nobody reads its shard or the children of it; mend the item",
  ],
  leaseTableThrottled: ["warn", "the lease table is throttled"],
  pointInTimeRecoveryFailed: [
    "warn",
    "point-in-time recovery of the lease table could not be switched on",
  ],
  leaseTableFailed: ["warn", "a call to the lease table failed"],
  shardStarted: ["info", "reading shard"],
  shardEnded: ["info", "shard is read to its end"],
  shardAgedOut: ["error", "shard aged out before it was read to its end"],
  recordsFetched: ["debug", "records fetched"],
  readFailed: ["warn", "reading a shard failed"],
  readDenied: [
    "error",
    "reading a shard is denied; see to the permissions of this worker and of the stream's key",
  ],
  iteratorExpired: ["warn", "a shard iterator grew too old; cause and advice say why"],
  positionTrimmed: [
    "error",
    "reading was behind what the stream keeps; records between may never have been read",
  ],
  streamConsumerRegistered: ["info", "stream consumer registered; it is billed from now on"],
  streamConsumerReady: ["info", "stream consumer is ready"],
  streamConsumerFailed: ["warn", "stream consumer cannot be had yet; shards are polled"],
  streamConsumerMissing: ["warn", "stream consumer is gone; shards are polled"],
  shardSubscribed: ["debug", "shard subscribed to"],
  subscriptionEnded: ["debug", "subscription is over"],
  subscriptionFailed: ["warn", "subscribing to a shard failed; it is polled"],
  fellBackToPolling: ["warn", "subscriptions to a shard keep failing; it is polled"],
  shardStalled: ["warn", "a shard cannot go on yet"],
  leasesCreated: ["info", "leases created"],
  startAtIgnored: ["warn", "shards begin where their leases say, and not where startAt does"],
  hashKeysUncovered: ["error", "no lease covers a range of hash keys; leases are missing"],
  hashRangesAdded: ["info", "hash ranges added to leases"],
  leasesDeleted: ["info", "leases deleted that nobody needs any more"],
  streamRecreated: ["warn", "stream was created again; its old leases are deleted"],
  streamUnidentified: ["warn", "the stream's creation time could not be found out"],
  shardSyncFailed: ["warn", "comparing shards and leases failed"],
  shardSyncRecovered: ["info", "shards and leases can be compared again"],
  batchProcessed: ["debug", "batch processed"],
  batchFailed: ["warn", "handler failed"],
  handlerTimedOut: ["error", "handler takes too long, its shard waits for it to return"],
  shardHalted: ["error", "handler keeps failing, the shard is halted at this record"],
  shardResumed: ["info", "halted shard goes on"],
  recordsSkipped: ["error", "records skipped"],
  recordDeadLettered: ["warn", "record handed to the dead-letter sink"],
  deadLetterFailed: ["error", "dead-letter sink failed, the shard waits for it"],
  hookFailed: ["error", "a hook of the application failed"],
  recordsOutOfRange: ["warn", "records do not belong to the shard they were read from"],
  aggregatesMalformed: ["error", "records are aggregates but cannot be taken apart"],
};

/** Events that come again and again while a trouble lasts. Those that tell of a loss are not among them. */
const REPEATING = [
  "leaseTableFailed",
  "readFailed",
  "streamConsumerFailed",
  "subscriptionFailed",
  "shardStalled",
  "shardSyncFailed",
  "streamUnidentified",
  "batchFailed",
  "deadLetterFailed",
  "hookFailed",
  "recordsOutOfRange",
  "aggregatesMalformed",
  "streamFailed",
  "streamListFailed",
] as const satisfies readonly (keyof ConsumerEvents)[];

/** How these are logged. */
export const REPEATING_MESSAGES: ReadonlySet<string> = new Set(
  REPEATING.flatMap((type) => CONSUMER_LOG[type]?.[1] ?? []),
);

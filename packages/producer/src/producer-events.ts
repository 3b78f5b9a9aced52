// Everything a producer tells about its work, and how each is logged.
import type { ApiFailureKind, Distribution, LogTable } from "@shardline/core";
import type { BufferMeasurement, CallMeasurement, SettlementMeasurement } from "./measurements.ts";
import type { ProducerSettings } from "./settings.ts";

/** Event name to payload. Counts are per call or per carrier, never per record. */
export type ProducerEvents = {
  /** The producer was created, with these settings. */
  started: { readonly settings: ProducerSettings };
  /**
   * The client that was handed in opens a connection for every request, as the SDK's default for Kinesis does. Hand in
   * its configuration instead, or give it a `NodeHttpHandler`.
   */
  slowTransport: Record<never, never>;
  /** The stream's open shards are not what they were: the first map, or a reshard. */
  shardMapChanged: {
    readonly stream: string;
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
  /** The shards were listed, and make a map, whether it is another one or not. */
  shardMapRefreshed: { readonly stream: string; readonly shards: number };
  /**
   * The stream could not be described. Until it can, records of up to 1 MiB are taken and the stream is taken for one that
   * goes by partition keys; a landing may prove the opposite. Told once for failures in a row.
   */
  streamNotDescribed: { readonly stream: string; readonly kind: string; readonly reason: string };
  /**
   * Who places the stream's records is not who was thought, or has changed. On a service-managed stream nothing is
   * aggregated and no order is kept.
   */
  distributionChanged: {
    readonly stream: string;
    readonly distribution: Distribution;
    readonly ordering: "partition-key" | "none";
  };
  /** The shards could not be listed; the map in use stays in use. */
  shardMapFailed: { readonly stream: string; readonly reason: string };
  /** Kinesis answered a PutRecords call. */
  callAnswered: {
    readonly stream: string;
    /** Entries of the call. */
    readonly carriers: number;
    readonly failedCarriers: number;
    /** User records inside. */
    readonly records: number;
    /** Data and partition keys. */
    readonly bytes: number;
    readonly durationMs: number;
  };
  /** A PutRecords call failed as a whole; its records are tried again or settled. */
  callFailed: {
    readonly stream: string;
    readonly carriers: number;
    readonly kind: ApiFailureKind;
    readonly awsName: string;
    readonly reason: string;
  };
  /** A shard refused a carrier because its rate was exceeded. */
  throttled: {
    readonly stream: string;
    readonly shardId: string | undefined;
    /** The part of the shard's own limits that is used from now on; absent where no limit is kept. */
    readonly factor: number | undefined;
  };
  /** The option `retry.classify` threw, or answered what is no answer; told once, and the producer decides by itself. */
  classifyFailed: { readonly stream: string; readonly error: unknown };
  /** An aggregate landed on a shard that does not cover all of its records; every one is sent again. */
  misplaced: {
    readonly stream: string;
    readonly predictedShardId: string | undefined;
    readonly reason: string;
    readonly records: number;
  };
  /** Calls have begun to fail as a whole; one probe at a time is sent until one gets through. */
  troubled: { readonly stream: string; readonly awsName: string; readonly reason: string };
  /** A call got through again. */
  recovered: { readonly stream: string; readonly troubledForMs: number };
  /** Records of a carrier were settled with an error. */
  recordsFailed: {
    readonly stream: string;
    readonly code: string;
    readonly records: number;
    /** What the error of the first of them says. */
    readonly reason: string;
  };
  /** The buffer has room again after a `write` answered false. */
  drained: Record<never, never>;
  /**
   * A call ended in a way that must not be, by a fault of Shardline's or of the port's. Nothing more goes
   * into that stream: what was outstanding rejected with PRODUCER_CLOSED, and so does every put. Close the producer and
   * create another one.
   */
  broken: { readonly stream: string; readonly error: unknown };
  /** What was put since this was told last, and what is outstanding. */
  bufferMeasured: BufferMeasurement;
  /** A PutRecords call is over, in figures. */
  callMeasured: CallMeasurement;
  /** Records of a shard were settled, in figures. */
  settlementMeasured: SettlementMeasurement;
  /** `close` is done. */
  closed: {
    readonly stored: number;
    readonly failed: number;
    readonly abandoned: number;
  };
};

/** How the events are logged. */
export const PRODUCER_LOG: LogTable<ProducerEvents> = {
  started: ["debug", "producer started"],
  slowTransport: [
    "warn",
    "the Kinesis client opens a connection for every request; hand in its configuration or give it a NodeHttpHandler",
  ],
  shardMapChanged: ["info", "shard map changed"],
  shardMapRefreshed: undefined,
  streamNotDescribed: ["warn", "describing the stream failed"],
  distributionChanged: ["warn", "who places the stream's records has changed"],
  shardMapFailed: ["warn", "listing shards failed"],
  callAnswered: ["debug", "PutRecords answered"],
  callFailed: ["debug", "PutRecords failed"],
  throttled: ["debug", "shard throttled"],
  classifyFailed: ["error", "the option retry.classify is at fault; its answer is ignored"],
  misplaced: ["info", "aggregate landed on another shard, sending its records again"],
  troubled: ["warn", "PutRecords calls are failing"],
  recovered: ["info", "PutRecords calls get through again"],
  recordsFailed: ["warn", "records were not delivered"],
  drained: ["debug", "the buffer has room again"],
  broken: ["error", "the producer has stopped by a fault of its own; please report it"],
  // Only for whoever counts.
  bufferMeasured: undefined,
  callMeasured: undefined,
  settlementMeasured: undefined,
  closed: ["debug", "producer closed"],
};

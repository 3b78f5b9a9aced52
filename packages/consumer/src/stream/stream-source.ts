// The option `streams`: what it takes. Checks and defaults: stream-settings.ts.
import type { KinesisSource } from "@shardline/aws";

/** One stream of many. */
export interface NamedStream {
  /**
   * Stream name, stream ARN, or the name that the KCL has for it in its lease table, `account:name:creationEpochSeconds`
   * (KCL: StreamConfig.streamIdentifier). The last is taken as it is written; for the others account and creation time are
   * asked of the stream.
   */
  readonly stream: string;
  /**
   * What events, statistics and handlers call it, without a slash; no two may have the same.
   * @defaultValue the stream's name
   */
  readonly label?: string;
  /**
   * Where to begin with shards of it that have no lease yet (KCL: StreamConfig.initialPositionInStreamExtended).
   * @defaultValue that of the consumer
   */
  readonly startAt?: "TRIM_HORIZON" | "LATEST" | Date;
  /**
   * Which Kinesis, for streams that need other credentials. Streams that name the same object share its client.
   * @defaultValue that of the consumer; if it is configuration, with the region of the stream's ARN
   */
  readonly kinesis?: KinesisSource;
}

/** A stream by name, ARN or the KCL's name, or with what else there is to say of it. */
export type StreamInput = string | NamedStream;

/**
 * The streams there are at the moment. A rejection leaves those that were there; it is asked again. So does an empty answer,
 * unless the next one, 30 s later, is empty as well.
 */
export type ListStreams = (signal: AbortSignal) => Promise<readonly StreamInput[]>;

/** Which streams to read (KCL: MultiStreamTracker). */
export interface StreamSource {
  /** The streams, or a function that is asked for them again and again (KCL: streamConfigList). */
  readonly list: readonly StreamInput[] | ListStreams;
  /** Between two questions, in ms, from 1000 (KCL: a minute, fixed). @defaultValue 60000 */
  readonly everyMs?: number;
  /**
   * What becomes of the leases of a stream that is not named any more: they are kept, so that it goes on where it was when
   * it is named again, or deleted when for so long, in ms, from 60000 and three failover times at least, this worker did not
   * name it and nobody wrote to any of them (KCL: formerStreamsLeasesDeletionStrategy).
   * @defaultValue "keep"
   */
  readonly former?: FormerStreams;
}

/** What becomes of the leases of streams that are not read any more. */
export type FormerStreams = "keep" | { readonly deleteAfterMs: number };

/** What the option takes. */
export type StreamsOption = readonly StreamInput[] | ListStreams | StreamSource;

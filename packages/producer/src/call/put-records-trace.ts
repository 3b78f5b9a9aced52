// Lets others watch each PutRecords call by Node's own means, without a listener on any producer: tracers subscribe to the
// channel, and every producer of the process publishes to it.
import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";

/** What a subscriber gets; Node adds `result` or `error` before `asyncEnd`. */
export interface PutRecordsTrace {
  /** Name of the stream. */
  readonly stream: string;
  /** Entries of the call. */
  readonly carriers: number;
  /** User records inside. */
  readonly records: number;
  /** Data and partition keys. */
  readonly bytes: number;
  /** Ids of the shards that it is meant for; empty while there is no shard map. */
  readonly shards: readonly string[];
}

/** Its channels are `tracing:kinesis-producer:putRecords:start`, `:end`, `:asyncStart`, `:asyncEnd`, `:error`. */
const channel: TracingChannel<unknown, PutRecordsTrace> = tracingChannel(
  "kinesis-producer:putRecords",
);

/** Makes a call; it is described only if somebody watches, and not watched if nobody can describe it. */
export function tracePutRecords<Answer>(
  describe: (() => PutRecordsTrace) | undefined,
  call: () => Promise<Answer>,
): Promise<Answer> {
  return channel.hasSubscribers && describe !== undefined
    ? channel.tracePromise(call, describe())
    : call();
}

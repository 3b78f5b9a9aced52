// Which reader the shards of a worker are read by, as the settings say.
import type { Clock, EventSink, KinesisApi, Random, StreamRef, TaskGroup } from "@shardline/core";
import { PollingReader } from "./polling/polling-reader.ts";
import type { ShardPollOptions } from "./polling/shard-poll.ts";
import type { ShardEvents } from "./shard/shard-events.ts";
import type { ShardReader } from "./shard/shard-reader.ts";
import { type ConsumerChoice, ConsumerRegistration } from "./fan-out/consumer-registration.ts";
import type { FanOutEvents } from "./fan-out/fan-out-events.ts";
import { FanOutReader } from "./fan-out/fan-out-reader.ts";
import type { ReadSettings } from "./read-settings.ts";
import { SubscriptionPace } from "./fan-out/subscription-pace.ts";

export interface ShardReaderOptions extends Omit<ShardPollOptions, "policy"> {
  readonly settings: ReadSettings;
  readonly kinesis: KinesisApi;
  readonly stream: StreamRef;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents & FanOutEvents>;
  /** Waits for what runs in the background. */
  readonly loops: Pick<TaskGroup, "add">;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The reader of a stream's shards. */
export function openShardReader(options: ShardReaderOptions): ShardReader {
  const { settings } = options;
  const polling = new PollingReader({ ...options, policy: settings });
  if (settings.mode === "polling") return polling;
  const { consumerArn, consumerName, mode } = settings;
  const consumer: ConsumerChoice =
    consumerArn === undefined ? { by: "name", consumerName } : { by: "arn", consumerArn };
  return new FanOutReader({
    ...options,
    polling,
    registration: new ConsumerRegistration({ ...options, consumer }),
    pace: new SubscriptionPace(options.clock),
    mayFallBack: mode === "auto",
  });
}

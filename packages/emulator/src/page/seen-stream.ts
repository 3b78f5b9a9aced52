// What the page is made of: streams as they are at one moment, copied out of the emulator. Nothing is read that was
// put into them.
import type { HashKeyRange } from "@shardline/core";
import type { ConsumerStatus } from "../fan-out/consumer.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream, StreamStatus } from "../stream/stream.ts";
import type { StreamMode } from "../stream/stream-settings.ts";
import type { Tally } from "../stream/traffic.ts";

/** One stream. */
export interface SeenStream {
  readonly arn: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly status: StreamStatus;
  readonly mode: StreamMode;
  readonly retentionHours: number;
  readonly maxRecordBytes: number;
  /** In the order of their ids. */
  readonly shards: readonly SeenShard[];
  readonly consumers: readonly SeenConsumer[];
}

/** One shard. */
export interface SeenShard {
  readonly shardId: string;
  readonly range: HashKeyRange;
  readonly parentIds: readonly string[];
  readonly createdAtMs: number;
  /** `undefined` while it is open. */
  readonly closedAtMs: number | undefined;
  /** All that has passed so far. */
  readonly traffic: Readonly<Record<"written" | "refused" | "polled" | "pushed", Readonly<Tally>>>;
}

/** One registered consumer. */
export interface SeenConsumer {
  readonly name: string;
  readonly status: ConsumerStatus;
  /** The shards of its open subscriptions. */
  readonly subscribedShardIds: readonly string[];
}

/** Looks at a stream. */
export function seeStream(stream: Stream): SeenStream {
  stream.expire();
  const { accountId, arn, region } = stream.home;
  const { maxRecordBytes, mode, plan, retentionHours, status } = stream;
  return {
    arn,
    name: plan.name,
    accountId,
    region,
    status,
    mode,
    retentionHours,
    maxRecordBytes,
    shards: Array.from(stream.shards.all(), seeShard),
    consumers: stream.consumers.all().map((consumer) => ({
      name: consumer.name,
      status: consumer.status,
      subscribedShardIds: consumer.subscribedShardIds,
    })),
  };
}

function seeShard({ closing, origin, shardId, traffic }: Shard): SeenShard {
  return {
    shardId,
    range: origin.range,
    parentIds: origin.parentIds,
    createdAtMs: origin.createdAtMs,
    closedAtMs: closing?.atMs,
    traffic: {
      written: { ...traffic.written },
      refused: { ...traffic.refused },
      polled: { ...traffic.polled },
      pushed: { ...traffic.pushed },
    },
  };
}

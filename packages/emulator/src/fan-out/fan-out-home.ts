// What enhanced fan-out needs to know of the stream that it reads.
import type { Clock } from "@shardline/core";

/** The stream around its consumers. */
export interface FanOutHome {
  readonly clock: Clock;
  readonly streamName: string;
  readonly streamArn: string;
  readonly accountId: string;
  /** How long a consumer is in CREATING and in DELETING. */
  readonly consumerMs: number;
  /** How long a subscription lasts. */
  readonly subscriptionMs: number;
  /** How long after a subscription to a shard none follows, for the rate of calls; 0 where nothing is limited. */
  readonly subscribeIntervalMs: number;
  /** What one subscription is pushed per second, data and partition keys; absent where nothing is limited. */
  readonly pushBytesPerSecond: number | undefined;
  /** How many consumers can be registered now. */
  maxConsumers(): number;
  /** Records that arrived at or before this time are trimmed. */
  horizonMs(): number;
  /** Called when a consumer has changed by itself. */
  onChange(): void;
}

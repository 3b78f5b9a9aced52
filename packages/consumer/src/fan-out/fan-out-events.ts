// What enhanced fan-out tells: of the stream consumer that a worker subscribes with, and of the subscriptions.
import type { ApiFailureKind } from "@shardline/core";
import type { SubscriptionEnd } from "./subscription-plan.ts";

/** Event name to payload. */
export type FanOutEvents = {
  /** A stream consumer of that name was registered, because there was none. It is billed until somebody deregisters it. */
  streamConsumerRegistered: { readonly consumerName: string; readonly consumerArn: string };
  /** The stream consumer is there and active: shards that were polled meanwhile are subscribed to. */
  streamConsumerReady: { readonly consumerArn: string };
  /** The stream consumer could not be found, registered or looked at; shards are polled, and it is tried again. */
  streamConsumerFailed: { readonly reason: string; readonly retryAfterMs: number };
  /** The stream consumer is gone, though the stream is there; shards are polled until it is there again. */
  streamConsumerMissing: { readonly consumerArn: string };
  /** A shard is read by a subscription now, or by the next one. */
  shardSubscribed: { readonly shardId: string; readonly consumerArn: string };
  /** A subscription is over, in whichever way; the next one goes on behind what it brought. */
  subscriptionEnded: {
    readonly shardId: string;
    /**
     * - `ended`: by the service, as after every five minutes.
     * - `silent`: nothing came for 20 seconds.
     * - `stalled`: nobody took what came for four minutes.
     * - `failed`: by an exception, or because the connection was cut.
     */
    readonly how: SubscriptionEnd["kind"];
    /** Since it was accepted. */
    readonly lastedMs: number;
    readonly events: number;
  };
  /** A shard that is polled meanwhile could not be subscribed to; it is tried again. */
  subscriptionFailed: {
    readonly shardId: string;
    readonly kind: ApiFailureKind;
    readonly reason: string;
    readonly retryAfterMs: number;
  };
  /** Subscriptions to a shard failed so often in a row that it is polled now; it is subscribed to again later. */
  fellBackToPolling: {
    readonly shardId: string;
    readonly failures: number;
    /** Of the last failure. */
    readonly reason: string;
    readonly retryAfterMs: number;
  };
};

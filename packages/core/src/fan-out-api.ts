// The part of the port that pushes: consumers registered with a stream, and subscriptions of them to its shards.
import type { KinesisRecord } from "./record.ts";
import type { IteratorStart, NextRead } from "./shard-reading.ts";

/** The calls of enhanced fan-out. */
export interface FanOutApi {
  /** Begins the registration of a consumer; it may subscribe once it is ACTIVE. */
  registerStreamConsumer(
    request: RegisterStreamConsumerRequest,
    signal: AbortSignal,
  ): Promise<StreamConsumer>;
  describeStreamConsumer(
    request: DescribeStreamConsumerRequest,
    signal: AbortSignal,
  ): Promise<StreamConsumer>;
  deregisterStreamConsumer(request: StreamConsumerRequest, signal: AbortSignal): Promise<void>;
  /**
   * Resolves when the service has accepted the subscription. Abort of the signal ends it at any time.
   */
  subscribeToShard(
    request: SubscribeToShardRequest,
    signal: AbortSignal,
  ): Promise<ShardSubscription>;
}

export interface RegisterStreamConsumerRequest {
  readonly streamArn: string;
  /** 1 to 128 letters, digits, dots, dashes and underscores. */
  readonly consumerName: string;
}

export type DescribeStreamConsumerRequest = RegisterStreamConsumerRequest | StreamConsumerRequest;

export interface StreamConsumerRequest {
  readonly consumerArn: string;
}

/** What a registered consumer says about itself. */
export interface StreamConsumer {
  readonly name: string;
  readonly arn: string;
  readonly status: "CREATING" | "DELETING" | "ACTIVE";
  readonly createdAtMs: number;
}

export interface SubscribeToShardRequest extends StreamConsumerRequest {
  readonly shardId: string;
  readonly start: IteratorStart;
}

/**
 * What is pushed, iterated over once. Nothing is taken from the connection while nobody asks for the next event. Ends when the
 * service ends the subscription in good order, as it does after 5 minutes; rejects with the signal's reason when that
 * aborts, and with API_CALL_FAILED when the service or the connection fails. Leaving the iteration ends the subscription.
 */
export type ShardSubscription = AsyncIterable<SubscriptionEvent>;

/** One push: some records, or none, and where to go on. */
export interface SubscriptionEvent {
  readonly records: readonly KinesisRecord[];
  readonly millisBehindLatest: number;
  readonly next: NextSubscription;
}

/** Go on after a number, with a new subscription too; or the shard is closed and read to its end. */
export type NextSubscription =
  | { readonly kind: "continuation"; readonly sequenceNumber: string }
  | Extract<NextRead, { readonly kind: "shard-end" }>;

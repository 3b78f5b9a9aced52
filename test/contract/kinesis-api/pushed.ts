// Subscriptions for the contract of the port: a consumer that may subscribe, and readers that take what comes.
import { setImmediate as turn } from "node:timers/promises";
import {
  type ApiFailure,
  apiFailureOf,
  type IteratorStart,
  type KinesisApi,
  type ShardSubscription,
  type SubscriptionEvent,
} from "@shardline/core";

export const STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
export const SHARD = "shardId-000000000000";

/** How a subscription ended. */
export type End = "clean" | ApiFailure;

/** Subscribes, or tells why not. */
export type Subscribe = (start: IteratorStart, signal?: AbortSignal) => Promise<ShardSubscription>;

/** Registers a consumer, and waits until it may subscribe. */
export async function newSubscriber(api: KinesisApi): Promise<Subscribe> {
  const { signal: never } = new AbortController();
  const consumer = { streamArn: STREAM_ARN, consumerName: "billing" };
  const { arn: consumerArn } = await api.registerStreamConsumer(consumer, never);
  let status = "CREATING";
  while (status !== "ACTIVE") {
    await turn();
    ({ status } = await api.describeStreamConsumer({ consumerArn }, never));
  }
  return (start, signal = new AbortController().signal) =>
    api.subscribeToShard({ consumerArn, shardId: SHARD, start }, signal);
}

/** Reads event by event to the end. */
export class Reading {
  readonly events: SubscriptionEvent[] = [];
  /** Resolves with the first event; rejects if there is none. */
  readonly first: Promise<SubscriptionEvent>;
  readonly end: Promise<End>;
  #onEvent: (event: SubscriptionEvent) => void = () => undefined;
  #onEnd: (error: Error) => void = () => undefined;

  constructor(subscription: Promise<ShardSubscription>) {
    this.first = new Promise((resolve, reject) => {
      this.#onEvent = resolve;
      this.#onEnd = reject;
    });
    this.first.catch(() => undefined);
    this.end = this.#read(subscription).finally(() => this.#onEnd(new Error("there was no event")));
  }

  async #read(subscription: Promise<ShardSubscription>): Promise<End> {
    try {
      for await (const event of await subscription) {
        this.events.push(event);
        this.#onEvent(event);
      }
      return "clean";
    } catch (error) {
      const failure = apiFailureOf(error);
      if (failure === undefined) throw error;
      return failure;
    }
  }
}

export function textsOf(events: readonly SubscriptionEvent[]): string[] {
  return events.flatMap(({ records }) => records.map(({ data }) => Buffer.from(data).toString()));
}

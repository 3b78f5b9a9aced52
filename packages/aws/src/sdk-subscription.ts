// SubscribeToShard over the SDK, which decodes the events.
import { SubscribeToShardCommand, type SubscribeToShardEventStream } from "@aws-sdk/client-kinesis";
import type { SubscriptionEvent } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import type { ReadyKinesisClient } from "./kinesis-client.ts";
import { readSubscriptionEvent, subscribeToShardInput } from "./subscription-event.ts";
import type { OpenEvents } from "./subscriptions.ts";

/** Subscribes by `client.send`. */
export function sdkSubscriptions(client: Pick<ReadyKinesisClient, "send">): OpenEvents {
  return async (request, abortSignal) => {
    const command = new SubscribeToShardCommand(subscribeToShardInput(request));
    const { EventStream } = await client.send(command, { abortSignal });
    expectAnswer(EventStream, "an answer without events");
    return eventsOf(EventStream);
  };
}

/** What is no event of a name that is known here says nothing about records. */
async function* eventsOf(
  stream: AsyncIterable<SubscribeToShardEventStream>,
): AsyncGenerator<SubscriptionEvent> {
  for await (const { SubscribeToShardEvent: event } of stream) {
    if (event !== undefined) yield readSubscriptionEvent(event);
  }
}

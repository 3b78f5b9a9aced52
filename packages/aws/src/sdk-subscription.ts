// SubscribeToShard over the SDK, which decodes the events.
import { SubscribeToShardCommand, type SubscribeToShardEventStream } from "@aws-sdk/client-kinesis";
import type { SubscriptionEvent } from "@shardline/core";
import { expectAnswer } from "./answer-mismatch.ts";
import type { ReadyKinesisClient } from "./kinesis-client.ts";
import { expectGoodEnd, type StreamBody } from "./stream-body.ts";
import { readSubscriptionEvent, subscribeToShardInput } from "./subscription-event.ts";
import type { OpenEvents } from "./subscriptions.ts";
import { withStatus } from "./wire/service-error.ts";

/** Learns of the answer's body, about which the SDK does not tell all. */
interface SeenBody {
  body?: Pick<StreamBody, "rstCode"> | undefined;
}

/** What decoders throw; the service's exceptions have names of their own. */
const OF_DECODING: ReadonlySet<unknown> = new Set([
  "Error",
  "RangeError",
  "SyntaxError",
  "TypeError",
]);

/** Subscribes by `client.send`. */
export function sdkSubscriptions(client: Pick<ReadyKinesisClient, "send">): OpenEvents {
  return async (request, abortSignal) => {
    const command = new SubscribeToShardCommand(subscribeToShardInput(request));
    const seen = watchBody(command);
    try {
      const { EventStream } = await client.send(command, { abortSignal });
      expectAnswer(EventStream, "an answer without events");
      return eventsOf(EventStream, seen);
    } catch (error) {
      throw judged(error, seen);
    }
  };
}

function watchBody({ middlewareStack }: SubscribeToShardCommand): SeenBody {
  const seen: SeenBody = {};
  middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      ({ body: seen.body } = answer.response as SeenBody);
      return answer;
    },
    { name: "watchBody", step: "deserialize", priority: "low" },
  );
  return seen;
}

/** What is no event of a name that is known here says nothing about records. */
async function* eventsOf(
  stream: AsyncIterable<SubscribeToShardEventStream>,
  seen: SeenBody,
): AsyncGenerator<SubscriptionEvent, undefined> {
  try {
    for await (const { SubscribeToShardEvent: event } of stream) {
      if (event !== undefined) yield readSubscriptionEvent(event);
    }
  } catch (error) {
    throw judged(error, seen);
  }
  if (seen.body !== undefined) expectGoodEnd(seen.body);
  return undefined;
}

/** What decoders say may quote the answer. */
function judged(error: unknown, { body }: SeenBody): unknown {
  if (body === undefined || !(error instanceof Error)) return error;
  return OF_DECODING.has(error.name) && !("code" in error) ? withStatus(error, 200) : error;
}

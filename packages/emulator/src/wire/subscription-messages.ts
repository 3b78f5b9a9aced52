// A subscription as messages of an event stream, in the form of its request: a first message at once, so that the
// client knows that it is subscribed, then one per event; an exception is the last one.
import { apiFailureOf } from "@shardline/core";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import { encodeHeaders, encodeMessage } from "./event-stream.ts";
import type { Wire } from "./wire.ts";

/** How an answer of messages says so. */
export const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";

const EVENT = "SubscribeToShardEvent";

/** Each piece is one message. */
export async function* subscriptionMessages(
  events: AsyncIterable<SubscribeToShardEvent>,
  wire: Wire,
): AsyncGenerator<Buffer, void> {
  yield encodeMessage(eventHeaders("initial-response", wire), wire.encode("initial-response", {}));
  const headers = eventHeaders(EVENT, wire);
  try {
    for await (const event of events) yield encodeMessage(headers, wire.encode(EVENT, event));
  } catch (error) {
    yield exceptionMessage(error, wire);
  }
}

function eventHeaders(type: string, { contentType }: Wire): Buffer {
  return encodeHeaders({
    ":message-type": "event",
    ":event-type": type,
    ":content-type": contentType,
  });
}

/** What is no failure of the service's is a mistake of the emulator's. */
function exceptionMessage(error: unknown, wire: Wire): Buffer {
  const failure = apiFailureOf(error);
  const name = failure?.awsName ?? "InternalFailureException";
  const headers = encodeHeaders({
    ":message-type": "exception",
    ":exception-type": name,
    ":content-type": wire.contentType,
  });
  return encodeMessage(headers, wire.encode(name, { message: failure?.reason ?? String(error) }));
}

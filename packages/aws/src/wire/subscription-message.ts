// What a message of a subscription says: records, the service's exception, or nothing that matters here.
import type { SubscriptionEvent } from "@shardline/core";
import { AnswerMismatch, expectAnswer } from "../answer-mismatch.ts";
import { subscriptionEventOf } from "../subscription-event.ts";
import { readContent } from "./content.ts";
import type { EventFrame } from "./event-frame.ts";
import { readRecordsJson } from "./records-json.ts";
import { serviceError, withStatus } from "./service-error.ts";

/**
 * The event that a message brings, of whose bytes it keeps nothing; `undefined` for a message without one, as the first is
 * that only says that the call is answered. Throws the service's exception if it is one.
 */
export function readMessage(frame: EventFrame): SubscriptionEvent | undefined {
  const { headers } = frame;
  switch (headers.get(":message-type")) {
    case "event":
      return headers.get(":event-type") === "SubscribeToShardEvent" ? readEvent(frame) : undefined;
    case "exception":
      throw exceptionOf(headers.get(":exception-type"), messageOf(frame));
    case "error":
      throw exceptionOf(headers.get(":error-code"), headers.get(":error-message"));
    case undefined:
    default:
      expectAnswer(false, "a message of an unknown type");
  }
}

function readEvent({ payload }: EventFrame): SubscriptionEvent {
  try {
    const { fields, records } = readRecordsJson(payload);
    return subscriptionEventOf(records, fields);
  } catch (error) {
    // What a parser says may quote the event.
    throw error instanceof AnswerMismatch ? error : withStatus(error, 200);
  }
}

/** The answer to the call itself was 200: so no status says what kind of exception it is. */
function exceptionOf(name: string | undefined, message: unknown): Error {
  return serviceError({ status: 200, headers: {}, content: { __type: name, message } });
}

/** An exception whose text cannot be read still has a name. */
function messageOf({ headers, payload }: EventFrame): unknown {
  try {
    const content = readContent({
      bytes: payload,
      contentType: headers.get(":content-type") ?? "",
    });
    return content["message"] ?? content["Message"];
  } catch {
    return undefined;
  }
}

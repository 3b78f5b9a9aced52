// What a fault of the wire comes to for code in the process, where there is no wire: the outcome that the AWS
// adapter would have told. Whether the call took effect, a client cannot know: all of them are ambiguous.
import type { ApiFailure } from "@shardline/core";
import type { Ending } from "./outcome-plan.ts";
import type { WireFault } from "../http/wire-fault.ts";

/** `undefined` where the answer arrives all the same. */
type PortOutcome = ApiFailure | undefined;

/** The outcome of a broken connection. */
export function outcomeOfWire(fault: WireFault): PortOutcome {
  switch (fault.kind) {
    case "close":
      return lost("ECONNRESET", "socket hang up");
    case "reset":
      return lost("ECONNRESET", "the connection was reset before an answer came");
    case "resetStream":
      return lost("ERR_HTTP2_STREAM_ERROR", "the stream was closed before an answer came");
    case "goAway":
      return fault.answers
        ? undefined
        : lost("ERR_HTTP2_SESSION_ERROR", "the session was closed before an answer came");
    case "cutBody":
      return lost("ECONNRESET", "the connection was reset within an answer");
  }
}

/** The outcome of a spoilt answer. */
export function outcomeOfCorruption(how: Extract<Ending, { kind: "corrupt" }>["how"]): PortOutcome {
  switch (how) {
    case "truncated":
      return lost("UnreadableAnswer", "the body of an HTTP 200 answer is not readable");
    case "empty":
      return lost("AnswerMismatch", "the body of an HTTP 200 answer is empty");
    case "wrongCount":
      return lost("AnswerMismatch", "the answer has fewer entries than the request");
    case "shuffled":
      return undefined;
  }
}

function lost(awsName: string, reason: string): ApiFailure {
  return { kind: "transient", awsName, reason, isAmbiguous: true };
}

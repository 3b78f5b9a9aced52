// Carries out what an answer's fault says where there is no socket: its client sees what it would have seen over
// HTTP/1.1.
import { cutOf } from "./lost-answers.ts";
import type { HttpAnswer } from "./http-message.ts";

/**
 * The answer as far as it gets.
 * @throws Error ECONNRESET where nothing of it does
 */
export function meetFault(answer: HttpAnswer): HttpAnswer {
  const { fault } = answer;
  switch (fault?.kind) {
    case undefined:
      return answer;
    case "close":
    case "reset":
    case "resetStream":
      throw connectionReset("socket hang up");
    case "goAway":
      if (fault.answers) return answer;
      throw connectionReset("socket hang up");
    case "cutBody":
      return { ...answer, body: brokenOff(cutOf(answer, fault.afterBytes)) };
  }
}

/** What a reader is told whose connection breaks. The SDK's own handlers count that as running out of time. */
export function connectionReset(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError", code: "ECONNRESET" });
}

async function* brokenOff(piece: Buffer): AsyncGenerator<Buffer, void> {
  if (piece.length > 0) yield piece;
  throw connectionReset("aborted");
}

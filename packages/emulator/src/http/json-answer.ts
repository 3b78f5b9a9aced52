// Answers of the emulator's own, which are plain JSON.
import type { HttpAnswer } from "./http-message.ts";

/** An answer that does not come in pieces. */
export type WholeAnswer = HttpAnswer & { readonly body: Buffer };

/** An answer with a value. */
export function jsonAnswer(status: number, value: unknown): WholeAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

/** An answer that says what is wrong. */
export function refusal(status: number, code: string, message: string): WholeAnswer {
  return jsonAnswer(status, { code, message });
}

/** How an address answers bodies of another type than it takes. */
export function wrongMediaType(wanted: string): WholeAnswer {
  return refusal(415, "UNSUPPORTED_MEDIA_TYPE", `this address takes ${wanted}`);
}

/** How an address answers methods that it does not know; `allow`: those that it does, as in "GET, POST". */
export function notAllowed(allow: string): HttpAnswer {
  const answer = refusal(405, "METHOD_NOT_ALLOWED", `this address takes ${allow}`);
  return { ...answer, headers: { ...answer.headers, allow } };
}

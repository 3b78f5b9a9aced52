// Answers of the emulator's own, which are plain JSON.
import type { HttpAnswer } from "./http-message.ts";

/** An answer with a value. */
export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

// What the transports serve requests with, whichever protocol they speak.
import type { HttpHandle } from "./http-message.ts";

/** Who answers, and how long clients are waited for. */
export interface Serving {
  readonly handle: HttpHandle;
  /** How long the bytes of a request or of a whole answer under way may pause, in milliseconds. */
  readonly stallMs: number;
  /** How long what was written of an answer in pieces may stay unread, in milliseconds. */
  readonly unreadMs: number;
  readonly maxSnapshotBytes: number;
}

// A stream that does not say what it is: because this worker may not ask, or because nobody can.
import type { ApiFailureKind } from "@shardline/core";

const SILENT: ReadonlySet<ApiFailureKind> = new Set(["denied", "missing", "rejected"]);

/** Whether no repetition makes the stream answer: then what is known must do. */
export function isSilence(kind: ApiFailureKind): boolean {
  return SILENT.has(kind);
}

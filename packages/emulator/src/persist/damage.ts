// The one error of this room: what is kept cannot be read or written, and where.
import { KinesisError } from "@shardline/core";

/** A file, and where in it, in bytes from its start. */
export interface FilePlace {
  readonly file: string;
  readonly offset?: number;
}

/** The error for what is kept and cannot be read or written; says what to do about it. */
export function persistenceFailed(
  { file, offset }: FilePlace,
  problem: string,
  cause?: unknown,
): KinesisError<"PERSISTENCE_FAILED"> {
  const place = offset === undefined ? file : `${file}, at byte ${offset}`;
  return new KinesisError("PERSISTENCE_FAILED", {
    message: `${place}: ${problem}`,
    isRetryable: false,
    details: { file, ...(offset === undefined ? {} : { offset }) },
    cause,
  });
}

/** The error for bytes that are not what was once written; nothing is thrown away on its account. */
export function damaged(place: FilePlace, what: string): KinesisError<"PERSISTENCE_FAILED"> {
  return persistenceFailed(
    place,
    `${what}. The file is damaged, and nothing of it was changed. Put a copy of the folder in its place, or start ` +
      "with another folder",
  );
}

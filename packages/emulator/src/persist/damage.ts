// The one error of this room: what is kept cannot be read or written, and where.
import { KinesisError } from "@shardline/core";
import { ServiceException } from "../service-exception.ts";

/** A file, and where in it, in bytes from its start. */
export interface FilePlace {
  readonly file: string;
  readonly offset?: number;
}

const READABLE = "Give this user the right to read and write there, or take another folder";
const ROOM = "Make room on the disk, or take another folder";
/** What to do where the system refuses something. */
const TO_DO: ReadonlyMap<string | undefined, string> = new Map([
  ["EACCES", READABLE],
  ["EPERM", READABLE],
  ["EROFS", "Let this file system be written to, or take another folder"],
  ["EISDIR", "A folder is where a file should be: take it away, or take another folder"],
  ["ENOSPC", ROOM],
  ["EDQUOT", ROOM],
]);

/** The error for what the system refuses to do with a file; anything else is left as it is. */
export function refusedBySystem(place: FilePlace, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const advice = TO_DO.get(code) ?? "Take another folder, or see what is wrong with this one";
  return persistenceFailed(place, `it cannot be used: ${error.message}. ${advice}`, error);
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

/** The error for a command that a folder does not keep, as it would refuse a call; anything else is left as it is. */
export function commandError(folder: string, error: unknown): unknown {
  if (!(error instanceof ServiceException)) return refusedBySystem({ file: folder }, error);
  const { message } = error;
  const details = { file: folder };
  return new KinesisError("PERSISTENCE_FAILED", { message, isRetryable: false, details });
}

/** The error for bytes that are not what was once written; nothing is thrown away on its account. */
export function damaged(place: FilePlace, what: string): KinesisError<"PERSISTENCE_FAILED"> {
  return persistenceFailed(
    place,
    `${what}. The file is damaged, and nothing of it was changed. Put a copy of the folder in its place, or start ` +
      "with another folder",
  );
}

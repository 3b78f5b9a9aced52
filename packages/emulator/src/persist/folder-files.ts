// Writes the files of a folder: each has its name once it is whole.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { FileHeader } from "./file-header.ts";
import { logPath, snapshotPath } from "./folder-listing.ts";
import { fileOf } from "./snapshot.ts";
import type { Entry } from "./entry.ts";

/** How systems say that they bring files to the disk and not folders: Windows, and some file systems elsewhere. */
const NOT_FOR_FOLDERS: ReadonlySet<string | undefined> = new Set([
  "EACCES",
  "EBADF",
  "EINVAL",
  "EISDIR",
  "ENOSYS",
  "ENOTSUP",
  "EPERM",
]);

/** A log to write to. */
interface NewLog {
  readonly file: number;
  readonly bytes: number;
}

/**
 * Begins a log; it has its header and its first entries before it has its name. Where this fails, there is none. Its name
 * outlasts the loss of power once `syncFolder` has returned.
 */
export function createLog(folder: string, header: FileHeader, first: readonly Entry[]): NewLog {
  const path = logPath(folder, header.generation);
  const file = openSync(`${path}.new`, "w");
  try {
    const bytes = writeFileNow(file, header, first);
    renameSync(`${path}.new`, path);
    return { file, bytes };
  } catch (error) {
    closeSync(file);
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
}

/** Writes a snapshot, which has its name once it is whole and on the disk; answers how many bytes it has. */
export async function writeSnapshot(
  folder: string,
  generation: number,
  entries: Iterable<Entry>,
): Promise<number> {
  const path = snapshotPath(folder, generation);
  try {
    const bytes = await writeEntries(`${path}.new`, generation, entries);
    renameSync(`${path}.new`, path);
    syncFolder(folder);
    return bytes;
  } catch (error) {
    // Where there was no room for all of it, what there is takes room from the log.
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
}

/** The same at once, for a state that must not mix with what came before. */
export function writeSnapshotNow(
  folder: string,
  generation: number,
  entries: Iterable<Entry>,
): number {
  const path = snapshotPath(folder, generation);
  try {
    const bytes = writeEntriesNow(`${path}.new`, generation, entries);
    renameSync(`${path}.new`, path);
    syncFolder(folder);
    return bytes;
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
}

/** Writes all of some bytes at a place, and answers how many they were. */
export function writeNow(file: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
  return bytes.length;
}

function writeEntriesNow(path: string, generation: number, entries: Iterable<Entry>): number {
  const file = openSync(path, "w");
  try {
    return writeFileNow(file, { kind: "snapshot", generation, follows: 0 }, entries);
  } finally {
    closeSync(file);
  }
}

/** Brings a whole file to the disk, and answers how many bytes it has. */
function writeFileNow(file: number, header: FileHeader, entries: Iterable<Entry>): number {
  let bytes = 0;
  for (const piece of fileOf(header, entries)) bytes += writeNow(file, piece, bytes);
  fsyncSync(file);
  return bytes;
}

async function writeEntries(
  path: string,
  generation: number,
  entries: Iterable<Entry>,
): Promise<number> {
  let bytes = 0;
  const file = await open(path, "w");
  try {
    for (const piece of fileOf({ kind: "snapshot", generation, follows: 0 }, entries)) {
      await writeAll(file, piece);
      bytes += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes;
}

async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await file.write(piece, at);
    at += bytesWritten;
  }
}

/** Makes a folder and all above it that are not there, with their names on the disk. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let made = resolve(folder); made !== top; made = dirname(made)) syncFolder(dirname(made));
}

/** Returns once the names in a folder outlast the loss of power, or at once where the system does not know how to do that. */
export function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!NOT_FOR_FOLDERS.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

// Writes the files of a folder: each has its name once it is whole.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { encodeHeader } from "./file-header.ts";
import { logPath, snapshotPath } from "./folder-listing.ts";
import { fileOf } from "./snapshot.ts";
import type { Entry } from "./entry.ts";

/** Begins a log; it has its header before it has its name. Answers what to write to. */
export function createLog(folder: string, generation: number, follows: number): number {
  const path = logPath(folder, generation);
  const file = openSync(`${path}.new`, "w");
  try {
    const header = encodeHeader({ kind: "log", generation, follows });
    writeNow(file, header, 0);
    fsyncSync(file);
    renameSync(`${path}.new`, path);
  } catch (error) {
    closeSync(file);
    rmSync(`${path}.new`, { force: true });
    throw error;
  }
  syncFolder(folder);
  return file;
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
  let bytes = 0;
  try {
    for (const piece of fileOf({ kind: "snapshot", generation, follows: 0 }, entries)) {
      bytes += writeNow(file, piece, bytes);
    }
    fsyncSync(file);
    return bytes;
  } finally {
    closeSync(file);
  }
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

/** So that names outlast the loss of power; not every system can do it. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    fsyncSync(handle);
    closeSync(handle);
  } catch {
    // Windows opens no folder.
  }
}

// What a folder holds, and where its log goes on. Nothing is changed here.
import { createReadStream, existsSync } from "node:fs";
import { damaged, type FilePlace } from "./damage.ts";
import { type Ending, EntryScanner, type OnEntry } from "./entry-scanner.ts";
import type { FileHeader } from "./file-header.ts";
import { listFiles, logPath, snapshotPath } from "./folder-listing.ts";
import type { Replay } from "./replay.ts";

/** Where the log of a folder goes on. */
export interface LogEnd {
  readonly generation: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What was found in a folder; `undefined` stands for a folder without any file of the emulator. */
export interface FolderReading {
  readonly log: LogEnd | undefined;
  /** The snapshot that it begins with, or 0: what is older says nothing, and all the rest of it is needed. */
  readonly first: number;
  /** What there was to say about it. */
  readonly warnings: readonly string[];
  /** The file that was read last. */
  readonly place: FilePlace;
}

const READ_BYTES = 4 * 1024 * 1024;

/**
 * Replays a folder, but for an entry at its end that was never written whole.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export async function readFolder(folder: string, replay: Replay): Promise<FolderReading> {
  const { snapshots, logs } = listFiles(folder);
  const newest = snapshots.at(-1);
  const first = newest ?? 0;
  if (newest === undefined && logs.length === 0) return nothing(folder);
  const onEntry: OnEntry = (entry, place) => replay.take(entry, place);
  if (newest !== undefined) await readSnapshot(snapshotPath(folder, newest), newest, onEntry);
  const wanted = logs.filter((generation) => generation >= first);
  const last = Math.max(first, ...wanted);
  let before: Ending | undefined;
  for (let generation = first; generation <= last; generation += 1) {
    const file = logPath(folder, generation);
    if (!existsSync(file)) throw damaged({ file }, "the file is missing");
    const { header, ending } = await readFile(file, onEntry);
    requireHeader(header, { kind: "log", generation }, file);
    requireFirst(generation, ending, file);
    if (before !== undefined) requireWhole(before, header, logPath(folder, generation - 1));
    before = ending;
  }
  const end = { generation: last, ending: before as Ending };
  return finish(logPath(folder, last), first, end);
}

async function readFile(
  file: string,
  onEntry: OnEntry,
): Promise<{ readonly header: FileHeader; readonly ending: Ending }> {
  const scanner = new EntryScanner(file, onEntry);
  for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES })) {
    scanner.push(piece as Buffer);
  }
  const ending = scanner.finish();
  if (scanner.header === undefined) throw damaged({ file, offset: 0 }, "the header is missing");
  return { header: scanner.header, ending };
}

async function readSnapshot(file: string, generation: number, onEntry: OnEntry): Promise<void> {
  let isWhole = false;
  const { header, ending } = await readFile(file, (entry, place) => {
    isWhole = entry.kind === "end";
    onEntry(entry, place);
  });
  requireHeader(header, { kind: "snapshot", generation }, file);
  if (!isWhole || ending.tornBytes > 0) {
    throw damaged({ file, offset: ending.end }, "the end of the snapshot is missing");
  }
}

function requireHeader(
  { kind, generation }: FileHeader,
  wanted: Pick<FileHeader, "kind" | "generation">,
  file: string,
): void {
  if (kind === wanted.kind && generation === wanted.generation) return;
  const problem = `this is ${kind} ${generation}, not ${wanted.kind} ${wanted.generation}`;
  throw damaged({ file, offset: 0 }, problem);
}

/** The first log of a folder had an entry before it had its name: without one it was cut, and is no empty folder. */
function requireFirst(generation: number, { entries, end }: Ending, file: string): void {
  if (generation > 0 || entries > 0) return;
  throw damaged({ file, offset: end }, "its first entry is missing");
}

function requireWhole({ entries, end, tornBytes }: Ending, next: FileHeader, file: string): void {
  if (entries === next.follows && tornBytes === 0) return;
  throw damaged(
    { file, offset: end },
    `the log has ${entries} whole entries, and the next one goes on from ${next.follows}`,
  );
}

function finish(
  file: string,
  first: number,
  { generation, ending }: { readonly generation: number; readonly ending: Ending },
): FolderReading {
  const { entries, end, tornBytes } = ending;
  const warning =
    `${file}: cut ${tornBytes} bytes off its end, at byte ${end}: an entry that was not written whole when the ` +
    "emulator was stopped, and so was never acknowledged, unless the machine was stopped and calls did not wait for " +
    "its disk";
  return {
    log: { generation, entries, bytes: end },
    first,
    warnings: tornBytes > 0 ? [warning] : [],
    place: { file },
  };
}

function nothing(folder: string): FolderReading {
  return { log: undefined, first: 0, warnings: [], place: { file: folder } };
}

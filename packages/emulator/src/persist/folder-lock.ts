// One emulator at a time in a folder: takes the steps of a claim on real files. A text names its process and thread and has a
// part that nobody else's has.
import { realpathSync } from "node:fs";
import { threadId } from "node:worker_threads";
import { isProcessGone, processName, systemRandom } from "@shardline/core";
import { persistenceFailed, refusedBySystem } from "./damage.ts";
import { type Claim, claim } from "./folder-claim.ts";
import { LockFiles, lockPath } from "./lock-files.ts";
import { isHeldOpen } from "./open-files.ts";

/** Folders that emulators of this thread have, by the parts of their texts that nobody else's have. */
const HELD = new Map<string, string>();
const OWN = "an emulator of this process";

/** A folder that nobody else has, until it is disposed of. */
export interface FolderLock extends Disposable {
  /** Where it truly is, whatever the path that was given leads to later. */
  readonly folder: string;
}

/**
 * Takes a folder.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function lockFolder(folder: string): FolderLock {
  const path = realpathSync(folder);
  if ([...HELD.values()].includes(path)) throw inUse(lockPath(path, 0), OWN);
  const id = Buffer.from(systemRandom.bytes(8)).toString("hex");
  const files = new LockFiles(path, id);
  const claimed = claimNow(files, id, path);
  if (claimed.kind === "refused") throw inUse(lockPath(path, claimed.nth), nameIn(claimed.by));
  HELD.set(id, path);
  return { folder: path, [Symbol.dispose]: () => giveBack(files, id) };
}

function claimNow(files: LockFiles, id: string, folder: string): Claim {
  try {
    const text = `${processName()} ${threadId} ${id}`;
    const steps = claim(files, { text, isGone });
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    if (step.value.kind === "held") files.removeAllUnfinished();
    else files[Symbol.dispose]();
    return step.value;
  } catch (error) {
    files[Symbol.dispose]();
    throw refusedBySystem({ file: lockPath(folder, 0) }, error);
  } finally {
    files.removeUnfinished();
  }
}

function giveBack(files: LockFiles, id: string): void {
  HELD.delete(id);
  try {
    // Somebody may have deleted it, as the error of another one says, and that one have the folder now.
    if (files.read(0)?.endsWith(id) === true) files.remove(0);
  } finally {
    // Not before: until it has gone, nobody of this process may take it for one that was left behind.
    files[Symbol.dispose]();
  }
}

/**
 * A name of this process may be that of one before it that had its number, or of a thread that has ended. Where it cannot
 * be seen who is there, this thread knows what it has itself, and of another one it is taken to live.
 */
function isGone(text: string): boolean {
  const [name = "", thread, id = ""] = text.split(" ");
  if (name !== processName()) return name !== "" && isProcessGone(name);
  if (HELD.has(id)) return false;
  return !(isHeldOpen(text) ?? thread !== String(threadId));
}

function nameIn(text: string | undefined): string {
  const [name = "", thread] = text?.split(" ") ?? [];
  if (name !== processName()) {
    return name === "" ? "a process that is just taking it" : `process ${name}`;
  }
  return thread === String(threadId) ? OWN : `thread ${thread} of this process`;
}

function inUse(file: string, holder: string): Error {
  return persistenceFailed(
    { file },
    `the folder is in use by ${holder}. Take another folder, end that one, or delete the file if it has gone`,
  );
}

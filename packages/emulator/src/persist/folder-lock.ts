// One emulator at a time in a folder. The file `lock` names the process that has it; one that was killed cannot take the
// file away, so a name of a process that has gone, or of this one, counts for nothing. `lock.taking` is there only while
// one looks at the file and writes it.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isProcessGone, processName } from "@shardline/core";
import { persistenceFailed } from "./damage.ts";

/** Folders that emulators of this process have. */
const HELD = new Set<string>();

/**
 * Takes a folder, until it is disposed of.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function lockFolder(folder: string): Disposable {
  const path = resolve(folder);
  const file = join(path, "lock");
  if (HELD.has(path)) throw inUse(file, "an emulator of this process");
  takeFile(file);
  HELD.add(path);
  return {
    [Symbol.dispose]: () => {
      HELD.delete(path);
      rmSync(file, { force: true });
    },
  };
}

/** Looks and takes while nobody else does: of two who find the same name of a process that has gone, one has the folder. */
function takeFile(file: string): void {
  const taking = `${file}.taking`;
  beginTaking(taking);
  try {
    const holder = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (holder !== processName() && !isProcessGone(holder)) throw inUse(file, `process ${holder}`);
    writeFileSync(file, processName());
  } finally {
    rmSync(taking);
  }
}

function beginTaking(taking: string): void {
  try {
    writeFileSync(taking, "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw inUse(taking, "a process that is just taking it");
  }
}

function inUse(file: string, holder: string): Error {
  return persistenceFailed(
    { file },
    `the folder is in use by ${holder}. Take another folder, end that one, or delete the file if it has gone`,
  );
}

// One emulator at a time in a folder. The file `lock` names the process that has it; one that was killed cannot take the
// file away, so a name of a process that has gone, or of this one, counts for nothing.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
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

function takeFile(file: string): void {
  try {
    writeFileSync(file, processName(), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = readFileSync(file, "utf8");
    if (holder !== processName() && !isProcessGone(holder)) throw inUse(file, `process ${holder}`);
    rmSync(file, { force: true });
    writeFileSync(file, processName(), { flag: "wx" });
  }
}

function inUse(file: string, holder: string): Error {
  return persistenceFailed(
    { file },
    `the folder is in use by ${holder}. Take another folder, end that one, or delete the file if it has gone`,
  );
}

// One emulator at a time in a folder: takes the steps of a claim on real files. A text names its process and thread and has a
// part that nobody else's has; it stands in a file of its own first, so that no file of the row is ever there without it.
import {
  linkSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { isProcessGone, processName, systemRandom } from "@shardline/core";
import { persistenceFailed, refusedBySystem } from "./damage.ts";
import { type Claim, claim, type ClaimFiles } from "./folder-claim.ts";

/** Folders that emulators of this thread have, by whatever path. */
const HELD = new Set<string>();
const UNFINISHED = /^lock\.[0-9a-f]+\.new$/;
/** How file systems that know no second name for a file say so. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
]);

/**
 * Takes a folder, until it is disposed of.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function lockFolder(folder: string): Disposable {
  const path = realpathSync(folder);
  if (HELD.has(path)) throw inUse(fileOf(path, 0), "an emulator of this process");
  const id = Buffer.from(systemRandom.bytes(8)).toString("hex");
  const claimed = claimNow(path, id);
  if (claimed.kind === "refused") throw inUse(fileOf(path, claimed.nth), nameIn(claimed.by));
  HELD.add(path);
  return {
    [Symbol.dispose]: () => {
      HELD.delete(path);
      // Somebody may have deleted it, as the error of another one says, and that one have the folder now.
      if (filesOf(path, "").read(0)?.endsWith(id) === true)
        rmSync(fileOf(path, 0), { force: true });
    },
  };
}

function claimNow(folder: string, id: string): Claim {
  const unfinished = join(folder, `lock.${id}.new`);
  try {
    const text = `${processName()} ${threadId} ${id}`;
    const steps = claim(filesOf(folder, unfinished), { text, isGone });
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    // Whoever still wants to put one of them into the row comes too late.
    if (step.value.kind === "held") removeUnfinished(folder);
    return step.value;
  } catch (error) {
    throw refusedBySystem({ file: fileOf(folder, 0) }, error);
  } finally {
    removeIfPossible(unfinished);
  }
}

function filesOf(folder: string, unfinished: string): ClaimFiles {
  return {
    read: (nth) => unless("ENOENT", () => readFileSync(fileOf(folder, nth), "utf8")),
    create: (nth, text) => {
      writeFileSync(unfinished, text);
      return createFrom(unfinished, fileOf(folder, nth), text);
    },
    moveToFront: (nth) => renameSync(fileOf(folder, nth), fileOf(folder, 0)),
    remove: (nth) => rmSync(fileOf(folder, nth), { force: true }),
  };
}

/** Where a file cannot have two names, it is there for a moment without its text, and nobody passes it meanwhile. */
function createFrom(unfinished: string, file: string, text: string): boolean {
  try {
    linkSync(unfinished, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Without its first name it was taken away by whoever has the folder by now.
    if (code === "EEXIST" || code === "ENOENT") return false;
    if (!NO_LINKS.has(code)) throw error;
  }
  return (
    unless("EEXIST", () => {
      writeFileSync(file, text, { flag: "wx" });
      return true;
    }) ?? false
  );
}

function removeUnfinished(folder: string): void {
  const names = readdirSync(folder).filter((name) => UNFINISHED.test(name));
  for (const name of names) rmSync(join(folder, name), { force: true });
}

/** What stays is taken away by the next one who has the folder. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Why nothing can be done here, has been said.
  }
}

function unless<T>(code: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}

function fileOf(folder: string, nth: number): string {
  return join(folder, nth === 0 ? "lock" : `lock.${nth}`);
}

/** A name of this thread is that of one before it that had its numbers: what this one has, it knows. */
function isGone(text: string): boolean {
  const [name = "", thread] = text.split(" ");
  if (name === processName()) return thread === String(threadId);
  return name !== "" && isProcessGone(name);
}

function nameIn(text: string | undefined): string {
  const [name = "", thread] = text?.split(" ") ?? [];
  if (name === processName()) return `thread ${thread} of this process`;
  return name === "" ? "a process that is just taking it" : `process ${name}`;
}

function inUse(file: string, holder: string): Error {
  return persistenceFailed(
    { file },
    `the folder is in use by ${holder}. Take another folder, end that one, or delete the file if it has gone`,
  );
}

// What a kill would leave behind: the files of a folder as they are before each step of the system that could change one.
import fs, { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { newFolder } from "./kept.ts";

/** What can change a file, or what there is of one on the disk. */
const STEPS = [
  "openSync",
  "writeSync",
  "fsyncSync",
  "fdatasyncSync",
  "renameSync",
  "rmSync",
] as const;

type Step = (...given: unknown[]) => unknown;
type Steps = Record<string, Step>;

/** Bytes by the names of files; the lock of whoever was killed is of no account. */
type Files = ReadonlyMap<string, Buffer>;

/** Acts, and answers a folder for each different state in which a kill meanwhile would have left this one. */
export async function crashPointsOf(folder: string, act: () => Promise<void>): Promise<string[]> {
  const seen: Files[] = [];
  const look = (): void => {
    const files = filesIn(folder);
    const last = seen.at(-1);
    if (last === undefined || !isSame(last, files)) seen.push(files);
  };
  {
    using _watched = beforeEachStep(look);
    await act();
  }
  look();
  return seen.map(folderOf);
}

/** Puts something before every step of the system, until it is disposed of. */
function beforeEachStep(look: () => void): Disposable {
  const steps = fs as unknown as Steps;
  const before = STEPS.map((name) => [name, steps[name] as Step] as const);
  let depth = 0;
  for (const [name, step] of before) {
    steps[name] = (...given) => {
      depth += 1;
      try {
        // To look is to open files as well.
        if (depth === 1) look();
        return step(...given);
      } finally {
        depth -= 1;
      }
    };
  }
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]: () => {
      for (const [name, step] of before) steps[name] = step;
      syncBuiltinESMExports();
    },
  };
}

function filesIn(folder: string): Files {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).filter((name) => !name.startsWith("lock"));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

function isSame(one: Files, other: Files): boolean {
  const isEqual = ([name, bytes]: [string, Buffer]): boolean =>
    other.get(name)?.equals(bytes) === true;
  return one.size === other.size && [...one].every(isEqual);
}

function folderOf(files: Files): string {
  const folder = newFolder();
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

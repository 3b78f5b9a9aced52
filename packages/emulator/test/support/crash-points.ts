// What a kill would leave behind: the files of a folder as they are before each step of the system that could change one.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeFileSteps } from "./file-steps.ts";
import { newFolder } from "./kept.ts";

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
    using _watched = beforeFileSteps(look);
    await act();
  }
  look();
  return seen.map(folderOf);
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

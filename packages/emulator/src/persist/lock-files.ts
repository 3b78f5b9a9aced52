// The row of files by which a folder is claimed. What one of them says stands in a file of its own first, so that none is ever
// there without it; that file stays open as long as the folder is held, for other threads to see.
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClaimFiles } from "./folder-claim.ts";
import { holdOpen } from "./open-files.ts";

const UNFINISHED = /^lock\.[0-9a-f]+\.new$/;
/** How file systems that know no second name for a file say so. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
]);

/** Where the nth file of the row is. */
export function lockPath(folder: string, nth: number): string {
  return join(folder, nth === 0 ? "lock" : `lock.${nth}`);
}

/** The files of one claimant. */
export class LockFiles implements ClaimFiles, Disposable {
  readonly #folder: string;
  readonly #unfinished: string;
  #open: Disposable | undefined;

  /** `id` tells the claimant from all others. */
  constructor(folder: string, id: string) {
    this.#folder = folder;
    this.#unfinished = join(folder, `lock.${id}.new`);
  }

  read(nth: number): string | undefined {
    return unless("ENOENT", () => readFileSync(lockPath(this.#folder, nth), "utf8"));
  }

  create(nth: number, text: string): boolean {
    // On the disk first: after a loss of power nobody could tell whose an empty file is.
    writeFileSync(this.#unfinished, text, { flush: true });
    this.#open = holdOpen(this.#unfinished);
    return createFrom(this.#unfinished, lockPath(this.#folder, nth), text);
  }

  moveToFront(nth: number): void {
    renameSync(lockPath(this.#folder, nth), lockPath(this.#folder, 0));
  }

  remove(nth: number): void {
    rmSync(lockPath(this.#folder, nth), { force: true });
  }

  /** Takes away what this one began with. */
  removeUnfinished(): void {
    removeIfPossible(this.#unfinished);
  }

  /** Takes away what others began with: whoever still wants to put it into the row comes too late. */
  removeAllUnfinished(): void {
    const names = readdirSync(this.#folder).filter((name) => UNFINISHED.test(name));
    for (const name of names) removeIfPossible(join(this.#folder, name));
  }

  /** From now on this claimant is not to be seen any more. */
  [Symbol.dispose](): void {
    this.#open?.[Symbol.dispose]();
    this.#open = undefined;
  }
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

// What a planted bug is: a change to the sources as a bad refactoring would make it, and the checker that must see it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A text that stands in a file exactly once, and what takes its place. */
export interface Edit {
  /** Seen from the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface PlantedBug {
  readonly name: string;
  /** More than one where the code makes sure of the same thing twice. */
  readonly edits: readonly Edit[];
  /** The checker that must see it, by its name. */
  readonly caughtBy: string;
  /** The first world that is tried, one of those that CI runs; one that shows it saves time. */
  readonly fromSeed: number;
}

/** Worlds from the first on that CI runs; a bug must show in one of them. */
export const CI_SEEDS = 300;

/**
 * The files of a bug's edits as they are with the bug in them.
 * @throws Error when a text to replace does not stand in its file exactly once: the code has changed, and the list must
 * follow it.
 */
export function plant({ edits, name }: PlantedBug, root: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const text = files.get(file) ?? readFileSync(join(root, file), "utf8");
    const [before, after, ...others] = text.split(find);
    if (before === undefined || after === undefined || others.length > 0) {
      const found = others.length > 0 ? "more than once" : "not at all";
      throw new Error(`"${name}" cannot be planted: ${file} holds the text to replace ${found}`);
    }
    files.set(file, before + replace + after);
  }
  return files;
}

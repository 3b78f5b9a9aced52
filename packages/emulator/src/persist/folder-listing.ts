// Which files there are in a folder: `snapshot-N`, and `log-N` of what came after it. There is no snapshot 0. A log begins
// before the snapshot of its number is written, which may never come to an end: so there can be several logs behind the
// last snapshot, each going on from the one before. Once a snapshot is whole, all that is older goes.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Which files there are, by their numbers, lowest first. */
export interface Listing {
  readonly snapshots: readonly number[];
  readonly logs: readonly number[];
}

const NAME = /^(snapshot|log)-(\d{1,9})$/;
const UNFINISHED = /^(snapshot|log)-\d{1,9}\.new$/;

export function snapshotPath(folder: string, generation: number): string {
  return join(folder, `snapshot-${generation}`);
}

export function logPath(folder: string, generation: number): string {
  return join(folder, `log-${generation}`);
}

/** Looks what there is. */
export function listFiles(folder: string): Listing {
  const found = readdirSync(folder).flatMap((name) => {
    const [, kind, number] = NAME.exec(name) ?? [];
    return kind === undefined ? [] : [{ kind, generation: Number(number) }];
  });
  const numbersOf = (wanted: string): number[] =>
    found
      .filter(({ kind }) => kind === wanted)
      .map(({ generation }) => generation)
      .sort((a, b) => a - b);
  return { snapshots: numbersOf("snapshot"), logs: numbersOf("log") };
}

/**
 * Takes away what a whole snapshot of this number has made superfluous, and what was never finished. Answers what there
 * is to say about what stays: it is in nobody's way.
 */
export function removeOlder(folder: string, generation: number): readonly string[] {
  return unlessRefused(folder, () =>
    superfluousIn(folder, generation).flatMap((path) =>
      unlessRefused(path, () => {
        rmSync(path);
        return [];
      }),
    ),
  );
}

function superfluousIn(folder: string, generation: number): string[] {
  const { snapshots, logs } = listFiles(folder);
  const isOlder = (number: number): boolean => number < generation;
  return [
    ...snapshots.filter(isOlder).map((number) => snapshotPath(folder, number)),
    ...logs.filter(isOlder).map((number) => logPath(folder, number)),
    ...readdirSync(folder)
      .filter((name) => UNFINISHED.test(name))
      .map((name) => join(folder, name)),
  ];
}

function unlessRefused(path: string, act: () => readonly string[]): readonly string[] {
  try {
    return act();
  } catch (error) {
    return [
      `${path}: what is of no use any more cannot be taken away: ${(error as Error).message}`,
    ];
  }
}

// S10: once every hash key has a lease that is to be read, it stays so: whatever a lease covers that ends or goes is covered
// by others at that very moment. Only an operator may delete what is needed; in the end there is a lease for it again.
import { type HashKeyRange, MAX_HASH_KEY } from "@shardline/core";
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { OPERATOR } from "../fleet/worker-name.ts";
import { isEnded } from "./lease-facts.ts";

/** Every hash key there is. */
export const EVERYTHING: HashKeyRange = { start: 0n, end: MAX_HASH_KEY };

export class Coverage implements Checker {
  readonly name = "coverage";
  readonly sights = { table: (entry: EntryOf<"table">): void => this.#see(entry) };
  readonly #leases: () => readonly Lease[];
  /** What no lease has covered so far: the application is about to begin. */
  #unbegun: readonly HashKeyRange[] = [EVERYTHING];

  constructor(leases: () => readonly Lease[]) {
    this.#leases = leases;
  }

  atEnd(): void {
    const [hole] = this.#unbegun;
    if (hole !== undefined) throw this.#nobodyReads(hole, "ever");
  }

  #see({ after, before, key, process }: EntryOf<"table">): void {
    const [was, is] = [rangeToRead(before), rangeToRead(after)];
    if (is !== undefined) this.#unbegun = without(this.#unbegun, is);
    if (was === undefined || is !== undefined) return;
    const holes = uncovered(was, this.#leases());
    if (process === OPERATOR) this.#unbegun = [...this.#unbegun, ...holes];
    const [hole] = holes;
    if (hole === undefined || process === OPERATOR) return;
    throw this.#nobodyReads(hole, `since ${process} ${after ? "ended" : "deleted"} ${key}`);
  }

  #nobodyReads({ end, start }: HashKeyRange, when: string): BrokenInvariant {
    return new BrokenInvariant(this.name, `nobody is to read ${start} to ${end} ${when}`);
  }
}

/** The parts of a range that no lease to be read covers. */
export function uncovered(range: HashKeyRange, leases: readonly Lease[]): readonly HashKeyRange[] {
  let holes: readonly HashKeyRange[] = [range];
  for (const lease of leases) {
    const covered = rangeToRead(lease);
    if (covered !== undefined) holes = without(holes, covered);
    if (holes.length === 0) break;
  }
  return holes;
}

function rangeToRead(lease: Lease | undefined): HashKeyRange | undefined {
  return lease === undefined || isEnded(lease) ? undefined : lease.hashKeyRange;
}

function without(holes: readonly HashKeyRange[], covered: HashKeyRange): readonly HashKeyRange[] {
  const isApart = ({ end, start }: HashKeyRange): boolean =>
    covered.end < start || end < covered.start;
  if (holes.every(isApart)) return holes;
  return holes.flatMap((hole) => {
    if (isApart(hole)) return [hole];
    const left = { start: hole.start, end: covered.start - 1n };
    const right = { start: covered.end + 1n, end: hole.end };
    return [left, right].filter(({ end, start }) => start <= end);
  });
}

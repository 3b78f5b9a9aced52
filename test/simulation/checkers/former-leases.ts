// The leases of a stream that is not named any more stay, so that it goes on where it was. Where they are to be deleted, that
// is done by a worker that was told again and again to read something else, for as long as it is said, and when nobody has
// taken, renewed or given up any of them for as long.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import { isEnded } from "./lease-facts.ts";

/** What it was told without the stream, in a row. */
interface Told {
  readonly sinceMs: number;
  readonly answers: number;
}

/** One answer may be wrong, and so may the next. */
const LEAST_ANSWERS = 3;
/** What was sent while the stream was read arrives within this time: the lease of an ended shard may go. */
const LATE_MS = 20_000;
/** A process's clock is faster than the world's by less. */
const SLOWEST = 0.98;

interface FormerView {
  /** Infinity: they stay. */
  readonly deleteAfterMs: number;
  /** A look at the table may tell what stood so long ago. */
  readonly maxStaleMs: number;
  readonly roundTripMs: number;
}

export class FormerLeases implements Checker {
  readonly name = "former streams keep their leases";
  readonly sights = {
    streams: (entry: EntryOf<"streams">): void => this.#note(entry),
    life: ({ process, what }: EntryOf<"life">): void => {
      // Another may bear its name.
      if (what === "started") this.#told.delete(process);
    },
    table: (entry: EntryOf<"table">): void => this.#see(entry),
  };
  readonly #view: FormerView;
  /** By process, of each stream that is not to be read. */
  readonly #told = new Map<string, ReadonlyMap<string, Told>>();
  /** By stream: when a lease of it was last written. */
  readonly #writtenAtMs = new Map<string, number>();

  constructor(view: FormerView) {
    this.#view = view;
  }

  #note({ atMs, process, unnamed }: EntryOf<"streams">): void {
    if (process === WORLD) return;
    const before = this.#told.get(process);
    const told = unnamed.map((stream): [string, Told] => {
      const { answers, sinceMs } = before?.get(stream) ?? { answers: 0, sinceMs: atMs };
      return [stream, { answers: answers + 1, sinceMs }];
    });
    this.#told.set(process, new Map(told));
  }

  #see({ after, atMs, before, key, process }: EntryOf<"table">): void {
    const stream = prefixOf(key);
    // Notices of other streams' shards stand in whatever lease comes first.
    if (after !== undefined && after.counter === before?.counter) return;
    if (after !== undefined || before === undefined) {
      this.#writtenAtMs.set(stream, atMs);
      return;
    }
    const told = this.#told.get(process)?.get(stream);
    const problem = told && this.#problemOf(before, told, stream, atMs);
    if (problem === undefined) return;
    throw new BrokenInvariant(this.name, `${process} deletes ${key}, ${problem}`, process);
  }

  #problemOf(lease: Lease, told: Told, stream: string, atMs: number): string | undefined {
    const { deleteAfterMs, maxStaleMs, roundTripMs } = this.#view;
    const forMs = atMs - told.sinceMs;
    if (isEnded(lease) && forMs < LATE_MS) return undefined;
    if (deleteAfterMs === Number.POSITIVE_INFINITY) return "which is to stay";
    if (told.answers < LEAST_ANSWERS) return `after ${told.answers} answers without its stream`;
    const leastMs = deleteAfterMs * SLOWEST;
    if (forMs < leastMs) return `${text(forMs)} after the first answer without its stream`;
    const stillMs = atMs - (this.#writtenAtMs.get(stream) ?? 0);
    const isStill = stillMs >= leastMs - maxStaleMs - roundTripMs;
    return isStill ? undefined : `${text(stillMs)} after a write to a lease of its stream`;
  }
}

function text(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

// What was seen in a world, in order: the evidence of the checkers, and the story that a broken world tells.
import { inspect } from "node:util";
import type { EntryOf, JournalEntry, JournalKind, TimedEntry } from "./journal-entry.ts";

type Sight<Kind extends JournalKind> = (entry: EntryOf<Kind>) => void;

/** What a checker looks at, kind by kind, as it is written; each throws a BrokenInvariant. */
export type Sights = { readonly [Kind in JournalKind]?: Sight<Kind> };

/** Holds one invariant. */
export interface Checker {
  readonly name: string;
  readonly sights?: Sights;
  /**
   * When something is due: then it looks at the first step, and not only when all do. May be too early, never too late.
   */
  readonly dueAtMs?: number;
  /** Looks at the whole state, every so many steps. */
  look?(): void;
  /** After everything has come to rest. */
  atEnd?(): void;
}

/** What a checker throws. */
export class BrokenInvariant extends Error {
  readonly checker: string;
  /** Whom it concerns; empty for all. */
  readonly processes: readonly string[];

  constructor(checker: string, what: string, ...processes: readonly string[]) {
    super(`${checker}: ${what}`);
    this.name = "BrokenInvariant";
    this.checker = checker;
    this.processes = processes;
  }
}

/** How much is kept, for the part of it that a failure tells. */
const KEPT = 8192;
/** The whole state is looked at whenever so many timers have fired. */
const STEPS_BETWEEN_LOOKS = 1000;

/** A checker, and what it does when an entry is written. */
interface Watch {
  readonly checker: Checker;
  readonly see: Sight<JournalKind>;
}

export class Journal {
  readonly #nowMs: () => number;
  readonly #heeded: string | undefined;
  readonly #checkers: Checker[] = [];
  /** Those that wait for times. */
  readonly #timed: Checker[] = [];
  readonly #sights: Partial<Record<JournalKind, Watch[]>> = {};
  readonly #kept: TimedEntry[] = [];
  #written = 0;
  #steps = 0;
  #calls = 0;
  readonly counts = new Map<JournalKind, number>();
  #broken: BrokenInvariant | undefined;

  /** `heeded`: the only checker that counts; all do unless it is given. */
  constructor(nowMs: () => number, heeded?: string) {
    this.#nowMs = nowMs;
    this.#heeded = heeded;
  }

  /** The first invariant that broke. */
  get broken(): BrokenInvariant | undefined {
    return this.#broken;
  }

  /** The last entries, oldest first; where an invariant broke, up to that. */
  get recent(): readonly TimedEntry[] {
    const next = this.#written % KEPT;
    return [...this.#kept.slice(next), ...this.#kept.slice(0, next)];
  }

  /** The number of a handler's call that begins. */
  nextCall(): number {
    this.#calls += 1;
    return this.#calls;
  }

  watch(...checkers: readonly Checker[]): void {
    for (const checker of checkers) {
      this.#checkers.push(checker);
      if (checker.dueAtMs !== undefined) this.#timed.push(checker);
      for (const [kind, sight] of Object.entries(checker.sights ?? {})) {
        const see = sight as Sight<JournalKind>;
        (this.#sights[kind as JournalKind] ??= []).push({ checker, see });
      }
    }
  }

  /** The entry is the journal's from here on. */
  write(entry: JournalEntry): void {
    const timed = atTime(entry, this.#nowMs());
    this.counts.set(entry.kind, (this.counts.get(entry.kind) ?? 0) + 1);
    // What comes behind the break has not led to it.
    if (this.#broken !== undefined) return;
    this.#kept[this.#written % KEPT] = timed;
    this.#written += 1;
    const sights = this.#sights[entry.kind];
    if (sights === undefined) return;
    for (const { checker, see } of sights) this.#check(checker, see, timed);
  }

  /** A timer has fired, and all that it led to at once is done. */
  step(): void {
    this.#steps += 1;
    if (this.#steps % STEPS_BETWEEN_LOOKS === 0) this.look();
    const nowMs = this.#nowMs();
    for (const checker of this.#timed) if ((checker.dueAtMs ?? nowMs) <= nowMs) this.#look(checker);
  }

  /** The whole state is looked at. */
  look(): void {
    for (const checker of this.#checkers) this.#look(checker);
  }

  /** Everything has come to rest. */
  end(): void {
    for (const checker of this.#checkers) this.#check(checker, () => checker.atEnd?.(), undefined);
  }

  /** Something went wrong that no checker looks for. */
  break(error: BrokenInvariant): void {
    if (this.#heeded === undefined || this.#heeded === error.checker) this.#broken ??= error;
  }

  #look(checker: Checker): void {
    this.#check(checker, () => checker.look?.(), undefined);
  }

  /**
   * A checker is called from inside handlers, which must not swallow what it throws. One that fails itself holds nothing any
   * more, whichever is heeded; it has seen nothing broken, which its name would say.
   */
  #check<Seen>({ name }: Checker, look: (seen: Seen) => void, seen: Seen): void {
    try {
      look(seen);
    } catch (error) {
      if (error instanceof BrokenInvariant) this.break(error);
      else this.#broken ??= new BrokenInvariant(`checker failed: ${name}`, inspect(error));
    }
  }
}

/** In place: of so many kinds a copy would cost as much as all that the checkers do. */
function atTime(entry: JournalEntry & { atMs?: number }, atMs: number): TimedEntry {
  entry.atMs = atMs;
  return entry as TimedEntry;
}

// What was seen in a world, in order: the evidence of the checkers, and the story that a broken world tells.

/** A record as the world puts it: which key, and which of the key's records. */
export interface SimRecord {
  readonly key: string;
  readonly number: number;
}

/** One thing that happened. */
export type JournalEntry =
  | { readonly kind: "put"; readonly record: SimRecord }
  | { readonly kind: "stored"; readonly record: SimRecord; readonly shardId: string }
  | { readonly kind: "failed"; readonly record: SimRecord; readonly code: string }
  | {
      readonly kind: "delivered";
      readonly record: SimRecord;
      readonly shardId: string;
      readonly worker: string;
    }
  | {
      readonly kind: "lease";
      readonly what: string;
      readonly worker: string;
      readonly fields: object;
    }
  | { readonly kind: "world"; readonly what: string };

/** An entry and its time. */
export type TimedEntry = JournalEntry & { readonly atMs: number };

/** Looks at each entry as it is written; throws a BrokenInvariant. */
export interface Checker {
  readonly name: string;
  see?(entry: TimedEntry): void;
  /** After everything has come to rest. */
  atEnd?(): void;
}

/** What a checker throws. */
export class BrokenInvariant extends Error {
  constructor(checker: string, what: string) {
    super(`${checker}: ${what}`);
    this.name = "BrokenInvariant";
  }
}

/** How much of the story a failure tells. */
const TAIL = 60;

export class Journal {
  readonly #nowMs: () => number;
  readonly #checkers: Checker[] = [];
  readonly #tail: TimedEntry[] = [];
  readonly counts = new Map<JournalEntry["kind"], number>();
  #broken: BrokenInvariant | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The first invariant that broke. */
  get broken(): BrokenInvariant | undefined {
    return this.#broken;
  }

  watch(...checkers: readonly Checker[]): void {
    this.#checkers.push(...checkers);
  }

  write(entry: JournalEntry): void {
    const timed = { ...entry, atMs: this.#nowMs() };
    this.counts.set(entry.kind, (this.counts.get(entry.kind) ?? 0) + 1);
    this.#tail.push(timed);
    if (this.#tail.length > TAIL) this.#tail.shift();
    this.#check(() => {
      for (const checker of this.#checkers) checker.see?.(timed);
    });
  }

  /** Everything has come to rest. */
  end(): void {
    this.#check(() => {
      for (const checker of this.#checkers) checker.atEnd?.();
    });
  }

  /** The last entries, a line each. */
  story(): string[] {
    return this.#tail.map(({ atMs, kind, ...rest }) => {
      return `${(atMs / 1000).toFixed(3).padStart(9)} ${kind.padEnd(9)} ${JSON.stringify(rest)}`;
    });
  }

  /** Something went wrong that no checker looks for. */
  break(error: BrokenInvariant): void {
    this.#broken ??= error;
  }

  /** A checker is called from inside handlers, which must not swallow what it throws. */
  #check(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.break(error);
    }
  }
}

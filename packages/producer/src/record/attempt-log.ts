// The tries of a carrier, or of a record: the first and the last of them, and what all of them tell. A record that may
// live through an outage is tried for as long as that lasts, so what is kept of its tries must not grow with them.
import type { ApiFailure, Attempt } from "@shardline/core";

/** Of more than both together these are listed: how it began, and what it has come to. */
const FIRST = 8;
const LAST = 24;

type Facts = Omit<AttemptLog, "list" | "followedBy" | "blamedFor">;

/** Tries in their order; a log never changes. */
export class AttemptLog {
  /** All of them; of more than 32, the first 8 and the last 24. */
  readonly list: readonly Attempt[];
  readonly count: number;
  /** Those that count as such: that a call was refused because of another record in it is nobody's failure. */
  readonly countedTries: number;
  /** Whether one of them may have stored the record although it failed. */
  readonly isAmbiguous: boolean;
  readonly lastFailure: ApiFailure | undefined;
  /** How long the last of them, and those before it without a break, have failed in one way. */
  readonly failingForMs: number;
  /** Whether all of them failed in that way. */
  readonly isAlike: boolean;

  constructor(list: Attempt[], facts: Facts) {
    this.list = Object.freeze(list);
    this.count = facts.count;
    this.countedTries = facts.countedTries;
    this.isAmbiguous = facts.isAmbiguous;
    this.lastFailure = facts.lastFailure;
    this.failingForMs = facts.failingForMs;
    this.isAlike = facts.isAlike;
  }

  /** These tries, and then those. */
  followedBy(later: AttemptLog): AttemptLog {
    if (this.count === 0) return later;
    if (later.count === 0) return this;
    const goesOn = later.isAlike && kindOf(later) === kindOf(this);
    const { failingForMs } = later;
    return new AttemptLog(shortened([...this.list, ...later.list]), {
      count: this.count + later.count,
      countedTries: this.countedTries + later.countedTries,
      isAmbiguous: this.isAmbiguous || later.isAmbiguous,
      lastFailure: later.lastFailure ?? this.lastFailure,
      failingForMs: goesOn ? this.failingForMs + firstMsOf(later) + failingForMs : failingForMs,
      isAlike: goesOn && this.isAlike,
    });
  }

  /** The last of them stored the record, but in vain: it failed after all, and in a way of its own. */
  blamedFor(failure: ApiFailure): AttemptLog {
    const last = this.list.at(-1);
    if (last === undefined) return this;
    return new AttemptLog([...this.list.slice(0, -1), { ...last, failure }], {
      count: this.count,
      countedTries: this.countedTries,
      isAmbiguous: this.isAmbiguous || failure.isAmbiguous,
      lastFailure: failure,
      failingForMs: 0,
      isAlike: this.count === 1,
    });
  }
}

/** Of what was never tried. */
export const NO_ATTEMPTS: AttemptLog = new AttemptLog([], {
  count: 0,
  countedTries: 0,
  isAmbiguous: false,
  lastFailure: undefined,
  failingForMs: 0,
  isAlike: true,
});

/** The log of a single try. */
export function logOf(attempt: Attempt): AttemptLog {
  const { failure } = attempt;
  return new AttemptLog([attempt], {
    count: 1,
    countedTries: failure?.kind === "rejected" ? 0 : 1,
    isAmbiguous: failure?.isAmbiguous === true,
    lastFailure: failure,
    failingForMs: 0,
    isAlike: true,
  });
}

/** Puts later tries behind those of one record after another: where these are the same log, so is what comes of it. */
export function joinWith(later: AttemptLog): (earlier: AttemptLog) => AttemptLog {
  let known = NO_ATTEMPTS;
  let both = later;
  return (earlier) => {
    if (earlier !== known) both = earlier.followedBy(later);
    known = earlier;
    return both;
  };
}

function shortened(list: Attempt[]): Attempt[] {
  if (list.length > FIRST + LAST) list.splice(FIRST, list.length - FIRST - LAST);
  return list;
}

function kindOf({ list }: AttemptLog): ApiFailure["kind"] | undefined {
  return list.at(-1)?.failure?.kind;
}

function firstMsOf({ list: [first] }: AttemptLog): number {
  return first === undefined ? 0 : first.delayMs + first.durationMs;
}

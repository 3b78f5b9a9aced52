// A worker leaves a subscription by which nothing comes for 20 seconds, because the service sends an event every 5 at least,
// and one that it has not read for 4 minutes, because the service ends it soon; by its own clock, unless it stands still.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { Thaws } from "../evidence/thaws.ts";

const SILENT_MS = 20_000;
const UNREAD_MS = 240_000;
/** Timers may be late by as much where clocks drift. */
const LATE_MS = 100;

/** What a worker waits for, or lets wait. */
interface Wait {
  readonly process: string;
  readonly shardId: string;
  /** By its clock. */
  readonly sinceMs: number;
  readonly isForEvent: boolean;
}

interface Times {
  readonly nowMs: () => number;
  /** What a process's monotonic clock says. */
  readonly ownTimeMs: (process: string) => number;
}

export class SilentSubscription implements Checker {
  readonly name = "silent subscription";
  readonly sights = {
    life: (entry: EntryOf<"life">): void => this.#seeLife(entry),
    subscription: (entry: EntryOf<"subscription">): void => this.#see(entry),
  };
  readonly #times: Times;
  readonly #thaws = new Thaws();
  /** By process and shard. */
  readonly #waits = new Map<string, Wait>();

  constructor(times: Times) {
    this.#times = times;
  }

  look(): void {
    for (const wait of this.#waits.values()) {
      this.#require(wait, this.#times.ownTimeMs(wait.process));
    }
  }

  #seeLife(entry: EntryOf<"life">): void {
    const { process, what } = entry;
    this.#thaws.note(entry);
    if (what !== "started" && what !== "killed") return;
    for (const [place, wait] of this.#waits) {
      if (wait.process === process) this.#waits.delete(place);
    }
  }

  #see({ localMs, news, process, shardId }: EntryOf<"subscription">): void {
    const place = `${process} ${shardId}`;
    const wait = this.#waits.get(place);
    if (wait !== undefined) this.#require(wait, localMs);
    switch (news.what) {
      case "asked":
      case "awaited":
        this.#waits.set(place, { process, shardId, sinceMs: localMs, isForEvent: true });
        return;
      case "accepted":
      case "pushed":
        this.#waits.set(place, { process, shardId, sinceMs: localMs, isForEvent: false });
        return;
      case "ended":
      case "failed":
      case "left":
      case "refused":
        this.#waits.delete(place);
    }
  }

  #require({ isForEvent, process, shardId, sinceMs }: Wait, localMs: number): void {
    const lastedMs = localMs - sinceMs;
    if (lastedMs <= (isForEvent ? SILENT_MS : UNREAD_MS) + LATE_MS) return;
    // What falls due while it stands still is done right afterwards.
    if (this.#times.nowMs() <= this.#thaws.untilMs(process) + LATE_MS) return;
    const seconds = (lastedMs / 1000).toFixed(1);
    const what = isForEvent ? "has brought nothing" : "was not read";
    throw new BrokenInvariant(
      this.name,
      `the subscription of ${process} to ${shardId} ${what} for ${seconds} s`,
      process,
    );
  }
}

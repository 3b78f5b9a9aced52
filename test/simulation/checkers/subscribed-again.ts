// A shard that was read by a subscription is read on when that is over: the next one is asked for as soon as the service
// takes it, within 30 seconds where those before brought nothing; or the shard is polled. Otherwise its records would wait.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { Thaws } from "../evidence/thaws.ts";

/** The service takes no other within this time of one that was accepted. */
const PROTECTED_MS = 5100;
/** The longest wait after subscriptions that brought nothing. */
const BACKOFF_MS = 30_000;
/** What is done at once is done within this time. */
const AT_ONCE_MS = 1200;
/** Who leaves one after so long leaves it for its silence. */
const SILENT_MS = 20_000;
/** A worker reads nothing more of a shard, or does so by polling as soon as it has room for it. */
const NO_MORE: ReadonlySet<string> = new Set([
  "leaseLost",
  "leaseReleased",
  "shardEnded",
  "shutdownRequested",
  "fellBackToPolling",
]);

/** A subscription of a worker to a shard, or the last one; times are those of its clock. */
interface Reading {
  readonly process: string;
  readonly shardId: string;
  readonly acceptedMs: number;
  /** Of what it waits for, or lets wait. */
  readonly sinceMs: number;
  readonly isAwaited: boolean;
  readonly events: number;
  /** Whether the shard is not polled any more: an event was handed on, and more was asked for. */
  readonly isSole: boolean;
  /** Until then the next one is to be asked for. */
  readonly dueMs: number;
}

interface Times {
  readonly nowMs: () => number;
  /** What a process's monotonic clock says. */
  readonly ownTimeMs: (process: string) => number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class SubscribedAgain implements Checker {
  readonly name = "subscribed again";
  readonly sights = {
    life: (entry: EntryOf<"life">): void => this.#seeLife(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeNews(entry),
    read: ({ process, shardId }: EntryOf<"read">): void => {
      const place = `${process} ${shardId}`;
      const reading = this.#readings.get(place);
      if (reading !== undefined)
        this.#readings.set(place, { ...reading, isSole: false, dueMs: NEVER });
    },
    subscription: (entry: EntryOf<"subscription">): void => this.#see(entry),
  };
  readonly #times: Times;
  readonly #thaws = new Thaws();
  /** By process and shard. */
  readonly #readings = new Map<string, Reading>();
  /** Processes that are told to stop, and those whose stream consumer is gone. */
  readonly #stopping = new Set<string>();
  readonly #without = new Set<string>();

  constructor(times: Times) {
    this.#times = times;
  }

  look(): void {
    for (const reading of this.#readings.values()) {
      this.#require(reading, this.#times.ownTimeMs(reading.process));
    }
  }

  #seeLife(entry: EntryOf<"life">): void {
    const { process, what } = entry;
    this.#thaws.note(entry);
    if (what === "paused") return;
    this.#forget(process);
    this.#without.delete(process);
    if (what === "started") this.#stopping.delete(process);
    else this.#stopping.add(process);
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    const { shardId = "" } = fields as { readonly shardId?: string };
    if (NO_MORE.has(what)) this.#readings.delete(`${process} ${shardId}`);
    if (what === "streamConsumerReady") this.#without.delete(process);
    if (what !== "streamConsumerMissing") return;
    // All its shards are polled, each from its next subscription on.
    this.#without.add(process);
    this.#forget(process);
  }

  #forget(process: string): void {
    for (const [place, reading] of this.#readings) {
      if (reading.process === process) this.#readings.delete(place);
    }
  }

  #see({ localMs, news, process, shardId }: EntryOf<"subscription">): void {
    const place = `${process} ${shardId}`;
    const before = this.#readings.get(place) ?? newReading(process, shardId);
    this.#require(before, localMs);
    const reading = { ...before, sinceMs: localMs, isAwaited: false, dueMs: NEVER };
    switch (news.what) {
      case "asked":
        this.#readings.set(place, { ...reading, isAwaited: true, events: 0 });
        return;
      case "accepted":
        this.#readings.set(place, { ...reading, acceptedMs: localMs });
        return;
      case "awaited":
        this.#readings.set(place, {
          ...reading,
          isAwaited: true,
          isSole: before.isSole || before.events > 0,
        });
        return;
      case "pushed":
        this.#readings.set(place, { ...reading, events: before.events + 1 });
        return;
      case "left":
        if (before.isAwaited && localMs - before.sinceMs >= SILENT_MS) this.#end(reading, localMs);
        else this.#readings.delete(place);
        return;
      case "ended":
        this.#end(reading, localMs);
        return;
      case "failed":
      case "refused":
        if (news.failure === "missing") this.#readings.delete(place);
        else this.#end(reading, localMs);
    }
  }

  #end(reading: Reading, localMs: number): void {
    const { acceptedMs, events, isSole, process, shardId } = reading;
    const isExcused = this.#stopping.has(process) || this.#without.has(process);
    if (!isSole || isExcused) {
      this.#readings.delete(`${process} ${shardId}`);
      return;
    }
    const dueMs =
      Math.max(localMs + (events === 0 ? BACKOFF_MS : 0), acceptedMs + PROTECTED_MS) + AT_ONCE_MS;
    this.#readings.set(`${process} ${shardId}`, { ...reading, dueMs });
  }

  #require({ dueMs, process, shardId }: Reading, localMs: number): void {
    if (localMs <= dueMs) return;
    if (this.#times.nowMs() <= this.#thaws.untilMs(process) + AT_ONCE_MS) return;
    const seconds = ((localMs - dueMs) / 1000).toFixed(1);
    const what = `${process} has left ${shardId} unread, and is ${seconds} s late`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

function newReading(process: string, shardId: string): Reading {
  return {
    process,
    shardId,
    acceptedMs: Number.NEGATIVE_INFINITY,
    sinceMs: 0,
    isAwaited: false,
    events: 0,
    isSole: false,
    dueMs: NEVER,
  };
}

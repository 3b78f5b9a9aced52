// A shard that was read by a subscription is read on when that is over: the next one is asked for as soon as the service
// takes it, within 30 seconds where those before brought nothing; or the shard is polled. Otherwise its records would wait.
// Nothing more is read of a stream that the worker is told to read no more, however long its handlers take to end.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import { WORLD } from "../evidence/story.ts";
import { Thaws } from "../evidence/thaws.ts";

/** The service takes no other within this time of one that was accepted. */
const PROTECTED_MS = 5100;
/** The longest wait after subscriptions that brought nothing. */
const BACKOFF_MS = 30_000;
/** What is done at once is done within this time. */
const AT_ONCE_MS = 1200;
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

/** What a consumer tells of a shard, or of a stream; of which one where it has many. */
interface StreamNews {
  readonly shardId?: string;
  readonly stream?: string;
  /** What the lease table calls it: the names of its shards begin with that. */
  readonly streamName?: string;
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
    streams: (entry: EntryOf<"streams">): void => this.#noteStreams(entry),
    subscription: (entry: EntryOf<"subscription">): void => this.#see(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWish(entry),
  };
  readonly #times: Times;
  readonly #thaws = new Thaws();
  /** By process and shard. */
  readonly #readings = new Map<string, Reading>();
  /** By process and shard: somebody has asked its owner for the lease, who finishes what is in hand before it is given up. */
  readonly #wanted = new Set<string>();
  /** Processes that are told to stop. */
  readonly #stopping = new Set<string>();
  /** By process: the streams whose consumer is gone, empty for the one that there is. */
  readonly #without = new Map<string, Set<string>>();
  /** By process: what the names of shards begin with that it is to read no more, until it begins with their stream anew. */
  readonly #unnamed = new Map<string, Set<string>>();

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
    this.#unnamed.delete(process);
    if (what === "started") this.#stopping.delete(process);
    else this.#stopping.add(process);
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    const { shardId = "", stream = "", streamName = "" } = fields as StreamNews;
    const place = `${process} ${shardId}`;
    if (NO_MORE.has(what)) this.#readings.delete(place);
    if (what === "leaseTaken") this.#wanted.delete(place);
    if (what === "streamConsumerReady") this.#without.get(process)?.delete(stream);
    if (what === "streamStarted") this.#unnamed.get(process)?.delete(`${streamName}:`);
    if (what !== "streamConsumerMissing") return;
    // All its shards are polled, each from its next subscription on.
    const without = this.#without.get(process) ?? new Set();
    this.#without.set(process, without.add(stream));
    this.#forget(process, stream);
  }

  /** Who is asked for a lease may be about to give it up; where the wish is taken back, what is due is so anew. */
  #seeWish({ after, before }: EntryOf<"table">): void {
    if (after?.wantedBy !== undefined) this.#wanted.add(`${after.owner} ${after.key}`);
    if (before?.wantedBy === undefined || after?.wantedBy !== undefined) return;
    const place = `${before.owner} ${before.key}`;
    const reading = this.#readings.get(place);
    if (!this.#wanted.delete(place) || reading === undefined || reading.dueMs === NEVER) return;
    const dueMs = this.#times.ownTimeMs(reading.process) + BACKOFF_MS + AT_ONCE_MS;
    this.#readings.set(place, { ...reading, dueMs });
  }

  /** An answer counts at once: what is read of a stream that it lacks is given up, also if the next one names it again. */
  #noteStreams({ localMs, process, unnamed }: EntryOf<"streams">): void {
    if (process === WORLD) return;
    this.#unnamed.set(process, new Set([...(this.#unnamed.get(process) ?? []), ...unnamed]));
    for (const [place, reading] of this.#readings) {
      if (!this.#isUnnamed(reading)) continue;
      this.#require(reading, localMs);
      this.#readings.delete(place);
    }
  }

  #isUnnamed({ process, shardId }: Reading): boolean {
    return this.#unnamed.get(process)?.has(prefixOf(shardId)) === true;
  }

  #forget(process: string, stream = ""): void {
    for (const [place, reading] of this.#readings) {
      if (reading.process === process && isOfStream(reading.shardId, stream))
        this.#readings.delete(place);
    }
  }

  #isWithout(process: string, shardId: string): boolean {
    const without = this.#without.get(process) ?? new Set();
    return [...without].some((stream) => isOfStream(shardId, stream));
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
        if (news.isEnd === true) this.#readings.delete(place);
        else this.#readings.set(place, { ...reading, events: before.events + 1 });
        return;
      case "left":
        // Otherwise whoever leaves one because the shard is not to be read any more says so.
        if (this.#wanted.has(place)) this.#readings.delete(place);
        else this.#end(reading, localMs);
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
    const isGivenUp = this.#stopping.has(process) || this.#isUnnamed(reading);
    const isExcused = isGivenUp || this.#isWithout(process, shardId);
    if (!isSole || isExcused) {
      this.#readings.delete(`${process} ${shardId}`);
      return;
    }
    const dueMs =
      Math.max(localMs + (events === 0 ? BACKOFF_MS : 0), acceptedMs + PROTECTED_MS) + AT_ONCE_MS;
    this.#readings.set(`${process} ${shardId}`, { ...reading, dueMs });
  }

  #require({ dueMs, process, shardId }: Reading, localMs: number): void {
    if (localMs <= dueMs || this.#wanted.has(`${process} ${shardId}`)) return;
    if (this.#times.nowMs() <= this.#thaws.untilMs(process) + AT_ONCE_MS) return;
    const seconds = ((localMs - dueMs) / 1000).toFixed(1);
    const what = `${process} has left ${shardId} unread, and is ${seconds} s late`;
    throw new BrokenInvariant(this.name, what, process);
  }
}

/** `stream`: empty for the only one. */
function isOfStream(shardId: string, stream: string): boolean {
  return stream === "" || shardId.includes(`:${stream}:`);
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

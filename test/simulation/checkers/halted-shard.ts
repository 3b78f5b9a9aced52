// A shard that is halted rests: nothing of it is delivered until its time is over or an operator ends the rest, nothing is
// checkpointed at the record or behind it, the lease is kept, and the table is told where the shard rests with the next
// renewal, and of nothing else. Where calls are made side by side the record alone rests, with what waits for it; several
// may, and the table is told of the first.
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { ConcurrencyOdds } from "../fleet/concurrency-odds.ts";
import { prefixOf } from "../evidence/shard-names.ts";
import { isSamePlace, placeText } from "./lease-facts.ts";

/** Where a process is halted, until the record is done with or the lease is not its own any more. */
interface Halted {
  readonly at: Position;
  /** By the process's own clock. */
  readonly sinceMs: number;
  untilMs: number;
  /** Not tried again yet. */
  isResting: boolean;
  /** When the last write was sent that does nothing but renew the lease, by the process's own clock. */
  renewalSentAtMs: number | undefined;
}

/** What is given up with the stream that it is of: that ends, or the worker. */
interface Unasked {
  readonly process: string;
  readonly what: string;
  readonly prefix: string;
  untilMs: number;
}

/** What the consumer tells of one. */
type HaltNews = Position & { readonly shardId: string; readonly retryAfterMs: number };

/** A process's clock is faster than the world's by less. */
const FASTEST = 1.02;
/** Times are added up in fractions. */
const ROUNDING_MS = 0.01;
/** A worker that finds its stream gone gives its shards up, and ends, within this time. */
const ENDING_MS = 5000;
/** One of many streams has ended so long after that, if handlers take all the time that they have. */
const STREAM_ENDING_MS = 35_000;

export class HaltedShard implements Checker {
  readonly name = "a halted shard rests";
  readonly sights = {
    lease: (entry: EntryOf<"lease">): void => this.#seeNews(entry),
    life: (entry: EntryOf<"life">): void => this.#seeLife(entry),
    delivered: (entry: EntryOf<"delivered">): void => this.#seeDelivered(entry),
    asked: (entry: EntryOf<"asked">): void => this.#seeAsked(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
  };
  readonly #ownTimeMs: (process: string) => number;
  readonly #ordering: ConcurrencyOdds["ordering"];
  /** By process and shard, in no order. */
  readonly #halted = new Map<string, readonly Halted[]>();
  readonly #draining = new Set<string>();
  /** By process and key: what it gave up without being asked, and until when its stream is to end, by its own clock. */
  readonly #unasked = new Map<string, Unasked>();

  constructor(ownTimeMs: (process: string) => number, ordering: ConcurrencyOdds["ordering"]) {
    this.#ownTimeMs = ownTimeMs;
    this.#ordering = ordering;
  }

  look(): void {
    for (const { process, untilMs, what } of this.#unasked.values()) {
      if (this.#ownTimeMs(process) <= untilMs) continue;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  /** Another may begin under the name of one that is no more. */
  #seeLife({ forMs, process, what }: EntryOf<"life">): void {
    if (what === "paused") {
      for (const unasked of this.#unaskedOf(process)) unasked.untilMs += forMs * FASTEST;
      return;
    }
    this.#forgive(process);
    if (what !== "killed" && what !== "started") return;
    this.#draining.delete(process);
    for (const place of this.#halted.keys()) {
      if (place.startsWith(`${process} `)) this.#halted.delete(place);
    }
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    if (what === "draining") {
      this.#draining.add(process);
      this.#forgive(process);
      return;
    }
    if (what === "streamFailed" || what === "streamRemoved") {
      const { stream } = fields as { readonly stream: string };
      this.#forgive(process, `:${stream}:`);
      return;
    }
    const place = `${process} ${(fields as HaltNews).shardId}`;
    const all = this.#halted.get(place) ?? [];
    switch (what) {
      case "shardHalted": {
        const at = placeOf(fields as HaltNews);
        const { retryAfterMs } = fields as HaltNews;
        const sinceMs = this.#ownTimeMs(process);
        const untilMs = sinceMs + retryAfterMs - ROUNDING_MS;
        const halted = { at, sinceMs, untilMs, isResting: true, renewalSentAtMs: undefined };
        this.#halted.set(place, [...without(all, at), halted]);
        return;
      }
      case "retryShard":
        for (const halted of all) halted.untilMs = Number.NEGATIVE_INFINITY;
        return;
      case "skipRecord": {
        const first = firstOf(all);
        if (first !== undefined) first.untilMs = Number.NEGATIVE_INFINITY;
        return;
      }
      case "shardResumed": {
        const left = without(all, placeOf(fields as HaltNews));
        if (left.length > 0) this.#halted.set(place, left);
        else this.#halted.delete(place);
        return;
      }
      case "leaseLost":
      case "leaseReleased":
        this.#halted.delete(place);
    }
  }

  #seeDelivered({ position, process, shardId }: EntryOf<"delivered">): void {
    if (this.#halted.size === 0) return;
    for (const halted of this.#halted.get(`${process} ${shardId}`) ?? []) {
      const isMeant = this.#ordering === "shard" || isSamePlace(halted.at, position);
      if (!isMeant || !halted.isResting) continue;
      halted.isResting = false;
      const earlyMs = halted.untilMs - this.#ownTimeMs(process);
      if (earlyMs <= 0) continue;
      this.#break(process, `delivers from ${shardId} ${Math.ceil(earlyMs)} ms too early`, halted);
    }
  }

  /** A handler that tries again may checkpoint what it comes past. */
  #seeAsked({ key, localMs, move, process }: EntryOf<"asked">): void {
    const { checkpoint, haltedAt, pendingCheckpoint } = move.patch;
    const all = this.#halted.get(`${process} ${key}`) ?? [];
    const first = firstOf(all);
    const isRenewal = checkpoint === undefined && pendingCheckpoint === undefined;
    if (first !== undefined && isRenewal) first.renewalSentAtMs = localMs;
    if (haltedAt !== undefined && !isSamePlace(haltedAt ?? undefined, first?.at)) {
      const told = haltedAt === null ? "nowhere" : `at ${placeText(haltedAt)}`;
      this.#break(process, `tells that ${key} is halted ${told}`, first);
    }
    if (checkpoint === undefined) return;
    const passed = all.find(
      ({ at, isResting }) => isResting && comparePositions(checkpoint, at) >= 0,
    );
    if (passed === undefined) return;
    this.#break(process, `checkpoints ${key} at ${placeText(checkpoint)}`, passed);
  }

  #seeWrite({ after, before, key, process, sentAtMs }: EntryOf<"table">): void {
    if (this.#halted.size === 0) return;
    const halted = firstOf(this.#halted.get(`${process} ${key}`) ?? []);
    if (halted === undefined || before?.owner !== process || after === undefined) return;
    if (after.owner !== process) {
      if (before.wantedBy !== undefined || this.#draining.has(process)) return;
      const what = `${process} gives ${key} up: halted at ${placeText(halted.at)}`;
      const prefix = prefixOf(key);
      const untilMs = this.#ownTimeMs(process) + (prefix === "" ? ENDING_MS : STREAM_ENDING_MS);
      this.#unasked.set(`${process} ${key}`, { process, what, prefix, untilMs });
      return;
    }
    if (sentAtMs === undefined || sentAtMs !== halted.renewalSentAtMs) return;
    if (after.counter <= before.counter || sentAtMs <= halted.sinceMs) return;
    if (!isSamePlace(after.haltedAt, halted.at)) {
      this.#break(process, `renews ${key} and does not tell that it is halted`, halted);
    }
  }

  #unaskedOf(process: string): readonly Unasked[] {
    return [...this.#unasked.values()].filter((unasked) => unasked.process === process);
  }

  /** It ends, or the stream does whose name is in the names of its shards. */
  #forgive(process: string, stream = ""): void {
    for (const [place, unasked] of this.#unasked) {
      if (unasked.process === process && unasked.prefix.includes(stream))
        this.#unasked.delete(place);
    }
  }

  #break(process: string, what: string, halted: Halted | undefined): never {
    const where = halted === undefined ? "it is not halted" : `halted at ${placeText(halted.at)}`;
    throw new BrokenInvariant(this.name, `${process} ${what}: ${where}`, process);
  }
}

/** The first in the shard; `undefined` if there is none. */
function firstOf(all: readonly Halted[]): Halted | undefined {
  return all.toSorted((a, b) => comparePositions(a.at, b.at))[0];
}

function without(all: readonly Halted[], at: Position): readonly Halted[] {
  return all.filter((halted) => !isSamePlace(halted.at, at));
}

function placeOf({ sequenceNumber, subSequenceNumber }: Position): Position {
  return { sequenceNumber, subSequenceNumber };
}

// A shard that is halted rests: nothing of it is delivered until its time is over or an operator ends the rest, nothing is
// checkpointed at the record or behind it, the lease is kept, and the table is told where the shard rests with the next
// renewal, and of nothing else.
import { comparePositions, type Position } from "@shardline/core";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
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

/** What the consumer tells of one. */
type HaltNews = Position & { readonly shardId: string; readonly retryAfterMs: number };

/** Times are added up in fractions. */
const ROUNDING_MS = 0.01;
/** A worker that finds its stream gone gives its shards up, and ends, within this time. */
const ENDING_MS = 5000;

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
  /** By process and shard. */
  readonly #halted = new Map<string, Halted>();
  readonly #draining = new Set<string>();
  /** By process: what it gave up without being asked, and when by its own clock. It is to end: its stream is gone. */
  readonly #unasked = new Map<string, { readonly what: string; readonly sinceMs: number }>();

  constructor(ownTimeMs: (process: string) => number) {
    this.#ownTimeMs = ownTimeMs;
  }

  look(): void {
    for (const [process, { sinceMs, what }] of this.#unasked) {
      if (this.#ownTimeMs(process) - sinceMs <= ENDING_MS) continue;
      throw new BrokenInvariant(this.name, what, process);
    }
  }

  /** Another may begin under the name of one that is no more. */
  #seeLife({ process, what }: EntryOf<"life">): void {
    this.#unasked.delete(process);
    if (what !== "killed" && what !== "started") return;
    this.#draining.delete(process);
    for (const place of this.#halted.keys()) {
      if (place.startsWith(`${process} `)) this.#halted.delete(place);
    }
  }

  #seeNews({ fields, process, what }: EntryOf<"lease">): void {
    if (what === "draining") {
      this.#draining.add(process);
      this.#unasked.delete(process);
      return;
    }
    const place = `${process} ${(fields as HaltNews).shardId}`;
    const halted = this.#halted.get(place);
    switch (what) {
      case "shardHalted": {
        const { retryAfterMs, sequenceNumber, subSequenceNumber } = fields as HaltNews;
        const sinceMs = this.#ownTimeMs(process);
        const untilMs = sinceMs + retryAfterMs - ROUNDING_MS;
        const at = { sequenceNumber, subSequenceNumber };
        this.#halted.set(place, {
          at,
          sinceMs,
          untilMs,
          isResting: true,
          renewalSentAtMs: undefined,
        });
        return;
      }
      case "retryShard":
      case "skipRecord":
        if (halted !== undefined) halted.untilMs = Number.NEGATIVE_INFINITY;
        return;
      case "shardResumed":
      case "leaseLost":
      case "leaseReleased":
        this.#halted.delete(place);
    }
  }

  #seeDelivered({ process, shardId }: EntryOf<"delivered">): void {
    if (this.#halted.size === 0) return;
    const halted = this.#halted.get(`${process} ${shardId}`);
    if (halted === undefined || !halted.isResting) return;
    halted.isResting = false;
    const earlyMs = halted.untilMs - this.#ownTimeMs(process);
    if (earlyMs > 0) {
      this.#break(process, `delivers from ${shardId} ${Math.ceil(earlyMs)} ms too early`, halted);
    }
  }

  /** A handler that tries again may checkpoint what it comes past. */
  #seeAsked({ key, localMs, move, process }: EntryOf<"asked">): void {
    const { checkpoint, haltedAt, pendingCheckpoint } = move.patch;
    const halted = this.#halted.get(`${process} ${key}`);
    const isRenewal = checkpoint === undefined && pendingCheckpoint === undefined;
    if (halted !== undefined && isRenewal) halted.renewalSentAtMs = localMs;
    if (checkpoint === undefined && haltedAt === undefined) return;
    if (haltedAt !== undefined && !isSamePlace(haltedAt ?? undefined, halted?.at)) {
      const told = haltedAt === null ? "nowhere" : `at ${placeText(haltedAt)}`;
      this.#break(process, `tells that ${key} is halted ${told}`, halted);
    }
    if (checkpoint === undefined || halted === undefined || !halted.isResting) return;
    if (comparePositions(checkpoint, halted.at) < 0) return;
    this.#break(process, `checkpoints ${key} at ${placeText(checkpoint)}`, halted);
  }

  #seeWrite({ after, before, key, process, sentAtMs }: EntryOf<"table">): void {
    if (this.#halted.size === 0) return;
    const halted = this.#halted.get(`${process} ${key}`);
    if (halted === undefined || before?.owner !== process || after === undefined) return;
    if (after.owner !== process) {
      if (before.wantedBy !== undefined || this.#draining.has(process)) return;
      const what = `${process} gives ${key} up: halted at ${placeText(halted.at)}`;
      this.#unasked.set(process, { what, sinceMs: this.#ownTimeMs(process) });
      return;
    }
    if (sentAtMs === undefined || sentAtMs !== halted.renewalSentAtMs) return;
    if (after.counter <= before.counter || sentAtMs <= halted.sinceMs) return;
    if (!isSamePlace(after.haltedAt, halted.at)) {
      this.#break(process, `renews ${key} and does not tell that it is halted`, halted);
    }
  }

  #break(process: string, what: string, halted: Halted | undefined): never {
    const where = halted === undefined ? "it is not halted" : `halted at ${placeText(halted.at)}`;
    throw new BrokenInvariant(this.name, `${process} ${what}: ${where}`, process);
  }
}

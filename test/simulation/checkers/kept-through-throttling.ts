// L9: a worker that runs loses no lease because the lease table refuses writes for half a failover time or less; a quarter,
// if it spared the table at the time at which it would have renewed, because it had heard of refusals. It loses one when
// its own time is over, or to another that finds it silent, only where its renewals got lost, it stood still, or writes were
// refused for longer.
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import { Refusals } from "../evidence/refusals.ts";
import { Thaws } from "../evidence/thaws.ts";

/** Clocks differ by less, as a share. */
const DRIFT = 0.021;
const UNKNOWN = Number.NEGATIVE_INFINITY;

/** What a worker has gone through with one lease. */
interface Tenure {
  /** When it sent the last renewal that took effect, by its own clock. */
  renewedAtMs: number;
  /** The last of which it knows: that is how long the lease is its own, as far as it is concerned. */
  knownAtMs: number;
  /** When the last write got lost. */
  lostAtMs: number;
  /** Its writes that are under way, by when they were sent. */
  readonly underWay: Set<number>;
}

interface ThrottledView {
  readonly failoverMs: number;
  readonly roundTripMs: number;
  readonly ownTimeMs: (process: string) => number;
}

export class KeptThroughThrottling implements Checker {
  readonly name = "kept through throttling";
  readonly sights = {
    asked: ({ key, localMs, process }: EntryOf<"asked">): void => {
      this.#tenureOf(process, key).underWay.add(localMs);
    },
    settled: (entry: EntryOf<"settled">): void => this.#noteSettled(entry),
    table: (entry: EntryOf<"table">): void => this.#seeWrite(entry),
    lease: (entry: EntryOf<"lease">): void => this.#seeEvent(entry),
    life: (entry: EntryOf<"life">): void => this.#noteLife(entry),
    world: (entry: EntryOf<"world">): void => this.#refusals.noteStorm(entry),
  };
  readonly #view: ThrottledView;
  /** By process and key. */
  readonly #tenures = new Map<string, Tenure>();
  readonly #refusals: Refusals;
  readonly #thaws = new Thaws();
  readonly #ended = new Set<string>();
  /** By process: streams that it has given up and does not read again. */
  readonly #closed = new Set<string>();
  /** By process and key: leases that came when their stream was given up. What cannot be given back expires. */
  readonly #strays = new Set<string>();

  constructor(view: ThrottledView) {
    this.#view = view;
    this.#refusals = new Refusals(view.failoverMs);
  }

  #noteSettled(entry: EntryOf<"settled">): void {
    const { key, localMs, outcome, process, sentAtMs } = entry;
    // Whichever lease it is for: a table that refuses one renewal is spared the others.
    this.#refusals.note(entry);
    const tenure = this.#tenureOf(process, key);
    tenure.underWay.delete(sentAtMs);
    if (outcome === "answered") tenure.knownAtMs = tenure.renewedAtMs;
    if (outcome === "unknown") tenure.lostAtMs = localMs;
  }

  #noteLife(entry: EntryOf<"life">): void {
    const { process, what } = entry;
    this.#thaws.note(entry);
    if (what === "killed" || what === "stopped") this.#ended.add(process);
    if (what === "started") this.#begin(process);
  }

  /** Another process may have had its name, and another clock. */
  #begin(process: string): void {
    this.#ended.delete(process);
    this.#refusals.forget(process);
    for (const names of [this.#tenures, this.#closed, this.#strays]) {
      for (const name of names.keys()) {
        if (name.startsWith(nameOf(process, ""))) names.delete(name);
      }
    }
  }

  #seeWrite({ after, atMs, before, key, process, sentAtMs }: EntryOf<"table">): void {
    const owner = before?.owner;
    if (owner !== undefined && after?.owner === process && owner !== process) {
      // Who has waited for a lease that he asked for takes it, as slow as the batch in hand may be.
      const isForeseen = before?.wantedBy === process;
      const renewedAtMs = this.#tenures.get(nameOf(owner, key))?.renewedAtMs;
      if (!isForeseen) this.#judge(owner, key, atMs, renewedAtMs, `lost it to ${process}`);
    }
    const heir = after?.owner;
    // Who was given it has not renewed it, and may not know of it yet.
    if (heir !== undefined && heir !== process && heir !== owner) {
      this.#tenures.delete(nameOf(heir, key));
    }
    const isRenewal = after !== undefined && after.counter > (before?.counter ?? 0);
    if (heir !== process || sentAtMs === undefined || !isRenewal) return;
    this.#tenureOf(process, key).renewedAtMs = sentAtMs;
  }

  #seeEvent(entry: EntryOf<"lease">): void {
    const { atMs, fields, process, what } = entry;
    this.#noteStreams(entry);
    if (what !== "leaseLost") return;
    const { cause, leaseKey } = fields as { readonly cause: string; readonly leaseKey: string };
    const name = nameOf(process, leaseKey);
    const knownAtMs = this.#tenures.get(name)?.knownAtMs;
    if (cause === "expired") this.#judge(process, leaseKey, atMs, knownAtMs, "let it expire");
    // Who takes it from here on takes it from nobody.
    this.#tenures.delete(name);
  }

  #noteStreams({ fields, process, what }: EntryOf<"lease">): void {
    const { leaseKey = "", stream } = fields as {
      readonly leaseKey?: string;
      readonly stream?: string;
    };
    if (stream === undefined) return;
    const closed = nameOf(process, stream);
    if (what === "streamRemoved" || what === "streamFailed") this.#closed.add(closed);
    if (what === "streamStarted") this.#closed.delete(closed);
    if (what !== "leaseTaken") return;
    if (this.#closed.has(closed)) this.#strays.add(nameOf(process, leaseKey));
    else this.#strays.delete(nameOf(process, leaseKey));
  }

  /** `sinceMs`: the last renewal of which the one knows who says that its time is over. */
  #judge(owner: string, key: string, atMs: number, sinceMs: number | undefined, how: string): void {
    const { failoverMs, ownTimeMs } = this.#view;
    const tenure = this.#tenures.get(nameOf(owner, key));
    const hasRenewed = sinceMs !== undefined && sinceMs !== UNKNOWN;
    if (tenure === undefined || !hasRenewed || this.#ended.has(owner)) return;
    if (this.#strays.has(nameOf(owner, key))) return;
    const nowMs = ownTimeMs(owner);
    if (atMs - this.#thaws.untilMs(owner) <= failoverMs * (1 + DRIFT)) return;
    if (this.#hasLost(tenure, nowMs)) return;
    const silentMs = nowMs - sinceMs;
    const stormedMs = this.#refusals.stormedMs(atMs - silentMs, atMs);
    const forMs = Math.max(this.#refusals.lastedMs(owner), stormedMs);
    // Due after half a period, or up to a whole one; for a failover time after a refusal a worker may spare the table.
    const [soonestMs, latestMs] = [sinceMs + failoverMs / 6, sinceMs + failoverMs / 3];
    const isSpared = this.#refusals.wereAny(owner, soonestMs - failoverMs, latestMs);
    const excusedMs = isSpared ? failoverMs / 4 : failoverMs / 2;
    if (forMs > excusedMs && silentMs >= failoverMs * (1 - DRIFT)) return;
    const what = `${owner} had ${key}, which it renewed ${text(silentMs)} before, and ${how}, though writes were refused for ${text(forMs)} at most`;
    throw new BrokenInvariant(this.name, what, owner);
  }

  /** Whether it waits, or has waited, for an answer in vain. */
  #hasLost({ knownAtMs, lostAtMs, underWay }: Tenure, nowMs: number): boolean {
    const [firstMs = nowMs] = underWay;
    return nowMs - firstMs > this.#view.roundTripMs || lostAtMs >= knownAtMs;
  }

  #tenureOf(process: string, key: string): Tenure {
    const name = nameOf(process, key);
    const known = this.#tenures.get(name);
    if (known !== undefined) return known;
    const [renewedAtMs, knownAtMs, lostAtMs] = [UNKNOWN, UNKNOWN, UNKNOWN];
    const tenure: Tenure = { renewedAtMs, knownAtMs, lostAtMs, underWay: new Set() };
    this.#tenures.set(name, tenure);
    return tenure;
  }
}

function nameOf(process: string, key: string): string {
  return `${process} ${key}`;
}

function text(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

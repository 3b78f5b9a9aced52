// L10: once the faults are over, hash keys that no lease covers, because somebody else has deleted one, get a lease again
// after the leader has missed them twice in a row.
import type { Lease } from "@shardline/consumer";
import { BrokenInvariant, type Checker } from "../evidence/journal.ts";
import type { EntryOf } from "../evidence/journal-entry.ts";
import type { RunningWorkers } from "../evidence/running-workers.ts";
import { EVERYTHING, uncovered } from "./coverage.ts";
import { isEnded } from "./lease-facts.ts";
import { atMost, type LeasePace } from "./lease-pace.ts";

/** Between two looks of the leader, with the fifth that it is later by chance. */
const AUDIT_MS = 36_000;
/** Its first look may come just before, the next two find it. */
const LOOKS = 2;
/** Of the second one: it lists the leases, asks for the stream and its shards, lists them again, and creates leases. */
const CALLS = 12;
const NEVER = Number.POSITIVE_INFINITY;

interface HoleView {
  readonly leases: () => readonly Lease[];
  readonly nowMs: () => number;
}

export class HolesRepaired implements Checker {
  readonly name = "holes repaired";
  readonly sights = {
    table: (entry: EntryOf<"table">): void => this.#see(entry),
    life: (): void => this.#lookAgain(),
    phase: (): void => this.#lookAgain(),
  };
  /** No hole is to be repaired before. */
  dueAtMs = NEVER;
  readonly #view: HoleView;
  readonly #workers: Pick<RunningWorkers, "calmSinceMs" | "names">;
  readonly #repairedMs: number;
  /** Since when there has been one. */
  #sinceMs = 0;
  /** Since when the owners of leases, of whom one leads, have been the same. */
  #ownersSinceMs = 0;
  #hasHole = true;

  constructor(
    view: HoleView,
    workers: Pick<RunningWorkers, "calmSinceMs" | "names">,
    { maxStaleMs, roundTripMs }: LeasePace,
  ) {
    this.#view = view;
    this.#workers = workers;
    this.#repairedMs = LOOKS * (atMost(AUDIT_MS) + CALLS * roundTripMs) + maxStaleMs;
  }

  look(): void {
    this.dueAtMs = this.#hasHole ? this.#dueAtMs() : NEVER;
    this.#check(this.#view.nowMs());
  }

  #see({ after, atMs, before }: EntryOf<"table">): void {
    const isHandedOn = before?.owner !== after?.owner;
    // Renewals leave the leader in place, and cover what was covered.
    if (!isHandedOn && doesCover(before) === doesCover(after)) return;
    this.#check(atMs);
    if (isHandedOn) this.#ownersSinceMs = atMs;
    const hasHole = uncovered(EVERYTHING, this.#view.leases()).length > 0;
    if (hasHole && !this.#hasHole) this.#sinceMs = atMs;
    this.#hasHole = hasHole;
    this.#lookAgain();
  }

  #check(atMs: number): void {
    if (!this.#hasHole || atMs <= this.#dueAtMs()) return;
    const [hole = EVERYTHING] = uncovered(EVERYTHING, this.#view.leases());
    const seconds = Math.round((atMs - this.#sinceMs) / 1000);
    const what = `nobody has been to read ${hole.start} to ${hole.end} for ${seconds} s`;
    throw new BrokenInvariant(this.name, what, ...this.#workers.names);
  }

  #dueAtMs(): number {
    const { calmSinceMs } = this.#workers;
    return Math.max(calmSinceMs, this.#sinceMs, this.#ownersSinceMs) + this.#repairedMs;
  }

  #lookAgain(): void {
    this.dueAtMs = Number.NEGATIVE_INFINITY;
  }
}

function doesCover(lease: Lease | undefined): boolean {
  return lease?.hashKeyRange !== undefined && !isEnded(lease);
}

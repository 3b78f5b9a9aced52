// Loop: renews every lease held, three times within a failover time, each at its own moment. What was handled since is
// written along. A renewal waits for nothing but its own lease's writes, so no slow one holds up the others.
import {
  apiFailureOf,
  type Clock,
  type EventSink,
  type LoopNext,
  type Random,
  startLoop,
  TimeHeap,
} from "@shardline/core";
import type { HeldLease } from "./held-lease.ts";
import type { LeaseEvents } from "./lease-events.ts";
import { RenewalAgenda } from "./renewal-agenda.ts";
import { nextRenewalAtMs, placeOf, renewalAfterWriteAtMs } from "./renewal-plan.ts";
import { RenewalRoom } from "./renewal-room.ts";

/** The KCL's slack (epsilonMillis). */
const SLACK_MS = 25;
/** A failed renewal is repeated after this share of the period, or a little sooner. */
const RETRY_SHARE = 0.25;
const MIN_PAUSE_MS = 50;
/** Takes from a queue whatever is there; nothing comes then by itself. */
const FOREVER = Number.POSITIVE_INFINITY;
/** While writes are refused, leases are renewed once in this share of the failover time. */
const SPARING_SHARE = 2 / 3;
/** A renewal that has no answer for this share of the failover time hangs: the others have time enough without it. */
const HANGING_SHARE = 1 / 20;
/** A part of the renewals refused from which on the table counts as too small, and not as one that stumbled. */
const MUCH_REFUSED = 0.2;

export interface LeaseRenewerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
  readonly signal: AbortSignal;
  readonly events: EventSink<LeaseEvents>;
  /** Hears of a lease that another of ours has asked for. */
  readonly onWanted: (held: HeldLease) => void;
  /** Whether the table refuses to create or to give leases, for which renewals are to make room. */
  readonly isYielding: () => boolean;
  /** Hears of a renewal that the table refused because there are too many writes. */
  readonly onRefused: (error: unknown) => void;
}

/** What there is to do for a lease. */
interface Renewal {
  readonly lease: HeldLease;
  /** Within each period. */
  readonly place: number;
  /** When it was taken or renewed here; other writes renew it as well. */
  renewedAtMs: number;
  /** When it is repeated, if the last one failed. */
  retryAtMs: number | undefined;
}

/** Renews until its signal aborts. */
export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  /** Those whose time has not come, by their times; what else writes to a lease renews it, and makes its time a later one. */
  readonly #agenda = new RenewalAgenda<Renewal>();
  /** Due, and without room so far, by when they expire. */
  readonly #queue = new TimeHeap<Renewal>();
  /** Each makes one renewal after the other: a promise for each lease would be felt with thousands of them. */
  readonly #lanes = new Set<Promise<void>>();
  readonly #loop: { readonly done: Promise<void>; wake(): void };
  /** Resolves when the signal has aborted and nothing is under way. */
  readonly done: Promise<void>;
  readonly #room: RenewalRoom<Renewal>;
  #placed: number;
  /** Between renewals of a lease; looked up in each step. */
  #periodMs = 0;
  /** When the loop looks again by itself. */
  #wakesAtMs = Number.NEGATIVE_INFINITY;
  /** Nothing is sent before, so that then what expires first comes first, and not what was refused last. */
  #heldBackUntilMs = Number.NEGATIVE_INFINITY;
  /** Until then leases are renewed as late as is safe: if all fit in, none is refused. */
  #sparingUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseRenewerOptions) {
    const { clock, failoverMs, random, signal } = options;
    this.#options = options;
    this.#room = new RenewalRoom(failoverMs * HANGING_SHARE);
    // Workers that start together have their leases' places elsewhere.
    this.#placed = Math.floor(random.next() * 1000);
    this.#loop = startLoop({
      name: "lease renewer",
      clock,
      signal,
      step: async () => this.#step(),
      backoffMs: () => undefined,
    });
    this.done = this.#end();
  }

  /** There is a new lease. */
  noteTaken(lease: HeldLease): void {
    const place = placeOf(this.#placed);
    this.#placed += 1;
    this.#putOff({ lease, place, renewedAtMs: lease.renewedAtMs, retryAtMs: undefined });
  }

  async #end(): Promise<void> {
    await this.#loop.done;
    await Promise.all(this.#lanes);
  }

  #step(): LoopNext {
    const nowMs = this.#options.clock.nowMs();
    this.#periodMs = this.#periodAt(nowMs);
    this.#wakesAtMs = Number.NEGATIVE_INFINITY;
    this.#wakesAtMs = this.#isHeldBack(nowMs) ? this.#heldBackUntilMs : this.#renewDue(nowMs);
    return { afterMs: this.#wakesAtMs - nowMs };
  }

  #periodAt(nowMs: number): number {
    const { failoverMs, isYielding } = this.#options;
    const isSparing = isYielding() || nowMs < this.#sparingUntilMs;
    return isSparing ? failoverMs * SPARING_SHARE : this.#usualPeriodMs;
  }

  get #usualPeriodMs(): number {
    return this.#options.failoverMs / 3 - SLACK_MS;
  }

  #isHeldBack(nowMs: number): boolean {
    return nowMs < this.#heldBackUntilMs;
  }

  /** Begins with what expires first. Answers when there is more to do, unless a renewal that ends tells sooner. */
  #renewDue(nowMs: number): number {
    const agenda = this.#agenda;
    for (let due = agenda.take(nowMs); due; due = agenda.take(nowMs)) {
      for (const renewal of due) this.#queue.add(renewal, renewal.lease.expiresAtMs);
    }
    this.#openLanes(nowMs);
    return Math.min(agenda.nextMs, this.#moreRoomAtMs(nowMs));
  }

  /** When something that waits for room may have it, unless a renewal that ends makes it sooner. */
  #moreRoomAtMs(nowMs: number): number {
    return this.#queue.first === undefined ? FOREVER : this.#room.moreAtMs(nowMs);
  }

  /** As many as there is room for. */
  #openLanes(nowMs: number): void {
    while (this.#queue.first !== undefined && this.#room.isThereAt(nowMs)) {
      const lane = this.#renewQueued(nowMs).finally(() => this.#lanes.delete(lane));
      this.#lanes.add(lane);
    }
  }

  async #renewQueued(openedAtMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    let nowMs = openedAtMs;
    for (let next = this.#takeNext(nowMs); next; next = this.#takeNext(nowMs)) {
      this.#room.noteSent(next, nowMs);
      if (this.#moreRoomAtMs(nowMs) < this.#wakesAtMs) this.#loop.wake();
      try {
        await next.lease.renew();
        this.#noteRenewed(next);
      } catch (error) {
        if (!signal.aborted) this.#noteFailed(next, error);
      }
      nowMs = clock.nowMs();
      if (next.lease.isValid()) this.#putOff(next);
      const mayGoOn = !signal.aborted && !this.#isHeldBack(nowMs);
      // There may be room for others beside this one, because fewer are refused.
      if (mayGoOn) this.#openLanes(nowMs);
      this.#room.noteOver(next);
      if (!mayGoOn) return;
    }
  }

  #takeNext(nowMs: number): Renewal | undefined {
    const queue = this.#queue;
    if (!this.#room.isThereAt(nowMs)) return undefined;
    for (let next = queue.take(FOREVER); next; next = queue.take(FOREVER)) {
      if (!next.lease.isValid()) continue;
      if (this.#dueAtMs(next) <= nowMs) return next;
      // Whatever has renewed it meanwhile has learned of a wish as well.
      this.#tellIfWanted(next.lease);
      this.#putOff(next);
    }
    return undefined;
  }

  #tellIfWanted(lease: HeldLease): void {
    if (lease.wantedBy !== undefined && lease.isValid()) this.#options.onWanted(lease);
  }

  /** Who spares the table looks again at the time that is usual, because there may be room by then. */
  #putOff(renewal: Renewal): void {
    const usualAtMs = this.#dueAtMs(renewal, this.#usualPeriodMs);
    const isAhead = usualAtMs > this.#options.clock.nowMs();
    const atMs = isAhead ? usualAtMs : this.#dueAtMs(renewal);
    this.#agenda.add(renewal, atMs);
    if (atMs < this.#wakesAtMs) this.#loop.wake();
  }

  #dueAtMs({ lease, place, renewedAtMs, retryAtMs }: Renewal, periodMs = this.#periodMs): number {
    if (retryAtMs !== undefined) return retryAtMs;
    const isOurs = lease.renewedAtMs === renewedAtMs;
    return isOurs
      ? nextRenewalAtMs(renewedAtMs, place, periodMs)
      : renewalAfterWriteAtMs(lease.renewedAtMs, periodMs);
  }

  #noteRenewed(renewal: Renewal): void {
    const { lease } = renewal;
    renewal.renewedAtMs = lease.renewedAtMs;
    renewal.retryAtMs = undefined;
    this.#room.noteRenewed();
    this.#tellIfWanted(lease);
  }

  /** A lease whose renewal the table fails stays ours until its time is over. */
  #noteFailed(renewal: Renewal, error: unknown): void {
    renewal.retryAtMs = this.#retryAtMs(renewal.lease, error);
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.events.emit("leaseTableFailed", { operation: "renew", reason });
  }

  /**
   * A table that takes only some writes would take them by chance if everybody repeated his own: so all are held back
   * together, for the longer the more are refused, and for less time the less the first of them has left.
   */
  #retryAtMs(lease: HeldLease, error: unknown): number {
    const { clock, failoverMs, onRefused, random } = this.#options;
    const nowMs = clock.nowMs();
    const pauseMs = (failoverMs / 3) * RETRY_SHARE * (0.75 + random.next() / 4);
    if (apiFailureOf(error)?.kind !== "throttled") return nowMs + pauseMs;
    onRefused(error);
    this.#room.noteRefused();
    const { refusedShare } = this.#room;
    if (refusedShare > MUCH_REFUSED) {
      this.#sparingUntilMs = nowMs + failoverMs;
      this.#periodMs = this.#periodAt(nowMs);
    }
    const leftShare = Math.min(1, Math.max(0, (lease.expiresAtMs - nowMs) / failoverMs));
    const heldBackMs = Math.max(MIN_PAUSE_MS, pauseMs * refusedShare * leftShare);
    this.#heldBackUntilMs = Math.max(this.#heldBackUntilMs, nowMs + heldBackMs);
    // What waits goes on then, also where this lease is lost by now and makes nobody wake.
    this.#loop.wake();
    return nowMs;
  }
}

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
import { nextRenewalAtMs, placeOf, renewalAfterWriteAtMs } from "./renewal-plan.ts";

/** The KCL's slack (epsilonMillis). */
const SLACK_MS = 25;
/** Renewals under way, at most: as many as a client of the AWS SDK has connections. */
const CONCURRENCY = 50;
/** A failed renewal is repeated after this share of the period, or a little sooner. */
const RETRY_SHARE = 0.25;
const MIN_PAUSE_MS = 50;
/** What the latest answer counts among those that tell how many renewals are refused. */
const REFUSAL_WEIGHT = 0.1;
/** While writes that can wait are refused, leases are renewed once in this share of the failover time. */
const YIELDING_SHARE = 2 / 3;

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
}

/** Renews until its signal aborts. */
export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  readonly #places = new WeakMap<HeldLease, number>();
  /** When each was taken or renewed here; other writes renew it as well. */
  readonly #renewedAtMs = new WeakMap<HeldLease, number>();
  /** Repetitions, by lease. */
  readonly #retryAtMs = new WeakMap<HeldLease, number>();
  /** Those whose time has not come, by their times; what else writes to a lease renews it, and makes its time a later one. */
  readonly #agenda = new TimeHeap<HeldLease>();
  /** Due, and without room so far, by when they expire. */
  readonly #queue = new TimeHeap<HeldLease>();
  readonly #underWay = new Map<HeldLease, Promise<void>>();
  readonly #loop: { readonly done: Promise<void>; wake(): void };
  /** Resolves when the signal has aborted and nothing is under way. */
  readonly done: Promise<void>;
  #placed: number;
  /** When the loop looks again by itself. */
  #wakesAtMs = Number.NEGATIVE_INFINITY;
  /** Of the latest renewals, the part that was refused because there were too many. */
  #refusedShare = 0;
  /** Nothing is sent before, so that then what expires first comes first, and not what was refused last. */
  #heldBackUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseRenewerOptions) {
    const { clock, random, signal } = options;
    this.#options = options;
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
    this.#renewedAtMs.set(lease, lease.renewedAtMs);
    this.#putOff(lease, this.#dueAtMs(lease));
  }

  async #end(): Promise<void> {
    await this.#loop.done;
    await Promise.all(this.#underWay.values());
  }

  #step(): LoopNext {
    const nowMs = this.#options.clock.nowMs();
    this.#wakesAtMs = Number.NEGATIVE_INFINITY;
    this.#wakesAtMs = nowMs < this.#heldBackUntilMs ? this.#heldBackUntilMs : this.#renewDue(nowMs);
    return { afterMs: this.#wakesAtMs - nowMs };
  }

  /** Begins with what expires first. Answers when there is more to do, unless a renewal that ends tells sooner. */
  #renewDue(nowMs: number): number {
    const agenda = this.#agenda;
    for (let lease = agenda.take(nowMs); lease; lease = agenda.take(nowMs)) {
      this.#queue.add(lease, lease.expiresAtMs);
    }
    this.#sendQueued(nowMs);
    return agenda.nextMs;
  }

  #sendQueued(nowMs: number): void {
    while (this.#room() > 0) {
      const lease = this.#queue.take(Number.POSITIVE_INFINITY);
      if (lease === undefined) return;
      if (!lease.isValid()) continue;
      const dueAtMs = this.#dueAtMs(lease);
      if (dueAtMs <= nowMs) {
        this.#underWay.set(lease, this.#renew(lease));
        continue;
      }
      // Whatever has renewed it meanwhile has learned of a wish as well.
      this.#tellIfWanted(lease);
      this.#putOff(lease, dueAtMs);
    }
  }

  #tellIfWanted(lease: HeldLease): void {
    if (lease.isValid() && lease.wantedBy !== undefined) this.#options.onWanted(lease);
  }

  #putOff(lease: HeldLease, dueAtMs: number): void {
    this.#agenda.add(lease, dueAtMs);
    if (dueAtMs < this.#wakesAtMs) this.#loop.wake();
  }

  /** The more renewals are refused, the fewer are sent at a time: what was refused was sent in vain. */
  #room(): number {
    const atATime = Math.ceil(CONCURRENCY * (1 - this.#refusedShare));
    return Math.max(0, atATime - this.#underWay.size);
  }

  #dueAtMs(lease: HeldLease): number {
    const { failoverMs, isYielding } = this.#options;
    const periodMs = isYielding() ? failoverMs * YIELDING_SHARE : failoverMs / 3 - SLACK_MS;
    const { renewedAtMs } = lease;
    const isOurs = this.#renewedAtMs.get(lease) === renewedAtMs;
    const dueAtMs = isOurs
      ? nextRenewalAtMs(renewedAtMs, this.#placeOf(lease), periodMs)
      : renewalAfterWriteAtMs(renewedAtMs, periodMs);
    return this.#retryAtMs.get(lease) ?? dueAtMs;
  }

  #placeOf(lease: HeldLease): number {
    return this.#places.get(lease) ?? this.#newPlace(lease);
  }

  #newPlace(lease: HeldLease): number {
    const place = placeOf(this.#placed);
    this.#placed += 1;
    this.#places.set(lease, place);
    return place;
  }

  /** A lease whose renewal the table fails stays ours until its time is over. */
  async #renew(lease: HeldLease): Promise<void> {
    const { clock, events, signal } = this.#options;
    try {
      await lease.renew();
      this.#renewedAtMs.set(lease, lease.renewedAtMs);
      this.#retryAtMs.delete(lease);
      this.#refusedShare *= 1 - REFUSAL_WEIGHT;
      this.#tellIfWanted(lease);
    } catch (error) {
      if (signal.aborted) return;
      this.#retryLater(lease, error);
      const reason = error instanceof Error ? error.message : String(error);
      events.emit("leaseTableFailed", { operation: "renew", reason });
    } finally {
      this.#underWay.delete(lease);
      if (lease.isValid()) this.#putOff(lease, this.#dueAtMs(lease));
      const nowMs = clock.nowMs();
      if (!signal.aborted && nowMs >= this.#heldBackUntilMs) this.#sendQueued(nowMs);
    }
  }

  /**
   * A table that takes only some writes would take them by chance if everybody repeated his own: so all are held back
   * together, for the longer the more are refused, and for less time the less the first of them has left.
   */
  #retryLater(lease: HeldLease, error: unknown): void {
    const { clock, failoverMs, random } = this.#options;
    const nowMs = clock.nowMs();
    const pauseMs = (failoverMs / 3) * RETRY_SHARE * (0.75 + random.next() / 4);
    if (apiFailureOf(error)?.kind !== "throttled") {
      this.#retryAtMs.set(lease, nowMs + pauseMs);
      return;
    }
    this.#refusedShare += (1 - this.#refusedShare) * REFUSAL_WEIGHT;
    const leftShare = Math.min(1, Math.max(0, (lease.expiresAtMs - nowMs) / failoverMs));
    const heldBackMs = Math.max(MIN_PAUSE_MS, pauseMs * this.#refusedShare * leftShare);
    this.#heldBackUntilMs = Math.max(this.#heldBackUntilMs, nowMs + heldBackMs);
    this.#retryAtMs.set(lease, nowMs);
  }
}

// Loop: looks at the lease table a few times within a failover time, takes what is due to this worker, and asks
// other workers of ours for what they have too much of.
import {
  apiFailureOf,
  backoffMs,
  type Clock,
  type EventSink,
  forEachLimited,
  KinesisError,
  type Loop,
  type LoopNext,
  type Random,
  startLoop,
} from "@shardline/core";
import type { ControlWrites } from "./control-writes.ts";
import type { FleetWatch } from "./fleet-watch.ts";
import type { HeldLeases } from "./held-leases.ts";
import { actualOwner, isEnded, type Lease } from "./lease.ts";
import { leaseFound } from "./lease-lookup.ts";
import type { LeaseMove } from "./lease-move.ts";
import { reclaimMove, takeMove } from "./lease-moves.ts";
import type { LeaseEvents } from "./lease-events.ts";
import { isAssigned, type LeaseAssignment, type LeasePlan, planLeases } from "./lease-plan.ts";
import { LeaseRace } from "./lease-race.ts";
import { LeaseSightings } from "./lease-sightings.ts";
import type { LeaseListing, LeaseTable, LeaseUpdate } from "./lease-table.ts";
import { OpenWishes } from "./open-wishes.ts";
import { lookAtParents } from "./parents.ts";
import { ReleaseNotice } from "./release-notice.ts";
import { planNextScan } from "./scan-plan.ts";
import { ShareNews } from "./share-news.ts";
import { lookAtTable, type TableLook } from "./table-look.ts";
import { UnreadableItems } from "./unreadable-items.ts";
import type { UnreadableLease } from "./unreadable-plan.ts";
import { wishMove, withdrawMove } from "./wish-moves.ts";

/** A pass that failed is repeated at least so often within one failover time. */
const RETRIES_PER_FAILOVER = 4;
/** The KCL's slack (epsilonMillis). */
const SLACK_MS = 25;
/** How often the keys asked for are looked at. */
const WISH_POLL_MS = 500;
/** What others have done since does no harm, but a plan that is older comes to little. */
const MAX_LOOK_AGE_MS = 500;
const CONCURRENCY = 20;
const FIRST_BACKOFF_MS = 200;

export interface LeaseTakerOptions {
  readonly table: LeaseTable;
  readonly held: HeldLeases;
  readonly worker: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly failoverMs: number;
  readonly maxPerWorker: number;
  readonly assignment: LeaseAssignment;
  /** Whether this worker reads the stream of a lease; others are left alone. */
  readonly serves: (lease: Pick<Lease, "key">) => boolean;
  readonly fleet: FleetWatch;
  readonly control: ControlWrites;
  /** The first pass needs no look of its own if there was one just now. */
  readonly firstLook?: TableLook;
  readonly events: EventSink<LeaseEvents>;
  /** Ends the loop; a pass under way is finished, so that nothing is taken without being known. */
  readonly signal: AbortSignal;
  /** Ends calls to the table. */
  readonly callSignal: AbortSignal;
}

/** Takes, reclaims and asks for leases until its signal aborts. */
export class LeaseTaker {
  readonly #options: LeaseTakerOptions;
  readonly #sightings = new LeaseSightings();
  readonly #unreadable: UnreadableItems;
  readonly #wishes: OpenWishes;
  /** Keys to be taken without a listing. */
  readonly #offered = new Set<string>();
  /** Keys of takes that the table has not answered: they may be ours. */
  readonly #inDoubt = new Set<string>();
  readonly #news: ShareNews;
  readonly #releases: ReleaseNotice;
  readonly #loop: Loop;
  #firstLook: TableLook | undefined;
  #nextPassAtMs = Number.NEGATIVE_INFINITY;
  #nextStealAtMs = Number.NEGATIVE_INFINITY;
  #scan = { everyMs: 0, notBeforeMs: 0, readUnits: 0 };

  constructor(options: LeaseTakerOptions) {
    const { clock, failoverMs, random, signal } = options;
    this.#options = options;
    this.#firstLook = options.firstLook;
    this.#unreadable = new UnreadableItems(options.events);
    this.#wishes = new OpenWishes(options);
    this.#news = new ShareNews(options);
    const onFailure = (error: unknown): void => this.#report("tell of released leases", error);
    this.#releases = new ReleaseNotice({ ...options, onFailure });
    this.#loop = startLoop({
      name: "lease taker",
      clock,
      signal,
      step: () => this.#step(),
      backoffMs: (error, failures) => {
        if (KinesisError.is(error, "FLEET_PROTOCOL")) return undefined;
        this.#report("list", error);
        const plan = { baseMs: FIRST_BACKOFF_MS, maxMs: failoverMs / RETRIES_PER_FAILOVER };
        return backoffMs(plan, failures, random);
      },
    });
  }

  /** Ends with the signal. */
  get done(): Promise<void> {
    return this.#loop.done;
  }

  /** How often the table is looked at, in ms, and what the last look cost. */
  get scan(): { readonly everyMs: number; readonly readUnits: number } {
    return this.#scan;
  }

  /** The leases that could not be read at the last look. */
  get unreadable(): readonly UnreadableLease[] {
    return this.#unreadable.present;
  }

  /** Something is to be had: looks at the table at once. */
  poke(): void {
    this.#nextPassAtMs = Number.NEGATIVE_INFINITY;
    this.#loop.wake();
  }

  /** These are to be had now, perhaps before any listing tells of them: takes them, unless others were quicker. */
  take(keys: readonly string[]): void {
    for (const key of keys) this.#offered.add(key);
    this.poke();
  }

  /** This worker has given a lease up: tells the others, who look at the table then. */
  noteFreed(): void {
    this.#releases.tell();
  }

  /** Resolves when the others are told of everything that was given up. */
  get hasToldOthers(): Promise<void> {
    return this.#releases.told;
  }

  /**
   * Takes back what was asked for, or part of it. A lease that turns out to be ours, because it was handed over meanwhile or because
   * the answer to its take was lost, is started after all, so that it can be given up in good order.
   */
  withdraw(isMeant: (key: string) => boolean = () => true): Promise<void> {
    const { callSignal, clock, control, failoverMs, table, worker } = this.#options;
    const keys = [...this.#wishes.keys, ...this.#inDoubt].filter(isMeant);
    // A wish that stays may come true for a worker that is no more, and then costs a failover time.
    const untilMs = clock.nowMs() + failoverMs;
    return this.#each("withdraw", keys, async (key) => {
      const send = () => table.update(key, withdrawMove(worker), callSignal);
      const update = await control.repeat(send, untilMs, callSignal);
      this.#wishes.delete(key);
      const current = update.kind === "conflict" ? update.current : undefined;
      if (current?.owner === worker) await this.#reclaim(current);
    });
  }

  async #step(): Promise<LoopNext> {
    const { clock } = this.#options;
    if (this.#wishes.size > 0) await this.#lookAtWishes();
    if (this.#offered.size > 0) await this.#takeOffered();
    await this.#lookForReleases();
    if (clock.nowMs() >= this.#nextPassAtMs) await this.#pass();
    const nowMs = clock.nowMs();
    // While wishes are looked at, the other look goes with them.
    const pollAtMs = this.#wishes.size > 0 ? nowMs + WISH_POLL_MS : this.#releases.dueAtMs;
    return { afterMs: Math.max(0, Math.min(pollAtMs, this.#nextPassAtMs) - nowMs) };
  }

  /** What others have given up is had by a pass that follows as soon as the table's size allows. */
  async #lookForReleases(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs >= this.#nextPassAtMs || nowMs < this.#releases.dueAtMs) return;
    await this.#each("get", [this.#releases], async (releases) => {
      if (await releases.isNew()) {
        this.#nextPassAtMs = Math.min(this.#nextPassAtMs, this.#scan.notBeforeMs);
      }
    });
  }

  async #pass(): Promise<void> {
    const { callSignal, clock, fleet, serves } = this.#options;
    // A poke from here on makes another pass follow.
    this.#nextPassAtMs = Number.POSITIVE_INFINITY;
    const { askedAtMs, listing } = await this.#look();
    this.#unreadable.note(listing);
    // After the listing, not before: a counter is known to have stood still only since it was seen.
    this.#sightings.note(this.#unheld(listing.leases), clock.nowMs());
    const leases = listing.leases.filter(serves);
    const elsewhere = listing.leases.filter((lease) => !serves(lease));
    this.#releases.noteListing(listing.leases);
    await fleet.note(listing, callSignal);
    this.#scheduleNext(askedAtMs, this.#unheld(leases), listing.readUnits);
    const plan = this.#plan({ ...listing, leases }, elsewhere, askedAtMs);
    this.#news.note(plan, leases);
    const due = new Set([...plan.take, ...this.#wishes.overdue(leases)]);
    await this.#each("reclaim", plan.reclaim, (lease) => this.#reclaim(lease));
    const race = new LeaseRace(this.#options);
    await this.#each("take", due, (lease) => this.#take(lease, race));
    if (this.#options.control.areScarce) return;
    await this.#each("wish", plan.wish, (lease) => this.#wish(lease));
  }

  /** `nowMs`: before the listing was asked for, because it tells nothing of what came later. */
  #plan(listing: LeaseListing, elsewhere: readonly Lease[], nowMs: number): LeasePlan {
    const { failoverMs } = this.#options;
    const { foreign, leases, unreadable } = listing;
    const maySteal = nowMs >= this.#nextStealAtMs;
    const plan = planLeases({
      ...this.#options,
      leases,
      elsewhere,
      maySteal,
      nowMs,
      unreadable: new Set([...unreadable, ...foreign].map(({ key }) => key)),
      unchangedSinceMs: (lease) => this.#sightings.unchangedSinceMs(lease),
    });
    if (plan.isStealing) this.#nextStealAtMs = nowMs + 2 * (failoverMs + SLACK_MS);
    return plan;
  }

  #scheduleNext(askedAtMs: number, unheld: readonly Lease[], readUnits: number): void {
    const { failoverMs, worker } = this.#options;
    const others = unheld.filter((lease) => {
      const owner = actualOwner(lease);
      return owner !== undefined && owner !== worker && !isEnded(lease);
    });
    const unchangedSinceMs = others.map((lease) => this.#sightings.unchangedSinceMs(lease));
    const plan = planNextScan({ askedAtMs, failoverMs, readUnits, unchangedSinceMs });
    this.#scan = { ...plan, readUnits };
    this.#nextPassAtMs = Math.min(this.#nextPassAtMs, plan.atMs);
  }

  /** What the listing tells of the leases that this worker holds is known better here. */
  #unheld(leases: readonly Lease[]): readonly Lease[] {
    return leases.filter(({ key }) => !this.#options.held.has(key));
  }

  /** A listing that failed makes the pass due again, after the loop's backoff. */
  async #look(): Promise<TableLook> {
    const { callSignal, clock, table } = this.#options;
    const first = this.#firstLook;
    this.#firstLook = undefined;
    if (first !== undefined && clock.nowMs() - first.askedAtMs < MAX_LOOK_AGE_MS) return first;
    try {
      return await lookAtTable(table, clock, callSignal);
    } catch (error) {
      this.#nextPassAtMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  /** Forgets the wishes that came to nothing; a lease handed over is started at once. */
  async #lookAtWishes(): Promise<void> {
    const { callSignal, clock, signal, table, worker } = this.#options;
    // Reads that hang hold up no pass, which sees what has come true as well.
    const untilMs = Math.max(this.#nextPassAtMs, clock.nowMs() + WISH_POLL_MS);
    await this.#each("get", this.#wishes.keys, async (key) => {
      if (signal.aborted || clock.nowMs() >= untilMs) return;
      const lease = leaseFound(await table.get(key, { consistent: true }, callSignal));
      if (lease !== undefined && this.#wishes.stands(lease)) return;
      this.#wishes.delete(key);
      if (lease?.owner === worker) await this.#reclaim(lease);
    });
  }

  /**
   * The children of a shard that this worker has read to its end: as many as it may have, once all parents ended. What cannot
   * be read may take its time: the others are left to the pass that follows.
   */
  async #takeOffered(): Promise<void> {
    const { signal } = this.#options;
    const keys = [...this.#offered];
    this.#offered.clear();
    let hasFailed = false;
    // One after the other, each counted before the next.
    for (const key of keys) {
      if (hasFailed || signal.aborted) return;
      hasFailed = true;
      await this.#each("take", [key], async () => {
        await this.#takeChild(key);
        hasFailed = false;
      });
    }
  }

  async #takeChild(key: string): Promise<void> {
    const { assignment, callSignal, held, maxPerWorker, table } = this.#options;
    const lease = leaseFound(await table.get(key, { consistent: true }, callSignal));
    if (lease === undefined || actualOwner(lease) !== undefined || isEnded(lease)) return;
    const parents = await lookAtParents(lease, table, callSignal);
    // What was asked for may come at any moment.
    const hasRoom = held.size + this.#wishes.size < maxPerWorker;
    const mayRead = hasRoom && isAssigned(lease, assignment);
    if (mayRead && parents.kind === "ended") await this.#take(lease);
  }

  async #take(lease: Lease, race = new LeaseRace(this.#options)): Promise<void> {
    const { clock, serves, signal, worker } = this.#options;
    if (signal.aborted || race.isLost || !serves(lease)) return;
    const update = await this.#acquire(lease, takeMove(lease, worker, clock.wallTimeMs()));
    if (update?.kind === "updated") race.win();
    const current = update?.kind === "conflict" ? update.current : undefined;
    // Held already, or deleted: nobody was faster.
    if (current === undefined) return;
    // Handed over, or taken by an earlier try whose answer was lost: since when is not known, so it is renewed.
    if (current.owner === worker) await this.#reclaim(current);
    else this.#nextPassAtMs = Math.min(this.#nextPassAtMs, race.lose());
  }

  /**
   * Ours by the table: handed over, or from another life. Whatever of that is still under way belongs to an earlier epoch,
   * and so does what a process of the same name makes of it.
   */
  async #reclaim(lease: Lease): Promise<void> {
    if (!isEnded(lease)) await this.#acquire(lease, reclaimMove(lease, this.#options.worker));
  }

  /** Holds the lease if the move takes effect; `undefined` if it is held already. */
  async #acquire(lease: Lease, move: LeaseMove): Promise<LeaseUpdate | undefined> {
    const { clock, control, held, signal } = this.#options;
    if (held.has(lease.key)) return undefined;
    let sentAtMs = clock.nowMs();
    // The next pass knows better what is to be had.
    const untilMs = sentAtMs + this.#scan.everyMs;
    const send = (): Promise<LeaseUpdate> => {
      sentAtMs = clock.nowMs();
      return this.#send(lease.key, move);
    };
    const update = await control.repeat(send, untilMs, signal);
    if (update.kind === "conflict") return update;
    this.#wishes.delete(lease.key);
    const isFirstTake = move.patch.latestSinceMs !== undefined;
    held.add(update.lease, { sentAtMs, previousOwner: actualOwner(lease), isFirstTake });
    return update;
  }

  async #send(key: string, move: LeaseMove): Promise<LeaseUpdate> {
    const { callSignal, table } = this.#options;
    try {
      const update = await table.update(key, move, callSignal);
      this.#inDoubt.delete(key);
      return update;
    } catch (error) {
      if (apiFailureOf(error)?.isAmbiguous !== false) this.#inDoubt.add(key);
      throw error;
    }
  }

  async #wish(lease: Lease): Promise<void> {
    const { callSignal, clock, control, signal, table, worker } = this.#options;
    if (signal.aborted) return;
    const move = wishMove(lease, worker, clock.wallTimeMs());
    // Before the answer, which may get lost: then it is known all the same what to take back.
    this.#wishes.add(lease);
    const send = () => table.update(lease.key, move, callSignal);
    const update = await control.repeat(send, clock.nowMs(), callSignal);
    if (update.kind === "conflict") this.#wishes.delete(lease.key);
  }

  /** One item that fails does not keep the others from being tried; the next pass tries it again. */
  #each<Item>(
    operation: string,
    items: Iterable<Item>,
    task: (item: Item) => Promise<void>,
  ): Promise<void> {
    return forEachLimited(items, CONCURRENCY, async (item) => {
      try {
        await task(item);
      } catch (error) {
        const { callSignal, signal } = this.#options;
        callSignal.throwIfAborted();
        // Nobody waits for a repetition any more.
        if (error !== signal.reason) this.#report(operation, error);
      }
    });
  }

  #report(operation: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.events.emit("leaseTableFailed", { operation, reason });
  }
}

// One run of a consumer: wires the loops and the streams, and ends them in order.
//
//   running --- signal, or a failure that nothing can mend ---> draining --- all shards given up ---> stopped
//
// While it drains the renewals go on: a lease is worth holding until its last batch is handled.
import {
  type Clock,
  type Events,
  LinkedSignal,
  type Random,
  sleep,
  TaskGroup,
} from "@shardline/core";
import { ByteBudget } from "./batch/byte-budget.ts";
import type { BatchHandler } from "./batch/handler.ts";
import type { ConsumerEvents } from "./consumer-events.ts";
import type { RestEnd } from "./handling/halt.ts";
import { type HandlingCounts, HandlingTally } from "./handling/handling-tally.ts";
import type { PullDesk } from "./handling/pull-desk.ts";
import { ControlWrites } from "./lease/control-writes.ts";
import { FleetWatch } from "./lease/fleet-watch.ts";
import type { HeldLease } from "./lease/held-lease.ts";
import { HeldLeases } from "./lease/held-leases.ts";
import { LeaseExpiry } from "./lease/lease-expiry.ts";
import { LeaseRenewer } from "./lease/lease-renewer.ts";
import type { LeaseTable } from "./lease/lease-table.ts";
import { LeaseTaker } from "./lease/lease-taker.ts";
import { startStallWatch } from "./lease/stall-watch.ts";
import type { TableLook } from "./lease/table-look.ts";
import type { ConsumerSettings } from "./settings.ts";
import { Breather } from "./shard/breather.ts";
import type { Pauses } from "./shard/pauses.ts";
import type { ShardHooks } from "./shard/shard-hooks.ts";
import type { ShardRunner } from "./shard/shard-runner.ts";
import { StartupPhases } from "./startup-phases.ts";
import { startLagWatch } from "./status/lag-watch.ts";
import type { WorkerView } from "./status/worker-view.ts";
import type { StreamsSupplies, WorkerStreams } from "./stream/worker-streams.ts";

export interface WorkerOptions {
  readonly settings: ConsumerSettings;
  readonly handler: BatchHandler;
  /** Where batches are pulled. */
  readonly pulls: PullDesk | undefined;
  readonly hooks: ShardHooks;
  readonly table: LeaseTable;
  readonly pauses: Pauses;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events<ConsumerEvents>;
  readonly openStreams: (supplies: StreamsSupplies) => WorkerStreams;
}

/** The reason with which background work ends. */
const STOPPED = new Error("the worker has stopped");
/** After the time to drain, this long for the leases of abandoned shards to be given up. */
const RELEASE_GRACE_MS = 1000;

/** A shard that is being read, or whose handler has not returned yet. */
interface RunningShard {
  readonly runner: ShardRunner;
  /** Resolves when nothing runs for this lease of it, nor for an earlier one. */
  readonly settled: Promise<unknown>;
}

export class Worker implements WorkerView {
  readonly #options: WorkerOptions;
  /** Aborts when no more leases are to be taken. */
  readonly #acquiring: LinkedSignal;
  /** Aborts when everything is over; until then calls to the lease table go through. */
  readonly #living = new LinkedSignal();
  readonly #loops = new TaskGroup((error) => this.#fail(error));
  readonly #returns = new TaskGroup(() => undefined);
  /** By lease key, the latest of each: those of lost leases, whose handlers still work, are at their desks alone. */
  readonly #running = new Map<string, RunningShard>();
  readonly #held: HeldLeases;
  readonly #control: ControlWrites;
  readonly #streams: WorkerStreams;
  readonly #tally = new HandlingTally();
  #taker: LeaseTaker | undefined;
  #renewer: LeaseRenewer | undefined;
  #expiry: LeaseExpiry | undefined;
  #phase: WorkerView["phase"] = "starting";
  #tableThrottledAtMs: number | undefined;
  /** What ended the worker, if it was not the signal. */
  #failure: { readonly error: unknown } | undefined;

  /** Abort of `signal` drains the worker. */
  constructor(options: WorkerOptions, signal: AbortSignal) {
    const { clock, events, settings, table } = options;
    this.#options = options;
    events.on("leaseTableThrottled", () => {
      this.#tableThrottledAtMs = clock.nowMs();
    });
    for (const type of ["positionTrimmed", "shardAgedOut"] as const) {
      events.on(type, () => {
        this.#tally.gaps += 1;
      });
    }
    this.#acquiring = new LinkedSignal(signal);
    this.#control = new ControlWrites(options);
    this.#streams = options.openStreams(this.#streamsSupplies());
    this.#held = new HeldLeases({
      clock,
      events: this.#streams.leaseEvents,
      table,
      worker: settings.workerId,
      failoverMs: settings.leases.failoverMs,
      signal: this.#living.signal,
      onHeld: (held, isFirstTake) => this.#start(held, isFirstTake),
      onNamesake: (error) => this.#fail(error),
      onFreed: () => this.#taker?.noteFreed(),
    });
  }

  /** Resolves when everything is given up in good order; rejects with the first thing that ended it otherwise. */
  async run(drainTimeoutMs: number): Promise<void> {
    const { clock, events, table } = this.#options;
    const { signal } = this.#acquiring;
    using phases = new StartupPhases(clock, events);
    try {
      const { failoverMs } = this.#options.settings.leases;
      const fleet = new FleetWatch({ ...this.#options, failoverMs });
      const prepare = async (): Promise<TableLook> => {
        await table.ensureTable(signal);
        phases.end("table");
        return fleet.untilSafe(signal);
      };
      this.#startLoops(fleet, await this.#streams.find(prepare, phases, signal));
      this.#phase = "running";
      await once(signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
    await this.#drain(drainTimeoutMs);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** What became of the records so far. */
  get counts(): HandlingCounts {
    return this.#tally;
  }

  get phase(): WorkerView["phase"] {
    return this.#phase;
  }

  get shards(): WorkerView["shards"] {
    return this.#streams.desks.flatMap(({ looks }) => looks);
  }

  get renewals(): WorkerView["renewals"] {
    return this.#held.all().map(({ lease, renewedAtMs }) => {
      const stream = this.#streams.deskOf(lease)?.label;
      return { shardId: lease.shardId, stream, renewedAtMs };
    });
  }

  get unreadable(): WorkerView["unreadable"] {
    return this.#taker?.unreadable ?? [];
  }

  get leaseTable(): WorkerView["leaseTable"] {
    return this.#options.table.usage;
  }

  /**
   * Ends the rest of a halted shard; `false` if it does not rest, or not here, or if it is not said which of several streams is
   * meant that have such a shard.
   */
  endRest(shardId: string, how: RestEnd, stream?: string): boolean {
    const meant = this.#streams.desks.filter(
      (desk) => (stream === undefined || desk.label === stream) && desk.isHalted(shardId),
    );
    const names = new Set(meant.map(({ label }) => label));
    return names.size === 1 && meant.some((desk) => desk.endRest(shardId, how));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#acquiring.abort(STOPPED);
  }

  #startLoops(fleet: FleetWatch, look: TableLook): void {
    const { clock, random, settings, table } = this.#options;
    const events = this.#streams.leaseEvents;
    const { leases, workerId } = settings;
    const { assignment, failoverMs, maxPerWorker } = leases;
    const { signal } = this.#acquiring;
    const taker = new LeaseTaker({
      assignment,
      clock,
      control: this.#control,
      events,
      failoverMs,
      fleet,
      maxPerWorker,
      random,
      signal,
      table,
      firstLook: look,
      held: this.#held,
      worker: workerId,
      callSignal: this.#living.signal,
      serves: (lease) => this.#streams.serves(lease),
    });
    this.#taker = taker;
    const renewer = new LeaseRenewer({
      clock,
      events,
      failoverMs,
      random,
      signal: this.#living.signal,
      isYielding: () => this.#control.areRefused,
      onRefused: (error) => this.#control.noteRenewalRefused(error),
      onWanted: (held) => this.#running.get(held.lease.key)?.runner.drain(),
    });
    this.#renewer = renewer;
    const expiry = new LeaseExpiry({ clock, signal: this.#living.signal });
    this.#expiry = expiry;
    const stalls = startStallWatch({
      clock,
      events,
      held: this.#held,
      signal: this.#living.signal,
    });
    this.#loops.add(this.#streams.follow(signal));
    const lagWatch = startLagWatch({ clock, events, settings, signal, worker: this });
    const loops = [taker, renewer, expiry, stalls, lagWatch];
    for (const { done } of loops) this.#loops.add(done);
  }

  /** Reads a shard; a handler that still works for an earlier lease of it is waited for. */
  #start(held: HeldLease, isFirstTake: boolean): void {
    this.#expiry?.noteTaken(held);
    const { key } = held.lease;
    const desk = this.#streams.deskOf(held.lease);
    // Not renewed: what cannot be given back expires.
    if (desk === undefined) return this.#giveBack(held);
    this.#renewer?.noteTaken(held);
    const earlier = this.#running.get(key)?.settled;
    const { done, runner } = desk.read(held, isFirstTake, earlier);
    const settled = Promise.allSettled([earlier, done]);
    const entry = { runner, settled };
    this.#running.set(key, entry);
    void settled.then(() => {
      if (this.#running.get(key) === entry) this.#running.delete(key);
    });
    if (this.#acquiring.signal.aborted) runner.drain();
  }

  /** Its stream has gone while it was taken. */
  #giveBack(held: HeldLease): void {
    this.#returns.add(held.release());
  }

  /** What comes of a wish all the same is given up at once. */
  #withdrawUnserved(): void {
    const withdrawn = this.#taker?.withdraw((key) => !this.#streams.serves({ key }));
    void withdrawn?.catch(() => undefined);
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { clock, events } = this.#options;
    this.#phase = "draining";
    this.#acquiring.abort(STOPPED);
    events.emit("draining", { leases: this.#held.size });
    for (const desk of this.#streams.desks) desk.drain();
    const givenUp = this.#untilGivenUp();
    using waiting = new LinkedSignal();
    await Promise.race([givenUp, sleep(clock, timeoutMs, waiting.signal)]);
    for (const desk of this.#streams.desks) desk.abandon(STOPPED);
    await Promise.race([givenUp, sleep(clock, RELEASE_GRACE_MS, waiting.signal)]);
    waiting.abort(STOPPED);
    this.#living.abort(STOPPED);
    await givenUp;
    await this.#loops.join().catch(() => undefined);
  }

  /**
   * A pass under way may still take a lease, and a wish still come true: such a lease is started, drained at once and
   * given up with the others.
   */
  async #untilGivenUp(): Promise<void> {
    await this.#taker?.done.catch(() => undefined);
    await this.#taker?.withdraw().catch(() => undefined);
    await Promise.all(this.#streams.desks.map((desk) => desk.untilGivenUp()));
    await this.#returns.join().catch(() => undefined);
    await this.#taker?.hasToldOthers;
  }

  #streamsSupplies(): StreamsSupplies {
    const { clock, events, handler, hooks, pauses, pulls, random, settings, table } = this.#options;
    return {
      clock,
      events,
      handler,
      hooks,
      pauses,
      pulls,
      random,
      settings,
      table,
      patientTable: this.#control.patient(table),
      breather: new Breather(clock),
      budget: new ByteBudget(settings.prefetch.totalBytes),
      tally: this.#tally,
      loops: this.#loops,
      living: this.#living.signal,
      tableThrottledAtMs: () => this.#tableThrottledAtMs,
      onCreated: () => this.#taker?.poke(),
      onEnded: (childKeys) => this.#taker?.take(childKeys),
      onFailure: (error) => this.#fail(error),
      onStreamGone: () => this.#withdrawUnserved(),
    };
  }
}

/** Resolves when a signal aborts. */
function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

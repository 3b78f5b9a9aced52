// One shard's life under one lease, from the take to the giving up; its states are in shard-life.ts. Reading runs ahead
// of the handler by a bounded buffer; what is read goes through shard-delivery.ts, and the application hears of the turns
// by its hooks.
import {
  apiFailureOf,
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  invariant,
  type KinesisApi,
  LinkedSignal,
  type Random,
  sleep,
  untilAborted,
} from "@shardline/core";
import type { BatchEvents } from "../batch/batch-events.ts";
import type { ByteBudget } from "../batch/byte-budget.ts";
import type { FetchNext } from "../batch/fetch.ts";
import { type PrefetchLimits, PrefetchQueue } from "../batch/prefetch-queue.ts";
import type { CheckpointMode } from "../checkpoint/application-checkpoints.ts";
import { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { RestEnd } from "../handling/halt.ts";
import type { HeldLease } from "../lease/held-lease.ts";
import { keyOfKin } from "../lease/lease-key.ts";
import type { LeaseTable } from "../lease/lease-table.ts";
import { lookAtParents } from "../lease/parents.ts";
import { HookCaller } from "./hook-caller.ts";
import { readStartOf } from "./read-start.ts";
import { ShardDelivery, type ShardDeliveryOptions } from "./shard-delivery.ts";
import { childListProblem, createChildLeases, whatIsMissing } from "./shard-end.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { ShardHooks } from "./shard-hooks.ts";
import { ShardLife, type ShardState } from "./shard-life.ts";
import type { ShardLook } from "./shard-look.ts";
import type { ShardReader } from "./shard-reader.ts";
import type { StartPosition } from "./start-position.ts";
import { streamNotFound } from "./stream-not-found.ts";

/** What every runner of a worker shares. */
export interface ShardRunnerOptions extends ShardDeliveryOptions {
  readonly kinesis: Pick<KinesisApi, "describeStreamSummary" | "listShards">;
  readonly start: StartPosition;
  readonly table: LeaseTable;
  readonly reader: ShardReader;
  readonly prefetch: PrefetchLimits;
  readonly budget: ByteBudget;
  readonly checkpoint: CheckpointMode;
  readonly hooks: ShardHooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents & BatchEvents>;
  /** How long the stream keeps records; `undefined` until it was described. */
  readonly retentionMs?: () => number | undefined;
  /** Aborts when nobody waits for anything any more. */
  readonly signal: AbortSignal;
  /** The shard's children may be taken: the keys of their leases. */
  readonly onEnded: (childKeys: readonly string[]) => void;
}

/** The reason with which reading stops in good order. */
const DRAINED = Symbol("drained");
const PARENT_POLL_MS = 1000;
/** Read within this time of its take, a shard is read from where it was. */
const PROMPT_MS = 1000;
const BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 10_000 };

export class ShardRunner {
  readonly #held: HeldLease;
  readonly #options: ShardRunnerOptions;
  readonly #isFirstTake: boolean;
  readonly #startedAtMs: number;
  readonly #checkpointer: Checkpointer;
  readonly #delivery: ShardDelivery;
  readonly #hooks: HookCaller;
  /** Aborts when nothing more is to be fetched or handed out. */
  readonly #reading: LinkedSignal;
  /** Aborts when the handler's work will not count any more. */
  readonly #handling: LinkedSignal;
  /** Aborts when nobody waits for the application any more. */
  readonly #abandoned = new LinkedSignal();
  readonly #life = new ShardLife();

  constructor(held: HeldLease, isFirstTake: boolean, options: ShardRunnerOptions) {
    const { checkpoint: mode, clock, random, signal } = options;
    this.#held = held;
    this.#options = options;
    this.#isFirstTake = isFirstTake;
    this.#startedAtMs = clock.nowMs();
    this.#reading = new LinkedSignal(held.signal);
    this.#handling = new LinkedSignal(held.signal);
    this.#checkpointer = new Checkpointer({ clock, held, mode, random, signal });
    const signals = {
      reading: this.#reading,
      handling: this.#handling,
      abandoned: this.#abandoned,
    };
    this.#delivery = new ShardDelivery(held, this.#checkpointer, signals, options);
    this.#hooks = new HookCaller(this.#delivery.context, options);
  }

  get shardId(): string {
    return this.#held.lease.shardId;
  }

  /** How it stands right now. */
  get look(): ShardLook {
    const { checkpoint, epoch, shardId } = this.#held.lease;
    const { label, pauses, retentionMs } = this.#options;
    return {
      shardId,
      stream: label,
      retentionMs: retentionMs?.(),
      checkpoint,
      leaseEpoch: epoch,
      state: this.#life.state,
      isPaused: pauses.isPaused(shardId),
      haltedAt: this.#delivery.haltedAt,
      position: this.#checkpointer.safe,
      progress: this.#delivery.meter.progress,
    };
  }

  /** Ends the rest of a halted shard; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#delivery.endRest(how);
  }

  /** Finishes the batch in hand, writes down how far it got, and gives the lease up. */
  drain(): void {
    if (!this.#life.isBusy) return;
    this.#moveTo("draining");
    this.#reading.abort(DRAINED);
  }

  /** The time to drain is over: what the handler still does is not waited for. */
  abandon(reason: unknown): void {
    this.drain();
    this.#handling.abort(reason);
    this.#abandoned.abort(DRAINED);
  }

  /**
   * Resolves when the shard is ended, released or lost; rejects when the stream is gone. Nothing is handed out before
   * `earlier` resolves: what still runs here for earlier leases of the shard.
   */
  async run(earlier: Promise<unknown> = Promise.resolve()): Promise<void> {
    const { signal } = this.#reading;
    try {
      await untilAborted(earlier, signal);
      await this.#untilParentsEnded();
      signal.throwIfAborted();
      this.#moveTo("starting");
      await this.#askToStart();
      signal.throwIfAborted();
      this.#moveTo("reading");
      await this.#end(await this.#readToEnd());
    } catch (error) {
      await this.#stop(error);
    } finally {
      for (const signal of [this.#reading, this.#handling, this.#abandoned]) signal.abort(DRAINED);
    }
  }

  /** Normally they are: a lease whose parents are still read is not taken. This makes sure of it. */
  async #untilParentsEnded(): Promise<void> {
    const { clock, events, table } = this.#options;
    const { lease } = this.#held;
    const { signal } = this.#reading;
    signal.throwIfAborted();
    for (;;) {
      const parents = await this.#retried(() => lookAtParents(lease, table, signal));
      if (parents.kind === "ended") return;
      if (parents.kind === "unreadable") {
        const { leaseKey, problem } = parents;
        const reason = `item ${leaseKey} of the lease table, a parent's lease, cannot be read: ${problem}; mend it`;
        const { shardId } = lease;
        events.emit("shardStalled", { shardId, reason, retryAfterMs: PARENT_POLL_MS });
      }
      await sleep(clock, PARENT_POLL_MS, signal);
    }
  }

  #moveTo(state: ShardState): void {
    this.#life.moveTo(state);
    this.#delivery.meter.noteMove();
  }

  #askToStart(): Promise<void> {
    const { checkpoint, pendingCheckpoint } = this.#held.lease;
    const pending = pendingCheckpoint === undefined ? {} : { pendingCheckpoint };
    const start = Object.freeze({ checkpoint, ...pending });
    const work = this.#hooks.started(start, this.#reading.signal);
    return untilAborted(work, this.#abandoned.signal);
  }

  async #readToEnd(): Promise<FetchNext> {
    const { budget, events, prefetch } = this.#options;
    const { checkpoint, shardId } = this.#held.lease;
    events.emit("shardStarted", { shardId, ...checkpoint });
    const queue = new PrefetchQueue(prefetch, budget.open());
    // A handler that still works for a lost lease keeps nothing from the other shards.
    this.#held.signal.addEventListener("abort", () => queue.close(), { once: true });
    using fetching = new LinkedSignal(this.#reading.signal);
    const pump = this.#pump(queue, fetching.signal);
    const { placement } = this.#options;
    const ask = () => this.#retried(() => placement.refresh(this.#reading.signal));
    try {
      for (;;) {
        const fetch = await queue.shift(fetching.signal);
        await this.#delivery.deliver(fetch, ask, () => queue.done(fetch));
        if (fetch.next.kind === "more") continue;
        await this.#delivery.finished();
        return fetch.next;
      }
    } finally {
      fetching.abort(DRAINED);
      await this.#delivery.stopped().catch(() => undefined);
      await pump;
      queue.close();
    }
  }

  /** Reads ahead of the handler; what the reader cannot deal with itself ends the runner. */
  async #pump(queue: PrefetchQueue, signal: AbortSignal): Promise<void> {
    const { lease } = this.#held;
    const { clock, hooks, pauses } = this.#options;
    // LATEST is where the shard was when it was taken, and a hook or the table may have taken its time since.
    const isPrompt = clock.nowMs() - this.#startedAtMs < PROMPT_MS;
    const isFirst = this.#isFirstTake && isPrompt && hooks.onShardStarted === undefined;
    const start = readStartOf(lease, isFirst, this.#options.start);
    try {
      for await (const fetch of this.#options.reader.read(lease.shardId, start, queue, signal)) {
        queue.push(fetch);
        this.#delivery.meter.noteRead(fetch);
        await pauses.untilFlowing(lease.shardId, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#reading.abort(error);
    }
  }

  async #end(next: FetchNext): Promise<void> {
    const { events, onEnded } = this.#options;
    const { lease } = this.#held;
    const { shardId } = lease;
    invariant(this.#checkpointer.isSettled, "a shard ends when every record is handled");
    if (next.kind === "shard-gone") {
      await this.#requireGone(shardId);
      events.emit("shardAgedOut", { shardId, ...this.#checkpointer.safe });
    }
    const children = next.kind === "shard-end" ? next.childShards : [];
    const problem = next.kind === "shard-end" ? childListProblem(shardId, children) : undefined;
    if (problem !== undefined) {
      // Whoever takes the lease next reads the end again.
      events.emit("shardStalled", { shardId, reason: problem, retryAfterMs: 0 });
      throw DRAINED;
    }
    const { signal } = this.#reading;
    await this.#retried(() => createChildLeases(lease, children, this.#options, signal));
    const childShardIds = children.map((child) => child.shardId);
    const { asked } = this.#checkpointer;
    asked.reachEnd();
    await untilAborted(this.#hooks.ended(asked, signal), this.#abandoned.signal);
    await this.#checkpointer.end(childShardIds);
    // Nobody waits for the table any more, and the lease is left to expire.
    if (this.#held.isValid()) return;
    this.#held.signal.throwIfAborted();
    this.#moveTo("ended");
    events.emit("shardEnded", { shardId, childShardIds });
    onEnded(childShardIds.map((childId) => keyOfKin(lease, childId)));
  }

  /** A shard that aged out is done; one whose whole stream is gone is not, nor one that is there again. */
  async #requireGone(shardId: string): Promise<void> {
    const { events, kinesis, stream } = this.#options;
    const { signal } = this.#reading;
    const missing = await this.#retried(() => whatIsMissing(kinesis, stream, shardId, signal));
    if (missing === "stream") throw streamNotFound(stream);
    if (missing === "shard") return;
    // Whoever takes the lease next reads on.
    const reason = "the shard was missing for a moment";
    events.emit("shardStalled", { shardId, reason, retryAfterMs: 0 });
    throw DRAINED;
  }

  async #stop(error: unknown): Promise<void> {
    if (this.#held.isValid()) await this.#release();
    if (this.#held.signal.aborted) {
      this.#moveTo("lost");
      await this.#unlessAbandoned(() => this.#hooks.leaseLost());
      return;
    }
    // Otherwise the table failed for too long, and the lease is left to expire.
    if (!this.#held.isValid()) this.#moveTo("released");
    if (error !== DRAINED) throw error;
  }

  /** Whatever ended the reading: what was handled is written down, and the lease is somebody else's to take. */
  async #release(): Promise<void> {
    this.drain();
    await this.#unlessAbandoned(() => this.#hooks.shutdownRequested());
    await this.#checkpointer.release();
  }

  /**
   * A hook that is called once and does not fail; it may never end. An abandoned shard has none called: its handler, or
   * another hook, may still be at work, and would have its batch checkpointed by it.
   */
  async #unlessAbandoned(hook: () => Promise<void>): Promise<void> {
    const { signal } = this.#abandoned;
    if (!signal.aborted) await untilAborted(hook(), signal).catch(() => undefined);
  }

  /** Repeats a step that AWS failed, until it succeeds or nothing more is to be done. */
  async #retried<T>(step: () => Promise<T>): Promise<T> {
    const { clock, events, random } = this.#options;
    const { shardId } = this.#held.lease;
    for (let failures = 1; ; failures += 1) {
      try {
        return await step();
      } catch (error) {
        this.#reading.signal.throwIfAborted();
        const failure = apiFailureOf(error);
        if (failure === undefined) throw error;
        const retryAfterMs = backoffMs(BACKOFF, failures, random);
        events.emit("shardStalled", { shardId, reason: failure.reason, retryAfterMs });
        await sleep(clock, retryAfterMs, this.#reading.signal);
      }
    }
  }
}

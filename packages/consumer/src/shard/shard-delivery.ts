// From a fetch to the handler: cuts batches and hands them out, one after the other (one-by-one.ts) or side by side
// (lanes/lanes.ts), either of which notes how far they are done. What a handler did counts when it has returned and the
// lease is still ours.
import {
  type Clock,
  type EventSink,
  isSentinel,
  type LinkedSignal,
  type Position,
  type StreamRef,
} from "@shardline/core";
import { type BatchRules, buildBatches, type BuiltBatch } from "../batch/batch-builder.ts";
import type { BatchEvents } from "../batch/batch-events.ts";
import type { Fetch } from "../batch/fetch.ts";
import type { ShardContext } from "../batch/handler.ts";
import { HashRangeFilter } from "../batch/hash-range-filter.ts";
import { TakenFetch } from "../batch/taken-fetch.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { HandlingOptions } from "../handling/batch-handler.ts";
import type { RestEnd } from "../handling/halt.ts";
import { cutLimits, type LaneRules } from "../lanes/lane-rules.ts";
import { Lanes } from "../lanes/lanes.ts";
import type { HeldLease } from "../lease/held-lease.ts";
import type { Breather } from "./breather.ts";
import { OneByOne } from "./one-by-one.ts";
import type { ShardPauses } from "./pauses.ts";
import type { RecordPlacement } from "./record-placement.ts";
import { ShardMeter } from "./shard-meter.ts";

export interface ShardDeliveryOptions {
  readonly stream: StreamRef;
  /** Among many: what the application calls the stream. */
  readonly label?: string | undefined;
  readonly rules: Omit<BatchRules, "filter">;
  /** `undefined` where batches are handed out one after the other. */
  readonly lanes: LaneRules | undefined;
  readonly placement: RecordPlacement;
  readonly handling: HandlingOptions;
  readonly pauses: ShardPauses;
  /** Of all shards of the worker. */
  readonly breather: Breather;
  readonly clock: Clock;
  readonly events: EventSink<BatchEvents>;
}

/** For streams whose service places records whatever their keys: nothing is out of range there. */
const ANYWHERE = new HashRangeFilter(undefined);

/** When to stop, each in its way. */
export interface DeliverySignals {
  /** Aborts when nothing more is to be fetched or handed out. */
  readonly reading: LinkedSignal;
  /** Aborts when the handler's work will not count any more. */
  readonly handling: LinkedSignal;
  /** Aborts when nobody waits for the handler any more. */
  readonly abandoned: LinkedSignal;
}

export class ShardDelivery {
  /** What handlers and hooks of the application get. */
  readonly context: ShardContext;
  readonly meter: ShardMeter;
  readonly #held: HeldLease;
  readonly #signals: DeliverySignals;
  readonly #options: ShardDeliveryOptions;
  readonly #rules: BatchRules;
  readonly #outlet: OneByOne | Lanes;
  #after: Position | undefined;

  constructor(
    held: HeldLease,
    checkpointer: Checkpointer,
    signals: DeliverySignals,
    options: ShardDeliveryOptions,
  ) {
    const { checkpoint, epoch, hashKeyRange, shardId } = held.lease;
    this.#held = held;
    this.#signals = signals;
    this.#options = options;
    this.meter = new ShardMeter(options.clock);
    const limits = options.lanes === undefined ? options.rules.limits : cutLimits(options.lanes);
    this.#rules = { ...options.rules, limits, filter: new HashRangeFilter(hashKeyRange) };
    this.#after = isSentinel(checkpoint) ? undefined : checkpoint;
    const { asked } = checkpointer;
    this.context = Object.freeze({
      stream: options.label ?? options.stream.name,
      shardId,
      leaseEpoch: epoch,
      signal: signals.handling.signal,
      checkpoint: (at?: Position) => asked.checkpoint(at),
      prepareCheckpoint: (at?: Position, state?: Uint8Array) => asked.prepareCheckpoint(at, state),
    });
    this.#outlet = this.#openOutlet(checkpointer);
  }

  /** Where the shard is halted; `undefined` if it is not. */
  get haltedAt(): Position | undefined {
    return this.#outlet.haltedAt;
  }

  /** Ends the rest of a halted shard; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#outlet.endRest(how);
  }

  /**
   * Resolves when everything in it is done, or taken up where records are handled side by side; rejects when that is not to
   * be any more. `ask` has the stream say who places its records; it has said so since the fetch was read, or is asked
   * before anything is left out. `onDone` hears when everything in it is done.
   */
  async deliver(fetch: Fetch, ask: () => Promise<void>, onDone: () => void): Promise<void> {
    const taken = new TakenFetch(fetch.millisBehindLatest, onDone);
    const { placement } = this.#options;
    let reached = this.#after;
    let batches = this.#batchesOf(fetch, reached);
    let hasAsked = placement.askedAtMs > fetch.readAtMs;
    for (let next = batches.next(); next.done !== true; next = batches.next()) {
      const built = next.value;
      this.#signals.reading.signal.throwIfAborted();
      if (built.outOfRange > 0) {
        if (!hasAsked && !placement.isAnywhere) await ask();
        hasAsked = true;
        if (placement.isAnywhere) {
          batches = this.#batchesOf(fetch, reached);
          continue;
        }
      }
      this.#report(built);
      await this.#outlet.take(built, taken);
      this.#after = undefined;
      reached = built.upTo;
    }
    taken.close();
  }

  /** Resolves when everything that was taken up is done; rejects when that is not to be any more. */
  finished(): Promise<void> {
    return this.#outlet.finished();
  }

  /** Resolves when no handler is at work any more; rejects when nobody waits for it. */
  stopped(): Promise<void> {
    return this.#outlet.stopped(this.#signals.abandoned.signal);
  }

  #openOutlet(checkpointer: Checkpointer): OneByOne | Lanes {
    const { context: shard, meter } = this;
    const { handling, lanes: rules, pauses } = this.#options;
    const { asked } = checkpointer;
    const { abandoned, reading } = this.#signals;
    const tenure = {
      untilSignal: reading.signal,
      isPaused: () => pauses.isPaused(shard.shardId),
      untilFlowing: (signal: AbortSignal) => this.#untilFlowing(signal),
      check: () => this.#requireTenure(),
      checkpointed: () => asked.last,
    };
    const onHalted = (at: Position | undefined): void => this.#held.halt(at);
    const shared = { checkpointer, handling, meter, onHalted, shard, tenure };
    if (rules === undefined) return new OneByOne({ ...shared, abandoned: abandoned.signal });
    return new Lanes({ ...shared, reading, rules });
  }

  /** Before each call, however many there are in a row. */
  #untilFlowing(signal: AbortSignal): Promise<void> {
    const { breather, pauses } = this.#options;
    const flow = (): Promise<void> => pauses.untilFlowing(this.context.shardId, signal);
    return breather.isDue ? breather.pause(signal).then(flow) : flow();
  }

  #batchesOf(fetch: Fetch, after: Position | undefined): Generator<BuiltBatch, void, void> {
    const { isAnywhere } = this.#options.placement;
    const rules = isAnywhere ? { ...this.#rules, filter: ANYWHERE } : this.#rules;
    return buildBatches(fetch, after, rules);
  }

  /** A process that was paused may have lost the lease without knowing. */
  #requireTenure(): void {
    if (!this.#held.isValid()) throw this.#held.signal.reason;
    this.#signals.handling.signal.throwIfAborted();
  }

  #report({ isMalformed, outOfRange }: BuiltBatch): void {
    const { events, handling, rules } = this.#options;
    const { shardId } = this.#held.lease;
    if (outOfRange > 0) {
      const policy = rules.outOfRange;
      handling.tally.outOfRange += outOfRange;
      events.emit("recordsOutOfRange", { shardId, records: outOfRange, policy });
    }
    if (isMalformed) {
      handling.tally.malformed += 1;
      events.emit("aggregatesMalformed", { shardId, records: 1 });
    }
  }
}

// From a fetch to the handler: cuts batches, hands them out one after the other, and notes how far they are done. A batch
// counts when the handler has returned from it and the lease is still ours.
import {
  type Clock,
  type EventSink,
  isSentinel,
  type LinkedSignal,
  type Position,
  type StreamRef,
  untilAborted,
} from "@shardline/core";
import { type BatchRules, buildBatches, type BuiltBatch } from "../batch/batch-builder.ts";
import type { BatchEvents } from "../batch/batch-events.ts";
import type { Fetch } from "../batch/fetch.ts";
import type { ShardContext } from "../batch/handler.ts";
import { HashRangeFilter } from "../batch/hash-range-filter.ts";
import type { Delivery } from "../checkpoint/checkpoint-tracker.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import { type HandlingOptions, ShardBatchHandler } from "../handling/batch-handler.ts";
import type { RestEnd } from "../handling/halt.ts";
import type { HeldLease } from "../lease/held-lease.ts";
import type { Pauses } from "./pauses.ts";
import type { RecordPlacement } from "./record-placement.ts";
import { ShardMeter } from "./shard-meter.ts";

export interface ShardDeliveryOptions {
  readonly stream: StreamRef;
  readonly rules: Omit<BatchRules, "filter">;
  readonly placement: RecordPlacement;
  readonly handling: HandlingOptions;
  readonly pauses: Pauses;
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
  readonly #checkpointer: Checkpointer;
  readonly #signals: DeliverySignals;
  readonly #options: ShardDeliveryOptions;
  readonly #rules: BatchRules;
  readonly #handler: ShardBatchHandler;
  #delivery: Delivery | undefined;
  #after: Position | undefined;

  constructor(
    held: HeldLease,
    checkpointer: Checkpointer,
    signals: DeliverySignals,
    options: ShardDeliveryOptions,
  ) {
    const { checkpoint, epoch, hashKeyRange, shardId } = held.lease;
    this.#held = held;
    this.#checkpointer = checkpointer;
    this.#signals = signals;
    this.#options = options;
    this.meter = new ShardMeter(options.clock);
    this.#rules = { ...options.rules, filter: new HashRangeFilter(hashKeyRange) };
    this.#after = isSentinel(checkpoint) ? undefined : checkpoint;
    const { asked } = checkpointer;
    this.context = Object.freeze({
      stream: options.stream.name,
      shardId,
      leaseEpoch: epoch,
      signal: signals.handling.signal,
      checkpoint: (at?: Position) => asked.checkpoint(at),
      prepareCheckpoint: (at?: Position, state?: Uint8Array) => asked.prepareCheckpoint(at, state),
    });
    const tenure = {
      untilSignal: signals.reading.signal,
      untilFlowing: () => options.pauses.untilFlowing(shardId, signals.reading.signal),
      check: () => this.#requireTenure(),
      checkpointed: () => asked.last,
      onInHand: (upTo: Position | undefined) => asked.takeInHand(upTo),
      onHalted: (at: Position | undefined) => held.halt(at),
      onDone: (upTo: Position, how: "handled" | "given up") => this.#done(upTo, how),
    };
    this.#handler = new ShardBatchHandler(this.context, tenure, options.handling);
  }

  /** Where the shard is halted; `undefined` if it is not. */
  get haltedAt(): Position | undefined {
    return this.#handler.haltedAt;
  }

  /** Ends the rest of a halted shard; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#handler.endRest(how);
  }

  /**
   * Resolves when everything in it is done; rejects when that is not to be any more. `ask` has the stream say who places its
   * records; it has said so since the fetch was read, or is asked before anything is left out.
   */
  async deliver(fetch: Fetch, ask: () => Promise<void>): Promise<void> {
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
      await this.#handle(built);
      reached = built.upTo;
    }
  }

  #batchesOf(fetch: Fetch, after: Position | undefined): Generator<BuiltBatch, void, void> {
    const { isAnywhere } = this.#options.placement;
    const rules = isAnywhere ? { ...this.#rules, filter: ANYWHERE } : this.#rules;
    return buildBatches(fetch, after, rules);
  }

  async #handle(built: BuiltBatch): Promise<void> {
    this.#report(built);
    const delivery = this.#checkpointer.handOut(built.upTo);
    this.#delivery = delivery;
    this.meter.takeInHand(built);
    await untilAborted(this.#handler.handle(built), this.#signals.abandoned.signal);
    this.#checkpointer.complete(delivery);
    this.meter.noteDone(built);
    this.#after = undefined;
  }

  #done(upTo: Position, how: "handled" | "given up"): void {
    if (how === "handled") this.#checkpointer.asked.handled(upTo);
    if (this.#delivery !== undefined) this.#checkpointer.complete(this.#delivery, upTo);
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
